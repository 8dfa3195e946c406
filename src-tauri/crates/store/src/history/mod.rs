//! Questions to the view, answered for at least everything acknowledged before they were asked.

mod at;
mod away;
mod bits;
mod changes;
mod counts;
mod days;
mod drive;
mod each;
mod events;
mod expected;
mod found;
mod groups;
mod lists;
mod marks;
mod past;
mod problems;
mod readers;
mod silent;
mod sql;
mod subject;
mod subjects;
mod suggest;
mod terms;
mod uploads;
mod waiting;
mod words;

use std::sync::Arc;

use study::{Clock, Query};

pub use self::away::WhichAway;
pub use self::each::{Formatter, Take};
pub use self::past::UploadEnd;
pub(crate) use self::readers::Readers;
pub use self::silent::Silence;
pub use self::subjects::{Overdue, wear_until};
pub use self::suggest::Suggestion;
use self::terms::StuckBefore;
pub use self::waiting::Unattended;
use crate::{DataFolder, StoreError};

/// Readers on their own connections (a small bounded pool). Cheap to clone. Blocking: call it off the async runtime.
#[derive(Clone)]
pub struct History {
    readers: Readers,
    clock: Arc<dyn Clock>,
}

impl std::fmt::Debug for History {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("History").field("readers", &self.readers).finish_non_exhaustive()
    }
}

/// Which page of a list, and how answers that depend on the clock or the zone are computed.
#[derive(Debug, Clone)]
pub struct Page {
    /// The parsed query.
    pub query: Query,
    /// Only rows with a key lower than this (older), newest first.
    pub before: Option<i64>,
    /// Only rows with a key higher than this (newer).
    pub after: Option<i64>,
    /// At most this many rows.
    pub limit: usize,
}

/// Rows and where they stand.
#[derive(Debug, Clone)]
pub struct Rows<T> {
    /// The view's position when it answered: everything up to this sequence is considered.
    pub sequence: i64,
    /// The rows.
    pub rows: Vec<T>,
}

/// How many rows of a list match.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Counted {
    /// Those that were counted.
    pub rows: i64,
    /// There are more than were to be counted.
    pub more: bool,
}

/// What answers that depend on the clock need.
#[derive(Debug, Clone)]
pub struct Lens {
    /// Now, microseconds since 1970 UTC.
    pub now: i64,
    /// The viewer's zone, for `after:` and `before:`.
    pub zone: jiff::tz::TimeZone,
    /// How long an upload may run before it is stuck, in microseconds. Default 2 h.
    pub stuck_after: i64,
    /// The webhooks that are silent now: few, and computed by whoever asks.
    pub silences: Arc<[Silence]>,
}

impl Lens {
    /// Uploads started before this instant and without an end are stuck.
    fn stuck_before(&self) -> StuckBefore {
        StuckBefore(self.now.saturating_sub(self.stuck_after))
    }
}

impl History {
    /// Opens readers on the folder. Works beside a running receiver of this or another process, and without one.
    ///
    /// # Errors
    /// When the files cannot be opened.
    pub fn open(folder: &DataFolder, clock: Arc<dyn Clock>) -> Result<Self, StoreError> {
        Ok(Self { readers: Readers::open(folder)?, clock })
    }

    /// A lens for this moment.
    #[must_use]
    pub fn lens(&self, zone: jiff::tz::TimeZone, stuck_after: i64) -> Lens {
        Lens { now: self.clock.now().as_microsecond(), zone, stuck_after, silences: Arc::default() }
    }

    /// The log's newest sequence: what an answer given now would have to cover.
    ///
    /// # Errors
    /// What SQLite said.
    pub fn newest(&self) -> Result<i64, StoreError> {
        self.readers.newest()
    }
}

/// A page's limit as SQLite takes it.
fn limit(rows: usize) -> i64 {
    i64::try_from(rows).unwrap_or(i64::MAX)
}

#[cfg(test)]
mod tests;
