//! The .deb: what is in it; installed, used and removed.

use std::path::Path;
use std::process::Command;

use super::bare::{Bare, PERSON, is_installed, long, says_what_stays};
use crate::harness::{PASSCODE, ran};

/// Everything is in it, and belongs to root.
pub(super) fn is_listed(deb: &Path) {
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
    let maintainer = format!("Maintainer: {}\n", super::maintainer());
    for part in [
        &maintainer,
        "Package: centrepoint-monitor\n",
        "libwebkit2gtk-4.1-0",
        "libc6 (>= ",
        "libayatana-appindicator3-1",
    ] {
        assert!(control.contains(part), "{part}: {control}");
    }
}

/// Installed with what it needs, used, removed, purged, and installed again.
pub(super) fn comes_and_goes(bare: &Bare) {
    bare.run(&["useradd", "--create-home", PERSON]).good();
    bare.run(&["apt-get", "update", "-q"]).good();
    bare.run(&["apt-get", "install", "-q", "-y", "--no-install-recommends", "/tmp/package.deb"]).good();
    is_installed(bare);
    let mut add = bare.program(&["webhook", "add", "Study", "--slug", "study", "--auth", "hmac", "--secret-stdin"]);
    ran(&mut add, PASSCODE.as_bytes()).good();
    bare.receives("1");

    says_what_stays(&bare.run(&["apt-get", "remove", "-q", "-y", "centrepoint-monitor"]).good());
    bare.keeps("removed");
    bare.run(&["apt-get", "purge", "-q", "-y", "centrepoint-monitor"]).good();
    bare.keeps("purged");

    bare.run(&["dpkg", "--install", "/tmp/package.deb"]).good();
    assert_eq!(bare.events(), 1, "installed again, it goes on from there");
    bare.run(&["dpkg", "--purge", "centrepoint-monitor"]).good();
}
