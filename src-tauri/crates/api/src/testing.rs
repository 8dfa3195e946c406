//! A data folder to try things on, with a clock that stands still until told otherwise.

use std::sync::Arc;

use jiff::{SignedDuration, Timestamp};
use study::Clock as _;
use study::clock::FixedClock;

use crate::Monitor;

/// A temporary data folder, opened.
pub(crate) struct Bench {
    clock: Arc<FixedClock>,
    monitor: Monitor,
    folder: tempfile::TempDir,
}

impl Bench {
    /// A fresh one, on 22 August 2026 at 14:05 UTC.
    pub(crate) fn new() -> Self {
        let start: Timestamp = "2026-08-22T14:05:00Z".parse().unwrap();
        let clock = Arc::new(FixedClock::at(start));
        let folder = tempfile::tempdir().unwrap();
        let monitor = Monitor::open(folder.path(), Arc::clone(&clock) as Arc<dyn study::Clock>).unwrap();
        Self { clock, monitor, folder }
    }

    pub(crate) fn monitor(&self) -> &Monitor {
        &self.monitor
    }

    /// A second process on the same folder, as far as the files can tell.
    pub(crate) fn another(&self) -> Monitor {
        Monitor::open(self.folder.path(), Arc::clone(&self.clock) as Arc<dyn study::Clock>).unwrap()
    }

    /// Moves the clock on by `seconds`.
    pub(crate) fn later(&self, seconds: i64) {
        self.clock.set(self.clock.now() + SignedDuration::from_secs(seconds));
    }
}
