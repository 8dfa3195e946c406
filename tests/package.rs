//! The packages: what they are made of, each time; and, when asked (`make package-test`), the .deb and the .rpm themselves on a bare Debian 12, and their
//! units under its systemd.

mod bare;
mod booted;
mod deb;
mod rpm;

use std::path::{Path, PathBuf};
use std::process::Command;

use crate::harness::{Folder, ran};

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().expect("tests is a folder of the repository").to_path_buf()
}

fn text(path: &str) -> String {
    std::fs::read_to_string(root().join(path)).unwrap_or_else(|e| panic!("{path}: {e}"))
}

/// Who looks after the packages, and how to reach them: in one place.
fn maintainer() -> String {
    let manifest = text("Cargo.toml");
    let named = manifest.lines().find_map(|line| line.strip_prefix("authors = [\"")?.strip_suffix("\"]"));
    named.expect("Cargo.toml names the authors").to_owned()
}

/// Runs a checker on a file of the repository; it says nothing against it.
#[track_caller]
fn is_valid(program: &str, options: &[&str], path: &str) {
    let mut command = Command::new(program);
    command.args(options).arg(root().join(path));
    let found = ran(&mut command, b"");
    assert_eq!(found.code, Some(0), "{path}: {found:?}");
    assert!(!found.stdout.contains("error"), "{path}: {found:?}");
}

#[test]
fn menu_entry_and_description_are_valid_and_fit_each_other() {
    let (entry, about) =
        ("src-tauri/linux/centrepoint-monitor.desktop", "src-tauri/linux/org.centrepoint-monitor.app.metainfo.xml");
    is_valid("desktop-file-validate", &[], entry);
    is_valid("appstreamcli", &["validate", "--no-net"], about);
    let (entry, about, bundle) = (text(entry), text(about), text("src-tauri/tauri.conf.json"));
    for line in [
        "Name=CentrePoint Monitor",
        "Exec=centrepoint-monitor",
        "StartupWMClass=centrepoint-monitor",
        "Icon=centrepoint-monitor",
    ] {
        assert!(entry.lines().any(|known| known == line), "{line}: {entry}");
    }
    let comment = entry.lines().find_map(|line| line.strip_prefix("Comment=")).expect("it has a comment");
    assert!(about.contains(&format!("<summary>{comment}</summary>")), "one sentence in both");
    assert!(about.contains(">centrepoint-monitor.desktop</launchable>"), "{about}");
    let id = about.split_once("<id>").unwrap().1.split_once("</id>").unwrap().0;
    assert!(bundle.contains(&format!("\"identifier\": \"{id}\"")), "{id} is the program's own");
    let release = format!("<release version=\"{}\"", env!("CARGO_PKG_VERSION"));
    assert!(about.contains(&release), "the description names this version first: {release}");
    assert!(
        text("src-tauri/linux/changelog")
            .starts_with(&format!("centrepoint-monitor ({}-1)", env!("CARGO_PKG_VERSION")))
    );
}

#[test]
fn who_looks_after_the_packages_is_said_in_one_place() {
    let maintainer = maintainer();
    let (name, address) =
        maintainer.strip_suffix('>').and_then(|text| text.split_once(" <")).expect("a name and an address");
    assert!(address.contains('@'), "{maintainer}");
    let files = ran(Command::new("git").args(["ls-files", "-z"]).current_dir(root()), b"").good();
    let has = |file: &&str| std::fs::read_to_string(root().join(file)).is_ok_and(|text| text.contains(address));
    let places: Vec<&str> = files.split('\0').filter(|file| !file.is_empty()).filter(has).collect();
    assert_eq!(places, ["Cargo.toml"], "the address is in one place");
    // Names are in files that others read as they are.
    for file in [
        "src-tauri/linux/copyright",
        "src-tauri/linux/org.centrepoint-monitor.app.metainfo.xml",
        "src-tauri/tauri.conf.json",
    ] {
        assert!(text(file).contains(name), "{file} names them, too");
    }
    assert!(text("src-tauri/linux/changelog").contains("\n -- @MAINTAINER@  "), "scripts/package writes it in");
    assert!(text("docs/architecture.md").contains("`authors`"), "and where it is to be filled in is told");
}

#[test]
fn everything_both_packages_list_is_there() {
    let manifest = text("src-tauri/Cargo.toml");
    let mut listed = 0;
    for line in manifest.lines().map(str::trim) {
        let source = line.strip_prefix("[\"").or_else(|| line.strip_prefix("{ source = \""));
        let Some((source, _)) = source.and_then(|rest| rest.split_once('"')) else { continue };
        listed += 1;
        // Built, or made of what is built.
        if !source.starts_with("target/") && !source.starts_with("gen/package/") {
            let path = root().join("src-tauri").join(source);
            assert!(path.is_file(), "{source} is packed and not there");
        }
    }
    assert!(listed >= 30, "both lists were read: {listed}");
    let said = |file: &str| {
        ran(Command::new("sh").arg("-n").arg(root().join(file)), b"").good();
        text(file).lines().filter(|line| line.trim().starts_with("echo ")).map(|line| line.trim().to_owned()).collect()
    };
    let both: [Vec<String>; 2] = ["src-tauri/linux/debian/postrm", "src-tauri/linux/rpm/postun"].map(said);
    assert!(both[0].len() == 3 && both[0] == both[1], "both say the same of what stays: {both:?}");
}

#[test]
fn man_pages_and_completions_are_of_this_program() {
    let folder = Folder::new();
    let out = folder.beside("manual");
    let mut command = folder.bare_command();
    ran(command.arg("manual").arg(&out), b"").good();
    assert!(!folder.path().exists() && !folder.beside("home/.local").exists(), "it opens no data folder");
    let page =
        |name: &str| std::fs::read_to_string(out.join("man").join(name)).unwrap_or_else(|e| panic!("{name}: {e}"));
    let main = page("centrepoint-monitor.1");
    assert!(main.starts_with(".ie") && main.contains(".TH centrepoint-monitor 1"), "{main:.200}");
    assert!(
        !main.contains("monitor\\-manual") && !out.join("man/centrepoint-monitor-manual.1").exists(),
        "what is for packagers is not for people"
    );
    assert!(page("centrepoint-monitor-serve.1").contains("metrics"));
    let help = folder.run(&["--help"]).good();
    let commands = help.split_once("Commands:\n").unwrap().1.split_once("\n\n").unwrap().0;
    let names: Vec<&str> = commands.lines().filter_map(|line| line.strip_prefix("  ")?.split(' ').next()).collect();
    let names: Vec<&str> = names.into_iter().filter(|name| !name.is_empty() && *name != "help").collect();
    assert!(names.len() > 15, "{names:?}");
    for name in &names {
        page(&format!("centrepoint-monitor-{name}.1"));
    }
    let bash = out.join("completions/bash/centrepoint-monitor");
    let complete = r#"source "$1"; COMP_WORDS=(centrepoint-monitor "$2"); COMP_CWORD=1
        of=$(complete -p centrepoint-monitor); of=${of#*-F }; "${of%% *}" centrepoint-monitor "$2" centrepoint-monitor
        printf '%s\n' "${COMPREPLY[@]}""#;
    let offered =
        |begun: &str| ran(Command::new("bash").args(["-c", complete, "bash"]).arg(&bash).arg(begun), b"").good();
    assert_eq!(offered("re"), "rejections\nrebuild\n", "what begins with it");
    assert_eq!(offered("--log"), "--log-level\n--log-format\n");
    assert_eq!(offered("man"), "\n", "what is for packagers is not for people");
    for (file, part) in [
        ("zsh/_centrepoint-monitor", "#compdef centrepoint-monitor"),
        ("fish/centrepoint-monitor.fish", "complete -c centrepoint-monitor"),
    ] {
        let text = std::fs::read_to_string(out.join("completions").join(file)).unwrap();
        assert!(text.contains(part) && text.contains("metrics"), "{file}: {text:.200}");
    }
}

#[test]
fn the_it_guide_shows_the_unit_that_is_packed() {
    let unit = text("src-tauri/linux/system.service");
    assert!(text("docs/it-guide.md").contains(&unit), "docs/it-guide.md and src-tauri/linux/system.service differ");
    let own = text("src-tauri/linux/centrepoint-monitor.service");
    let has = |unit: &str, line: &str| unit.lines().any(|known| known == line);
    for unit in [&unit, &own] {
        for line in [
            "ExecStart=/usr/bin/centrepoint-monitor serve",
            "NoNewPrivileges=yes",
            "Restart=on-failure",
            "RestartSec=5",
            "SystemCallFilter=@system-service",
            "UMask=0077",
        ] {
            assert!(has(unit, line), "{line}: {unit}");
        }
    }
    assert!(has(&unit, "ProtectSystem=strict") && has(&unit, "PrivateTmp=yes"));
    let wants_namespaces = |line: &&str| {
        ["Private", "Protect", "ReadOnly", "ReadWrite", "Inaccessible", "TemporaryFileSystem"]
            .iter()
            .any(|begin| line.starts_with(begin))
    };
    assert_eq!(
        own.lines().find(wants_namespaces),
        None,
        "a person's unit starts where the system lets nobody have namespaces of their own"
    );
}

#[test]
fn the_it_guide_names_every_address_of_the_vendor() {
    let (guide, protocol) = (text("docs/it-guide.md"), text("docs/protocol.md"));
    let (_, rest) = protocol.split_once("nine known addresses: ").expect("docs/protocol.md lists them");
    let list = rest.split_once(". Behind").unwrap().0.replace(" and ", ", ").replace('\n', " ");
    let addresses: Vec<&str> = list.split(", ").map(str::trim).collect();
    assert_eq!(addresses.len(), 9, "{addresses:?}");
    for address in addresses {
        assert!(address.parse::<std::net::Ipv4Addr>().is_ok() && guide.contains(address), "{address}");
    }
}
