//! From an event to a row of CSV: read back by the rules of RFC 4180, every cell is what it was, and none is a formula in a spreadsheet.

use centrepoint::{Authentication, BodyDigest};
use export::{Profile, csv_row};
use jiff::tz::TimeZone;
use store::rows::{EventRow, Flags};

/// The place of the message among the columns, and of the note.
const MESSAGE: usize = 15;
const NOTE: usize = 28;

/// A message in the first line, a note and a body behind it.
pub(crate) fn check(data: &[u8]) {
    let (message, rest) = super::split(data, 0);
    let (note, body) = super::split(rest, 0);
    let (message, note) = (String::from_utf8_lossy(message).into_owned(), String::from_utf8_lossy(note).into_owned());
    let row = row(&message, &note, body);
    for (profile, line_end) in [(Profile::Analysis, "\n"), (Profile::Excel, "\r\n")] {
        let written = csv_row(profile, &row, Some(body), &TimeZone::UTC);
        let written = String::from_utf8(written).expect("a row is text, whatever the body is");
        let cells = cells(written.strip_suffix(line_end).expect("a row ends as its profile says"));
        assert_eq!(cells.len(), 30);
        let told = std::str::from_utf8(body).unwrap_or_else(|_| {
            assert!(cells[29].starts_with("base64:"));
            &cells[29]
        });
        for (cell, value) in [(&cells[MESSAGE], message.as_str()), (&cells[NOTE], note.as_str()), (&cells[29], told)] {
            let guarded = profile == Profile::Excel && value.starts_with(['=', '+', '-', '@', '\t', '\r', '\n']);
            assert_eq!(cell.strip_prefix('\'').filter(|_| guarded).unwrap_or(cell), value);
            assert!(!(profile == Profile::Excel && cell.starts_with(['=', '+', '-', '@', '\t', '\r', '\n'])));
        }
    }
}

/// The cells of one row: a second, plainer reading than the writer's own library.
fn cells(row: &str) -> Vec<String> {
    let (mut cells, mut cell, mut quoted) = (Vec::new(), String::new(), false);
    let mut characters = row.chars().peekable();
    let mut begins = true;
    while let Some(character) = characters.next() {
        match character {
            '"' if begins => quoted = true,
            '"' if quoted && characters.peek() == Some(&'"') => cell.extend(characters.next()),
            '"' if quoted => {
                quoted = false;
                assert!(matches!(characters.peek(), None | Some(',')), "only a comma stands behind a closing quote");
            }
            ',' if !quoted => {
                cells.push(std::mem::take(&mut cell));
                begins = true;
                continue;
            }
            _ => {
                assert!(quoted || !matches!(character, '"' | '\r' | '\n'), "what would end a row is quoted");
                cell.push(character);
            }
        }
        begins = false;
    }
    assert!(!quoted, "every quote is closed");
    cells.push(cell);
    cells
}

fn row(message: &str, note: &str, body: &[u8]) -> EventRow {
    let text = |text: &str| (!text.is_empty()).then(|| text.to_owned());
    EventRow {
        sequence: 1,
        received_at: 1_787_407_533_123_456,
        webhook: "north".to_owned(),
        delivery_id: None,
        vendor_webhook_id: None,
        event: "upload".to_owned(),
        status: None,
        study_id: None,
        site_id: None,
        subject_id: None,
        subject_identifier: None,
        upload_id: None,
        monitor_serial: None,
        message: text(message),
        first_epoch_utc: None,
        first_epoch_subject: None,
        last_epoch_utc: None,
        last_epoch_subject: None,
        authentication: Authentication::Hmac,
        source_ip: "13.82.60.74".to_owned(),
        attempts: 1,
        flags: Flags(0),
        body_sha256: BodyDigest::of(body),
        problem_state: None,
        problem_id: None,
        acknowledged_by: None,
        acknowledged_at: None,
        note: text(note),
        made_at: None,
        subject_label: None,
    }
}
