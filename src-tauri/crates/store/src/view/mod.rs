//! The view: derived from the log by one projector, position and rows in one transaction; deletable at any time.

use std::sync::Arc;

use crate::{DataFolder, Log, StoreError};

/// What changed, told after the view's commit.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Change {
    /// The view holds everything up to this sequence.
    pub sequence: i64,
    /// Rows of the log not derived yet.
    pub behind: i64,
    /// Ids of problems that opened or reopened in this step, with the sequence that did it; at most 1,000, the rest is only counted.
    pub opened: Vec<Opening>,
    /// How many opened in all.
    pub opened_count: u64,
    /// A rebuild is going on: sequence reached and sequence to reach.
    pub rebuilding: Option<(i64, i64)>,
}

/// A problem that opened or reopened.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Opening {
    /// The problem's id.
    pub problem: i64,
    /// The log row that opened it.
    pub sequence: i64,
}

/// The projector thread of a receiver.
#[derive(Debug)]
pub struct Projector {}

impl Projector {
    /// Starts it: takes the projector lock, opens or rebuilds the view, then follows the log. `listen` is called on the projector's thread after each commit of the view.
    ///
    /// # Errors
    /// When the view can neither be opened nor rebuilt.
    pub fn start(_folder: &DataFolder, _log: &Log, _listen: impl Fn(&Change) + Send + 'static) -> Result<Self, StoreError> {
        todo!()
    }

    /// Stops after the batch at hand and closes the view.
    pub fn stop(self) {
        todo!()
    }
}

/// Deletes the view and derives it anew from the log, as fast as it can, reporting rows done and rows in all. Not beside a running receiver.
///
/// # Errors
/// [`StoreError::StopReceiverFirst`], or what SQLite said.
pub fn rebuild(_folder: &DataFolder, _progress: impl FnMut(i64, i64)) -> Result<i64, StoreError> {
    todo!()
}

/// A digest over the whole derived content in a fixed order, for tests that prove two views equal.
///
/// # Errors
/// When the view cannot be read.
pub fn content_digest(_folder: &DataFolder) -> Result<Arc<str>, StoreError> {
    todo!()
}
