//! Both units under a real systemd: the bare Debian, booted in a container of its own that has this computer's network. Started, restarted, killed and
//! stopped while deliveries come; and after a restart of the system, before anybody logs in.

use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use super::bare::{Bare, PERSON, long};
use crate::harness::{PASSCODE, Post, Process, Ran, Wire, below, eventually, json_lines, kill, ran};

/// Boots it: without a systemd of this computer's own it gets a place of its own among the control groups.
const BOOT: &str = r#"
name=$1; shift
if [ -d /run/systemd/system ]; then exec systemd-nspawn "$@"; fi
for tree in /sys/fs/cgroup/systemd /sys/fs/cgroup/unified /sys/fs/cgroup; do
  [ -e "$tree/cgroup.procs" ] || continue
  mkdir -p "$tree/$name" && echo $$ >"$tree/$name/cgroup.procs"
done
exec systemd-nspawn --keep-unit "$@"
"#;

/// Where the person's unit listens, and where the system's.
const PORTS: [u16; 2] = [48_737, 48_738];

/// A command inside the system whose first process is `leader`, as root.
fn inside(leader: &str, words: &[&str]) -> Command {
    let mut command = Command::new("nsenter");
    command.args(["--target", leader, "--mount", "--uts", "--ipc", "--pid", "--", "env", "-i"]);
    command.args(["PATH=/usr/sbin:/usr/bin:/sbin:/bin", "LANG=C.UTF-8"]).args(words);
    command
}

/// The running system. Dropping it ends it: its first process takes all others along.
struct Booted {
    nspawn: Process,
    leader: String,
}

impl Drop for Booted {
    fn drop(&mut self) {
        if below(self.nspawn.id(), "systemd").is_some_and(|leader| leader.to_string() == self.leader) {
            kill("KILL", &self.leader);
        }
        self.nspawn.wait();
    }
}

impl Booted {
    /// Boots, and waits until everything is started; what stood in the way, where something did.
    fn of(bare: &Bare) -> Result<Self, String> {
        let said = bare.path("").with_file_name("said");
        let file = std::fs::File::create(&said).unwrap();
        let mut command = Command::new("sh");
        command.args(["-c", BOOT, "sh", "centrepoint-monitor-test", "--quiet", "--boot", "--register=no"]);
        command.args(["--console=read-only", "--machine=centrepoint-monitor-test"]);
        command.arg("--directory").arg(bare.path(""));
        command.stdin(Stdio::null()).stdout(file.try_clone().unwrap()).stderr(file);
        let mut nspawn = Process::start(&mut command);
        let begun = Instant::now();
        while begun.elapsed() < Duration::from_mins(1) && nspawn.child().try_wait().is_ok_and(|ended| ended.is_none()) {
            if let Some(leader) = below(nspawn.id(), "systemd").map(|id| id.to_string()) {
                let state = long(&mut inside(&leader, &["systemctl", "is-system-running", "--wait"]));
                if matches!(state.stdout.trim(), "running" | "degraded") {
                    return Ok(Self { nspawn, leader });
                }
            }
            std::thread::sleep(Duration::from_millis(200));
        }
        if let Some(leader) = below(nspawn.id(), "systemd") {
            kill("KILL", &leader.to_string());
        }
        Err(std::fs::read_to_string(said).unwrap_or_default())
    }

    fn run(&self, words: &[&str]) -> Ran {
        long(&mut inside(&self.leader, words))
    }

    /// Ends it in good order.
    fn off(mut self) {
        // It may be gone before it has answered.
        let _ = self.run(&["systemctl", "poweroff"]);
        self.nspawn.wait();
    }
}

/// One of the two units, as whoever it belongs to speaks to it.
struct Unit<'a> {
    booted: &'a Booted,
    /// What stands before each command.
    before: Vec<String>,
    /// What `systemctl` is told first.
    manager: &'static str,
    port: u16,
    /// Where its program keeps its data, where it is told.
    folder: &'static [&'static str],
}

impl<'a> Unit<'a> {
    /// The person's.
    fn own(booted: &'a Booted) -> Self {
        let id = booted.run(&["id", "-u", PERSON]).good();
        let place = format!("XDG_RUNTIME_DIR=/run/user/{}", id.trim());
        let home = format!("HOME=/home/{PERSON}");
        let before = ["runuser", "-u", PERSON, "--", "env", &place, &home].map(str::to_owned).to_vec();
        Self { booted, before, manager: "--user", port: PORTS[0], folder: &[] }
    }

    /// The system's.
    fn systems(booted: &'a Booted) -> Self {
        Self {
            booted,
            before: Vec::new(),
            manager: "--system",
            port: PORTS[1],
            folder: &["--data-dir", "/var/lib/centrepoint-monitor"],
        }
    }

    fn command(&self, words: &[&str]) -> Command {
        let before = self.before.iter().map(String::as_str);
        inside(&self.booted.leader, &before.chain(words.iter().copied()).collect::<Vec<_>>())
    }

    #[track_caller]
    fn systemctl(&self, words: &[&str]) -> String {
        long(&mut self.command(&[&["systemctl", self.manager], words].concat())).good()
    }

    fn property(&self, name: &str) -> String {
        self.systemctl(&["show", "--value", "--property", name, "centrepoint-monitor"]).trim().to_owned()
    }

    /// The program, on the unit's data folder.
    fn program(&self, words: &[&str]) -> Command {
        let user: &[&str] = if self.folder.is_empty() { &[] } else { &["runuser", "-u", "centrepoint-monitor", "--"] };
        self.command(&[user, &["centrepoint-monitor"], self.folder, words].concat())
    }

    fn is_receiving(&self) -> bool {
        let healthz = format!("http://127.0.0.1:{}/healthz", self.port);
        ran(Command::new("curl").args(["-sSf", "--max-time", "5", &healthz]), b"").code == Some(0)
    }

    /// What a request is answered.
    fn post(&self, post: &Post) -> u16 {
        Wire::to(([127, 0, 0, 1], self.port).into()).send(&post.bytes()).answer().status
    }

    fn events(&self) -> usize {
        json_lines(&long(&mut self.program(&["events", "--json"])).good()).len()
    }

    /// Once it receives: a delivery, and it is kept.
    fn receives(&self, upload: &str) {
        eventually("the unit to receive", || self.is_receiving().then_some(()));
        let before = self.events();
        assert_eq!(self.post(&Post::upload("study", upload, "2", "completed").signed(PASSCODE)), 200, "{upload}");
        assert_eq!(self.events(), before + 1, "{upload}");
    }

    /// Restarted, killed and stopped, and receiving in between.
    fn lives(&self) {
        self.receives("first");
        let first = self.property("MainPID");
        self.systemctl(&["restart", "centrepoint-monitor"]);
        self.receives("restarted");
        let second = self.property("MainPID");
        assert_ne!(first, second, "it is another process");
        assert_eq!(self.property("NRestarts"), "0");

        let killed = Instant::now();
        self.systemctl(&["kill", "--signal=KILL", "centrepoint-monitor"]);
        eventually("it to be started again", || {
            let new = self.property("MainPID");
            (new != "0" && new != second && self.is_receiving()).then_some(())
        });
        println!("  {} unit killed: receiving again after {:.1} s", self.manager, killed.elapsed().as_secs_f64());
        assert_eq!(self.property("NRestarts"), "1");
        self.receives("killed");

        self.systemctl(&["stop", "centrepoint-monitor"]);
        let ended = ["ActiveState", "Result", "ExecMainStatus", "ExecMainCode"].map(|name| self.property(name));
        assert_eq!(ended, ["inactive", "success", "0", "1"], "it ended by itself and in good order");
        assert!(!self.is_receiving());
        self.systemctl(&["start", "centrepoint-monitor"]);
        self.receives("started");
        long(&mut self.program(&["verify"])).good();
        let status = self.booted.run(&["cat", &format!("/proc/{}/status", self.property("MainPID"))]).good();
        for line in ["NoNewPrivs:\t1", "Seccomp:\t2", "CapEff:\t0000000000000000"] {
            assert!(status.lines().any(|known| known == line), "{line}: {status}");
        }
    }
}

/// What is missing to boot it here, where something is.
fn missing() -> Option<String> {
    let there = Command::new("systemd-nspawn").arg("--version").stdout(Stdio::null()).status();
    (!there.is_ok_and(|status| status.success()))
        .then(|| "systemd-nspawn is not there (apt install systemd-container)".to_owned())
}

/// The commands of the guide for IT below the line that begins like that, as root types them.
fn guided(words: &str) -> Vec<String> {
    let guide = super::text("docs/it-guide.md");
    let (_, rest) = guide.split_once(words).unwrap_or_else(|| panic!("the guide has: {words}"));
    let block = rest.split_once("```\n").expect("a block follows").1.split_once("```").expect("it ends").0;
    let plain = |line: &str| {
        line.split("  #").next().unwrap_or_default().replace("sudo ", "").replace(" USER", &format!(" {PERSON}"))
    };
    block.lines().map(plain).collect()
}

/// Both units, from the guide's own commands to a restart of the system.
pub(super) fn receive(bare: &mut Bare) {
    bare.run(&["dpkg", "--install", "/tmp/package.deb"]).good();
    let config = bare.path("home").join(PERSON).join(".config");
    std::fs::create_dir_all(&config).unwrap();
    for (file, port) in
        [(config.join("centrepoint-monitor.env"), PORTS[0]), (bare.path("etc/centrepoint-monitor.env"), PORTS[1])]
    {
        std::fs::write(file, format!("CENTREPOINT_MONITOR_LISTEN=127.0.0.1:{port}\n")).unwrap();
    }
    bare.run(&["chown", "--recursive", &format!("{PERSON}:{PERSON}"), &format!("/home/{PERSON}")]).good();
    assert!(bare.unmounted(), "/proc can be unmounted");
    let booted = match missing().map_or_else(|| Booted::of(bare), Err) {
        Ok(booted) => booted,
        Err(why) => {
            return println!("NOT TRIED: the units were not started by a systemd, since it did not boot: {why}");
        }
    };
    println!("  {}", booted.run(&["systemctl", "--version"]).good().lines().next().unwrap_or_default());

    // The person's: `loginctl` first, or there is nobody to speak to.
    let [enable, linger] = &guided("**For one person**")[..] else { panic!("two commands") };
    booted.run(&["sh", "-c", linger]).good();
    let own = Unit::own(&booted);
    eventually("the person's systemd", || {
        (long(&mut own.command(&["systemctl", "--user", "is-system-running"])).stdout.trim() == "running").then_some(())
    });
    long(&mut own.command(&["sh", "-c", enable])).good();
    own.lives();

    for command in guided("**For a server**") {
        booted.run(&["sh", "-c", &command]).good();
    }
    let systems = Unit::systems(&booted);
    eventually("the unit to receive", || systems.is_receiving().then_some(()));
    let mut add = systems.program(&["webhook", "add", "Study", "--slug", "study", "--auth", "hmac", "--secret-stdin"]);
    ran(&mut add, PASSCODE.as_bytes()).good();
    eventually("the webhook to be known", || {
        (systems.post(&Post::upload("study", "unsigned", "2", "completed")) == 401).then_some(())
    });
    systems.lives();
    // From where it stands nothing else can be written, by whoever it is.
    let id = systems.property("MainPID");
    for (place, is_open) in [("/usr", false), ("/etc", false), ("/home", false), ("/var/lib/centrepoint-monitor", true)]
    {
        let file = format!("{place}/written");
        let tried = booted.run(&["nsenter", "--target", &id, "--mount", "touch", &file]);
        assert_eq!(tried.code == Some(0), is_open, "{place}: {tried:?}");
    }
    assert!(own.is_receiving(), "both beside each other");
    booted.off();

    let booted = Booted::of(bare).unwrap_or_else(|why| panic!("it boots a second time: {why}"));
    for (unit, upload) in [(Unit::own(&booted), "rebooted"), (Unit::systems(&booted), "rebooted")] {
        unit.receives(upload);
        long(&mut unit.program(&["verify"])).good();
    }
    booted.off();
}
