//! How hard a copy works: as fast as it can for a person who waits, with rests beside a receiver; and how it is ended early.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

/// Work below this is not worth a rest.
const PIECE: Duration = Duration::from_millis(5);
/// No rest is longer, so that the end is heard soon.
const LONGEST: Duration = Duration::from_millis(250);

/// How hard a copy works.
#[derive(Debug, Clone, Default)]
pub struct Pace {
    stop: Option<Arc<AtomicBool>>,
    /// For each time spent working it rests this many times as long.
    rest: u32,
}

impl Pace {
    /// As fast as it can, to the end.
    #[must_use]
    pub fn full() -> Self {
        Self::default()
    }

    /// Twice as long at rest as at work, until `stop` is true: then it ends within half a second.
    #[must_use]
    pub fn gentle(stop: Arc<AtomicBool>) -> Self {
        Self { stop: Some(stop), rest: 2 }
    }

    pub(super) fn is_stopped(&self) -> bool {
        self.stop.as_ref().is_some_and(|stop| stop.load(Ordering::Acquire))
    }

    pub(super) fn begin(&self) -> Turns {
        Turns { pace: self.clone(), since: Instant::now() }
    }
}

/// Work and rest in turns.
pub(super) struct Turns {
    pace: Pace,
    since: Instant,
}

impl Turns {
    /// Rests as long as is due, in a `hurry` not at all. Whether to go on.
    pub(super) fn go_on(&mut self, hurry: bool) -> bool {
        let worked = self.since.elapsed();
        if self.pace.rest > 0 && !hurry && worked >= PIECE && !self.pace.is_stopped() {
            std::thread::sleep((worked * self.pace.rest).min(LONGEST));
            self.since = Instant::now();
        }
        !self.pace.is_stopped()
    }
}
