//! Rows to a writer, without a store: order, progress, cancel, failure, JSON Lines.

use std::collections::HashMap;

use jiff::tz::TimeZone;
use store::history::Lens;
use study::Query;

use super::*;
use crate::csv::tests::plain;
use crate::{Profile, event_json};

fn request(format: Format, with_body: bool) -> Request {
    let lens = Lens { now: 0, zone: TimeZone::UTC, stuck_after: 0, silences: std::sync::Arc::default() };
    Request { query: Query::default(), lens, format, with_body, zones: HashMap::new() }
}

/// Gives `count` rows as the history would, a hundred at a time.
fn rows(request: &Request, count: i64, body: Option<&[u8]>) -> impl FnOnce(Take<'_>) -> Result<(), StoreError> {
    let mut lines = Lines::new(request);
    move |take| {
        let mut some = 0;
        for sequence in 1..=count {
            lines.add(&EventRow { sequence, ..plain() }, body);
            some += 1;
            if some == 100 || sequence == count {
                if take(&lines.take(), some).is_break() {
                    break;
                }
                some = 0;
            }
        }
        Ok(())
    }
}

fn exported(request: &Request, count: i64, body: Option<&[u8]>) -> String {
    let (mut out, progress) = (Vec::new(), Progress::default());
    let written = run(request, rows(request, count, body), &mut out, "a test", &progress).unwrap();
    assert_eq!(written, count.unsigned_abs());
    assert_eq!(progress.rows.load(Ordering::Relaxed), count.unsigned_abs());
    String::from_utf8(out).unwrap()
}

#[test]
fn all_rows_come_in_order_after_the_header() {
    let request = request(Format::Csv(Profile::Analysis), false);
    for count in [0, 1, 100, 101, 1_003] {
        let text = exported(&request, count, None);
        let sequences: Vec<i64> =
            text.lines().skip(1).map(|line| line.split(',').next().unwrap().parse().unwrap()).collect();
        assert_eq!(sequences, (1..=count).collect::<Vec<_>>());
    }
}

#[test]
fn json_lines_are_the_events_of_the_command_line_and_the_body() {
    insta::assert_snapshot!(exported(&request(Format::JsonLines, true), 1, Some(b"\xff{")));
    let without = exported(&request(Format::JsonLines, false), 1, None);
    let row = EventRow { sequence: 1, ..plain() };
    assert_eq!(without, format!("{}\n", serde_json::to_string(&event_json(&row)).unwrap()));
    assert!(!without.contains("made_at"), "it came by itself: {without}");
    // A day before it was brought in.
    let brought = EventRow { made_at: Some(row.received_at - 86_400_000_000), ..row };
    let brought = serde_json::to_string(&event_json(&brought)).unwrap();
    insta::assert_snapshot!(
        brought.split_once(r#""flags":"#).unwrap().1,
        @r#"["unreadable","repeat"],"body_sha256":"44136fa355b3678a1146ad16f7e8649e94fb4fc21fe77e8310c060f61caaff8a","made_at":"2026-08-21T14:05:33.123456Z"}"#
    );
}

#[test]
fn a_cancelled_export_says_so() {
    let request = request(Format::JsonLines, false);
    let (mut out, progress) = (Vec::new(), Progress::default());
    let mut taken = 0;
    let read = |take: Take<'_>| {
        while take(b"some", 1).is_continue() {
            taken += 1;
            progress.cancel.store(taken > 1_000, Ordering::Relaxed);
        }
        Ok(())
    };
    let outcome = run(&request, read, &mut out, "a test", &progress);
    assert!(matches!(outcome, Err(ExportError::Cancelled)), "{outcome:?}");
}

/// Takes a few bytes, then has no room.
struct Full(usize);

impl Write for Full {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0 = self.0.checked_sub(bytes.len()).ok_or(io::ErrorKind::StorageFull)?;
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

#[test]
fn a_full_disk_ends_the_reading_and_is_said() {
    for format in [Format::JsonLines, Format::Csv(Profile::Excel), Format::Csv(Profile::Analysis), Format::Xlsx] {
        let (mut out, progress) = (Full(300_000), Progress::default());
        let request = request(format, false);
        let outcome = run(&request, rows(&request, i64::MAX, None), &mut out, "out.csv", &progress);
        assert_eq!(outcome.unwrap_err().to_string(), "out.csv cannot be written: no storage space");
    }
}

#[test]
fn what_the_history_says_comes_first() {
    let request = request(Format::JsonLines, false);
    let (mut out, progress) = (Vec::new(), Progress::default());
    let read = |take: Take<'_>| {
        let _ = take(b"some", 1);
        Err(StoreError::Behind { behind: 3 })
    };
    let outcome = run(&request, read, &mut out, "a test", &progress);
    assert!(matches!(outcome, Err(ExportError::Store(StoreError::Behind { behind: 3 }))), "{outcome:?}");
}
