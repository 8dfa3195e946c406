//! The log: append-only, hash-chained, one writer thread, group commit at `synchronous=FULL`.

mod care;
mod chain;
pub(crate) mod file;
mod insert;
mod mark;
mod queue;
pub(crate) mod read;
mod verify;
mod walk;
mod writer;

use std::sync::atomic::Ordering;
use std::sync::{Arc, Mutex, PoisonError, RwLock};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use bytes::Bytes;
use centrepoint::{Authentication, BodyDigest};
use crossbeam_channel::{Sender, TrySendError};
use study::{Action, Clock, Slug};
use tokio::sync::oneshot;

pub(crate) use chain::START;
pub(crate) use insert::{begins_anew, insert_action, insert_raw, link_of};
pub(crate) use mark::Proof;
pub use mark::{Check, Mark};
pub(crate) use verify::verify_connection;
pub use verify::{Verdict, verify};

use self::care::Care;
use self::writer::{Answer, Entry, NewRow, Shared, Writer};
use crate::identity::FileIdentity;
use crate::{DataFolder, ReceiverLock, StoreError};

/// The word in the log's `kind` for an accepted request.
pub(crate) const ARRIVAL: &str = "arrival";
/// The word for what a person did.
pub(crate) const ACTION: &str = "action";

/// An accepted request, about to be kept.
#[derive(Debug, Clone)]
pub struct NewArrival {
    /// When its head was read, microseconds since 1970 UTC.
    pub received_at: i64,
    /// The webhook it came to.
    pub webhook: Slug,
    /// Request line and ordered headers as received, `Authorization` masked.
    pub head: Vec<u8>,
    /// The exact body.
    pub body: Bytes,
    /// SHA-256 of the body.
    pub body_sha256: BodyDigest,
    /// How it was authenticated.
    pub authentication: Authentication,
    /// What was particular about that.
    pub mark: Mark,
    /// The peer's address. Not kept of one that came by [`Mark::History`]: nobody sent it here.
    pub source_ip: std::net::IpAddr,
}

/// Where a row stands in the log, told after the commit.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Appended {
    /// Its sequence.
    pub sequence: i64,
}

/// The row could not be made durable; nothing was kept.
#[derive(Debug, Clone, thiserror::Error)]
pub enum NotDurable {
    /// The queue is full.
    #[error("the write queue is full")]
    QueueFull,
    /// SQLite said no (disk full, locked, I/O error): its words.
    #[error("{0}")]
    Failed(Arc<str>),
    /// The writer has stopped.
    #[error("the log is closed")]
    Closed,
}

/// A handle to the log's one writer of this process. Cheap to clone; the file closes in good order when [`Log::close`] is called.
#[derive(Clone)]
pub struct Log {
    inner: Arc<Inner>,
}

/// A row that did not get into the queue.
struct Refused {
    why: NotDurable,
    back: Entry,
}

struct Inner {
    /// `None` once closed: the writer ends when it has written what is queued.
    queue: RwLock<Option<Sender<Entry>>>,
    writer: Mutex<Option<JoinHandle<()>>>,
    /// Of a receiver's log alone.
    care: Mutex<Option<Care>>,
    shared: Arc<Shared>,
    clock: Arc<dyn Clock>,
}

impl std::fmt::Debug for Log {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Log").field("shared", &self.inner.shared).finish_non_exhaustive()
    }
}

impl Log {
    /// Rows that may wait for the writer: at least the receiver's connection cap. Their bytes are bounded too, at 256 MiB.
    pub const QUEUE: usize = 2048;
    /// How long an action waits for room in the queue: a person's click should not fail because a burst is on.
    const ACTION_PATIENCE: Duration = Duration::from_secs(3);

    /// Opens (creating, migrating after a backup, refusing a newer one) and starts the writer thread.
    ///
    /// # Errors
    /// When the file cannot be opened or is from a newer version.
    pub fn open(folder: &DataFolder, clock: Arc<dyn Clock>) -> Result<Self, StoreError> {
        Self::open_as(folder, clock, None)
    }

    /// The same for the folder's receiver, which looks after the file: a log that cannot be used is set aside and begun anew, now and
    /// later, what can be read of it is brought over beside what arrives, and the whole chain is checked now and then. What is
    /// found is in [`crate::State::damages`].
    ///
    /// # Errors
    /// When the file can neither be opened nor begun anew, or is from a newer version.
    pub fn open_to_receive(
        folder: &DataFolder,
        lock: &ReceiverLock,
        clock: Arc<dyn Clock>,
    ) -> Result<Self, StoreError> {
        crate::recovery::recover_log(folder, lock, &*clock)?;
        let log = Self::open_as(folder, Arc::clone(&clock), Some(Arc::clone(&clock)))?;
        match Care::start(folder, &log, clock) {
            Ok(care) => *log.inner.care.lock().unwrap_or_else(PoisonError::into_inner) = Some(care),
            Err(error) => {
                log.close();
                return Err(error);
            }
        }
        Ok(log)
    }

    fn open_as(
        folder: &DataFolder,
        clock: Arc<dyn Clock>,
        recovers: Option<Arc<dyn Clock>>,
    ) -> Result<Self, StoreError> {
        let connection = file::open(folder)?;
        let (sender, queue) = crossbeam_channel::bounded(Self::QUEUE);
        let shared = Arc::new(Shared::default());
        let writer = Writer {
            folder: folder.clone(),
            connection: Some(connection),
            identity: FileIdentity::of(&folder.log()),
            wal: None,
            shared: Arc::clone(&shared),
            queue,
            recovers,
        };
        let writer = std::thread::Builder::new()
            .name("log-writer".to_owned())
            .spawn(move || writer.run())
            .map_err(|source| StoreError::Io { context: "the log's writer cannot start".to_owned(), source })?;
        let inner = Inner {
            queue: RwLock::new(Some(sender)),
            writer: Mutex::new(Some(writer)),
            care: Mutex::new(None),
            shared,
            clock,
        };
        Ok(Self { inner: Arc::new(inner) })
    }

    /// Appends an arrival; resolves once it is on disk. Dropping the future before it was written means that it is not kept.
    ///
    /// # Errors
    /// When it could not be made durable: nothing was kept.
    pub async fn append(&self, arrival: NewArrival) -> Result<Appended, NotDurable> {
        let (answer, answered) = oneshot::channel();
        let entry = Entry { row: NewRow::Arrival(arrival), answer: Answer::Task(answer) };
        self.send(entry).map_err(|refused| refused.why)?;
        answered.await.unwrap_or(Err(NotDurable::Closed))
    }

    /// Appends an action and waits for the disk. Blocks: not for async tasks.
    ///
    /// # Errors
    /// When it could not be made durable.
    pub fn act(&self, action: &Action) -> Result<Appended, NotDurable> {
        self.queue(action)?.recv().unwrap_or(Err(NotDurable::Closed))
    }

    /// Appends an arrival that a person wants kept, and waits for the disk. Blocks: not for async tasks, and not for what the network sends.
    ///
    /// # Errors
    /// When it could not be made durable.
    pub fn append_waiting(&self, arrival: NewArrival) -> Result<Appended, NotDurable> {
        self.queue_row(NewRow::Arrival(arrival))?.recv().unwrap_or(Err(NotDurable::Closed))
    }

    /// Appends arrivals that a person wants kept, in this order, and waits for the disk once all of them are queued: they share a few
    /// transactions. Blocks.
    ///
    /// # Errors
    /// The first that could not be made durable; others may be.
    pub fn append_all(&self, arrivals: Vec<NewArrival>) -> Result<(), NotDurable> {
        self.queue_all(arrivals.into_iter().map(NewRow::Arrival))
    }

    /// Appends actions in this order and waits for the disk once all of them are queued: they share a few transactions. Blocks.
    ///
    /// # Errors
    /// The first that could not be made durable; others may be.
    pub fn act_all(&self, actions: &[Action]) -> Result<(), NotDurable> {
        let rows: Result<Vec<NewRow>, NotDurable> = actions.iter().map(|action| self.row(action)).collect();
        self.queue_all(rows?)
    }

    fn queue_all(&self, rows: impl IntoIterator<Item = NewRow>) -> Result<(), NotDurable> {
        let mut waiting = Vec::new();
        let mut queued = Ok(());
        for row in rows {
            match self.queue_row(row) {
                Ok(answer) => waiting.push(answer),
                Err(why) => {
                    queued = Err(why);
                    break;
                }
            }
        }
        let mut written = Ok(());
        for answer in waiting {
            written = written.and(answer.recv().unwrap_or(Err(NotDurable::Closed)).map(drop));
        }
        written.and(queued)
    }

    /// Puts an action into the queue, waiting for room as long as its patience lasts; where its answer will be.
    fn queue(&self, action: &Action) -> Result<std::sync::mpsc::Receiver<Result<Appended, NotDurable>>, NotDurable> {
        self.queue_row(self.row(action)?)
    }

    fn row(&self, action: &Action) -> Result<NewRow, NotDurable> {
        let json = serde_json::to_vec(action).map_err(|error| NotDurable::Failed(error.to_string().into()))?;
        Ok(NewRow::Action { at: self.inner.clock.now().as_microsecond(), json })
    }

    fn queue_row(&self, row: NewRow) -> Result<std::sync::mpsc::Receiver<Result<Appended, NotDurable>>, NotDurable> {
        let (answer, answered) = std::sync::mpsc::sync_channel(1);
        let mut entry = Entry { row, answer: Answer::Thread(answer) };
        let since = Instant::now();
        loop {
            match self.send(entry) {
                Ok(()) => return Ok(answered),
                Err(refused) => match *refused {
                    Refused { why: NotDurable::QueueFull, back } if since.elapsed() < Self::ACTION_PATIENCE => {
                        entry = back;
                    }
                    Refused { why, .. } => return Err(why),
                },
            }
            std::thread::sleep(Duration::from_millis(5));
        }
    }

    /// Puts a row into the queue, or gives it back with the reason.
    fn send(&self, entry: Entry) -> Result<(), Box<Refused>> {
        let bytes = entry.row.bytes();
        let refused = |why, back| Err(Box::new(Refused { why, back }));
        let queue = self.inner.queue.read().unwrap_or_else(PoisonError::into_inner);
        let Some(queue) = &*queue else { return refused(NotDurable::Closed, entry) };
        if !self.inner.shared.queued.enter(bytes) {
            return refused(NotDurable::QueueFull, entry);
        }
        queue.try_send(entry).or_else(|error| {
            self.inner.shared.queued.leave(bytes);
            match error {
                TrySendError::Full(entry) => refused(NotDurable::QueueFull, entry),
                TrySendError::Disconnected(entry) => refused(NotDurable::Closed, entry),
            }
        })
    }

    /// Whether the last write succeeded; the error's words otherwise. While it fails the writer tries again at least every 5 s.
    ///
    /// # Errors
    /// The words of the last failure.
    pub fn health(&self) -> Result<(), Arc<str>> {
        let failure = self.inner.shared.failure.lock().unwrap_or_else(PoisonError::into_inner);
        failure.clone().map_or(Ok(()), Err)
    }

    /// Bytes that wait in the write-ahead log because a program keeps reading what is in it; `None` while that is not so. Nothing is lost by
    /// it, but it grows with every delivery. Known of a receiver's log alone.
    #[must_use]
    pub fn held_back(&self) -> Option<u64> {
        Some(self.inner.shared.held.load(Ordering::Acquire)).filter(|bytes| *bytes > 0)
    }

    /// The newest sequence that this process committed; 0 before the first.
    #[must_use]
    pub fn newest(&self) -> i64 {
        self.inner.shared.newest.load(Ordering::Acquire)
    }

    /// Rows that wait for the writer now, at most [`Self::QUEUE`].
    #[must_use]
    pub fn queued(&self) -> usize {
        self.inner.queue.read().unwrap_or_else(PoisonError::into_inner).as_ref().map_or(0, Sender::len)
    }

    /// Wakes `f` after every commit with the newest sequence, on the writer thread: it must return at once. For the projector.
    pub fn on_commit(&self, f: impl Fn(i64) + Send + Sync + 'static) {
        self.inner.shared.listeners.write().unwrap_or_else(PoisonError::into_inner).push(Box::new(f));
    }

    /// Finishes what is queued, checkpoints and closes. Later appends are [`NotDurable::Closed`].
    pub fn close(&self) {
        // First, since it writes into the log, too.
        let care = self.inner.care.lock().unwrap_or_else(PoisonError::into_inner).take();
        drop(care);
        drop(self.inner.queue.write().unwrap_or_else(PoisonError::into_inner).take());
        let writer = self.inner.writer.lock().unwrap_or_else(PoisonError::into_inner).take();
        if let Some(writer) = writer
            && writer.join().is_err()
        {
            tracing::error!("the log's writer ended by a panic");
        }
    }
}

#[cfg(test)]
mod tests;
