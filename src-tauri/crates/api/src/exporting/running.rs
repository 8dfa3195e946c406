//! The exports at work in this process: a thread each, a bounded number, progress for whoever watches.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread;
use std::time::Duration;

use export::{ExportError, Progress, Request};

use crate::Monitor;
use crate::wire::{ApiError, ExportProgress, ExportState};

/// Exports at work at once.
const AT_ONCE: usize = 4;
/// Exports remembered after their end, for a window that asks late.
const REMEMBERED: usize = 16;
/// How often progress is told.
const TICK: Duration = Duration::from_millis(100);

/// The exports at work.
#[derive(Debug, Default)]
pub(crate) struct Exports {
    last_id: AtomicU32,
    at_work: Mutex<BTreeMap<u32, Arc<Progress>>>,
}

impl Exports {
    fn at_work(&self) -> MutexGuard<'_, BTreeMap<u32, Arc<Progress>>> {
        self.at_work.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Asks the export to stop.
    pub(crate) fn cancel(&self, id: u32) {
        if let Some(progress) = self.at_work().get(&id) {
            progress.cancel.store(true, Ordering::Relaxed);
        }
    }
}

/// Starts one on a thread of its own.
pub(super) fn start(monitor: &Monitor, request: Request, path: PathBuf) -> Result<u32, ApiError> {
    let exports = monitor.exports();
    let progress = Arc::new(Progress::default());
    let id = {
        let mut at_work = exports.at_work();
        if at_work.len() >= AT_ONCE {
            return Err(ApiError::failed(format!("{AT_ONCE} exports are already at work: wait for one, or cancel it")));
        }
        let id = exports.last_id.fetch_add(1, Ordering::Relaxed) + 1;
        at_work.insert(id, Arc::clone(&progress));
        id
    };
    tell(
        monitor,
        ExportProgress { id, state: ExportState::Running, rows: 0, total: 0, path: shown(&path), message: None },
    );
    let job = {
        let monitor = monitor.clone();
        move || work(&monitor, id, &request, &path, &progress)
    };
    let started = thread::Builder::new().name(format!("export-{id}")).spawn(job);
    if let Err(error) = started {
        exports.at_work().remove(&id);
        return Err(ApiError::failed(format!("the export could not be started: {error}")));
    }
    Ok(id)
}

fn shown(path: &std::path::Path) -> String {
    path.display().to_string()
}

fn work(monitor: &Monitor, id: u32, request: &Request, path: &std::path::Path, progress: &Progress) {
    let total =
        monitor.history().count_events(&request.query, &request.lens).ok().and_then(|count| u64::try_from(count).ok());
    let told = |state, rows: u64, message| ExportProgress {
        id,
        state,
        rows,
        // New events may come while it is counted: never say 101 of 100.
        total: total.unwrap_or(0).max(rows),
        path: shown(path),
        message,
    };
    let outcome = thread::scope(|scope| {
        let writer = scope.spawn(|| export::to_file(monitor.history(), request, path, progress));
        while !writer.is_finished() {
            tell(monitor, told(ExportState::Running, progress.rows.load(Ordering::Relaxed), None));
            thread::park_timeout(TICK);
        }
        writer.join()
    });
    let rows = progress.rows.load(Ordering::Relaxed);
    let end = match outcome {
        Ok(Ok(rows)) => told(ExportState::Done, rows, None),
        Ok(Err(ExportError::Cancelled)) => told(ExportState::Cancelled, rows, None),
        Ok(Err(error)) => {
            tracing::warn!(id, %error, "an export failed");
            told(ExportState::Failed, rows, Some(error.to_string()))
        }
        Err(_) => told(
            ExportState::Failed,
            rows,
            Some("the export stopped by a fault of the program; nothing was written".to_owned()),
        ),
    };
    monitor.exports().at_work().remove(&id);
    tell(monitor, end);
}

/// Puts it on the board; what ended long ago goes.
fn tell(monitor: &Monitor, progress: ExportProgress) {
    monitor.board().exports.send_modify(|all| {
        all.insert(progress.id, progress);
        let ended: Vec<u32> = all.values().filter(|one| one.state != ExportState::Running).map(|one| one.id).collect();
        for id in &ended[..ended.len().saturating_sub(REMEMBERED)] {
            all.remove(id);
        }
    });
}
