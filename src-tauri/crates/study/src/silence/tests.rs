use jiff::civil::date;
use proptest::prelude::*;

use super::*;

const DAY: i64 = 24 * HOUR;
const MINUTE: i64 = HOUR / 60;

fn zone(name: &str) -> TimeZone {
    TimeZone::get(name).unwrap()
}

fn rome() -> TimeZone {
    zone("Europe/Rome")
}

/// A moment by the clock on the wall.
fn at(zone: &TimeZone, (month, day): (i8, i8), hour: i8) -> i64 {
    date(2026, month, day).at(hour, 0, 0, 0).to_zoned_datetime(zone.clone()).unwrap().timestamp().as_microsecond()
}

fn hours(moments: &[i64]) -> Vec<i64> {
    moments.iter().map(|at| at.div_euclid(HOUR)).collect()
}

fn learned(moments: &[i64], away: &[Stretch], zone: &TimeZone) -> Option<Rhythm> {
    let last = moments.iter().copied().max()?;
    learn(&hours(moments), last.div_euclid(HOUR), away, zone)
}

fn stretch(from: i64, to: i64) -> Stretch {
    Stretch::new(instant(from), instant(to))
}

/// Every `every` hours from 7 to 21 on weekdays, for six weeks from 1 June 2026 (a Monday).
fn office(zone: &TimeZone, every: i8) -> Vec<i64> {
    let mut moments = Vec::new();
    let mut day = date(2026, 6, 1);
    for _ in 0..42 {
        if day.weekday().to_monday_zero_offset() < 5 {
            let mut hour = 7;
            while hour < 21 {
                let local = day.at(hour, 20, 0, 0).to_zoned_datetime(zone.clone()).unwrap();
                moments.push(local.timestamp().as_microsecond());
                hour += every;
            }
        }
        day = day.tomorrow().unwrap();
    }
    moments
}

#[test]
fn office_hours_are_learned_and_nights_and_weekends_are_no_silence() {
    let zone = rome();
    let moments = office(&zone, 3);
    let rhythm = learned(&moments, &[], &zone).unwrap();
    assert_eq!(rhythm.days, [true, true, true, true, true, false, false]);
    assert_eq!((rhythm.from_hour, rhythm.to_hour), (7, 20));
    assert_eq!((rhythm.every, rhythm.alarm_after), (3, 6), "two quiet hours between two in which something came");
    // The last one came on Friday 10 July at 19:20.
    let last = *moments.last().unwrap();
    assert_eq!(last, at(&zone, (7, 10), 19) + 20 * MINUTE);
    for still in [at(&zone, (7, 11), 12), at(&zone, (7, 12), 23), at(&zone, (7, 13), 12)] {
        assert_eq!(due(&rhythm, last, &[], &zone, still), None);
    }
    // 40 minutes on Friday, the rest from Monday at 7 on.
    let silent = at(&zone, (7, 13), 12) + 20 * MINUTE;
    assert_eq!(due(&rhythm, last, &[], &zone, silent), Some(silent));
    assert_eq!(due(&rhythm, last, &[], &zone, silent + 30 * DAY), Some(silent), "it stands, whenever it is asked");
}

#[test]
fn too_little_history_says_nothing() {
    let zone = rome();
    let moments = office(&zone, 3);
    assert_eq!(learned(&moments[..11], &[], &zone), None, "11 hours with something");
    assert_eq!(learned(&moments[..20], &[], &zone), None, "less than two weeks");
    assert_eq!(learned(&[], &[], &zone), None);
    assert!(learned(&moments, &[], &zone).is_some());
}

#[test]
fn one_long_holiday_is_not_what_is_usual() {
    let zone = rome();
    let mut moments = office(&zone, 2);
    let before = learned(&moments, &[], &zone).unwrap();
    let (from, to) = (at(&zone, (6, 15), 0), at(&zone, (6, 20), 0));
    moments.retain(|at| !(from..to).contains(at));
    assert_eq!(learned(&moments, &[], &zone).unwrap().alarm_after, before.alarm_after);
}

#[test]
fn a_night_shift_spans_midnight_and_belongs_to_the_evening_it_begins_on() {
    let zone = rome();
    // 22:20 to 02:20, Monday to Thursday evening.
    let mut moments = Vec::new();
    for week in 0..5 {
        for day in 0..4 {
            let evening = at(&zone, (6, 1), 22) + (week * 7 + day) * DAY;
            moments.extend((0..5).map(|hour| evening + hour * HOUR + 20 * MINUTE));
        }
    }
    let rhythm = learned(&moments, &[], &zone).unwrap();
    assert_eq!((rhythm.from_hour, rhythm.to_hour), (22, 3));
    assert_eq!(rhythm.days, [true, true, true, true, false, false, false]);
    assert!(rhythm.is_busy(at(&zone, (7, 10), 1), &zone), "Friday at 1 is Thursday's night");
    assert!(!rhythm.is_busy(at(&zone, (7, 11), 1), &zone));
}

#[test]
fn what_could_not_be_received_is_no_silence() {
    let zone = rome();
    let moments = office(&zone, 3);
    let rhythm = learned(&moments, &[], &zone).unwrap();
    let last = *moments.last().unwrap();
    let closed = [stretch(at(&zone, (7, 13), 8), at(&zone, (7, 13), 18))];
    // An hour and forty minutes are used up, the rest is counted from 18 on: two hours that day, two and twenty minutes the next.
    assert_eq!(due(&rhythm, last, &closed, &zone, at(&zone, (7, 14), 9)), None);
    let silent = at(&zone, (7, 14), 9) + 20 * MINUTE;
    assert_eq!(due(&rhythm, last, &closed, &zone, silent), Some(silent));
    // A holiday of the computer is no holiday of the webhook.
    let mut gone = moments.clone();
    let week = stretch(at(&zone, (6, 15), 0), at(&zone, (6, 20), 0));
    let others =
        [stretch(at(&zone, (6, 22), 0), at(&zone, (6, 27), 0)), stretch(at(&zone, (6, 29), 0), at(&zone, (7, 4), 0))];
    let away = [week, others[0], others[1]];
    gone.retain(|at| away.iter().all(|each| !(each.from.as_microsecond()..each.to.as_microsecond()).contains(at)));
    assert_eq!(learned(&gone, &away, &zone).unwrap().alarm_after, rhythm.alarm_after);
}

#[test]
fn a_clock_that_was_set_forward_or_back_makes_no_silence() {
    let last = at(&rome(), (7, 10), 19);
    let ahead = by_the_clock_of_now(last, [(last + HOUR, last + 10 * DAY)]);
    assert_eq!(ahead, last + 10 * DAY - HOUR, "an hour ago, still");
    assert_eq!(due_after(4 * HOUR, ahead, &[], last + 10 * DAY), None);
    let back = by_the_clock_of_now(last, [(last + HOUR, last - 10 * DAY)]);
    assert_eq!(due_after(4 * HOUR, back, &[], last - 10 * DAY + 3 * HOUR), Some(last - 10 * DAY + 3 * HOUR));
    assert_eq!(by_the_clock_of_now(last, []), last);
}

#[test]
fn a_fixed_bound_is_exact_and_leaves_times_away_out() {
    assert_eq!(due_after(4 * HOUR, 0, &[], 4 * HOUR - 1), None);
    assert_eq!(due_after(4 * HOUR, 0, &[], 4 * HOUR), Some(4 * HOUR));
    let away = [stretch(HOUR, 3 * HOUR), stretch(2 * HOUR, 5 * HOUR), stretch(-HOUR, 0)];
    assert_eq!(due_after(4 * HOUR, 0, &away, 9 * HOUR), Some(8 * HOUR));
    assert_eq!(due_after(36 * 1_000_000, 0, &[], HOUR), Some(36 * 1_000_000), "seconds, too");
}

fn zones() -> impl Strategy<Value = TimeZone> {
    prop::sample::select(vec!["Europe/Rome", "America/New_York", "Asia/Kolkata", "Australia/Lord_Howe", "UTC"])
        .prop_map(zone)
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 48, ..ProptestConfig::default() })]

    /// Across both changes of the clock in spring and autumn, in zones with half hours.
    #[test]
    fn a_steady_stream_never_alarms_and_a_stop_does_within_its_bound(
        zone in zones(),
        start in 0..330_i64,
        every in 1..14_i64,
        days in 21..70_i64,
        minutes in 0..60_i64,
    ) {
        let begin = at(&zone, (1, 1), 0) + start * DAY + minutes * MINUTE;
        let moments: Vec<i64> = (0..days * 24 / every).map(|n| begin + n * every * HOUR).collect();
        for known in (0..moments.len()).step_by(5).filter(|known| *known > 0) {
            let Some(rhythm) = learned(&moments[..known], &[], &zone) else { continue };
            let next = moments[known];
            prop_assert_eq!(due(&rhythm, moments[known - 1], &[], &zone, next), None, "{:?}", rhythm);
        }
        if let Some(rhythm) = learned(&moments, &[], &zone) {
            let last = *moments.last().unwrap();
            // The busy part is one hour a day on one day a week at least.
            let busy = rhythm.days.iter().filter(|day| **day).count() * usize::from((rhythm.to_hour + 23 - rhythm.from_hour) % 24 + 1);
            let weeks = i64::from(rhythm.alarm_after) / i64::try_from(busy).unwrap() + 2;
            prop_assert!(due(&rhythm, last, &[], &zone, last + weeks * 7 * DAY).is_some(), "{:?}", rhythm);
        }
    }

    #[test]
    fn office_hours_never_alarm_over_nights_weekends_and_changes_of_the_clock(
        zone in zones(), start in 0..300_i64, every in 1..6_i64, late in prop::collection::vec(0..50_i64, 600),
    ) {
        let mut moments = Vec::new();
        let first = at(&zone, (1, 1), 12) + start * DAY;
        for day in 0..56 {
            let local = instant(first + day * DAY).to_zoned_datetime(zone.clone());
            if local.weekday().to_monday_zero_offset() < 5 {
                let morning = local.date().at(7, 0, 0, 0).to_zoned_datetime(zone.clone()).unwrap().timestamp().as_microsecond();
                let n = moments.len();
                moments.extend((0..14 / every).zip(late.iter().cycle().skip(n)).map(|(n, late)| morning + n * every * HOUR + late * MINUTE));
            }
        }
        for known in (1..moments.len()).step_by(3) {
            if let Some(rhythm) = learned(&moments[..known], &[], &zone) {
                prop_assert_eq!(due(&rhythm, moments[known - 1], &[], &zone, moments[known]), None, "{:?}", rhythm);
            }
        }
    }

    #[test]
    fn it_is_the_same_whenever_it_is_asked_and_never_before_its_bound(
        moments in prop::collection::btree_set(0..60 * 24 * 4_i64, 1..200),
        later in 0..40 * 24 * 4_i64,
        gone in prop::collection::vec((0..2_000_i64, 1..400_i64), 0..4),
    ) {
        let zone = rome();
        let moments: Vec<i64> = moments.into_iter().map(|quarter| at(&zone, (3, 1), 0) + quarter * QUARTER).collect();
        let last = *moments.last().unwrap();
        let away: Vec<_> = gone.iter().map(|(from, long)| stretch(last + from * QUARTER, last + (from + long) * QUARTER)).collect();
        if let Some(rhythm) = learned(&moments, &away, &zone) {
            let now = last + later * QUARTER;
            if let Some(silent) = due(&rhythm, last, &away, &zone, now) {
                prop_assert!(silent <= now && silent - last >= i64::from(rhythm.alarm_after) * HOUR);
                prop_assert_eq!(due(&rhythm, last, &away, &zone, now + 365 * DAY), Some(silent));
                prop_assert_eq!(due(&rhythm, last, &away, &zone, silent - 1), None);
                prop_assert!(due(&rhythm, last, &[], &zone, now).is_some_and(|without| without <= silent));
            }
        }
    }

    #[test]
    fn nothing_overflows(last in any::<i64>(), now in any::<i64>(), bound in any::<i64>(), heard in prop::collection::vec(any::<i64>(), 0..30)) {
        let _ = due_after(bound, last, &[], now);
        let _ = learn(&heard, last, &[], &rome());
        let _ = by_the_clock_of_now(last, [(now, bound)]);
    }
}
