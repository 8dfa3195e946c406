//! The days before a practice begins, so that it begins in the middle of a study: uploads of every day, some of which failed, subjects that
//! are overdue, and some that are about to be.

use jiff::Timestamp;
use rand::RngExt;

use crate::deliveries::DAY;
use crate::odds::Odds;
use crate::subjects::{FALLING, QUIET, later};
use crate::{Delivery, Scenario, deliveries};

/// Days of it.
const DAYS: i64 = 14;
/// Hours since those who are quiet were last heard from.
const QUIET_HOURS: [i64; 2] = [86, 150];
/// After how many days a subject is overdue unless told otherwise.
const OVERDUE_DAYS: i64 = 3;
/// In how many minutes from now those who fall silent are overdue.
const FALLING_MINUTES: [i64; 3] = [4, 15, 40];
/// From a visit to its upload's end, in seconds, at most.
const UPLOAD: i64 = 225;

/// The fourteen days before `now`, the oldest first; everything in it is before `now`. The same seed gives the same.
pub fn past(study_id: &str, seed: u64, now: Timestamp) -> impl Iterator<Item = Delivery> {
    let start = later(now, -DAYS * DAY);
    let mut stream = deliveries(Scenario::Day, seed, study_id, start);
    let mut visits: Vec<(Timestamp, usize)> = Vec::new();
    for lane in 0..stream.subjects.len() {
        // Everyone has an hour of their own, give or take one, and now and then forgets.
        let hour = stream.random.random_range(0..DAY - 2 * 3_600);
        for day in 0..DAYS {
            let at = later(start, day * DAY + hour + stream.random.random_range(0..2 * 3_600));
            let forgets = stream.random.random_bool(0.08);
            if !forgets && at < last_heard(lane, now) {
                visits.push((at, lane));
            }
        }
        if FALLING.contains(&lane) {
            visits.push((last_heard(lane, now), lane));
        }
    }
    visits.sort_unstable();
    let mut drafted = Vec::new();
    for (at, lane) in visits {
        // The last word of those who fall silent is that all went well.
        let is_last = FALLING.contains(&lane) && at == last_heard(lane, now);
        stream.odds = if is_last { Odds::flawless() } else { Odds::of(Scenario::Day) };
        stream.visit_of(lane, at);
    }
    stream.odds = Odds::of(Scenario::Day);
    while let Some(((at, _), draft)) = stream.due.pop_first() {
        if at >= now {
            break;
        }
        drafted.push(stream.sent(at, draft));
    }
    drafted.into_iter()
}

/// Until when the subject of this lane is heard from.
fn last_heard(lane: usize, now: Timestamp) -> Timestamp {
    let place = |lanes: &[usize]| lanes.iter().position(|quiet| *quiet == lane);
    if let Some(place) = place(&QUIET) {
        return later(now, -QUIET_HOURS[place] * 3_600);
    }
    match place(&FALLING) {
        Some(place) => later(now, FALLING_MINUTES[place] * 60 - OVERDUE_DAYS * DAY - UPLOAD),
        None => now,
    }
}

#[cfg(test)]
mod tests {
    use std::collections::HashMap;

    use centrepoint::event;

    use super::*;

    fn now() -> Timestamp {
        "2026-08-22T14:05:00Z".parse().unwrap()
    }

    /// When each subject's last upload was completed, in hours before now.
    fn completed() -> HashMap<String, i64> {
        past("189", 1, now())
            .filter_map(|delivery| {
                let event = event::read(Some(delivery.event), &delivery.body).unwrap();
                let is_completed = event.upload_id.is_some() && event.status.as_deref() == Some("completed");
                is_completed.then(|| (event.subject_id.unwrap(), (now().as_second() - delivery.at.as_second()) / 60))
            })
            .collect()
    }

    #[test]
    fn the_past_is_two_weeks_in_order_and_over() {
        let all: Vec<_> = past("189", 1, now()).collect();
        assert_eq!(all, past("189", 1, now()).collect::<Vec<_>>(), "the same seed gives the same past");
        assert!(all.is_sorted_by_key(|delivery| delivery.at));
        let days = (now().as_second() - all[0].at.as_second()) / DAY;
        assert!(days >= 13, "{days}");
        assert!(all.last().is_some_and(|last| last.at < now()));
        assert!((500..12_000).contains(&all.len()), "{} deliveries: enough to look at, soon written", all.len());
    }

    #[test]
    fn some_are_overdue_and_some_are_about_to_be() {
        let overdue = OVERDUE_DAYS * 1_440;
        let minutes = completed();
        let late = minutes.values().filter(|minutes| **minutes > overdue).count();
        let soon: Vec<_> = minutes.values().filter(|minutes| (overdue - 50..=overdue).contains(*minutes)).collect();
        assert!(late >= QUIET.len(), "{late} are overdue");
        assert!(late <= 8, "and most are not: {late}");
        assert!(soon.len() >= FALLING.len(), "{soon:?}");
    }
}
