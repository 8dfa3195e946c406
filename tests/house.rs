//! The plan of the house, kept: who may depend on whom, and what may stand in which file.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use cargo_metadata::{DependencyKind, MetadataCommand, Package};

/// Each room and the rooms it may build on. `docs/architecture.md` draws the same.
const ROOMS: [(&str, &[&str]); 13] = [
    ("centrepoint", &[]),
    ("study", &["centrepoint"]),
    // `faults`: for its tests alone, see below.
    ("store", &["study", "centrepoint", "faults"]),
    ("secrets", &["centrepoint"]),
    ("metrics", &[]),
    ("receiver", &["store", "study", "centrepoint"]),
    ("export", &["store", "study", "centrepoint"]),
    ("simulator", &["centrepoint"]),
    ("herald", &["centrepoint"]),
    ("api", &["receiver", "metrics", "export", "herald", "store", "study", "secrets", "centrepoint"]),
    ("centrepoint-monitor", &["api", "simulator", "study", "centrepoint"]),
    // The benchmarks put a receiver before nothing, and fill a log without a network; what is fuzzed is replayed.
    ("tests", &["receiver", "export", "store", "study", "centrepoint"]),
    ("faults", &[]),
];

/// What only certain rooms may know: the beginning of a crate's name, and the rooms.
const FENCES: [(&str, &[&str]); 24] = [
    ("rusqlite", &["store", "faults"]),
    ("libsqlite3", &["store", "faults"]),
    ("axum", &["receiver"]),
    // The tests' WebDriver client wants a connector of hyper's.
    ("hyper", &["receiver", "metrics", "tests"]),
    ("prometheus-client", &["metrics"]),
    ("tower", &["receiver"]),
    // Who tests TLS speaks it, and issues certificates.
    ("rustls", &["receiver", "herald", "tests"]),
    ("lettre", &["herald"]),
    ("tokio-rustls", &["receiver"]),
    ("x509-parser", &["receiver"]),
    ("rcgen", &["receiver", "herald", "api", "tests"]),
    ("httparse", &["receiver"]),
    ("ipnet", &["receiver"]),
    ("rlimit", &["api"]),
    ("tauri", &["centrepoint-monitor"]),
    ("webkit2gtk", &["centrepoint-monitor"]),
    ("notify-rust", &["centrepoint-monitor"]),
    ("clap", &["centrepoint-monitor"]),
    ("anyhow", &["centrepoint-monitor", "tests"]),
    ("keyring", &["secrets"]),
    ("csv", &["api", "export"]),
    ("zip", &["export"]),
    ("ts-rs", &["api"]),
    // The vendor's API is asked, its webhooks are simulated, and chats are told.
    ("ureq", &["api", "herald", "simulator"]),
];

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().expect("tests is a folder of the repository").to_path_buf()
}

fn packages() -> Vec<Package> {
    let metadata = MetadataCommand::new().manifest_path(root().join("Cargo.toml")).no_deps().exec();
    metadata.expect("cargo describes the workspace").packages
}

/// Every file of the repository that is written by hand or committed, below `folder`.
fn files(folder: &str) -> Vec<PathBuf> {
    const NOT_OURS: [&str; 7] = [".git", "target", "node_modules", "dist", "gen", "coverage", "proptest-regressions"];
    let mut found = Vec::new();
    let mut waiting = vec![root().join(folder)];
    while let Some(folder) = waiting.pop() {
        for entry in std::fs::read_dir(&folder).unwrap_or_else(|e| panic!("{}: {e}", folder.display())) {
            let path = entry.unwrap().path();
            if NOT_OURS.iter().any(|name| path.ends_with(name)) {
                continue;
            }
            if path.is_dir() { waiting.push(path) } else { found.push(path) }
        }
    }
    found.sort();
    found
}

fn texts(folder: &str, extensions: &[&str]) -> Vec<(String, String)> {
    let fits = |path: &PathBuf| path.extension().is_some_and(|e| extensions.iter().any(|wanted| e == *wanted));
    let named = |path: PathBuf| {
        let text = std::fs::read_to_string(&path).unwrap_or_else(|e| panic!("{}: {e}", path.display()));
        (path.strip_prefix(root()).unwrap().display().to_string(), text)
    };
    files(folder).into_iter().filter(fits).map(named).collect()
}

#[test]
fn rooms_build_only_on_the_rooms_below_them() {
    let names: BTreeSet<String> = packages().iter().map(|package| package.name.to_string()).collect();
    let planned: BTreeSet<String> = ROOMS.iter().map(|(name, _)| (*name).to_owned()).collect();
    assert_eq!(names, planned, "a new room is drawn here and in docs/architecture.md first");
    for package in packages() {
        let (_, allowed) = ROOMS.iter().find(|(name, _)| *name == package.name.as_str()).unwrap();
        for dependency in package.dependencies.iter().filter(|d| names.contains(&d.name)) {
            let edge = format!("{} → {}", package.name, dependency.name);
            assert!(allowed.contains(&dependency.name.as_str()), "imports run downwards only, and {edge} does not");
        }
    }
}

#[test]
fn each_outside_crate_stays_in_its_room() {
    for package in packages() {
        for dependency in &package.dependencies {
            for (fenced, rooms) in FENCES {
                let meant = dependency.name == fenced || dependency.name.starts_with(&format!("{fenced}-"));
                let welcome = rooms.contains(&package.name.as_str());
                assert!(!meant || welcome, "{} is for {rooms:?}, not for {}", dependency.name, package.name);
            }
        }
    }
}

#[test]
fn pure_rooms_touch_neither_files_nor_network_nor_processes() {
    for room in ["centrepoint", "study"] {
        for (path, text) in texts(&format!("src-tauri/crates/{room}/src"), &["rs"]) {
            for outside in ["std::fs", "std::net", "std::process", "std::env", "std::thread"] {
                assert!(!text.contains(outside), "{path}: {room} is pure, and {outside} is not");
            }
        }
    }
}

#[test]
fn every_package_has_the_workspace_lints() {
    for package in packages().into_iter().filter(|package| package.name.as_str() != FAULTS) {
        let manifest = std::fs::read_to_string(&package.manifest_path).unwrap();
        let inherits = manifest.contains("[lints]\nworkspace = true");
        assert!(inherits, "{} forbids unsafe code and the rest only with the workspace's lints", package.name);
    }
}

/// The disk of the tests: the one package with unsafe code in it.
const FAULTS: &str = "faults";

#[test]
fn unsafe_code_is_for_tests_alone_and_in_one_file() {
    for package in packages() {
        for dependency in package.dependencies.iter().filter(|dependency| dependency.name == FAULTS) {
            let kind = dependency.kind;
            assert_eq!(kind, DependencyKind::Development, "{} must not carry it into the program", package.name);
        }
    }
    // Its lints are the workspace's, but for that one.
    let lints = |path: &str, section: &str| {
        let manifest = std::fs::read_to_string(root().join(path)).unwrap();
        let (_, after) = manifest.split_once(&format!("[{section}]\n")).unwrap();
        after.split("\n\n").next().unwrap().trim_end().to_owned()
    };
    for kind in ["rust", "clippy"] {
        let workspace = lints("Cargo.toml", &format!("workspace.lints.{kind}")).replace("\"forbid\"", "\"deny\"");
        assert_eq!(lints("tests/faults/Cargo.toml", &format!("lints.{kind}")), workspace);
    }
    let allowed = |(path, text): (String, String)| text.contains("(unsafe_code").then_some(path);
    let files: Vec<_> = texts("tests/faults", &["rs"]).into_iter().filter_map(allowed).collect();
    assert_eq!(files, ["tests/faults/src/vfs.rs"]);
}

#[test]
fn every_rust_file_begins_with_what_it_is_for() {
    // A `tests.rs` says it by its name: it is about the module it stands beside.
    let speaks = |path: &str, text: &str| text.starts_with("//! ") || path.ends_with("/tests.rs");
    let without = |(path, text): (String, String)| (!speaks(&path, &text)).then_some(path);
    let silent: Vec<String> = texts(".", &["rs"]).into_iter().filter_map(without).collect();
    assert!(silent.is_empty(), "a file begins with a module line that says what it is for: {silent:?}");
}

#[test]
fn one_file_of_the_window_knows_tauri() {
    for (path, text) in texts("ui/src", &["ts", "svelte", "js"]) {
        let knows = text.contains("@tauri-apps") || text.contains("__TAURI");
        assert!(!knows || path == "ui/src/ipc/tauri.ts", "{path}: only ui/src/ipc/tauri.ts talks to the shell");
    }
}

#[test]
fn the_window_never_takes_a_text_for_markup() {
    for (path, text) in texts("ui/src", &["ts", "svelte", "js"]) {
        for door in ["{@html", "innerHTML", "outerHTML", "insertAdjacentHTML", "document.write"] {
            assert!(!text.contains(door), "{path}: payloads come from strangers, and {door} would run them");
        }
    }
}

#[test]
fn no_file_names_the_computer_it_was_made_on() {
    let here = root().display().to_string();
    for path in files(".") {
        // Pictures and the like are no text, and hold no paths.
        let Ok(text) = std::fs::read_to_string(&path) else { continue };
        assert!(!text.contains(&here), "{} names {here}", path.display());
    }
}
