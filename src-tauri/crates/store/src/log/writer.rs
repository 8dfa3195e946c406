//! The one writer thread: drains the queue into one transaction, commits, then answers. Knows nothing of what rows mean.

use std::sync::atomic::{AtomicBool, AtomicI64, AtomicU64, Ordering};
use std::sync::mpsc::SyncSender;
use std::sync::{Arc, Mutex, PoisonError, RwLock};
use std::time::Duration;

use centrepoint::BodyDigest;
use crossbeam_channel::{Receiver, RecvTimeoutError};
use rusqlite::config::DbConfig;
use rusqlite::{Connection, ErrorCode, OptionalExtension, TransactionBehavior, params};
use study::Clock;
use tokio::sync::oneshot;

use super::chain::{Link, START};
use super::insert::INSERT;
use super::queue::QueuedBytes;
use super::{Appended, NewArrival, NotDurable, Proof, file};
use crate::identity::FileIdentity;
use crate::recovery;
use crate::sqlite::{beside, says_corrupt};
use crate::{DataFolder, StoreError};

/// Rows in one transaction at most.
const BATCH_ROWS: usize = 512;
/// Bytes of heads and bodies in one transaction, unless one row alone is larger.
const BATCH_BYTES: usize = 8 * 1024 * 1024;
/// How often it tries again by itself while writing fails.
const PROBE_EVERY: Duration = Duration::from_secs(2);

/// A row about to be written.
#[derive(Debug)]
pub(super) enum NewRow {
    Arrival(NewArrival),
    Action { at: i64, json: Vec<u8> },
}

impl NewRow {
    /// What it weighs in the queue.
    pub(super) fn bytes(&self) -> usize {
        match self {
            Self::Arrival(arrival) => arrival.head.len() + arrival.body.len(),
            Self::Action { json, .. } => json.len(),
        }
    }
}

/// Who waits for the row.
#[derive(Debug)]
pub(super) enum Answer {
    Task(oneshot::Sender<Result<Appended, NotDurable>>),
    Thread(SyncSender<Result<Appended, NotDurable>>),
}

impl Answer {
    /// Whether nobody waits any more: then the row was refused already, and must not be kept.
    fn is_gone(&self) -> bool {
        matches!(self, Self::Task(sender) if sender.is_closed())
    }

    fn give(self, result: Result<Appended, NotDurable>) {
        match self {
            Self::Task(sender) => drop(sender.send(result)),
            Self::Thread(sender) => drop(sender.send(result)),
        }
    }
}

/// One row of the queue.
#[derive(Debug)]
pub(super) struct Entry {
    pub(super) row: NewRow,
    pub(super) answer: Answer,
}

type Listener = Box<dyn Fn(i64) + Send + Sync>;

/// What the handles and the writer share.
#[derive(Default)]
pub(super) struct Shared {
    /// The last write's error; `None` while writing works.
    pub(super) failure: Mutex<Option<Arc<str>>>,
    pub(super) listeners: RwLock<Vec<Listener>>,
    pub(super) queued: QueuedBytes,
    /// The newest sequence that was committed; 0 before the first.
    pub(super) newest: AtomicI64,
    /// Where the log was found to be damaged while it was open: the words. The writer sets it aside.
    pub(super) damaged: Mutex<Option<Found>>,
    /// The log was set aside, or stands to be looked at for other reasons: the one who cares for it wakes up.
    pub(super) begun_anew: AtomicBool,
    /// Bytes of a write-ahead log that cannot be emptied, since somebody reads what is in it; 0 otherwise.
    pub(super) held: AtomicU64,
}

/// Damage that somebody met.
#[derive(Debug)]
pub(super) struct Found {
    /// The file that has it.
    pub(super) file: Option<FileIdentity>,
    /// What it is, in SQLite's words.
    pub(super) reason: String,
}

impl std::fmt::Debug for Shared {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Shared").field("failure", &self.failure).finish_non_exhaustive()
    }
}

pub(super) struct Writer {
    pub(super) folder: DataFolder,
    /// Gone after a failure that a new connection may mend.
    pub(super) connection: Option<Connection>,
    /// The file the connection has open.
    pub(super) identity: Option<FileIdentity>,
    /// Its write-ahead log, once it has one.
    pub(super) wal: Option<FileIdentity>,
    pub(super) shared: Arc<Shared>,
    pub(super) queue: Receiver<Entry>,
    /// Of the receiver's writer alone: it may set a damaged log aside.
    pub(super) recovers: Option<Arc<dyn Clock>>,
}

impl Writer {
    /// Writes until all handles are gone and the queue is empty, then closes the file.
    pub(super) fn run(mut self) {
        let mut batch = Vec::with_capacity(BATCH_ROWS);
        loop {
            let failing = self.shared.failure.lock().unwrap_or_else(PoisonError::into_inner).is_some();
            let first = if failing || self.recovers.is_some() {
                self.queue.recv_timeout(PROBE_EVERY)
            } else {
                self.queue.recv().map_err(|_| RecvTimeoutError::Disconnected)
            };
            match first {
                Ok(entry) => {
                    self.gather(entry, &mut batch);
                    self.write(&mut batch);
                }
                Err(RecvTimeoutError::Timeout) if failing => {
                    let outcome = self.probe();
                    self.note(outcome.err());
                }
                Err(RecvTimeoutError::Timeout) => {
                    if let Err(failure) = self.look_after_damage() {
                        self.note(Some(failure));
                    }
                }
                Err(RecvTimeoutError::Disconnected) => break,
            }
        }
        if let Some(connection) = self.connection.take() {
            // Only tidiness: what is committed is on disk already.
            let _ = connection.pragma_update_and_check(None, "wal_checkpoint", "truncate", |_| Ok(()));
            if let Err((_, error)) = connection.close() {
                tracing::warn!(%error, "the log did not close in good order");
            }
        }
    }

    /// Takes what is there already; waiting for a fuller batch would only make answers late.
    fn gather(&self, first: Entry, batch: &mut Vec<Entry>) {
        let mut bytes = 0;
        let mut next = Some(first);
        while let Some(entry) = next {
            bytes += entry.row.bytes();
            self.shared.queued.leave(entry.row.bytes());
            if !entry.answer.is_gone() {
                batch.push(entry);
            }
            next = if batch.len() < BATCH_ROWS && bytes < BATCH_BYTES { self.queue.try_recv().ok() } else { None };
        }
    }

    fn write(&mut self, batch: &mut Vec<Entry>) {
        if batch.is_empty() {
            return;
        }
        match self.commit(batch) {
            Ok(first) => {
                self.note(None);
                let mut newest = first;
                for (entry, sequence) in batch.drain(..).zip(first..) {
                    newest = sequence;
                    entry.answer.give(Ok(Appended { sequence }));
                }
                self.shared.newest.store(newest, Ordering::Release);
                for listener in self.shared.listeners.read().unwrap_or_else(PoisonError::into_inner).iter() {
                    listener(newest);
                }
            }
            Err(failure) => {
                self.note(Some(Arc::clone(&failure)));
                for entry in batch.drain(..) {
                    entry.answer.give(Err(NotDurable::Failed(Arc::clone(&failure))));
                }
            }
        }
    }

    fn note(&self, failure: Option<Arc<str>>) {
        let mut noted = self.shared.failure.lock().unwrap_or_else(PoisonError::into_inner);
        match (&*noted, &failure) {
            (None, Some(words)) => tracing::error!(error = %words, "the log cannot be written"),
            (Some(_), None) => tracing::info!("the log can be written again"),
            _ => {}
        }
        *noted = failure;
    }

    /// Everything in one transaction; the first row's sequence.
    fn commit(&mut self, batch: &[Entry]) -> Result<i64, Arc<str>> {
        self.with_connection(|connection| {
            let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
            // Inside the transaction, since another process may have written since.
            let head = transaction
                .prepare_cached("SELECT sequence, chain FROM log ORDER BY sequence DESC LIMIT 1")?
                .query_row([], |row| Ok((row.get::<_, i64>(0)?, row.get::<_, [u8; 32]>(1)?)))
                .optional()?;
            let (last, mut chain) = head.unwrap_or((0, START));
            {
                let mut insert = transaction.prepare_cached(INSERT)?;
                for (entry, sequence) in batch.iter().zip(last + 1..) {
                    chain = insert_row(&mut insert, &entry.row, sequence, &chain)?;
                }
            }
            transaction.commit()?;
            Ok(last + 1)
        })
    }

    /// A real page written and synced, so that a full disk is seen.
    fn probe(&mut self) -> Result<(), Arc<str>> {
        self.with_connection(|connection| {
            let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
            transaction
                .execute("INSERT INTO probe (one, at) VALUES (1, 1) ON CONFLICT (one) DO UPDATE SET at = at + 1", [])?;
            transaction.commit()
        })
    }

    /// Runs `write` on the open file, opening it (again) where needed, and words what went wrong. Where the file turns out to be damaged,
    /// it is set aside and `write` runs on the new one.
    fn with_connection<T>(&mut self, write: impl Fn(&mut Connection) -> rusqlite::Result<T>) -> Result<T, Arc<str>> {
        self.look_after_damage()?;
        match self.try_with_connection(&write) {
            Err(Trouble::Damaged(reason)) if self.recovers.is_some() => {
                self.set_aside(&reason)?;
                self.try_with_connection(&write).map_err(Trouble::words)
            }
            other => other.map_err(Trouble::words),
        }
    }

    /// Sets the log aside where somebody found damage in it.
    fn look_after_damage(&mut self) -> Result<(), Arc<str>> {
        let found = self.shared.damaged.lock().unwrap_or_else(PoisonError::into_inner).take();
        match found {
            // Of a file that was set aside meanwhile: the one in its place is sound.
            Some(Found { file, .. }) if FileIdentity::of(&self.folder.log()) != file => Ok(()),
            Some(Found { reason, .. }) => self.set_aside(&reason),
            None => Ok(()),
        }
    }

    fn set_aside(&mut self, reason: &str) -> Result<(), Arc<str>> {
        let Some(clock) = &self.recovers else { return Ok(()) };
        if let Some(connection) = self.connection.take() {
            // What lies in the write-ahead log stays there: the file is kept as it was found.
            let _ = connection.set_db_config(DbConfig::SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, true);
            drop(connection);
        }
        let outcome = recovery::begin_anew(&self.folder, reason, &**clock);
        self.shared.begun_anew.store(true, Ordering::Release);
        outcome.map_err(|error| Arc::from(error.to_string()))
    }

    fn try_with_connection<T>(&mut self, write: impl Fn(&mut Connection) -> rusqlite::Result<T>) -> Result<T, Trouble> {
        let now = FileIdentity::of(&self.folder.log());
        if now.is_none() {
            // Writing on into a deleted file would promise what nobody could read any more.
            self.connection = None;
            let words = "log.db is gone from the data folder: put it back, or start the program anew";
            return Err(Trouble::Other(words.into()));
        }
        if now != self.identity {
            self.connection = None;
        }
        let write_ahead = beside(&self.folder.log(), "-wal");
        if self.connection.is_none() {
            self.wal = None;
        } else if self.wal.is_some() && FileIdentity::of(&write_ahead) != self.wal {
            // What is written into a deleted file is gone with this process. Others of its connections have it open, too, so that no new one mends it.
            let words = "log.db-wal was taken away from the data folder by another program: start this program anew";
            return Err(Trouble::Other(words.into()));
        }
        let connection = match &mut self.connection {
            Some(connection) => connection,
            gone => {
                let opened = file::open(&self.folder).map_err(|error| Trouble::of(&error))?;
                self.identity = FileIdentity::of(&self.folder.log());
                gone.insert(opened)
            }
        };
        let outcome = write(connection);
        if outcome.is_ok() && self.wal.is_none() {
            self.wal = FileIdentity::of(&write_ahead);
        }
        outcome.map_err(|error| {
            let mends_itself = matches!(
                error.sqlite_error_code(),
                Some(ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked | ErrorCode::DiskFull)
            );
            if !mends_itself || self.connection.as_ref().is_none_or(|connection| !connection.is_autocommit()) {
                self.connection = None;
            }
            if says_corrupt(&error) {
                Trouble::Damaged(error.to_string())
            } else {
                Trouble::Other(error.to_string().into())
            }
        })
    }
}

/// Why nothing could be written.
enum Trouble {
    /// The file is damaged.
    Damaged(String),
    /// Anything else.
    Other(Arc<str>),
}

impl Trouble {
    fn of(error: &StoreError) -> Self {
        match error {
            StoreError::Sqlite { source, .. } if says_corrupt(source) => Self::Damaged(source.to_string()),
            other => Self::Other(other.to_string().into()),
        }
    }

    fn words(self) -> Arc<str> {
        match self {
            Self::Damaged(words) => words.into(),
            Self::Other(words) => words,
        }
    }
}

/// Writes one row and returns its link.
fn insert_row(
    insert: &mut rusqlite::CachedStatement<'_>,
    row: &NewRow,
    sequence: i64,
    previous: &[u8; 32],
) -> rusqlite::Result<[u8; 32]> {
    match row {
        NewRow::Arrival(arrival) => {
            // What came out of CentrePoint's history was sent here by nobody.
            let ip = arrival.mark.considered().is_none().then(|| arrival.source_ip.to_string());
            let webhook = arrival.webhook.as_str();
            let authentication = Proof { authentication: arrival.authentication, mark: arrival.mark }.to_string();
            let chain = Link {
                sequence,
                at: arrival.received_at,
                kind: super::ARRIVAL.as_bytes(),
                webhook: Some(webhook.as_bytes()),
                authentication: Some(authentication.as_bytes()),
                source_ip: ip.as_deref().map(str::as_bytes),
                head: Some(&arrival.head),
                body_sha256: &arrival.body_sha256.0,
            }
            .after(previous);
            insert.execute(params![
                sequence,
                super::ARRIVAL,
                arrival.received_at,
                webhook,
                authentication,
                ip,
                arrival.body_sha256.0,
                chain,
                arrival.head,
                &arrival.body[..],
            ])?;
            Ok(chain)
        }
        NewRow::Action { at, json } => {
            let digest = BodyDigest::of(json).0;
            let chain = Link {
                sequence,
                at: *at,
                kind: super::ACTION.as_bytes(),
                webhook: None,
                authentication: None,
                source_ip: None,
                head: None,
                body_sha256: &digest,
            }
            .after(previous);
            let none = None::<&str>;
            insert.execute(params![
                sequence,
                super::ACTION,
                at,
                none,
                none,
                none,
                digest,
                chain,
                None::<&[u8]>,
                json
            ])?;
            Ok(chain)
        }
    }
}
