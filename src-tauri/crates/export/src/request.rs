//! What an export is asked for, and how far it is.

use std::collections::HashMap;
use std::sync::atomic::{AtomicBool, AtomicU64};

use jiff::tz::TimeZone;
use store::history::Lens;
use study::Query;

/// The file format.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Format {
    /// Comma separated values.
    Csv(Profile),
    /// An Excel workbook, continued on further sheets where one is full.
    Xlsx,
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
    pub zones: HashMap<String, TimeZone>,
}

/// How far an export is. Shared with whoever shows or stops it.
#[derive(Debug, Default)]
pub struct Progress {
    /// Rows written so far.
    pub rows: AtomicU64,
    /// Set to stop it.
    pub cancel: AtomicBool,
}
