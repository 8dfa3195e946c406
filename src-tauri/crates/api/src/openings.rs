//! Problems that opened and that are in no notification yet: what is followed live and after a restart alike; and who raises the pop-ups.

use std::collections::BTreeSet;
use std::fs::{File, OpenOptions, TryLockError};

use serde_json::Value;
use store::history::Silence;
use store::rows::ProblemRow;

use crate::Monitor;
use crate::wire::ApiError;

/// The setting with the notifier's place in the log.
pub(crate) const POSITION: &str = "notifier_position";

/// The setting with the silences that are in a notification.
pub(crate) const SILENCES_TOLD: &str = "silences_told";

/// Openings looked at in one go; more are there on the next call.
const BATCH: usize = 1_000;

/// Proof that this process raises the folder's pop-ups; released when dropped or when the process dies.
#[derive(Debug)]
pub struct NotifierLock {
    _file: File,
}

/// One opening.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Unseen {
    /// The log row that opened the problem.
    pub(crate) sequence: i64,
    /// The problem.
    pub(crate) problem: ProblemRow,
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

    /// Everything that opened up to this sequence is in a notification. `None` before the first run.
    pub(crate) fn notifier_position(&self) -> Result<Option<i64>, ApiError> {
        Ok(self.state().setting(POSITION)?.and_then(|value| value.as_i64()))
    }

    /// What opened after `sequence`, oldest first, at most 1,000: ask again from the last one's sequence.
    pub(crate) fn unseen(&self, sequence: i64) -> Result<Vec<Unseen>, ApiError> {
        let rows = self.history().openings_since(sequence, BATCH)?;
        let mut seen = BTreeSet::new();
        Ok(rows
            .into_iter()
            .filter(|(opening, _)| seen.insert((opening.sequence, opening.problem)))
            .map(|(opening, problem)| Unseen { sequence: opening.sequence, problem })
            .collect())
    }

    /// Webhooks that fell silent and are in no notification, and what to keep of that under [`SILENCES_TOLD`]; `None` where nothing changed.
    pub(crate) fn unseen_silences(&self) -> Result<Option<(Vec<ProblemRow>, Value)>, ApiError> {
        let lens = self.problem_lens()?;
        let kept = self.state().setting(SILENCES_TOLD)?.and_then(|value| serde_json::from_value(value).ok());
        let told: BTreeSet<i64> = kept.unwrap_or_default();
        // What is over is forgotten: there is one a webhook at most.
        let now: BTreeSet<i64> = lens.silences.iter().map(Silence::id).collect();
        if told == now {
            return Ok(None);
        }
        let new: Vec<i64> = now.difference(&told).copied().collect();
        let newest = self.history().newest()?;
        let found = self.history().problems_as_they_are(&new, &lens)?;
        // A view that is behind does not know what came meanwhile: asked again once it is not.
        Ok((found.sequence >= newest).then(|| (found.rows, now.into_iter().collect())))
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
        drop(held);
        assert!(other.claim_notifier().unwrap().is_some());
    }
}
