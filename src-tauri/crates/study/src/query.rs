//! The one search language of the search box, `--query` and export, parsed here once; `store` compiles it to SQL.

use jiff::civil::Date;

/// A parsed query: every group must hold. An empty query holds for everything.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Query {
    /// Words and phrases that must be found (whole tokens; full-text search over values).
    pub texts: Vec<Text>,
    /// Key terms, gathered by key: the values of one key are alternatives, keys combine with AND. In order of first appearance.
    pub keys: Vec<KeyTerm>,
    /// Excluded values (`-key:value`): none may hold.
    pub excluded: Vec<(Key, String)>,
    /// `is:` terms: alternatives of one key like the others.
    pub is: Vec<Is>,
    /// `-is:` terms: none may hold.
    pub is_not: Vec<Is>,
    /// `after:` that day on, `before:` up to, not with, that day; in the viewer's zone.
    pub after: Vec<Date>,
    /// See `after`.
    pub before: Vec<Date>,
}

/// One full-text term.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Text {
    /// The words as typed; several make a phrase.
    pub phrase: String,
    /// `-word`: must not be found.
    pub excluded: bool,
}

/// A key and its alternatives.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KeyTerm {
    /// Which column.
    pub key: Key,
    /// Exact values.
    pub values: Vec<String>,
}

/// The keys with exact values.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Key {
    /// `status:`
    Status,
    /// `event:`
    Event,
    /// `webhook:`
    Webhook,
    /// `study:`
    Study,
    /// `site:`
    Site,
    /// `subject:` (id or identifier)
    Subject,
    /// `upload:`
    Upload,
    /// `serial:`
    Serial,
    /// `delivery:`
    Delivery,
}

/// The values of `is:`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Is {
    /// Says that something failed.
    Error,
    /// Belongs to an open problem.
    Open,
    /// Belongs to an acknowledged problem.
    Acknowledged,
    /// Belongs to a resolved problem.
    Resolved,
    /// Belongs to an upload that started and has no end for longer than the threshold.
    Stuck,
    /// The same body came before under another delivery id.
    Repeat,
    /// Not a JSON object.
    Unreadable,
}

/// What could not be understood, and where.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{message} (at character {})", .start + 1)]
pub struct QueryError {
    /// In plain words, with what would have been understood.
    pub message: String,
    /// First character (not byte) of the offending part, from 0.
    pub start: usize,
    /// One past its last character.
    pub end: usize,
}

impl Query {
    /// Parses `text`.
    ///
    /// # Errors
    /// An unknown key, a value `is:` does not have, a bad date, an unclosed quote, a key without a value: with the place.
    pub fn parse(_text: &str) -> Result<Self, QueryError> {
        todo!()
    }
}
