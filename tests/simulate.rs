//! The simulator against the receiver: every kind of event, every authentication, over the real wire.

use std::collections::BTreeSet;
use std::path::Path;
use std::process::Command;

use crate::harness::{CLIENT_ID, CLIENT_SECRET, Folder, PASSCODE, PASSWORD, Serve, USERNAME, eventually};

fn folder() -> Folder {
    let folder = Folder::new();
    folder.add_open("open");
    folder.add_signed("signed");
    folder.add_basic("basic");
    folder.add_tokens("tokens");
    folder
}

fn deliveries(folder: &Folder) -> usize {
    folder.events().iter().filter(|event| event["event"] != "validation").count()
}

#[test]
fn every_authentication_is_spoken() {
    let folder = folder();
    let serve = folder.serve();
    let how: [(&str, &[&str], &str); 4] = [
        ("open", &[], ""),
        ("signed", &["--auth", "hmac", "--secret-stdin"], PASSCODE),
        ("basic", &["--auth", "basic", "--username", USERNAME, "--secret-stdin"], PASSWORD),
        ("tokens", &["--auth", "oauth2", "--client-id", CLIENT_ID, "--secret-stdin"], CLIENT_SECRET),
    ];
    for (slug, credentials, secret) in how {
        let url = serve.url(slug);
        let mut arguments = vec!["simulate", "--to", &url, "--count", "40", "--rate", "0", "--seed", "7"];
        arguments.extend(credentials);
        let summary = folder.run_with(&arguments, secret.as_bytes()).good();
        assert!(summary.contains("40") && summary.contains("200"), "it says how many and what was answered: {summary}");
        let webhook = folder.list("webhook", &["list"]).into_iter().find(|webhook| webhook["slug"] == slug).unwrap();
        assert_eq!(webhook["validation"], "validated", "the handshake goes before: {webhook}");
    }
    let events = folder.events();
    for slug in ["open", "signed", "basic", "tokens"] {
        let of_it: Vec<_> =
            events.iter().filter(|event| event["webhook"] == slug && event["event"] != "validation").collect();
        let attempts: i64 = of_it.iter().map(|event| event["attempts"].as_i64().unwrap()).sum();
        assert!(!of_it.is_empty() && attempts >= 40, "{slug}: {attempts} arrivals of {} events", of_it.len());
    }
    assert!(folder.run(&["rejections", "--json"]).good().is_empty(), "nothing it sends is refused");
}

#[test]
fn all_five_kinds_are_understood() {
    let folder = folder();
    let serve = folder.serve();
    let url = serve.url("open");
    folder.run(&["simulate", "--to", &url, "--count", "400", "--rate", "0", "--seed", "1"]).good();
    let events = folder.list("events", &["--limit", "100000"]);
    let kinds: BTreeSet<&str> = events.iter().map(|event| event["event"].as_str().unwrap()).collect();
    let all = [
        "cp2_daily_statistics_complete",
        "daily_statistics_complete",
        "data_retrieval_complete",
        "raw_processing_complete",
        "upload",
        "validation",
    ];
    assert_eq!(kinds, BTreeSet::from(all));
    for event in events.iter().filter(|event| event["event"] != "validation") {
        assert_eq!(
            event["flags"].as_array().unwrap().iter().filter(|flag| *flag == "unreadable").count(),
            0,
            "{event}"
        );
        assert!(event["study_id"].is_string() && event["subject_id"].is_string(), "{event}");
        let has_status = event["status"].is_string();
        let needs_status = !event["event"].as_str().unwrap().ends_with("statistics_complete");
        assert_eq!(has_status, needs_status, "{event}");
    }
    let uploads = folder.list("uploads", &["--limit", "100000"]);
    let states: BTreeSet<&str> = uploads.iter().map(|upload| upload["state"].as_str().unwrap()).collect();
    assert!(states.contains("completed") && states.contains("error"), "an ordinary day has both: {states:?}");
}

#[test]
fn a_bad_day_opens_problems() {
    let folder = folder();
    let serve = folder.serve();
    let url = serve.url("open");
    let arguments = ["simulate", "--to", &url, "--scenario", "errors", "--count", "60", "--rate", "0", "--seed", "3"];
    folder.run(&arguments).good();
    assert!(!folder.problems().is_empty());
    assert!(deliveries(&folder) > 0);
}

#[test]
fn a_burst_repeats_deliveries_without_repeating_events() {
    let folder = folder();
    let serve = folder.serve();
    let url = serve.url("open");
    let arguments = ["simulate", "--to", &url, "--scenario", "burst", "--count", "300", "--rate", "0", "--seed", "5"];
    folder.run(&arguments).good();
    let events = folder.events();
    let most = events.iter().map(|event| event["attempts"].as_i64().unwrap()).max();
    assert!(most > Some(1), "a burst has retries of the same delivery");
    assert!(events.iter().all(|event| event["flags"].as_array().unwrap().is_empty()), "and they are no repeats");
}

#[test]
fn wrong_credentials_and_nobody_home_are_failures() {
    let folder = folder();
    let serve = folder.serve();
    let url = serve.url("signed");
    let arguments = ["simulate", "--to", &url, "--count", "3", "--rate", "0", "--auth", "hmac", "--secret-stdin"];
    let ran = folder.run_with(&arguments, b"not the passcode");
    assert_ne!(ran.code, Some(0));
    assert!(format!("{}{}", ran.stdout, ran.stderr).contains("401"), "{ran:?}");
    let tokens = serve.url("tokens");
    let arguments =
        ["simulate", "--to", &tokens, "--count", "3", "--auth", "oauth2", "--client-id", CLIENT_ID, "--secret-stdin"];
    let ran = folder.run_with(&arguments, b"not the secret");
    assert_ne!(ran.code, Some(0));
    assert!(ran.stdout.contains("invalid_client"), "it says what the token address answered: {ran:?}");
    serve.stop();
    assert_ne!(folder.run(&["simulate", "--to", &url, "--count", "1", "--rate", "0"]).code, Some(0));
    folder.run(&["simulate", "--to", "ftp://example.org", "--count", "1"]).bad();
}

#[test]
fn practice_streams_a_study_into_a_folder_of_its_own() {
    let folder = Folder::new();
    let mut command = folder.bare_command();
    command.args(["practice", "--serve", "--rate", "100"]);
    let practice = Serve::start(&folder, &mut command);
    // The home folder is the test's own: whatever the program made, it made there.
    let data = eventually("the practice folder", || {
        let output = Command::new("find").arg(folder.beside("home")).args(["-name", "log.db"]).output().ok()?;
        let found = String::from_utf8(output.stdout).ok()?;
        found.lines().next().map(|path| Path::new(path).with_file_name(""))
    });
    eventually("the study to stream in", || {
        let mut command = folder.bare_command();
        let output = command.arg("--data-dir").arg(&data).args(["uploads", "--json"]).output().ok()?;
        (output.stdout.split(|byte| *byte == b'\n').count() > 10).then_some(())
    });
    let (status, _) = practice.stop();
    assert!(status.success());
    let real = folder.bare_command().args(["events", "--json"]).output().unwrap();
    assert_eq!(String::from_utf8_lossy(&real.stdout), "", "practice never touches the real history");
}

#[test]
fn practice_begins_in_the_middle_of_a_study_and_starts_over_on_request() {
    let folder = Folder::new();
    let start = |more: &[&str]| {
        let mut command = folder.bare_command();
        command.arg("--data-dir").arg(folder.path()).args(["practice", "--serve", "--rate", "0.05"]).args(more);
        Serve::start(&folder, &mut command)
    };
    let practice = start(&[]);
    let begun = folder.list("events", &["--limit", "100000"]);
    assert!(begun.len() > 500, "{} events", begun.len());
    std::fs::write(folder.path().join("notes.txt"), "mine").unwrap();
    // Beside a running one nothing is emptied.
    let (status, _) = practice.stop();
    assert!(status.success());
    let practice = start(&["--start-over", "--no-past"]);
    let left = folder.list("events", &["--limit", "100000"]);
    assert!(left.len() < 20, "{} events are left", left.len());
    assert_eq!(std::fs::read_to_string(folder.path().join("notes.txt")).unwrap(), "mine");
    practice.stop();

    let real = Folder::new();
    real.add_open("a");
    let refused = real.run(&["practice", "--serve", "--start-over"]);
    assert!(refused.code != Some(0) && refused.stderr.contains("not a practice folder"), "{refused:?}");
    assert!(real.run(&["webhook", "list"]).good().contains("/hooks/a"), "its webhook is still there");
}
