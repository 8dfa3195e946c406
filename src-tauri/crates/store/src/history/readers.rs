//! Connections that only read, and the promise that an answer covers everything acknowledged before the question.

use std::sync::{Arc, Condvar, Mutex, PoisonError};
use std::time::{Duration, Instant};

use rusqlite::{Connection, ErrorCode, OptionalExtension};

use super::found::Memory;
use crate::identity::FileIdentity;
use crate::log::file as log_file;
use crate::sqlite::{During, open_reader, says_damaged, says_missing};
use crate::view::{Deriver, VERSION, mark_damaged};
use crate::{DataFolder, StoreError};

/// Connections kept for questions at the same time; further questions wait for one.
const CONNECTIONS: usize = 4;
/// How long a question waits for the view.
const PATIENCE: Duration = Duration::from_secs(30);
/// How often one question may meet damage before it is answered with the error.
const MOST_DAMAGES: u32 = 3;
/// How long I/O errors are taken for files that are being replaced.
const FILES_SETTLE: Duration = Duration::from_secs(3);
/// How long a reader waits for a lock: readers of a WAL hardly ever do.
const BUSY: Duration = Duration::from_secs(5);

/// One connection on the view, with the log attached for the bytes.
#[derive(Debug)]
pub(crate) struct Reader {
    connection: Connection,
    memory: Memory,
    view: FileIdentity,
    log: FileIdentity,
    sequence: i64,
}

impl Reader {
    fn open(folder: &DataFolder) -> rusqlite::Result<Option<Self>> {
        let (Some(view), Some(log)) = (FileIdentity::of(&folder.view()), FileIdentity::of(&folder.log())) else {
            return Ok(None);
        };
        let connection = open_reader(&folder.view(), BUSY)?;
        connection.execute("ATTACH ?1 AS log", [folder.log().to_string_lossy()])?;
        // Kept small: the system's own cache holds the pages, and there are several readers.
        connection.pragma_update(None, "cache_size", -16 * 1024)?;
        let memory = super::found::install(&connection)?;
        Ok(Some(Self { connection, memory, view, log, sequence: 0 }))
    }

    fn is_current(&self, folder: &DataFolder) -> bool {
        FileIdentity::of(&folder.view()) == Some(self.view) && FileIdentity::of(&folder.log()) == Some(self.log)
    }

    /// The open connection; `log.log` is the log's table.
    pub(crate) fn connection(&self) -> &Connection {
        &self.connection
    }

    /// What the connection remembers: of this view and no later than the transaction at hand.
    pub(super) fn memory(&self) -> &Memory {
        &self.memory
    }

    /// The view's position in the transaction at hand.
    pub(crate) fn sequence(&self) -> i64 {
        self.sequence
    }

    /// Begins a read transaction where the view got as far as `target`; says how far it is otherwise.
    fn begin(&mut self, target: i64) -> rusqlite::Result<Standing> {
        self.connection.execute_batch("BEGIN")?;
        let standing = self.standing(target);
        if !matches!(standing, Ok(Standing::Ready)) {
            self.end();
        }
        standing
    }

    fn standing(&mut self, target: i64) -> rusqlite::Result<Standing> {
        let version: i64 = self.connection.query_row("PRAGMA main.user_version", [], |row| row.get(0))?;
        if version != VERSION {
            return Ok(Standing::Behind(0));
        }
        let mut statement = self.connection.prepare_cached("SELECT sequence FROM position")?;
        let position: i64 = statement.query_row([], |row| row.get(0))?;
        if !self.is_of_this_log(position)? {
            // Another log was put in its place (a backup, say): what was derived from the old one answers nothing.
            return Ok(Standing::Behind(0));
        }
        self.sequence = position;
        Ok(if position >= target { Standing::Ready } else { Standing::Behind(position) })
    }

    fn is_of_this_log(&self, position: i64) -> rusqlite::Result<bool> {
        if position == 0 {
            return Ok(true);
        }
        let mut statement = self
            .connection
            .prepare_cached("SELECT l.chain = p.chain FROM position p JOIN log.log l ON l.sequence = p.sequence")?;
        statement.query_row([], |row| row.get(0)).optional().map(|same| same == Some(true))
    }

    fn end(&self) {
        // Some errors end the transaction themselves.
        if self.connection.is_autocommit() {
            return;
        }
        if let Err(error) = self.connection.execute_batch("ROLLBACK") {
            tracing::warn!(%error, "a read transaction did not end");
        }
    }
}

enum Standing {
    Ready,
    Behind(i64),
}

fn is_io(error: &rusqlite::Error) -> bool {
    matches!(error.sqlite_error_code(), Some(ErrorCode::SystemIoFailure))
}

/// The pool. Cheap to clone.
#[derive(Debug, Clone)]
pub(crate) struct Readers {
    folder: DataFolder,
    pool: Arc<Pool>,
}

#[derive(Debug)]
struct Pool {
    idle: Mutex<Idle>,
    returned: Condvar,
    /// For the one cheap question "how far is the log".
    log: Mutex<Option<(Connection, FileIdentity)>>,
}

#[derive(Debug)]
struct Idle {
    readers: Vec<Reader>,
    /// Connections that may still be opened.
    left: usize,
}

impl Readers {
    /// Makes sure that there is a log; connections open as they are needed.
    ///
    /// # Errors
    /// When the log cannot be opened.
    pub(crate) fn open(folder: &DataFolder) -> Result<Self, StoreError> {
        log_file::prepare(folder)?;
        let idle = Idle { readers: Vec::new(), left: CONNECTIONS };
        let pool = Pool { idle: Mutex::new(idle), returned: Condvar::new(), log: Mutex::new(None) };
        Ok(Self { folder: folder.clone(), pool: Arc::new(pool) })
    }

    /// Answers a question from one snapshot that covers everything acknowledged so far. `question` may run more than once.
    ///
    /// # Errors
    /// [`StoreError::Behind`] when the view does not get there in time, or what SQLite said.
    pub(crate) fn ask<T>(
        &self,
        context: &'static str,
        mut question: impl FnMut(&Reader) -> rusqlite::Result<T>,
    ) -> Result<T, StoreError> {
        let turn = self.take_turn();
        self.with_snapshot(turn.reader(), context, self.newest()?, true, &mut question).map(|(answer, reader)| {
            turn.give_back(reader);
            answer
        })
    }

    /// The same from the view as it is, however far that got: for who follows the view anyway and comes back.
    ///
    /// # Errors
    /// What SQLite said.
    pub(crate) fn ask_as_it_is<T>(
        &self,
        context: &'static str,
        mut question: impl FnMut(&Reader) -> rusqlite::Result<T>,
    ) -> Result<T, StoreError> {
        let turn = self.take_turn();
        self.with_snapshot(turn.reader(), context, 0, true, &mut question).map(|(answer, reader)| {
            turn.give_back(reader);
            answer
        })
    }

    /// The same on a connection of its own, for long answers that must not keep others waiting; `question` runs once.
    ///
    /// # Errors
    /// As [`Self::ask`].
    pub(crate) fn ask_apart<T>(
        &self,
        context: &'static str,
        question: impl FnOnce(&Reader) -> rusqlite::Result<T>,
    ) -> Result<T, StoreError> {
        let mut question = Some(question);
        let mut once = |reader: &Reader| match question.take() {
            Some(question) => question(reader),
            None => Err(rusqlite::Error::InvalidQuery),
        };
        self.with_snapshot(None, context, self.newest()?, false, &mut once).map(|(answer, _)| answer)
    }

    fn with_snapshot<T>(
        &self,
        mut idle: Option<Reader>,
        context: &'static str,
        target: i64,
        may_repeat: bool,
        question: &mut dyn FnMut(&Reader) -> rusqlite::Result<T>,
    ) -> Result<(T, Reader), StoreError> {
        let since = Instant::now();
        let mut pause = Duration::from_millis(1);
        let mut damages = 0;
        loop {
            let file = FileIdentity::of(&self.folder.view());
            let behind = match self.try_once(&mut idle, target, question) {
                Ok(Tried::Answered(answer, reader)) => return Ok((answer, reader)),
                Ok(Tried::Behind(position)) => target - position,
                Ok(Tried::Failed(error)) if !says_damaged(&error) || !may_repeat || damages >= MOST_DAMAGES => {
                    if says_damaged(&error) {
                        mark_damaged(&self.folder);
                    }
                    return Err(StoreError::Sqlite { context, source: error });
                }
                Err(error) if says_missing(&error) => target,
                // Its files are being replaced, or one of them was deleted: the projector notices and begins the view anew.
                Err(error) if is_io(&error) && since.elapsed() < FILES_SETTLE => target,
                Ok(Tried::Failed(error)) if is_io(&error) && may_repeat && since.elapsed() < FILES_SETTLE => target,
                Ok(Tried::Failed(error)) | Err(error) if says_damaged(&error) && damages < MOST_DAMAGES => {
                    damages += 1;
                    // Where the file was replaced under the reader, the reader is out of date, not the file damaged.
                    if FileIdentity::of(&self.folder.view()) == file {
                        tracing::warn!(%error, context, "the view is damaged");
                        mark_damaged(&self.folder);
                    }
                    target
                }
                Ok(Tried::Failed(source)) | Err(source) => return Err(StoreError::Sqlite { context, source }),
            };
            if since.elapsed() > PATIENCE {
                return Err(StoreError::Behind { behind });
            }
            if !self.bring_up_to_date(target)? {
                std::thread::sleep(pause);
                pause = (pause * 2).min(Duration::from_millis(20));
            }
        }
    }

    fn try_once<T>(
        &self,
        idle: &mut Option<Reader>,
        target: i64,
        question: &mut dyn FnMut(&Reader) -> rusqlite::Result<T>,
    ) -> rusqlite::Result<Tried<T>> {
        if self.folder.damage_mark().exists() {
            *idle = None;
            return Ok(Tried::Behind(0));
        }
        let current = idle.take().filter(|reader| reader.is_current(&self.folder));
        let opened = match current {
            Some(reader) => Some(reader),
            None => Reader::open(&self.folder)?,
        };
        let Some(mut reader) = opened else { return Ok(Tried::Behind(0)) };
        match reader.begin(target)? {
            Standing::Behind(position) => {
                *idle = Some(reader);
                Ok(Tried::Behind(position))
            }
            Standing::Ready => {
                let answer = question(&reader);
                reader.end();
                match answer {
                    Ok(answer) => Ok(Tried::Answered(answer, reader)),
                    Err(error) => Ok(Tried::Failed(error)),
                }
            }
        }
    }

    /// Derives what is missing where nobody else does; `false` when somebody does.
    fn bring_up_to_date(&self, target: i64) -> Result<bool, StoreError> {
        let Some(lock) = self.folder.try_claim_projector()? else { return Ok(false) };
        let mut deriver = Deriver::open(&self.folder, lock)?;
        deriver.until(target, |_, _| ())?;
        deriver.close();
        Ok(true)
    }

    /// The log's newest sequence.
    ///
    /// # Errors
    /// What SQLite said.
    pub(crate) fn newest(&self) -> Result<i64, StoreError> {
        let context = "reading the log";
        let mut log = self.pool.log.lock().unwrap_or_else(PoisonError::into_inner);
        let identity = FileIdentity::of(&self.folder.log());
        let open = log.take().filter(|(_, open)| Some(*open) == identity).map(|(connection, _)| connection);
        let connection = match open {
            Some(connection) => connection,
            None => log_file::reader(&self.folder).during(context)?,
        };
        let newest = log_file::newest(&connection).during(context)?;
        if let Some(identity) = identity {
            *log = Some((connection, identity));
        }
        Ok(newest)
    }

    fn take_turn(&self) -> Turn<'_> {
        let mut idle = self.pool.idle.lock().unwrap_or_else(PoisonError::into_inner);
        loop {
            if let Some(reader) = idle.readers.pop() {
                return Turn { pool: &self.pool, reader: std::cell::Cell::new(Some(reader)) };
            }
            if idle.left > 0 {
                idle.left -= 1;
                return Turn { pool: &self.pool, reader: std::cell::Cell::new(None) };
            }
            idle = self.pool.returned.wait(idle).unwrap_or_else(PoisonError::into_inner);
        }
    }
}

enum Tried<T> {
    Answered(T, Reader),
    Failed(rusqlite::Error),
    Behind(i64),
}

/// The right to use one of the pool's connections; given back when dropped.
struct Turn<'p> {
    pool: &'p Pool,
    reader: std::cell::Cell<Option<Reader>>,
}

impl Turn<'_> {
    fn reader(&self) -> Option<Reader> {
        self.reader.take()
    }

    fn give_back(&self, reader: Reader) {
        self.reader.set(Some(reader));
    }
}

impl Drop for Turn<'_> {
    fn drop(&mut self) {
        let mut idle = self.pool.idle.lock().unwrap_or_else(PoisonError::into_inner);
        match self.reader.take() {
            Some(reader) => idle.readers.push(reader),
            None => idle.left += 1,
        }
        self.pool.returned.notify_one();
    }
}
