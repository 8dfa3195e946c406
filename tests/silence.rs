//! A webhook of which nothing comes is a problem, in every list, until the next delivery.

use std::time::Duration;

use serde_json::Value;

use crate::harness::{Folder, Post, eventually};

fn silent(folder: &Folder) -> Option<Value> {
    folder.list("problems", &["--query", "is:silent is:open"]).into_iter().next()
}

#[test]
fn a_silent_webhook_is_a_problem_until_the_next_delivery_and_only_while_somebody_receives() {
    let folder = Folder::new();
    folder.add_open("rome");
    let told = folder.run(&["webhook", "silence", "rome"]).good();
    assert!(told.contains("not enough history yet") && told.contains("nothing came yet"), "{told}");
    // Two seconds.
    folder.run(&["webhook", "silence", "rome", "0.00055"]).good();
    folder.run(&["webhook", "silence", "rome", "soon"]).bad();
    let serve = folder.serve();
    std::thread::sleep(Duration::from_secs(3));
    assert_eq!(silent(&folder), None, "nothing ever came");
    let post = |number: &str| assert_eq!(serve.post(&Post::upload("rome", number, "7", "completed")).status, 200);
    post("1");
    let problem = eventually("a silence", || silent(&folder));
    assert_eq!((problem["kind"].as_str(), problem["webhook"].as_str()), (Some("silence"), Some("rome")));
    let id = problem["id"].as_i64().unwrap();
    assert!(id < 0);
    folder.run(&["problem", "acknowledge", &id.to_string(), "--by", "Ann"]).good();
    let acknowledged = folder.list("problems", &["--query", "is:silent is:acknowledged"]);
    assert_eq!(acknowledged[0]["acknowledged_by"], "Ann");
    post("2");
    assert!(folder.list("problems", &["--query", "is:silent is:acknowledged"]).is_empty(), "it is over");
    assert_ne!(eventually("the next silence", || silent(&folder))["id"].as_i64(), Some(id));
    folder.run(&["webhook", "silence", "rome", "off"]).good();
    assert_eq!(silent(&folder), None);
    folder.run(&["webhook", "silence", "rome", "0.00055"]).good();
    assert!(silent(&folder).is_some());
    assert!(folder.run(&["webhook", "silence", "rome"]).good().contains("SILENT"));
    serve.stop();
    post_is_over(&folder);
}

/// While nobody receives, nobody is silent beyond what was before.
fn post_is_over(folder: &Folder) {
    let serve = folder.serve();
    assert_eq!(serve.post(&Post::upload("rome", "3", "7", "completed")).status, 200);
    serve.stop();
    std::thread::sleep(Duration::from_secs(4));
    assert_eq!(silent(folder), None);
}
