//! Time away: when nothing could be received, and what the vendor's retries will have brought all the same.
//!
//! The vendor's words: a delivery to a server that "fails to respond" is retried a couple of times at once, then about 24 hours later, then once
//! more 24 hours after that; after that only a resend by hand in the portal. Not stated: whether a 4xx or 5xx answer counts as a failure to
//! respond. Pure; who was away when is found out by whoever receives.

use jiff::{SignedDuration, Timestamp};

/// After so long the vendor tries again, and after as long again for the last time: "about 24 hours".
pub const RETRY: SignedDuration = SignedDuration::from_hours(24);
/// How far off "about" may be. A retry this close to a period away is not counted on, unless the period itself was shorter: then one as close as
/// it was long.
pub const ABOUT: SignedDuration = SignedDuration::from_hours(1);
/// A period shorter than this is no time away: the first tries at once come within seconds, and an ordinary start takes half of one.
pub const SHORTEST: SignedDuration = SignedDuration::from_secs(2);
/// Periods of one reason closer together than this are one, so that a port that comes and goes cannot flood the history.
pub const APART: SignedDuration = SignedDuration::from_mins(1);

/// A stretch of time: from one instant up to, not with, another that is not before it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Stretch {
    /// Where it begins.
    pub from: Timestamp,
    /// Where it ends.
    pub to: Timestamp,
}

impl Stretch {
    /// From `from` to `to`; where the clock went backwards between them, only the instant `to`.
    #[must_use]
    pub fn new(from: Timestamp, to: Timestamp) -> Self {
        Self { from: from.min(to), to }
    }

    /// How long it is.
    #[must_use]
    pub fn length(self) -> SignedDuration {
        self.from.duration_until(self.to)
    }
}

/// Why nothing could be received.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Reason {
    /// The program was closed in good order.
    Closed,
    /// It ended without a word: a fault, a kill, a power cut.
    Ended,
    /// The computer slept, or the program was stopped by the system.
    Asleep,
    /// The program ran, but could not listen: the port was in use.
    NotListening,
    /// Every delivery was answered 503, since none could be kept.
    NotStored,
    /// The webhook's deliveries were answered 503, since its secret could not be read.
    NoSecret,
    /// Deliveries came to the webhook, and every one was refused (401, 403 or 410).
    Refused,
    /// The log was damaged: what was answered 200 may be lost.
    Damaged,
    /// A later version's reason.
    #[serde(other)]
    Unknown,
}

impl Reason {
    /// All that this version knows.
    pub const ALL: [Self; 8] = [
        Self::Closed,
        Self::Ended,
        Self::Asleep,
        Self::NotListening,
        Self::NotStored,
        Self::NoSecret,
        Self::Refused,
        Self::Damaged,
    ];

    /// The word it is kept under.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Closed => "closed",
            Self::Ended => "ended",
            Self::Asleep => "asleep",
            Self::NotListening => "not_listening",
            Self::NotStored => "not_stored",
            Self::NoSecret => "no_secret",
            Self::Refused => "refused",
            Self::Damaged => "damaged",
            Self::Unknown => "unknown",
        }
    }

    /// The reason kept under `word`.
    #[must_use]
    pub fn from_word(word: &str) -> Self {
        Self::ALL.into_iter().find(|reason| reason.as_str() == word).unwrap_or(Self::Unknown)
    }

    /// What the vendor promises of deliveries that met this.
    #[must_use]
    pub fn promise(self) -> Promise {
        match self {
            Self::Closed | Self::Ended | Self::Asleep | Self::NotListening => Promise::Documented,
            Self::NotStored | Self::NoSecret | Self::Refused | Self::Unknown => Promise::NotStated,
            Self::Damaged => Promise::None,
        }
    }
}

/// What the vendor's documentation promises of a delivery that was not kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Promise {
    /// It is sent again: nobody answered.
    Documented,
    /// Somebody answered, but not with 200: whether it is sent again is not stated.
    NotStated,
    /// It is not sent again: it was answered 200.
    None,
}

/// What is to be expected of what came in a period away, and to be done about it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Outlook {
    /// By then the last of what is sent again by itself has come; `None`: nothing is.
    pub again_by: Option<Timestamp>,
    /// Deliveries first sent within these are to be resent by hand, oldest first: all tries failed, or nothing says that there are any.
    pub resend: Vec<Stretch>,
}

/// The outlook for `period` of `reason`, where nothing could be received during any of `away` (`period` may be among them, in any order).
#[must_use]
pub fn outlook(period: Stretch, reason: Reason, away: &[Stretch]) -> Outlook {
    let whole = Set::of([span(period)]);
    if reason.promise() == Promise::None {
        return Outlook { again_by: None, resend: whole.stretches() };
    }
    let doubtful = Set::of(away.iter().chain([&period]).map(|stretch| with_margin(*stretch)));
    let day = micros(RETRY);
    let failed_twice = whole.and(&doubtful.moved(-day));
    let failed_thrice = failed_twice.and(&doubtful.moved(-2 * day));
    let first = whole.less(&failed_twice).end().map(|end| end + day);
    let last = failed_twice.less(&failed_thrice).end().map(|end| end + 2 * day);
    let resend = if reason.promise() == Promise::Documented { failed_thrice } else { whole };
    let again_by = first.max(last).map(|at| instant(at.saturating_add(micros(ABOUT))));
    Outlook { again_by, resend: resend.stretches() }
}

fn micros(duration: SignedDuration) -> i64 {
    i64::try_from(duration.as_micros()).unwrap_or(i64::MAX)
}

fn instant(micros: i64) -> Timestamp {
    let bounded = micros.clamp(Timestamp::MIN.as_microsecond(), Timestamp::MAX.as_microsecond());
    Timestamp::from_microsecond(bounded).unwrap_or(Timestamp::MAX)
}

/// A delivery may have come within the very instant: no period is empty.
fn span(stretch: Stretch) -> (i64, i64) {
    let from = stretch.from.as_microsecond();
    (from, stretch.to.as_microsecond().max(from.saturating_add(1)))
}

fn with_margin(stretch: Stretch) -> (i64, i64) {
    let (from, to) = span(stretch);
    let margin = to.saturating_sub(from).min(micros(ABOUT));
    (from.saturating_sub(margin), to.saturating_add(margin))
}

/// Instants as ascending spans that do not touch.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Set(Vec<(i64, i64)>);

impl Set {
    fn of(spans: impl IntoIterator<Item = (i64, i64)>) -> Self {
        let mut spans: Vec<_> = spans.into_iter().filter(|(from, to)| from < to).collect();
        spans.sort_unstable();
        let mut joined: Vec<(i64, i64)> = Vec::with_capacity(spans.len());
        for (from, to) in spans {
            match joined.last_mut() {
                Some(last) if from <= last.1 => last.1 = last.1.max(to),
                _ => joined.push((from, to)),
            }
        }
        Self(joined)
    }

    fn moved(&self, by: i64) -> Self {
        Self::of(self.0.iter().map(|(from, to)| (from.saturating_add(by), to.saturating_add(by))))
    }

    fn and(&self, other: &Self) -> Self {
        let both = |one: &(i64, i64)| {
            let one = *one;
            other.0.iter().map(move |two| (one.0.max(two.0), one.1.min(two.1)))
        };
        Self::of(self.0.iter().flat_map(both))
    }

    fn less(&self, other: &Self) -> Self {
        let mut left = Vec::new();
        for &(from, to) in &self.0 {
            let mut at = from;
            for &(begins, ends) in other.0.iter().filter(|span| span.1 > from && span.0 < to) {
                left.push((at, begins));
                at = at.max(ends);
            }
            left.push((at, to));
        }
        Self::of(left)
    }

    fn end(&self) -> Option<i64> {
        self.0.last().map(|(_, to)| *to)
    }

    fn stretches(&self) -> Vec<Stretch> {
        self.0.iter().map(|&(from, to)| Stretch { from: instant(from), to: instant(to) }).collect()
    }
}

#[cfg(test)]
mod tests;
