//! Where a request goes to: unknown paths, other methods, webhooks that are switched off.

use super::{Bench, is_problem};
use crate::harness::{PASSCODE, Post, eventually};

#[test]
fn unknown_paths_are_404_and_only_counted() {
    let bench = Bench::new();
    for path in [
        "/hooks/nobody",
        "/hooks/",
        "/hooks/open/more",
        "/hooks/OPEN",
        "/",
        "/events",
        "/hooks/%6fpen/..",
        "//hooks/open",
    ] {
        bench.refuses(&Post::delivery("open", "upload", "{}").path(path), 404);
    }
    bench.keeps_nothing();
}

#[test]
fn nothing_of_the_history_is_served() {
    let bench = Bench::new();
    bench.accepts(&Post::upload("open", "1", "2", "error"));
    for path in ["/", "/api", "/api/events", "/events", "/index.html", "/log.db", "/view.db", "/metrics"] {
        let request = format!("GET {path} HTTP/1.1\r\nHost: x\r\n\r\n");
        is_problem(&bench.serve.connect().send(request.as_bytes()).answer(), 404);
    }
}

#[test]
fn other_methods_are_405_with_what_is_allowed() {
    let bench = Bench::new();
    for method in ["GET", "PUT", "DELETE", "PATCH", "OPTIONS"] {
        let answer = bench.refuses(&Post::delivery("signed", "upload", "{}").method(method), 405);
        assert_eq!(answer.header("Allow"), Some("POST"), "{method}");
    }
    let head = Post::delivery("signed", "upload", "").method("HEAD");
    let answer = bench.serve.connect().send(&head.bytes()).answer_to("HEAD");
    assert_eq!((answer.status, answer.header("Allow")), (405, Some("POST")));
    bench.keeps_nothing();
}

#[test]
fn a_disabled_webhook_is_410_until_it_is_enabled() {
    let bench = Bench::new();
    bench.folder.run(&["webhook", "disable", "signed"]).good();
    let post = Post::upload("signed", "1", "2", "error").signed(PASSCODE);
    let status = |wanted: u16| move |answer: crate::harness::Answer| (answer.status == wanted).then_some(answer);
    let answer = eventually("the receiver to notice `disable`", || Some(bench.serve.post(&post)).and_then(status(410)));
    is_problem(&answer, 410);
    let rejection = bench.folder.rejections(1).remove(0);
    assert_eq!(rejection["status"], 410);
    assert_eq!(rejection["delivery_id"], post.delivery_id().as_str());

    bench.folder.run(&["webhook", "enable", "signed"]).good();
    eventually("the receiver to notice `enable`", || Some(bench.serve.post(&post)).and_then(status(200)));
}

#[test]
fn a_removed_webhook_is_404_and_its_deliveries_stay() {
    let bench = Bench::new();
    let post = Post::upload("signed", "1", "2", "error").signed(PASSCODE);
    bench.accepts(&post);
    bench.folder.run(&["webhook", "remove", "signed"]).good();
    let answer = eventually("the receiver to notice `remove`", || {
        Some(bench.serve.post(&post)).filter(|answer| answer.status != 200)
    });
    is_problem(&answer, 404);
    let events = bench.folder.events();
    assert_eq!(events.len(), 1, "what it delivered stays");
    assert_eq!(events[0]["webhook"], "signed");
    let refused = bench.folder.run(&["webhook", "add", "Again", "--slug", "signed"]).bad();
    assert!(refused.contains("signed"), "a slug is not used again: {refused}");
}
