//! Setting a webhook up in Settings, up to its handshake.

use super::{Stage, id};
use crate::harness::{Post, eventually, screen};

#[test]
fn a_webhook_is_added_and_validated() {
    let _turn = screen();
    let stage = Stage::new();
    let window = &stage.window;
    window.click(&id("nav-settings"));
    window.click(&id("webhook-add"));
    window.find(&id("webhook-form"));
    window.fill(&id("webhook-name"), "Study 190");
    window.fill(&id("webhook-slug"), "study-190");
    window.fill(&id("webhook-secret"), "another passcode");
    window.click(&id("webhook-save"));
    window.text_where(&id("webhook-status"), |text| text.contains("has not made contact yet"));
    window.text_where(&id("webhook-url"), |text| text.contains("/hooks/study-190"));

    let post = Post::handshake("study-190", "the-code").signed("another passcode");
    let answer = eventually("the receiver to know the new webhook", || {
        Some(window.post(&post)).filter(|answer| answer.status != 404)
    });
    assert_eq!((answer.status, answer.header("X-ActiGraph-Hook-Secret")), (200, Some("the-code")));
    window.text_where(&id("webhook-status"), |text| text.to_lowercase().contains("validated"));
    let delivery = Post::upload("study-190", "1", "2", "started").signed("another passcode");
    assert_eq!(window.post(&delivery).status, 200);
    assert_eq!(stage.folder.list("events", &["--query", "webhook:study-190 event:upload"]).len(), 1);
}
