//! When the receiver was not receiving: signs of life while it is, and what the time between them comes to.
//!
//! What the vendor sends again, and what not, is `study::away`'s business.

mod keeper;
mod ledger;
mod meter;
mod refusals;
#[cfg(test)]
mod tests;

use std::sync::mpsc::{Receiver, RecvTimeoutError, SyncSender, sync_channel};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread::{self, JoinHandle};
use std::time::Duration;

use store::Log;
use store::state::Phase;

use crate::Monitor;
use crate::wire::ApiError;
use keeper::Keeper;
pub(crate) use meter::Uptime;
use meter::{Reading, SystemMeter};
pub(super) use refusals::Refusals;

/// How often it looks.
const TICK: Duration = Duration::from_secs(1);

/// Tells a presence that listening began, failed or ended. Cheap to clone.
#[derive(Clone)]
pub(super) struct Signs {
    keeper: Arc<Mutex<Keeper>>,
    /// When listening was asked to end.
    end: Arc<Mutex<Option<Reading>>>,
}

impl Signs {
    fn keeper(&self) -> MutexGuard<'_, Keeper> {
        self.keeper.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Connections are accepted from now on. Blocks.
    pub(super) fn receiving(&self) {
        self.keeper().receiving();
    }

    /// The address cannot be listened on. Blocks.
    pub(super) fn waiting(&self) {
        self.keeper().waiting();
    }

    /// No more connections are accepted; what is under way is still answered. Blocks.
    pub(super) fn ending(&self) {
        let end = self.keeper().read();
        self.end.lock().unwrap_or_else(PoisonError::into_inner).get_or_insert(end);
    }
}

/// The thread that gives signs of life.
pub(super) struct Presence {
    signs: Signs,
    stop: SyncSender<()>,
    thread: JoinHandle<()>,
}

impl Presence {
    /// Starts it. Nothing counts as received until [`Signs::receiving`].
    pub(super) fn start(monitor: &Monitor, log: &Log, refusals: Arc<Refusals>) -> Result<Self, ApiError> {
        let meter = Box::new(SystemMeter::new(Arc::clone(monitor.clock())));
        let keeper = Arc::new(Mutex::new(Keeper::open(monitor, log, meter, refusals)?));
        let signs = Signs { keeper, end: Arc::default() };
        let (stop, stopped) = sync_channel(1);
        let looking = signs.clone();
        let thread = thread::Builder::new()
            .name("presence".to_owned())
            .spawn(move || look(&looking, &stopped))
            .map_err(|error| ApiError::failed(format!("a thread could not be started: {error}")))?;
        Ok(Self { signs, stop, thread })
    }

    pub(super) fn signs(&self) -> &Signs {
        &self.signs
    }

    /// Ends it. `in_order`: as it should, and not since listening failed for good.
    pub(super) fn finish(self, in_order: bool) {
        drop(self.stop);
        if self.thread.join().is_err() {
            tracing::error!("the thread that gives signs of life stopped at a fault");
        }
        self.signs.ending();
        let end = self.signs.end.lock().unwrap_or_else(PoisonError::into_inner).take();
        let phase = if in_order { Phase::Closed } else { Phase::Lost };
        if let Some(end) = end {
            self.signs.keeper().close(phase, &end);
        }
    }
}

fn look(signs: &Signs, stopped: &Receiver<()>) {
    loop {
        let before = signs.keeper().read();
        if stopped.recv_timeout(TICK) != Err(RecvTimeoutError::Timeout) {
            return;
        }
        signs.keeper().tick(&before);
    }
}
