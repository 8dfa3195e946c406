mod threads;
mod walk;

use std::collections::BTreeSet;
use std::ops::ControlFlow;

use jiff::civil::Date;
use proptest::prelude::*;
use study::query::{Is, Key, KeyTerm, Text};
use study::{ProblemState, UploadState};

use super::*;
use crate::fixture::{Fixture, NOW, arrival, lens, page, upload};
use crate::rows::{EventRow, Flags, UploadRow};
use crate::{Log, Projector};

pub(super) use walk::{Naive, any_query, naive, small_log};

#[test]
fn pages_cover_every_row_once_while_more_arrives() {
    let fixture = Fixture::new();
    let log = fixture.log();
    let projector = Projector::start(&fixture.folder, &log, |_| ()).unwrap();
    let event = |n: usize| upload(&format!("u{n}"), &format!("s{}", n % 7), "error", &format!("d-{n}"), 500);
    fixture.append(&log, (0..300).map(event));
    let history = fixture.history();
    let (mut before, mut seen, mut more) = (None, Vec::new(), 300);
    loop {
        let page = Page { before, limit: 17, ..page("status:error") };
        let rows = history.events(&page, &lens()).unwrap().rows;
        if rows.is_empty() {
            break;
        }
        seen.extend(rows.iter().map(|row| row.sequence));
        before = seen.last().copied();
        fixture.append(&log, (more..more + 3).map(event));
        more += 3;
    }
    assert_eq!(seen, (1..=300).rev().collect::<Vec<_>>());
    let newer = history.events(&Page { after: Some(300), ..page("") }, &lens()).unwrap().rows;
    assert_eq!(newer.last().map(|row| row.sequence), Some(301));
    projector.stop();
}

#[test]
fn lists_page_by_their_keys() {
    let fixture = Fixture::with((0..50).map(|n| {
        let status = if n % 2 == 0 { "error" } else { "started" };
        upload(&format!("u{n}"), &format!("s{n}"), status, &format!("d-{n}"), 600 - i64::from(n))
    }));
    let history = fixture.history();
    let walk = |next: &dyn Fn(Option<i64>) -> Vec<i64>| {
        let (mut seen, mut before): (Vec<i64>, Option<i64>) = (Vec::new(), None);
        loop {
            let keys = next(before);
            if keys.is_empty() {
                return seen;
            }
            before = keys.last().copied();
            seen.extend(keys);
        }
    };
    let seven = |before| Page { before, limit: 7, ..page("") };
    let uploads = walk(&|before| {
        history.uploads(&seven(before), &lens()).unwrap().rows.iter().map(|row| row.last_sequence).collect()
    });
    let subjects =
        walk(&|before| history.subjects(&seven(before), &lens()).unwrap().rows.iter().map(|row| row.id).collect());
    assert_eq!(uploads, (1..=50).rev().collect::<Vec<_>>());
    assert_eq!(subjects, (1..=50).rev().collect::<Vec<_>>());
    let problems =
        walk(&|before| history.problems(&seven(before), &lens()).unwrap().rows.iter().map(|row| row.id).collect());
    assert_eq!(
        problems.iter().copied().collect::<BTreeSet<_>>(),
        (1..=50).collect(),
        "errors and stuck uploads, each once"
    );
    assert_eq!(problems.len(), 50);
    let whole = history.problems(&page(""), &lens()).unwrap().rows;
    assert_eq!(
        problems,
        whole.iter().map(|row| row.id).collect::<Vec<_>>(),
        "pages are in the order of the whole list"
    );
    assert!(whole.is_sorted_by_key(|row| std::cmp::Reverse(row.opened_at)));
}

#[test]
fn the_lists_answer_for_their_own_columns() {
    let fixture = Fixture::with([
        upload("u1", "s1", "error", "d-1", 100),
        upload("u1", "s1", "completed", "d-2", 90),
        upload("u2", "s1", "error", "d-3", 80),
        upload("u3", "s2", "started", "d-4", 10),
        arrival(
            "raw_processing_complete",
            "d-5",
            5,
            r#"{"status":"Completed","study_id":"189","subject_id":"s2","subject_identifier":"LBL-2","site_id":9,"monitor_serial":"TAS1"}"#,
        ),
    ]);
    let history = fixture.history();
    let uploads = |query: &str| -> Vec<String> {
        history.uploads(&page(query), &lens()).unwrap().rows.into_iter().map(|row| row.upload_id).collect()
    };
    assert_eq!(uploads(""), ["u3", "u2", "u1"]);
    assert_eq!(uploads("status:error"), ["u2"]);
    assert_eq!(uploads("is:error"), ["u2"]);
    assert_eq!(uploads("-is:error"), ["u3", "u1"]);
    assert_eq!(uploads("is:resolved"), ["u1"]);
    assert_eq!(uploads("delivery:d-1"), ["u1"], "some event of it has this delivery id");
    assert_eq!(uploads("-delivery:d-1"), ["u3", "u2"]);
    assert_eq!(uploads("subject:LBL-2"), ["u3"]);
    assert_eq!(uploads("\"could not be read\""), ["u2", "u1"]);
    assert_eq!(uploads("-read"), ["u3"]);
    let subjects = |query: &str| -> Vec<String> {
        history.subjects(&page(query), &lens()).unwrap().rows.into_iter().filter_map(|row| row.subject_id).collect()
    };
    assert_eq!(subjects(""), ["s2", "s1"]);
    assert_eq!(subjects("subject:LBL-2"), ["s2"]);
    assert_eq!(subjects("is:open"), ["s1"]);
    assert_eq!(subjects("-is:open"), ["s2"]);
    assert_eq!(subjects("status:error"), ["s1"]);
    assert_eq!(subjects("serial:TAS1 site:9"), ["s2"]);
    let s1 = &history.subjects(&page("subject:s1"), &lens()).unwrap().rows[0];
    assert_eq!(s1.last_completed_at, Some(NOW - 90 * 60_000_000));
    let u3 = &history.uploads(&page("upload:u3"), &lens()).unwrap().rows[0];
    assert_eq!(u3.subject_label.as_deref(), Some("LBL-2"));
    assert_eq!(u3.state, UploadState::Started);
}

#[test]
fn an_upload_tells_its_life() {
    let mut arrivals = vec![
        upload("a", "s", "started", "d1", 50),
        upload("a", "s", "error", "d2", 40),
        upload("a", "s", "error", "d2", 39),
        upload("a", "s", "completed", "d3", 30),
        upload("b", "s", "completed", "d4", 20),
        upload("b", "s", "error", "d5", 10),
        upload("b", "s", "started", "d6", 9),
        upload("c", "s", "started", "d7", 8),
    ];
    arrivals.extend((0..20).map(|n| upload("d", "s", "completed", &format!("e{n}"), 7)));
    let fixture = Fixture::with(arrivals);
    let rows = fixture.history().uploads(&page(""), &lens()).unwrap().rows;
    let told = |id: &str| {
        let row = rows.iter().find(|row| row.upload_id == id).unwrap();
        let life: Vec<(i64, &str)> = row.life.iter().map(|step| (step.sequence, step.state.as_str())).collect();
        (life, row.attempts, row.recovered, row.regressed)
    };
    assert_eq!(told("a"), (vec![(1, "started"), (2, "error"), (4, "completed")], 4, true, false));
    assert_eq!(told("b"), (vec![(5, "completed"), (6, "error"), (7, "started")], 3, false, true));
    assert_eq!(told("c"), (vec![(8, "started")], 1, false, false));
    let (life, attempts, recovered, regressed) = told("d");
    assert_eq!((attempts, recovered, regressed), (20, false, false));
    assert_eq!(life.iter().map(|step| step.0).collect::<Vec<_>>(), (17..=28).collect::<Vec<_>>(), "the newest twelve");
}

#[test]
fn an_event_is_shown_with_the_label_its_subject_is_known_by_now() {
    let labelled = r#"{"status":"Success","studyId":189,"subjectId":"s","subjectIdentifier":"000103"}"#;
    let alone = r#"{"status":"Success","subject_identifier":"000117"}"#;
    let fixture = Fixture::with([
        upload("a", "s", "started", "d1", 50),
        arrival("epochs_ready", "d2", 40, labelled),
        arrival("epochs_ready", "d3", 30, alone),
        upload("b", "t", "started", "d4", 20),
    ]);
    let rows = fixture.history().events(&page(""), &lens()).unwrap().rows;
    let labels: Vec<Option<&str>> = rows.iter().map(|row| row.subject_label.as_deref()).collect();
    assert_eq!(labels, [None, Some("000117"), Some("000103"), Some("000103")]);
    assert_eq!(rows[3].subject_identifier, None, "what the event said stays what it said");
    let detail = fixture.history().event(1, &lens()).unwrap().unwrap();
    assert_eq!(detail.row.subject_label.as_deref(), Some("000103"));
}

#[test]
fn today_is_counted() {
    let fixture = Fixture::with([
        upload("u1", "s1", "completed", "d-1", 60 * 30),
        upload("u2", "s1", "completed", "d-2", 60),
        upload("u3", "s1", "error", "d-3", 50),
        upload("u4", "s1", "started", "d-4", 60 * 5),
        upload("u5", "s1", "started", "d-5", 10),
        upload("u5", "s1", "started", "d-5", 9),
    ]);
    let history = fixture.history();
    let counts = history.counts(NOW - 24 * 60 * 60_000_000, &lens()).unwrap();
    assert_eq!(counts.sequence, 6);
    let expected = crate::rows::Counts {
        completed_since: 1,
        failed_since: 1,
        in_progress: 2,
        stuck: 1,
        open_problems: 2,
        snoozed_problems: 0,
        acknowledged_problems: 0,
        events: 5,
        last_arrival_at: Some(NOW - 9 * 60_000_000),
    };
    assert_eq!(counts.rows, [expected]);
    let edges = [NOW - 48 * 60 * 60_000_000, NOW - 24 * 60 * 60_000_000, NOW];
    let ended = history.ended(&edges, None).unwrap();
    assert_eq!(ended.iter().map(|slice| (slice.completed, slice.failed)).collect::<Vec<_>>(), [(1, 0), (1, 1)]);
}

#[test]
fn an_answer_covers_everything_acknowledged_before_the_question() {
    let fixture = Fixture::new();
    let log = fixture.log();
    let projector = Projector::start(&fixture.folder, &log, |_| ()).unwrap();
    let history = fixture.history();
    for n in 0..100 {
        let appended = fixture.append(&log, [upload(&format!("u{n}"), "s", "started", &format!("d-{n}"), 5)]);
        let answer = history.events(&Page { limit: 1, ..page("") }, &lens()).unwrap();
        assert_eq!(answer.rows[0].sequence, appended[0]);
        assert!(answer.sequence >= appended[0]);
    }
    projector.stop();
    // Without a receiver the reader derives by itself.
    let appended = fixture.append(&log, [upload("last", "s", "started", "d-last", 5)]);
    assert_eq!(history.events(&Page { limit: 1, ..page("") }, &lens()).unwrap().rows[0].sequence, appended[0]);
}

#[test]
fn an_event_comes_with_its_bytes() {
    let fixture = Fixture::with([upload("u1", "s1", "error", "0F9-x", 5)]);
    let detail = fixture.history().event(1, &lens()).unwrap().unwrap();
    assert!(detail.head.starts_with(b"POST /hooks/alpha"));
    assert_eq!(centrepoint::BodyDigest::of(&detail.body), detail.row.body_sha256);
    assert_eq!(detail.row.vendor_webhook_id.as_deref(), Some("15"));
    assert_eq!(Some(detail.chain), crate::log::verify(&fixture.folder, |_, _| ()).unwrap().head);
    assert!(fixture.history().event(2, &lens()).unwrap().is_none());
}

#[test]
fn a_log_put_back_from_a_backup_is_answered_from_not_the_view_of_the_lost_one() {
    let fixture = Fixture::with((0..5).map(|n| upload(&n.to_string(), "1", "error", &n.to_string(), 9)));
    let saved = tempfile::tempdir().unwrap();
    std::fs::copy(fixture.folder.log(), saved.path().join("log.db")).unwrap();
    let log = fixture.log();
    fixture.append(&log, (5..9).map(|n| upload(&n.to_string(), "1", "error", &n.to_string(), 9)));
    log.close();
    let before = fixture.history();
    assert_eq!(before.events(&page(""), &lens()).unwrap().rows.len(), 9);

    for name in ["log.db", "log.db-wal", "log.db-shm"] {
        let _ = std::fs::remove_file(fixture.temp.path().join(name));
    }
    std::fs::copy(saved.path().join("log.db"), fixture.folder.log()).unwrap();
    for history in [before, fixture.history()] {
        assert_eq!(history.events(&page(""), &lens()).unwrap().rows.len(), 5, "what the log has, and nothing else");
        assert_eq!(history.problems(&page(""), &lens()).unwrap().rows.len(), 5);
    }
}

#[test]
fn a_deleted_write_ahead_log_of_the_view_heals_while_receiving() {
    let fixture = Fixture::with([upload("1", "1", "error", "a", 9)]);
    let log = fixture.log();
    let projector = Projector::start(&fixture.folder, &log, |_| ()).unwrap();
    let history = fixture.history();
    fixture.append(&log, [upload("2", "1", "error", "b", 9)]);
    assert_eq!(history.events(&page(""), &lens()).unwrap().rows.len(), 2);
    // The projector has had a look at its files by now or has one before it writes next.
    std::thread::sleep(std::time::Duration::from_millis(500));
    std::fs::remove_file(fixture.temp.path().join("view.db-wal")).unwrap();
    fixture.append(&log, [upload("3", "1", "error", "c", 9)]);
    for history in [history, fixture.history()] {
        assert_eq!(history.events(&page(""), &lens()).unwrap().rows.len(), 3);
    }
    projector.stop();
    log.close();
}

#[test]
fn what_is_done_about_a_stuck_upload_stands_on_its_event() {
    let fixture = Fixture::with([upload("1", "1", "started", "a", 180), upload("2", "1", "started", "b", 9)]);
    let history = fixture.history();
    let found = |query: &str| -> Vec<i64> {
        history.events(&page(query), &lens()).unwrap().rows.iter().map(|row| row.sequence).collect()
    };
    assert_eq!(found("is:open"), [1], "stuck, and nobody has looked yet");
    fixture.act(&study::Action::Acknowledge { problem: 1, by: "Ann".to_owned(), note: Some("called site".to_owned()) });
    assert_eq!((found("is:open"), found("is:acknowledged")), (vec![], vec![1]));
    assert_eq!(found("-is:acknowledged"), [2]);
    let row = history.event(1, &lens()).unwrap().unwrap().row;
    assert_eq!((row.problem_id, row.problem_state), (Some(1), Some(ProblemState::Acknowledged)));
    assert_eq!((row.acknowledged_by.as_deref(), row.note.as_deref()), (Some("Ann"), Some("called site")));
    let problem = &history.problems(&page(""), &lens()).unwrap().rows[0];
    assert!(problem.last_at >= problem.opened_at);
}
