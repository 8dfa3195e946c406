//! A webhook that fell silent: nothing came for longer than is usual at these hours, or than was allowed. Pure: what came when, the times in
//! which nothing could be received and the clock are given; who computed it knows nothing of where they are kept.
//!
//! Time is only counted where something could have come: in the webhook's own busy hours (see [`rhythm`]), and not while nothing could be
//! received. Left out deliberately: *why* it is silent.

pub mod rhythm;

use jiff::Timestamp;
use jiff::tz::TimeZone;

pub use self::rhythm::{Rhythm, learn};
use crate::away::Stretch;

/// How a webhook's silence is judged.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Rule {
    /// By the rhythm it had.
    #[default]
    Automatic,
    /// After so many microseconds, at whatever hour.
    After(i64),
    /// Never.
    Off,
}

/// A slice of time in microseconds: zones differ from UTC by whole quarters of an hour.
const QUARTER: i64 = 15 * 60 * 1_000_000;
/// An hour in microseconds.
const HOUR: i64 = 4 * QUARTER;
/// Slices looked at at most: a year. What is busy within none of them is never due.
const MOST_QUARTERS: usize = 366 * 24 * 4;

/// By how much the clock was set, since: what it showed less what it would have shown, in microseconds. What was received before stands, by
/// the clock of now, so much later.
#[must_use]
pub fn by_the_clock_of_now(at: i64, set_since: impl IntoIterator<Item = (i64, i64)>) -> i64 {
    set_since.into_iter().fold(at, |at, (from, to)| at.saturating_add(to.saturating_sub(from)))
}

/// When a silence that began at `last` (the latest delivery, by the clock of now) becomes a problem; `None` where it does not until `now`.
/// In none of `away` could anything be received.
#[must_use]
pub fn due(rhythm: &Rhythm, last: i64, away: &[Stretch], zone: &TimeZone, now: i64) -> Option<i64> {
    let bound = i64::from(rhythm.alarm_after).saturating_mul(HOUR);
    walk(last, bound, away, now, |at| rhythm.is_busy(at, zone))
}

/// The same where every hour counts and `bound` microseconds are allowed.
#[must_use]
pub fn due_after(bound: i64, last: i64, away: &[Stretch], now: i64) -> Option<i64> {
    // Whole slices would make a bound of seconds one of a quarter of an hour.
    let mut left = bound.max(1);
    let mut at = last;
    for (from, to) in spans(away) {
        if to <= at {
            continue;
        }
        let before = from.saturating_sub(at).max(0);
        if before >= left {
            break;
        }
        left -= before;
        at = to;
    }
    Some(at.saturating_add(left)).filter(|due| *due <= now)
}

fn walk(last: i64, bound: i64, away: &[Stretch], now: i64, busy: impl Fn(i64) -> bool) -> Option<i64> {
    let spans = spans(away);
    let mut left = bound.max(1);
    let mut at = last;
    for _ in 0..MOST_QUARTERS {
        if at >= now {
            return None;
        }
        if let Some((_, to)) = spans.iter().find(|(from, to)| *from <= at && at < *to) {
            at = *to;
            continue;
        }
        let next_away = spans.iter().map(|(from, _)| *from).find(|from| *from > at).unwrap_or(i64::MAX);
        let end = at.div_euclid(QUARTER).saturating_add(1).saturating_mul(QUARTER).min(next_away);
        if busy(at) {
            let length = end - at;
            if length >= left {
                return Some(at.saturating_add(left)).filter(|due| *due <= now);
            }
            left -= length;
        }
        at = end;
    }
    None
}

/// Ascending, overlapping ones joined.
fn spans(away: &[Stretch]) -> Vec<(i64, i64)> {
    let mut spans: Vec<_> = away.iter().map(|each| (each.from.as_microsecond(), each.to.as_microsecond())).collect();
    spans.retain(|(from, to)| from < to);
    spans.sort_unstable();
    let mut joined: Vec<(i64, i64)> = Vec::with_capacity(spans.len());
    for (from, to) in spans {
        match joined.last_mut() {
            Some(last) if from <= last.1 => last.1 = last.1.max(to),
            _ => joined.push((from, to)),
        }
    }
    joined
}

fn instant(micros: i64) -> Timestamp {
    Timestamp::from_microsecond(micros).unwrap_or(if micros < 0 { Timestamp::MIN } else { Timestamp::MAX })
}

#[cfg(test)]
mod tests;
