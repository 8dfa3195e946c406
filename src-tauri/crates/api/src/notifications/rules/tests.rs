//! Rules held against a plainer reading of them: minute by minute.

use jiff::tz::TimeZone;
use proptest::prelude::*;

use super::*;

fn at(text: &str, zone: &str) -> ZonedDateTime {
    let zone = TimeZone::get(zone).unwrap();
    text.parse::<jiff::civil::DateTime>().unwrap().to_zoned_datetime(zone).unwrap()
}

fn settings(rules: NotificationRules) -> Settings {
    Settings { notifications: rules, ..Settings::default() }
}

fn rules(quiet: Option<(&str, &str)>, days: &[&str]) -> Rules {
    let (from, to) = quiet.unwrap_or(("20:00", "07:00"));
    let wire = NotificationRules {
        quiet: quiet.is_some(),
        quiet_from: from.to_owned(),
        quiet_to: to.to_owned(),
        days: days.iter().map(|day| (*day).to_owned()).collect(),
        ..NotificationRules::default()
    };
    check(&wire).unwrap();
    Rules::of(&settings(wire), None)
}

fn until(rules: &Rules, now: &ZonedDateTime) -> Option<String> {
    let (_, until) = rules.holding(now)?;
    Some(until.to_zoned_datetime(now.time_zone().clone()).strftime("%a %H:%M").to_string())
}

#[test]
fn errors_pop_up_and_the_rest_does_not_unless_told() {
    let now = at("2026-08-22T14:05", "Europe/Rome");
    let by_default = Rules::of(&Settings::default(), None);
    for (kind, is_on) in [
        ("upload_error", true),
        ("processing_error", true),
        ("unreadable", true),
        ("receiver", true),
        ("stuck_upload", false),
        ("overdue_subject", false),
        ("a kind of tomorrow", true),
    ] {
        let verdict = if is_on { Verdict::Raise } else { Verdict::Off };
        assert_eq!(by_default.judge(kind, Some("rome"), &now), verdict, "{kind}");
    }
    let mut wire = NotificationRules::default();
    wire.kinds.insert("upload_error".to_owned(), false);
    wire.kinds.insert("stuck_upload".to_owned(), true);
    wire.webhooks.entry("rome".to_owned()).or_default().insert("upload_error".to_owned(), true);
    wire.webhooks.entry("rome".to_owned()).or_default().insert("stuck_upload".to_owned(), false);
    let told = Rules::of(&settings(wire.clone()), None);
    for (webhook, error, stuck) in [("rome", true, false), ("oslo", false, true)] {
        assert_eq!(told.is_on("upload_error", Some(webhook)), error, "{webhook}");
        assert_eq!(told.is_on("stuck_upload", Some(webhook)), stuck, "{webhook}");
    }
    let off = Rules::of(&Settings { popups: false, ..settings(wire) }, None);
    assert_eq!(off.judge("upload_error", Some("rome"), &now), Verdict::Off, "the one switch stands above all");
}

#[test]
fn quiet_hours_go_across_midnight_and_days_are_whole() {
    let night = rules(Some(("20:00", "07:00")), &DAYS);
    for (now, expected) in [
        ("2026-08-20T19:59", None),
        ("2026-08-20T20:00", Some("Fri 07:00")),
        ("2026-08-21T06:59", Some("Fri 07:00")),
        ("2026-08-21T07:00", None),
    ] {
        assert_eq!(until(&night, &at(now, "Europe/Rome")).as_deref(), expected, "{now}");
    }
    let weekdays = rules(Some(("20:00", "07:00")), &DAYS[..5]);
    assert_eq!(until(&weekdays, &at("2026-08-21T21:00", "Europe/Rome")).as_deref(), Some("Mon 07:00"));
    let weekdays = rules(None, &DAYS[..5]);
    assert_eq!(until(&weekdays, &at("2026-08-22T12:00", "Europe/Rome")).as_deref(), Some("Mon 00:00"));
    let lunch = rules(Some(("12:00", "13:30")), &DAYS);
    assert_eq!(until(&lunch, &at("2026-08-22T12:10", "Europe/Rome")).as_deref(), Some("Sat 13:30"));
}

#[test]
fn a_mute_that_ends_in_quiet_hours_ends_with_them_and_one_by_a_wrong_clock_does_not_count() {
    let mut rules = rules(Some(("20:00", "07:00")), &DAYS);
    let now = at("2026-08-20T19:30", "Europe/Rome");
    rules.muted_until = Some(now.timestamp() + SignedDuration::from_hours(1));
    assert_eq!(rules.holding(&now).unwrap().0, HeldBy::Muted);
    assert_eq!(until(&rules, &now).as_deref(), Some("Fri 07:00"));
    rules.muted_until = Some(now.timestamp() + LONGEST_MUTE + SignedDuration::from_secs(1));
    assert_eq!(rules.holding(&now), None);
}

#[test]
fn a_mute_is_for_an_hour_until_morning_or_until_a_day() {
    let rules = NotificationRules::default();
    let until = |told: &str, now: &str| {
        let now = at(now, "Europe/Rome");
        let end = mute_until(told, &now, &rules)?;
        Ok(end.map(|end| end.to_zoned_datetime(now.time_zone().clone()).strftime("%d %H:%M").to_string()))
    };
    assert_eq!(until("hour", "2026-08-22T14:05").unwrap().unwrap(), "22 15:05");
    assert_eq!(until("tomorrow", "2026-08-22T14:05").unwrap().unwrap(), "23 08:00");
    assert_eq!(until("tomorrow", "2026-08-22T02:05").unwrap().unwrap(), "22 08:00");
    assert_eq!(until("2026-08-27", "2026-08-22T14:05").unwrap().unwrap(), "27 08:00");
    assert_eq!(until("off", "2026-08-22T14:05").unwrap(), None);
    for wrong in ["2026-08-22", "2026-08-01", "2027-08-22", "soon", ""] {
        let error: ApiError = until(wrong, "2026-08-22T14:05").unwrap_err();
        assert_eq!(error.field.as_deref(), Some("until"), "{wrong}");
    }
}

#[test]
fn rules_that_make_no_sense_are_refused_with_their_field() {
    let good = NotificationRules::default;
    let unknown = || BTreeMap::from([("colour".to_owned(), true)]);
    for (field, wrong) in [
        ("quiet_from", NotificationRules { quiet_from: "8 pm".to_owned(), ..good() }),
        ("quiet_to", NotificationRules { quiet: true, quiet_to: "20:00".to_owned(), ..good() }),
        ("summary_at", NotificationRules { summary_at: "24:00".to_owned(), ..good() }),
        ("days", NotificationRules { days: Vec::new(), ..good() }),
        ("days", NotificationRules { days: vec!["Monday".to_owned()], ..good() }),
        ("summary_days", NotificationRules { summary_days: Vec::new(), ..good() }),
        ("kinds", NotificationRules { kinds: unknown(), ..good() }),
        ("kinds", NotificationRules { webhooks: BTreeMap::from([("rome".to_owned(), unknown())]), ..good() }),
    ] {
        assert_eq!(check(&wrong).unwrap_err().field, Some(format!("notifications.{field}")));
    }
    check(&good()).unwrap();
}

fn last(day: &str, since_boot_hours: i64) -> LastSummary {
    LastSummary {
        day: day.parse().unwrap(),
        boot: Some("one".to_owned()),
        since_boot: since_boot_hours * 3_600_000_000,
    }
}

#[test]
fn a_summary_is_due_once_a_day_and_later_that_day_where_it_was_missed() {
    let daily = Daily::of(&NotificationRules::default());
    let due = |now: &str, last: Option<&LastSummary>, hours: i64| {
        daily.is_due(&at(now, "Europe/Rome"), last, Some("one"), hours * 3_600_000_000)
    };
    assert!(!due("2026-08-20T08:59", None, 0));
    assert!(due("2026-08-20T09:00", None, 0));
    assert!(due("2026-08-20T23:50", None, 0), "missed in the morning");
    assert!(!due("2026-08-22T09:00", None, 0), "not on a Saturday");
    let thursday = last("2026-08-20", 0);
    assert!(!due("2026-08-20T15:00", Some(&thursday), 6));
    assert!(due("2026-08-21T09:00", Some(&thursday), 24));
    assert!(!due("2026-08-21T09:00", Some(&thursday), 1), "the clock was set a day ahead");
    assert!(!due("2026-08-19T09:00", Some(&thursday), 1), "the clock was set a day back");
    assert!(due("2026-08-10T09:00", Some(&thursday), 24), "the clock had been ahead");
    let other_boot = LastSummary { boot: Some("another".to_owned()), ..thursday };
    assert!(due("2026-08-21T09:00", Some(&other_boot), 1), "what was measured in another start says nothing");
    assert!(!due("2026-08-20T15:00", Some(&other_boot), 1));
}

fn some_rules() -> impl Strategy<Value = Rules> {
    let hours = proptest::option::of((0_i8..24, 0_i8..4, 0_i8..24, 0_i8..4));
    (hours, prop::array::uniform7(any::<bool>()), 0_usize..7).prop_map(|(hours, mut days, one)| {
        days[one] = true;
        let quiet = hours
            .map(|(h1, q1, h2, q2)| (Time::constant(h1, q1 * 15, 0, 0), Time::constant(h2, q2 * 15, 0, 0)))
            .filter(|(from, to)| from != to);
        Rules { quiet, days, ..Rules::of(&Settings::default(), None) }
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    /// Across both changes of the clock of 2026: what is held is held until the first quarter of an hour that is not quiet, and everything
    /// before it is quiet.
    #[test]
    fn what_is_held_comes_at_the_first_moment_that_is_not_quiet(
        rules in some_rules(),
        zone in prop::sample::select(vec!["Europe/Rome", "America/New_York", "Asia/Beirut", "Australia/Lord_Howe", "UTC"]),
        day in 0_i64..365,
        minute in 0_i64..1_440,
    ) {
        let start: Timestamp = "2026-01-01T00:00:00Z".parse().unwrap();
        let now = start + SignedDuration::from_mins(day * 1_440 + minute);
        let zone = TimeZone::get(zone).unwrap();
        let now = now.to_zoned_datetime(zone.clone());
        match rules.judge("upload_error", None, &now) {
            Verdict::Raise => prop_assert!(!rules.is_quiet(&now)),
            Verdict::Off => prop_assert!(false, "it is switched on"),
            Verdict::Hold(by, until) => {
                prop_assert_eq!(by, HeldBy::QuietHours);
                let mut minute = now.timestamp();
                while minute < until {
                    prop_assert!(rules.is_quiet(&minute.to_zoned_datetime(zone.clone())), "held for too long: {}", minute);
                    minute += SignedDuration::from_mins(1);
                }
                prop_assert!(!rules.is_quiet(&until.to_zoned_datetime(zone.clone())), "{} is quiet", until);
            }
        }
    }

    /// Whatever the clock is set to, two summaries of one start of the system are half a day apart, and never of one day in a row.
    #[test]
    fn whatever_the_clock_does_there_is_one_summary_a_day(
        steps in prop::collection::vec((0_i64..600, -3_000_i64..3_000, any::<bool>()), 1..60),
    ) {
        let daily = Daily::of(&NotificationRules { summary_days: DAYS.map(str::to_owned).to_vec(), ..NotificationRules::default() });
        let mut wall: Timestamp = "2026-03-20T00:00:00Z".parse().unwrap();
        let (mut passed, mut last, mut raised) = (0_i64, None::<LastSummary>, Vec::<i64>::new());
        for (minutes, set, is_set) in steps {
            wall += SignedDuration::from_mins(minutes + if is_set { set } else { 0 });
            passed += minutes * 60_000_000;
            let now = wall.to_zoned_datetime(TimeZone::get("Europe/Rome").unwrap());
            if daily.is_due(&now, last.as_ref(), Some("one"), passed) {
                prop_assert!(last.as_ref().is_none_or(|last| last.day != now.date()));
                raised.push(passed);
                last = Some(LastSummary { day: now.date(), boot: Some("one".to_owned()), since_boot: passed });
            }
        }
        prop_assert!(raised.windows(2).all(|two| two[1] - two[0] >= APART));
    }
}
