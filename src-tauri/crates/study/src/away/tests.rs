use proptest::prelude::*;

use super::*;

fn at(text: &str) -> Timestamp {
    text.parse().unwrap()
}

fn stretch(from: &str, to: &str) -> Stretch {
    Stretch::new(at(from), at(to))
}

/// An hour of August 2026.
fn hour(hours: i64) -> Timestamp {
    at("2026-08-01T00:00:00Z") + SignedDuration::from_hours(hours)
}

fn hours(from: i64, to: i64) -> Stretch {
    Stretch::new(hour(from), hour(to))
}

#[test]
fn a_night_away_comes_again_within_a_day() {
    let night = stretch("2026-08-21T18:00:00Z", "2026-08-22T08:00:00Z");
    let outlook = outlook(night, Reason::Closed, &[]);
    assert_eq!(outlook.again_by, Some(at("2026-08-23T09:00:00Z")), "24 h after the last moment away, and about");
    assert_eq!(outlook.resend, []);
}

#[test]
fn a_weekend_away_comes_again_but_with_the_last_try() {
    // 40 h: what failed first was tried in vain after 24 h, and comes after 48.
    let outlook = outlook(hours(0, 40), Reason::Ended, &[]);
    // What failed in hour 16 may have met its end with the first retry, so the last one is waited for: 17 + 48, and about.
    assert_eq!(outlook.again_by, Some(hour(66)));
    assert_eq!(outlook.resend, []);
}

#[test]
fn what_failed_more_than_two_days_before_the_end_is_to_be_resent_by_hand() {
    // 72 h. What failed in the first 24 h (and the hour that "about" may be) was tried three times in vain.
    let outlook = outlook(hours(0, 72), Reason::Closed, &[]);
    assert_eq!(outlook.resend, [hours(0, 25)]);
    assert_eq!(outlook.again_by, Some(hour(98)));
}

#[test]
fn a_retry_that_met_another_period_away_is_not_counted_on() {
    let (first, second, third) = (hours(0, 4), hours(24, 28), hours(48, 52));
    assert_eq!(outlook(first, Reason::Closed, &[second]).resend, [], "the last try is left");
    assert_eq!(outlook(first, Reason::Closed, &[second]).again_by, Some(hour(4 + 48 + 1)));
    let all = outlook(first, Reason::Closed, &[third, first, second]);
    assert_eq!(all, Outlook { again_by: None, resend: vec![first] }, "each try met one");
    assert_eq!(outlook(first, Reason::Closed, &[third]).again_by, Some(hour(4 + 24 + 1)));
}

#[test]
fn a_short_restart_each_day_alarms_nobody() {
    // Five seconds at ten, at half past ten the next day, at ten to eleven the day after.
    let restart = |text: &str| Stretch::new(at(text), at(text) + SignedDuration::from_secs(5));
    let days = [restart("2026-08-20T10:00:00Z"), restart("2026-08-21T10:30:00Z"), restart("2026-08-22T10:50:00Z")];
    assert_eq!(outlook(days[0], Reason::Closed, &days).resend, []);
    // At the very same time each day it is another matter.
    let same = ["2026-08-20T10:00:00Z", "2026-08-21T10:00:02Z", "2026-08-22T10:00:03Z"].map(restart);
    assert_eq!(outlook(same[0], Reason::Closed, &same).resend.len(), 1);
}

#[test]
fn where_an_answer_was_given_nothing_is_promised() {
    for reason in [Reason::NotStored, Reason::NoSecret, Reason::Refused, Reason::Unknown] {
        let outlook = outlook(hours(0, 3), reason, &[]);
        assert_eq!(outlook.resend, [hours(0, 3)], "{reason:?}: not stated, so to be resent");
        assert_eq!(outlook.again_by, Some(hour(28)), "{reason:?}: though it may come by itself");
    }
    let lost = outlook(hours(0, 3), Reason::Damaged, &[]);
    assert_eq!(lost, Outlook { again_by: None, resend: vec![hours(0, 3)] }, "it was answered 200");
}

#[test]
fn an_instant_is_a_period_too_and_a_clock_set_back_makes_no_negative_one() {
    let back = Stretch::new(hour(5), hour(3));
    assert_eq!((back.from, back.length()), (hour(3), SignedDuration::ZERO));
    assert_eq!(outlook(back, Reason::Closed, &[]).again_by.map(Timestamp::as_second), Some(hour(28).as_second()));
    let edges = Stretch::new(Timestamp::MIN, Timestamp::MAX);
    assert!(!outlook(edges, Reason::Closed, &[]).resend.is_empty(), "the ends of time are no panic");
}

#[test]
fn words_read_back() {
    for reason in Reason::ALL {
        assert_eq!(Reason::from_word(reason.as_str()), reason);
        assert_eq!(serde_json::to_value(reason).unwrap(), reason.as_str());
    }
    assert_eq!(serde_json::from_str::<Reason>(r#""moved_house""#).unwrap(), Reason::Unknown);
}

/// Whether a try at `minute` cannot be counted on: within a period or as near to one as "about" may be.
fn in_vain(minute: i64, away: &[(i64, i64)]) -> bool {
    away.iter().any(|(from, to)| {
        let margin = (to - from).min(60);
        (from - margin..to + margin).contains(&minute)
    })
}

fn minutes((from, to): (i64, i64)) -> Stretch {
    let at = |minute| hour(0) + SignedDuration::from_mins(minute);
    Stretch::new(at(from), at(to))
}

fn periods() -> impl Strategy<Value = Vec<(i64, i64)>> {
    let period = (0..8_000i64, prop_oneof![1..90i64, 60..5_000i64]).prop_map(|(from, length)| (from, from + length));
    proptest::collection::vec(period, 1..8)
}

proptest! {
    /// Minute by minute, by following each delivery: what is to be resent is what failed three times, and everything else has come by then.
    #[test]
    fn every_delivery_comes_again_in_time_or_is_to_be_resent(away in periods()) {
        const DAY: i64 = 24 * 60;
        let all: Vec<Stretch> = away.iter().copied().map(minutes).collect();
        let period = away[0];
        let outlook = outlook(all[0], Reason::Closed, &all);
        let mut latest = None;
        for minute in period.0..period.1 {
            let sent = minutes((minute, minute + 1)).from;
            let by_hand = outlook.resend.iter().any(|stretch| (stretch.from..stretch.to).contains(&sent));
            let tries = [minute + DAY, minute + 2 * DAY];
            let comes = tries.into_iter().find(|minute| !in_vain(*minute, &away));
            prop_assert_eq!(by_hand, comes.is_none(), "sent in minute {}", minute);
            latest = latest.max(comes);
        }
        let expected = latest.map(|minute| minutes((minute, minute + 1)).to + ABOUT);
        prop_assert_eq!(outlook.again_by, expected);
    }

    /// In order, apart, within the period; more time away never makes less to resend.
    #[test]
    fn what_is_to_be_resent_is_in_order_and_grows_with_the_time_away(away in periods(), more in periods()) {
        let all: Vec<Stretch> = away.iter().chain(&more).copied().map(minutes).collect();
        let few = outlook(all[0], Reason::Closed, &all[..away.len()]).resend;
        let many = outlook(all[0], Reason::Closed, &all).resend;
        for stretches in [&few, &many] {
            prop_assert!(stretches.windows(2).all(|pair| pair[0].to < pair[1].from));
            prop_assert!(stretches.iter().all(|each| each.from < each.to && each.from >= all[0].from && each.to <= all[0].to));
        }
        for less in &few {
            prop_assert!(many.iter().any(|each| each.from <= less.from && less.to <= each.to));
        }
    }
}
