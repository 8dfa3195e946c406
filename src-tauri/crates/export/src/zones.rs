//! Which time zone a row's local time is in.

use std::collections::HashMap;

use jiff::tz::TimeZone;

use crate::time::Zone;

/// The zones of webhooks, and the one for the rest.
pub(crate) struct Zones {
    of: HashMap<String, Zone>,
    other: Zone,
}

impl Zones {
    /// `of` by webhook; `other` for the rest.
    pub(crate) fn new(of: &HashMap<String, TimeZone>, other: &TimeZone) -> Self {
        let of = of.iter().map(|(slug, zone)| (slug.clone(), Zone::new(zone.clone()))).collect();
        Self { of, other: Zone::new(other.clone()) }
    }

    /// The zone of a webhook.
    pub(crate) fn of(&mut self, webhook: &str) -> &mut Zone {
        self.of.get_mut(webhook).unwrap_or(&mut self.other)
    }
}
