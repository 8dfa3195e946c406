use super::*;
use crate::fixture::{Fixture, lens, page, upload};
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
    backup(&fixture.folder, &target).unwrap();
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
}

#[test]
fn an_existing_file_is_refused_and_keeps_its_bytes() {
    let fixture = Fixture::with(arrivals());
    let target = fixture.temp.path().join("copy.db");
    std::fs::write(&target, "mine").unwrap();
    assert!(matches!(backup(&fixture.folder, &target), Err(StoreError::Refused(_))));
    assert_eq!(std::fs::read(&target).unwrap(), b"mine");
}

#[test]
fn a_log_that_is_not_sound_gives_no_backup_and_leaves_nothing_behind() {
    let fixture = Fixture::with(arrivals());
    let log = Connection::open(fixture.folder.log()).unwrap();
    log.execute_batch("DROP TRIGGER log_is_never_changed; UPDATE log SET body = x'00' WHERE sequence = 7").unwrap();
    drop(log);
    let place = tempfile::tempdir().unwrap();
    let refused = backup(&fixture.folder, &place.path().join("copy.db")).unwrap_err().to_string();
    assert!(refused.contains("row 7"), "{refused}");
    assert_eq!(std::fs::read_dir(place.path()).unwrap().count(), 0);
}
