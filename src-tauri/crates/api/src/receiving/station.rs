//! A claimed data folder with its log and projector at work; then listening; then the end, in order.

use std::future::Future;
use std::net::SocketAddr;
use std::sync::{Arc, OnceLock};

use receiver::tls::Served;
use receiver::{Hooks, Networks, Socket};
use store::{Log, Projector, ReceiverLock};
use tokio::net::TcpListener;
use tokio::sync::watch;

use super::hooks::HookBook;
use super::intake::{self, Desk, Notes};
use super::tls::Care;
use super::warnings::Warnings;
use super::watcher::{Watched, Watcher};
use super::{At, blocking, handles, status};
use crate::Monitor;
use crate::wire::{ApiError, ReceiverState};

/// Everything that is open while this process receives.
pub(super) struct Station {
    monitor: Monitor,
    desk: Arc<Desk>,
    hooks: watch::Receiver<Hooks>,
    proxies: watch::Receiver<Networks>,
    tls: Served,
    address: Arc<OnceLock<SocketAddr>>,
    open: Open,
}

/// What is closed at the end, in this order.
struct Open {
    watcher: Watcher,
    notes: Notes,
    log: Log,
    projector: Projector,
    _lock: ReceiverLock,
}

impl Station {
    /// Opens log and projector. Blocks.
    pub(super) fn open(monitor: &Monitor, lock: ReceiverLock, care: Care) -> Result<Self, ApiError> {
        let log = Log::open_to_receive(monitor.folder(), &lock, Arc::clone(monitor.clock()))?;
        let (sender, proxies) = watch::channel(Networks::default());
        let tls = care.served();
        let rest = Self::behind(monitor, &log, sender, care);
        let (projector, desk, notes, hooks, address, watcher) = rest.inspect_err(|_| log.close())?;
        monitor.hold_log(Some(log.clone()));
        let open = Open { watcher, notes, log, projector, _lock: lock };
        Ok(Self { monitor: monitor.clone(), desk: Arc::new(desk), hooks, proxies, tls, address, open })
    }

    #[expect(clippy::type_complexity, reason = "the parts of one constructor, named where they are taken apart")]
    fn behind(
        monitor: &Monitor,
        log: &Log,
        proxies: watch::Sender<Networks>,
        care: Care,
    ) -> Result<(Projector, Desk, Notes, watch::Receiver<Hooks>, Arc<OnceLock<SocketAddr>>, Watcher), ApiError> {
        let pulse = monitor.clone();
        let projector = Projector::start(monitor.folder(), log, move |change| {
            pulse.board().pulse.send_modify(|pulse| {
                pulse.sequence = change.sequence;
                pulse.behind = change.behind;
                pulse.opened += change.opened_count;
                pulse.rebuilding = change.rebuilding;
            });
        })?;
        let (desk, notes) = intake::open(monitor, log)?;
        let (sender, hooks) = watch::channel(Hooks::default());
        let address = Arc::new(OnceLock::new());
        let watcher = Watcher::start(Watched {
            monitor: monitor.clone(),
            log: log.clone(),
            book: HookBook::new(monitor),
            hooks: sender,
            proxies,
            address: Arc::clone(&address),
            warnings: Warnings::default(),
            care,
        })?;
        Ok((projector, desk, notes, hooks, address, watcher))
    }

    /// TLS is on.
    pub(super) fn is_secure(&self) -> bool {
        self.tls.is_secure()
    }

    /// Answers requests until `shutdown` resolves, then closes everything.
    pub(super) async fn run(
        self,
        listener: TcpListener,
        listening: impl FnOnce(At) + Send,
        shutdown: impl Future<Output = ()> + Send,
    ) -> Result<(), ApiError> {
        let outcome = self.answer(listener, listening, shutdown).await;
        self.close().await;
        outcome
    }

    async fn answer(
        &self,
        listener: TcpListener,
        listening: impl FnOnce(At) + Send,
        shutdown: impl Future<Output = ()> + Send,
    ) -> Result<(), ApiError> {
        let lost = |error: std::io::Error| ApiError::failed(format!("the receiver cannot listen any more: {error}"));
        let address = listener.local_addr().map_err(lost)?;
        let at = At { address, secure: self.is_secure() };
        let url = at.to_string();
        // Set once a station: a listener that failed for good ends it.
        let _ = self.address.set(address);
        let remembered = url.clone();
        blocking(&self.monitor, move |monitor| monitor.remember_address(&remembered)).await?;
        self.monitor.set_receiver(ReceiverState::Receiving, None, Some(&url));
        tracing::info!(address = %at, folder = %self.monitor.data_folder().display(), "receiving");
        listening(at);
        let clock = Arc::clone(self.monitor.clock());
        let (hooks, desk, proxies) = (self.hooks.clone(), Arc::clone(&self.desk), self.proxies.clone());
        let socket = Socket { listener, tls: self.tls.clone() };
        receiver::run(socket, hooks, desk, clock, handles::limits(), proxies, shutdown).await.map_err(lost)
    }

    /// Closes everything, in order: what is queued is written first, and a delivery that was answered is in the log.
    pub(super) async fn close(self) {
        let Self { monitor, desk, open, .. } = self;
        monitor.set_receiver(ReceiverState::NotReceiving, Some(status::CLOSED), None);
        let closing = tokio::task::spawn_blocking(move || {
            open.watcher.finish();
            monitor.set_tls(None);
            drop(desk);
            open.notes.finish();
            monitor.hold_log(None);
            open.log.close();
            open.projector.stop();
        });
        match closing.await {
            Ok(()) => tracing::info!("closed in good order"),
            Err(error) => tracing::error!(%error, "closing stopped at a fault"),
        }
    }
}
