//! Practice in its window: marked, full from the beginning, and steered while it goes on.

use std::rc::Rc;
use std::thread::sleep;
use std::time::Duration;

use serde_json::json;

use super::id;
use crate::harness::{Desk, Folder, Window, eventually, screen};

fn choose(window: &Window, select: &str, value: &str) {
    let script = "const select = document.querySelector(arguments[0]); select.value = arguments[1]; \
        select.dispatchEvent(new Event('change', { bubbles: true })); return true";
    window.run(script, &[json!(id(select)), json!(value)]);
}

#[test]
fn a_practice_is_marked_full_and_steered() {
    let _turn = screen();
    let desk = Rc::new(Desk::new());
    let folder = Folder::with_environment(desk.environment());
    let window = Window::practise(&["--rate", "5"], &folder, &desk);
    for view in ["today", "problems", "uploads", "subjects", "events", "settings"] {
        window.click(&id(&format!("nav-{view}")));
        window.find(&id(&format!("view-{view}")));
        assert!(window.text(&id("practice-bar")).contains("everything here is made up"), "{view} says so");
    }
    // Two weeks are there from the beginning, with somebody overdue.
    let subjects = folder.list("subjects", &[]);
    assert!(subjects.len() >= 20, "{} subjects", subjects.len());
    assert!(subjects.iter().any(|subject| subject["state"] == "overdue" || subject["state"] == "late"), "{subjects:?}");

    let count = || folder.list("events", &["--limit", "100000"]).len();
    let begun = count();
    eventually("the study to go on", || (count() > begun + 3).then_some(()));
    window.click(&id("practice-pause"));
    window.text_where(&id("practice-pause"), |text| text.contains("Go on"));
    sleep(Duration::from_millis(500));
    let paused = count();
    sleep(Duration::from_secs(2));
    assert_eq!(count(), paused, "paused, nothing arrives");

    // Another kind of day, faster: errors come in.
    let failed = || folder.list("events", &["--query", "is:error", "--limit", "100000"]).len();
    let before = failed();
    choose(&window, "practice-scenario", "errors");
    choose(&window, "practice-speed", "rush");
    window.click(&id("practice-pause"));
    eventually("errors", || (failed() > before + 5).then_some(()));
    // A reload finds it as it was left.
    window.reload();
    window.find(&id("practice-bar"));
    eventually("the scenario", || {
        let script = "return document.querySelector(arguments[0])?.value";
        (window.run(script, &[json!(id("practice-scenario"))]) == json!("errors")).then_some(())
    });
}
