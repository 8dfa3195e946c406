//! Subjects: the board, one subject's page, and what is imported about them.

use serde::{Deserialize, Serialize};
use ts_rs::TS;

use super::{ProblemRow, StoryLine, UploadRow};

/// One subject. Fields as in `subjects --json`, and what the board shows beside them.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, TS)]
#[expect(missing_docs, reason = "the field names are the contract's")]
pub struct SubjectRow {
    /// For paging, and to open it. Below 0: expected, nothing was received of it yet.
    #[ts(type = "number")]
    pub key: i64,
    pub webhook: String,
    pub study_id: Option<String>,
    /// Null for one that is expected by its label alone.
    pub subject_id: Option<String>,
    /// As imported, else as learned latest.
    pub label: Option<String>,
    pub site_id: Option<String>,
    pub monitor_serial: Option<String>,
    pub last_completed_at: Option<String>,
    /// `current`, `overdue`, `late` (by the webhook's two levels), `no_upload` (none completed yet), `finished` or `on_leave`.
    pub state: String,
    /// Whole days of 24 hours since the latest completed upload.
    #[ts(type = "number | null")]
    pub days_since: Option<i64>,
    /// The last day on leave (`2026-08-27`), where there is one.
    pub on_leave_until: Option<String>,
    /// It is on an imported list of expected subjects.
    pub expected: bool,
    /// What was learned and contradicts itself: `label`, `site`, `monitor`.
    pub conflicts: Vec<String>,
    /// Uploads of it.
    #[ts(type = "number")]
    pub uploads: i64,
    /// Open problems of it, stuck uploads included.
    #[ts(type = "number")]
    pub open_problems: i64,
    /// Minutes worn on each of the last 14 days, the viewer's yesterday last; null: no data.
    #[ts(type = "(number | null)[]")]
    pub wear: Vec<Option<i64>>,
}

/// A page of subjects, latest activity first, expected ones nothing was received of at the end.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, TS)]
pub struct SubjectPage {
    /// Everything up to this sequence was considered.
    #[ts(type = "number")]
    pub sequence: i64,
    /// The rows.
    pub rows: Vec<SubjectRow>,
    /// The day (`2026-08-21`) of the last entry of each row's `wear`.
    pub wear_until: String,
}

/// A value once learned about a subject.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, TS)]
pub struct Known {
    /// `label`, `site` or `monitor`.
    pub what: String,
    /// The value, as sent.
    pub value: String,
    /// When an event last said so; null for an imported one.
    pub at: Option<String>,
    /// The event's sequence, to open it; null for an imported one.
    #[ts(type = "number | null")]
    pub sequence: Option<i64>,
    /// Why it stands in question, in plain words: another value came later, or another subject has the same.
    pub conflict: Option<String>,
}

/// The wear time of one of the subject's days.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, TS)]
pub struct WearDay {
    /// `2026-08-21`, in the subject's zone.
    pub date: String,
    /// Minutes worn, 0 to 1,500 (a day of 25 hours), from the latest daily statistics of that day.
    #[ts(type = "number")]
    pub minutes: i64,
    /// That event's sequence.
    #[ts(type = "number")]
    pub sequence: i64,
}

/// One subject's page.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, TS)]
pub struct SubjectDetail {
    /// The subject.
    pub row: SubjectRow,
    /// Everything learned about it, latest first.
    pub known: Vec<Known>,
    /// Its uploads, latest first, at most 100.
    pub uploads: Vec<UploadRow>,
    /// Its problems, newest first, at most 100.
    pub problems: Vec<ProblemRow>,
    /// What people wrote and did, oldest first.
    pub notes: Vec<StoryLine>,
    /// Its days with wear time, oldest first: those of the last 400 days. A day that is not there has no data.
    pub wear: Vec<WearDay>,
    /// Minutes from which a day counts as worn: the webhook's threshold.
    #[ts(type = "number")]
    pub wear_threshold: i64,
}

/// What a person does about a subject.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, TS)]
#[serde(rename_all = "snake_case")]
pub enum SubjectActKind {
    /// Its part in the study is over: never overdue again.
    Finish,
    /// It does not wear the monitor until the day in `until`, that day included (null: until resumed).
    Leave,
    /// Back to normal.
    Resume,
    /// Write something down.
    Note,
}

/// One act on one or several subjects. Each becomes an action of its own in the log.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, TS)]
pub struct SubjectAct {
    /// The subjects' keys, at most 500.
    #[ts(type = "number[]")]
    pub keys: Vec<i64>,
    /// What.
    pub act: SubjectActKind,
    /// Who; as with problems.
    pub by: String,
    /// Of `leave`: the last day.
    pub until: Option<String>,
    /// The note; needed for `note`.
    pub note: Option<String>,
}

/// A CSV file of expected subjects and their labels.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, TS)]
pub struct SubjectImport {
    /// The file's path, as chosen.
    pub path: String,
    /// The webhook's slug.
    pub webhook: String,
    /// Only say what would happen.
    pub dry_run: bool,
    /// Who; as with problems.
    pub by: String,
}

/// One line of an import.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, TS)]
pub struct ImportedSubject {
    /// The line in the file, from 1.
    pub line: u32,
    /// CentrePoint's subject id, as text.
    pub subject_id: Option<String>,
    /// The label, as text: leading zeros stay.
    pub label: Option<String>,
    /// The site.
    pub site_id: Option<String>,
    /// `new` (nothing was known), `changed`, `same`.
    pub outcome: String,
}

/// A line that cannot be used.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, TS)]
pub struct ImportProblem {
    /// The line in the file, from 1.
    pub line: u32,
    /// Why, and what to do, in plain words.
    pub message: String,
}

/// What an import does or did.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, TS)]
pub struct ImportReport {
    /// Lines with a subject.
    pub rows: u32,
    /// Of those, subjects not known so far.
    pub new: u32,
    /// Of those, what changes.
    pub changed: u32,
    /// The first 200 of them.
    pub sample: Vec<ImportedSubject>,
    /// The first 100 lines that cannot be used. With any of these nothing is imported.
    pub problems: Vec<ImportProblem>,
    /// Which heading was taken for what, e.g. `Subject → subject id`.
    pub columns: Vec<String>,
}
