//! One opened data folder: what both a window and a command line hold, and ask everything of.

use std::collections::HashMap;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicI64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError};

use jiff::tz::TimeZone;
use receiver::tls::Files;
use secrets::Secrets;
use store::{DataFolder, History, Log, State, StoreError};
use study::{Action, Clock};

use crate::doctor::Chart;
use crate::exporting::Exports;
use crate::history_import::HistoryImports;
use crate::live::Board;
use crate::receiving::figures::Monitoring;
use crate::silence::Rhythms;
use crate::wire::{AddressFrom, ApiError};

/// One opened data folder. Cheap to clone; every clone is the same one.
#[derive(Clone)]
pub struct Monitor(Arc<Inner>);

struct Inner {
    folder: DataFolder,
    clock: Arc<dyn Clock>,
    state: State,
    secrets: Secrets,
    history: History,
    board: Board,
    exports: Exports,
    history_imports: HistoryImports,
    export_folder: PathBuf,
    /// The running receiver's log; acts go through it instead of opening the file a second time.
    log: Mutex<Option<Log>>,
    /// When the receiver of this process last kept an arrival, microseconds since 1970 UTC; 0: not yet.
    last_arrival: AtomicI64,
    /// Held while what the window remembers is read, changed and written.
    remembering: Mutex<()>,
    /// Held while refused deliveries are accepted.
    recovering: Mutex<()>,
    /// Rhythms of webhooks, learned once for each hour in which something came.
    rhythms: Mutex<Rhythms>,
    /// Why the receiver of this process cannot read a webhook's secret, by slug.
    secret_errors: Mutex<HashMap<String, Arc<str>>>,
    /// The files TLS is served from in this process, where they were named at its start.
    told_tls: OnceLock<Files>,
    /// Where this process receives, where that was named at its start, and by whom.
    told_address: OnceLock<(SocketAddr, AddressFrom)>,
    /// How the set-up was found.
    checkup: Chart,
    monitoring: Monitoring,
}

impl std::fmt::Debug for Monitor {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_tuple("Monitor").field(&self.0.folder.path()).finish()
    }
}

impl Monitor {
    /// Opens the data folder at `path`, creating it when missing. Beside a running receiver or without one.
    ///
    /// # Errors
    /// When it cannot be used, or was written by a newer version.
    pub fn open(path: &Path, clock: Arc<dyn Clock>) -> Result<Self, ApiError> {
        let folder = DataFolder::open(path)?;
        let state = State::open(&folder)?;
        let history = History::open(&folder, Arc::clone(&clock))?;
        let export_folder = crate::places::export_folder().unwrap_or_else(|| {
            let inside = folder.path().join(crate::places::EXPORTS);
            // Where it cannot be made, the export itself says why.
            let _ = std::fs::create_dir_all(&inside);
            inside
        });
        Ok(Self(Arc::new(Inner {
            secrets: Secrets::new(folder.path()),
            folder,
            clock,
            state,
            history,
            board: Board::new(),
            exports: Exports::default(),
            history_imports: HistoryImports::default(),
            export_folder,
            log: Mutex::new(None),
            last_arrival: AtomicI64::new(0),
            remembering: Mutex::new(()),
            recovering: Mutex::new(()),
            rhythms: Mutex::default(),
            secret_errors: Mutex::new(HashMap::new()),
            told_tls: OnceLock::new(),
            told_address: OnceLock::new(),
            checkup: Chart::default(),
            monitoring: Monitoring::default(),
        })))
    }

    /// The same for a process that is about to receive: a log that cannot be used is set aside and begun anew first, unless another process
    /// receives already.
    ///
    /// # Errors
    /// As [`Self::open`].
    pub fn open_to_receive(path: &Path, clock: Arc<dyn Clock>) -> Result<Self, ApiError> {
        let folder = DataFolder::open(path)?;
        match folder.claim_receiver() {
            Ok(lock) => store::recover(&folder, &lock, &*clock)?,
            // Said where it is tried in earnest.
            Err(StoreError::ReceiverRunning(_)) => {}
            Err(error) => return Err(error.into()),
        }
        let monitor = Self::open(path, clock)?;
        if let Err(error) = monitor.mend_settings() {
            tracing::warn!(%error, "settings that cannot be read could not be set aside");
        }
        Ok(monitor)
    }

    /// The data folder's path.
    #[must_use]
    pub fn data_folder(&self) -> &Path {
        self.0.folder.path()
    }

    /// The computer's zone.
    #[must_use]
    pub fn zone(&self) -> TimeZone {
        TimeZone::system()
    }

    /// Now, microseconds since 1970 UTC.
    #[must_use]
    pub fn now(&self) -> i64 {
        self.0.clock.now().as_microsecond()
    }

    /// The day it is here.
    pub(crate) fn local_date(&self) -> jiff::civil::Date {
        self.0.clock.now().to_zoned_datetime(self.zone()).date()
    }

    pub(crate) fn folder(&self) -> &DataFolder {
        &self.0.folder
    }

    pub(crate) fn clock(&self) -> &Arc<dyn Clock> {
        &self.0.clock
    }

    pub(crate) fn state(&self) -> &State {
        &self.0.state
    }

    pub(crate) fn secrets(&self) -> &Secrets {
        &self.0.secrets
    }

    pub(crate) fn history(&self) -> &History {
        &self.0.history
    }

    pub(crate) fn board(&self) -> &Board {
        &self.0.board
    }

    pub(crate) fn exports(&self) -> &Exports {
        &self.0.exports
    }

    pub(crate) fn history_imports(&self) -> &HistoryImports {
        &self.0.history_imports
    }

    pub(crate) fn export_folder(&self) -> &Path {
        &self.0.export_folder
    }

    pub(crate) fn last_arrival(&self) -> &AtomicI64 {
        &self.0.last_arrival
    }

    /// When the receiver of this process last kept an arrival.
    pub(crate) fn last_arrival_at(&self) -> Option<i64> {
        Some(self.0.last_arrival.load(Ordering::Relaxed)).filter(|at| *at != 0)
    }

    /// The turn to change what the window remembers.
    pub(crate) fn remembering(&self) -> MutexGuard<'_, ()> {
        self.0.remembering.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(crate) fn secret_errors(&self) -> MutexGuard<'_, HashMap<String, Arc<str>>> {
        self.0.secret_errors.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(crate) fn checkup(&self) -> &Chart {
        &self.0.checkup
    }

    pub(crate) fn told_tls(&self) -> Option<&Files> {
        self.0.told_tls.get()
    }

    pub(crate) fn monitoring(&self) -> &Monitoring {
        &self.0.monitoring
    }

    /// Keeps the files named at the start. The first ones stay.
    pub(crate) fn tell_tls(&self, files: Files) {
        let _ = self.0.told_tls.set(files);
    }

    pub(crate) fn told_address(&self) -> Option<(SocketAddr, AddressFrom)> {
        self.0.told_address.get().copied()
    }

    /// Keeps the address named at the start. The first one stays.
    pub(crate) fn tell_address(&self, address: SocketAddr, from: AddressFrom) {
        let _ = self.0.told_address.set((address, from));
    }

    /// The receiver of this process holds `log` from now on (`None`: no longer).
    pub(crate) fn hold_log(&self, log: Option<Log>) {
        *self.0.log.lock().unwrap_or_else(PoisonError::into_inner) = log;
    }

    /// The running receiver's log, where this process receives.
    pub(crate) fn held_log(&self) -> Option<Log> {
        self.0.log.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Writes an action into the log: through the running receiver's, else through one opened for it. Waits for the disk.
    pub(crate) fn append(&self, actions: &[Action]) -> Result<(), ApiError> {
        self.with_log(|log| Ok(log.act_all(actions)?))
    }

    /// Does something with the running receiver's log, else with one opened for it.
    pub(crate) fn with_log<T>(&self, work: impl FnOnce(&Log) -> Result<T, ApiError>) -> Result<T, ApiError> {
        if let Some(log) = self.held_log() {
            return work(&log);
        }
        let log = Log::open(self.folder(), Arc::clone(self.clock()))?;
        let outcome = work(&log);
        log.close();
        outcome
    }

    pub(crate) fn rhythms(&self) -> MutexGuard<'_, Rhythms> {
        self.0.rhythms.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(crate) fn recovering(&self) -> MutexGuard<'_, ()> {
        self.0.recovering.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
