//! Workbooks read back by a reader that is not ours.

use std::collections::HashMap;
use std::io::Cursor;

use calamine::{Data, Reader as _, Xlsx};
use jiff::tz::TimeZone;
use store::rows::EventRow;

use super::*;
use crate::columns::HEADER;
use crate::csv::tests::{nasty, plain};
use crate::zones::Zones;

fn formatter() -> Rows {
    let zones = HashMap::from([("north".to_owned(), TimeZone::get("Europe/Berlin").unwrap())]);
    Rows::new(Zones::new(&zones, &TimeZone::UTC))
}

/// A workbook of these rows, `at_once` of them in a piece.
fn written(rows: &[EventRow], body: Option<&[u8]>, at_once: usize, limits: (u32, u64)) -> Vec<u8> {
    let mut out = Vec::new();
    let mut book = Book::with_limits(&mut out, body.is_some(), limits.0, limits.1).unwrap();
    let mut lines = formatter();
    for rows in rows.chunks(at_once) {
        for row in rows {
            lines.add(row, body);
        }
        book.add(&lines.take()).unwrap();
    }
    book.finish().unwrap();
    out
}

const ROOMY: (u32, u64) = (1_048_576, u64::MAX);

/// The sheets with their cells.
fn read_back(bytes: &[u8]) -> Vec<(String, Vec<Vec<Data>>)> {
    let mut book: Xlsx<_> = Xlsx::new(Cursor::new(bytes)).unwrap();
    let sheets = book.worksheets();
    for (name, _) in &sheets {
        let formulas = book.worksheet_formula(name).unwrap();
        assert_eq!(formulas.used_cells().count(), 0, "no cell is a formula");
    }
    sheets.into_iter().map(|(name, range)| (name, range.rows().map(<[Data]>::to_vec).collect())).collect()
}

fn part(bytes: &[u8], name: &str) -> String {
    let mut archive = zip::ZipArchive::new(Cursor::new(bytes)).unwrap();
    std::io::read_to_string(archive.by_name(name).unwrap()).unwrap()
}

fn column(name: &str) -> usize {
    HEADER.split(',').chain(["body"]).position(|column| column == name).unwrap()
}

#[test]
fn a_row_is_what_it_was_with_a_real_time_and_ids_as_text() {
    let bytes = written(&[plain()], Some(b"\xff\xfe{"), 1, ROOMY);
    let sheets = read_back(&bytes);
    assert_eq!(sheets.len(), 1);
    let (name, rows) = &sheets[0];
    assert_eq!(name, "Events");
    let head: Vec<String> = rows[0].iter().map(ToString::to_string).collect();
    assert_eq!(head, HEADER.split(',').chain(["body"]).collect::<Vec<_>>());
    let cell = |name| &rows[1][column(name)];
    assert_eq!(cell("sequence"), &Data::Float(41.0));
    assert_eq!(cell("subject_id"), &Data::String("000103".to_owned()), "leading zeros stay");
    assert_eq!(cell("received_at_utc"), &Data::String("2026-08-22T14:05:33.123456Z".to_owned()));
    let Data::DateTime(local) = cell("received_at_local") else { panic!("a real time: {:?}", rows[1]) };
    assert_eq!(local.to_ymd_hms_milli(), (2026, 8, 22, 16, 5, 33, 0));
    assert_eq!(cell("local_time_zone"), &Data::String("Europe/Berlin".to_owned()));
    assert_eq!(cell("flags"), &Data::String(plain().flags.words().join(";")));
    assert_eq!(cell("site_id"), &Data::Empty, "what is not known is an empty cell");
    assert_eq!(cell("body"), &Data::String("base64://57".to_owned()));
}

#[test]
fn every_text_comes_back_as_it_was() {
    let rows = nasty();
    for (row, cells) in rows.iter().zip(&read_back(&written(&rows, None, 3, ROOMY))[0].1[1..]) {
        let message = row.message.clone().unwrap();
        let expected = if message.is_empty() { Data::Empty } else { Data::String(message) };
        assert_eq!(cells[column("message")], expected);
        assert_eq!(cells[column("note")], expected);
    }
}

#[test]
fn a_full_sheet_is_continued_on_the_next_with_its_header() {
    let rows: Vec<EventRow> = (1..=23).map(|sequence| EventRow { sequence, ..plain() }).collect();
    let by_bytes = (ROOMY.0, 10_000);
    for (limits, at_once) in [((11, u64::MAX), 23), ((11, u64::MAX), 4), ((11, u64::MAX), 10), (by_bytes, 23)] {
        let bytes = written(&rows, None, at_once, limits);
        let sheets = read_back(&bytes);
        assert_eq!(sheets[1].0, "Events 2");
        let mut sequences = Vec::new();
        for (place, (_, rows)) in sheets.iter().enumerate() {
            assert!(rows.len() <= 11 || limits == by_bytes, "{}", rows.len());
            assert_eq!(rows[0][0], Data::String("sequence".to_owned()));
            sequences.extend(rows[1..].iter().map(|row| row[0].clone()));
            let sheet = part(&bytes, &format!("xl/worksheets/sheet{}.xml", place + 1));
            let all = format!("<autoFilter ref=\"A1:AC{}\"/>", rows.len());
            assert!(sheet.contains(&all), "the header filters: {all}");
            assert!(sheet.contains("state=\"frozen\""), "and stays");
            let last = format!("<row r=\"{0}\"><c r=\"A{0}\"", rows.len());
            assert!(sheet.contains(&last), "rows are numbered within their sheet: {last}");
        }
        assert_eq!(sequences, (1..=23).map(|sequence| Data::Float(f64::from(sequence))).collect::<Vec<_>>());
    }
}

#[test]
fn nothing_found_is_a_sheet_with_its_header() {
    let sheets = read_back(&written(&[], None, 1, ROOMY));
    assert_eq!(sheets.len(), 1);
    assert_eq!(sheets[0].1.len(), 1);
}

#[test]
fn a_text_longer_than_a_cell_is_cut_and_says_so() {
    let body = "x".repeat(40_000);
    let rows = read_back(&written(&[plain()], Some(body.as_bytes()), 1, ROOMY)).remove(0).1;
    let Data::String(cell) = &rows[1][column("body")] else { panic!("a text") };
    assert_eq!(cell.encode_utf16().count(), 32_767);
    assert!(cell.ends_with("the CSV export has all of it]"), "{}", &cell[32_600..]);
}

#[test]
fn the_same_rows_are_the_same_bytes() {
    assert!(written(&nasty(), None, 5, ROOMY) == written(&nasty(), None, 2, ROOMY), "however they came");
}

#[test]
fn a_workbook_that_was_given_up_does_not_end_as_if_it_were_whole() {
    let mut out = Vec::new();
    drop(Book::begin(&mut out, false).unwrap());
    assert!(!out.is_empty(), "something was written");
    assert!(!out.windows(4).any(|four| four == b"PK\x05\x06"), "but no end of an archive");
}
