//! What is counted: for Today, for whoever comes back, for the chart.

use super::{ProblemRow, StoryRow};

/// The figures of Today, counted at one position of the log.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Counts {
    /// Uploads whose state became completed since the given start of day and still is.
    pub completed_since: i64,
    /// Uploads that failed since then and still are in error.
    pub failed_since: i64,
    /// Uploads started without an end, stuck ones included.
    pub in_progress: i64,
    /// Of those, the stuck ones.
    pub stuck: i64,
    /// Open problems, stuck uploads included.
    pub open_problems: i64,
    /// Of those, put aside until later.
    pub snoozed_problems: i64,
    /// Acknowledged problems.
    pub acknowledged_problems: i64,
    /// Events of all time.
    pub events: i64,
    /// When the last arrival was received.
    pub last_arrival_at: Option<i64>,
}

/// What happened since a moment. The lists hold the newest 50 of each; the figures count all.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Changes {
    /// Deliveries received.
    pub events: i64,
    /// Uploads whose latest end came since and is a completion.
    pub completed: i64,
    /// Uploads whose latest end came since and is an error.
    pub failed: i64,
    /// Problems that opened or reopened since, whatever became of them; uploads that got stuck and still are among them.
    pub opened: i64,
    /// Of those, still open.
    pub still_open: i64,
    /// Problems resolved since and not open again.
    pub resolved: i64,
    /// Subjects first heard of since.
    pub new_subjects: i64,
    /// The problems of `opened`, the newest opening first.
    pub problems: Vec<ProblemRow>,
    /// What people did about problems, newest first.
    pub acts: Vec<ActRow>,
}

/// What a person did, and about whom.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ActRow {
    /// The act.
    pub line: StoryRow,
    /// The problem's id.
    pub problem: i64,
    /// Whom the problem is about.
    pub subject_id: Option<String>,
    /// Label learned for the subject.
    pub subject_label: Option<String>,
    /// The upload the problem is about.
    pub upload_id: Option<String>,
}

/// Uploads that ended in one slice of time, for the chart.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Ended {
    /// Completed.
    pub completed: i64,
    /// Ended in error.
    pub failed: i64,
}
