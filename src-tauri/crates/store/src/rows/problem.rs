//! Problems, their groups and their stories.

use study::{ProblemKind, ProblemState};

/// One problem.
#[derive(Debug, Clone, PartialEq, Eq)]
#[expect(missing_docs, reason = "the field names are the contract's")]
pub struct ProblemRow {
    pub id: i64,
    pub kind: ProblemKind,
    pub state: ProblemState,
    pub webhook: String,
    pub study_id: Option<String>,
    pub subject_id: Option<String>,
    /// Label learned for the subject.
    pub subject_label: Option<String>,
    pub upload_id: Option<String>,
    pub message: Option<String>,
    pub opened_at: i64,
    pub last_at: i64,
    pub events: i64,
    pub acknowledged_by: Option<String>,
    pub acknowledged_at: Option<i64>,
    pub note: Option<String>,
    /// Put aside until then: `None` once that is past.
    pub snoozed_until: Option<i64>,
    /// The day to look again (`2026-08-27`).
    pub follow_up: Option<String>,
    /// The key of its group: its kind, a colon, its message's family.
    pub group: String,
    /// Whether a person's latest act can be taken back.
    pub undoable: bool,
}

/// Problems of one kind and one family.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ProblemGroup {
    /// See [`ProblemRow::group`].
    pub group: String,
    /// Kind of all of them.
    pub kind: ProblemKind,
    /// How many match.
    pub problems: i64,
    /// Of those, open.
    pub open: i64,
    /// Of those, acknowledged.
    pub acknowledged: i64,
    /// Subjects they are about.
    pub subjects: i64,
    /// Failing events they gather.
    pub events: i64,
    /// When the earliest opened.
    pub first_at: i64,
    /// When something last happened to one of them.
    pub last_at: i64,
    /// The newest of them, newest first.
    pub newest: Vec<ProblemRow>,
    /// Ids of all of them, newest first, at most 500.
    pub ids: Vec<i64>,
}

/// Groups, the one something last happened to first, at most 200.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ProblemGroups {
    /// The view's position.
    pub sequence: i64,
    /// The groups.
    pub groups: Vec<ProblemGroup>,
    /// Problems in all groups, also in those beyond 200.
    pub problems: i64,
    /// Problems that match and are put aside, whether or not they are among the groups.
    pub snoozed: i64,
}

/// One line of a problem's story.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StoryRow {
    /// The log row it comes from.
    pub sequence: i64,
    /// When.
    pub at: i64,
    /// `failed`, `succeeded`, `acknowledged`, `resolved`, `reopened`, `noted`, `contacted`, `snoozed`, `woken`, `taken_back`.
    pub what: String,
    /// Who, for a person's action.
    pub by: Option<String>,
    /// The message or note; of `taken_back` what was taken back.
    pub text: Option<String>,
    /// Until when it was `snoozed` (an instant, RFC 3339), or the day to look again after a contact.
    pub until: Option<String>,
}
