//! Uploads, and what every list is asked with.

use serde::{Deserialize, Serialize};
use ts_rs::TS;

/// Which uploads, problems or subjects.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize, TS)]
pub struct ListQuery {
    /// The search box's text.
    pub query: String,
    /// Only what comes after the row with this `key` in the list's order.
    #[ts(type = "number | null")]
    pub before: Option<i64>,
    /// At most this many, 1 to 1,000.
    pub limit: u32,
}

/// Which list is counted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, TS)]
#[serde(rename_all = "lowercase")]
pub enum Counting {
    /// Uploads.
    Uploads,
    /// Problems, stuck uploads included.
    Problems,
}

/// How many rows of a list match.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, TS)]
pub struct Counted {
    /// Those that were counted, 10,000 at most.
    #[ts(type = "number")]
    pub rows: i64,
    /// There are more.
    pub more: bool,
}

/// One upload. Fields as in `uploads --json`, and what the lists show beside them.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, TS)]
#[expect(missing_docs, reason = "the field names are the contract's")]
pub struct UploadRow {
    /// For paging.
    #[ts(type = "number")]
    pub key: i64,
    pub webhook: String,
    pub study_id: Option<String>,
    pub subject_id: Option<String>,
    pub subject_label: Option<String>,
    pub upload_id: String,
    pub state: String,
    pub started_at: Option<String>,
    pub finished_at: Option<String>,
    pub last_at: String,
    pub message: Option<String>,
    #[ts(type = "number")]
    pub events: i64,
    pub problem: Option<String>,
    #[ts(type = "number | null")]
    pub problem_id: Option<i64>,
    pub stuck: bool,
    /// Sequence of its latest event, to open it.
    #[ts(type = "number")]
    pub last_sequence: i64,
    /// Its life: the newest 12 events, oldest first.
    pub life: Vec<LifeStep>,
    /// Arrivals of all its events, repeated attempts included.
    #[ts(type = "number")]
    pub attempts: i64,
    /// From its first `started` to its latest end; null while one is missing or the end came first.
    #[ts(type = "number | null")]
    pub duration_seconds: Option<i64>,
    /// Completed, after an error.
    pub recovered: bool,
    /// In error, after it had been completed.
    pub regressed: bool,
}

/// One event in an upload's life.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, TS)]
pub struct LifeStep {
    /// The event's sequence, to open it.
    #[ts(type = "number")]
    pub sequence: i64,
    /// When it was received.
    pub at: String,
    /// `started`, `completed` or `error`.
    pub state: String,
}

/// A page of uploads, latest event first.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, TS)]
pub struct UploadPage {
    /// Everything up to this sequence was considered.
    #[ts(type = "number")]
    pub sequence: i64,
    /// The rows.
    pub rows: Vec<UploadRow>,
}
