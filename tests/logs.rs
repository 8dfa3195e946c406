//! The program's own log: what is in it, and what never is.

use serde_json::Value;

use crate::harness::{Folder, PASSCODE, Post, Serve};

/// Whom the deliveries are about: as long as nothing else holds them by chance.
const SUBJECT: [&str; 4] = ["subject-id-7f3a91", "SUBJ-IDENT-7F3A", "TAS1H99887766", "a message about somebody"];

/// Everything in the `logs` folder.
fn files(folder: &Folder) -> String {
    let entries = std::fs::read_dir(folder.path().join("logs")).expect("the program makes the folder");
    entries.map(|entry| std::fs::read_to_string(entry.unwrap().path()).unwrap()).collect()
}

fn about_somebody() -> Post {
    let [id, identifier, serial, message] = SUBJECT;
    let body = format!(
        r#"{{"uploadId":"1","studyId":"189","subjectId":"{id}","subjectIdentifier":"{identifier}","monitorSerial":"{serial}","status":"error","message":"{message}"}}"#
    );
    Post::delivery("signed", "upload", body)
}

/// Deliveries accepted, repeated, refused and unreadable; a webhook that changes; an end in good order.
fn ordinary_day(folder: &Folder, serve: Serve) -> String {
    let post = about_somebody().signed(PASSCODE);
    for _ in 0..2 {
        assert_eq!(serve.post(&post).status, 200);
    }
    assert_eq!(serve.post(&about_somebody().signed("wrong")).status, 401);
    assert_eq!(serve.post(&about_somebody()).status, 401);
    let broken = format!("{{ \"subjectId\": \"{}\"", SUBJECT[0]);
    assert_eq!(serve.post(&Post::delivery("signed", "upload", broken).signed(PASSCODE)).status, 200);
    assert_eq!(folder.problems().len(), 2);
    folder.run(&["problem", "acknowledge", &folder.problems()[0]["id"].to_string(), "--by", "M. Rossi"]);
    let said = serve.stderr();
    assert_eq!(serve.stop().0.code(), Some(0));
    said
}

#[test]
fn nobody_a_delivery_is_about_is_in_the_log() {
    let folder = Folder::new();
    folder.add_signed("signed");
    let said = ordinary_day(&folder, folder.serve()) + &files(&folder);
    assert!(said.contains("receiving") && said.contains("closed in good order"), "{said}");
    for private in SUBJECT.iter().chain(&[PASSCODE]) {
        assert!(!said.contains(private), "{private}: {said}");
    }
}

#[test]
fn a_line_is_an_object_where_that_is_wanted() {
    let folder = Folder::new();
    folder.add_signed("signed");
    let mut command = folder.command(&["serve", "--listen", "127.0.0.1:0", "--log-format", "json"]);
    let serve = Serve::start(&folder, &mut command);
    ordinary_day(&folder, serve);
    let text = files(&folder);
    let lines: Vec<Value> = text.lines().map(|line| serde_json::from_str(line).expect("each line is JSON")).collect();
    let receiving = lines.iter().find(|line| line["message"] == "receiving").expect("it says that it receives");
    assert_eq!(receiving["level"], "INFO");
    assert!(
        receiving["address"].as_str().is_some_and(|address| address.starts_with("http://127.0.0.1:")),
        "{receiving}"
    );
    assert!(receiving["timestamp"].as_str().is_some_and(|at| at.ends_with('Z')), "{receiving}");
}

#[test]
fn the_level_is_chosen_by_an_option_or_the_environment_and_checked() {
    let folder = Folder::new();
    folder.add_signed("signed");
    let mut command = folder.command(&["serve", "--listen", "127.0.0.1:0", "--log-level", "error"]);
    let quiet = Serve::start(&folder, &mut command);
    assert_eq!(quiet.stderr(), "", "nothing went wrong");
    drop(quiet);
    let mut command = folder.command(&["serve", "--listen", "127.0.0.1:0"]);
    let loud = Serve::start(&folder, command.env("CENTREPOINT_MONITOR_LOG", "debug"));
    loud.post(&about_somebody());
    crate::harness::eventually("a line for who debugs", || loud.stderr().contains("DEBUG").then_some(()));
    drop(loud);
    for wrong in [["--log-level", "loud=very=much"], ["--log-format", "yaml"]] {
        let said = folder.run(&[&wrong[..], &["verify"]].concat()).bad();
        assert!(said.contains(wrong[0]), "{said}");
    }
}
