//! What no delivery tells: subjects that are overdue and uploads that are stuck, since nothing came.

use std::rc::Rc;

use serde_json::{Value, json};

use super::{error, folder, inbox, next_pop_up, state};
use crate::harness::{Desk, Folder, PASSCODE, PopUp, Post, Window, eventually, faked, screen};

/// An upload, its subject, and how it stood.
type Told = (&'static str, &'static str, &'static str);

/// What came so long ago, under a clock of that time, oldest first.
fn came(folder: &Folder, lives: &[(&str, &[Told])]) {
    for (ago, told) in lives {
        let (serve, _) = faked(folder, ago);
        for (upload, subject, status) in *told {
            assert_eq!(serve.post(&Post::upload("signed", upload, subject, status).signed(PASSCODE)).status, 200);
        }
        assert!(serve.stop().0.success());
    }
}

/// Switches this kind of notification on, and leaves the rest to its defaults but these.
fn switched_on(folder: &Folder, kind: &str, more: &[(&str, Value)]) {
    let mut rules = json!({ "kinds": { kind: true } });
    for (name, value) in more {
        rules[name] = value.clone();
    }
    folder.set(&json!({ "notifications": rules }));
}

/// The one pop-up since `seen` of them.
#[track_caller]
fn one_more(desk: &Desk, seen: usize) -> PopUp {
    next_pop_up(desk);
    let pop_ups = desk.pop_ups();
    assert_eq!(pop_ups.len(), seen + 1, "{pop_ups:?}");
    pop_ups[seen].clone()
}

/// The titles in the inbox, newest first; each was shown by the desktop.
fn titles(folder: &Folder) -> Vec<String> {
    eventually("nothing to wait to be shown", || {
        (state(folder, "SELECT count(*) FROM notifications WHERE stage <> 'over'") == "0").then_some(())
    });
    let rows = inbox(folder);
    assert!(rows.iter().all(|row| row["outcome"] == "shown"), "{rows:?}");
    rows.iter().map(|row| row["title"].as_str().unwrap().to_owned()).collect()
}

/// Who watches over three days: overdue is one since the day before yesterday, one since some hours, one not yet.
fn overdue(desk: &Desk) -> Folder {
    let folder = folder(desk);
    let lives = [
        ("-130h", &[("1", "4410001", "completed")][..]),
        ("-75h", &[("2", "4410002", "completed")]),
        ("-40h", &[("3", "4410003", "completed")]),
    ];
    came(&folder, &lives);
    let every_day = json!(["mon", "tue", "wed", "thu", "fri", "sat", "sun"]);
    switched_on(&folder, "overdue_subject", &[("summary_at", json!("00:00")), ("summary_days", every_day)]);
    folder
}

#[test]
fn a_click_on_the_summary_lists_who_is_overdue() {
    let _turn = screen();
    let desk = Rc::new(Desk::new());
    let folder = overdue(&desk);
    let window = Window::drive(&folder, &desk);
    next_pop_up(&desk);
    desk.click_pop_up();
    window.text_where("[data-testid=view-subjects]", |text| {
        text.contains("4410001") && text.contains("4410002") && !text.contains("4410003")
    });
}

#[test]
fn overdue_subjects_come_as_one_summary_a_day() {
    const SUMMARY: &str = "2 subjects are overdue: 1 since yesterday";
    let _turn = screen();
    let desk = Rc::new(Desk::new());
    let folder = overdue(&desk);
    let window = Window::open(&folder, &desk);
    let shown = one_more(&desk, 0);
    assert_eq!(shown.summary, SUMMARY);
    assert!(!shown.body.contains("441"), "no subject is named: {shown:?}");
    assert_eq!(titles(&folder), [SUMMARY]);
    let target = inbox(&folder)[0]["target"].clone();
    assert_eq!(
        (&target["view"], &target["query"]),
        (&json!("subjects"), &json!("webhook:signed")),
        "a click lists them"
    );
    window.close();

    // What comes after a restart is told alone: it was looked for again by then.
    let window = Window::open(&folder, &desk);
    assert_eq!(window.post(&error(1)).status, 200);
    assert_eq!(one_more(&desk, 1).summary, "Upload failed");
    assert_eq!(titles(&folder), ["Upload failed", SUMMARY], "once a day, also over a restart");
    window.close();

    // A day later, after the computer was started again.
    let yesterday = "json_set(value, '$.day', date('now', '-1 day'), '$.boot', 'another')";
    state(&folder, &format!("UPDATE settings SET value = {yesterday} WHERE name = 'notifier_summary'"));
    let window = Window::open(&folder, &desk);
    assert_eq!(one_more(&desk, 2).summary, SUMMARY);
    assert_eq!(titles(&folder), [SUMMARY, "Upload failed", SUMMARY]);
    window.close();
}

/// The only one.
#[track_caller]
fn one_of(pop_ups: &[PopUp]) -> PopUp {
    let [one] = pop_ups else { panic!("one is expected: {pop_ups:?}") };
    one.clone()
}

#[test]
fn stuck_uploads_are_told_once_each_and_a_click_opens_them() {
    let _turn = screen();
    let desk = Rc::new(Desk::new());
    let folder = folder(&desk);
    // Two have no end after three hours; one came to its end, one has time left.
    let lives = [
        ("-3h", &[("1", "4420001", "started"), ("2", "4420002", "started"), ("3", "4420003", "started")][..]),
        ("-1h", &[("3", "4420003", "completed"), ("4", "4420004", "started")]),
    ];
    came(&folder, &lives);
    switched_on(&folder, "stuck_upload", &[]);
    let window = Window::drive(&folder, &desk);
    window.find("[data-testid=view-today]");
    next_pop_up(&desk);
    desk.click_pop_up();
    window.text_where("[data-testid=view-problems]", |text| {
        text.contains("Upload has no end") && text.contains("2 uploads, 2 subjects")
    });
    let shown = one_of(&desk.pop_ups());
    assert_eq!(shown.summary, "2 stuck uploads, 2 subjects");
    assert!(shown.body.contains("189") && !shown.body.contains("442"), "no subject is named: {shown:?}");
    assert_eq!(titles(&folder), ["2 stuck uploads, 2 subjects"]);
    drop(window);

    // After a restart one more gets stuck, by a shorter rule: it is told alone.
    let window = Window::drive(&folder, &desk);
    folder.set(&json!({ "stuck_after_hours": 0.5 }));
    next_pop_up(&desk);
    desk.click_pop_up();
    window.text_where("[data-testid=problem-pane]", |text| text.contains("4420004"));
    let pop_ups = desk.pop_ups();
    assert_eq!(pop_ups.len(), 2, "{pop_ups:?}");
    assert_eq!(pop_ups[1].summary, "An upload is stuck");
    assert_eq!(titles(&folder), ["An upload is stuck", "2 stuck uploads, 2 subjects"], "nothing twice");
    drop(window);

    // It comes to its end: nothing is left to tell, and nothing is told again.
    let window = Window::open(&folder, &desk);
    let end = Post::upload("signed", "4", "4420004", "completed").signed(PASSCODE);
    assert_eq!(window.post(&end).status, 200);
    assert_eq!(window.post(&error(9)).status, 200);
    let pop_up = one_more(&desk, 2);
    assert_eq!(pop_up.summary, "Upload failed");
    assert_eq!(titles(&folder).len(), 3);
    window.close();
}
