//! Searching: a query taken apart for chips, values to complete it with, and searches worth keeping.

use serde::{Deserialize, Serialize};
use ts_rs::TS;

use super::ApiError;

/// One term of a query as typed. Places are in UTF-16 units, as a text box counts.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, TS)]
pub struct SearchTerm {
    /// First unit of the term, its `-` included.
    pub start: u32,
    /// One past its last.
    pub end: u32,
    /// As typed.
    pub text: String,
    /// The key in lower case, without its colon; null for a word or a phrase.
    pub key: Option<String>,
    /// The value, word or phrase without its quotes.
    pub value: String,
    /// It began with `-`.
    pub excluded: bool,
}

/// A query taken apart.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, TS)]
pub struct SearchTerms {
    /// The terms that are understood, in order: all of them where `error` is null, those before the offending part otherwise.
    pub terms: Vec<SearchTerm>,
    /// What is not understood, with its place.
    pub error: Option<ApiError>,
}

/// What to propose behind a key.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, TS)]
pub struct ValuesQuery {
    /// A key that has values: `status`, `event`, `webhook`, `study`, `site`, `subject`, `upload`, `serial`.
    pub key: String,
    /// What is typed so far; any place of a value may hold it, those that begin with it come first. Letter case aside.
    pub part: String,
}

/// A value that exists.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, TS)]
pub struct KnownValue {
    /// What the query takes.
    pub value: String,
    /// What it stands for, where that says more: a subject's label, a webhook's name.
    pub label: Option<String>,
}

/// A search worth keeping.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct SavedSearch {
    /// What it is called: unique, one line, at most 60 characters.
    pub name: String,
    /// `events`, `uploads`, `problems` or `subjects`.
    pub view: String,
    /// The search box's text.
    pub query: String,
}
