//! Looks twice a second whether something changed that nobody tells of: the state by another process, the log's health.

use std::net::SocketAddr;
use std::sync::mpsc::{Receiver, RecvTimeoutError, SyncSender, sync_channel};
use std::sync::{Arc, OnceLock};
use std::thread::{self, JoinHandle};
use std::time::Duration;

use receiver::{Hooks, Networks};
use store::Log;
use tokio::sync::watch;

use super::hooks::{HookBook, Loaded};
use super::warnings::Warnings;
use crate::Monitor;
use crate::wire::{ApiError, ReceiverState};

/// How often it looks: a change on the command line reaches the receiver well within two seconds.
const TICK: Duration = Duration::from_millis(500);

/// The watching thread.
pub(super) struct Watcher {
    stop: SyncSender<()>,
    thread: JoinHandle<()>,
}

/// What it watches over.
pub(super) struct Watched {
    pub(super) monitor: Monitor,
    pub(super) log: Log,
    pub(super) book: HookBook,
    pub(super) hooks: watch::Sender<Hooks>,
    pub(super) proxies: watch::Sender<Networks>,
    /// Where the receiver listens, once it does.
    pub(super) address: Arc<OnceLock<SocketAddr>>,
    pub(super) warnings: Warnings,
}

impl Watcher {
    /// Loads the hooks, then starts watching.
    pub(super) fn start(mut watched: Watched) -> Result<Self, ApiError> {
        let trouble = watched.load_hooks();
        watched.warnings.of_state(trouble);
        watched.look_for_warnings();
        let (stop, stopped) = sync_channel(1);
        let thread = thread::Builder::new()
            .name("watcher".to_owned())
            .spawn(move || watched.watch(&stopped))
            .map_err(|error| ApiError::failed(format!("a thread could not be started: {error}")))?;
        Ok(Self { stop, thread })
    }

    /// Ends it. Waits for a look that is under way.
    pub(super) fn finish(self) {
        drop(self.stop);
        if self.thread.join().is_err() {
            tracing::error!("the thread that watches over the receiver stopped at a fault");
        }
    }
}

impl Watched {
    fn watch(mut self, stopped: &Receiver<()>) {
        let mut version = None;
        while stopped.recv_timeout(TICK) == Err(RecvTimeoutError::Timeout) {
            match self.monitor.state().version() {
                Ok(new) if version.replace(new).is_some_and(|old| old != new) => self.monitor.board().state_changed(),
                Ok(_) => {}
                Err(error) => tracing::warn!(%error, "the state cannot be read"),
            }
            let trouble = self.load_hooks();
            self.warnings.of_state(trouble);
            self.look_at_log();
            self.look_for_warnings();
        }
    }

    /// Loads what changed; why the webhooks cannot be read, where they cannot.
    fn load_hooks(&mut self) -> Option<String> {
        let mut trouble = None;
        match self.book.load(self.address.get().copied()) {
            Ok(Some(Loaded { hooks, warnings })) => {
                self.hooks.send_replace(hooks);
                self.warnings.of_webhooks(warnings);
            }
            Ok(None) => {}
            // What was loaded before stands.
            Err(error) => {
                tracing::warn!(%error, "the webhooks cannot be read");
                trouble = Some(error.to_string());
            }
        }
        match self.monitor.settings() {
            Ok(settings) => {
                let named = Networks::of(settings.trusted_proxies.iter().map(String::as_str));
                self.proxies.send_if_modified(|proxies| std::mem::replace(proxies, named.clone()) != named);
            }
            Err(error) => tracing::warn!(%error, "the settings cannot be read"),
        }
        trouble
    }

    fn look_for_warnings(&mut self) {
        self.monitor.look_for_notices();
        self.warnings.look(&self.monitor, &self.log);
    }

    fn look_at_log(&self) {
        let status = self.monitor.board().receiver.borrow().clone();
        let address = status.address.as_deref();
        match (self.log.health(), status.state) {
            (Err(reason), ReceiverState::Receiving | ReceiverState::Failing) => {
                let reason = format!(
                    "Deliveries cannot be kept: {reason}. CentrePoint is told to send them again later. \
                     Free space on the disk, or see whether the data folder can be written to."
                );
                self.monitor.set_receiver(ReceiverState::Failing, Some(&reason), address);
            }
            (Ok(()), ReceiverState::Failing) => self.monitor.set_receiver(ReceiverState::Receiving, None, address),
            _ => {}
        }
    }
}
