//! The units for systemd: as systemd itself reads them, with what the program accepts, and no system call that they forbid.

use std::collections::{BTreeMap, BTreeSet};
use std::io::Write as _;
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;
use std::process::{Command, Stdio};

use crate::harness::{Folder, NAME, PASSCODE, Post, Ran, Serve, binary, eventually, ran};

/// Where the packages put the program.
const PROGRAM: &str = "/usr/bin/centrepoint-monitor";

/// For a server, and for the person who logs in; with the option that systemd reads it by.
const UNITS: [(&str, &[&str]); 2] = [
    (include_str!("../src-tauri/linux/system.service"), &[]),
    (include_str!("../src-tauri/linux/centrepoint-monitor.service"), &["--user"]),
];

const GUIDE: &str = include_str!("../docs/it-guide.md");

/// Whether this system can say what systemd makes of a unit. Where it cannot, that is said, and nothing is proven.
fn has_systemd() -> bool {
    let found = Command::new("systemd-analyze").arg("--version").stdout(Stdio::null()).stderr(Stdio::null()).status();
    let is_there = found.is_ok_and(|status| status.success());
    if !is_there {
        let _ = writeln!(std::io::stderr(), "not tested: this system has no systemd-analyze to read the units with");
    }
    is_there
}

/// What systemd says of a unit with the program of the tests in it: nothing, where it is sound.
fn read_by_systemd(folder: &Folder, options: &[&str], unit: &str) -> Ran {
    let runtime = folder.beside("runtime");
    std::fs::create_dir_all(&runtime).unwrap();
    std::fs::set_permissions(&runtime, std::fs::Permissions::from_mode(0o700)).unwrap();
    let path = folder.beside("centrepoint-monitor.service");
    std::fs::write(&path, unit.replace(PROGRAM, &binary().display().to_string())).unwrap();
    let mut command = Command::new("systemd-analyze");
    folder.dress(&mut command);
    // Whether its man page is there is a matter of the package.
    command.env("XDG_RUNTIME_DIR", runtime).args(options).args(["--man=no", "verify"]).arg(path);
    ran(&mut command, b"")
}

#[test]
fn systemd_reads_them_without_a_word() {
    if !has_systemd() {
        return;
    }
    let folder = Folder::new();
    for (unit, options) in UNITS {
        let read = read_by_systemd(&folder, options, unit);
        assert_eq!((read.code, read.stdout.as_str(), read.stderr.as_str()), (Some(0), "", ""), "{unit}");
        for (right, wrong) in [
            ("\nNoNewPrivileges=", "\nNoNewPrivilege="),
            ("RestartSec=5\n", "RestartSec=five\n"),
            (PROGRAM, "/nowhere/centrepoint-monitor"),
        ] {
            let broken = unit.replace(right, wrong);
            assert_ne!(broken, unit);
            let read = read_by_systemd(&folder, options, &broken);
            assert!(!read.stderr.is_empty(), "it would say so: {wrong:?}");
        }
    }
}

/// Every value that a unit gives `key`.
fn values<'a>(unit: &'a str, key: &str) -> Vec<&'a str> {
    unit.lines().filter_map(|line| line.strip_prefix(key)?.strip_prefix('=')).collect()
}

/// What a unit runs, less the program.
fn arguments(unit: &str) -> Vec<&str> {
    let [run] = values(unit, "ExecStart")[..] else { panic!("it runs one thing: {unit}") };
    let mut words = run.split_whitespace();
    assert_eq!(words.next(), Some(PROGRAM), "{run}");
    words.collect()
}

/// The program's variables of the environment that a text names.
fn variables(text: &str) -> BTreeSet<String> {
    let is_part = |c: &char| c.is_ascii_uppercase() || *c == '_';
    let all = text.match_indices("CENTREPOINT_MONITOR_");
    all.map(|(at, _)| text[at..].chars().take_while(is_part).collect()).collect()
}

#[test]
fn what_they_run_is_what_the_program_accepts() {
    let folder = Folder::new();
    for (unit, _) in UNITS {
        let help = ran(folder.bare_command().args(arguments(unit)).arg("--help"), b"").good();
        // What the comments and the guide propose for the environment, too.
        let told = variables(&help);
        let named: BTreeSet<String> = [unit, GUIDE].into_iter().flat_map(variables).collect();
        assert!(named.len() >= 3, "{named:?}");
        for name in named {
            let is_told = told.contains(&name) || name == "CENTREPOINT_MONITOR_KEYCHAIN";
            assert!(is_told, "{name} is none of the program's: {help}");
        }
        assert!(values(unit, "EnvironmentFile").iter().all(|file| file.starts_with('-')), "options need not be there");
    }
}

#[test]
fn as_a_service_it_receives_and_ends_in_good_order() {
    for (unit, _) in UNITS {
        let folder = Folder::new();
        folder.add_signed("signed");
        let mut command = folder.bare_command();
        for pair in values(unit, "Environment") {
            let (name, value) = pair.split_once('=').unwrap();
            // The folder that systemd makes for it.
            assert!(name == "CENTREPOINT_MONITOR_DATA_DIR" && value.starts_with("/var/lib/"), "{pair}");
        }
        command.env("CENTREPOINT_MONITOR_DATA_DIR", folder.path());
        command.env("CENTREPOINT_MONITOR_METRICS", "127.0.0.1:0").env("CENTREPOINT_MONITOR_LOG_FORMAT", "json");
        command.args(arguments(unit)).args(["--listen", "127.0.0.1:0"]);
        let serve = Serve::start(&folder, &mut command);
        assert_eq!(serve.post(&Post::upload("signed", "1", "2", "error").signed(PASSCODE)).status, 200);
        assert!(serve.stderr().lines().all(|line| line.starts_with('{')), "its log is JSON: {}", serve.stderr());
        // `Restart=on-failure` starts nothing again that was told to end.
        assert_eq!(serve.stop().0.code(), Some(0));
        assert_eq!(folder.events().len(), 1);
    }
}

/// What `systemd-analyze syscall-filter` prints: a set's name, then what is in it, other sets among them.
fn sets(text: &str) -> BTreeMap<String, Vec<String>> {
    let mut sets: BTreeMap<String, Vec<String>> = BTreeMap::new();
    let mut last = String::new();
    for line in text.lines().filter(|line| !line.trim().is_empty() && !line.trim().starts_with('#')) {
        if line.starts_with('@') {
            line.trim().clone_into(&mut last);
            sets.entry(last.clone()).or_default();
        } else if let Some(set) = sets.get_mut(&last) {
            set.push(line.trim().to_owned());
        }
    }
    sets
}

/// Everything that a set allows.
fn allowed(sets: &BTreeMap<String, Vec<String>>, name: &str, found: &mut BTreeSet<String>) {
    for member in sets.get(name).into_iter().flatten() {
        if member.starts_with('@') {
            allowed(sets, member, found);
        } else {
            found.insert(member.clone());
        }
    }
}

/// The names of the calls in what strace wrote: `PID name(…`, or `PID <... name resumed>`.
fn calls(path: &Path) -> Option<BTreeSet<String>> {
    let text = std::fs::read_to_string(path).ok()?;
    if !text.contains("+++ exited with 0 +++") {
        return None;
    }
    let name = |line: &str| {
        let call = line.split_once(' ')?.1.trim_start();
        let (name, _) = call.split_once('(')?;
        name.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_').then(|| name.to_owned())
    };
    Some(text.lines().filter_map(name).collect())
}

#[test]
fn receiving_asks_the_system_for_nothing_that_they_forbid() {
    if !has_systemd() {
        return;
    }
    let folder = Folder::new();
    folder.add_signed("signed");
    let pair = folder.authority().pair(&[NAME]);
    let [certificate, key] = folder.pem(&pair);
    let trace = folder.beside("strace.txt");
    let mut command = Command::new("strace");
    folder.dress(&mut command);
    // With -D the program is the child, and gets the signals.
    command.args(["-D", "-f", "-s", "0", "-o"]).arg(&trace).arg(binary()).arg("--data-dir").arg(folder.path());
    command.args(arguments(UNITS[0].0)).args(["--listen", "127.0.0.1:0", "--metrics", "127.0.0.1:0"]);
    let serve = Serve::start(&folder, command.args(["--tls-cert", &certificate, "--tls-key", &key]));
    assert_eq!(serve.post(&Post::upload("signed", "1", "2", "error").signed(PASSCODE)).status, 200);
    assert_eq!(serve.post(&Post::upload("signed", "1", "2", "error").signed("another")).status, 401);
    folder.set(&serde_json::json!({ "stuck_after_hours": 3.0 }));
    folder.rejections(1);
    assert_eq!(serve.stop().0.code(), Some(0));
    let calls = eventually("strace to end", || calls(&trace));
    assert!(calls.contains("fdatasync") && calls.contains("accept4"), "they were seen: {calls:?}");

    let told = ran(Command::new("systemd-analyze").arg("syscall-filter"), b"").good();
    let sets = sets(&told);
    for (unit, _) in UNITS {
        let [filter] = values(unit, "SystemCallFilter")[..] else { panic!("it has one: {unit}") };
        let mut fine = BTreeSet::new();
        allowed(&sets, filter, &mut fine);
        assert!(fine.contains("read") && !fine.contains("reboot"), "{filter} is known here: {fine:?}");
        let forbidden: Vec<&String> = calls.difference(&fine).collect();
        assert!(forbidden.is_empty(), "{filter} forbids {forbidden:?}");
    }
}
