//! A claimed data folder with its log and projector at work; then listening; then the end, in order.

use std::future::Future;
use std::sync::Arc;

use receiver::probe::{Key, Probes};
use receiver::tls::Served;
use receiver::{Hooks, Mover, Moves, Networks, Socket};
use store::{Log, Projector, ReceiverLock};
use tokio::net::TcpListener;
use tokio::sync::watch;

use super::backups::{Backups, TIMES, Trouble};
use super::follower::{Follower, Spot, Standing};
use super::hooks::HookBook;
use super::intake::{self, Desk, Notes};
use super::place::Place;
use super::presence::{Presence, Refusals};
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
    spot: Arc<Spot>,
    moves: Moves,
    key: Option<Key>,
    open: Open,
}

/// What is closed at the end, in this order.
struct Open {
    backups: Backups,
    presence: Presence,
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
        let (mover, wishes) = Mover::channel();
        let spot = Arc::new(Spot::default());
        let follower = Follower::new(monitor, Arc::clone(&spot), mover);
        let rest = Self::behind(monitor, &log, sender, care, follower);
        let (projector, desk, notes, hooks, watcher, presence, backups) = rest.inspect_err(|_| log.close())?;
        monitor.hold_log(Some(log.clone()));
        let key = self_test_key(monitor);
        let open = Open { backups, presence, watcher, notes, log, projector, _lock: lock };
        Ok(Self { monitor: monitor.clone(), desk: Arc::new(desk), hooks, proxies, tls, spot, moves: wishes, key, open })
    }

    #[expect(clippy::type_complexity, reason = "the parts of one constructor, named where they are taken apart")]
    fn behind(
        monitor: &Monitor,
        log: &Log,
        proxies: watch::Sender<Networks>,
        care: Care,
        follower: Follower,
    ) -> Result<(Projector, Desk, Notes, watch::Receiver<Hooks>, Watcher, Presence, Backups), ApiError> {
        let pulse = monitor.clone();
        let projector = Projector::start(monitor.folder(), log, move |change| {
            pulse.board().pulse.send_modify(|pulse| {
                pulse.sequence = change.sequence;
                pulse.behind = change.behind;
                pulse.opened += change.opened_count;
                pulse.rebuilding = change.rebuilding;
            });
        })?;
        let refusals = Arc::new(Refusals::default());
        let (desk, notes) = intake::open(monitor, log, Arc::clone(&refusals))?;
        let (sender, hooks) = watch::channel(Hooks::default());
        let trouble = Arc::new(Trouble::default());
        let watcher = Watcher::start(Watched {
            monitor: monitor.clone(),
            log: log.clone(),
            book: HookBook::new(monitor),
            hooks: sender,
            proxies,
            follower,
            warnings: Warnings::with(Arc::clone(&trouble)),
            care,
        })?;
        let presence = Presence::start(monitor, log, refusals)?;
        let backups = Backups::start(monitor, trouble, TIMES, store::disk::Room::of)?;
        Ok((projector, desk, notes, hooks, watcher, presence, backups))
    }

    /// TLS is on.
    pub(super) fn is_secure(&self) -> bool {
        self.tls.is_secure()
    }

    /// Answers requests until `shutdown` resolves, then closes everything.
    pub(super) async fn run(
        mut self,
        listener: TcpListener,
        place: Place,
        listening: impl FnOnce(At) + Send,
        shutdown: impl Future<Output = ()> + Send,
    ) -> Result<(), ApiError> {
        let outcome = self.answer(listener, place, listening, shutdown).await;
        self.close(outcome.is_ok()).await;
        outcome
    }

    async fn answer(
        &mut self,
        listener: TcpListener,
        place: Place,
        listening: impl FnOnce(At) + Send,
        shutdown: impl Future<Output = ()> + Send,
    ) -> Result<(), ApiError> {
        // Gone with this, however it ends: the watcher may be waiting to move, and is waited for when the station closes.
        let moves = std::mem::replace(&mut self.moves, Moves::none());
        let lost = |error: std::io::Error| ApiError::failed(format!("the receiver cannot listen any more: {error}"));
        let address = listener.local_addr().map_err(lost)?;
        let at = At { address, secure: self.is_secure() };
        let url = at.to_string();
        self.monitor.set_address_from(place.from);
        self.spot.set(Standing { address, place });
        let remembered = url.clone();
        let (signs, ending) = (self.open.presence.signs().clone(), self.open.presence.signs().clone());
        let there = move |monitor: &Monitor| {
            signs.receiving();
            monitor.remember_address(&remembered)
        };
        blocking(&self.monitor, there).await?;
        let shutdown = async move {
            shutdown.await;
            let told = tokio::task::spawn_blocking(move || ending.ending()).await;
            told.unwrap_or_else(|error| tracing::error!(%error, "the end was not noted"));
        };
        self.monitor.set_receiver(ReceiverState::Receiving, None, Some(&url));
        tracing::info!(address = %at, folder = %self.monitor.data_folder().display(), "receiving");
        // Before anybody is told: who comes from then on finds room.
        let limits = handles::limits();
        listening(at);
        let clock = Arc::clone(self.monitor.clock());
        let (hooks, desk, proxies) = (self.hooks.clone(), Arc::clone(&self.desk), self.proxies.clone());
        let socket = Socket { listener, tls: self.tls.clone(), probes: self.key.clone().map(Probes::of), moves };
        receiver::run(socket, hooks, desk, clock, limits, proxies, shutdown).await.map_err(lost)
    }

    /// The address cannot be listened on for now.
    pub(super) async fn cannot_listen(&self) {
        let signs = self.open.presence.signs().clone();
        let told = tokio::task::spawn_blocking(move || signs.waiting()).await;
        told.unwrap_or_else(|error| tracing::error!(%error, "that nothing is received was not noted"));
    }

    /// Closes everything, in order: what is queued is written first, and a delivery that was answered is in the log. `in_order`: not since
    /// listening failed for good.
    pub(super) async fn close(self, in_order: bool) {
        let Self { monitor, desk, open, .. } = self;
        monitor.set_receiver(ReceiverState::NotReceiving, Some(status::CLOSED), None);
        let closing = tokio::task::spawn_blocking(move || {
            open.backups.finish();
            open.presence.finish(in_order);
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

/// What self tests are proven by while this process receives. Receiving goes on without: then it only cannot be tested.
fn self_test_key(monitor: &Monitor) -> Option<Key> {
    let key =
        Key::fresh().inspect_err(|error| tracing::warn!(%error, "no self tests: there is no key for them")).ok()?;
    let kept = monitor.secrets().put_probe_key(key.secret());
    kept.inspect_err(|error| tracing::warn!(%error, "no self tests: their key cannot be kept")).ok()?;
    Some(key)
}
