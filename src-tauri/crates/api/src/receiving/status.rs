//! Whether this process receives, and what there is to know about it.

use std::sync::atomic::Ordering;

use crate::Monitor;
use crate::times::rfc3339;
use crate::wire::{AddressFrom, Notice, ReceiverState, ReceiverStatus, TlsStatus};

/// Why nothing is received after a good end.
pub(super) const CLOSED: &str = "The receiver is closed.";

/// Whether something keeps this process from receiving that it did not mean to.
pub(crate) fn is_trouble(status: &ReceiverStatus) -> bool {
    matches!(status.state, ReceiverState::Failing | ReceiverState::NotReceiving)
        && status.reason.as_deref().is_some_and(|reason| reason != CLOSED)
}

impl Monitor {
    /// Whether this process receives, how far the view is behind, when the last delivery arrived.
    #[must_use]
    pub fn receiver_status(&self) -> ReceiverStatus {
        let mut status = self.board().receiver.borrow().clone();
        if status.elsewhere.is_some() {
            return status;
        }
        let pulse = *self.board().pulse.borrow();
        status.behind = pulse.behind;
        status.rebuilding = pulse.rebuilding;
        status.last_arrival_at = self.last_arrival_at().map(rfc3339);
        status
    }

    /// An arrival was kept at `at`, microseconds since 1970 UTC.
    pub(crate) fn note_arrival(&self, at: i64) {
        // The latest by the order of the log, not by the clock: that may have been set back.
        self.last_arrival().store(at, Ordering::Relaxed);
    }

    /// Sets the state; watchers wake only where something differs.
    pub(crate) fn set_receiver(&self, state: ReceiverState, reason: Option<&str>, address: Option<&str>) {
        let now = rfc3339(self.now());
        self.board().receiver.send_if_modified(|status| {
            let same =
                status.state == state && status.reason.as_deref() == reason && status.address.as_deref() == address;
            if status.state != state || status.since.is_none() {
                status.since = Some(now);
            }
            status.state = state;
            status.reason = reason.map(str::to_owned);
            status.address = address.map(str::to_owned);
            let was_elsewhere = status.elsewhere.take().is_some();
            if was_elsewhere {
                // What the other one warned of is not this one's.
                status.warnings.clear();
                status.tls = None;
            }
            !same || was_elsewhere
        });
    }

    /// Sets who said where to listen.
    pub(crate) fn set_address_from(&self, from: AddressFrom) {
        self.board().receiver.send_if_modified(|status| status.address_from.replace(from) != Some(from));
    }

    /// Another process receives, and this is how it is. What a person must have read is the folder's, whoever receives.
    pub(crate) fn show_receiver(&self, shown: ReceiverStatus) {
        let (behind, rebuilding) = (shown.behind, shown.rebuilding);
        self.board().receiver.send_if_modified(|status| {
            let shown = ReceiverStatus { notices: status.notices.clone(), ..shown };
            let differs = shown != *status;
            *status = shown;
            differs
        });
        self.board().pulse.send_if_modified(|pulse| {
            let differs = (pulse.behind, pulse.rebuilding) != (behind, rebuilding);
            (pulse.behind, pulse.rebuilding) = (behind, rebuilding);
            differs
        });
    }

    /// Sets what there is to know beside the state.
    pub(crate) fn set_warnings(&self, warnings: Vec<String>) {
        self.board().receiver.send_if_modified(|status| {
            let differs = status.warnings != warnings;
            status.warnings = warnings;
            differs
        });
    }

    /// Sets what is served with TLS.
    pub(crate) fn set_tls(&self, tls: Option<Box<TlsStatus>>) {
        self.board().receiver.send_if_modified(|status| {
            let differs = status.tls != tls;
            status.tls = tls;
            differs
        });
    }

    /// Sets what a person must have read.
    pub(crate) fn set_notices(&self, notices: Vec<Notice>) {
        self.board().receiver.send_if_modified(|status| {
            let differs = status.notices != notices;
            status.notices = notices;
            differs
        });
    }
}
