//! Who a delivery comes from: signatures and passwords, present, missing, wrong, twice.

use super::Bench;
use crate::harness::{PASSCODE, PASSWORD, Post, USERNAME};

const TEST_VECTOR: &str = "Ri20SCicySZmIf2D4kCY5KWEJrsqI7W8sWXMADj1RaQ=";

#[test]
fn the_vendors_test_vector_is_accepted() {
    let bench = Bench::new();
    let post = Post::delivery("signed", "upload", r#"{"Test":"Value"}"#);
    bench.accepts(&post.header("X-ActiGraph-Signature", TEST_VECTOR));
    assert_eq!(bench.folder.events()[0]["authentication"], "hmac");
}

#[test]
fn a_missing_or_wrong_signature_is_401() {
    let cases = [
        ("missing", None, "no signature"),
        ("empty", Some(""), "no signature"),
        ("of another body", Some("Si20SCicySZmIf2D4kCY5KWEJrsqI7W8sWXMADj1RaQ="), "differs"),
        ("with stray bits", Some("Ri20SCicySZmIf2D4kCY5KWEJrsqI7W8sWXMADj1RaR="), "base64"),
        ("without its padding", Some("Ri20SCicySZmIf2D4kCY5KWEJrsqI7W8sWXMADj1RaQ"), "base64"),
        ("in the other alphabet", Some("-_20SCicySZmIf2D4kCY5KWEJrsqI7W8sWXMADj1RaQ="), "base64"),
        ("old", Some("sha1=2fd4e1c67a2d28fced849ee1bb76e7391b93eb12"), "base64"),
        ("with a prefix", Some("sha256=Ri20SCicySZmIf2D4kCY5KWEJrsqI7W8sWXMADj1RaQ="), "base64"),
        ("in another case", Some("RI20SCICYSZMIF2D4KCY5KWEJRSQI7W8SWXMADJ1RAQ="), "differs"),
    ];
    let bench = Bench::new();
    for (case, signature, reason) in cases {
        let mut post = Post::delivery("signed", "upload", r#"{"Test":"Value"}"#);
        if let Some(signature) = signature {
            post = post.header("X-ActiGraph-Signature", signature);
        }
        let answer = bench.refuses(&post, 401);
        assert_eq!(answer.header("WWW-Authenticate"), None, "{case}: HMAC has no scheme to ask for");
        let rejection = bench.keeps_rejection(&post, "signed", 401);
        assert!(rejection["reason"].as_str().unwrap().contains(reason), "a signature {case}: {rejection}");
        assert_eq!(bench.folder.events().len(), 0, "a signature {case} is no event");
    }
}

#[test]
fn two_signatures_are_none_even_if_one_is_right() {
    let bench = Bench::new();
    let post = Post::delivery("signed", "upload", r#"{"Test":"Value"}"#).header("X-ActiGraph-Signature", TEST_VECTOR);
    bench.refuses(&post.clone().header("x-actigraph-signature", TEST_VECTOR), 401);
    bench.refuses(&post.header("X-ActiGraph-Signature", "AAAA"), 401);
}

#[test]
fn one_changed_byte_breaks_a_signature() {
    let bench = Bench::new();
    let signed = Post::upload("signed", "1", "2", "error").signed(PASSCODE);
    let mut bytes = signed.bytes();
    let last = bytes.len() - 1;
    // JSON all the same: a space for the brace would not be, so the white space goes before it.
    bytes[last] = b' ';
    let answer = bench.serve.connect().send(&bytes).answer();
    super::is_problem(&answer, 401);
}

#[test]
fn wrong_signatures_lock_nobody_out() {
    let bench = Bench::new();
    let mut wire = bench.serve.connect();
    for _ in 0..100 {
        let forged = Post::delivery("signed", "upload", "{}").header("X-ActiGraph-Signature", TEST_VECTOR);
        assert_eq!(wire.send(&forged.bytes()).answer().status, 401);
    }
    bench.accepts(&Post::upload("signed", "1", "2", "error").signed(PASSCODE));
}

#[test]
fn basic_takes_its_user_name_and_password_and_no_others() {
    let bench = Bench::new();
    bench.accepts(&Post::upload("basic", "1", "2", "error").basic(USERNAME, PASSWORD));
    let lower = Post::upload("basic", "2", "2", "error").basic(USERNAME, PASSWORD);
    let lower = String::from_utf8(lower.bytes()).unwrap().replace("Basic ", "basic ");
    assert_eq!(bench.serve.connect().send(lower.as_bytes()).answer().status, 200, "a scheme has no case (RFC 7617)");
    assert!(bench.folder.events().iter().all(|event| event["authentication"] == "basic"));

    let post = || Post::upload("basic", "3", "2", "error");
    let wrong = [
        post(),
        post().basic(USERNAME, "password"),
        post().basic("someone", PASSWORD),
        post().basic("", ""),
        post().header("Authorization", "Basic"),
        post().header("Authorization", "Basic !!!"),
        post().header("Authorization", "Bearer Y2VudHJlcG9pbnQ="),
        post().basic(USERNAME, PASSWORD).header("Authorization", "Basic YTpi"),
        post().signed(PASSCODE),
    ];
    for post in &wrong {
        let answer = bench.refuses(post, 401);
        let challenge = answer.header("WWW-Authenticate").unwrap_or_default();
        assert!(challenge.starts_with("Basic "), "a Basic webhook asks for Basic: {answer:?}");
    }
    assert_eq!(bench.folder.rejections(wrong.len()).len(), wrong.len());
    assert_eq!(bench.folder.events().len(), 2);
}

#[test]
fn an_open_webhook_asks_for_nothing_and_says_so() {
    let bench = Bench::new();
    bench.accepts(&Post::upload("open", "1", "2", "error"));
    bench.accepts(&Post::upload("open", "2", "2", "error").signed("another passcode"));
    assert!(bench.folder.events().iter().all(|event| event["authentication"] == "none"));
}

#[test]
fn a_replayed_body_under_another_delivery_id_is_flagged() {
    let bench = Bench::new();
    let first = Post::upload("signed", "1", "2", "error").signed(PASSCODE);
    bench.accepts(&first);
    bench.accepts(&first.clone().with("X-ActiGraph-Delivery", "0f9G3fde-8Baf-0c83-1591-517307kpp19c"));
    let events = bench.folder.events();
    assert_eq!(events.len(), 2, "an event of its own");
    assert_eq!(events[0]["flags"], serde_json::json!(["repeat"]), "the later one is the repeat");
    assert_eq!(events[1]["flags"], serde_json::json!([]));
    assert_eq!(bench.folder.problems().len(), 1, "the same upload is one problem");
}
