use std::sync::{Arc, Mutex, mpsc};
use std::time::{Duration, Instant};

use centrepoint::Authentication;
use proptest::prelude::*;
use rusqlite::Connection;
use study::{Action, ProblemKind, ProblemState, Slug, UploadState};

use super::*;
use crate::fixture::{Fixture, HOUR, NOW, arrival, lens, page, upload};
use crate::rows::Flags;
use crate::{Check, Mark, NewArrival, StoreError};

#[test]
fn schema() {
    let connection = Connection::open_in_memory().unwrap();
    connection.execute_batch(include_str!("schema.sql")).unwrap();
    let mut statement =
        connection.prepare("SELECT sql FROM sqlite_schema WHERE sql IS NOT NULL ORDER BY rowid").unwrap();
    let all: Vec<String> = statement.query_map([], |row| row.get(0)).unwrap().map(Result::unwrap).collect();
    insta::assert_snapshot!(all.join(";\n"));
}

/// Derives everything in steps of `rows`.
fn derive(fixture: &Fixture, rows: usize) {
    let lock = fixture.folder.try_claim_projector().unwrap().unwrap();
    crate::log::file::prepare(&fixture.folder).unwrap();
    let mut deriver = Deriver::open(&fixture.folder, lock).unwrap();
    while deriver.step(Limits { rows, bytes: usize::MAX }).unwrap().is_some() {}
    deriver.close();
}

/// A little of everything that a log may hold.
fn story() -> Vec<NewArrival> {
    vec![
        arrival("validation", "", 300, r#"{"WebhookId":"74","ValidationCode":"c0de"}"#),
        upload("1", "7", "started", "d-1", 200),
        upload("1", "7", "error", "d-2", 190),
        upload("1", "7", "error", "d-2", 189),
        upload("1", "7", "error", "d-3", 188),
        upload("2", "8", "completed", "d-4", 180),
        upload("2", "8", "started", "d-5", 179),
        upload("3", "9", "started", "d-6", 170),
        arrival("upload", "d-7", 160, "not json"),
        arrival(
            "raw_processing_complete",
            "d-8",
            150,
            r#"{"status":"Error","study_id":189,"subject_id":7,"subject_identifier":"LBL-7","monitor_serial":"TAS1Z123","error_message":"boom"}"#,
        ),
        upload("1", "7", "completed", "d-9", 100),
        arrival("something_new", "d-10", 90, r#"{"x":1}"#),
        arrival(
            "daily_statistics_complete",
            "d-11",
            80,
            r#"{"id":1,"studyId":189,"siteId":5,"subjectId":7,"subjectIdentifier":"LBL-7b","date":"2026-08-01","activityMonitorSerials":["TAS1Z123"]}"#,
        ),
    ]
}

#[test]
fn a_hundred_identical_arrivals_at_once_are_one_event_with_a_hundred_attempts() {
    let fixture = Fixture::new();
    let log = fixture.log();
    fixture.runtime.block_on(async {
        let tasks: Vec<_> = (0..100)
            .map(|_| {
                let log = log.clone();
                tokio::spawn(async move { log.append(upload("1", "7", "error", "d-1", 5)).await.unwrap() })
            })
            .collect();
        for task in tasks {
            task.await.unwrap();
        }
    });
    let history = fixture.history();
    let events = history.events(&page(""), &lens()).unwrap().rows;
    assert_eq!(events.len(), 1);
    assert_eq!(events[0].attempts, 100);
    let detail = history.event(57, &lens()).unwrap().expect("an attempt's sequence finds its event");
    assert_eq!(detail.row.sequence, 1);
    assert_eq!(
        detail.attempts.iter().map(|attempt| attempt.sequence).collect::<Vec<_>>(),
        (1..=100).collect::<Vec<_>>()
    );
    let problems = history.problems(&page(""), &lens()).unwrap().rows;
    assert_eq!(problems.iter().map(|problem| problem.events).collect::<Vec<_>>(), [1], "attempts change nothing else");
}

#[test]
fn the_same_again() {
    let beta = |mut arrival: NewArrival| {
        arrival.webhook = study::Slug::new("beta").unwrap();
        arrival
    };
    let fixture = Fixture::with([
        upload("1", "7", "error", "d-1", 9),
        upload("1", "7", "error", "d-2", 8), // the same body under another delivery id
        beta(upload("1", "7", "error", "d-1", 7)), // another webhook: nothing to do with it
        upload("2", "7", "error", "d-1", 6), // the vendor's docs reuse one id over several bodies
        upload("1", "7", "error", "d-2", 5), // an attempt of the second
        upload("3", "7", "error", "", 4),
        upload("3", "7", "error", "", 3), // no delivery id: the body decides
    ]);
    let rows = fixture.history().events(&page(""), &lens()).unwrap().rows;
    let told: Vec<_> = rows.iter().rev().map(|row| (row.sequence, row.attempts, row.flags.words())).collect();
    assert_eq!(told, [(1, 1, vec![]), (2, 2, vec!["repeat"]), (3, 1, vec![]), (4, 1, vec![]), (6, 2, vec![])]);
}

#[test]
fn an_error_opens_a_problem_and_a_completed_resolves_it() {
    let fixture = Fixture::with([
        upload("1", "7", "started", "d-1", 50),
        upload("1", "7", "error", "d-2", 40),
        upload("1", "7", "completed", "d-3", 30),
        upload("1", "7", "started", "d-4", 20),
    ]);
    let history = fixture.history();
    let found = &history.uploads(&page(""), &lens()).unwrap().rows[0];
    assert_eq!(
        (found.state, found.problem, found.problem_id),
        (UploadState::Completed, Some(ProblemState::Resolved), Some(2))
    );
    assert_eq!(found.started_at, Some(NOW - 50 * 60_000_000));
    let (problem, story) = history.problem(2, &lens()).unwrap().unwrap();
    assert_eq!((problem.kind, problem.state, problem.events), (ProblemKind::UploadError, ProblemState::Resolved, 1));
    assert_eq!(problem.subject_id.as_deref(), Some("7"));
    let lines: Vec<_> = story.iter().map(|line| (line.sequence, line.what.as_str())).collect();
    assert_eq!(lines, [(2, "failed"), (3, "succeeded")]);
}

#[test]
fn people_act_on_problems() {
    let fixture = Fixture::with([upload("1", "7", "error", "d-1", 40)]);
    let by = || "Ann".to_owned();
    fixture.act(&Action::Acknowledge { problem: 1, by: by(), note: Some("rang the site".to_owned()) });
    let history = fixture.history();
    let event = &history.events(&page("is:acknowledged"), &lens()).unwrap().rows[0];
    assert_eq!((event.problem_id, event.problem_state), (Some(1), Some(ProblemState::Acknowledged)));
    assert_eq!(
        (event.acknowledged_by.as_deref(), event.acknowledged_at, event.note.as_deref()),
        (Some("Ann"), Some(NOW), Some("rang the site"))
    );
    fixture.act(&Action::Resolve { problem: 1, by: by(), note: None });
    fixture.act(&Action::Reopen { problem: 1, by: by() });
    fixture.act(&Action::Note { problem: 1, by: by(), text: "again".to_owned() });
    fixture.act(&Action::Note { problem: 77, by: by(), text: "about nothing".to_owned() });
    let (problem, story) = history.problem(1, &lens()).unwrap().unwrap();
    assert_eq!(problem.state, ProblemState::Open);
    assert_eq!(problem.note.as_deref(), Some("again"));
    let told: Vec<_> = story.iter().map(|line| line.what.as_str()).collect();
    assert_eq!(told, ["failed", "acknowledged", "resolved", "reopened", "noted"]);
}

#[test]
fn a_stuck_upload_is_a_problem_while_it_lasts() {
    let fixture = Fixture::with([upload("1", "7", "started", "d-1", 150), upload("2", "7", "started", "d-2", 30)]);
    let history = fixture.history();
    let problems = history.problems(&page("is:open"), &lens()).unwrap().rows;
    assert_eq!(problems.len(), 1);
    assert_eq!(
        (problems[0].id, problems[0].kind, problems[0].upload_id.as_deref()),
        (1, ProblemKind::StuckUpload, Some("1"))
    );
    assert_eq!(problems[0].opened_at, NOW - 30 * 60_000_000, "it opened when its two hours were over");
    fixture.act(&Action::Acknowledge { problem: 1, by: "Ann".to_owned(), note: None });
    assert_eq!(history.problems(&page("is:open"), &lens()).unwrap().rows, []);
    let counts = history.counts(NOW - 24 * HOUR, &lens()).unwrap().rows[0].clone();
    assert_eq!((counts.in_progress, counts.stuck, counts.open_problems, counts.acknowledged_problems), (2, 1, 0, 1));
    let found = history.uploads(&page("is:stuck"), &lens()).unwrap().rows;
    assert_eq!(
        (found[0].stuck, found[0].problem, found[0].problem_id),
        (true, Some(ProblemState::Acknowledged), Some(1))
    );
    let (problem, story) = history.problem(1, &lens()).unwrap().unwrap();
    assert_eq!((problem.acknowledged_by.as_deref(), story.len()), (Some("Ann"), 1));
    // It ends: the problem is gone, and so is what could be done about it.
    let log = fixture.log();
    fixture.append(&log, [upload("1", "7", "completed", "d-3", 1)]);
    assert_eq!(history.problem(1, &lens()).unwrap().map(|found| found.0), None);
    assert_eq!(history.uploads(&page("upload:1"), &lens()).unwrap().rows[0].problem, None);
}

/// What `problem` looks like from `now`.
fn seen(fixture: &Fixture, problem: i64, now: i64) -> crate::rows::ProblemRow {
    fixture.history().problem(problem, &crate::history::Lens { now, ..lens() }).unwrap().unwrap().0
}

fn snooze(problem: i64, until: i64) -> Action {
    Action::Snooze { problem, by: "Ann".to_owned(), until: jiff::Timestamp::from_microsecond(until).unwrap() }
}

#[test]
fn a_problem_is_put_aside_followed_up_and_the_act_taken_back() {
    let fixture = Fixture::with([upload("1", "7", "error", "d-1", 240), upload("2", "7", "started", "d-2", 230)]);
    let by = || "Ann".to_owned();
    for problem in [1, 2] {
        let day = jiff::civil::date(2026, 8, 27);
        fixture.act(&Action::Contact { problem, by: by(), text: "called".to_owned(), follow_up: Some(day) });
        fixture.act(&Action::Acknowledge { problem, by: by(), note: None });
        fixture.act(&Action::Reopen { problem, by: by() });
        fixture.act(&snooze(problem, NOW + HOUR));
        let row = seen(&fixture, problem, NOW);
        assert_eq!((row.snoozed_until, row.follow_up.as_deref()), (Some(NOW + HOUR), Some("2026-08-27")));
        assert_eq!((row.state, row.undoable), (ProblemState::Open, true), "it keeps its state");
        assert_eq!(seen(&fixture, problem, NOW + HOUR).snoozed_until, None, "it has run out by itself");
        let counts =
            |now| fixture.history().counts(NOW, &crate::history::Lens { now, ..lens() }).unwrap().rows[0].clone();
        assert_eq!((counts(NOW).open_problems, counts(NOW).snoozed_problems), (2, 1));
        assert_eq!(counts(NOW + HOUR).snoozed_problems, 0);
        let awake = fixture.history().problem_groups(&page("is:open").query, false, &lens()).unwrap().groups;
        assert_eq!(awake.iter().flat_map(|group| group.ids.clone()).collect::<Vec<_>>(), [3 - problem]);

        fixture.act(&Action::TakeBack { problem, by: by() });
        fixture.act(&Action::TakeBack { problem, by: by() });
        fixture.act(&Action::Wake { problem, by: by() });
        let (row, story) = fixture.history().problem(problem, &lens()).unwrap().unwrap();
        assert_eq!((row.snoozed_until, row.undoable), (None, false));
        let told: Vec<_> = story
            .iter()
            .filter(|line| line.by.is_some())
            .map(|line| (line.what.as_str(), line.text.as_deref(), line.until.as_deref()))
            .collect();
        let until = "2026-08-22T15:00:00.000000Z";
        let until =
            story.iter().find(|line| line.what == "snoozed").map_or(until, |line| line.until.as_deref().unwrap());
        assert_eq!(
            told,
            [
                ("contacted", Some("called"), Some("2026-08-27")),
                ("acknowledged", None, None),
                ("reopened", None, None),
                ("snoozed", None, Some(until)),
                ("taken_back", Some("snoozed"), None),
            ],
            "what changed nothing is not told"
        );
        assert_eq!(until.parse::<jiff::Timestamp>().unwrap().as_microsecond(), NOW + HOUR);
    }
}

#[test]
fn a_failure_ends_a_snooze_without_an_opening() {
    let fixture = Fixture::with([upload("1", "7", "error", "d-1", 240)]);
    fixture.act(&snooze(1, NOW + HOUR));
    let log = fixture.log();
    fixture.append(&log, [upload("1", "7", "error", "d-2", 3)]);
    fixture.act(&Action::TakeBack { problem: 1, by: "Ann".to_owned() });
    let row = seen(&fixture, 1, NOW);
    assert_eq!((row.snoozed_until, row.events, row.undoable), (None, 2, false));
    let opened = fixture.history().openings_since(0, 10).unwrap();
    assert_eq!(opened.iter().map(|(opening, _)| opening.sequence).collect::<Vec<_>>(), [1]);
}

#[test]
fn a_resolution_is_taken_back_to_what_stood_before() {
    let fixture = Fixture::with([upload("1", "7", "error", "d-1", 240), upload("2", "7", "started", "d-2", 230)]);
    for problem in [1, 2] {
        fixture.act(&Action::Acknowledge { problem, by: "Ann".to_owned(), note: None });
        fixture.act(&snooze(problem, NOW + HOUR));
        let before = seen(&fixture, problem, NOW);
        fixture.act(&Action::Resolve { problem, by: "Bob".to_owned(), note: None });
        let resolved = seen(&fixture, problem, NOW);
        assert_eq!((resolved.state, resolved.snoozed_until), (ProblemState::Resolved, None));
        fixture.act(&Action::TakeBack { problem, by: "Bob".to_owned() });
        assert_eq!(seen(&fixture, problem, NOW), crate::rows::ProblemRow { undoable: false, ..before });
    }
}

#[test]
fn a_handshake_is_an_event_but_not_a_problem() {
    let fixture = Fixture::with([arrival("validation", "", 5, "no json, the code is in the header")]);
    let history = fixture.history();
    let rows = history.events(&page(""), &lens()).unwrap().rows;
    assert_eq!((rows[0].event.as_str(), rows[0].flags), ("validation", Flags(Flags::HANDSHAKE)));
    assert_eq!(history.problems(&page(""), &lens()).unwrap().rows, []);
}

#[test]
fn an_unreadable_delivery_opens_a_problem() {
    let fixture = Fixture::with([arrival("upload", "d-1", 5, "[1, 2]")]);
    let history = fixture.history();
    let rows = history.events(&page("is:unreadable is:open"), &lens()).unwrap().rows;
    assert_eq!((rows.len(), rows[0].flags.words()), (1, vec!["unreadable"]));
    let problems = history.problems(&page("is:unreadable"), &lens()).unwrap().rows;
    assert_eq!((problems[0].id, problems[0].kind), (1, ProblemKind::Unreadable));
    assert!(problems[0].message.is_some(), "it says why");
}

#[test]
fn a_deleted_view_is_derived_anew_and_equal() {
    let fixture = Fixture::with(story());
    fixture.act(&Action::Acknowledge { problem: 3, by: "Ann".to_owned(), note: None });
    fixture.act(&snooze(3, NOW));
    let before = content_digest(&fixture.folder).unwrap();
    for name in ["view.db", "view.db-wal", "view.db-shm"] {
        let _ = std::fs::remove_file(fixture.temp.path().join(name));
    }
    assert_eq!(content_digest(&fixture.folder).unwrap(), before);
    let mut seen = Vec::new();
    assert_eq!(rebuild(&fixture.folder, |done, all| seen.push((done, all))).unwrap(), 15);
    assert_eq!(seen.last(), Some(&(15, 15)));
    assert_eq!(content_digest(&fixture.folder).unwrap(), before);
}

#[test]
fn rebuild_refuses_beside_a_receiver() {
    let fixture = Fixture::with(story());
    let _receiver = fixture.folder.claim_receiver().unwrap();
    assert!(matches!(rebuild(&fixture.folder, |_, _| ()), Err(StoreError::StopReceiverFirst)));
}

fn spoil(fixture: &Fixture, how: &str) {
    let path = fixture.folder.view();
    let mut bytes = std::fs::read(&path).unwrap();
    match how {
        "garbage" => bytes.iter_mut().enumerate().for_each(|(n, byte)| *byte = u8::try_from(n % 251).unwrap()),
        "cut to nothing" => bytes.clear(),
        "cut in half" => bytes.truncate(bytes.len() / 2 / 4096 * 4096),
        "a page zeroed" => bytes[4096 * 3..4096 * 4].fill(0),
        "half zeroed" => {
            let half = bytes.len() / 2;
            bytes[half..].fill(0);
        }
        _ => unreachable!(),
    }
    std::fs::write(path, bytes).unwrap();
}

#[test]
fn a_damaged_view_is_derived_anew() {
    for how in ["garbage", "cut to nothing", "cut in half", "a page zeroed", "half zeroed"] {
        let fixture =
            Fixture::with((0..300).map(|n| upload(&format!("{n}"), "7", "error", &format!("d-{n}"), 500 - n)));
        let before = content_digest(&fixture.folder).unwrap();
        spoil(&fixture, how);
        // Every table is read: a question that met no damage may be answered from what is sound.
        assert_eq!(content_digest(&fixture.folder).unwrap(), before, "{how}");
        assert_eq!(fixture.history().events(&page("error"), &lens()).unwrap().rows.len(), 300, "{how}");
    }
}

#[test]
fn a_view_of_another_log_or_version_is_derived_anew() {
    let fixture = Fixture::with(story());
    derive(&fixture, 100);
    let other = Fixture::with((0..20).map(|n| upload(&format!("{n}"), "7", "started", &format!("d-{n}"), 5)));
    std::fs::copy(fixture.folder.view(), other.folder.view()).unwrap();
    assert_eq!(other.history().events(&page(""), &lens()).unwrap().rows.len(), 20);

    let before = content_digest(&fixture.folder).unwrap();
    Connection::open(fixture.folder.view())
        .unwrap()
        .execute_batch("PRAGMA user_version = 999; DELETE FROM events")
        .unwrap();
    assert_eq!(content_digest(&fixture.folder).unwrap(), before);
}

#[test]
fn an_odd_row_is_flagged_and_stops_nothing() {
    let fixture = Fixture::with([upload("1", "7", "completed", "d-1", 9)]);
    let log = Connection::open(fixture.folder.log()).unwrap();
    let insert =
        "INSERT INTO log (kind, at, webhook, authentication, source_ip, body_sha256, chain, head, body) VALUES ";
    for row in [
        "('arrival', 1, 'alpha', 'martian', '1.2.3.4', zeroblob(32), zeroblob(32), x'', '{}')",
        "('arrival', 1, NULL, 'hmac', NULL, x'01', zeroblob(32), NULL, '{}')",
        "('comet', 1, NULL, NULL, NULL, zeroblob(32), zeroblob(32), NULL, x'')",
        "('action', 1, NULL, NULL, NULL, zeroblob(32), zeroblob(32), NULL, 'no json')",
        "('action', 1, NULL, NULL, NULL, zeroblob(32), zeroblob(32), NULL, '{\"action\":\"of_a_later_version\"}')",
    ] {
        log.execute_batch(&format!(
            "{insert} {}",
            row.replace("'{}'", "CAST('{}' AS BLOB)").replace("'no json'", "CAST('no json' AS BLOB)").replace(
                "'{\"action\":\"of_a_later_version\"}'",
                "CAST('{\"action\":\"of_a_later_version\"}' AS BLOB)"
            )
        ))
        .unwrap();
    }
    drop(log);
    let writer = fixture.log();
    fixture.append(&writer, [upload("2", "7", "completed", "d-2", 8)]);
    let history = fixture.history();
    let rows = history.events(&page(""), &lens()).unwrap();
    assert_eq!(rows.sequence, 7);
    let told: Vec<_> = rows.rows.iter().rev().map(|row| (row.sequence, row.flags.words())).collect();
    assert_eq!(told, [(1, vec![]), (2, vec!["not_derived"]), (3, vec![]), (4, vec!["not_derived"]), (7, vec![])]);
    assert!(history.event(2, &lens()).unwrap().unwrap().fault.unwrap().contains("martian"));
}

/// Makes a log of arrivals and actions from small numbers.
fn any_log() -> impl Strategy<Value = Vec<(u8, u8, u8, u8)>> {
    proptest::collection::vec((0..13_u8, 0..3_u8, 0..3_u8, 0..12_u8), 0..60)
}

fn write_log(fixture: &Fixture, entries: &[(u8, u8, u8, u8)]) {
    let log = fixture.log();
    for (n, (what, id, subject, extra)) in entries.iter().enumerate() {
        let (id, subject, minutes) = (format!("u{id}"), format!("s{subject}"), 600 - i64::try_from(n).unwrap() * 7);
        let delivery = if *extra == 0 { String::new() } else { format!("d-{extra}") };
        let problem = i64::from(*extra) + 1;
        let by = "Ann".to_owned();
        let act = |action: Action| log.act(&action).map(drop).unwrap();
        match what {
            0 => drop(fixture.append(&log, [upload(&id, &subject, "started", &delivery, minutes)])),
            1 | 2 => drop(fixture.append(&log, [upload(&id, &subject, "completed", &delivery, minutes)])),
            3 | 4 => drop(fixture.append(&log, [upload(&id, &subject, "error", &delivery, minutes)])),
            5 => drop(fixture.append(&log, [arrival("upload", &delivery, minutes, &format!("no json {id}"))])),
            6 => drop(fixture.append(
                &log,
                [arrival(
                    "raw_processing_complete",
                    &delivery,
                    minutes,
                    &format!(
                        r#"{{"status":"{}","study_id":1,"subject_id":"{subject}","subject_identifier":"L{extra}"}}"#,
                        if *extra % 2 == 0 { "Error" } else { "Completed" }
                    ),
                )],
            )),
            7 => act(Action::Acknowledge { problem, by, note: Some(id) }),
            8 => act(Action::Resolve { problem, by, note: None }),
            9 => act(Action::Snooze { problem, by, until: jiff::Timestamp::from_microsecond(NOW).unwrap() }),
            10 => act(Action::Contact { problem, by, text: id, follow_up: Some(jiff::civil::date(2026, 8, 27)) }),
            11 => act(Action::Wake { problem, by }),
            _ => act(Action::TakeBack { problem, by }),
        }
    }
    log.close();
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 24, ..ProptestConfig::default() })]

    #[test]
    fn the_same_log_gives_the_same_view_however_it_is_batched(entries in any_log(), rows in 1..9_usize) {
        let fixture = Fixture::new();
        write_log(&fixture, &entries);
        derive(&fixture, 10_000);
        let whole = content_digest(&fixture.folder).unwrap();
        std::fs::remove_file(fixture.folder.view()).unwrap();
        derive(&fixture, rows);
        prop_assert_eq!(content_digest(&fixture.folder).unwrap(), whole);
    }
}

/// Not a test by itself: what [`a_projector_killed_anywhere_goes_on_where_it_was`] starts and kills.
#[test]
fn child_that_derives_slowly() {
    let Some(folder) = std::env::var_os("STORE_TEST_CHILD_FOLDER") else { return };
    let folder = crate::DataFolder::open(std::path::Path::new(&folder)).unwrap();
    let lock = loop {
        if let Some(lock) = folder.try_claim_projector().unwrap() {
            break lock;
        }
    };
    let mut deriver = Deriver::open(&folder, lock).unwrap();
    while deriver.step(Limits { rows: 3, bytes: usize::MAX }).unwrap().is_some() {}
}

#[test]
fn a_projector_killed_anywhere_goes_on_where_it_was() {
    let count = 900;
    let kinds = ["started", "error", "completed"];
    let fixture = Fixture::with((0..count).map(|n| {
        let status = kinds[usize::try_from(n % 3).unwrap()];
        upload(&format!("u{}", n / 5), &format!("s{}", n % 11), status, &format!("d-{}", n - n % 2), 5)
    }));
    derive(&fixture, 10_000);
    let whole = content_digest(&fixture.folder).unwrap();
    std::fs::remove_file(fixture.folder.view()).unwrap();
    let mut killed = 0;
    for pause in (1..200).map(|n| Duration::from_millis(n * 3 % 47 + 5)) {
        let mut child = std::process::Command::new(std::env::current_exe().unwrap())
            .args(["--exact", "view::tests::child_that_derives_slowly"])
            .env("STORE_TEST_CHILD_FOLDER", fixture.temp.path())
            .stdout(std::process::Stdio::null())
            .stderr(std::process::Stdio::null())
            .spawn()
            .unwrap();
        std::thread::sleep(pause);
        let ended = child.try_wait().unwrap();
        child.kill().unwrap();
        child.wait().unwrap();
        if ended.is_some() {
            break;
        }
        killed += 1;
    }
    assert!(killed > 0, "at least one child was killed while it worked");
    assert_eq!(content_digest(&fixture.folder).unwrap(), whole);
}

/// What a running projector told, in order.
fn listening() -> (mpsc::Receiver<Change>, impl Fn(&Change) + Send + 'static) {
    let (sender, receiver) = mpsc::sync_channel(1000);
    (receiver, move |change: &Change| drop(sender.try_send(change.clone())))
}

/// Waits until `holds` does, or fails.
fn eventually(what: &str, mut holds: impl FnMut() -> bool) {
    let since = Instant::now();
    while !holds() {
        assert!(since.elapsed() < Duration::from_mins(1), "{what}");
        std::thread::sleep(Duration::from_millis(5));
    }
}

#[test]
fn the_projector_follows_and_tells_what_opened() {
    let fixture = Fixture::new();
    let log = fixture.log();
    let (told, listen) = listening();
    let projector = Projector::start(&fixture.folder, &log, listen).unwrap();
    fixture.append(
        &log,
        [
            upload("1", "7", "started", "d-1", 5),
            upload("1", "7", "error", "d-2", 4),
            upload("1", "7", "error", "d-3", 3),
        ],
    );
    let mut opened = Vec::new();
    eventually("it gets to the third row", || {
        let change = told.recv_timeout(Duration::from_secs(30)).unwrap();
        opened.extend(change.opened.clone());
        change.sequence == 3 && change.behind == 0
    });
    assert_eq!(opened, [Opening { problem: 2, sequence: 2 }], "an error again opens nothing");
    let history = fixture.history();
    let since: Vec<_> =
        history.openings_since(0, 10).unwrap().into_iter().map(|(opening, row)| (opening.sequence, row.id)).collect();
    assert_eq!(since, [(2, 2)]);
    assert_eq!(history.openings_since(2, 10).unwrap().len(), 0);
    projector.stop();
    // Whatever was committed while it was away is told at the next start.
    fixture.append(&log, [upload("2", "8", "error", "d-4", 2)]);
    let (told, listen) = listening();
    let projector = Projector::start(&fixture.folder, &log, listen).unwrap();
    assert_eq!(told.recv_timeout(Duration::from_secs(30)).unwrap().opened, [Opening { problem: 4, sequence: 4 }]);
    projector.stop();
}

#[test]
fn the_projector_notices_what_another_process_wrote() {
    let fixture = Fixture::new();
    let log = fixture.log();
    let (told, listen) = listening();
    let projector = Projector::start(&fixture.folder, &log, listen).unwrap();
    let foreign = fixture.log();
    fixture.append(&foreign, [upload("1", "7", "error", "d-1", 5)]);
    eventually("it sees the foreign row", || told.recv_timeout(Duration::from_secs(30)).unwrap().sequence == 1);
    projector.stop();
}

#[test]
fn a_view_deleted_or_spoilt_under_a_running_projector_comes_back() {
    let fixture = Fixture::new();
    let log = fixture.log();
    fixture.append(&log, story());
    let whole = content_digest(&fixture.folder).unwrap();
    let changes = Arc::new(Mutex::new(0));
    let counted = Arc::clone(&changes);
    let projector = Projector::start(&fixture.folder, &log, move |_| *counted.lock().unwrap() += 1).unwrap();
    let history = fixture.history();
    assert_eq!(history.events(&page(""), &lens()).unwrap().rows.len(), 12);
    for name in ["view.db", "view.db-wal", "view.db-shm"] {
        let _ = std::fs::remove_file(fixture.temp.path().join(name));
    }
    eventually("the view is there again", || fixture.folder.view().exists());
    assert_eq!(content_digest(&fixture.folder).unwrap(), whole);
    mark_damaged(&fixture.folder);
    assert_eq!(history.events(&page(""), &lens()).unwrap().rows.len(), 12);
    assert!(!fixture.folder.damage_mark().exists(), "the mark is taken away");
    fixture.append(&log, [upload("99", "7", "error", "d-99", 1)]);
    assert_eq!(history.events(&page(""), &lens()).unwrap().rows.len(), 13);
    projector.stop();
}

#[test]
fn two_projectors_take_turns() {
    let fixture = Fixture::new();
    let (first_log, second_log) = (fixture.log(), fixture.log());
    let first = Projector::start(&fixture.folder, &first_log, |_| ()).unwrap();
    let (told, listen) = listening();
    let second = Projector::start(&fixture.folder, &second_log, listen).unwrap();
    fixture.append(&first_log, [upload("1", "7", "error", "d-1", 5)]);
    assert_eq!(fixture.history().events(&page(""), &lens()).unwrap().rows.len(), 1);
    assert!(told.try_recv().is_err(), "the second has nothing to say yet");
    first.stop();
    eventually("the second takes over", || told.recv_timeout(Duration::from_secs(30)).unwrap().sequence == 1);
    second.stop();
}

/// As [`upload`], brought in from CentrePoint's history now.
fn past(upload_id: &str, status: &str, delivery: &str, minutes_ago: i64, considered: i64) -> NewArrival {
    let arrival = upload(upload_id, "44732", status, delivery, 0);
    let mark = Mark::History { created_at: NOW - minutes_ago * 60_000_000, considered, check: Check::Unsigned };
    NewArrival { mark, authentication: Authentication::None, ..arrival }
}

#[test]
fn what_is_brought_in_from_the_past_stands_where_it_was_made_and_undoes_nothing_newer() {
    let came =
        |id: &str, status: &str, minutes_ago| upload(id, "44732", status, &format!("{id}-{status}"), minutes_ago);
    let fixture = Fixture::with([
        came("85045", "started", 600),
        came("85045", "completed", 60),
        came("85046", "started", 600),
        // Nobody has heard of an end of it: it is stuck.
        came("85047", "started", 600),
        past("85045", "error", "e", 120, 0),
        past("85046", "completed", "c", 500, 4),
        past("85047", "error", "d", 480, 4),
        past("85048", "completed", "n", 900, 4),
    ]);
    let history = fixture.history();
    let uploads = history.uploads(&page(""), &lens()).unwrap().rows;
    let of = |id: &str| uploads.iter().find(|row| row.upload_id == id).unwrap();
    assert_eq!((of("85045").state, of("85045").problem), (UploadState::Completed, None), "its old error is no error");
    assert_eq!(of("85045").finished_at, Some(NOW - 60 * 60_000_000));
    let life: Vec<_> = of("85045").life.iter().map(|step| step.state.as_str()).collect();
    assert_eq!(life, ["started", "error", "completed"], "in the order in which they were made");
    assert!(of("85045").recovered && !of("85045").regressed);
    assert_eq!((of("85046").state, of("85046").finished_at), (UploadState::Completed, Some(NOW - 500 * 60_000_000)));
    assert_eq!(of("85047").problem, Some(ProblemState::Open), "a newer error is one");
    assert_eq!(history.problems(&page(""), &lens()).unwrap().rows.len(), 1);
    let subject = history.subjects(&page(""), &lens()).unwrap().rows.remove(0);
    assert_eq!(subject.last_completed_at, Some(NOW - 60 * 60_000_000), "what is older makes nobody less overdue");

    let events = history.events(&page(""), &lens()).unwrap().rows;
    assert_eq!(events.iter().filter(|row| row.flags.words() == ["history"]).count(), 4);
    assert_eq!(events[0].source_ip, "", "nobody sent it here");
    assert_eq!(history.count_brought_in(None, NOW - 500 * 60_000_000, NOW).unwrap(), 3);
    assert_eq!(history.count_brought_in(Some("beta"), 0, NOW).unwrap(), 0);
    assert_eq!(history.vendor_webhooks(&Slug::new("alpha").unwrap()).unwrap(), ["15"]);

    let pulse = history.pulses().unwrap().remove(0);
    assert_eq!(pulse.last_sequence, 4, "what is brought in did not come: it ends no silence");
    let before = content_digest(&fixture.folder).unwrap();
    rebuild(&fixture.folder, |_, _| {}).unwrap();
    assert_eq!(content_digest(&fixture.folder).unwrap(), before, "derived anew, in one batch, equal");
}

#[test]
fn what_is_known_of_a_subject_by_something_newer_is_not_undone_by_the_past() {
    let statistics = |label: &str, minutes: u32, delivery: &str, ago: i64| {
        let body = format!(
            r#"{{"studyId":"189","subjectId":44732,"subjectIdentifier":"{label}","date":"2026-08-20","wearMinutes":{minutes}}}"#
        );
        arrival("cp2_daily_statistics_complete", delivery, ago, &body)
    };
    let brought_in = |arrival: NewArrival, ago: i64| {
        let mark = Mark::History { created_at: NOW - ago * 60_000_000, considered: 9, check: Check::Verified };
        NewArrival { received_at: NOW, mark, ..arrival }
    };
    let arrivals = [
        statistics("000103", 700, "a", 60),
        brought_in(statistics("000999", 300, "b", 0), 90),
        brought_in(statistics("000998", 200, "c", 0), 80),
    ];
    for (arrivals, label, minutes) in [(&arrivals[..], "000103", 700), (&arrivals[1..], "000998", 200)] {
        let fixture = Fixture::with(arrivals.iter().cloned());
        let history = fixture.history();
        let row = history.subjects(&page(""), &lens()).unwrap().rows.remove(0);
        assert_eq!(row.label.as_deref(), Some(label));
        let detail = history.subject(row.id, &lens()).unwrap().unwrap();
        assert_eq!(detail.wear.iter().map(|day| day.minutes).collect::<Vec<_>>(), [minutes]);
        let before = content_digest(&fixture.folder).unwrap();
        rebuild(&fixture.folder, |_, _| {}).unwrap();
        assert_eq!(content_digest(&fixture.folder).unwrap(), before);
    }
}
