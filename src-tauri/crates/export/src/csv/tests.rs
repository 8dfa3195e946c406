//! Both profiles over nasty values.

use centrepoint::{Authentication, BodyDigest};
use proptest::prelude::*;
use store::rows::Flags;
use study::ProblemState;

use super::*;
use jiff::tz::TimeZone;
use std::collections::HashMap;

/// 2026-08-22T14:05:33.123456Z
const NOW: i64 = 1_787_407_533_123_456;

pub(crate) fn plain() -> EventRow {
    EventRow {
        sequence: 41,
        received_at: NOW,
        webhook: "north".to_owned(),
        delivery_id: Some("0f9G3fde-8Baf-0c83-1591-517307kpp19c".to_owned()),
        vendor_webhook_id: Some("27".to_owned()),
        event: "upload".to_owned(),
        status: Some("completed".to_owned()),
        study_id: Some("189".to_owned()),
        site_id: None,
        subject_id: Some("000103".to_owned()),
        subject_identifier: Some("TAS-1".to_owned()),
        upload_id: Some("77".to_owned()),
        monitor_serial: Some("TAS1D48140206".to_owned()),
        message: None,
        first_epoch_utc: Some("2016-06-14T20:46:00.0000000".to_owned()),
        first_epoch_subject: Some("2016-06-14T16:46:00.0000000".to_owned()),
        last_epoch_utc: None,
        last_epoch_subject: None,
        authentication: Authentication::Hmac,
        source_ip: "13.82.60.74".to_owned(),
        attempts: 2,
        flags: Flags(Flags::UNREADABLE | Flags::REPEAT),
        body_sha256: BodyDigest::of(b"{}"),
        problem_state: Some(ProblemState::Acknowledged),
        problem_id: Some(41),
        acknowledged_by: Some("Ana".to_owned()),
        acknowledged_at: Some(NOW + 1),
        note: Some("called the site".to_owned()),
        made_at: None,
        subject_label: None,
    }
}

pub(crate) fn nasty() -> Vec<EventRow> {
    let values = [
        "=1+1",
        "+1",
        "-1",
        "@SUM(A1)",
        "\ttab",
        "\rcr",
        "\nlf",
        "quote \" quote",
        "comma, comma",
        "crlf\r\nin it",
        "lone\rcr",
        "lone\nlf",
        "Grüße 試験 🎈",
        "nul\0nul",
        "000103",
        "\u{feff}bom",
        " spaces ",
        "'already",
        "\"",
        "",
    ];
    values
        .into_iter()
        .map(|value| EventRow {
            message: Some(value.to_owned()),
            note: Some(value.to_owned()),
            subject_id: None,
            first_epoch_utc: None,
            first_epoch_subject: None,
            problem_state: None,
            acknowledged_by: None,
            acknowledged_at: None,
            ..plain()
        })
        .collect()
}

fn zones() -> HashMap<String, TimeZone> {
    HashMap::from([("north".to_owned(), TimeZone::get("Europe/Berlin").unwrap())])
}

fn written(profile: Profile, rows: &[EventRow], bodies: Option<&[u8]>) -> Vec<u8> {
    let mut out = Vec::new();
    begin(&mut out, profile, bodies.is_some()).unwrap();
    let mut lines = Rows::new(profile, Zones::new(&zones(), &TimeZone::UTC));
    for row in rows {
        lines.add(row, bodies);
    }
    out.extend(lines.take());
    assert_eq!(lines.take(), b"", "everything was taken");
    out
}

fn read_back(bytes: &[u8]) -> Vec<Vec<String>> {
    let bytes = bytes.strip_prefix("\u{feff}".as_bytes()).unwrap_or(bytes);
    let mut reader = csv::ReaderBuilder::new().has_headers(false).from_reader(bytes);
    reader.records().map(|record| record.unwrap().iter().map(str::to_owned).collect()).collect()
}

fn column(name: &str) -> usize {
    HEADER.split(',').chain(["body"]).position(|column| column == name).unwrap()
}

fn snapshot(bytes: &[u8]) -> String {
    // Escaped, so that every byte of the contract shows.
    let lines: Vec<String> =
        bytes.split_inclusive(|byte| *byte == b'\n').map(|line| line.escape_ascii().to_string()).collect();
    lines.join("\n")
}

#[test]
fn the_excel_profile() {
    let mut rows = vec![plain()];
    rows.extend(nasty());
    insta::assert_snapshot!(snapshot(&written(Profile::Excel, &rows, None)));
}

#[test]
fn the_analysis_profile() {
    let mut rows = vec![plain()];
    rows.extend(nasty());
    insta::assert_snapshot!(snapshot(&written(Profile::Analysis, &rows, None)));
}

#[test]
fn the_body_is_one_column_more() {
    for profile in [Profile::Excel, Profile::Analysis] {
        let rows = read_back(&written(profile, &[plain()], Some(b"{\"a\": \"\xc3\xbc\"}\r\n")));
        assert_eq!(rows[0].join(","), format!("{HEADER},body"));
        assert_eq!(rows[1][column("body")], "{\"a\": \"ü\"}\r\n");
        let rows = read_back(&written(profile, &[plain()], Some(b"\xff")));
        assert_eq!(rows[1][column("body")], "base64:/w==");
    }
    let rows = read_back(&written(Profile::Excel, &[plain()], Some(b"=cmd|' /C calc'!A0")));
    assert_eq!(rows[1][column("body")], "'=cmd|' /C calc'!A0");
}

#[test]
fn local_time_is_the_webhooks_and_else_the_viewers() {
    let elsewhere = EventRow { webhook: "south".to_owned(), ..plain() };
    let rows = read_back(&written(Profile::Excel, &[plain(), elsewhere.clone()], None));
    let (local, zone) = (column("received_at_local"), column("local_time_zone"));
    assert_eq!((rows[1][local].as_str(), rows[1][zone].as_str()), ("2026-08-22 16:05:33", "Europe/Berlin"));
    assert_eq!((rows[2][local].as_str(), rows[2][zone].as_str()), ("2026-08-22 14:05:33", "UTC"));
    let rows = read_back(&written(Profile::Analysis, &[plain(), elsewhere], None));
    assert_eq!(rows[1][local], "2026-08-22T16:05:33.123456+02:00");
    assert_eq!(rows[2][local], "2026-08-22T14:05:33.123456+00:00");
}

#[test]
fn a_zone_that_is_only_an_offset_is_inert_too() {
    let zone = TimeZone::fixed(jiff::tz::offset(-5));
    let mut lines = Rows::new(Profile::Excel, Zones::new(&HashMap::new(), &zone));
    lines.add(&plain(), None);
    assert_eq!(read_back(&lines.take())[0][column("local_time_zone")], "'-05:00");
}

fn value() -> impl Strategy<Value = String> {
    prop_oneof!["[=+@\t\r\n\",;' a\u{0}é-]{0,8}", any::<String>()]
}

prop_compose! {
    fn row()(
        sequence in any::<i64>(), received_at in 0_i64..4_000_000_000_000_000,
        texts in proptest::collection::vec(value(), 5), maybe in proptest::collection::vec(proptest::option::of(value()), 15),
        acknowledged_at in proptest::option::of(0_i64..4_000_000_000_000_000), flags in 0_u32..16,
    ) -> EventRow {
        let mut maybe = maybe.into_iter();
        let mut next = move || maybe.next().flatten();
        EventRow {
            sequence, received_at, acknowledged_at,
            flags: Flags(flags),
            webhook: texts[0].clone(), event: texts[1].clone(), source_ip: texts[2].clone(),
            delivery_id: next(), vendor_webhook_id: next(), status: next(), study_id: next(), site_id: next(),
            subject_id: next(), subject_identifier: next(), upload_id: next(), monitor_serial: next(), message: next(),
            first_epoch_utc: next(), first_epoch_subject: next(), last_epoch_utc: next(), acknowledged_by: next(), note: next(),
            ..plain()
        }
    }
}

/// The values of a row, column by column, written another way: what a reader must get.
fn expected(row: &EventRow, local: &str) -> Vec<String> {
    let instant = |micros: i64| format!("{:.6}", jiff::Timestamp::from_microsecond(micros).unwrap());
    let maybe = |value: &Option<String>| value.clone().unwrap_or_default();
    vec![
        row.sequence.to_string(),
        instant(row.received_at),
        local.to_owned(),
        "UTC".to_owned(),
        row.webhook.clone(),
        maybe(&row.delivery_id),
        maybe(&row.vendor_webhook_id),
        row.event.clone(),
        maybe(&row.status),
        maybe(&row.study_id),
        maybe(&row.site_id),
        maybe(&row.subject_id),
        maybe(&row.subject_identifier),
        maybe(&row.upload_id),
        maybe(&row.monitor_serial),
        maybe(&row.message),
        maybe(&row.first_epoch_utc),
        maybe(&row.first_epoch_subject),
        maybe(&row.last_epoch_utc),
        maybe(&row.last_epoch_subject),
        row.authentication.to_string(),
        row.source_ip.clone(),
        row.attempts.to_string(),
        row.flags.words().join(";"),
        row.body_sha256.to_string(),
        "acknowledged".to_owned(),
        maybe(&row.acknowledged_by),
        row.acknowledged_at.map(instant).unwrap_or_default(),
        maybe(&row.note),
    ]
}

proptest! {
    #[test]
    fn analysis_reads_back_exactly(rows in proptest::collection::vec(row(), 1..5)) {
        let read = read_back(&written(Profile::Analysis, &rows, None));
        prop_assert_eq!(read.len(), rows.len() + 1);
        for (row, read) in rows.iter().zip(&read[1..]) {
            prop_assume!(row.webhook != "north");
            let local = format!("{}+00:00", expected(row, "")[1].trim_end_matches('Z'));
            prop_assert_eq!(read, &expected(row, &local));
        }
    }

    #[test]
    fn excel_has_no_cell_that_begins_like_a_formula(rows in proptest::collection::vec(row(), 1..5)) {
        let read = read_back(&written(Profile::Excel, &rows, None));
        prop_assert_eq!(read.len(), rows.len() + 1);
        for (row, read) in rows.iter().zip(&read[1..]) {
            let plain = expected(row, "");
            for (index, (cell, plain)) in read.iter().zip(&plain).enumerate() {
                // The first column is a number of ours.
                prop_assert!(index == 0 || !cell.starts_with(['=', '+', '-', '@', '\t', '\r', '\n']), "{:?}", cell);
                let exact = cell == plain || cell.strip_prefix('\'') == Some(plain);
                prop_assert!(exact || index == column("received_at_local") || index == column("local_time_zone"));
            }
        }
    }
}
