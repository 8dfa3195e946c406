//! From a real log to a real file: every delivery is in it, as it came, whatever the format.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on should stop where it is")]

use std::collections::HashMap;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::Ordering;

use centrepoint::{Authentication, BodyDigest};
use export::{ExportError, Format, Profile, Progress, Request, to_file, to_writer};
use jiff::Timestamp;
use jiff::tz::TimeZone;
use serde_json::{Value, json};
use store::history::Lens;
use store::{DataFolder, History, Log, Mark, NewArrival};
use study::clock::FixedClock;
use study::{Clock, Query, Slug};

/// 2026-08-22T14:05:33.123456Z
const NOW: i64 = 1_787_407_533_123_456;

struct Site {
    _home: tempfile::TempDir,
    out: tempfile::TempDir,
    history: History,
    bodies: Vec<Vec<u8>>,
}

/// A history of `count` deliveries, awkward ones among them.
fn site(count: usize) -> Site {
    let home = tempfile::tempdir().unwrap();
    let folder = DataFolder::open(home.path()).unwrap();
    let clock: Arc<dyn Clock> = Arc::new(FixedClock::at(Timestamp::from_microsecond(NOW).unwrap()));
    let log = Log::open(&folder, Arc::clone(&clock)).unwrap();
    let awkward = ["=1+1", "a, \"b\"", "two\r\nlines", "lone\rreturn", "\ttab", "000103", "Grüße 🎈", "fine"];
    let bodies: Vec<Vec<u8>> = (0..count)
        .map(|number| match number % 100 {
            99 => b"\xff\xfe not text".to_vec(),
            98 => b"=1+1".to_vec(),
            _ => {
                let message = awkward[number % awkward.len()];
                json!({"uploadId": number, "studyId": "189", "subjectId": "000103", "status": "error", "message": message})
                    .to_string()
                    .into_bytes()
            }
        })
        .collect();
    let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
    for (number, body) in bodies.iter().enumerate() {
        let arrival = NewArrival {
            received_at: NOW + i64::try_from(number).unwrap(),
            webhook: Slug::new(if number % 2 == 0 { "north" } else { "south" }).unwrap(),
            head: format!("POST / HTTP/1.1\r\nX-ActiGraph-Event: upload\r\nX-ActiGraph-Delivery: d-{number}\r\n\r\n")
                .into_bytes(),
            body_sha256: BodyDigest::of(body),
            body: body.clone().into(),
            authentication: Authentication::Hmac,
            mark: Mark::Plain,
            source_ip: "13.82.60.74".parse().unwrap(),
        };
        runtime.block_on(log.append(arrival)).unwrap();
    }
    log.close();
    let history = History::open(&folder, clock).unwrap();
    Site { _home: home, out: tempfile::tempdir().unwrap(), history, bodies }
}

fn request(format: Format, with_body: bool, query: &str) -> Request {
    let lens = Lens { now: NOW, zone: TimeZone::UTC, stuck_after: 7_200_000_000, silences: std::sync::Arc::default() };
    let zones = HashMap::from([("north".to_owned(), TimeZone::get("Europe/Berlin").unwrap())]);
    Request { query: Query::parse(query).unwrap(), lens, format, with_body, zones }
}

fn rows(path: &Path) -> Vec<HashMap<String, String>> {
    let text = std::fs::read(path).unwrap();
    let text = text.strip_prefix("\u{feff}".as_bytes()).unwrap_or(&text);
    csv::Reader::from_reader(text).deserialize().map(Result::unwrap).collect()
}

#[test]
fn every_delivery_is_in_the_file_oldest_first() {
    let site = site(700);
    let path = site.out.path().join("out.csv");
    std::fs::write(&path, "what stood here before").unwrap();
    let progress = Progress::default();
    let analysis = request(Format::Csv(Profile::Analysis), true, "");
    assert_eq!(to_file(&site.history, &analysis, &path, &progress).unwrap(), 700);
    assert_eq!(progress.rows.load(Ordering::Relaxed), 700);
    let rows = rows(&path);
    assert_eq!(rows.len(), 700);
    for (number, (row, body)) in rows.iter().zip(&site.bodies).enumerate() {
        assert_eq!(row["delivery_id"], format!("d-{number}"));
        assert_eq!(row["body_sha256"], BodyDigest::of(body).to_string());
        match std::str::from_utf8(body) {
            Ok(text) => assert_eq!(row["body"], text),
            Err(_) => assert!(row["body"].starts_with("base64:"), "{row:?}"),
        }
        if let Ok(said) = serde_json::from_slice::<Value>(body) {
            assert_eq!(row["message"], said["message"].as_str().unwrap());
            assert_eq!(row["subject_id"], "000103", "leading zeros stay");
        }
        assert_eq!(row["local_time_zone"], if number % 2 == 0 { "Europe/Berlin" } else { "UTC" });
    }
}

#[test]
fn a_query_and_the_other_formats_hold_the_same_rows() {
    let site = site(200);
    let (excel, lines) = (site.out.path().join("out.csv"), site.out.path().join("out.jsonl"));
    let query = "webhook:south";
    let excel_request = request(Format::Csv(Profile::Excel), false, query);
    assert_eq!(to_file(&site.history, &excel_request, &excel, &Progress::default()).unwrap(), 100);
    let lines_request = request(Format::JsonLines, true, query);
    assert_eq!(to_file(&site.history, &lines_request, &lines, &Progress::default()).unwrap(), 100);
    let lines = std::fs::read_to_string(lines).unwrap();
    for (row, line) in rows(&excel).iter().zip(lines.lines()) {
        let event: Value = serde_json::from_str(line).unwrap();
        assert_eq!(event["webhook"], "south");
        assert_eq!(row["sequence"], event["sequence"].to_string());
        let message = event["message"].as_str().unwrap_or_default();
        let guard = if message.starts_with(['=', '\t']) { "'" } else { "" };
        assert_eq!(row["message"], format!("{guard}{message}"));
    }
}

#[test]
fn a_cancelled_export_leaves_nothing_and_standard_output_gets_the_same_bytes() {
    let site = site(300);
    let path = site.out.path().join("out.csv");
    let request = request(Format::Csv(Profile::Excel), false, "");
    let cancelled = Progress::default();
    cancelled.cancel.store(true, Ordering::Relaxed);
    let outcome = to_file(&site.history, &request, &path, &cancelled);
    assert!(matches!(outcome, Err(ExportError::Cancelled)), "{outcome:?}");
    assert_eq!(site.out.path().read_dir().unwrap().count(), 0, "not even a temporary file");

    to_file(&site.history, &request, &path, &Progress::default()).unwrap();
    let mut out = Vec::new();
    assert_eq!(to_writer(&site.history, &request, &mut out, &Progress::default()).unwrap(), 300);
    assert_eq!(std::fs::read(&path).unwrap(), out);
}
