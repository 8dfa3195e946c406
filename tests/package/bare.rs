//! A bare Debian 12 in a folder of its own, and the .deb on it.

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use crate::harness::{Folder, PASSCODE, Post, Ran, Serve, binary, json_lines, ran};

/// Where Debian's packages are.
const MIRROR: &str = "http://deb.debian.org/debian";
/// Who receives there.
const PERSON: &str = "coordinator";
/// Where that person's data folder is.
const DATA: &str = "home/coordinator/.local/share/centrepoint-monitor";

/// The system. Dropping it takes what was mounted away first.
struct Bare {
    temp: tempfile::TempDir,
    mounted: bool,
}

impl Drop for Bare {
    fn drop(&mut self) {
        if self.mounted {
            let gone = Command::new("umount").arg(self.path("proc")).status();
            assert!(gone.is_ok_and(|gone| gone.success()) || std::thread::panicking(), "/proc can be unmounted");
        }
    }
}

impl Bare {
    fn made() -> Self {
        let temp = tempfile::Builder::new().prefix("cpm-bare-").tempdir().unwrap();
        let mut bare = Self { temp, mounted: false };
        let mut command = Command::new("debootstrap");
        command.args(["--variant=minbase", "bookworm"]).arg(bare.path("")).arg(MIRROR);
        long(&mut command).good();
        std::fs::copy("/etc/resolv.conf", bare.path("etc/resolv.conf")).unwrap();
        // Nothing is started there.
        std::fs::write(bare.path("usr/sbin/policy-rc.d"), "#!/bin/sh\nexit 101\n").unwrap();
        long(Command::new("chmod").arg("755").arg(bare.path("usr/sbin/policy-rc.d"))).good();
        long(Command::new("mount").args(["-t", "proc", "proc"]).arg(bare.path("proc"))).good();
        bare.mounted = true;
        bare
    }

    fn path(&self, inside: &str) -> PathBuf {
        self.temp.path().join("root").join(inside)
    }

    fn command(&self, options: &[&str], words: &[&str]) -> Command {
        let mut command = Command::new("chroot");
        command.env_clear().env("PATH", "/usr/sbin:/usr/bin:/sbin:/bin").env("LANG", "C.UTF-8");
        command.env("DEBIAN_FRONTEND", "noninteractive").stdin(Stdio::null());
        command.args(options).arg(self.path("")).args(words);
        command
    }

    /// As root in there.
    fn run(&self, words: &[&str]) -> Ran {
        long(&mut self.command(&[], words))
    }

    /// The program, as the person in there.
    fn program(&self, words: &[&str]) -> Command {
        let person = format!("--userspec={PERSON}:{PERSON}");
        let mut command = self.command(&[&person], &[&["centrepoint-monitor"], words].concat());
        command.env("HOME", format!("/home/{PERSON}"));
        command
    }
}

/// Runs what may take minutes.
fn long(command: &mut Command) -> Ran {
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

/// The .deb that `scripts/package` made.
fn deb() -> PathBuf {
    let folder = binary().ancestors().nth(2).expect("the program is two folders deep").join("package");
    let entries =
        std::fs::read_dir(&folder).unwrap_or_else(|e| panic!("{}: {e}; run scripts/package", folder.display()));
    let mut found =
        entries.map(|entry| entry.unwrap().path()).filter(|path| path.extension().is_some_and(|e| e == "deb"));
    let deb = found.next().expect("scripts/package made a .deb");
    assert_eq!(found.next(), None, "one alone");
    deb
}

fn is_listed(deb: &Path) {
    let listed = long(Command::new("dpkg-deb").arg("--contents").arg(deb)).good();
    for file in [
        "./usr/bin/centrepoint-monitor",
        "./usr/share/applications/centrepoint-monitor.desktop",
        "./usr/share/metainfo/org.centrepoint-monitor.app.metainfo.xml",
        "./usr/lib/systemd/user/centrepoint-monitor.service",
        "./usr/share/man/man1/centrepoint-monitor.1.gz",
        "./usr/share/man/man1/centrepoint-monitor-serve.1.gz",
        "./usr/share/bash-completion/completions/centrepoint-monitor",
        "./usr/share/zsh/vendor-completions/_centrepoint-monitor",
        "./usr/share/fish/vendor_completions.d/centrepoint-monitor.fish",
        "./usr/share/icons/hicolor/128x128/apps/centrepoint-monitor.png",
        "./usr/share/doc/centrepoint-monitor/copyright",
        "./usr/share/doc/centrepoint-monitor/third-party.txt.gz",
        "./usr/share/doc/centrepoint-monitor/it-guide.md",
        "./usr/share/doc/centrepoint-monitor/examples/centrepoint-monitor.service",
    ] {
        assert!(listed.lines().any(|line| line.ends_with(&format!(" {file}"))), "{file}: {listed}");
    }
    let strangers: Vec<&str> =
        listed.lines().filter(|line| !line.contains(" 0/0 ") && !line.contains(" root/root ")).collect();
    assert!(strangers.is_empty(), "everything belongs to root: {strangers:?}");
    let control = long(Command::new("dpkg-deb").arg("--field").arg(deb)).good();
    for part in [
        "Package: centrepoint-monitor\n",
        "Maintainer: The CentrePoint Monitor authors <",
        "libwebkit2gtk-4.1-0",
        "libc6 (>= ",
        "libayatana-appindicator3-1",
    ] {
        assert!(control.contains(part), "{part}: {control}");
    }
}

#[test]
#[ignore = "minutes, root and the network: make package-test"]
fn a_bare_debian_installs_uses_and_removes_the_package() {
    if let Some(why) = missing() {
        println!("NOT TRIED: the package was not installed on a bare Debian, since {why}");
        return;
    }
    let deb = deb();
    is_listed(&deb);
    let bare = Bare::made();
    std::fs::copy(&deb, bare.path("tmp/package.deb")).unwrap();
    bare.run(&["useradd", "--create-home", PERSON]).good();
    bare.run(&["apt-get", "update", "-q"]).good();
    bare.run(&["apt-get", "install", "-q", "-y", "--no-install-recommends", "/tmp/package.deb"]).good();

    let version = bare.run(&["centrepoint-monitor", "--version"]).good();
    assert!(version.contains(env!("CARGO_PKG_VERSION")), "{version}");
    let linked = bare.run(&["ldd", "/usr/bin/centrepoint-monitor"]).good();
    assert!(!linked.contains("not found"), "{linked}");
    let entry = bare.path("usr/share/applications/centrepoint-monitor.desktop");
    long(Command::new("desktop-file-validate").arg(entry)).good();
    receives(&bare);

    let removed = bare.run(&["apt-get", "remove", "-q", "-y", "centrepoint-monitor"]).good();
    assert!(removed.contains("~/.local/share/centrepoint-monitor"), "it says where the data stays: {removed}");
    assert!(!bare.path("usr/bin/centrepoint-monitor").exists(), "it is gone");
    assert!(bare.path(DATA).join("log.db").is_file(), "the history is not");
    bare.run(&["apt-get", "purge", "-q", "-y", "centrepoint-monitor"]).good();
    assert!(bare.path(DATA).join("log.db").is_file(), "nor when it is purged");

    bare.run(&["dpkg", "--install", "/tmp/package.deb"]).good();
    let events = json_lines(&long(&mut bare.program(&["events", "--json"])).good());
    assert_eq!(events.len(), 1, "installed again, it goes on from there");
}

/// A delivery, from outside of it to the list inside.
fn receives(bare: &Bare) {
    let mut add = bare.program(&["webhook", "add", "Study", "--slug", "study", "--auth", "hmac", "--secret-stdin"]);
    ran(&mut add, PASSCODE.as_bytes()).good();
    let folder = Folder::new();
    let serve = Serve::start(&folder, &mut bare.program(&["serve", "--listen", "127.0.0.1:0"]));
    assert_eq!(serve.post(&Post::upload("study", "1", "2", "error").signed(PASSCODE)).status, 200);
    assert_eq!(serve.post(&Post::upload("study", "1", "2", "error").signed("wrong")).status, 401);
    let events = json_lines(&long(&mut bare.program(&["events", "--json"])).good());
    assert_eq!((events.len(), &events[0]["webhook"]), (1, &"study".into()));
    let (status, _) = serve.stop();
    assert_eq!(status.code(), Some(0), "in good order");
}
