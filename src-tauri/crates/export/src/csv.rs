//! One event as one row of CSV, in both profiles. Pure: a row in, bytes out.

use std::io::{self, Write};

use csv::{QuoteStyle, Terminator, WriterBuilder};
use store::rows::EventRow;

use crate::columns::{self, Cells, HEADER};
use crate::zones::Zones;
use crate::{Profile, time};

/// What the writer gathers before it passes it on, in bytes.
const BUFFER: usize = 64 * 1024;

/// Room for the rows of one piece, so that it hardly ever grows, in bytes.
const PIECE: usize = 512 * 1024;

/// A cell that begins so would be taken for a formula, or moves what follows to where it would.
const FORMULA: &[u8] = b"=+-@\t\r\n";

/// Writes the header line, which stands literally in both profiles: the names need no quotes.
pub(crate) fn begin(out: &mut dyn Write, profile: Profile, with_body: bool) -> io::Result<()> {
    let body = if with_body { ",body" } else { "" };
    let (bom, line_end) = match profile {
        Profile::Excel => ("\u{feff}", "\r\n"),
        Profile::Analysis => ("", "\n"),
    };
    write!(out, "{bom}{HEADER}{body}{line_end}")
}

/// Rows of CSV, gathered in memory.
pub(crate) struct Rows {
    out: csv::Writer<Vec<u8>>,
    profile: Profile,
    zones: Zones,
    scratch: Vec<u8>,
}

impl Rows {
    pub(crate) fn new(profile: Profile, zones: Zones) -> Self {
        Self { out: writer(profile), profile, zones, scratch: Vec::with_capacity(64) }
    }

    /// Adds one row.
    pub(crate) fn add(&mut self, row: &EventRow, body: Option<&[u8]>) {
        self.row(row, body).expect("memory takes whatever is written to it");
    }

    /// The rows added since the last time.
    pub(crate) fn take(&mut self) -> Vec<u8> {
        let full = std::mem::replace(&mut self.out, writer(self.profile));
        full.into_inner().expect("memory takes whatever is written to it")
    }

    fn row(&mut self, row: &EventRow, body: Option<&[u8]>) -> io::Result<()> {
        columns::fill(self, row, body)?;
        self.out.write_record(None::<&[u8]>)?;
        Ok(())
    }
}

impl Cells for Rows {
    /// Made inert for a spreadsheet, else exactly as it is.
    fn text(&mut self, value: &str) -> io::Result<()> {
        let formula = value.bytes().next().is_some_and(|first| FORMULA.contains(&first));
        if formula && self.profile == Profile::Excel {
            self.scratch.clear();
            self.scratch.push(b'\'');
            self.scratch.extend_from_slice(value.as_bytes());
            self.out.write_field(&self.scratch)?;
            // A long message or body must not keep its room for the rest of the export.
            self.scratch.shrink_to(BUFFER);
        } else {
            self.out.write_field(value)?;
        }
        Ok(())
    }

    fn plain(&mut self, text: &[u8]) -> io::Result<()> {
        self.out.write_field(text)?;
        Ok(())
    }

    fn number(&mut self, number: i64) -> io::Result<()> {
        self.scratch.clear();
        write!(self.scratch, "{number}")?;
        self.out.write_field(&self.scratch)?;
        Ok(())
    }

    fn utc(&mut self, micros: Option<i64>) -> io::Result<()> {
        self.scratch.clear();
        if let Some(micros) = micros {
            time::push_utc(&mut self.scratch, micros);
        }
        self.out.write_field(&self.scratch)?;
        Ok(())
    }

    fn local(&mut self, row: &EventRow) -> io::Result<()> {
        let zone = self.zones.of(&row.webhook);
        let offset = zone.offset(row.received_at);
        self.scratch.clear();
        match self.profile {
            Profile::Excel => time::push_spreadsheet(&mut self.scratch, row.received_at, offset),
            Profile::Analysis => time::push_rfc3339(&mut self.scratch, row.received_at, offset),
        }
        self.out.write_field(&self.scratch)?;
        // A fixed offset as a name begins with a sign, which a spreadsheet would calculate with.
        let sign = zone.name().starts_with(['+', '-']);
        let guard = if sign && self.profile == Profile::Excel { "'" } else { "" };
        if guard.is_empty() {
            self.out.write_field(zone.name())?;
        } else {
            self.out.write_field(format!("{guard}{}", zone.name()))?;
        }
        Ok(())
    }
}

fn writer(profile: Profile) -> csv::Writer<Vec<u8>> {
    let (quotes, terminator) = match profile {
        Profile::Excel => (QuoteStyle::Always, Terminator::CRLF),
        Profile::Analysis => (QuoteStyle::Necessary, Terminator::Any(b'\n')),
    };
    WriterBuilder::new()
        .quote_style(quotes)
        .terminator(terminator)
        .flexible(true)
        .buffer_capacity(BUFFER)
        .from_writer(Vec::with_capacity(PIECE))
}

#[cfg(test)]
pub(crate) mod tests;
