//! Follows the setting that says where to listen, while the receiver runs: a change of it is made at once, with no connection that is open cut off.
//!
//! Each change is tried once. One that cannot be made is said, and the receiver stays where it is; the next start tries again.

use std::net::SocketAddr;
use std::sync::{Arc, Mutex, PoisonError};

use receiver::Mover;

use super::place::{self, Place};
use crate::Monitor;
use crate::wire::{AddressFrom, ApiError};

/// Where the receiver listens, once it does.
#[derive(Debug, Default)]
pub(super) struct Spot(Mutex<Option<Standing>>);

#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Standing {
    /// In truth: of port 0, the one that it became.
    pub(super) address: SocketAddr,
    pub(super) place: Place,
}

impl Spot {
    pub(super) fn get(&self) -> Option<Standing> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    pub(super) fn set(&self, standing: Standing) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = Some(standing);
    }
}

/// Follows it.
pub(super) struct Follower {
    monitor: Monitor,
    spot: Arc<Spot>,
    mover: Mover,
    /// Why it could not be followed.
    trouble: Option<String>,
}

impl Follower {
    pub(super) fn new(monitor: &Monitor, spot: Arc<Spot>, mover: Mover) -> Self {
        Self { monitor: monitor.clone(), spot, mover, trouble: None }
    }

    /// Where the receiver listens, once it does.
    pub(super) fn address(&self) -> Option<SocketAddr> {
        self.spot.get().map(|standing| standing.address)
    }

    /// What there is to know, as a warning.
    pub(super) fn trouble(&self) -> Option<&str> {
        self.trouble.as_deref()
    }

    /// Goes where the setting says, where that changed. `secure`: with TLS. Blocks.
    pub(super) fn look(&mut self, secure: bool) {
        let Some(standing) = self.spot.get() else { return };
        match self.monitor.place() {
            Ok(wanted) if wanted.setting != standing.place.setting => self.follow(&standing, wanted, secure),
            Ok(_) => {}
            // What it is stands.
            Err(error) => tracing::warn!(%error, "the settings cannot be read"),
        }
    }

    fn follow(&mut self, standing: &Standing, wanted: Place, secure: bool) {
        self.trouble = None;
        if wanted.is_told() || wanted.address == standing.address {
            return self.stand(standing.address, wanted);
        }
        let (before, to) = (standing.address, wanted.address);
        match self.go(to, secure) {
            Ok(address) => {
                tracing::info!(%before, %address, "receiving at another address from now on");
                self.stand(address, wanted);
            }
            Err(reason) => {
                tracing::warn!(%before, %to, reason, "the address in the settings cannot be used");
                self.trouble = Some(format!(
                    "The receiver goes on at {before}, since it cannot listen on {to}, as the settings say: {reason}. The next start tries \
                     that again: see to it before, or change the address in Settings, General."
                ));
                self.stand(before, Place { address: before, from: AddressFrom::Before, ..wanted });
            }
        }
    }

    fn go(&self, to: SocketAddr, secure: bool) -> Result<SocketAddr, String> {
        let too_open = self.monitor.is_too_open(to).map_err(|error: ApiError| error.message)?;
        if too_open && !secure {
            return Err(place::too_open(to));
        }
        self.mover.go(to).map_err(|error| place::why(to, &error))
    }

    fn stand(&self, address: SocketAddr, place: Place) {
        self.monitor.set_address_from(place.from);
        self.spot.set(Standing { address, place });
    }
}

#[cfg(test)]
mod tests;
