//! Events from the history to a writer: several threads read and format, this one writes in order. What a row looks like is `csv`'s,
//! `xlsx`'s and `json`'s business.

use std::io::{self, Write};
use std::ops::ControlFlow;
use std::sync::atomic::Ordering;

use store::StoreError;
use store::history::{Formatter, Take};
use store::rows::EventRow;

use crate::json::EventJson;
use crate::xlsx::Book;
use crate::zones::Zones;
use crate::{ExportError, Format, Progress, Request, csv, xlsx};

/// Threads that read and format at most. More would wait for the one file there is.
const MOST_THREADS: usize = 4;

/// How many threads this computer has for it.
pub(crate) fn threads() -> usize {
    std::thread::available_parallelism().map_or(1, std::num::NonZero::get).min(MOST_THREADS)
}

/// Rows as bytes in the request's format.
pub(crate) enum Lines {
    /// CSV.
    Csv(Box<csv::Rows>),
    /// Rows of a sheet.
    Xlsx(Box<xlsx::Rows>),
    /// JSON Lines.
    Json(Vec<u8>),
}

impl Lines {
    pub(crate) fn new(request: &Request) -> Self {
        let zones = || Zones::new(&request.zones, &request.lens.zone);
        match request.format {
            Format::Csv(profile) => Self::Csv(Box::new(csv::Rows::new(profile, zones()))),
            Format::Xlsx => Self::Xlsx(Box::new(xlsx::Rows::new(zones()))),
            Format::JsonLines => Self::Json(Vec::new()),
        }
    }
}

impl Formatter for Lines {
    fn add(&mut self, row: &EventRow, body: Option<&[u8]>) {
        match self {
            Self::Csv(rows) => rows.add(row, body),
            Self::Xlsx(rows) => rows.add(row, body),
            Self::Json(out) => {
                serde_json::to_writer(&mut *out, &EventJson::new(row, body)).expect("texts and numbers are JSON");
                out.push(b'\n');
            }
        }
    }

    fn take(&mut self) -> Vec<u8> {
        match self {
            Self::Csv(rows) => rows.take(),
            Self::Xlsx(rows) => rows.take(),
            Self::Json(out) => std::mem::take(out),
        }
    }
}

/// Where formatted rows go.
enum Sink<'o> {
    /// One after another, as they are.
    Lines(&'o mut (dyn Write + Send)),
    /// Into a workbook.
    Book(Box<Book<'o>>),
}

impl<'o> Sink<'o> {
    /// Writes what the format begins with.
    fn begin(request: &Request, out: &'o mut (dyn Write + Send)) -> io::Result<Self> {
        match request.format {
            Format::Csv(profile) => csv::begin(out, profile, request.with_body)?,
            Format::JsonLines => {}
            Format::Xlsx => return Ok(Self::Book(Box::new(Book::begin(out, request.with_body)?))),
        }
        Ok(Self::Lines(out))
    }

    fn add(&mut self, bytes: &[u8]) -> io::Result<()> {
        match self {
            Self::Lines(out) => out.write_all(bytes),
            Self::Book(book) => book.add(bytes),
        }
    }

    /// Writes what the format ends with.
    fn finish(self) -> io::Result<()> {
        match self {
            Self::Lines(out) => out.flush(),
            Self::Book(book) => book.finish(),
        }
    }
}

/// Writes what `read` gives, between what the format begins and ends with. Returns the rows written. `name` is what the output is called in an error.
pub(crate) fn run(
    request: &Request,
    read: impl FnOnce(Take<'_>) -> Result<(), StoreError>,
    out: &mut (dyn Write + Send),
    name: &str,
    progress: &Progress,
) -> Result<u64, ExportError> {
    let failed = |source: io::Error| ExportError::Write { path: name.to_owned(), source };
    let mut sink = Sink::begin(request, out).map_err(failed)?;
    let mut outcome = Ok(());
    read(&mut |bytes, rows| {
        if progress.cancel.load(Ordering::Relaxed) {
            return ControlFlow::Break(());
        }
        outcome = sink.add(bytes);
        if outcome.is_err() {
            return ControlFlow::Break(());
        }
        progress.rows.fetch_add(rows, Ordering::Relaxed);
        ControlFlow::Continue(())
    })?;
    outcome.map_err(failed)?;
    if progress.cancel.load(Ordering::Relaxed) {
        return Err(ExportError::Cancelled);
    }
    sink.finish().map_err(failed)?;
    Ok(progress.rows.load(Ordering::Relaxed))
}

#[cfg(test)]
mod tests;
