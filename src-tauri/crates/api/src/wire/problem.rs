//! Problems and what people do about them.

use serde::{Deserialize, Serialize};
use ts_rs::TS;

/// One problem. Fields as in `problems --json`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, TS)]
#[expect(missing_docs, reason = "the field names are the contract's")]
pub struct ProblemRow {
    #[ts(type = "number")]
    pub id: i64,
    /// `upload_error`, `processing_error`, `unreadable` or `stuck_upload`.
    pub kind: String,
    /// `open`, `acknowledged` or `resolved`.
    pub state: String,
    pub webhook: String,
    pub study_id: Option<String>,
    pub subject_id: Option<String>,
    pub subject_label: Option<String>,
    pub upload_id: Option<String>,
    pub message: Option<String>,
    pub opened_at: String,
    pub last_at: String,
    #[ts(type = "number")]
    pub events: i64,
    pub acknowledged_by: Option<String>,
    pub acknowledged_at: Option<String>,
    pub note: Option<String>,
}

/// A page of problems, newest first.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, TS)]
pub struct ProblemPage {
    /// Everything up to this sequence was considered.
    #[ts(type = "number")]
    pub sequence: i64,
    /// The rows.
    pub rows: Vec<ProblemRow>,
}

/// One line of a problem's story.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, TS)]
pub struct StoryLine {
    /// The log row it comes from; an event of that sequence can be opened when `by` is null.
    #[ts(type = "number")]
    pub sequence: i64,
    /// When.
    pub at: String,
    /// `failed`, `succeeded`, `acknowledged`, `resolved`, `reopened`, `noted`.
    pub what: String,
    /// Who, for a person's action.
    pub by: Option<String>,
    /// The message or note.
    pub text: Option<String>,
}

/// A problem with its story and the latest event behind it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, TS)]
pub struct ProblemDetail {
    /// The problem.
    pub row: ProblemRow,
    /// Oldest first.
    pub story: Vec<StoryLine>,
    /// The latest failing event's delivery id, vendor webhook id and time, for a message to ActiGraph support.
    pub delivery_id: Option<String>,
    /// See above.
    pub vendor_webhook_id: Option<String>,
    /// See above.
    pub event_received_at: Option<String>,
    /// Sequence of that event.
    #[ts(type = "number | null")]
    pub event_sequence: Option<i64>,
}

/// What a person does about problems.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, TS)]
#[serde(rename_all = "snake_case")]
pub enum ProblemActKind {
    /// Take it on.
    Acknowledge,
    /// Declare it over.
    Resolve,
    /// Take that back.
    Reopen,
    /// Write something down.
    Note,
}

/// One act on one or several problems. Each becomes an action of its own in the log.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, TS)]
pub struct ProblemAct {
    /// The problems' ids, at most 500.
    #[ts(type = "number[]")]
    pub ids: Vec<i64>,
    /// What.
    pub act: ProblemActKind,
    /// Who; kept as the settings' operator name when that is empty.
    pub by: String,
    /// The note; needed for `note`.
    pub note: Option<String>,
}
