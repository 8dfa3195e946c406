//! Time measured beside the clock on the wall, so that a clock that was set is told apart from an absence, and sleep from work.
//!
//! Linux: `CLOCK_BOOTTIME` goes on while the computer sleeps, `CLOCK_MONOTONIC` does not, and the system says which start it is. macOS:
//! `CLOCK_MONOTONIC` goes on, Rust's `Instant` does not. Windows: `Instant` goes on, and nothing tells sleep from a program that was stopped. Where
//! the system does not say which start it is, only the clock on the wall bridges two runs.

use std::sync::Arc;
#[cfg(not(any(target_os = "linux", target_os = "android")))]
use std::time::Instant;

use jiff::Timestamp;
use study::Clock;

/// What the clocks say at one moment.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Reading {
    /// The clock on the wall.
    pub(super) wall: Timestamp,
    /// Which start of the system.
    pub(super) boot: Option<Arc<str>>,
    /// Microseconds since then, sleep included.
    pub(super) since_boot: i64,
    /// Microseconds without sleep, from where the system likes.
    pub(super) awake: i64,
}

impl Reading {
    /// What moves only where the clock on the wall is set.
    pub(super) fn offset(&self) -> i64 {
        self.wall.as_microsecond().saturating_sub(self.since_boot)
    }
}

/// Reads the clocks.
pub(super) trait Meter: Send {
    fn read(&self) -> Reading;
}

/// The computer's.
pub(super) struct SystemMeter {
    clock: Arc<dyn Clock>,
    boot: Option<Arc<str>>,
    #[cfg(not(any(target_os = "linux", target_os = "android")))]
    start: Instant,
}

impl SystemMeter {
    pub(super) fn new(clock: Arc<dyn Clock>) -> Self {
        Self {
            clock,
            boot: boot(),
            #[cfg(not(any(target_os = "linux", target_os = "android")))]
            start: Instant::now(),
        }
    }

    #[cfg(any(target_os = "linux", target_os = "android"))]
    fn measures() -> (i64, i64) {
        use rustix::time::{ClockId, clock_gettime};
        (micros(clock_gettime(ClockId::Boottime)), micros(clock_gettime(ClockId::Monotonic)))
    }
}

impl Meter for SystemMeter {
    fn read(&self) -> Reading {
        #[cfg(any(target_os = "linux", target_os = "android"))]
        let (since_boot, awake) = Self::measures();
        #[cfg(not(any(target_os = "linux", target_os = "android")))]
        let awake = i64::try_from(self.start.elapsed().as_micros()).unwrap_or(i64::MAX);
        #[cfg(target_vendor = "apple")]
        let since_boot = micros(rustix::time::clock_gettime(rustix::time::ClockId::Monotonic));
        #[cfg(not(any(target_os = "linux", target_os = "android", target_vendor = "apple")))]
        let since_boot = awake;
        Reading { wall: self.clock.now(), boot: self.boot.clone(), since_boot, awake }
    }
}

/// How long the system has run, sleep included: comparable within one of its starts.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Uptime {
    /// Which start; `None` where the system does not say.
    pub(crate) boot: Option<Arc<str>>,
    /// Microseconds.
    pub(crate) since_boot: i64,
}

impl Uptime {
    /// As of now.
    pub(crate) fn now() -> Self {
        let Reading { boot, since_boot, .. } = SystemMeter::new(Arc::new(study::clock::SystemClock)).read();
        Self { boot, since_boot }
    }
}

#[cfg(any(target_os = "linux", target_os = "android", target_vendor = "apple"))]
fn micros(time: rustix::time::Timespec) -> i64 {
    #[expect(clippy::useless_conversion, reason = "the fields are narrower on some systems")]
    let (seconds, nanos) = (i64::from(time.tv_sec), i64::from(time.tv_nsec));
    seconds.saturating_mul(1_000_000).saturating_add(nanos / 1_000)
}

/// Which start of the system this is, where it says so.
fn boot() -> Option<Arc<str>> {
    if !cfg!(any(target_os = "linux", target_os = "android")) {
        return None;
    }
    let id = std::fs::read_to_string("/proc/sys/kernel/random/boot_id").ok()?;
    Some(id.trim()).filter(|id| !id.is_empty()).map(Arc::from)
}

#[cfg(test)]
mod tests {
    use study::clock::SystemClock;

    use super::*;

    #[test]
    fn the_measures_go_on() {
        let meter = SystemMeter::new(Arc::new(SystemClock));
        let before = meter.read();
        std::thread::sleep(std::time::Duration::from_millis(20));
        let after = meter.read();
        assert!(after.since_boot - before.since_boot >= 20_000 && after.awake - before.awake >= 20_000);
        assert_eq!(before.boot, after.boot);
        assert!(!cfg!(target_os = "linux") || before.boot.is_some(), "Linux says which start it is");
    }
}
