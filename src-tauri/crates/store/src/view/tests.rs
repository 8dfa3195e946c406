mod anew;
mod past;
mod problems;
mod running;

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

fn snooze(problem: i64, until: i64) -> Action {
    Action::Snooze { problem, by: "Ann".to_owned(), until: jiff::Timestamp::from_microsecond(until).unwrap() }
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
