//! What answers depend on besides the history: now, the viewer's zone, when an upload is stuck.

use jiff::tz::TimeZone;
use store::history::Lens;

use crate::Monitor;
use crate::wire::ApiError;

const MICROS_PER_HOUR: f64 = 3_600_000_000.0;

impl Monitor {
    /// The lens of a viewer in `zone`.
    pub(crate) fn lens_in(&self, zone: TimeZone) -> Result<Lens, ApiError> {
        let hours = self.settings()?.stuck_after_hours;
        #[expect(clippy::cast_possible_truncation, reason = "settings are checked to be at most a year of hours")]
        let stuck_after = (hours * MICROS_PER_HOUR) as i64;
        Ok(Lens { now: self.now(), zone, stuck_after, silences: std::sync::Arc::default() })
    }

    /// The same for questions about problems: it knows which webhooks are silent.
    pub(crate) fn problem_lens_in(&self, zone: TimeZone) -> Result<Lens, ApiError> {
        Ok(Lens { silences: self.silences()?.into(), ..self.lens_in(zone)? })
    }

    /// See [`Self::problem_lens_in`].
    pub(crate) fn problem_lens(&self) -> Result<Lens, ApiError> {
        self.problem_lens_in(self.zone())
    }

    /// The lens of whoever sits at this computer.
    pub(crate) fn lens(&self) -> Result<Lens, ApiError> {
        self.lens_in(self.zone())
    }
}

/// The zone of this name.
pub(crate) fn zone(name: &str) -> Option<TimeZone> {
    // Only names of the database: a POSIX rule or `local` would mean something else on another computer.
    TimeZone::get(name).ok().filter(|zone| zone.iana_name().is_some())
}
