//! Looks after the receiver's log on a thread of its own: brings over what can be read of a damaged one, and reads the whole chain now
//! and then. It finds and says; only the writer touches the file.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, PoisonError, Weak};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use study::Clock;

use super::file;
use super::verify::{Verdict, differs_from_view};
use super::walk::{COLUMNS, Walk};
use super::writer::Shared;
use super::{Inner, Log};
use crate::sqlite::{beside, open_writer, says_corrupt};
use crate::state::State;
use crate::view::file as view;
use crate::{DataFolder, StoreError, recovery};

/// How often it looks whether there is something to do.
const TICK: Duration = Duration::from_millis(500);
/// Reading the whole chain waits so long after the start: then there is more urgent work.
const FIRST_CHECK: Duration = Duration::from_secs(30);
/// And is done again after so long.
const BETWEEN_CHECKS: Duration = Duration::from_hours(24);
/// How often the write-ahead log is looked at.
const WAL_EVERY: Duration = Duration::from_secs(5);
/// Bytes from which on it is emptied by force, where nobody reads: SQLite's own checkpoints keep it far below.
const WAL_LARGE: u64 = 96 * 1024 * 1024;
/// Rows of one snapshot while reading the chain: a longer one would let the write-ahead log grow.
const ROWS: i64 = 512;
/// For each time spent reading it rests this many times as long.
const REST: u32 = 2;

/// The thread. It ends when dropped.
#[derive(Debug)]
pub(super) struct Care {
    stop: Arc<AtomicBool>,
    thread: Option<JoinHandle<()>>,
}

impl Care {
    /// Holds the log against its view, then starts.
    ///
    /// # Errors
    /// When the state cannot be opened, or the system gives no thread.
    pub(super) fn start(folder: &DataFolder, log: &Log, clock: Arc<dyn Clock>) -> Result<Self, StoreError> {
        let state = State::open(folder)?;
        let stop = Arc::new(AtomicBool::new(false));
        let carer = Carer {
            folder: folder.clone(),
            log: Arc::downgrade(&log.inner),
            shared: Arc::clone(&log.inner.shared),
            state,
            clock,
            stop: Arc::clone(&stop),
        };
        // Before the projector opens the view, which begins anew where it does not belong to the log.
        carer.hold_against_view();
        let thread = std::thread::Builder::new()
            .name("log-care".to_owned())
            .spawn(move || carer.run())
            .map_err(|source| StoreError::Io { context: "the log's care cannot start".to_owned(), source })?;
        Ok(Self { stop, thread: Some(thread) })
    }
}

impl Drop for Care {
    fn drop(&mut self) {
        self.stop.store(true, Ordering::Release);
        if let Some(thread) = self.thread.take() {
            thread.thread().unpark();
            // Where this thread itself held the log last, there is nobody to wait for.
            if thread.thread().id() != std::thread::current().id() && thread.join().is_err() {
                tracing::error!("the log's care ended by a panic");
            }
        }
    }
}

struct Carer {
    folder: DataFolder,
    /// Weak, since the log holds this thread.
    log: Weak<Inner>,
    shared: Arc<Shared>,
    state: State,
    clock: Arc<dyn Clock>,
    stop: Arc<AtomicBool>,
}

impl Carer {
    fn run(&self) {
        let mut salvage_due = true;
        let mut check_at = Instant::now() + FIRST_CHECK;
        let mut wal_at = Instant::now();
        while !self.stopped() {
            if Instant::now() >= wal_at {
                self.look_at_write_ahead();
                wal_at = Instant::now() + WAL_EVERY;
            }
            if salvage_due || self.shared.begun_anew.swap(false, Ordering::AcqRel) {
                salvage_due = self.salvage();
            }
            let marked = self.folder.log_mark().exists();
            if marked || Instant::now() >= check_at {
                self.check();
                check_at = Instant::now() + BETWEEN_CHECKS;
            }
            std::thread::park_timeout(TICK);
        }
    }

    fn stopped(&self) -> bool {
        self.stop.load(Ordering::Acquire)
    }

    fn now(&self) -> i64 {
        self.clock.now().as_microsecond()
    }

    /// Brings over what can be read of damaged logs; whether to try again.
    fn salvage(&self) -> bool {
        let done = || -> Result<bool, StoreError> {
            while let Some(damage) = self.state.unsalvaged()? {
                let Some(inner) = self.log.upgrade() else { return Ok(false) };
                let outcome = recovery::salvage(&self.folder, &Log { inner }, &damage, &|| self.stopped())?;
                let Some(salvaged) = outcome else { return Ok(true) };
                self.state.note_salvaged(damage.id, salvaged)?;
                tracing::warn!(deliveries = salvaged.deliveries, ?damage.outcome, "what could be read of the damaged log is brought over");
            }
            Ok(false)
        };
        done().unwrap_or_else(|error| {
            tracing::error!(%error, "the damaged log cannot be brought over for now");
            std::thread::park_timeout(TICK);
            true
        })
    }

    fn hold_against_view(&self) {
        let anchor = view::anchor(&self.folder);
        let differs = file::reader(&self.folder).and_then(|log| differs_from_view(&log, anchor));
        match differs {
            Ok(Some(words)) => self.say_changed(&words),
            Ok(None) => {}
            // What it is the quick look at the start, the writer or the check will say.
            Err(error) => tracing::warn!(%error, "the log could not be held against its view"),
        }
    }

    /// Reads the whole chain. A file that SQLite calls damaged is the writer's to set aside; a row that is not as it was written is
    /// said, and nothing is touched.
    fn check(&self) {
        let mut corrupt = None;
        // Damage is believed when it is met twice: the file may have been replaced under the first look.
        for _ in 0..2 {
            match self.walk() {
                Ok(Some(verdict)) => {
                    let _ = std::fs::remove_file(self.folder.log_mark());
                    if let Some(first) = verdict.differences.first() {
                        let more = verdict.differences.len() - 1;
                        self.say_changed(&if more == 0 { first.clone() } else { format!("{first}; and {more} more") });
                    }
                    return;
                }
                Ok(None) => return,
                Err(error) if says_corrupt(&error) => corrupt = Some(error.to_string()),
                Err(error) => {
                    tracing::warn!(%error, "the log could not be checked");
                    return;
                }
            }
        }
        *self.shared.damaged.lock().unwrap_or_else(PoisonError::into_inner) = corrupt;
    }

    /// The whole chain in short snapshots; `None` when stopped, or when the log was begun anew meanwhile.
    fn walk(&self) -> rusqlite::Result<Option<Verdict>> {
        let connection = file::reader(&self.folder)?;
        let mut walk = Walk::new();
        let sql = format!("SELECT {COLUMNS} FROM log WHERE sequence > ?1 ORDER BY sequence LIMIT {ROWS}");
        loop {
            let since = Instant::now();
            let before = walk.verdict.rows;
            let mut statement = connection.prepare_cached(&sql)?;
            let mut rows = statement.query([walk.sequence])?;
            while let Some(row) = rows.next()? {
                walk.row(row)?;
            }
            drop(rows);
            if self.stopped() || self.shared.begun_anew.load(Ordering::Acquire) {
                return Ok(None);
            }
            if walk.verdict.rows == before {
                return Ok(Some(walk.end()));
            }
            std::thread::park_timeout(since.elapsed() * REST);
        }
    }

    /// Empties the write-ahead log where it grew large; where somebody keeps reading what is in it, that is known from then on.
    fn look_at_write_ahead(&self) {
        let length = || std::fs::metadata(beside(&self.folder.log(), "-wal")).map_or(0, |metadata| metadata.len());
        let held = length() >= WAL_LARGE && {
            let emptied = empty_write_ahead(&self.folder);
            if let Err(error) = &emptied {
                tracing::debug!(%error, "the write-ahead log was not emptied");
            }
            !matches!(emptied, Ok(true)) && length() >= WAL_LARGE
        };
        self.shared.held.store(if held { length() } else { 0 }, Ordering::Release);
    }

    fn say_changed(&self, words: &str) {
        match self.state.note_changed(self.now(), words) {
            Ok(true) => tracing::error!(
                found = words,
                "the log is not as it was written: keep it, and restore a backup beside it"
            ),
            Ok(false) => {}
            Err(error) => {
                tracing::error!(found = words, %error, "the log is not as it was written, and that cannot be noted");
            }
        }
    }
}

/// Whether everything is in the file now and the write-ahead log is empty. Waits for nobody.
fn empty_write_ahead(folder: &DataFolder) -> rusqlite::Result<bool> {
    let connection = open_writer(&folder.log(), Duration::ZERO, "FULL")?;
    connection.query_row("PRAGMA wal_checkpoint(TRUNCATE)", [], |row| row.get::<_, i64>(0)).map(|busy| busy == 0)
}
