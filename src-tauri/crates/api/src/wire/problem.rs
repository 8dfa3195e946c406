//! Problems and what people do about them.

use serde::{Deserialize, Serialize};
use ts_rs::TS;

use super::SilenceDetail;

/// One problem. Fields as in `problems --json`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, TS)]
#[expect(missing_docs, reason = "the field names are the contract's")]
pub struct ProblemRow {
    #[ts(type = "number")]
    pub id: i64,
    /// `upload_error`, `processing_error`, `unreadable`, `stuck_upload` or `silence`.
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
    /// Put aside until then; null once that moment is past. A new failure ends it, too.
    pub snoozed_until: Option<String>,
    /// The day (`2026-08-27`) somebody promised to look again, from the contact log's latest entry.
    pub follow_up: Option<String>,
    /// What problems of the same kind and the same message (numbers, ids and letter case aside) have in common: the key of their group.
    pub group: String,
}

/// Which groups of problems.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize, TS)]
pub struct GroupQuery {
    /// The search box's text.
    pub query: String,
    /// Whether problems put aside until later are among them.
    pub snoozed: bool,
}

/// Problems with the same normalised message: one card of the inbox.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, TS)]
pub struct ProblemGroup {
    /// See [`ProblemRow::group`].
    pub group: String,
    /// Kind of all of them.
    pub kind: String,
    /// The latest one's message, as the vendor wrote it.
    pub message: Option<String>,
    /// How many match the query.
    #[ts(type = "number")]
    pub problems: i64,
    /// Of those, open.
    #[ts(type = "number")]
    pub open: i64,
    /// Of those, acknowledged.
    #[ts(type = "number")]
    pub acknowledged: i64,
    /// How many subjects they are about.
    #[ts(type = "number")]
    pub subjects: i64,
    /// How many failing events they gather.
    #[ts(type = "number")]
    pub events: i64,
    /// When the earliest of them opened.
    pub first_at: String,
    /// When something last happened to one of them.
    pub last_at: String,
    /// Its newest problems, at most 100, newest first.
    pub newest: Vec<ProblemRow>,
    /// The ids of all of them, newest first, at most 500: what a bulk act is about.
    #[ts(type = "number[]")]
    pub ids: Vec<i64>,
}

/// Groups, the one something last happened to first; at most 200.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, TS)]
pub struct GroupPage {
    /// Everything up to this sequence was considered.
    #[ts(type = "number")]
    pub sequence: i64,
    /// The groups.
    pub groups: Vec<ProblemGroup>,
    /// Problems in all groups, also in those beyond 200.
    #[ts(type = "number")]
    pub problems: i64,
    /// Problems put aside that match the query, whether or not they are among the groups.
    #[ts(type = "number")]
    pub snoozed: i64,
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
    /// `failed`, `succeeded`, `acknowledged`, `resolved`, `reopened`, `noted`, `contacted`, `snoozed`, `woken`, `taken_back`; of
    /// subjects also `finished`, `on_leave`, `resumed`.
    pub what: String,
    /// Who, for a person's action.
    pub by: Option<String>,
    /// The message or note; of `taken_back` what was taken back.
    pub text: Option<String>,
    /// Until when, for `snoozed` (an instant) and `on_leave` (a day); the day to follow up, for `contacted`.
    pub until: Option<String>,
}

/// A problem with its story and the latest event behind it.
#[derive(Debug, Clone, PartialEq, Serialize, TS)]
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
    /// What is known of a webhook's silence; null for other kinds.
    pub silence: Option<SilenceDetail>,
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
    /// Write down that somebody was spoken to, with a day to follow up where `until` names one.
    Contact,
    /// Put it aside `until` an instant.
    Snooze,
    /// Take the snooze back.
    Wake,
    /// Undo the latest acknowledgement, resolution or snooze of a person: the state before it stands again.
    TakeBack,
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
    /// The note; needed for `note` and `contact`.
    pub note: Option<String>,
    /// Of `snooze`: an RFC 3339 instant in the future (needed). Of `contact`: a day (`2026-08-27`) or null.
    pub until: Option<String>,
}

/// What an act changed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, TS)]
pub struct ProblemActed {
    /// The problems that changed: what an undo is about.
    #[ts(type = "number[]")]
    pub ids: Vec<i64>,
}
