//! What is new, as values to watch: the latest one always stands, those between may be skipped, the last never is.
//!
//! How often a window hears of it is the window's business.

use std::collections::BTreeMap;

use tokio::sync::watch;

use crate::wire::{ExportProgress, PopUpDesktop, ReceiverState, ReceiverStatus};

/// How far things are.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Pulse {
    /// The view holds everything up to this sequence.
    pub sequence: i64,
    /// Rows of the log the view has not derived yet.
    pub behind: i64,
    /// Problems that opened or reopened since this process started.
    pub opened: u64,
    /// A rebuild is going on: rows done, rows in all.
    pub rebuilding: Option<(i64, i64)>,
    /// Changes whenever webhooks, handshakes, rejections or settings do.
    pub state: u64,
    /// Changes whenever the inbox of notifications does, or what is known of the desktop.
    pub notifications: u64,
}

/// Everything of a process that can be watched.
#[derive(Debug)]
pub(crate) struct Board {
    pub(crate) pulse: watch::Sender<Pulse>,
    pub(crate) receiver: watch::Sender<ReceiverStatus>,
    pub(crate) exports: watch::Sender<BTreeMap<u32, ExportProgress>>,
    /// What the desktop does with pop-ups; `None` where this process shows none.
    pub(crate) desktop: watch::Sender<Option<PopUpDesktop>>,
}

impl Board {
    pub(crate) fn new() -> Self {
        Self {
            pulse: watch::Sender::new(Pulse::default()),
            receiver: watch::Sender::new(ReceiverStatus {
                tls: None,
                state: ReceiverState::NotReceiving,
                since: None,
                reason: None,
                address: None,
                address_from: None,
                last_arrival_at: None,
                behind: 0,
                rebuilding: None,
                warnings: Vec::new(),
                notices: Vec::new(),
                elsewhere: None,
            }),
            exports: watch::Sender::new(BTreeMap::new()),
            desktop: watch::Sender::new(None),
        }
    }

    /// Webhooks, handshakes, rejections or settings changed.
    pub(crate) fn state_changed(&self) {
        self.pulse.send_modify(|pulse| pulse.state += 1);
    }

    /// The inbox of notifications changed, or what is known of the desktop.
    pub(crate) fn notifications_changed(&self) {
        self.pulse.send_modify(|pulse| pulse.notifications += 1);
    }
}

impl crate::Monitor {
    /// Watches how far things are.
    #[must_use]
    pub fn watch_pulse(&self) -> watch::Receiver<Pulse> {
        self.board().pulse.subscribe()
    }

    /// Watches the receiver of this process. `behind`, `rebuilding` and the last arrival are as of the last turn of its state: ask [`Self::receiver_status`] for those.
    #[must_use]
    pub fn watch_receiver(&self) -> watch::Receiver<ReceiverStatus> {
        self.board().receiver.subscribe()
    }

    /// Watches the exports of this process: those that run and the newest that ended, by id.
    #[must_use]
    pub fn watch_exports(&self) -> watch::Receiver<BTreeMap<u32, ExportProgress>> {
        self.board().exports.subscribe()
    }
}
