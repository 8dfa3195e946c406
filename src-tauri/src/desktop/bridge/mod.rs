//! What is new, told to the page: the first at once, then at most one message every 50 ms, the last never dropped.
//!
//! Messages are hints to ask again; what they are about is asked through the commands. Nothing waits in a queue: what a message says
//! is looked up when it is sent, so a burst costs no memory.

mod told;

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;
use std::time::Duration;

use anyhow::Context as _;
use api::Monitor;
use api::live::Pulse;
use api::wire::{ExportProgress, LiveMessage, NotificationTarget, ReceiverStatus};
use tauri::ipc::Channel;
use tokio::sync::{Notify, watch};
use tokio::time::Instant;

use told::{FIGURES, Now, Told};

/// The least time between two messages: 20 a second at most.
const PAUSE: Duration = Duration::from_millis(50);

/// Everything there is to tell at one time.
type Messages = Vec<LiveMessage>;

/// Where messages go: the page's channel, and a click that waits for a page.
#[derive(Default)]
pub(super) struct Bridge {
    to: Mutex<To>,
    wake: Notify,
}

#[derive(Default)]
struct To {
    channel: Option<Channel<Messages>>,
    /// The channel is a new one: it is told everything.
    is_new: bool,
    /// A pop-up was clicked. The latest click counts.
    clicked: Option<NotificationTarget>,
}

impl Bridge {
    /// From now on messages go to `channel`; the one before is forgotten.
    pub(super) fn subscribe(&self, channel: Channel<Messages>) {
        let mut to = self.to.lock().unwrap_or_else(PoisonError::into_inner);
        to.channel = Some(channel);
        to.is_new = true;
        drop(to);
        self.wake.notify_one();
    }

    /// The page is no more: nothing is told until another subscribes, and a click waits for that one.
    pub(super) fn forget(&self) {
        self.to.lock().unwrap_or_else(PoisonError::into_inner).channel = None;
    }

    /// Tells the page to show what was clicked, once there is a page.
    pub(super) fn open(&self, target: NotificationTarget) {
        self.to.lock().unwrap_or_else(PoisonError::into_inner).clicked = Some(target);
        self.wake.notify_one();
    }

    /// Sends what differs from what was told before, as one message.
    fn tell(&self, now: Now, told: &mut Told) {
        let mut to = self.to.lock().unwrap_or_else(PoisonError::into_inner);
        let Some(channel) = to.channel.clone() else { return };
        if std::mem::take(&mut to.is_new) {
            *told = Told::nothing(now.pulse);
        }
        let clicked = to.clicked.take();
        drop(to);
        let mut messages = told.news(now, Instant::now().into_std());
        messages.extend(clicked.iter().map(|target| LiveMessage::Open { target: target.clone() }));
        if messages.is_empty() {
            return;
        }
        if let Err(error) = channel.send(messages) {
            // The page was closed or is being loaded again: a new one subscribes.
            tracing::debug!(%error, "nobody listens in the window");
            // All else is asked for by the next page; what a person clicked on is not.
            let mut to = self.to.lock().unwrap_or_else(PoisonError::into_inner);
            to.clicked = to.clicked.take().or(clicked);
        }
    }
}

/// What is watched: the latest value always stands, those between may be skipped.
struct Sources {
    pulse: watch::Receiver<Pulse>,
    receiver: watch::Receiver<ReceiverStatus>,
    exports: watch::Receiver<BTreeMap<u32, ExportProgress>>,
    /// The receiver's status with its figures as of now.
    status: Box<dyn Fn() -> ReceiverStatus + Send>,
}

impl Sources {
    fn of(monitor: Monitor) -> Self {
        Self {
            pulse: monitor.watch_pulse(),
            receiver: monitor.watch_receiver(),
            exports: monitor.watch_exports(),
            status: Box::new(move || monitor.receiver_status()),
        }
    }

    fn now(&self) -> Now {
        Now { pulse: latest(&self.pulse), receiver: (self.status)(), exports: latest(&self.exports) }
    }
}

/// The latest value, taken out: it is locked while it is looked at, which must be over before anything else is asked for. Within one
/// expression it would not be.
fn latest<T: Clone>(watched: &watch::Receiver<T>) -> T {
    watched.borrow().clone()
}

/// Starts the thread that tells. It ends with the process.
pub(super) fn start(monitor: &Monitor, bridge: &Arc<Bridge>) -> anyhow::Result<()> {
    let (sources, bridge) = (Sources::of(monitor.clone()), Arc::clone(bridge));
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_time()
        .build()
        .context("the window cannot be told what is new")?;
    thread::Builder::new()
        .name("bridge".to_owned())
        .spawn(move || runtime.block_on(follow(sources, bridge)))
        .map(|_| ())
        .context("the window cannot be told what is new")
}

/// Tells for good.
async fn follow(mut sources: Sources, bridge: Arc<Bridge>) {
    let mut told = Told::nothing(latest(&sources.pulse));
    loop {
        bridge.tell(sources.now(), &mut told);
        tokio::time::sleep(PAUSE).await;
        // Which of them wakes it is no matter: everything is looked at. None of the senders goes away before the process.
        tokio::select! {
            _ = sources.pulse.changed() => {}
            _ = sources.receiver.changed() => {}
            _ = sources.exports.changed() => {}
            () = bridge.wake.notified() => {}
            () = tokio::time::sleep(FIGURES) => {}
        }
    }
}

#[cfg(test)]
mod tests;
