//! Questions to the view, answered for at least everything acknowledged before they were asked.

use std::ops::ControlFlow;
use std::sync::Arc;

use study::{Clock, Query};

use crate::rows::{Counts, Ended, EventDetail, EventRow, ProblemRow, StoryRow, SubjectRow, UploadRow};
use crate::{DataFolder, StoreError};

/// Readers on their own connections (a small bounded pool). Cheap to clone. Blocking: call it off the async runtime.
#[derive(Debug, Clone)]
pub struct History {}

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

/// What answers that depend on the clock need.
#[derive(Debug, Clone)]
pub struct Lens {
    /// Now, microseconds since 1970 UTC.
    pub now: i64,
    /// The viewer's zone, for `after:` and `before:`.
    pub zone: jiff::tz::TimeZone,
    /// How long an upload may run before it is stuck, in microseconds. Default 2 h.
    pub stuck_after: i64,
}

impl History {
    /// Opens readers on the folder. Works beside a running receiver of this or another process, and without one.
    ///
    /// # Errors
    /// When the files cannot be opened.
    pub fn open(_folder: &DataFolder, _clock: Arc<dyn Clock>) -> Result<Self, StoreError> {
        todo!()
    }

    /// Events, newest first (by sequence).
    ///
    /// # Errors
    /// [`StoreError::Behind`] or what SQLite said.
    pub fn events(&self, _page: &Page, _lens: &Lens) -> Result<Rows<EventRow>, StoreError> {
        todo!()
    }

    /// How many events match, counted up to `ceiling` (`None` above it: say "more than").
    ///
    /// # Errors
    /// As [`Self::events`].
    pub fn count_events(&self, _query: &Query, _lens: &Lens) -> Result<i64, StoreError> {
        todo!()
    }

    /// One event with its bytes; `None` when there is no event of that sequence (an attempt's sequence finds its event).
    ///
    /// # Errors
    /// As [`Self::events`].
    pub fn event(&self, _sequence: i64) -> Result<Option<EventDetail>, StoreError> {
        todo!()
    }

    /// Events oldest first, one at a time from one snapshot, constant memory, for export. `with_body` also reads the body from the log. `f` gets the row and, when asked for, the body.
    ///
    /// # Errors
    /// As [`Self::events`].
    pub fn each_event(
        &self,
        _query: &Query,
        _lens: &Lens,
        _with_body: bool,
        _f: &mut dyn FnMut(EventRow, Option<Vec<u8>>) -> ControlFlow<()>,
    ) -> Result<(), StoreError> {
        todo!()
    }

    /// Uploads, latest event first. Keys of [`Page`] are `last_sequence`.
    ///
    /// # Errors
    /// As [`Self::events`].
    pub fn uploads(&self, _page: &Page, _lens: &Lens) -> Result<Rows<UploadRow>, StoreError> {
        todo!()
    }

    /// Problems, stuck uploads included, newest `opened_at` first. Keys of [`Page`] are ids.
    ///
    /// # Errors
    /// As [`Self::events`].
    pub fn problems(&self, _page: &Page, _lens: &Lens) -> Result<Rows<ProblemRow>, StoreError> {
        todo!()
    }

    /// One problem with its story (newest 500 lines, oldest first) and the newest event behind it.
    ///
    /// # Errors
    /// As [`Self::events`].
    pub fn problem(&self, _id: i64, _lens: &Lens) -> Result<Option<(ProblemRow, Vec<StoryRow>)>, StoreError> {
        todo!()
    }

    /// Subjects, latest activity first. Keys of [`Page`] are ids.
    ///
    /// # Errors
    /// As [`Self::events`].
    pub fn subjects(&self, _page: &Page, _lens: &Lens) -> Result<Rows<SubjectRow>, StoreError> {
        todo!()
    }

    /// The figures of Today; `day_start` is the viewer's midnight.
    ///
    /// # Errors
    /// As [`Self::events`].
    pub fn counts(&self, _day_start: i64, _lens: &Lens) -> Result<Rows<Counts>, StoreError> {
        todo!()
    }

    /// Uploads ended (by `finished_at`) in each slice between consecutive `edges` (ascending instants): `edges.len() - 1` entries.
    ///
    /// # Errors
    /// As [`Self::events`].
    pub fn ended(&self, _edges: &[i64]) -> Result<Vec<Ended>, StoreError> {
        todo!()
    }
}
