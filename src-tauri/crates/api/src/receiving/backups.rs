//! Makes a backup a day while this process receives, on a thread of its own that ends promptly.
//!
//! How it is made and which are kept is `store`'s business; here it is when, and what a person is told where it cannot be.

use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{Receiver, RecvTimeoutError, SyncSender, sync_channel};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

use store::StoreError;
use store::backup::Pace;
use store::backup::daily::{self, Daily};
use store::disk::Room;

use super::warnings::size;
use crate::Monitor;
use crate::wire::ApiError;

/// When it is looked whether one is due. All of it is measured, so that a clock that is set changes none of it.
#[derive(Debug, Clone, Copy)]
pub(super) struct Times {
    /// After the start: then there is more urgent work.
    pub(super) first: Duration,
    /// Between two looks.
    pub(super) look: Duration,
    /// From one that was made or failed to the next one, whatever the clock says.
    pub(super) again: Duration,
}

/// Those of the program.
pub(super) const TIMES: Times =
    Times { first: Duration::from_mins(5), look: Duration::from_mins(1), again: Duration::from_hours(1) };

/// Why there is no backup of today, in words for a person, while there is none.
#[derive(Debug, Default)]
pub(super) struct Trouble(Mutex<Option<String>>);

impl Trouble {
    /// What is to be said now.
    pub(super) fn words(&self) -> Option<String> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    fn set(&self, words: Option<String>) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = words;
    }
}

/// The thread.
pub(super) struct Backups {
    stop: Arc<AtomicBool>,
    wake: SyncSender<()>,
    thread: JoinHandle<()>,
}

impl Backups {
    /// Starts it; `room` tells how much there is on the disk a path is on.
    pub(super) fn start(
        monitor: &Monitor,
        trouble: Arc<Trouble>,
        times: Times,
        room: fn(&Path) -> std::io::Result<Room>,
    ) -> Result<Self, ApiError> {
        let stop = Arc::new(AtomicBool::new(false));
        let (wake, woken) = sync_channel(1);
        let maker = Maker { monitor: monitor.clone(), trouble, times, room, pace: Pace::gentle(Arc::clone(&stop)) };
        let thread = thread::Builder::new()
            .name("backups".to_owned())
            .spawn(move || maker.run(&woken))
            .map_err(|error| ApiError::failed(format!("a thread could not be started: {error}")))?;
        Ok(Self { stop, wake, thread })
    }

    /// Ends it; a backup that is being made is given up.
    pub(super) fn finish(self) {
        self.stop.store(true, Ordering::Release);
        drop(self.wake);
        if self.thread.join().is_err() {
            tracing::error!("the thread that makes backups stopped at a fault");
        }
    }
}

struct Maker {
    monitor: Monitor,
    trouble: Arc<Trouble>,
    times: Times,
    room: fn(&Path) -> std::io::Result<Room>,
    pace: Pace,
}

impl Maker {
    fn run(&self, woken: &Receiver<()>) {
        let mut wait = self.times.first;
        while woken.recv_timeout(wait) == Err(RecvTimeoutError::Timeout) {
            wait = if self.look() { self.times.again } else { self.times.look };
        }
    }

    /// Makes one where one is due; whether that was tried.
    fn look(&self) -> bool {
        let today = self.monitor.local_date();
        match daily::is_due(self.monitor.folder(), today) {
            Ok(false) => {
                self.trouble.set(None);
                return false;
            }
            Ok(true) => {}
            Err(error) => {
                self.say(&cannot(&error));
                return true;
            }
        }
        let since = Instant::now();
        let room = (self.room)(self.monitor.data_folder());
        let room = room.inspect_err(|error| tracing::debug!(%error, "the disk cannot be asked how full it is")).ok();
        match daily::daily(self.monitor.folder(), today, self.monitor.now(), room, &self.pace) {
            Ok(Daily::Made) => {
                self.trouble.set(None);
                let took_seconds = since.elapsed().as_secs();
                tracing::info!(day = %today, took_seconds, "a backup was made");
            }
            Ok(Daily::Stopped) => tracing::info!("the program ends: the backup of today is made after the next start"),
            Ok(Daily::NoRoom { needed, left }) => self.say(&no_room(needed, left)),
            Err(error) => self.say(&cannot(&error)),
        }
        true
    }

    fn say(&self, why: &str) {
        let latest = daily::kept(self.monitor.folder(), self.monitor.local_date()).ok();
        let latest = match latest.as_deref() {
            Some([latest, ..]) => format!("The latest backup is of {}.", latest.day),
            Some([]) => "There is no backup yet.".to_owned(),
            None => "Which one is the latest cannot be told.".to_owned(),
        };
        tracing::warn!(reason = why, "no backup could be made today");
        self.trouble.set(Some(format!("No backup could be made today: {why}. {latest} It is tried again every hour.")));
    }
}

fn no_room(needed: u64, left: u64) -> String {
    format!(
        "{} is left on the disk with the data folder, and with a copy of the history, and as much left as deliveries need, it would take {}: \
         make room",
        size(left),
        size(needed)
    )
}

fn cannot(error: &StoreError) -> String {
    error.to_string().trim_end_matches('.').to_owned()
}

#[cfg(test)]
mod tests;
