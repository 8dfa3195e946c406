//! What a delivery says: JSON objects of known and unknown kinds, and what is no JSON object.

use serde_json::json;

use super::Bench;
use crate::harness::{PASSCODE, Post};

#[test]
fn an_unknown_event_is_kept_under_its_name() {
    let bench = Bench::new();
    let body = json!({ "subject_id": 44732, "studyId": 189, "brandNew": { "deep": [1, 2.5, null] } }).to_string();
    bench.accepts(&Post::delivery("signed", "brand_new_event", body).signed(PASSCODE));
    let event = bench.folder.events().remove(0);
    assert_eq!(event["event"], "brand_new_event");
    assert_eq!(event["subject_id"], "44732", "a number is text from here on");
    assert_eq!(event["study_id"], "189");
    assert_eq!(event["flags"], json!([]));
    assert_eq!(bench.folder.problems().len(), 0);
}

#[test]
fn headers_with_odd_casings_and_commas_are_read() {
    let bench = Bench::new();
    let post = Post::upload("signed", "1", "2", "error")
        .with("X-ActiGraph-Webhook-Id", "27,")
        .with("X-ActiGraph-Event", "upload, ")
        .signed(PASSCODE);
    bench.accepts(&post.clone().header_names(str::to_lowercase));
    bench.accepts(&post.with("X-ActiGraph-Delivery", "another").header_names(str::to_uppercase));
    for event in bench.folder.events() {
        assert_eq!(event["vendor_webhook_id"], "27");
        assert_eq!(event["event"], "upload");
    }
}

#[test]
fn ids_keep_their_zeros_and_statuses_lose_their_casing() {
    let bench = Bench::new();
    let body = r#"{"uploadId":"0085045","studyId":"0189","subjectId":"000103","status":"Started"}"#;
    bench.accepts(&Post::delivery("open", "upload", body));
    let event = bench.folder.events().remove(0);
    assert_eq!(
        [&event["upload_id"], &event["study_id"], &event["subject_id"], &event["status"]],
        [&json!("0085045"), &json!("0189"), &json!("000103"), &json!("started")]
    );
}

#[test]
fn a_byte_order_mark_is_readable_and_stays() {
    let bench = Bench::new();
    let body = "\u{feff}{\"uploadId\":\"7\",\"status\":\"started\"}";
    bench.accepts(&Post::delivery("signed", "upload", body).signed(PASSCODE));
    let event = bench.folder.events().remove(0);
    assert_eq!(event["flags"], json!([]), "valid JSON behind a BOM is readable");
    assert_eq!(event["upload_id"], "7");
    assert_eq!(
        event["body_sha256"],
        centrepoint::BodyDigest::of(body.as_bytes()).to_string(),
        "the bytes are untouched"
    );
}

#[test]
fn an_authentic_delivery_that_is_no_object_is_kept_and_wants_a_person() {
    let bodies: [&[u8]; 7] = [b"", b"[]", b"null", b"\"text\"", b"{\"a\":", b"\xff\xfe{}", b"<xml/>"];
    let bench = Bench::new();
    for body in bodies {
        bench.accepts(&Post::delivery("signed", "upload", body).signed(PASSCODE));
    }
    let events = bench.folder.events();
    assert_eq!(events.len(), bodies.len());
    for event in &events {
        assert_eq!(event["flags"], json!(["unreadable"]), "{event}");
        assert_eq!(event["event"], "upload", "the header still says what it was to be");
    }
    let problems = bench.folder.problems();
    assert_eq!(problems.len(), bodies.len(), "each opens a problem");
    assert!(
        problems.iter().all(|problem| problem["kind"] == "unreadable" && problem["state"] == "open"),
        "{problems:?}"
    );
}

#[test]
fn odd_but_authentic_bodies_are_kept_byte_for_byte() {
    let deep = |open: &str, close: &str| format!("{{\"a\":{}1{}}}", open.repeat(10_000), close.repeat(10_000));
    let utf_16: Vec<u8> = "\u{feff}{\"status\":\"error\"}".encode_utf16().flat_map(u16::to_le_bytes).collect();
    let whole = format!("{{\"pad\":\"{}\"}}", "x".repeat(1024 * 1024 - 10));
    assert_eq!(whole.len(), 1024 * 1024, "as long as a body may be");
    let bodies: [Vec<u8>; 14] = [
        utf_16,
        b"{\"message\":\"a\0b\"}".to_vec(),
        b"{\"message\":\"a\\u0000b\"}".to_vec(),
        deep("[", "]").into_bytes(),
        deep("{\"a\":", "}").into_bytes(),
        b"{\"uploadId\":1e999,\"studyId\":-1e999}".to_vec(),
        br#"{"uploadId":"1","uploadId":"2","status":"error","status":"completed"}"#.to_vec(),
        br#"{"message":"\ud800","\udfff":1}"#.to_vec(),
        b"{\"message\":\"\xed\xa0\x80\"}".to_vec(),
        b"{\"message\":\"\xff\xfe\"}".to_vec(),
        b"{} {}".to_vec(),
        b"\r\n\t {\"status\" : \"started\"}\r\n".to_vec(),
        b"0\r\n\r\nPOST /hooks/open HTTP/1.1\r\n\r\n".to_vec(),
        whole.into_bytes(),
    ];
    let bench = Bench::new();
    let mut sent: Vec<String> = Vec::new();
    for body in bodies {
        let post = Post::delivery("signed", "upload", body).signed(PASSCODE);
        bench.accepts(&post);
        bench.accepts(&Post::delivery("signed", "raw_processing_complete", post.body()).signed(PASSCODE).chunked());
        let digest = centrepoint::BodyDigest::of(post.body()).to_string();
        sent.extend([digest.clone(), digest]);
    }
    let mut kept: Vec<String> =
        bench.folder.events().iter().map(|event| event["body_sha256"].as_str().unwrap().to_owned()).collect();
    kept.reverse();
    assert_eq!(kept, sent);
    // The digests are those of the bytes on the disk.
    let verified = bench.folder.run(&["verify"]);
    assert_eq!(verified.code, Some(0), "{verified:?}");
}

#[test]
fn the_same_without_authentication_is_400() {
    let bench = Bench::new();
    for body in [&b"[]"[..], b"", b"not json", b"\xff"] {
        let post = Post::delivery("open", "upload", body);
        bench.refuses(&post, 400);
        let rejection = bench.keeps_rejection(&post, "open", 400);
        assert_eq!(rejection["size"], body.len());
        assert_eq!(rejection["event"], "upload");
        assert_eq!(bench.folder.events().len(), 0);
    }
}

#[test]
fn rejections_have_exactly_their_fields() {
    let bench = Bench::new();
    bench.refuses(&Post::delivery("open", "upload", "[]"), 400);
    let rejection = bench.folder.rejections(1).remove(0);
    let fields: Vec<&str> = rejection.as_object().unwrap().keys().map(String::as_str).collect();
    let mut expected = ["received_at", "webhook", "status", "reason", "source_ip", "delivery_id", "event", "size"];
    expected.sort_unstable();
    assert_eq!(fields, expected);
}

#[test]
fn a_delivery_without_an_id_is_known_by_its_body() {
    let bench = Bench::new();
    let post = Post::upload("open", "1", "2", "error").without("X-ActiGraph-Delivery");
    bench.accepts(&post);
    bench.accepts(&post);
    let events = bench.folder.events();
    assert_eq!(events.len(), 1, "the same body without an id is the same delivery");
    assert_eq!((&events[0]["attempts"], &events[0]["delivery_id"]), (&json!(2), &json!(null)));
}

#[test]
fn one_delivery_id_over_two_bodies_is_two_deliveries() {
    let bench = Bench::new();
    let first = Post::upload("open", "1", "2", "started");
    let second = Post::upload("open", "1", "2", "completed").with("X-ActiGraph-Delivery", first.delivery_id());
    bench.accepts(&first);
    bench.accepts(&second);
    assert_eq!(bench.folder.events().len(), 2, "the vendor's own documentation reuses an id");
}
