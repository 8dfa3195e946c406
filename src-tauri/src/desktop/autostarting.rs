//! Starting with the computer, as the window asks for it.

use api::Monitor;
use api::wire::{ApiError, Autostart, AutostartState};

use crate::autostart::{Found, Start};

/// What starts with the computer, where that is switched on; why it cannot be said, where it cannot.
pub(super) struct Autostarting(anyhow::Result<Start>);

impl From<anyhow::Result<Start>> for Autostarting {
    fn from(start: anyhow::Result<Start>) -> Self {
        Self(start)
    }
}

impl Autostarting {
    /// How it is now, once `change` was made.
    pub(super) fn after(
        &self,
        monitor: &Monitor,
        change: impl FnOnce(&Start) -> anyhow::Result<()>,
    ) -> Result<Autostart, ApiError> {
        let failed = |error: &anyhow::Error| ApiError::failed(format!("starting with the computer: {error:#}"));
        if monitor.is_practice()? {
            return Ok(Autostart { state: AutostartState::Unavailable, other: None });
        }
        let start = self.0.as_ref().map_err(failed)?;
        change(start).map_err(|error| failed(&error))?;
        let (state, other) = match start.look().map_err(|error| failed(&error))? {
            Found::Off => (AutostartState::Off, None),
            Found::On => (AutostartState::On, None),
            Found::Other(other) => (AutostartState::Other, Some(other)),
        };
        Ok(Autostart { state, other })
    }
}
