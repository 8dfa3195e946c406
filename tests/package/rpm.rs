//! The .rpm: what is in it and what it asks for; installed by a real rpm, used and removed. On a Debian, whose libraries have the names of Fedora's
//! to the program and to no package: whether Fedora's dnf finds them is not tried.

use std::collections::BTreeSet;
use std::path::Path;
use std::process::Command;

use super::bare::{Bare, is_installed, long, says_what_stays, text_of};

/// What it says of itself.
fn asked(package: &Path, what: &[&str]) -> String {
    long(Command::new("rpm").args(["--query", "--package"]).args(what).arg(package)).good()
}

/// Everything is in it that is in the .deb, and belongs to root; what it asks for are the libraries themselves.
fn is_right(package: &Path) {
    let format = "%{NAME} %{VERSION} %{ARCH}\\n%{LICENSE}\\n%{VENDOR}\\n%{SUMMARY}\\n";
    let about = asked(package, &["--queryformat", format]);
    let lines: Vec<&str> = about.lines().collect();
    let name = format!("centrepoint-monitor {} {}", env!("CARGO_PKG_VERSION"), std::env::consts::ARCH);
    assert_eq!(lines[..3], [name.as_str(), "MIT OR Apache-2.0", &super::maintainer()]);
    assert!(lines[3].starts_with("Receives ActiGraph CentrePoint webhooks"), "{about}");
    long(Command::new("rpm").args(["--checksig", "--nosignature"]).arg(package)).good();

    let files =
        asked(package, &["--queryformat", "[%{FILENAMES} %{FILEUSERNAME} %{FILEGROUPNAME} %{FILEMODES:octal}\n]"]);
    let listed: BTreeSet<&str> = files.lines().filter_map(|line| line.strip_suffix(" root root 100644")).collect();
    let program = "/usr/bin/centrepoint-monitor root root 100755";
    assert!(files.lines().any(|line| line == program), "{files}");
    assert_eq!(
        listed.len() + 1,
        files.lines().count(),
        "everything belongs to root, and the program alone is run: {files}"
    );
    let debs = long(Command::new("dpkg-deb").arg("--contents").arg(super::bare::package("deb").unwrap())).good();
    for line in debs.lines().filter(|line| !line.ends_with('/') && !line.ends_with("/usr/bin/centrepoint-monitor")) {
        let path = line.rsplit(" ./").next().expect("a path is last");
        // Where the two differ: what Debian writes itself, examples, and zsh.
        let same =
            format!("/{}", path.replace("/examples/", "/").replace("zsh/vendor-completions", "zsh/site-functions"));
        let compressed = same.strip_suffix(".gz").unwrap_or(&same);
        let debians = path.ends_with("changelog.Debian.gz");
        assert!(
            debians || listed.contains(&*same) || listed.contains(compressed),
            "{same} is in the .deb alone: {files}"
        );
    }

    let needed = asked(package, &["--requires"]);
    for library in
        ["libwebkit2gtk-4.1.so.0()(64bit)", "libgtk-3.so.0()(64bit)", "libayatana-appindicator3.so.1()(64bit)"]
    {
        assert!(needed.lines().any(|line| line == library), "{library}: {needed}");
    }
    assert!(needed.contains("libc.so.6(GLIBC_"), "the oldest C library that will do is named: {needed}");
}

/// Inspected, installed, used, checked against its own list, and removed.
pub(super) fn comes_and_goes(package: &Path, bare: &Bare) {
    is_right(package);
    std::fs::copy(package, bare.path("tmp/package.rpm")).unwrap();
    let root = bare.path("");
    let rpm = |words: &[&str]| {
        let mut command = Command::new("rpm");
        long(command.args(["--root", text_of(&root), "--dbpath", "/var/lib/rpm"]).args(words)).good()
    };
    // Who brings the libraries there, rpm does not know.
    rpm(&["--install", "--nodeps", text_of(&bare.path("tmp/package.rpm"))]);
    is_installed(bare);
    assert_eq!(rpm(&["--verify", "--nodeps", "centrepoint-monitor"]), "", "everything is as it was packed");
    assert_eq!(bare.events(), 1, "it goes on where the .deb ended");
    bare.receives("2");
    let updated = rpm(&["--upgrade", "--nodeps", "--replacepkgs", text_of(&bare.path("tmp/package.rpm"))]);
    assert!(!updated.contains("is removed"), "an upgrade is no removal: {updated}");
    says_what_stays(&rpm(&["--erase", "centrepoint-monitor"]));
    bare.keeps("erased");
}
