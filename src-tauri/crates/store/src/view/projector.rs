//! The projector's thread: wakes on commits and looks by itself now and then, derives, tells what changed. It never gives up.

use std::sync::atomic::{AtomicBool, AtomicI64, Ordering};
use std::sync::{Arc, mpsc};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use crossbeam_channel::{Receiver, Sender, bounded};

use super::apply::Applied;
use super::pace::Pace;
use super::{Change, Deriver};
use crate::folder::ProjectorLock;
use crate::log::file as log_file;
use crate::{DataFolder, Log, StoreError};

/// How long another process's rows may go unnoticed, and a deleted view.
const LOOK_EVERY: Duration = Duration::from_millis(200);
/// Pages of the search index merged after a step that caught up, and while nothing arrives: each a few milliseconds' work.
const TIDIED_BESIDE: u16 = 16;
/// See [`TIDIED_BESIDE`].
const TIDIED_IDLE: u16 = 256;
/// Between tries while deriving fails (disk full, …).
const RETRY_EVERY: Duration = Duration::from_secs(1);

/// The projector thread of a receiver.
#[derive(Debug)]
pub struct Projector {
    signals: Arc<Signals>,
    thread: Option<JoinHandle<()>>,
}

/// What others tell the thread.
#[derive(Debug)]
struct Signals {
    stop: AtomicBool,
    /// The newest sequence committed by this process.
    newest: AtomicI64,
    /// Holds at most one wake-up: more would say the same.
    wake: Sender<()>,
}

impl Signals {
    fn wake(&self) {
        // Full means that it will wake anyway.
        let _ = self.wake.try_send(());
    }
}

impl Projector {
    /// Starts it: takes the projector lock, opens or rebuilds the view, then follows the log. `listen` is called on the projector's thread after each commit of the view.
    ///
    /// # Errors
    /// When the view can neither be opened nor rebuilt.
    pub fn start(
        folder: &DataFolder,
        log: &Log,
        listen: impl Fn(&Change) + Send + 'static,
    ) -> Result<Self, StoreError> {
        log_file::prepare(folder)?;
        let (wake, woken) = bounded(1);
        let signals = Arc::new(Signals { stop: AtomicBool::new(false), newest: AtomicI64::new(0), wake });
        let weak = Arc::downgrade(&signals);
        log.on_commit(move |newest| {
            if let Some(signals) = weak.upgrade() {
                signals.newest.fetch_max(newest, Ordering::Release);
                signals.wake();
            }
        });
        let (report, opened) = mpsc::sync_channel(1);
        let (thread_signals, folder) = (Arc::clone(&signals), folder.clone());
        let thread = std::thread::Builder::new()
            .name("projector".to_owned())
            .spawn(move || Thread { signals: thread_signals, woken, listen }.run(&folder, &report))
            .map_err(|source| StoreError::Io { context: "the projector cannot start".to_owned(), source })?;
        let projector = Self { signals, thread: Some(thread) };
        // An `Err` of the channel: the thread ended before it said anything, which only a panic does.
        opened.recv().unwrap_or_else(|_| Err(StoreError::Refused("the projector cannot start".to_owned())))?;
        Ok(projector)
    }

    /// Stops after the batch at hand and closes the view.
    pub fn stop(mut self) {
        self.signals.stop.store(true, Ordering::Release);
        self.signals.wake();
        if let Some(thread) = self.thread.take()
            && thread.join().is_err()
        {
            tracing::error!("the projector ended by a panic");
        }
    }
}

impl Drop for Projector {
    fn drop(&mut self) {
        self.signals.stop.store(true, Ordering::Release);
        self.signals.wake();
    }
}

struct Thread<F> {
    signals: Arc<Signals>,
    woken: Receiver<()>,
    listen: F,
}

impl<F: Fn(&Change)> Thread<F> {
    fn run(&self, folder: &DataFolder, report: &mpsc::SyncSender<Result<(), StoreError>>) {
        // Where a reader is deriving right now, being started must not wait for it.
        let opened = match folder.try_claim_projector() {
            Ok(Some(lock)) => Some(Deriver::open(folder, lock)),
            Ok(None) => None,
            Err(error) => Some(Err(error)),
        };
        let deriver = match opened {
            Some(Ok(deriver)) => {
                let _ = report.send(Ok(()));
                Some(deriver)
            }
            Some(Err(error)) => {
                let _ = report.send(Err(error));
                return;
            }
            None => {
                let _ = report.send(Ok(()));
                self.wait_for_turn(folder)
            }
        };
        if let Some(mut deriver) = deriver {
            self.follow(&mut deriver);
            deriver.close();
        }
    }

    fn wait_for_turn(&self, folder: &DataFolder) -> Option<Deriver> {
        while !self.stopped() {
            let lock: Result<Option<ProjectorLock>, StoreError> = folder.try_claim_projector();
            match lock.and_then(|lock| lock.map(|lock| Deriver::open(folder, lock)).transpose()) {
                Ok(Some(deriver)) => return Some(deriver),
                Ok(None) => self.rest(Duration::from_millis(20)),
                Err(error) => {
                    tracing::error!(%error, "the view cannot be opened");
                    self.rest(RETRY_EVERY);
                }
            }
        }
        None
    }

    fn follow(&self, deriver: &mut Deriver) {
        let start = Instant::now();
        let mut pace = Pace::default();
        let mut looked = Instant::now();
        let mut told = false;
        let mut untidy = true;
        // Said once as long as it stays the same: the disk may be full, and the program's own log is on it.
        let mut complaint = String::new();
        while !self.stopped() {
            let outcome = self.once(deriver, &mut pace, start, &mut looked, &mut told);
            if outcome.is_ok() && !complaint.is_empty() {
                complaint.clear();
                tracing::info!("the view can be brought up to date again");
            }
            match outcome {
                Ok(true) => {
                    untidy = true;
                }
                Ok(false) => {
                    if self.woken.recv_timeout(LOOK_EVERY).is_err() && untidy {
                        untidy = deriver.tidy(TIDIED_IDLE);
                    }
                }
                Err(error) => {
                    let words = error.to_string();
                    if words != complaint {
                        tracing::error!(error = %words, "the view cannot be brought up to date");
                        complaint = words;
                    }
                    self.rest(RETRY_EVERY);
                    // What failed may have been the file: have a fresh look before the next try.
                    looked = start.checked_sub(LOOK_EVERY).unwrap_or(start);
                }
            }
        }
    }

    /// One look and one step; whether there may be more to do at once.
    fn once(
        &self,
        deriver: &mut Deriver,
        pace: &mut Pace,
        start: Instant,
        looked: &mut Instant,
        told: &mut bool,
    ) -> Result<bool, StoreError> {
        let mut newest = self.signals.newest.load(Ordering::Acquire);
        if looked.elapsed() >= LOOK_EVERY || newest <= deriver.position() {
            // Rows that another process wrote, a view that was deleted.
            deriver.look_after_files()?;
            newest = newest.max(deriver.newest()?);
            *looked = Instant::now();
        }
        pace.observe(start.elapsed(), newest);
        if newest <= deriver.position() && *told {
            return Ok(false);
        }
        let since = Instant::now();
        let applied = deriver.step(pace.limits())?;
        let worked = since.elapsed();
        let more = applied.is_some();
        newest = newest.max(self.signals.newest.load(Ordering::Acquire));
        let behind = (newest - deriver.position()).max(0);
        if more || !*told {
            *told = true;
            (self.listen)(&change(deriver, applied.unwrap_or_default(), behind));
        }
        if more && behind == 0 {
            deriver.tidy(TIDIED_BESIDE);
        }
        self.rest_while(pace, start, pace.pause(worked, behind));
        Ok(more)
    }

    /// Rests for `pause`; shorter when the burst it gives way to is over.
    fn rest_while(&self, pace: &mut Pace, start: Instant, pause: Duration) {
        let since = Instant::now();
        let gave_way = pace.gives_way();
        while !self.stopped() {
            let left = pause.saturating_sub(since.elapsed());
            if left.is_zero() {
                break;
            }
            std::thread::sleep(left.min(Duration::from_millis(50)));
            pace.observe(start.elapsed(), self.signals.newest.load(Ordering::Acquire));
            if gave_way && !pace.gives_way() {
                break;
            }
        }
    }

    fn rest(&self, pause: Duration) {
        let since = Instant::now();
        while !self.stopped() && since.elapsed() < pause {
            std::thread::sleep(pause.saturating_sub(since.elapsed()).min(Duration::from_millis(50)));
        }
    }

    fn stopped(&self) -> bool {
        self.signals.stop.load(Ordering::Acquire)
    }
}

fn change(deriver: &Deriver, applied: Applied, behind: i64) -> Change {
    Change {
        sequence: deriver.position(),
        behind,
        opened: applied.opened,
        opened_count: applied.opened_count,
        rebuilding: deriver.rebuilding(),
    }
}
