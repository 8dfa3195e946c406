//! Brings the view up to the log: batch after batch, whoever does it (the projector, a reader without one, `rebuild`).

use std::time::{Duration, Instant};

use rusqlite::Connection;

use super::apply::{self, Applied, Failure};
use super::checkpoints::Checkpoints;
use super::file;
use super::words::Words;
use crate::folder::ProjectorLock;
use crate::identity::FileIdentity;
use crate::log::file as log_file;
use crate::log::read::read_after;
use crate::sqlite::{During, says_corrupt, says_damaged, says_missing};
use crate::{DataFolder, StoreError};

/// What was being done when it was the log that could not be read.
const READING_LOG: &str = "reading the log";

/// How large one step may be.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Limits {
    /// Rows of the log.
    pub(crate) rows: usize,
    /// Bytes of heads and bodies, read into memory at once.
    pub(crate) bytes: usize,
}

impl Limits {
    /// For catching up: large enough that pages of the indexes are written once for many rows.
    pub(crate) const FULL_SPEED: Self = Self { rows: 16 * 1024, bytes: 32 * 1024 * 1024 };
}

/// The right and the means to write the view. One exists per data folder.
pub(crate) struct Deriver {
    folder: DataFolder,
    _lock: ProjectorLock,
    log: Connection,
    log_identity: Option<FileIdentity>,
    view: Connection,
    checkpoints: Checkpoints,
    view_identity: Option<FileIdentity>,
    /// The view's write-ahead log, once there is one: it lives as long as the connection.
    wal_identity: Option<FileIdentity>,
    words: Words,
    position: i64,
    /// Up to where a view begun anew was behind from the start; `None` once it got there.
    rebuilding_to: Option<i64>,
    last_rebuild: Option<Instant>,
}

impl Deriver {
    /// A view that keeps breaking is not rebuilt more often than this.
    const BETWEEN_REBUILDS: Duration = Duration::from_secs(5);

    /// Opens the log for reading and the view for writing, beginning the view anew where it cannot be used.
    ///
    /// # Errors
    /// When either cannot be opened.
    pub(crate) fn open(folder: &DataFolder, lock: ProjectorLock) -> Result<Self, StoreError> {
        let log = log_file::reader(folder).during("opening the log")?;
        let mut view = file::open(folder, &log)?;
        let checkpoints = Checkpoints::start(folder.view())?;
        checkpoints.follow(&mut view)?;
        let mut deriver = Self {
            folder: folder.clone(),
            _lock: lock,
            log_identity: FileIdentity::of(&folder.log()),
            view_identity: FileIdentity::of(&folder.view()),
            wal_identity: None,
            log,
            view,
            checkpoints,
            words: Words::default(),
            position: 0,
            rebuilding_to: None,
            last_rebuild: None,
        };
        deriver.note_opened()?;
        Ok(deriver)
    }

    fn note_opened(&mut self) -> Result<(), StoreError> {
        let context = "reading the view's position";
        self.position = self.view.query_row("SELECT sequence FROM position", [], |row| row.get(0)).during(context)?;
        let newest = self.newest()?;
        self.rebuilding_to = (self.position == 0 && newest > 0).then_some(newest);
        Ok(())
    }

    /// The view holds everything up to this sequence.
    pub(crate) fn position(&self) -> i64 {
        self.position
    }

    /// The log's newest sequence.
    pub(crate) fn newest(&self) -> Result<i64, StoreError> {
        log_file::newest(&self.log).during("reading the log")
    }

    /// Sequence reached and to reach, while a view begun anew is not there yet.
    pub(crate) fn rebuilding(&self) -> Option<(i64, i64)> {
        self.rebuilding_to.map(|to| (self.position, to))
    }

    /// Derives what comes next, within `limits`; `None` when there is nothing. A view that turns out to be damaged is begun anew.
    ///
    /// # Errors
    /// What the system or SQLite said; trying again later may help.
    pub(super) fn step(&mut self, limits: Limits) -> Result<Option<Applied>, StoreError> {
        match self.try_step(limits) {
            Err(StoreError::Sqlite { source, context }) if context == READING_LOG && says_corrupt(&source) => {
                // Not the view's fault: whoever receives looks at the log.
                let _ = std::fs::write(self.folder.log_mark(), "the log is looked at because of this file\n");
                Err(StoreError::Sqlite { source, context })
            }
            Err(StoreError::Sqlite { source, context }) if self.is_damage(&source) => {
                tracing::warn!(error = %source, context, "the view is damaged and is rebuilt");
                self.begin_anew()?;
                self.try_step(limits)
            }
            other => other,
        }
    }

    /// A constraint that fails while writing folded rows also means that the view contradicts itself.
    fn is_damage(&self, error: &rusqlite::Error) -> bool {
        let contradicts = error.sqlite_error_code() == Some(rusqlite::ErrorCode::ConstraintViolation);
        let early = self.last_rebuild.is_some_and(|last| last.elapsed() < Self::BETWEEN_REBUILDS);
        (says_damaged(error) || says_missing(error) || contradicts) && !early
    }

    /// Whether the files are still the ones that are open, and nobody met damage. Otherwise opens what is there now.
    ///
    /// # Errors
    /// When that fails.
    pub(crate) fn look_after_files(&mut self) -> Result<(), StoreError> {
        let log = FileIdentity::of(&self.folder.log());
        if log.is_some() && log != self.log_identity {
            self.log = log_file::reader(&self.folder).during("opening the log")?;
            self.log_identity = log;
            self.reopen()?;
        }
        let wal = FileIdentity::of(&file::write_ahead(&self.folder));
        let wal_is_gone = self.wal_identity.is_some() && wal != self.wal_identity;
        self.wal_identity = self.wal_identity.or(wal);
        if FileIdentity::of(&self.folder.view()) != self.view_identity
            || wal_is_gone
            || self.folder.damage_mark().exists()
        {
            self.begin_anew()?;
        }
        Ok(())
    }

    /// Throws the view away and begins a new one.
    pub(crate) fn begin_anew(&mut self) -> Result<(), StoreError> {
        file::mark_damaged(&self.folder);
        self.last_rebuild = Some(Instant::now());
        self.reopen()
    }

    fn reopen(&mut self) -> Result<(), StoreError> {
        self.words.forget();
        // The old connection must be gone before its files are.
        let quiet = self.checkpoints.quiet();
        self.view = Connection::open_in_memory().during("closing the view")?;
        self.view = file::open(&self.folder, &self.log)?;
        drop(quiet);
        self.checkpoints.follow(&mut self.view)?;
        self.view_identity = FileIdentity::of(&self.folder.view());
        self.wal_identity = None;
        self.note_opened()
    }

    fn try_step(&mut self, limits: Limits) -> Result<Option<Applied>, StoreError> {
        let rows = read_after(&self.log, self.position, limits.rows, limits.bytes).during(READING_LOG)?;
        if rows.is_empty() {
            self.rebuilding_to = None;
            return Ok(None);
        }
        let applied = match apply::apply(&mut self.view, &mut self.words, &rows, None) {
            Ok(applied) => applied,
            Err(Failure::View(error)) => return Err(error).during("deriving the view"),
            Err(Failure::Row(sequence, error)) => self.around(&rows, sequence, &error)?,
        };
        self.position = applied.sequence;
        if self.rebuilding_to.is_some_and(|to| self.position >= to) {
            self.rebuilding_to = None;
        }
        Ok(Some(applied))
    }

    /// One row cannot be written: what stands before it is, or where it stands first, it is with its fault.
    fn around(
        &mut self,
        rows: &[crate::log::read::RawRow],
        sequence: i64,
        error: &rusqlite::Error,
    ) -> Result<Applied, StoreError> {
        let good = rows.partition_point(|row| row.sequence < sequence);
        let words = error.to_string();
        let (part, faulty) = if good == 0 { (&rows[..1], Some(words.as_str())) } else { (&rows[..good], None) };
        apply::apply(&mut self.view, &mut self.words, part, faulty).map_err(|failure| {
            let (Failure::View(source) | Failure::Row(_, source)) = failure;
            StoreError::Sqlite { context: "deriving the view", source }
        })
    }

    /// Derives until `target`, at full speed.
    pub(crate) fn until(&mut self, target: i64, mut progress: impl FnMut(i64, i64)) -> Result<(), StoreError> {
        while self.position < target {
            if self.step(Limits::FULL_SPEED)?.is_none() {
                break;
            }
            progress(self.position, target);
        }
        Ok(())
    }

    /// Merges a little of the search index, by some `pages`; whether there is more to merge.
    pub(super) fn tidy(&self, pages: u16) -> bool {
        file::tidy(&self.view, pages).unwrap_or_else(|error| {
            // Nothing is lost by it; what is wrong with the file, the next step meets.
            tracing::debug!(%error, "the search index was not merged");
            false
        })
    }

    /// Closes in good order.
    pub(crate) fn close(self) {
        drop(self.checkpoints);
        if let Err((_, error)) = self.view.close() {
            tracing::warn!(%error, "the view did not close in good order");
        }
    }
}

/// Deletes the view and derives it anew from the log, as fast as it can, reporting rows done and rows in all. Not beside a running
/// receiver. Returns the rows of the log.
///
/// # Errors
/// [`StoreError::StopReceiverFirst`], or what SQLite said.
pub fn rebuild(folder: &DataFolder, progress: impl FnMut(i64, i64)) -> Result<i64, StoreError> {
    let _receiver = folder.claim_receiver().map_err(|error| match error {
        StoreError::ReceiverRunning(_) => StoreError::StopReceiverFirst,
        other => other,
    })?;
    log_file::prepare(folder)?;
    let lock = claim_soon(folder)?;
    file::remove(folder)?;
    let mut deriver = Deriver::open(folder, lock)?;
    let newest = deriver.newest()?;
    deriver.until(newest, progress)?;
    let position = deriver.position();
    deriver.close();
    Ok(position)
}

/// A reader may be deriving right now: it is done soon.
fn claim_soon(folder: &DataFolder) -> Result<ProjectorLock, StoreError> {
    let since = Instant::now();
    loop {
        if let Some(lock) = folder.try_claim_projector()? {
            return Ok(lock);
        }
        if since.elapsed() > Duration::from_secs(10) {
            return Err(StoreError::StopReceiverFirst);
        }
        std::thread::sleep(Duration::from_millis(20));
    }
}
