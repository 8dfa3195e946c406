//! Events from the history to a writer: several threads read and format, this one writes in order. What a row looks like is `csv`'s and
//! `json`'s business.

use std::io::{self, Write};
use std::ops::ControlFlow;
use std::sync::atomic::Ordering;

use store::StoreError;
use store::history::{Formatter, Take};
use store::rows::EventRow;

use crate::csv::{self, Rows};
use crate::json::EventJson;
use crate::{ExportError, Format, Progress, Request};

/// Threads that read and format at most. More would wait for the one file there is.
const MOST_THREADS: usize = 4;

/// How many threads this computer has for it.
pub(crate) fn threads() -> usize {
    std::thread::available_parallelism().map_or(1, std::num::NonZero::get).min(MOST_THREADS)
}

/// Rows as bytes in the request's format.
pub(crate) enum Lines {
    /// CSV.
    Csv(Box<Rows>),
    /// JSON Lines.
    Json(Vec<u8>),
}

impl Lines {
    pub(crate) fn new(request: &Request) -> Self {
        match request.format {
            Format::Csv(profile) => Self::Csv(Box::new(Rows::new(profile, &request.zones, &request.lens.zone))),
            Format::JsonLines => Self::Json(Vec::new()),
        }
    }
}

impl Formatter for Lines {
    fn add(&mut self, row: &EventRow, body: Option<&[u8]>) {
        match self {
            Self::Csv(rows) => rows.add(row, body),
            Self::Json(out) => {
                serde_json::to_writer(&mut *out, &EventJson::new(row, body)).expect("texts and numbers are JSON");
                out.push(b'\n');
            }
        }
    }

    fn take(&mut self) -> Vec<u8> {
        match self {
            Self::Csv(rows) => rows.take(),
            Self::Json(out) => std::mem::take(out),
        }
    }
}

/// Writes what `read` gives, after what the format begins with. Returns the rows written. `name` is what the output is called in an error.
pub(crate) fn run(
    request: &Request,
    read: impl FnOnce(Take<'_>) -> Result<(), StoreError>,
    out: &mut (dyn Write + Send),
    name: &str,
    progress: &Progress,
) -> Result<u64, ExportError> {
    let written =
        |outcome: io::Result<()>| outcome.map_err(|source| ExportError::Write { path: name.to_owned(), source });
    if let Format::Csv(profile) = request.format {
        written(csv::begin(out, profile, request.with_body))?;
    }
    let mut outcome = Ok(());
    read(&mut |bytes, rows| {
        if progress.cancel.load(Ordering::Relaxed) {
            return ControlFlow::Break(());
        }
        outcome = out.write_all(bytes);
        if outcome.is_err() {
            return ControlFlow::Break(());
        }
        progress.rows.fetch_add(rows, Ordering::Relaxed);
        ControlFlow::Continue(())
    })?;
    written(outcome.and_then(|()| out.flush()))?;
    if progress.cancel.load(Ordering::Relaxed) {
        return Err(ExportError::Cancelled);
    }
    Ok(progress.rows.load(Ordering::Relaxed))
}

#[cfg(test)]
mod tests;
