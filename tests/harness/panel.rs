//! A desktop's furniture: a window manager, and a panel with a tray.

use std::process::{Command, Stdio};

use super::{Desk, Process, eventually};

/// A desk whose windows somebody manages. Where windows are is asked as a person sees it.
pub(crate) struct Screen<'a> {
    desk: &'a Desk,
    _manager: Process,
}

/// A panel with a tray. Dropping it takes it away.
pub(crate) struct Panel {
    _panel: Process,
    _settings: Process,
    _home: tempfile::TempDir,
}

/// The tray alone, at the lower edge.
const LAYOUT: &str = r#"<?xml version="1.0" encoding="UTF-8"?>
<channel name="xfce4-panel" version="1.0">
  <property name="configver" type="int" value="2"/>
  <property name="panels" type="array"><value type="int" value="1"/>
    <property name="panel-1" type="empty">
      <property name="position" type="string" value="p=8;x=800;y=980"/>
      <property name="length" type="uint" value="100"/>
      <property name="size" type="uint" value="32"/>
      <property name="plugin-ids" type="array"><value type="int" value="1"/></property>
    </property>
  </property>
  <property name="plugins" type="empty"><property name="plugin-1" type="string" value="systray"/></property>
</channel>
"#;

impl<'a> Screen<'a> {
    /// Manages the desk's windows.
    pub(crate) fn of(desk: &'a Desk) -> Self {
        let mut command = Command::new("openbox");
        command.envs(desk.environment()).stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
        let screen = Self { desk, _manager: Process::start(&mut command) };
        eventually("the window manager", || (!screen.run("wmctrl", &["-m"]).is_empty()).then_some(()));
        screen
    }

    /// Puts a panel with a tray there.
    pub(crate) fn panel(&self) -> Panel {
        let home = tempfile::Builder::new().prefix("cpm-panel-").tempdir().expect("there is room for temporary files");
        let layout = home.path().join("xfce4/xfconf/xfce-perchannel-xml");
        std::fs::create_dir_all(&layout).expect("a temporary folder is writable");
        std::fs::write(layout.join("xfce4-panel.xml"), LAYOUT).expect("a temporary folder is writable");
        let start = |program: &str| {
            let mut command = Command::new(program);
            command.envs(self.desk.environment()).env("XDG_CONFIG_HOME", home.path()).env("HOME", home.path());
            Process::start(command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null()))
        };
        let daemons =
            ["/usr/lib/x86_64-linux-gnu/xfce4/xfconf/xfconfd", "/usr/lib/aarch64-linux-gnu/xfce4/xfconf/xfconfd"];
        let daemon = daemons.into_iter().find(|path| std::path::Path::new(path).exists());
        let settings = start(daemon.expect("make test installs xfconf"));
        self.desk.waits_for("org.xfce.Xfconf");
        let panel = start("xfce4-panel");
        self.desk.waits_for("org.kde.StatusNotifierWatcher");
        Panel { _panel: panel, _settings: settings, _home: home }
    }

    /// The names of the icons in the tray.
    pub(crate) fn tray(&self) -> String {
        self.desk.asks(&[
            "--dest=org.kde.StatusNotifierWatcher",
            "/StatusNotifierWatcher",
            "org.freedesktop.DBus.Properties.Get",
            "string:org.kde.StatusNotifierWatcher",
            "string:RegisteredStatusNotifierItems",
        ])
    }

    /// Whether a window with this title is to be seen: there, and not minimised.
    pub(crate) fn shows(&self, title: &str) -> bool {
        !self.run("xdotool", &["search", "--onlyvisible", "--name", title]).is_empty()
    }

    /// Waits until it is, or is not.
    pub(crate) fn waits_until(&self, title: &str, is_shown: bool) {
        let what = format!("{title} to be {}", if is_shown { "seen" } else { "away" });
        eventually(&what, || (self.shows(title) == is_shown).then_some(()));
    }

    /// Whether a person finds it among the windows, minimised ones too.
    pub(crate) fn lists(&self, title: &str) -> bool {
        self.run("wmctrl", &["-l"]).contains(title)
    }

    /// Closes the window with this title by its cross.
    pub(crate) fn closes(&self, title: &str) {
        self.run("wmctrl", &["-F", "-c", title]);
    }

    /// Presses a key where this window has the focus.
    pub(crate) fn presses(&self, title: &str, key: &str) {
        self.run("wmctrl", &["-F", "-a", title]);
        self.run(
            "xdotool",
            &["search", "--sync", "--onlyvisible", "--name", title, "windowfocus", "--sync", "key", key],
        );
    }

    fn run(&self, program: &str, arguments: &[&str]) -> String {
        let mut command = Command::new(program);
        command.args(arguments).envs(self.desk.environment()).stdin(Stdio::null()).stderr(Stdio::null());
        let output = command.output().unwrap_or_else(|e| panic!("{program}: {e}; `make test` installs what is needed"));
        String::from_utf8_lossy(&output.stdout).into_owned()
    }
}
