//! The one search language of the search box, `--query` and export, parsed here once; `store` compiles it to SQL.
//!
//! Terms stand apart by white space and must all hold. A term is a word, a `"phrase in quotes"` (a quote inside it is
//! doubled) or `key:value`, where the value may be in quotes too; `-` before any of them excludes. A word with a colon is taken
//! for `key:value` when a letter begins it: `foo:bar` is an unknown key, `12:30` and `2016-06-14T20:46` are plain text.
//! The same key twice is OR, so several `after:` mean the earliest and several `before:` the latest; that choice is `store`'s.

mod display;
mod parse;
mod typed;

pub use typed::{Typed, TypedTerm};

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
    /// The words as typed; several make a phrase. Holds at least one letter or digit and no control character.
    pub phrase: String,
    /// `-word`: must not be found.
    pub excluded: bool,
}

/// A key and its alternatives.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KeyTerm {
    /// Which column.
    pub key: Key,
    /// Exact values; of `status:` and `event:` in lower case.
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
    /// Is a webhook of which nothing came for longer than usual. No event and no upload is.
    Silent,
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
    /// Most terms of one query. What `SQLite` is asked for stays far below its own limits.
    pub const MAX_TERMS: usize = 64;
    /// Longest word, phrase or value, in characters.
    pub const MAX_VALUE_CHARACTERS: usize = 256;

    /// Parses `text`. [`Query`]'s `Display` gives a canonical text that parses to the same query.
    ///
    /// # Errors
    /// An unknown key, a value `is:` does not have, a bad date, an unclosed quote, a key without a value, a word without a
    /// letter or digit (which a full-text search could never find), more than [`Query::MAX_TERMS`] terms, a value longer than
    /// [`Query::MAX_VALUE_CHARACTERS`]: with the place.
    pub fn parse(text: &str) -> Result<Self, QueryError> {
        parse::parse(text, |_| ())
    }

    /// Whether it holds for everything.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }
}

impl std::str::FromStr for Query {
    type Err = QueryError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        Self::parse(text)
    }
}

impl Key {
    /// Every key, in the order they are named to a person.
    pub const ALL: [Self; 9] = [
        Self::Status,
        Self::Event,
        Self::Webhook,
        Self::Study,
        Self::Site,
        Self::Subject,
        Self::Upload,
        Self::Serial,
        Self::Delivery,
    ];

    /// The key as typed, without its colon.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Status => "status",
            Self::Event => "event",
            Self::Webhook => "webhook",
            Self::Study => "study",
            Self::Site => "site",
            Self::Subject => "subject",
            Self::Upload => "upload",
            Self::Serial => "serial",
            Self::Delivery => "delivery",
        }
    }

    /// `value` as the history has it: status words in lower case, a known event's name as CentrePoint writes it, anything else as it is.
    fn normal(self, value: &str) -> String {
        match self {
            Self::Status => value.to_lowercase(),
            Self::Event => match centrepoint::EventKind::from_name(value).as_str() {
                "" => value.to_owned(),
                name => name.to_owned(),
            },
            _ => value.to_owned(),
        }
    }
}

impl Is {
    /// Every value of `is:`, in the order they are named to a person.
    pub const ALL: [Self; 8] = [
        Self::Error,
        Self::Open,
        Self::Acknowledged,
        Self::Resolved,
        Self::Stuck,
        Self::Silent,
        Self::Repeat,
        Self::Unreadable,
    ];

    /// The value as typed.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Error => "error",
            Self::Open => "open",
            Self::Acknowledged => "acknowledged",
            Self::Resolved => "resolved",
            Self::Stuck => "stuck",
            Self::Silent => "silent",
            Self::Repeat => "repeat",
            Self::Unreadable => "unreadable",
        }
    }
}

#[cfg(test)]
mod tests;
