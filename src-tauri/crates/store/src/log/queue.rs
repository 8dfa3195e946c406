//! How much the write queue holds, in bytes: its rows are bounded by the channel, their size is bounded here.

use std::sync::atomic::{AtomicUsize, Ordering};

/// Bytes of heads and bodies that may wait at once.
const LIMIT: usize = 256 * 1024 * 1024;

/// Counts the bytes that wait.
#[derive(Debug, Default)]
pub(super) struct QueuedBytes(AtomicUsize);

impl QueuedBytes {
    /// Counts `bytes` in, or says that there is no room.
    pub(super) fn enter(&self, bytes: usize) -> bool {
        let room = |queued: usize| queued.checked_add(bytes).filter(|sum| *sum <= LIMIT);
        self.0.fetch_update(Ordering::Relaxed, Ordering::Relaxed, room).is_ok()
    }

    /// Counts `bytes` out.
    pub(super) fn leave(&self, bytes: usize) {
        self.0.fetch_sub(bytes, Ordering::Relaxed);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn there_is_room_again_once_something_left() {
        let queued = QueuedBytes::default();
        assert!(queued.enter(LIMIT));
        assert!(!queued.enter(1));
        queued.leave(1);
        assert!(queued.enter(1));
    }
}
