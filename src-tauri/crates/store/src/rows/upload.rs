//! Uploads, with their lives.

use study::{ProblemState, UploadState};

/// One upload with its life.
#[derive(Debug, Clone, PartialEq, Eq)]
#[expect(missing_docs, reason = "the field names are the contract's")]
pub struct UploadRow {
    /// A stable key for paging: the row's number in the view.
    pub id: i64,
    pub webhook: String,
    pub study_id: Option<String>,
    pub subject_id: Option<String>,
    /// Label learned for the subject.
    pub subject_label: Option<String>,
    pub upload_id: String,
    pub state: UploadState,
    pub started_at: Option<i64>,
    pub finished_at: Option<i64>,
    pub message: Option<String>,
    pub events: i64,
    pub problem: Option<ProblemState>,
    pub problem_id: Option<i64>,
    /// When the last event of it was received.
    pub last_at: i64,
    /// Sequence of the last event of it.
    pub last_sequence: i64,
    /// Started, no end, for longer than the threshold.
    pub stuck: bool,
    /// Its newest events, oldest first; at most [`MOST_STEPS`].
    pub life: Vec<LifeStep>,
    /// Arrivals of all its events, repeated attempts included.
    pub attempts: i64,
    /// Completed, after an error.
    pub recovered: bool,
    /// In error, after it had been completed.
    pub regressed: bool,
}

/// [`UploadRow::life`] holds at most this many.
pub const MOST_STEPS: usize = 12;

/// One event in an upload's life.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct LifeStep {
    /// The event's place in the log.
    pub sequence: i64,
    /// When it was received; of one from CentrePoint's history, when it was made.
    pub at: i64,
    /// What it said.
    pub state: UploadState,
    /// It was brought in from CentrePoint's history.
    pub past: bool,
}
