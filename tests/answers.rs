//! The receiver's answers: each row of the table, over a real socket, and what is kept of it.

mod bodies;
mod credentials;
mod framing;
mod handshakes;
mod limits;
mod paths;
mod sources;
mod trouble;

use crate::harness::{Answer, Folder, PASSCODE, Post, Serve, eventually};

/// A receiver with one webhook of each kind: `open`, `signed`, `basic`.
struct Bench {
    folder: Folder,
    serve: Serve,
}

impl Bench {
    fn new() -> Self {
        let folder = Folder::new();
        folder.add_open("open");
        folder.add_signed("signed");
        folder.add_basic("basic");
        let serve = folder.serve();
        Self { folder, serve }
    }

    #[track_caller]
    fn accepts(&self, post: &Post) -> Answer {
        let answer = self.serve.post(post);
        assert_eq!(answer.status, 200, "it should have been kept: {answer:?}");
        assert_eq!(answer.body, b"", "an acceptance says nothing more");
        answer
    }

    /// Asserts that `post` is refused as a problem document of this status.
    #[track_caller]
    fn refuses(&self, post: &Post, status: u16) -> Answer {
        let answer = self.serve.post(post);
        is_problem(&answer, status);
        answer
    }

    /// Asserts that nothing was kept, neither as an event nor as a rejection.
    #[track_caller]
    fn keeps_nothing(&self) {
        // A later rejection is readable, so an earlier one would be.
        let witness = Post::delivery("signed", "upload", "{}");
        self.refuses(&witness, 401);
        let rejections = self.folder.rejections(1);
        assert_eq!(rejections.len(), 1, "nothing but the witness was written down: {rejections:?}");
        assert_eq!(rejections[0]["delivery_id"], witness.delivery_id().as_str());
        assert_eq!(self.folder.events().len(), 0, "no event came of it");
    }

    /// Asserts that there is a rejection of `post`, and one alone.
    #[track_caller]
    fn keeps_rejection(&self, post: &Post, webhook: &str, status: u16) -> serde_json::Value {
        let id = post.delivery_id();
        let mut rejections = eventually("the rejection", || {
            let mut rejections = self.folder.rejections(1);
            rejections.retain(|rejection| rejection["delivery_id"] == id.as_str());
            Some(rejections).filter(|rejections| !rejections.is_empty())
        });
        assert_eq!(rejections.len(), 1, "each refusal is a row of its own: {rejections:?}");
        let rejection = rejections.remove(0);
        assert_eq!(rejection["webhook"], webhook);
        assert_eq!(rejection["status"], status);
        assert_eq!(rejection["source_ip"], "127.0.0.1");
        let reason = rejection["reason"].as_str().expect("a rejection has a reason");
        assert!(reason.len() > 10, "the reason is a sentence: {reason}");
        rejection
    }
}

/// Asserts that `answer` is an RFC 9457 problem of this status, in words for strangers.
#[track_caller]
fn is_problem(answer: &Answer, status: u16) {
    assert_eq!(answer.status, status, "{answer:?}");
    assert_eq!(answer.header("Content-Type"), Some("application/problem+json"), "{answer:?}");
    let problem = answer.json();
    assert_eq!(problem["status"], status, "the document repeats its status");
    assert!(problem["title"].as_str().is_some_and(|title| !title.is_empty()), "{problem}");
    let text = problem.to_string();
    for secret in [PASSCODE, "log.db", "sqlite", "panicked"] {
        assert!(!text.to_lowercase().contains(&secret.to_lowercase()), "strangers learn nothing of the inside: {text}");
    }
}

#[test]
fn a_signed_upload_is_answered_200_and_kept_with_every_field() {
    let bench = Bench::new();
    let post = Post::upload("signed", "85045", "000103", "error").signed(PASSCODE);
    bench.accepts(&post);
    let events = bench.folder.events();
    assert_eq!(events.len(), 1);
    let event = events[0].as_object().unwrap();
    let digest = centrepoint::BodyDigest::of(post.body()).to_string();
    let expected = serde_json::json!({
        "sequence": event["sequence"], "received_at": event["received_at"], "webhook": "signed",
        "delivery_id": post.delivery_id(), "vendor_webhook_id": "15", "event": "upload", "status": "error",
        "study_id": "189", "site_id": null, "subject_id": "000103", "subject_identifier": null,
        "upload_id": "85045", "monitor_serial": null, "message": "Battery voltage below threshold",
        "first_epoch_utc": null, "first_epoch_subject": null, "last_epoch_utc": null, "last_epoch_subject": null,
        "authentication": "hmac", "source_ip": "127.0.0.1", "attempts": 1, "flags": [], "body_sha256": digest,
    });
    assert_eq!(events[0], expected, "the fields are exactly those of the contract, null where unknown");
    assert!(event["sequence"].is_i64());
    let received_at = event["received_at"].as_str().unwrap();
    let shape: String = received_at.chars().map(|c| if c.is_ascii_digit() { '9' } else { c }).collect();
    assert_eq!(shape, "9999-99-99T99:99:99.999999Z", "RFC 3339 UTC with microseconds: {received_at}");
    assert_eq!(bench.folder.problems().len(), 1, "an upload error wants a person");
}

#[test]
fn epochs_are_kept_as_sent() {
    let bench = Bench::new();
    bench.accepts(&Post::upload("open", "1", "2", "completed"));
    let event = bench.folder.events().remove(0);
    assert_eq!(event["first_epoch_utc"], "2016-06-14T20:46:00.0000000");
    assert_eq!(event["first_epoch_subject"], "2016-06-14T16:46:00.0000000");
    assert_eq!(event["last_epoch_utc"], "2016-06-15T20:46:00.0000000");
    assert_eq!(event["last_epoch_subject"], "2016-06-15T16:46:00.0000000");
    assert_eq!(event["status"], "completed");
}

#[test]
fn health_is_told_without_anything_else() {
    let bench = Bench::new();
    let answer = bench.serve.connect().send(b"GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n").answer();
    assert_eq!(answer.status, 200);
    assert_eq!(answer.json(), serde_json::json!({ "status": "ok" }));
}
