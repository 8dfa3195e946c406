//! Subjects and what is known of them.

use study::subject::SubjectStatus;

/// One subject.
#[derive(Debug, Clone, PartialEq, Eq)]
#[expect(missing_docs, reason = "the field names are the contract's")]
pub struct SubjectRow {
    /// A stable key for paging: the row's number in the view; below 0 for one that is expected and nothing was received of.
    pub id: i64,
    pub webhook: String,
    pub study_id: Option<String>,
    /// `None`: expected by its label alone.
    pub subject_id: Option<String>,
    pub label: Option<String>,
    pub site_id: Option<String>,
    pub monitor_serial: Option<String>,
    pub last_completed_at: Option<i64>,
    /// What a person declared.
    pub status: SubjectStatus,
    /// On a list of expected subjects.
    pub expected: bool,
    /// What contradicts itself: `label`, `site`, `monitor`.
    pub conflicts: Vec<&'static str>,
    /// Uploads of it.
    pub uploads: i64,
    /// Open problems of it, stuck uploads included.
    pub open_problems: i64,
    /// Minutes worn on each of the last 14 days, the viewer's yesterday last.
    pub wear: Vec<Option<i64>>,
}

/// How many subjects there are.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct SubjectCounts {
    /// Known or expected.
    pub subjects: i64,
    /// Overdue or late.
    pub overdue: i64,
}

/// A value learned about a subject.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KnownRow {
    /// `label`, `site` or `monitor`.
    pub what: &'static str,
    /// The value.
    pub value: String,
    /// When an event last said so; `None`: a person's list does.
    pub at: Option<i64>,
    /// That event's sequence.
    pub sequence: Option<i64>,
    /// The id of another subject with the same value, where that is a contradiction.
    pub shared_with: Option<String>,
}

/// What a person wrote or declared about a subject.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RemarkRow {
    /// The log row it comes from.
    pub sequence: i64,
    /// When.
    pub at: i64,
    /// `finished`, `on_leave`, `resumed`, `noted`.
    pub what: String,
    /// Who.
    pub by: String,
    /// The note.
    pub text: Option<String>,
    /// The last day on leave.
    pub until: Option<String>,
}

/// The wear time of one of a subject's days.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WearRow {
    /// `2026-08-21`, in the subject's zone.
    pub date: String,
    /// Minutes.
    pub minutes: i64,
    /// The statistic's sequence.
    pub sequence: i64,
}

/// A subject and all that is known of it, its uploads and problems aside.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SubjectDetail {
    /// The subject.
    pub row: SubjectRow,
    /// What was learned, latest first.
    pub known: Vec<KnownRow>,
    /// What people wrote, oldest first, at most the newest 1,000.
    pub remarks: Vec<RemarkRow>,
    /// Days with wear time, oldest first.
    pub wear: Vec<WearRow>,
}
