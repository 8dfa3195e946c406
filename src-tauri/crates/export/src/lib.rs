//! The history as a file: CSV for Excel and for analysis, JSON Lines; streamed, with progress and cancel.
//!
//! Which rows is a query's business; where the file goes is the caller's.

use std::path::Path;
use std::sync::atomic::{AtomicBool, AtomicU64};

use store::history::Lens;
use store::{History, StoreError};
use study::Query;

/// The file format.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Format {
    /// Comma separated values.
    Csv(Profile),
    /// One JSON object a line, fields as `events --json`, plus `body` where asked for.
    JsonLines,
}

/// The two CSV profiles.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Profile {
    /// For a spreadsheet: BOM, CRLF, everything quoted, formulas inert.
    #[default]
    Excel,
    /// For a program: every value exactly as it is.
    Analysis,
}

/// What to export.
#[derive(Debug, Clone)]
pub struct Request {
    /// Which events.
    pub query: Query,
    /// Now and the viewer's zone.
    pub lens: Lens,
    /// How.
    pub format: Format,
    /// Whether bodies go along.
    pub with_body: bool,
    /// Time zone per webhook slug, for the local columns; the lens' zone where there is none.
    pub zones: std::collections::HashMap<String, jiff::tz::TimeZone>,
}

/// How far an export is. Shared with whoever shows or stops it.
#[derive(Debug, Default)]
pub struct Progress {
    /// Rows written so far.
    pub rows: AtomicU64,
    /// Set to stop it.
    pub cancel: AtomicBool,
}

/// What went wrong.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ExportError {
    /// It was cancelled; nothing stands under the final name.
    #[error("the export was cancelled; nothing was written")]
    Cancelled,
    /// The history could not be read.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The file could not be written.
    #[error("{path} cannot be written: {source}")]
    Write {
        /// Which file.
        path: String,
        /// The system's error.
        source: std::io::Error,
    },
}

/// Exports to `path`: written beside it under a temporary name, synced, then renamed over it, so that an existing file is replaced only by a whole one. Returns the rows.
///
/// # Errors
/// See [`ExportError`].
pub fn to_file(_history: &History, _request: &Request, _path: &Path, _progress: &Progress) -> Result<u64, ExportError> {
    todo!()
}

/// Exports to a writer (standard output).
///
/// # Errors
/// See [`ExportError`].
pub fn to_writer(_history: &History, _request: &Request, _out: &mut (dyn std::io::Write + Send), _progress: &Progress) -> Result<u64, ExportError> {
    todo!()
}

/// `study-189_events_2026-08-22T1405Z.csv`: the study's id where all exported events have one and the same known from the webhooks, else `events_…`. `now` is microseconds since 1970 UTC.
#[must_use]
pub fn default_name(_study_id: Option<&str>, _format: Format, _now: i64) -> String {
    todo!()
}
