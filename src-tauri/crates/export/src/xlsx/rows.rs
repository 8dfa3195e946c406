//! One event as one row of a sheet, but for its number. Pure: a row in, XML out.

use std::io::{self, Write};

use store::rows::EventRow;

use super::parts::{self, Style};
use super::{NUMBER, ROW_END, escape};
use crate::columns::{self, Cells};
use crate::time;
use crate::zones::Zones;

/// Room for the rows of one piece, so that it hardly ever grows, in bytes.
const PIECE: usize = 2 * 1024 * 1024;

const SECOND: i64 = 1_000_000;
const DAY_SECONDS: f64 = 86_400.0;
/// 1970-01-01 in days of Excel's calendar.
const EPOCH: f64 = 25_569.0;
/// 1900-03-01 and 10000-01-01 in days: before, Excel counts a day there never was; from then on it knows none.
const DAYS: std::ops::Range<f64> = 61.0..2_958_466.0;

/// Rows of XML, gathered in memory.
pub(crate) struct Rows {
    out: Vec<u8>,
    zones: Zones,
    column: usize,
    scratch: Vec<u8>,
}

impl Rows {
    pub(crate) fn new(zones: Zones) -> Self {
        Self { out: Vec::with_capacity(PIECE), zones, column: 0, scratch: Vec::with_capacity(64) }
    }

    /// Adds one row.
    pub(crate) fn add(&mut self, row: &EventRow, body: Option<&[u8]>) {
        self.out.extend_from_slice(b"<row r=\"");
        self.out.extend_from_slice(&[NUMBER, b'"', b'>']);
        self.column = 0;
        columns::fill(self, row, body).expect("memory takes whatever is written to it");
        self.out.extend_from_slice(b"</row>");
        self.out.push(ROW_END);
    }

    /// The rows added since the last time.
    pub(crate) fn take(&mut self) -> Vec<u8> {
        std::mem::replace(&mut self.out, Vec::with_capacity(PIECE))
    }

    /// Begins the next cell: `<c r="A1" s="1"`.
    fn open(&mut self, style: Style) {
        self.out.extend_from_slice(b"<c r=\"");
        self.out.extend_from_slice(parts::LETTERS[self.column].as_bytes());
        self.out.extend_from_slice(&[NUMBER, b'"']);
        self.out.extend_from_slice(style.attribute().as_bytes());
        self.column += 1;
    }

    fn value(&mut self, style: Style, value: impl std::fmt::Display) -> io::Result<()> {
        self.open(style);
        write!(self.out, "><v>{value}</v></c>")
    }

    fn string(&mut self, text: &str) {
        if text.is_empty() {
            self.column += 1;
            return;
        }
        let (text, mark) = escape::fit(text);
        self.open(parts::style(self.column));
        let space = if escape::has_outer_space(text) { " xml:space=\"preserve\"" } else { "" };
        self.out.extend_from_slice(b" t=\"inlineStr\"><is><t");
        self.out.extend_from_slice(space.as_bytes());
        self.out.push(b'>');
        escape::push(&mut self.out, text);
        escape::push(&mut self.out, mark);
        self.out.extend_from_slice(b"</t></is></c>");
    }

    fn with_scratch(&mut self, push: impl FnOnce(&mut Vec<u8>)) -> io::Result<()> {
        let mut scratch = std::mem::take(&mut self.scratch);
        scratch.clear();
        push(&mut scratch);
        let outcome = self.plain(&scratch);
        self.scratch = scratch;
        outcome
    }
}

impl Cells for Rows {
    fn number(&mut self, number: i64) -> io::Result<()> {
        self.value(Style::Number, number)
    }

    fn text(&mut self, text: &str) -> io::Result<()> {
        self.string(text);
        Ok(())
    }

    fn plain(&mut self, text: &[u8]) -> io::Result<()> {
        self.string(&String::from_utf8_lossy(text));
        Ok(())
    }

    /// Exact to the microsecond, which no date of a spreadsheet is: a text.
    fn utc(&mut self, micros: Option<i64>) -> io::Result<()> {
        self.with_scratch(|out| micros.into_iter().for_each(|micros| time::push_utc(out, micros)))
    }

    /// A real date-time, to the second as in CSV.
    fn local(&mut self, row: &EventRow) -> io::Result<()> {
        let zone = self.zones.of(&row.webhook);
        let (offset, name) = (zone.offset(row.received_at), zone.name().to_owned());
        match serial(row.received_at, offset) {
            Some(serial) => self.value(Style::Time, serial)?,
            None => self.with_scratch(|out| time::push_spreadsheet(out, row.received_at, offset))?,
        }
        self.text(&name)
    }
}

/// An instant where the offset (in seconds) holds, as Excel counts days; none where it does not.
fn serial(micros: i64, offset: i32) -> Option<f64> {
    let seconds = micros.div_euclid(SECOND) + i64::from(offset);
    #[expect(clippy::cast_precision_loss, reason = "seconds of any year that passes are far below 2^53")]
    let days = seconds as f64 / DAY_SECONDS + EPOCH;
    DAYS.contains(&days).then_some(days)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_days_of_excels_calendar() {
        // 2026-08-22T14:05:33.999999Z, in Berlin: 46256 is 2026-08-22.
        let berlin = serial(1_787_407_533_999_999, 7_200).unwrap();
        assert!((berlin - (46_256.0 + f64::from(16 * 3_600 + 5 * 60 + 33) / DAY_SECONDS)).abs() < 1e-9, "{berlin}");
        assert_eq!(serial(0, 0), Some(25_569.0));
        assert_eq!(serial(i64::MIN, 0), None);
        assert_eq!(serial(i64::MAX, 0), None);
    }
}
