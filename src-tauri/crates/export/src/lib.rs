//! The history as a file: CSV for Excel and for analysis, XLSX, JSON Lines; streamed, with progress and cancel.
//!
//! Which rows is a query's business; where the file goes is the caller's. Several threads read and format, one writes, with a
//! bounded number of rows between them, so the memory it takes does not grow with the history.

mod columns;
mod csv;
mod error;
mod file;
pub mod json;
mod name;
mod request;
mod stream;
mod text;
mod time;
mod xlsx;
mod zones;

use std::collections::HashMap;
use std::io::Write;
use std::path::Path;

use jiff::tz::TimeZone;
use store::History;
use store::history::Take;
use store::rows::EventRow;

pub use error::ExportError;
pub use json::event_json;
pub use name::default_name;
pub use request::{Format, Profile, Progress, Request};

/// Exports to `path`: written beside it under a temporary name, synced, then renamed over it, so that an existing file is replaced only by a whole one. Returns the rows.
///
/// What is there already and is no regular file (a pipe, a device) is written to as it is.
///
/// # Errors
/// See [`ExportError`]. Nothing stands under `path` then that was not there before.
pub fn to_file(history: &History, request: &Request, path: &Path, progress: &Progress) -> Result<u64, ExportError> {
    file::replace(path, |out| to_named_writer(history, request, out, &path.display().to_string(), progress))
}

/// Exports to a writer (standard output).
///
/// # Errors
/// See [`ExportError`]. What was written until then stays written.
pub fn to_writer(
    history: &History,
    request: &Request,
    out: &mut (dyn Write + Send),
    progress: &Progress,
) -> Result<u64, ExportError> {
    to_named_writer(history, request, out, "the output", progress)
}

fn to_named_writer(
    history: &History,
    request: &Request,
    out: &mut (dyn Write + Send),
    name: &str,
    progress: &Progress,
) -> Result<u64, ExportError> {
    let formatter = || stream::Lines::new(request);
    let (query, lens) = (&request.query, &request.lens);
    let read =
        |take: Take<'_>| history.format_events(query, lens, request.with_body, stream::threads(), &formatter, take);
    stream::run(request, read, out, name, progress)
}

/// One event as the row of CSV that an export would write, line end included, local times in `zone`.
#[must_use]
pub fn csv_row(profile: Profile, row: &EventRow, body: Option<&[u8]>, zone: &TimeZone) -> Vec<u8> {
    let mut rows = csv::Rows::new(profile, zones::Zones::new(&HashMap::new(), zone));
    rows.add(row, body);
    rows.take()
}
