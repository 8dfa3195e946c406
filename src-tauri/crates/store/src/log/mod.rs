//! The log: append-only, hash-chained, one writer thread, group commit at `synchronous=FULL`.

use std::sync::Arc;

use bytes::Bytes;
use centrepoint::{Authentication, BodyDigest};
use study::{Action, Clock, Slug};

use crate::{DataFolder, StoreError};

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
    /// The peer's address.
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
#[derive(Debug, Clone)]
pub struct Log {}

impl Log {
    /// Rows that may wait for the writer: at least the receiver's connection cap.
    pub const QUEUE: usize = 2048;

    /// Opens (creating, migrating after a backup, refusing a newer one) and starts the writer thread.
    ///
    /// # Errors
    /// When the file cannot be opened or is from a newer version.
    pub fn open(_folder: &DataFolder, _clock: Arc<dyn Clock>) -> Result<Self, StoreError> {
        todo!()
    }

    /// Appends an arrival; resolves once it is on disk.
    ///
    /// # Errors
    /// When it could not be made durable: nothing was kept.
    pub async fn append(&self, _arrival: NewArrival) -> Result<Appended, NotDurable> {
        todo!()
    }

    /// Appends an action and waits for the disk. Blocks: not for async tasks.
    ///
    /// # Errors
    /// When it could not be made durable.
    pub fn act(&self, _action: &Action) -> Result<Appended, NotDurable> {
        todo!()
    }

    /// Whether the last write succeeded; the error's words otherwise. While it fails the writer tries again at least every 5 s.
    #[must_use]
    pub fn health(&self) -> Result<(), Arc<str>> {
        todo!()
    }

    /// Wakes `f` after every commit with the newest sequence, on the writer thread: it must return at once. For the projector.
    pub fn on_commit(&self, _f: impl Fn(i64) + Send + Sync + 'static) {
        todo!()
    }

    /// Finishes what is queued, checkpoints and closes. Later appends are [`NotDurable::Closed`].
    pub fn close(&self) {
        todo!()
    }
}

/// One row as the log has it.
#[derive(Debug, Clone)]
pub struct LogRow {
    /// Its sequence.
    pub sequence: i64,
    /// When it happened.
    pub at: i64,
    /// What it is.
    pub content: Content,
    /// Its link in the chain.
    pub chain: [u8; 32],
}

/// The two kinds of rows.
#[derive(Debug, Clone)]
pub enum Content {
    /// An accepted request.
    Arrival(NewArrival),
    /// What a person did.
    Action(Action),
}

/// What `verify` found.
#[derive(Debug, Clone, Default)]
pub struct Verdict {
    /// Rows checked.
    pub rows: i64,
    /// Chain head, when there is a row.
    pub head: Option<[u8; 32]>,
    /// Everything that differs, in plain words with the sequence; empty means sound. At most 100.
    pub differences: Vec<String>,
}

/// Checks the file (`PRAGMA integrity_check`) and recomputes every digest and the whole chain, on a connection of its own. `progress` gets rows done and rows in all.
///
/// # Errors
/// When the file cannot be read at all.
pub fn verify(_folder: &DataFolder, _progress: impl FnMut(i64, i64)) -> Result<Verdict, StoreError> {
    todo!()
}
