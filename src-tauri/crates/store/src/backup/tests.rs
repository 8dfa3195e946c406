use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Instant;

use super::*;
use crate::fixture::{Fixture, NOW, lens, page, upload};
use crate::{DataFolder, State};

fn arrivals() -> Vec<crate::NewArrival> {
    (0..50).map(|n| upload(&format!("{n}"), "7", "error", &format!("d-{n}"), 5)).collect()
}

#[test]
fn a_backup_is_a_log_that_can_be_put_back() {
    let fixture = Fixture::with(arrivals());
    let state = State::open(&fixture.folder).unwrap();
    state.set_setting("theme", &serde_json::json!("dark")).unwrap();
    let target = fixture.temp.path().join("copy.db");
    // Beside a running receiver.
    let log = fixture.log();
    backup(&fixture.folder, &target, NOW).unwrap();
    log.close();

    let elsewhere = tempfile::tempdir().unwrap();
    let restored = DataFolder::open(elsewhere.path()).unwrap();
    std::fs::copy(&target, restored.log()).unwrap();
    assert_eq!(crate::log::verify(&restored, |_, _| ()).unwrap().rows, 50);
    let history = crate::History::open(&restored, Fixture::clock()).unwrap();
    assert_eq!(history.events(&page(""), &lens()).unwrap().rows.len(), 50);
    let settings: String =
        Connection::open(&target).unwrap().query_row("SELECT value FROM state_settings", [], |row| row.get(0)).unwrap();
    assert_eq!(settings, "\"dark\"");
    assert_eq!(made_at(&Connection::open(&target).unwrap()).unwrap(), Some(NOW));
}

#[test]
fn an_existing_file_is_refused_and_keeps_its_bytes() {
    let fixture = Fixture::with(arrivals());
    let target = fixture.temp.path().join("copy.db");
    std::fs::write(&target, "mine").unwrap();
    assert!(matches!(backup(&fixture.folder, &target, NOW), Err(StoreError::Refused(_))));
    assert_eq!(std::fs::read(&target).unwrap(), b"mine");
}

#[test]
fn a_log_that_is_not_sound_gives_no_backup_and_leaves_nothing_behind() {
    let fixture = Fixture::with(arrivals());
    let log = Connection::open(fixture.folder.log()).unwrap();
    log.execute_batch("DROP TRIGGER log_is_never_changed; UPDATE log SET body = x'00' WHERE sequence = 7").unwrap();
    drop(log);
    let place = tempfile::tempdir().unwrap();
    let refused = backup(&fixture.folder, &place.path().join("copy.db"), NOW).unwrap_err().to_string();
    assert!(refused.contains("row 7"), "{refused}");
    assert_eq!(std::fs::read_dir(place.path()).unwrap().count(), 0);
}

#[test]
fn a_gentle_copy_is_of_one_moment_and_does_not_let_the_write_ahead_log_grow_without_end() {
    let large = |n: usize| crate::fixture::arrival("upload", &format!("l-{n}"), 5, &"x".repeat(1024 * 1024));
    let fixture = Fixture::with((0..8).map(large));
    let log = fixture.log();
    let stop = Arc::new(AtomicBool::new(false));
    let (folder, target) = (fixture.folder.clone(), fixture.temp.path().join("copy.db"));
    let to = target.clone();
    let copying =
        std::thread::spawn(move || make(&folder, &to, &Partial::beside(&to), NOW, &Pace::gentle(stop)).unwrap());
    let mut appended = 8;
    while !copying.is_finished() && appended < 60 {
        fixture.append(&log, [large(appended)]);
        appended += 1;
    }
    assert_eq!(copying.join().unwrap(), Made::Whole);
    log.close();
    let copy = Connection::open(&target).unwrap();
    let rows = verify_connection(&copy, |_, _| ()).unwrap();
    assert!(rows.differences.is_empty() && (8..=60).contains(&rows.rows), "{rows:?}");
    let wal = crate::sqlite::beside(&fixture.folder.log(), "-wal");
    assert!(std::fs::metadata(wal).map_or(0, |metadata| metadata.len()) < 96 * 1024 * 1024);
}

#[test]
fn a_copy_that_is_stopped_ends_soon_and_leaves_nothing_behind() {
    let large = |n: usize| crate::fixture::arrival("upload", &format!("l-{n}"), 5, &"x".repeat(1024 * 1024));
    let fixture = Fixture::with((0..40).map(large));
    let scrap = tempfile::tempdir().unwrap();
    for wait in [0, 20, 200] {
        let stop = Arc::new(AtomicBool::new(wait == 0));
        let (folder, target) = (fixture.folder.clone(), scrap.path().join("copy.db"));
        let gentle = Pace::gentle(Arc::clone(&stop));
        let copying =
            std::thread::spawn(move || make(&folder, &target, &Partial::beside(&target), NOW, &gentle).unwrap());
        std::thread::sleep(Duration::from_millis(wait));
        stop.store(true, Ordering::Release);
        let since = Instant::now();
        assert_eq!(copying.join().unwrap(), Made::Stopped, "after {wait} ms");
        assert!(since.elapsed() < Duration::from_secs(3), "{:?}", since.elapsed());
        assert_eq!(std::fs::read_dir(scrap.path()).unwrap().count(), 0, "after {wait} ms");
    }
}

#[test]
fn a_check_that_is_stopped_ends_too() {
    let fixture = Fixture::with(arrivals());
    let target = fixture.temp.path().join("copy.db");
    backup(&fixture.folder, &target, NOW).unwrap();
    let stop = Arc::new(AtomicBool::new(true));
    assert_eq!(check(&target, &Pace::gentle(stop)).unwrap(), Made::Stopped);
    assert_eq!(check(&target, &Pace::full()).unwrap(), Made::Whole);
}

#[test]
fn what_arrives_beside_a_gentle_copy_is_kept_as_fast_as_the_disk_allows() {
    let large = |n: usize| crate::fixture::arrival("upload", &format!("l-{n}"), 5, &"x".repeat(1024 * 1024));
    let fixture = Fixture::with((0..64).map(large));
    let log = fixture.log();
    let mut number = 0;
    let mut timed = |until: &dyn Fn(usize) -> bool| {
        let mut took = Vec::new();
        while !until(took.len()) {
            number += 1;
            let arrival = upload(&format!("s-{number}"), "7", "error", &format!("s-{number}"), 5);
            let since = Instant::now();
            fixture.append(&log, [arrival]);
            took.push(since.elapsed());
        }
        took.sort_unstable();
        (took.len(), took[took.len() / 2], took[took.len() * 99 / 100])
    };
    let alone = timed(&|count| count == 300);
    let (folder, to) = (fixture.folder.clone(), fixture.temp.path().join("copy.db"));
    let gentle = Pace::gentle(Arc::new(AtomicBool::new(false)));
    let since = Instant::now();
    let copying = std::thread::spawn(move || make(&folder, &to, &Partial::beside(&to), NOW, &gentle).unwrap());
    let beside = timed(&|count| count > 0 && copying.is_finished());
    assert_eq!(copying.join().unwrap(), Made::Whole);
    let took = since.elapsed();
    println!("64 MiB in {took:?}; appends (count, p50, p99) alone {alone:?}, beside it {beside:?}");
    log.close();
    assert!(beside.2 < Duration::from_secs(2), "far below the ten seconds an answer has: {beside:?}");
}
