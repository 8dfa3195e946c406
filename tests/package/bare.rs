//! A bare Debian 12 in a folder of its own, and what the packages leave and do on it.

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use super::{booted, deb, rpm};
use crate::harness::{Folder, PASSCODE, Post, Ran, Serve, binary, json_lines, ran};

/// Where Debian's packages are.
const MIRROR: &str = "http://deb.debian.org/debian";
/// What the smallest Debian lacks of what every installed one has: it is to be booted, too.
const INIT: &str = "--include=systemd,systemd-sysv,dbus,dbus-user-session,libpam-systemd,adduser";
/// Who receives there.
pub(super) const PERSON: &str = "coordinator";
/// Where that person's data folder is.
const DATA: &str = "home/coordinator/.local/share/centrepoint-monitor";

/// The system. Dropping it takes what was mounted away first.
pub(super) struct Bare {
    temp: tempfile::TempDir,
    mounted: bool,
}

impl Drop for Bare {
    fn drop(&mut self) {
        let gone = self.unmounted();
        assert!(gone || std::thread::panicking(), "/proc can be unmounted");
    }
}

impl Bare {
    fn made() -> Self {
        let temp = tempfile::Builder::new().prefix("cpm-bare-").tempdir().unwrap();
        let mut bare = Self { temp, mounted: false };
        let mut command = Command::new("debootstrap");
        command.args(["--variant=minbase", INIT, "bookworm"]).arg(bare.path("")).arg(MIRROR);
        long(&mut command).good();
        std::fs::copy("/etc/resolv.conf", bare.path("etc/resolv.conf")).unwrap();
        // Nothing is started there.
        std::fs::write(bare.path("usr/sbin/policy-rc.d"), "#!/bin/sh\nexit 101\n").unwrap();
        long(Command::new("chmod").arg("755").arg(bare.path("usr/sbin/policy-rc.d"))).good();
        long(Command::new("mount").args(["-t", "proc", "proc"]).arg(bare.path("proc"))).good();
        bare.mounted = true;
        bare
    }

    /// Takes away what was mounted: whoever boots it mounts its own.
    pub(super) fn unmounted(&mut self) -> bool {
        let gone = !self.mounted || long(Command::new("umount").arg(self.path("proc"))).code == Some(0);
        self.mounted = !gone;
        gone
    }

    /// Where something of it is on this computer.
    pub(super) fn path(&self, inside: &str) -> PathBuf {
        self.temp.path().join("root").join(inside)
    }

    pub(super) fn command(&self, options: &[&str], words: &[&str]) -> Command {
        let mut command = Command::new("chroot");
        command.env_clear().env("PATH", "/usr/sbin:/usr/bin:/sbin:/bin").env("LANG", "C.UTF-8");
        command.env("DEBIAN_FRONTEND", "noninteractive").stdin(Stdio::null());
        command.args(options).arg(self.path("")).args(words);
        command
    }

    /// As root in there.
    pub(super) fn run(&self, words: &[&str]) -> Ran {
        long(&mut self.command(&[], words))
    }

    /// The program, as the person in there.
    pub(super) fn program(&self, words: &[&str]) -> Command {
        let person = format!("--userspec={PERSON}:{PERSON}");
        let mut command = self.command(&[&person], &[&["centrepoint-monitor"], words].concat());
        command.env("HOME", format!("/home/{PERSON}"));
        command
    }

    /// The events there.
    pub(super) fn events(&self) -> usize {
        json_lines(&long(&mut self.program(&["events", "--json"])).good()).len()
    }

    /// Its program receives: a delivery, from outside of it to the list inside. There is one more event then.
    pub(super) fn receives(&self, upload: &str) {
        let before = self.events();
        let folder = Folder::new();
        let serve = Serve::start(&folder, &mut self.program(&["serve", "--listen", "127.0.0.1:0"]));
        assert_eq!(serve.post(&Post::upload("study", upload, "2", "error").signed(PASSCODE)).status, 200);
        assert_eq!(serve.post(&Post::upload("study", upload, "2", "error").signed("wrong")).status, 401);
        let healthz = format!("http://{}/healthz", serve.address());
        assert_eq!(ran(Command::new("curl").args(["-sSf", &healthz]), b"").good(), r#"{"status": "ok"}"#);
        let checks = json_lines(&long(&mut self.program(&["doctor", "--json"])).stdout);
        let is_green = |id: &str| checks.iter().any(|check| check["id"] == id && check["level"] == "green");
        assert!(["port", "signature", "room"].into_iter().all(is_green), "{checks:?}");
        assert_eq!(self.events(), before + 1);
        let (status, _) = serve.stop();
        assert_eq!(status.code(), Some(0), "in good order");
    }

    /// The history is there still, however the program went.
    #[track_caller]
    pub(super) fn keeps(&self, how: &str) {
        assert!(!self.path("usr/bin/centrepoint-monitor").exists(), "{how}: the program is gone");
        for file in ["log.db", "state.db", "secrets/study"] {
            assert!(self.path(DATA).join(file).is_file(), "{how}: {file} is not");
        }
    }
}

/// Runs what may take minutes.
pub(super) fn long(command: &mut Command) -> Ran {
    let output = command.stdin(Stdio::null()).output().unwrap_or_else(|e| panic!("{command:?}: {e}"));
    let text = |bytes: Vec<u8>| String::from_utf8_lossy(&bytes).into_owned();
    Ran { code: output.status.code(), stdout: text(output.stdout), stderr: text(output.stderr) }
}

/// What is missing to try it here, where something is.
fn missing() -> Option<String> {
    let is_root = ran(Command::new("id").arg("-u"), b"").stdout.trim() == "0";
    if !is_root {
        return Some("it needs root, for chroot".to_owned());
    }
    let there = Command::new("debootstrap").arg("--version").stdout(Stdio::null()).status();
    if !there.is_ok_and(|status| status.success()) {
        return Some("debootstrap is not there (apt install debootstrap)".to_owned());
    }
    let release = format!("{MIRROR}/dists/bookworm/Release");
    let reached = ran(Command::new("curl").args(["-sSf", "--max-time", "30", "-o", "/dev/null", &release]), b"");
    (reached.code != Some(0)).then(|| format!("{MIRROR} is not reached: {}", reached.stderr.trim()))
}

/// The package with this ending that `scripts/package` made, where it made one.
pub(super) fn package(ending: &str) -> Option<PathBuf> {
    let folder = binary().ancestors().nth(2).expect("the program is two folders deep").join("package");
    let entries =
        std::fs::read_dir(&folder).unwrap_or_else(|e| panic!("{}: {e}; run scripts/package", folder.display()));
    let mut found =
        entries.map(|entry| entry.unwrap().path()).filter(|path| path.extension().is_some_and(|e| e == ending));
    let package = found.next();
    assert_eq!(found.next(), None, "one alone");
    package
}

/// What a system tells that `remove`d the package: where the data stays.
#[track_caller]
pub(super) fn says_what_stays(removed: &str) {
    for words in ["What it received stays", "~/.local/share/centrepoint-monitor", "/var/lib/centrepoint-monitor"] {
        assert!(removed.contains(words), "{words}: {removed}");
    }
}

/// The version that is tested answers, finds what it is linked against, and has its menu entry.
#[track_caller]
pub(super) fn is_installed(bare: &Bare) {
    let version = bare.run(&["centrepoint-monitor", "--version"]).good();
    assert!(version.contains(env!("CARGO_PKG_VERSION")), "{version}");
    let linked = bare.run(&["ldd", "/usr/bin/centrepoint-monitor"]).good();
    assert!(!linked.contains("not found"), "{linked}");
    let entry = bare.path("usr/share/applications/centrepoint-monitor.desktop");
    long(Command::new("desktop-file-validate").arg(entry)).good();
}

/// How long each part took.
fn part(name: &str, part: impl FnOnce()) {
    let began = std::time::Instant::now();
    part();
    println!("{name}: {:.0} s", began.elapsed().as_secs_f64());
}

#[test]
#[ignore = "minutes, root and the network: make package-test"]
fn a_bare_debian_installs_uses_and_removes_the_packages() {
    if let Some(why) = missing() {
        println!("NOT TRIED: the packages were not installed on a bare Debian, since {why}");
        return;
    }
    let deb = package("deb").expect("scripts/package made a .deb");
    deb::is_listed(&deb);
    let mut bare = Bare::made();
    std::fs::copy(&deb, bare.path("tmp/package.deb")).unwrap();
    part("the .deb", || deb::comes_and_goes(&bare));
    match package("rpm") {
        Some(rpm) => part("the .rpm", || rpm::comes_and_goes(&rpm, &bare)),
        None => println!("NOT TRIED: there is no .rpm, since there was no rpm"),
    }
    part("the units", || booted::receive(&mut bare));
}

/// A path as the tests name it.
#[track_caller]
pub(super) fn text_of(path: &Path) -> &str {
    path.to_str().expect("a test's paths are plain")
}
