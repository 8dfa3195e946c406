//! What is new, told to the page: the first at once, then at most one message every 50 ms, the last never dropped.
//!
//! Messages are hints to ask again; what they are about is asked through the commands.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

use anyhow::Context as _;
use api::Monitor;
use api::live::Pulse;
use api::wire::{ExportProgress, LiveMessage, ReceiverStatus};
use tauri::ipc::Channel;
use tokio::sync::Notify;

/// The least time between two rounds of messages.
const PAUSE: Duration = Duration::from_millis(50);

/// How often the receiver's status is told anew where only its figures moved (the last delivery, rows behind).
const FIGURES: Duration = Duration::from_secs(1);

/// Where messages go: the page's channel, and a click that waits for a page.
#[derive(Default)]
pub(super) struct Bridge {
    to: Mutex<To>,
    wake: Notify,
}

#[derive(Default)]
struct To {
    channel: Option<Channel<LiveMessage>>,
    /// The channel is a new one: it is told everything.
    is_new: bool,
    /// A pop-up was clicked. The latest click counts.
    clicked: Option<Clicked>,
}

/// A clicked pop-up's problem; none where it was about several.
struct Clicked(Option<i64>);

impl Bridge {
    /// From now on messages go to `channel`; the one before is forgotten.
    pub(super) fn subscribe(&self, channel: Channel<LiveMessage>) {
        let mut to = self.to.lock().unwrap_or_else(PoisonError::into_inner);
        to.channel = Some(channel);
        to.is_new = true;
        drop(to);
        self.wake.notify_one();
    }

    /// Tells the page to show a problem, once there is a page.
    pub(super) fn open_problem(&self, problem: Option<i64>) {
        self.to.lock().unwrap_or_else(PoisonError::into_inner).clicked = Some(Clicked(problem));
        self.wake.notify_one();
    }

    /// Sends what differs from what was told before.
    fn tell(&self, monitor: &Monitor, told: &mut Told) {
        let mut to = self.to.lock().unwrap_or_else(PoisonError::into_inner);
        let Some(channel) = to.channel.clone() else { return };
        if std::mem::take(&mut to.is_new) {
            *told = Told::nothing(told.pulse);
        }
        let clicked = to.clicked.take();
        drop(to);
        let now = Now {
            pulse: *monitor.watch_pulse().borrow(),
            receiver: monitor.receiver_status(),
            exports: monitor.watch_exports().borrow().clone(),
        };
        let mut messages = told.news(now, Instant::now());
        messages.extend(clicked.map(|Clicked(id)| LiveMessage::OpenProblem { id }));
        for message in messages {
            if let Err(error) = channel.send(message) {
                // The page was closed or is being loaded again: a new one subscribes.
                tracing::debug!(%error, "nobody listens in the window");
            }
        }
    }
}

/// Starts the thread that tells. It ends with the process.
pub(super) fn start(monitor: &Monitor, bridge: &Arc<Bridge>) -> anyhow::Result<()> {
    let (monitor, bridge) = (monitor.clone(), Arc::clone(bridge));
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_time()
        .build()
        .context("the window cannot be told what is new")?;
    let follow = async move {
        let (mut pulse, mut receiver, mut exports) =
            (monitor.watch_pulse(), monitor.watch_receiver(), monitor.watch_exports());
        let mut told = Told::nothing(*pulse.borrow());
        loop {
            bridge.tell(&monitor, &mut told);
            tokio::time::sleep(PAUSE).await;
            // Which of them wakes it is no matter: everything is looked at. None of the senders goes away before the process.
            tokio::select! {
                _ = pulse.changed() => {}
                _ = receiver.changed() => {}
                _ = exports.changed() => {}
                () = bridge.wake.notified() => {}
                () = tokio::time::sleep(FIGURES) => {}
            }
        }
    };
    thread::Builder::new()
        .name("bridge".to_owned())
        .spawn(move || runtime.block_on(follow))
        .map(|_| ())
        .context("the window cannot be told what is new")
}

/// How things are.
struct Now {
    pulse: Pulse,
    receiver: ReceiverStatus,
    exports: BTreeMap<u32, ExportProgress>,
}

/// What the page was told.
struct Told {
    pulse: Pulse,
    /// The view's position, where it was told.
    sequence: Option<(i64, i64)>,
    receiver: Option<(ReceiverStatus, Instant)>,
    exports: BTreeMap<u32, ExportProgress>,
}

impl Told {
    /// A page that knows nothing, but is not told of problems that opened before it came: it asks for those.
    fn nothing(pulse: Pulse) -> Self {
        Self { pulse, sequence: None, receiver: None, exports: BTreeMap::new() }
    }

    /// What is new, as messages.
    fn news(&mut self, now: Now, at: Instant) -> Vec<LiveMessage> {
        let mut messages = Vec::new();
        let sequence = (now.pulse.sequence, now.pulse.behind);
        let opened = now.pulse.opened.saturating_sub(self.pulse.opened);
        if self.sequence != Some(sequence) || opened > 0 {
            messages.push(LiveMessage::Changed { sequence: sequence.0, behind: sequence.1, opened });
            self.sequence = Some(sequence);
        }
        if now.pulse.state != self.pulse.state {
            messages.push(LiveMessage::State);
        }
        self.pulse = now.pulse;
        if self.wants(&now.receiver, at) {
            messages.push(LiveMessage::Receiver { status: now.receiver.clone() });
            self.receiver = Some((now.receiver, at));
        }
        let moved = now.exports.values().filter(|progress| self.exports.get(&progress.id) != Some(progress));
        messages.extend(moved.map(|progress| LiveMessage::Export { progress: progress.clone() }));
        self.exports = now.exports;
        messages
    }

    /// Whether the receiver's status is to be told: at once where something turned, once a second where only figures moved.
    fn wants(&self, status: &ReceiverStatus, at: Instant) -> bool {
        let Some((told, when)) = &self.receiver else { return true };
        let turned = told.state != status.state
            || told.reason != status.reason
            || told.address != status.address
            || told.warnings != status.warnings
            || told.rebuilding.is_some() != status.rebuilding.is_some();
        turned || (told != status && at.duration_since(*when) >= FIGURES)
    }
}

#[cfg(test)]
mod tests {
    use api::wire::{ExportState, ReceiverState};

    use super::*;

    fn status(state: ReceiverState, last: Option<&str>) -> ReceiverStatus {
        ReceiverStatus {
            state,
            since: None,
            reason: None,
            address: None,
            last_arrival_at: last.map(str::to_owned),
            behind: 0,
            rebuilding: None,
            warnings: Vec::new(),
        }
    }

    fn now(pulse: Pulse) -> Now {
        Now { pulse, receiver: status(ReceiverState::Receiving, None), exports: BTreeMap::new() }
    }

    #[test]
    fn a_new_page_is_told_where_things_stand_and_then_only_what_moves() {
        let at = Instant::now();
        let pulse = Pulse { sequence: 7, opened: 3, ..Pulse::default() };
        let mut told = Told::nothing(pulse);
        let first = told.news(now(pulse), at);
        assert!(matches!(first[0], LiveMessage::Changed { sequence: 7, opened: 0, .. }), "{first:?}");
        assert!(matches!(first[1], LiveMessage::Receiver { .. }), "{first:?}");
        assert_eq!(told.news(now(pulse), at), []);
        let more = Pulse { sequence: 9, opened: 5, ..pulse };
        assert_eq!(told.news(now(more), at), [LiveMessage::Changed { sequence: 9, behind: 0, opened: 2 }]);
        let changed = Pulse { state: 1, ..more };
        assert_eq!(told.news(now(changed), at), [LiveMessage::State]);
    }

    #[test]
    fn figures_of_the_receiver_are_told_once_a_second_and_a_turn_at_once() {
        let start = Instant::now();
        let mut told = Told::nothing(Pulse::default());
        told.news(now(Pulse::default()), start);
        let with = |status: ReceiverStatus| Now { receiver: status, ..now(Pulse::default()) };
        let delivered = || with(status(ReceiverState::Receiving, Some("2026-08-22T14:05:33.123456Z")));
        assert_eq!(told.news(delivered(), start + Duration::from_millis(500)), []);
        assert_eq!(told.news(delivered(), start + FIGURES).len(), 1);
        let turned = told.news(with(status(ReceiverState::Failing, None)), start + FIGURES);
        assert!(matches!(&turned[..], [LiveMessage::Receiver { status }] if status.state == ReceiverState::Failing));
    }

    #[test]
    fn an_export_is_told_when_it_moves() {
        let at = Instant::now();
        let mut told = Told::nothing(Pulse::default());
        told.news(now(Pulse::default()), at);
        let progress =
            |rows, state| ExportProgress { id: 1, state, rows, total: 9, path: "a.csv".to_owned(), message: None };
        let with = |progress: ExportProgress| Now { exports: BTreeMap::from([(1, progress)]), ..now(Pulse::default()) };
        assert_eq!(told.news(with(progress(1, ExportState::Running)), at).len(), 1);
        assert_eq!(told.news(with(progress(1, ExportState::Running)), at).len(), 0);
        assert_eq!(told.news(with(progress(9, ExportState::Done)), at).len(), 1);
    }
}
