use std::sync::Arc;
use std::sync::atomic::AtomicBool;

use proptest::prelude::*;

use super::*;
use crate::fixture::{Fixture, NOW, upload};

fn day(text: &str) -> Date {
    text.parse().unwrap()
}

fn days(of: &[&str]) -> Vec<Date> {
    of.iter().map(|text| day(text)).collect()
}

fn names(fixture: &Fixture) -> Vec<String> {
    let entries = std::fs::read_dir(fixture.folder.backups()).unwrap();
    let mut names: Vec<_> = entries.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
    names.sort();
    names
}

fn make_one(fixture: &Fixture, today: &str) -> Daily {
    daily(&fixture.folder, day(today), NOW, None, &Pace::full()).unwrap()
}

#[test]
fn a_name_is_ours_exactly_or_not_at_all() {
    assert_eq!(name_of(day("2026-08-22")), "centrepoint-monitor_2026-08-22.db");
    assert_eq!(day_of("centrepoint-monitor_2026-08-22.db"), Some(day("2026-08-22")));
    for other in [
        "centrepoint-monitor_2026-08-22.db-wal",
        "centrepoint-monitor_2026-08-22 (copy).db",
        "centrepoint-monitor_2026-8-22.db",
        "centrepoint-monitor_20260822.db",
        "centrepoint-monitor_2026-02-30.db",
        "centrepoint-monitor_2026-08-22T10.db",
        "Centrepoint-monitor_2026-08-22.db",
        "centrepoint-monitor_.db",
        "log.db",
        "",
    ] {
        assert_eq!(day_of(other), None, "{other}");
    }
}

#[test]
fn the_newest_seven_are_kept_and_wrong_clocks_cost_no_newer_one() {
    let week = ["2026-08-16", "2026-08-17", "2026-08-18", "2026-08-19", "2026-08-20", "2026-08-21", "2026-08-22"];
    assert_eq!(too_many(days(&week), day("2026-08-22")), []);
    let eight = [&week[..], &["2026-08-15"]].concat();
    assert_eq!(too_many(days(&eight), day("2026-08-22")), days(&["2026-08-15"]));
    let ahead = [&week[..], &["2036-01-01"]].concat();
    assert_eq!(too_many(days(&ahead), day("2026-08-22")), days(&["2036-01-01"]), "made while the clock stood ahead");
    let behind = [&week[..], &["1970-01-01"]].concat();
    assert_eq!(too_many(days(&behind), day("1970-01-01")), days(&["2026-08-16"]), "the one just made is never one");
}

proptest! {
    #[test]
    fn however_the_clock_is_set_seven_stay_and_the_one_just_made_is_among_them(
        set in proptest::collection::vec(0_i32..400, 1..40),
    ) {
        let mut there: Vec<Date> = Vec::new();
        for offset in set {
            let today = day("2026-01-01").checked_add(jiff::Span::new().days(offset)).unwrap();
            if there.contains(&today) {
                continue;
            }
            there.push(today);
            let gone = too_many(there.clone(), today);
            there.retain(|day| !gone.contains(day));
            prop_assert!(there.len() <= KEPT && there.contains(&today) && gone.len() <= 1);
        }
    }
}

#[test]
fn one_a_day_is_made_and_only_what_is_ours_is_removed() {
    let fixture = Fixture::with([upload("1", "7", "started", "d-1", 5)]);
    assert!(is_due(&fixture.folder, day("2026-08-10")).unwrap());
    assert_eq!(make_one(&fixture, "2026-08-10"), Daily::Made);
    let foreign = ["centrepoint-monitor_2026-08-01 (copy).db", "centrepoint-monitor_2026-08-01.db.txt", "mine.db"];
    for name in foreign {
        std::fs::write(fixture.folder.backups().join(name), "mine").unwrap();
    }
    // A folder of that name is no backup, and is not touched.
    std::fs::create_dir(fixture.folder.backups().join("centrepoint-monitor_2026-08-02.db")).unwrap();
    for of in 11..=18 {
        let today = format!("2026-08-{of}");
        assert!(is_due(&fixture.folder, day(&today)).unwrap());
        assert_eq!(make_one(&fixture, &today), Daily::Made);
        assert!(!is_due(&fixture.folder, day(&today)).unwrap(), "one of a day is enough");
    }
    let ours = names(&fixture).into_iter().filter(|name| day_of(name).is_some()).collect::<Vec<_>>();
    assert_eq!(ours.len(), KEPT + 1, "seven, and the folder: {ours:?}");
    let kept = kept(&fixture.folder, day("2026-08-18")).unwrap();
    assert_eq!(kept.iter().map(|kept| kept.day.day()).collect::<Vec<_>>(), [18, 17, 16, 15, 14, 13, 12]);
    assert!(kept.iter().all(|kept| kept.bytes > 0 && kept.made_at > 0));
    for name in foreign {
        assert!(fixture.folder.backups().join(name).exists(), "{name}");
    }
}

#[test]
fn nothing_is_removed_unless_the_new_one_is_whole() {
    let fixture = Fixture::with([upload("1", "7", "started", "d-1", 5)]);
    for of in 10..=16 {
        make_one(&fixture, &format!("2026-08-{of}"));
    }
    let before = names(&fixture);
    let stopped = Pace::gentle(Arc::new(AtomicBool::new(true)));
    let today = day("2026-08-17");
    assert_eq!(daily(&fixture.folder, today, NOW, None, &stopped).unwrap(), Daily::Stopped);
    assert_eq!(names(&fixture), before);
    let full = Room { left: 1_000_000, total: 100_000_000_000 };
    let short = daily(&fixture.folder, today, NOW, Some(full), &Pace::full()).unwrap();
    assert!(matches!(short, Daily::NoRoom { left: 1_000_000, .. }), "{short:?}");
    assert_eq!(names(&fixture), before);
    let log = rusqlite::Connection::open(fixture.folder.log()).unwrap();
    log.execute_batch("DROP TRIGGER log_is_never_changed; UPDATE log SET body = x'00'").unwrap();
    drop(log);
    assert!(daily(&fixture.folder, today, NOW, None, &Pace::full()).is_err(), "the log is not sound");
    assert_eq!(names(&fixture), before);
}

#[test]
fn what_an_interrupted_one_left_goes_with_the_next() {
    let fixture = Fixture::with([upload("1", "7", "started", "d-1", 5)]);
    std::fs::create_dir(fixture.folder.backups()).unwrap();
    for name in ["backup.partial", "backup.partial-journal"] {
        std::fs::write(fixture.folder.backups().join(name), "half").unwrap();
    }
    assert_eq!(make_one(&fixture, "2026-08-22"), Daily::Made);
    assert_eq!(names(&fixture), ["centrepoint-monitor_2026-08-22.db"]);
}

#[test]
fn room_is_what_it_takes_and_what_is_to_be_left() {
    const GIB: u64 = 1024 * 1024 * 1024;
    let room = |left| Room { left, total: 10 * GIB };
    assert_eq!(no_room(room(3 * GIB), 2 * GIB), None);
    let short = Daily::NoRoom { needed: 3 * GIB, left: 3 * GIB - 1 };
    assert_eq!(no_room(room(3 * GIB - 1), 2 * GIB), Some(short));
}
