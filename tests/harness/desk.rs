//! A desktop without a screen: a display, a session bus on which nothing starts by itself, a notification daemon, a keychain.

use std::io::{BufRead as _, BufReader, Write as _};
use std::path::Path;
use std::process::{Command, Stdio};

use serde_json::Value;

use super::{Process, eventually};

/// A session bus of its own. Nothing is started on demand: what is not put there is not there.
pub(crate) struct Bus {
    _daemon: Process,
    folder: tempfile::TempDir,
    address: String,
}

impl Bus {
    /// Starts one and waits until it can be reached.
    pub(crate) fn start() -> Self {
        let folder = tempfile::Builder::new().prefix("cpm-bus-").tempdir().expect("there is room for temporary files");
        let socket = folder.path().join("socket");
        let configuration = format!(
            r#"<!DOCTYPE busconfig PUBLIC "-//freedesktop//DTD D-Bus Bus Configuration 1.0//EN"
 "http://www.freedesktop.org/standards/dbus/1.0/busconfig.dtd">
<busconfig>
  <type>session</type>
  <listen>unix:path={}</listen>
  <auth>EXTERNAL</auth>
  <policy context="default">
    <allow send_destination="*" eavesdrop="true"/>
    <allow eavesdrop="true"/>
    <allow own="*"/>
  </policy>
</busconfig>"#,
            socket.display()
        );
        let file = folder.path().join("bus.conf");
        std::fs::write(&file, configuration).expect("a fresh folder is writable");
        let mut command = Command::new("dbus-daemon");
        command.arg(format!("--config-file={}", file.display())).args(["--nofork", "--nopidfile"]);
        let daemon = Process::start(command.stdout(Stdio::null()).stderr(Stdio::null()));
        eventually("the session bus", || socket.exists().then_some(()));
        let address = format!("unix:path={}", socket.display());
        Self { _daemon: daemon, folder, address }
    }

    /// What a process of this session finds in its environment.
    pub(crate) fn environment(&self) -> Vec<(String, String)> {
        let pairs = [
            ("DBUS_SESSION_BUS_ADDRESS", self.address.clone()),
            ("XDG_RUNTIME_DIR", self.folder.path().display().to_string()),
        ];
        pairs.map(|(name, value)| (name.to_owned(), value)).to_vec()
    }

    /// A command of this session.
    fn command(&self, program: &str) -> Command {
        let mut command = Command::new(program);
        command
            .envs(self.environment())
            .env_remove("DISPLAY")
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::null());
        command
    }

    /// What an object on it answers to a method; empty where nobody does.
    pub(crate) fn asks(&self, call: &[&str]) -> String {
        let mut command = self.command("dbus-send");
        command.args(["--session", "--print-reply"]).args(call).stdout(Stdio::piped());
        let output = command.output().expect("make test installs dbus");
        String::from_utf8_lossy(&output.stdout).into_owned()
    }

    /// Waits until someone owns `name`.
    fn wait_for(&self, name: &str) {
        eventually(name, || {
            let mut ask = self.command("dbus-send");
            ask.args(["--session", "--print-reply=literal", "--dest=org.freedesktop.DBus", "/org/freedesktop/DBus"]);
            ask.args(["org.freedesktop.DBus.NameHasOwner", &format!("string:{name}")]).stdout(Stdio::piped());
            let output = ask.output().expect("make test installs dbus");
            String::from_utf8_lossy(&output.stdout).contains("true").then_some(())
        });
    }

    /// An unlocked keychain whose file is in `home`, so that another session can open the same.
    pub(crate) fn keychain(&self, home: &Path) -> Process {
        std::fs::create_dir_all(home).expect("a temporary folder is writable");
        let mut command = self.command("gnome-keyring-daemon");
        command.args(["--foreground", "--unlock", "--components=secrets", "--control-directory"]);
        command.arg(self.folder.path()).env("HOME", home).env("XDG_DATA_HOME", home).stdin(Stdio::piped());
        let mut daemon = Process::start(&mut command);
        let mut input = daemon.child().stdin.take().expect("stdin is a pipe");
        input.write_all(b"the login password").expect("the daemon reads its password");
        drop(input);
        self.wait_for("org.freedesktop.secrets");
        daemon
    }
}

/// What a notification daemon showed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct PopUp {
    /// Its first line.
    pub(crate) summary: String,
    /// The rest, as the daemon got it.
    pub(crate) body: String,
}

/// A display and a session bus; with a notification daemon or without.
pub(crate) struct Desk {
    bus: Bus,
    _display: Process,
    number: String,
    dunst: Option<Process>,
}

impl Desk {
    /// A desk that nobody shows pop-ups on.
    pub(crate) fn without_pop_ups() -> Self {
        let mut command = Command::new("Xvfb");
        command.args(["-displayfd", "1", "-screen", "0", "1600x1000x24", "-nolisten", "tcp", "-noreset"]);
        let mut display = Process::start(command.stdout(Stdio::piped()).stderr(Stdio::null()));
        let mut number = String::new();
        let stdout = display.child().stdout.take().expect("stdout is a pipe");
        BufReader::new(stdout).read_line(&mut number).expect("a pipe can be read");
        let number = format!(":{}", number.trim());
        assert!(number.len() > 1, "Xvfb found no free display");
        Self { bus: Bus::start(), _display: display, number, dunst: None }
    }

    /// A desk with a notification daemon whose pop-ups stay until they are closed.
    pub(crate) fn new() -> Self {
        let mut desk = Self::without_pop_ups();
        let file = desk.bus.folder.path().join("dunstrc");
        let rules = "[global]\nmarkup = full\nstack_duplicates = false\nhistory_length = 1000\nnotification_limit = 0\n\
            idle_threshold = 0\n[urgency_low]\ntimeout = 0\n[urgency_normal]\ntimeout = 0\n[urgency_critical]\ntimeout = 0\n";
        std::fs::write(&file, rules).expect("a fresh folder is writable");
        let mut command = desk.bus.command("dunst");
        command.arg("-config").arg(file).env("DISPLAY", &desk.number);
        desk.dunst = Some(Process::start(&mut command));
        desk.bus.wait_for("org.freedesktop.Notifications");
        desk
    }

    /// What a process on this desk finds in its environment.
    pub(crate) fn environment(&self) -> Vec<(String, String)> {
        let mut environment = self.bus.environment();
        let more = [("DISPLAY", self.number.as_str()), ("GDK_BACKEND", "x11"), ("NO_AT_BRIDGE", "1")];
        environment.extend(more.map(|(name, value)| (name.to_owned(), value.to_owned())));
        environment
    }

    /// Waits until someone on its bus owns `name`.
    pub(crate) fn waits_for(&self, name: &str) {
        self.bus.wait_for(name);
    }

    /// What an object on its bus answers to a method; empty where nobody does.
    pub(crate) fn asks(&self, call: &[&str]) -> String {
        self.bus.asks(call)
    }

    fn dunstctl(&self, arguments: &[&str]) -> String {
        let output = self.bus.command("dunstctl").args(arguments).stdout(Stdio::piped()).output();
        String::from_utf8_lossy(&output.expect("make test installs dunst").stdout).into_owned()
    }

    /// How many pop-ups are to be seen now.
    pub(crate) fn shown(&self) -> usize {
        let count = |which| self.dunstctl(&["count", which]).trim().parse::<usize>().unwrap_or(0);
        count("displayed") + count("waiting")
    }

    /// Closes every pop-up and returns all there were so far, oldest first.
    pub(crate) fn pop_ups(&self) -> Vec<PopUp> {
        self.dunstctl(&["close-all"]);
        eventually("the pop-ups to close", || (self.shown() == 0).then_some(()));
        let history: Value = serde_json::from_str(&self.dunstctl(&["history"])).expect("dunst's history is JSON");
        let text = |popup: &Value, field: &str| popup[field]["data"].as_str().unwrap_or_default().to_owned();
        let mut popups: Vec<PopUp> = history["data"][0]
            .as_array()
            .expect("dunst's history is a list")
            .iter()
            .map(|popup| PopUp { summary: text(popup, "summary"), body: text(popup, "body") })
            .collect();
        popups.reverse();
        popups
    }

    /// Clicks the pop-up that is shown.
    pub(crate) fn click_pop_up(&self) {
        self.dunstctl(&["action", "0"]);
    }

    /// Freezes the notification daemon: it keeps its name and answers nobody.
    pub(crate) fn freeze_pop_ups(&self) {
        self.dunst.as_ref().expect("there is a daemon to freeze").signal("STOP");
    }

    /// Takes the notification daemon away.
    pub(crate) fn stop_pop_ups(&mut self) {
        self.dunst = None;
    }

    /// A picture of the whole display.
    pub(crate) fn picture(&self, file: &Path) {
        let _ = Command::new("import").args(["-display", &self.number, "-window", "root"]).arg(file).status();
    }
}
