//! Problems that opened and that nobody was told of yet: what the notifier follows, live and after a restart alike.

use std::collections::BTreeSet;

use store::rows::ProblemRow;

use crate::Monitor;
use crate::wire::ApiError;

/// The setting with the notifier's place in the log.
const POSITION: &str = "notifier_position";

/// Openings looked at in one go; more are there on the next call.
const BATCH: usize = 1_000;

/// One opening, as a pop-up needs it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Unseen {
    /// The log row that opened the problem.
    pub sequence: i64,
    /// The problem's id.
    pub problem: i64,
    /// `upload_error`, `processing_error`, `unreadable`.
    pub kind: String,
    /// CentrePoint's study id.
    pub study_id: Option<String>,
    /// CentrePoint's subject id.
    pub subject_id: Option<String>,
    /// The subject's label.
    pub subject_label: Option<String>,
    /// The vendor's message.
    pub message: Option<String>,
    /// Whether it still is open: what was settled meanwhile needs no pop-up.
    pub open: bool,
}

impl Monitor {
    /// Where the notifier stands: everything up to this sequence was shown. `None` before its first run.
    ///
    /// # Errors
    /// What SQLite said.
    pub fn notifier_position(&self) -> Result<Option<i64>, ApiError> {
        Ok(self.state().setting(POSITION)?.and_then(|value| value.as_i64()))
    }

    /// Everything up to `sequence` was shown.
    ///
    /// # Errors
    /// What SQLite said.
    pub fn set_notifier_position(&self, sequence: i64) -> Result<(), ApiError> {
        Ok(self.state().set_setting(POSITION, &sequence.into())?)
    }

    /// What opened after `sequence`, oldest first, at most 1,000: ask again from the last one's sequence.
    ///
    /// # Errors
    /// `behind`, or what SQLite said.
    pub fn unseen(&self, sequence: i64) -> Result<Vec<Unseen>, ApiError> {
        let rows = self.history().openings_since(sequence, BATCH)?;
        let mut seen = BTreeSet::new();
        Ok(rows
            .into_iter()
            .filter(|(opening, _)| seen.insert((opening.sequence, opening.problem)))
            .map(|(opening, row)| unseen(opening.sequence, row))
            .collect())
    }
}

fn unseen(sequence: i64, row: ProblemRow) -> Unseen {
    Unseen {
        sequence,
        problem: row.id,
        kind: row.kind.as_str().to_owned(),
        study_id: row.study_id,
        subject_id: row.subject_id,
        subject_label: row.subject_label,
        message: row.message,
        open: row.state == study::ProblemState::Open,
    }
}
