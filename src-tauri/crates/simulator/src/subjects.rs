//! The people of the simulated study: who wears which monitor, where, and how well it goes.

use jiff::{SignedDuration, Timestamp};
use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha12Rng;

/// Fewest and most subjects of a study.
const SUBJECTS: std::ops::RangeInclusive<u32> = 20..=60;
/// Sites of a study: a number in this range, numbered from 11.
const SITES: std::ops::RangeInclusive<u32> = 2..=5;

/// Whose monitor has not been heard from for days and is not heard from again: by their place in the study, all below the fewest there are.
pub(crate) const QUIET: [usize; 2] = [3, 7];
/// Who falls silent where the scenario says so, the one who does so first at the front.
pub(crate) const FALLING: [usize; 3] = [11, 13, 17];

/// One participant.
#[derive(Debug, Clone)]
pub(crate) struct Subject {
    /// CentrePoint's id.
    pub(crate) id: u32,
    /// The label the study gave, leading zeros included.
    pub(crate) label: String,
    pub(crate) site: u32,
    pub(crate) serial: String,
    /// Hours east of Greenwich.
    pub(crate) offset: i64,
    /// Minutes a day the monitor is usually worn.
    pub(crate) habit: u32,
    /// Whether this monitor is the kind that fails again and again.
    pub(crate) unlucky: bool,
    /// Up to when data was uploaded.
    pub(crate) uploaded_to: Timestamp,
}

impl Subject {
    /// `instant` on the clock of the subject's wall.
    pub(crate) fn local(&self, instant: Timestamp) -> Timestamp {
        later(instant, self.offset * 3_600)
    }
}

/// Draws the subjects of a study that has run for a few days at `start`. Who they are depends on the study alone, so that another
/// day of it, under another seed, is a day in the same people's lives.
pub(crate) fn draw(study_id: &str, random: &mut ChaCha12Rng, start: Timestamp) -> Vec<Subject> {
    let mut people = cohort(study_id);
    for subject in &mut people {
        subject.uploaded_to = later(start, -random.random_range(20_i64..150) * 3_600);
    }
    people
}

/// The participants of a study, whatever the day.
fn cohort(study_id: &str) -> Vec<Subject> {
    // FNV-1a: any spread will do, as long as it is the same on every computer.
    let seed = study_id
        .bytes()
        .fold(0xcbf2_9ce4_8422_2325_u64, |hash, byte| (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3));
    let random = &mut ChaCha12Rng::seed_from_u64(seed);
    let first_id = random.random_range(41_000..47_000);
    let sites = random.random_range(SITES);
    (0..random.random_range(SUBJECTS))
        .map(|n| {
            let site = 11 + n % sites;
            let id = first_id + n * 3 + random.random_range(0..3);
            Subject {
                id,
                // Nobody else's, whatever else was simulated into the same folder.
                label: format!("{:06}", id % 10_000),
                site,
                serial: format!("TAS1H{:08}", random.random_range(20_180_000..20_999_999)),
                // The sites lie side by side: from the American west eastwards.
                offset: -8 + i64::from(site - 11),
                habit: random.random_range(620..1_200),
                unlucky: random.random_bool(0.12),
                uploaded_to: Timestamp::UNIX_EPOCH,
            }
        })
        .collect()
}

/// `instant` and `seconds` more, at most the end of time.
pub(crate) fn later(instant: Timestamp, seconds: i64) -> Timestamp {
    let end = if seconds < 0 { Timestamp::MIN } else { Timestamp::MAX };
    instant.checked_add(SignedDuration::from_secs(seconds)).unwrap_or(end)
}
