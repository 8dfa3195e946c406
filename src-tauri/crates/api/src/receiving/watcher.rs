//! Looks twice a second whether something changed that nobody tells of: the state by another process, the log's health, the
//! files of TLS.

use std::sync::mpsc::{Receiver, RecvTimeoutError, SyncSender, sync_channel};
use std::thread::{self, JoinHandle};
use std::time::Duration;

use receiver::{Hooks, Networks};
use store::Log;
use tokio::sync::watch;

use super::At;
use super::bulletin::Bulletin;
use super::follower::Follower;
use super::hooks::{HookBook, Loaded};
use super::tls::{Care, Chosen};
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
    pub(super) follower: Follower,
    pub(super) warnings: Warnings,
    pub(super) care: Care,
}

impl Watcher {
    /// Loads the hooks, then starts watching.
    pub(super) fn start(mut watched: Watched) -> Result<Self, ApiError> {
        watched.load_all();
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
        let mut bulletin = Bulletin::new(self.monitor.folder());
        while stopped.recv_timeout(TICK) == Err(RecvTimeoutError::Timeout) {
            match self.monitor.state().version() {
                Ok(new) if version.replace(new).is_some_and(|old| old != new) => self.monitor.board().state_changed(),
                Ok(_) => {}
                Err(error) => tracing::warn!(%error, "the state cannot be read"),
            }
            self.follower.look(self.care.is_secure());
            self.warnings.of_address(self.follower.trouble().map(str::to_owned));
            self.load_all();
            self.look_at_health();
            self.look_for_warnings();
            bulletin.post(&self.monitor.receiver_status());
        }
        bulletin.post(&self.monitor.receiver_status());
    }

    fn load_all(&mut self) {
        let trouble = match self.monitor.tls_chosen() {
            // Where TLS ends, first what may not be received without it.
            Ok(None) => {
                let trouble = self.load_hooks(false);
                self.look_at_tls(None);
                trouble
            }
            Ok(chosen) => {
                self.look_at_tls(chosen);
                self.load_hooks(self.care.is_secure())
            }
            Err(error) => {
                tracing::warn!(%error, "the settings cannot be read");
                self.load_hooks(self.care.is_secure())
            }
        };
        self.warnings.of_state(trouble);
        self.load_proxies();
    }

    fn look_at_tls(&mut self, chosen: Option<Chosen>) {
        self.care.look(chosen);
        let public = self.monitor.settings().map(|settings| settings.public_address).unwrap_or_default();
        self.monitor.set_tls(self.care.status(self.monitor.now(), &public));
        self.warnings.of_tls(self.care.remarks().to_vec());
        let Some(at) = self.at(self.care.is_secure()) else { return };
        let status = self.monitor.receiver_status();
        let url = at.to_string();
        if status.address.as_ref().is_some_and(|known| *known != url) {
            self.monitor.set_receiver(status.state, status.reason.as_deref(), Some(&url));
            if let Err(error) = self.monitor.remember_address(&url) {
                tracing::warn!(%error, "the receiver's address cannot be remembered");
            }
        }
    }

    /// Where the receiver listens, once it does.
    fn at(&self, secure: bool) -> Option<At> {
        self.follower.address().map(|address| At { address, secure })
    }

    /// Loads what changed; why the webhooks cannot be read, where they cannot.
    fn load_hooks(&mut self, secure: bool) -> Option<String> {
        match self.book.load(self.at(secure)) {
            Ok(Some(Loaded { hooks, warnings })) => {
                self.hooks.send_replace(hooks);
                self.warnings.of_webhooks(warnings);
            }
            Ok(None) => {}
            // What was loaded before stands.
            Err(error) => {
                tracing::warn!(%error, "the webhooks cannot be read");
                return Some(error.to_string());
            }
        }
        None
    }

    fn load_proxies(&self) {
        match self.monitor.settings() {
            Ok(settings) => {
                let named = Networks::of(settings.trusted_proxies.iter().map(String::as_str));
                self.proxies.send_if_modified(|proxies| std::mem::replace(proxies, named.clone()) != named);
            }
            Err(error) => tracing::warn!(%error, "the settings cannot be read"),
        }
    }

    fn look_for_warnings(&mut self) {
        self.monitor.look_for_notices();
        self.warnings.look(&self.monitor, &self.log);
    }

    fn look_at_health(&self) {
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
            (Ok(()), ReceiverState::Receiving | ReceiverState::Failing) => {
                let barrier = self.care.barrier(self.monitor.now());
                let state = if barrier.is_some() { ReceiverState::Failing } else { ReceiverState::Receiving };
                self.monitor.set_receiver(state, barrier.as_deref(), address);
            }
            _ => {}
        }
    }
}
