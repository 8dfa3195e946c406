//! The rhythm of a webhook: on which days of the week and between which hours something usually comes, and how long nothing may.
//!
//! Learned from the hours in which something came during eight weeks up to the latest delivery, so that it neither fades while nothing comes
//! nor changes between two answers. In three steps:
//!
//! 1. *Hours.* The shortest part of the day, in the webhook's zone, that holds 95 of 100 of the hours in which something came. It may span
//!    midnight; one of 20 hours or more is the whole day.
//! 2. *Days.* A weekday on which something came at least half as often as on the busiest one.
//! 3. *Quiet.* How many busy hours passed between two hours in which something came, at most; the two longest of eight weeks are left out,
//!    since they may have been what this is meant to notice. Twice that and two hours more, three at least, is too long.

use jiff::civil::Weekday;
use jiff::tz::TimeZone;
use jiff::{SignedDuration, ZonedDateTime};

use super::{HOUR, instant, spans};
use crate::away::Stretch;

/// Hours looked back.
pub const WINDOW_HOURS: i64 = 8 * 7 * 24;
/// From the first to the last delivery there must be so many hours (two weeks) …
const LEAST_SPAN: i64 = 14 * 24;
/// … with something in so many of them.
const LEAST_HEARD: usize = 12;
/// Of a hundred hours in which something came, those outside the busy part of the day.
const STRAY: usize = 5;
/// A busy part of the day from so many hours on is the whole day.
const WHOLE_DAY: usize = 20;
/// The longest gaps that are left out.
const LEFT_OUT: usize = 2;
/// No silence is a problem before so many busy hours.
const LEAST_QUIET: u32 = 3;

/// What is usual.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rhythm {
    /// Monday to Sunday: whether something usually comes. Of a busy part that spans midnight the day it begins on.
    pub days: [bool; 7],
    /// The first busy hour of the day, 0 to 23.
    pub from_hour: u8,
    /// The first one that is not any more, 1 to 24; not above `from_hour` where the busy part spans midnight.
    pub to_hour: u8,
    /// Something usually comes at least every so many busy hours.
    pub every: u32,
    /// After so many of them without anything it is silent.
    pub alarm_after: u32,
}

impl Rhythm {
    /// Whether something usually comes at this moment.
    #[must_use]
    pub fn is_busy(&self, at: i64, zone: &TimeZone) -> bool {
        let local = instant(at).to_zoned_datetime(zone.clone());
        is_within(hour(&local), self.from_hour, self.to_hour) && self.days[day(&local, self.from_hour)]
    }
}

/// The rhythm of a webhook that was heard in these hours (since 1970 UTC, in any order), of which the latest is `last`. `None`: not enough
/// history yet. What came while the clock was wrong may stand anywhere: hours after `last` are left out, as are those before the window.
#[must_use]
pub fn learn(heard: &[i64], last: i64, away: &[Stretch], zone: &TimeZone) -> Option<Rhythm> {
    let mut heard: Vec<i64> =
        heard.iter().copied().filter(|hour| *hour <= last && *hour > last.saturating_sub(WINDOW_HOURS)).collect();
    heard.sort_unstable();
    heard.dedup();
    if heard.len() < LEAST_HEARD || heard[heard.len() - 1] - heard[0] < LEAST_SPAN {
        return None;
    }
    let local: Vec<ZonedDateTime> =
        heard.iter().map(|hour| instant(middle(*hour)).to_zoned_datetime(zone.clone())).collect();
    let (from_hour, to_hour) = busy_hours(&local);
    let within: Vec<&ZonedDateTime> = local.iter().filter(|local| is_within(hour(local), from_hour, to_hour)).collect();
    let days = busy_days(&within, from_hour);
    let mut rhythm = Rhythm { days, from_hour, to_hour, every: 1, alarm_after: LEAST_QUIET };
    let quiet = usual_quiet(&rhythm, &heard, away, zone);
    rhythm.every = quiet + 1;
    rhythm.alarm_after = (2 * quiet + 2).max(LEAST_QUIET);
    Some(rhythm)
}

/// The middle of an hour since 1970 UTC: in zones that are half an hour off it is still within the hour it mostly is.
fn middle(hour: i64) -> i64 {
    hour.saturating_mul(HOUR).saturating_add(HOUR / 2)
}

fn hour(local: &ZonedDateTime) -> u8 {
    u8::try_from(local.hour()).unwrap_or(0)
}

fn is_within(hour: u8, from: u8, to: u8) -> bool {
    if from < to { from <= hour && hour < to } else { hour >= from || hour < to }
}

/// The day a moment belongs to, from 0 for Monday: it begins with the busy part's first hour, by the clock on the wall.
fn day(local: &ZonedDateTime, from_hour: u8) -> usize {
    usize::try_from(weekday(local, from_hour).to_monday_zero_offset()).unwrap_or(0)
}

fn weekday(local: &ZonedDateTime, from_hour: u8) -> Weekday {
    let civil = local.datetime();
    civil.checked_sub(SignedDuration::from_hours(i64::from(from_hour))).unwrap_or(civil).weekday()
}

/// The shortest part of the day that holds almost all; the earliest of equals.
fn busy_hours(local: &[ZonedDateTime]) -> (u8, u8) {
    let mut of_hour = [0_usize; 24];
    for each in local {
        of_hour[usize::from(hour(each))] += 1;
    }
    let wanted = local.len() - local.len() * STRAY / 100;
    for length in 1..WHOLE_DAY {
        for from in 0..24 {
            let held: usize = (from..from + length).map(|hour| of_hour[hour % 24]).sum();
            if held >= wanted {
                let (from, to) = (from, (from + length - 1) % 24 + 1);
                return (u8::try_from(from).unwrap_or(0), u8::try_from(to).unwrap_or(24));
            }
        }
    }
    (0, 24)
}

fn busy_days(within: &[&ZonedDateTime], from_hour: u8) -> [bool; 7] {
    let mut dates: Vec<_> = within
        .iter()
        .map(|local| {
            let civil = local.datetime();
            civil.checked_sub(SignedDuration::from_hours(i64::from(from_hour))).unwrap_or(civil).date()
        })
        .collect();
    dates.dedup();
    let mut of_day = [0_usize; 7];
    for date in dates {
        of_day[usize::try_from(date.weekday().to_monday_zero_offset()).unwrap_or(0)] += 1;
    }
    let most = of_day.iter().copied().max().unwrap_or(0);
    of_day.map(|times| times * 2 >= most)
}

/// How many busy hours usually pass without anything, at most.
fn usual_quiet(rhythm: &Rhythm, heard: &[i64], away: &[Stretch], zone: &TimeZone) -> u32 {
    let away = spans(away);
    let is_away = |hour: i64| {
        let (from, to) = (hour.saturating_mul(HOUR), hour.saturating_add(1).saturating_mul(HOUR));
        away.iter().any(|span| span.0 < to && span.1 > from)
    };
    let mut gaps: Vec<u32> = heard
        .windows(2)
        .map(|pair| {
            let quiet = (pair[0] + 1..pair[1]).filter(|hour| rhythm.is_busy(middle(*hour), zone) && !is_away(*hour));
            u32::try_from(quiet.count()).unwrap_or(u32::MAX)
        })
        .collect();
    gaps.sort_unstable_by(|one, other| other.cmp(one));
    gaps.get(LEFT_OUT).copied().unwrap_or(0)
}
