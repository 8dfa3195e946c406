//! Waiting for what happens soon. The bound only ends a wait that is lost: no test proves a time with it.

use std::time::{Duration, Instant};

/// After this, a wait is given up. Long, since other builds may share the computer.
pub(crate) const PATIENCE: Duration = Duration::from_mins(1);

/// Looks until `look` finds something, and gives up after [`PATIENCE`].
pub(crate) fn eventually<T>(what: &str, mut look: impl FnMut() -> Option<T>) -> T {
    let started = Instant::now();
    loop {
        if let Some(found) = look() {
            return found;
        }
        assert!(started.elapsed() < PATIENCE, "gave up waiting for {what}");
        std::thread::sleep(Duration::from_millis(10));
    }
}
