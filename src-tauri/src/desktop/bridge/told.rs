//! What the page was told, and what of how things are now is new to it. Pure: the instant is a parameter.

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use api::live::Pulse;
use api::wire::{ExportProgress, LiveMessage, ReceiverStatus};

/// How often the receiver's status is told anew where only its figures moved (the last delivery, rows behind).
pub(super) const FIGURES: Duration = Duration::from_secs(1);

/// How things are.
pub(super) struct Now {
    pub(super) pulse: Pulse,
    pub(super) receiver: ReceiverStatus,
    pub(super) exports: BTreeMap<u32, ExportProgress>,
}

/// What the page was told.
pub(super) struct Told {
    pulse: Pulse,
    /// The view's position, where it was told.
    sequence: Option<(i64, i64)>,
    receiver: Option<(ReceiverStatus, Instant)>,
    exports: BTreeMap<u32, ExportProgress>,
}

impl Told {
    /// A page that knows nothing, but is not told of problems that opened before it came: it asks for those.
    pub(super) fn nothing(pulse: Pulse) -> Self {
        Self { pulse, sequence: None, receiver: None, exports: BTreeMap::new() }
    }

    /// What is new, as messages.
    pub(super) fn news(&mut self, now: Now, at: Instant) -> Vec<LiveMessage> {
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
        if now.pulse.notifications != self.pulse.notifications {
            messages.push(LiveMessage::Notifications);
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
            || told.notices != status.notices
            || told.elsewhere != status.elsewhere
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
            address_from: None,
            last_arrival_at: last.map(str::to_owned),
            behind: 0,
            rebuilding: None,
            tls: None,
            warnings: Vec::new(),
            notices: Vec::new(),
            elsewhere: None,
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
        let told_of = Pulse { notifications: 1, ..changed };
        assert_eq!(told.news(now(told_of), at), [LiveMessage::Notifications]);
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
