//! `doctor`: beside a running receiver and without one, before anybody came, after refusals, and that it leaves no trace.

mod far;
mod keychain;

use std::net::TcpListener;

use serde_json::Value;

use crate::harness::{Folder, PASSCODE, Post, Ran, Serve, eventually, json_lines};

/// Nobody's clock: a test asks nothing of the internet.
pub(crate) const NO_CLOCK: [&str; 2] = ["--clock-from", "https://127.0.0.1:1"];

pub(crate) fn doctor(folder: &Folder) -> (Ran, Vec<Value>) {
    let ran = folder.run(&[&["doctor", "--json"][..], &NO_CLOCK].concat());
    let checks = json_lines(&ran.stdout);
    (ran, checks)
}

/// How a check came out, and what was found.
#[track_caller]
fn check(checks: &[Value], id: &str) -> (String, String) {
    let found = checks.iter().find(|check| check["id"] == id).unwrap_or_else(|| panic!("{id} is checked: {checks:?}"));
    let text = |name: &str| found[name].as_str().unwrap_or_default().to_owned();
    assert_eq!(found["next"].is_null(), found["level"] == "green", "what is not well says what to do: {found}");
    (text("level"), text("found"))
}

/// Its next step.
#[track_caller]
pub(crate) fn next(checks: &[Value], id: &str) -> String {
    let found = checks.iter().find(|check| check["id"] == id).unwrap_or_else(|| panic!("{id} is checked: {checks:?}"));
    found["next"].as_str().unwrap_or_default().to_owned()
}

#[track_caller]
pub(crate) fn is(checks: &[Value], id: &str, level: &str, words: &str) {
    let (found, said) = check(checks, id);
    assert!(found == level && said.contains(words), "{id} is {level}, {words}: {found}, {said}");
}

#[test]
fn without_a_receiver_it_says_so() {
    let folder = Folder::new();
    folder.add_signed("signed");
    let (ran, checks) = doctor(&folder);
    assert_eq!(ran.code, Some(1));
    assert!(ran.stderr.contains("found something wrong"), "{}", ran.stderr);
    is(&checks, "port", "red", "No receiver runs");
    is(&checks, "path", "red", "No public address");
    is(&checks, "signature", "amber", "does not answer");
    is(&checks, "clock", "amber", "cannot be told");
    is(&checks, "popups", "amber", "cannot be asked");
    is(&checks, "autostart", "amber", "does not start with the computer");
    is(&checks, "keychain", "amber", "no keychain");
    is(&checks, "room", "green", "can be written to");
    for check in &checks {
        for field in ["id", "webhook", "title", "level", "found", "next"] {
            assert!(check.get(field).is_some(), "{field} is always there: {check}");
        }
    }
}

#[test]
fn beside_a_receiver_it_follows_a_webhook_to_its_first_delivery_and_leaves_no_trace() {
    let folder = Folder::new();
    folder.add_signed("signed");
    folder.add_basic("basic");
    folder.add_tokens("tokens");
    let serve = folder.serve();
    let (_, checks) = doctor(&folder);
    is(&checks, "port", "green", "another process than this one, answers");
    is(&checks, "handshake", "amber", "is answered as CentrePoint expects");
    is(&checks, "contact", "amber", "never contacted");
    let proofs = checks.iter().filter(|check| check["id"] == "signature");
    assert!(proofs.clone().all(|check| check["level"] == "green"), "{checks:?}");
    assert_eq!(proofs.count(), 3);

    assert_eq!(folder.events().len(), 0, "a self test is no delivery");
    assert_eq!(folder.list("rejections", &[]).len(), 0, "nor a refusal");
    let waiting = |slug: &str| {
        let webhooks = folder.list("webhook", &["list"]);
        webhooks.iter().find(|webhook| webhook["slug"] == slug).expect("it is listed")["waiting"].clone()
    };
    assert_eq!(waiting("signed")["state"], "never_contacted");

    serve.post(&Post::handshake("signed", "a-code"));
    eventually("the handshake to be noted", || (waiting("signed")["state"] == "handshake_seen").then_some(()));
    assert_eq!(waiting("signed")["signed"], false);
    std::thread::sleep(std::time::Duration::from_millis(5));
    assert_eq!(serve.post(&Post::upload("signed", "1", "7", "started").signed("not the passcode")).status, 401);
    eventually("the refusal to be noted", || (waiting("signed")["state"] == "refused").then_some(()));
    let (ran, checks) = doctor(&folder);
    assert_eq!(ran.code, Some(1));
    let refused = |checks: &[Value]| {
        let found = checks.iter().find(|check| check["id"] == "contact" && check["webhook"] == "signed");
        found.expect("it is checked").clone()
    };
    let said = refused(&checks);
    assert_eq!(said["level"], "red");
    assert!(said["found"].as_str().is_some_and(|found| found.contains("signature differs")), "{said}");
    assert!(said["next"].as_str().is_some_and(|next| next.contains("same secret on both sides")), "{said}");

    assert_eq!(serve.post(&Post::upload("signed", "1", "7", "started").signed(PASSCODE)).status, 200);
    assert!(waiting("signed").is_null(), "its first delivery came");
    let (_, checks) = doctor(&folder);
    assert_eq!(refused(&checks)["level"], "green");
}

#[test]
fn in_practice_all_is_well_and_the_text_for_it_has_no_secret() {
    let folder = Folder::new();
    let mut command = folder.command(&["practice", "--serve", "--listen", "127.0.0.1:0", "--rate", "5"]);
    let _serve = Serve::start(&folder, &mut command);
    eventually("the first delivery", || (folder.events().len() > 1).then_some(()));
    let ran = folder.run(&[&["doctor", "--text"][..], &NO_CLOCK].concat());
    assert_eq!(ran.code, Some(0), "nothing is wrong: {ran:?}");
    for words in
        ["[well] The receiver listens", "[well] Contact with CentrePoint", "Public address: none entered", "Next:"]
    {
        assert!(ran.stdout.contains(words), "{words}: {}", ran.stdout);
    }
    let secret = std::fs::read_to_string(folder.path().join("secrets/practice")).expect("there is no keychain here");
    assert!(!ran.stdout.contains(secret.trim()));
    let plain = folder.run(&[&["doctor"][..], &NO_CLOCK].concat()).good();
    assert!(plain.lines().any(|line| line.starts_with("well     The receiver listens")), "{plain}");
}

#[test]
fn a_port_that_another_program_has_is_told() {
    let folder = Folder::new();
    folder.add_open("open");
    let serve = folder.serve();
    let address = serve.address();
    serve.stop();
    let (_, checks) = doctor(&folder);
    is(&checks, "port", "red", "No receiver runs");
    let listener = TcpListener::bind(address).expect("its port is free by now");
    std::thread::spawn(move || {
        use std::io::{Read as _, Write as _};
        for mut stream in listener.incoming().flatten() {
            let _ = stream.read(&mut [0; 4096]);
            let _ =
                stream.write_all(b"HTTP/1.1 200 OK\r\nServer: other\r\nContent-Length: 0\r\nConnection: close\r\n\r\n");
        }
    });
    let (_, checks) = doctor(&folder);
    is(&checks, "port", "red", "belongs to another program");
}

#[test]
fn a_clock_server_that_is_none_is_refused() {
    let folder = Folder::new();
    let said = folder.run(&["doctor", "--clock-from", "http://time.example.org"]).bad();
    assert!(said.contains("https://"), "{said}");
}
