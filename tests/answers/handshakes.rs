//! The handshake: the code goes back, with or without credentials, unless it could not be a header.

use super::Bench;
use crate::harness::{PASSCODE, PASSWORD, Post, USERNAME};

const CODE: &str = "6f1f0c0e-32f5-4b0e-9b1a-2f3f6c1c9c57";

fn validation_of(bench: &Bench, slug: &str) -> String {
    let webhooks = bench.folder.list("webhook", &["list"]);
    let webhook = webhooks.iter().find(|webhook| webhook["slug"] == slug).expect("it is listed");
    webhook["validation"].as_str().expect("a webhook says how far its set-up is").to_owned()
}

#[test]
fn the_code_is_echoed_with_credentials() {
    let bench = Bench::new();
    assert_eq!(validation_of(&bench, "signed"), "waiting");
    let posts = [
        Post::handshake("open", CODE),
        Post::handshake("signed", CODE).signed(PASSCODE),
        Post::handshake("basic", CODE).basic(USERNAME, PASSWORD),
    ];
    for post in &posts {
        let answer = bench.accepts(post);
        assert_eq!(answer.header("X-ActiGraph-Hook-Secret"), Some(CODE));
    }
    let events = bench.folder.events();
    assert_eq!(events.len(), 3, "a handshake is a delivery");
    assert!(events.iter().all(|event| event["event"] == "validation"));
    for slug in ["open", "signed", "basic"] {
        assert_eq!(validation_of(&bench, slug), "validated", "{slug}");
    }
    assert_eq!(bench.folder.problems().len(), 0);
}

#[test]
fn the_code_is_echoed_without_credentials_and_only_noted() {
    let bench = Bench::new();
    let forged = Post::handshake("signed", CODE).header("X-ActiGraph-Signature", "AAAA");
    for post in [Post::handshake("signed", CODE), forged, Post::handshake("basic", CODE)] {
        let answer = bench.accepts(&post);
        assert_eq!(answer.header("X-ActiGraph-Hook-Secret"), Some(CODE));
    }
    assert_eq!(bench.folder.events().len(), 0, "anyone could have sent it: it is no delivery");
    crate::harness::eventually("the handshakes to be noted", || {
        let noted = ["signed", "basic"].iter().all(|slug| validation_of(&bench, slug) == "seen_unsigned");
        noted.then_some(())
    });
}

#[test]
fn a_code_in_the_body_alone_is_echoed() {
    let bench = Bench::new();
    let answer = bench.accepts(&Post::handshake("open", CODE).without("X-ActiGraph-Hook-Secret"));
    assert_eq!(answer.header("X-ActiGraph-Hook-Secret"), Some(CODE));
}

#[test]
fn header_casings_and_trailing_commas_are_understood() {
    let bench = Bench::new();
    let post = Post::handshake("open", CODE).with("X-ActiGraph-Event", "validation,");
    for post in [post.clone().header_names(str::to_lowercase), post.header_names(str::to_uppercase)] {
        let answer = bench.accepts(&post);
        assert_eq!(answer.header("X-ActiGraph-Hook-Secret"), Some(CODE));
    }
}

#[test]
fn a_missing_or_unsafe_code_is_400() {
    let long = "x".repeat(257);
    let in_body = |code: &str| {
        let body = serde_json::json!({ "WebhookId": "74", "ValidationCode": code }).to_string();
        Post::delivery("open", "validation", body)
    };
    let cases = [
        Post::delivery("open", "validation", r#"{"WebhookId": "74"}"#),
        Post::delivery("open", "validation", ""),
        Post::delivery("open", "validation", r#"{"ValidationCode": ""}"#),
        in_body("a\r\nSet-Cookie: x=1"),
        in_body("tab\u{1}control"),
        in_body("schlüssel"),
        in_body(&long),
        Post::handshake("open", "x").with("X-ActiGraph-Hook-Secret", "schlüssel"),
        Post::handshake("open", "x").with("X-ActiGraph-Hook-Secret", long.as_str()),
    ];
    let bench = Bench::new();
    for post in cases {
        let answer = bench.refuses(&post, 400);
        assert_eq!(answer.header("X-ActiGraph-Hook-Secret"), None, "nothing is echoed");
        assert_eq!(answer.header("Set-Cookie"), None, "and nothing is injected");
        bench.keeps_rejection(&post, "open", 400);
        assert_eq!(bench.folder.events().len(), 0);
    }
    let longest = "x".repeat(256);
    let answer = bench.accepts(&Post::handshake("open", &longest));
    assert_eq!(answer.header("X-ActiGraph-Hook-Secret"), Some(longest.as_str()), "256 bytes are still a code");
}
