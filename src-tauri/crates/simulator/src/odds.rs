//! How often what happens, per scenario; and what the vendor says then.

use rand::RngExt;
use rand::seq::IndexedRandom;
use rand_chacha::ChaCha12Rng;

use crate::Scenario;

/// What an upload's error says. The first is the commonest.
pub(crate) const UPLOAD_ERRORS: &[&str] = &[
    "Battery voltage is below the threshold for download",
    "The connection to the monitor was lost during download",
    "Upload file is corrupt: unexpected end of data",
    "The monitor is not assigned to this subject",
    "The upload overlaps data that was uploaded before",
    "The monitor was not initialized for this study",
];
/// What a raw processing's error says.
pub(crate) const RAW_ERRORS: &[&str] =
    &["The raw file could not be decoded: checksum mismatch", "The raw file holds no activity data"];
/// What a data retrieval's error says.
pub(crate) const RETRIEVAL_ERRORS: &[&str] =
    &["The requested period holds no data", "The export took too long and was ended"];

/// Deliveries that come together in a burst.
const BURST: u32 = 50;

/// Chances from 0 to 1.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Odds {
    scenario: Scenario,
    /// An upload fails; four times as often for an unlucky subject.
    pub(crate) fails: f64,
    /// A failed upload completes later, under the same id.
    pub(crate) recovers: f64,
    /// Raw processing or a data retrieval fails.
    pub(crate) raw_fails: f64,
    /// An upload's end comes before its start.
    pub(crate) out_of_order: f64,
    /// A delivery is sent again: same id, same body.
    pub(crate) again: f64,
    /// A completed upload is followed by statistics.
    pub(crate) statistics: f64,
    /// A visit is followed by a data retrieval.
    pub(crate) retrieval: f64,
}

impl Odds {
    pub(crate) fn of(scenario: Scenario) -> Self {
        let day = Self {
            scenario,
            fails: 0.05,
            recovers: 0.5,
            raw_fails: 0.02,
            out_of_order: 0.08,
            again: 0.04,
            statistics: 0.6,
            retrieval: 0.1,
        };
        match scenario {
            Scenario::Day | Scenario::Silence => day,
            Scenario::Errors => Self { fails: 0.65, recovers: 0.1, raw_fails: 0.15, ..day },
            Scenario::Burst => Self { out_of_order: 0.2, again: 0.15, ..day },
        }
    }

    /// Nothing goes wrong.
    pub(crate) fn flawless() -> Self {
        Self { fails: 0.0, raw_fails: 0.0, again: 0.0, out_of_order: 0.0, ..Self::of(Scenario::Day) }
    }

    /// How long before delivery `number` (from 0) nothing comes, in mean gaps: 1 on average.
    pub(crate) fn pause(&self, random: &mut ChaCha12Rng, number: u64) -> f64 {
        let drawn = random.random_range(0.2..1.8);
        match (self.scenario, number % u64::from(BURST)) {
            _ if number == 0 => 0.0,
            (Scenario::Burst, 0) => f64::from(BURST),
            (Scenario::Burst, _) => 0.0,
            _ => drawn,
        }
    }

    /// One of `messages`; on a bad day mostly the first.
    pub(crate) fn upload_error(&self, random: &mut ChaCha12Rng, messages: &[&'static str]) -> &'static str {
        let first = messages.first().copied().unwrap_or_default();
        let same = random.random_bool(if self.scenario == Scenario::Errors { 0.6 } else { 0.3 });
        if same { first } else { messages.choose(random).copied().unwrap_or(first) }
    }
}
