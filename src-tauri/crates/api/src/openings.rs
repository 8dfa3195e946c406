//! Problems that opened and that nobody was told of yet: what the notifier follows, live and after a restart alike.

use std::collections::BTreeSet;
use std::fs::{File, OpenOptions, TryLockError};

use store::rows::ProblemRow;

use crate::Monitor;
use crate::wire::ApiError;

/// The setting with the notifier's place in the log.
const POSITION: &str = "notifier_position";

/// The setting with the silences that somebody was told of.
const SILENCES_TOLD: &str = "silences_told";

/// Openings looked at in one go; more are there on the next call.
const BATCH: usize = 1_000;

/// Proof that this process raises the folder's pop-ups; released when dropped or when the process dies.
#[derive(Debug)]
pub struct NotifierLock {
    _file: File,
}

/// One opening, as a pop-up needs it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Unseen {
    /// The log row that opened the problem.
    pub sequence: i64,
    /// The problem's id.
    pub problem: i64,
    /// `upload_error`, `processing_error`, `unreadable`, `silence`.
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
    /// Claims the folder's pop-ups, at once; `None` while another process raises them, so that two windows do not both ring.
    ///
    /// # Errors
    /// When the lock's file cannot be used.
    pub fn claim_notifier(&self) -> Result<Option<NotifierLock>, ApiError> {
        let path = self.data_folder().join("notifier.lock");
        let failed = |error| ApiError::failed(format!("{} cannot be used: {error}", path.display()));
        let file = OpenOptions::new().create(true).truncate(false).write(true).open(&path).map_err(failed)?;
        match file.try_lock() {
            Ok(()) => Ok(Some(NotifierLock { _file: file })),
            Err(TryLockError::WouldBlock) => Ok(None),
            Err(TryLockError::Error(error)) => Err(failed(error)),
        }
    }

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

impl Monitor {
    /// Webhooks that fell silent and that nobody was told of; they are taken as told from now on. They have no row in the log: `sequence` is
    /// given to them, as what the notifier has read.
    ///
    /// # Errors
    /// `behind`, or what SQLite said.
    pub fn unseen_silences(&self, sequence: i64) -> Result<Vec<Unseen>, ApiError> {
        let lens = self.problem_lens()?;
        let ids: Vec<i64> = lens.silences.iter().map(store::history::Silence::id).collect();
        let kept = self.state().setting(SILENCES_TOLD)?.and_then(|value| serde_json::from_value(value).ok());
        let told: BTreeSet<i64> = kept.unwrap_or_default();
        // What is over is forgotten: there is one a webhook at most.
        let now: BTreeSet<i64> = ids.iter().copied().collect();
        if told == now {
            return Ok(Vec::new());
        }
        let new: Vec<i64> = now.difference(&told).copied().collect();
        let rows = self.history().problems_of(&new, &lens)?;
        self.state().set_setting(SILENCES_TOLD, &serde_json::to_value(&now).unwrap_or_default())?;
        Ok(rows.into_iter().map(|row| unseen(sequence, row)).collect())
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

#[cfg(test)]
mod tests {
    use crate::testing::Bench;

    #[test]
    fn only_one_process_raises_pop_ups_and_the_next_takes_over() {
        let bench = Bench::new();
        let (one, other) = (bench.monitor(), bench.another());
        let held = one.claim_notifier().unwrap();
        assert!(held.is_some());
        assert!(other.claim_notifier().unwrap().is_none());
        one.set_notifier_position(7).unwrap();
        drop(held);
        assert!(other.claim_notifier().unwrap().is_some());
        assert_eq!(other.notifier_position().unwrap(), Some(7));
    }
}
