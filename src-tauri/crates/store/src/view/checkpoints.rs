//! Moves what was committed from the view's write-ahead log into its file, on a thread of its own: done by the projector between two
//! commits, some hundred milliseconds of it would hold up everybody who waits for the newest event.

use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread::JoinHandle;
use std::time::Duration;

use crossbeam_channel::{Receiver, Sender, bounded};
use rusqlite::{Connection, OpenFlags};

use crate::StoreError;
use crate::sqlite::During;

/// Pages in the write-ahead log from which the thread is woken: 16 MiB.
const ENOUGH: i32 = 4_000;
/// Pages from which the writer does it itself, at once: a burst never pauses long enough for the thread to reach its end. 64 MiB.
const MOST: i32 = 16_000;
/// What is committed during one pass is for the next; so often at most in a row.
const PASSES: usize = 3;
/// Checkpoints wait for nobody: what is locked is left for the next time.
const BUSY: Duration = Duration::ZERO;

/// The thread. It ends when dropped, after the pass at hand.
#[derive(Debug)]
pub(super) struct Checkpoints {
    /// Holds at most one wake-up: more would say the same.
    wake: Sender<()>,
    shared: Arc<Shared>,
    thread: Option<JoinHandle<()>>,
}

#[derive(Debug, Default)]
struct Shared {
    stop: AtomicBool,
    /// Held while a connection of the thread is open.
    open: Mutex<()>,
}

impl Checkpoints {
    /// Starts the thread for the database at `path`.
    ///
    /// # Errors
    /// When the system gives no thread.
    pub(super) fn start(path: PathBuf) -> Result<Self, StoreError> {
        let (wake, woken) = bounded(1);
        let shared = Arc::new(Shared::default());
        let of_thread = Arc::clone(&shared);
        let thread = std::thread::Builder::new()
            .name("checkpoints".to_owned())
            .spawn(move || follow(&path, &woken, &of_thread))
            .map_err(|source| StoreError::Io { context: "the checkpoints cannot start".to_owned(), source })?;
        Ok(Self { wake, shared, thread: Some(thread) })
    }

    /// Has the thread look after what this connection writes, in place of SQLite's own checkpoints.
    ///
    /// # Errors
    /// What SQLite said.
    pub(super) fn follow(&self, connection: &mut Connection) -> Result<(), StoreError> {
        let wake = self.wake.clone();
        connection
            .wal_hook(Some(move |wal: &mut rusqlite::hooks::Wal, pages: i32| {
                if pages >= MOST {
                    // The commit stands whatever comes of this (the thread may be at it): an error here would call it failed.
                    if let Err(error) = wal.checkpoint() {
                        tracing::debug!(%error, "no checkpoint of the view");
                    }
                } else if pages >= ENOUGH {
                    // Full means that it will wake anyway.
                    let _ = wake.try_send(());
                }
                Ok(())
            }))
            .during("opening the view")
    }

    /// While this is held the thread has no file open. SQLite removes a write-ahead log by its name when the last connection closes: one
    /// still open on a view that was replaced would take the new one's.
    pub(super) fn quiet(&self) -> MutexGuard<'_, ()> {
        self.shared.open.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Checkpoints {
    fn drop(&mut self) {
        self.shared.stop.store(true, Ordering::Release);
        let _ = self.wake.try_send(());
        if let Some(thread) = self.thread.take()
            && thread.join().is_err()
        {
            tracing::error!("the checkpoints ended by a panic");
        }
    }
}

fn follow(path: &Path, woken: &Receiver<()>, shared: &Shared) {
    while woken.recv().is_ok() && !shared.stop.load(Ordering::Acquire) {
        let _open = shared.open.lock().unwrap_or_else(PoisonError::into_inner);
        if let Err(error) = checkpoint(path) {
            // The writer does it itself once there is more.
            tracing::debug!(%error, "no checkpoint of the view");
        }
    }
}

/// Moves everything committed so far, and little by little what is committed meanwhile.
fn checkpoint(path: &Path) -> rusqlite::Result<()> {
    let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let connection = Connection::open_with_flags(path, flags)?;
    connection.busy_timeout(BUSY)?;
    for _ in 0..PASSES {
        let (pages, moved): (i64, i64) =
            connection.query_row("PRAGMA wal_checkpoint(PASSIVE)", [], |row| Ok((row.get(1)?, row.get(2)?)))?;
        // Past its bound it is the writer's turn, who cannot while this goes on.
        if moved >= pages || pages >= i64::from(MOST) {
            break;
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sqlite::open_writer;

    fn pages_of(path: &Path) -> u64 {
        std::fs::metadata(path.with_extension("db-wal")).map_or(0, |wal| wal.len() / 4096)
    }

    fn writes(connection: &Connection, blobs: usize) {
        for _ in 0..blobs {
            connection.execute("INSERT INTO t VALUES (zeroblob(400000))", []).expect("it is written");
        }
    }

    /// A database with a table, in a folder, and the thread that looks after it.
    fn followed() -> (tempfile::TempDir, PathBuf, Checkpoints, Connection) {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("view.db");
        let checkpoints = Checkpoints::start(path.clone()).expect("it starts");
        let mut connection = open_writer(&path, Duration::from_secs(5), "NORMAL").expect("it opens");
        connection.execute_batch("CREATE TABLE t (b BLOB)").expect("a table");
        checkpoints.follow(&mut connection).expect("it follows");
        (folder, path, checkpoints, connection)
    }

    #[test]
    fn the_log_is_used_again_from_its_start_instead_of_growing() {
        let (_folder, path, _checkpoints, connection) = followed();
        // Far more than the write-ahead log may hold.
        for _ in 0..60 {
            writes(&connection, 10);
            std::thread::sleep(Duration::from_millis(5));
        }
        // Half of what is written in all: what is written during one pass of the thread comes on top of what wakes it.
        assert!(pages_of(&path) < 30_000, "{} pages", pages_of(&path));
        let length = std::fs::metadata(&path).expect("the file").len();
        assert!(length > 100_000_000, "it is in the file: {length}");
    }

    #[test]
    fn without_the_thread_the_writer_does_it_itself() {
        let (_folder, path, checkpoints, connection) = followed();
        let quiet = checkpoints.quiet();
        writes(&connection, 400);
        assert!(pages_of(&path) < 20_000, "{} pages", pages_of(&path));
        drop(quiet);
        drop(checkpoints);
        drop(connection);
        assert_eq!(pages_of(&path), 0, "whoever closes last leaves no log");
    }
}
