use serde_json::json;

use super::*;
use crate::fixture::{Fixture, upload};
use crate::log::verify;
use crate::state::{Levels, Outcome, State, Webhook};

fn webhook(slug: &str) -> Webhook {
    Webhook {
        slug: Slug::new(slug).unwrap(),
        name: format!("The {slug} study"),
        authentication: centrepoint::Authentication::Hmac,
        username: None,
        client_id: None,
        study_id: None,
        time_zone: None,
        allow: vec!["vendor".to_owned()],
        enabled: true,
        removed: false,
        secret_place: Some("keychain".to_owned()),
        secret_version: 3,
        former: None,
        created_at: 1,
        validation_needed_at: 2,
        handshake: None,
        levels: Levels::default(),
    }
}

/// A folder with deliveries to `alpha`, with webhooks and settings.
fn used() -> Fixture {
    let fixture = Fixture::with([upload("1", "7", "started", "d-1", 5)]);
    let state = State::open(&fixture.folder).unwrap();
    for slug in ["alpha", "beta", "gamma"] {
        state.add_webhook(&webhook(slug)).unwrap();
    }
    state.set_setting("saved", &json!(["one"])).unwrap();
    state.count("not_found", 7).unwrap();
    fixture
}

/// Starts as a receiver does. What was found, where the old file lies, and the state.
fn receive(fixture: &Fixture) -> (Vec<crate::state::Damage>, State) {
    let lock = fixture.folder.claim_receiver().unwrap();
    crate::recover(&fixture.folder, &lock, &*Fixture::clock()).unwrap();
    let state = State::open(&fixture.folder).unwrap();
    (state.damages().unwrap(), state)
}

fn slugs(state: &State) -> Vec<String> {
    state.webhooks().unwrap().iter().map(|webhook| webhook.slug.to_string()).collect()
}

/// Changes the file's bytes.
fn harm(fixture: &Fixture, change: impl FnOnce(&mut Vec<u8>)) -> Vec<u8> {
    let path = fixture.folder.state();
    let mut bytes = std::fs::read(&path).unwrap();
    change(&mut bytes);
    std::fs::write(&path, &bytes).unwrap();
    bytes
}

#[test]
fn a_sound_state_is_left_alone() {
    let fixture = used();
    let before = std::fs::read(fixture.folder.state()).unwrap();
    let (damages, state) = receive(&fixture);
    assert_eq!((damages, slugs(&state).len()), (vec![], 3));
    drop(state);
    assert_eq!(std::fs::read(fixture.folder.state()).unwrap(), before);
}

#[test]
fn a_first_page_written_over_costs_no_webhook_and_no_setting() {
    let fixture = used();
    let bytes = harm(&fixture, |bytes| bytes[..4096].fill(0x5a));
    assert!(matches!(State::open(&fixture.folder), Err(StoreError::StateDamaged(_))), "nobody else touches it");
    let (damages, state) = receive(&fixture);
    assert_eq!(slugs(&state), ["alpha", "beta", "gamma"]);
    assert_eq!(state.webhooks().unwrap()[0], webhook("alpha"));
    assert_eq!(state.setting("saved").unwrap(), Some(json!(["one"])));
    assert_eq!(state.counters().unwrap(), [("not_found".to_owned(), 7)]);
    assert_eq!(state.lost_webhooks().unwrap(), []);
    let Outcome::StateSetAside { file: Some(file), webhooks: 3, backup: None } = &damages[0].outcome else {
        panic!("{damages:?}")
    };
    assert_eq!(file, "state.db.damaged-20260822T140500Z");
    assert_eq!(std::fs::read(fixture.folder.path().join(file)).unwrap(), bytes, "the damaged file keeps every byte");
    let verdict = verify(&fixture.folder, |_, _| ()).unwrap();
    assert!(verdict.differences.is_empty() && verdict.losses[0].contains(file), "{verdict:?}");
    drop(state);
    assert_eq!(receive(&fixture).0.len(), 1, "once");
}

#[test]
fn webhooks_that_cannot_be_read_are_known_by_their_deliveries_until_somebody_looked() {
    let fixture = used();
    harm(&fixture, |bytes| bytes.fill(0x5a));
    let (damages, state) = receive(&fixture);
    assert_eq!(slugs(&state), Vec::<String>::new());
    assert_eq!(state.lost_webhooks().unwrap(), [Slug::new("alpha").unwrap()], "it had deliveries");
    state.add_webhook(&webhook("alpha")).unwrap();
    assert_eq!(state.lost_webhooks().unwrap(), [], "set up again");
    assert_eq!(damages.len(), 1);

    let fixture = used();
    harm(&fixture, |bytes| bytes.fill(0x5a));
    let (damages, state) = receive(&fixture);
    state.dismiss_damages(&[damages[0].id], 5).unwrap();
    assert_eq!(state.lost_webhooks().unwrap(), [], "read by a person");
    assert!(!verify(&fixture.folder, |_, _| ()).unwrap().losses.is_empty(), "and still known to verify");
}

#[test]
fn a_row_that_cannot_be_what_it_was_costs_that_row() {
    let fixture = used();
    let connection = Connection::open(fixture.folder.state()).unwrap();
    connection.execute("UPDATE webhooks SET authentication = 'hmad' WHERE slug = 'alpha'", []).unwrap();
    drop(connection);
    let (damages, state) = receive(&fixture);
    assert_eq!(slugs(&state), ["beta", "gamma"]);
    assert_eq!(state.lost_webhooks().unwrap(), [Slug::new("alpha").unwrap()]);
    assert_eq!(damages.len(), 1);
}

#[test]
fn a_state_that_is_gone_or_empty_is_told_where_there_are_deliveries() {
    for empty in [true, false] {
        let fixture = used();
        std::fs::remove_file(fixture.folder.state()).unwrap();
        if empty {
            std::fs::write(fixture.folder.state(), "").unwrap();
        }
        let (damages, state) = receive(&fixture);
        assert_eq!(damages.len(), 1, "empty: {empty}");
        assert_eq!(state.lost_webhooks().unwrap(), [Slug::new("alpha").unwrap()]);
    }
    let fixture = Fixture::new();
    assert_eq!(receive(&fixture).0, [], "a new folder has lost nothing");
}

#[test]
fn a_state_without_its_webhooks_table_is_damaged() {
    let fixture = used();
    Connection::open(fixture.folder.state()).unwrap().execute_batch("DROP TABLE webhooks").unwrap();
    let (damages, state) = receive(&fixture);
    assert_eq!((damages.len(), slugs(&state).len()), (1, 0));
    assert_eq!(state.setting("saved").unwrap(), Some(json!(["one"])));
}

#[test]
fn interrupted_anywhere_the_next_start_goes_on() {
    let whole = used();
    let bytes = harm(&whole, |bytes| bytes[..4096].fill(0x5a));
    receive(&whole);
    let aside = "state.db.damaged-20260822T140500Z";
    // Before the old file was moved; after that, before the new one had its name.
    for moved in [false, true] {
        let fixture = Fixture::new();
        let at = |name: &str| fixture.folder.path().join(name);
        std::fs::copy(whole.folder.state(), at("state.db.begun")).unwrap();
        std::fs::write(if moved { at(aside) } else { at("state.db") }, &bytes).unwrap();
        let (damages, state) = receive(&fixture);
        assert_eq!((damages.len(), slugs(&state).len()), (1, 3), "moved: {moved}");
        assert_eq!(std::fs::read(at(aside)).unwrap(), bytes);
        assert!(!at("state.db.begun").exists());
    }
}

/// What the notice is about: how many webhooks, and the backup's time.
fn told(damages: &[crate::state::Damage]) -> (i64, Option<i64>) {
    let [damage] = damages else { panic!("{damages:?}") };
    let Outcome::StateSetAside { webhooks, backup, .. } = damage.outcome else { panic!("{damage:?}") };
    (webhooks, backup)
}

fn back_up(fixture: &Fixture, day: &str, at: i64) -> std::path::PathBuf {
    let day = day.parse().unwrap();
    daily::daily(&fixture.folder, day, at, None, &crate::backup::Pace::full()).unwrap();
    daily::kept(&fixture.folder, day).unwrap()[0].path.clone()
}

#[test]
fn webhooks_and_settings_that_cannot_be_read_are_as_of_the_newest_backup() {
    let fixture = used();
    let state = State::open(&fixture.folder).unwrap();
    back_up(&fixture, "2026-08-20", 20);
    state.set_setting("saved", &json!(["two"])).unwrap();
    state.add_webhook(&webhook("delta")).unwrap();
    back_up(&fixture, "2026-08-21", 21);
    drop(state);
    harm(&fixture, |bytes| bytes.fill(0x5a));
    let (damages, state) = receive(&fixture);
    assert_eq!(told(&damages), (4, Some(21)));
    assert_eq!(slugs(&state), ["alpha", "beta", "delta", "gamma"]);
    assert_eq!(state.webhooks().unwrap()[0], webhook("alpha"), "in every column");
    assert_eq!(state.setting("saved").unwrap(), Some(json!(["two"])));
    assert_eq!(state.lost_webhooks().unwrap(), []);
    let verdict = verify(&fixture.folder, |_, _| ()).unwrap();
    assert!(verdict.losses[0].contains("some as of the backup of 1970-01-01T00:00:00.000021Z"), "{verdict:?}");
}

#[test]
fn what_can_be_read_of_the_state_stands_above_its_backup() {
    let fixture = used();
    back_up(&fixture, "2026-08-21", 21);
    let state = State::open(&fixture.folder).unwrap();
    state.put_webhook(&Webhook { name: "Renamed since".to_owned(), ..webhook("beta") }).unwrap();
    state.set_setting("saved", &json!(["since"])).unwrap();
    drop(state);
    let connection = Connection::open(fixture.folder.state()).unwrap();
    connection.execute("UPDATE webhooks SET authentication = 'hmad' WHERE slug = 'alpha'", []).unwrap();
    drop(connection);
    let (damages, state) = receive(&fixture);
    assert_eq!(told(&damages), (3, Some(21)));
    let names: Vec<String> = state.webhooks().unwrap().into_iter().map(|webhook| webhook.name).collect();
    assert_eq!(names, ["Renamed since", "The alpha study", "The gamma study"]);
    assert_eq!(state.setting("saved").unwrap(), Some(json!(["since"])));
}

#[test]
fn a_damaged_backup_is_passed_over_for_the_one_before() {
    let fixture = used();
    back_up(&fixture, "2026-08-20", 20);
    let newest = back_up(&fixture, "2026-08-21", 21);
    let bytes = std::fs::read(&newest).unwrap();
    std::fs::write(&newest, vec![0x5a; bytes.len()]).unwrap();
    harm(&fixture, |bytes| bytes.fill(0x5a));
    let (damages, state) = receive(&fixture);
    assert_eq!((told(&damages), slugs(&state).len()), ((3, Some(20)), 3));
}

#[test]
fn a_backup_of_another_version_gives_the_columns_that_both_have() {
    let fixture = used();
    let newest = back_up(&fixture, "2026-08-21", 21);
    let backup = Connection::open(&newest).unwrap();
    backup
        .execute_batch(
            "ALTER TABLE state_webhooks DROP COLUMN former_until; ALTER TABLE state_webhooks ADD COLUMN later TEXT;
             ALTER TABLE state_webhooks DROP COLUMN overdue_days",
        )
        .unwrap();
    drop(backup);
    harm(&fixture, |bytes| bytes.fill(0x5a));
    let (damages, state) = receive(&fixture);
    assert_eq!((told(&damages), slugs(&state).len()), ((3, Some(21)), 3));
    assert_eq!(state.webhooks().unwrap()[0], webhook("alpha"), "the rest is as in a new one");
}

#[test]
fn a_backup_put_back_as_the_log_brings_its_webhooks_and_settings() {
    let fixture = used();
    let backup = back_up(&fixture, "2026-08-21", 21);
    let restored = Fixture::new();
    std::fs::copy(backup, restored.folder.log()).unwrap();
    let (damages, state) = receive(&restored);
    assert_eq!(told(&damages), (3, Some(21)));
    assert_eq!(slugs(&state), ["alpha", "beta", "gamma"]);
    assert_eq!(state.setting("saved").unwrap(), Some(json!(["one"])));
    assert!(verify(&restored.folder, |_, _| ()).unwrap().differences.is_empty());
    drop(state);
    assert_eq!(receive(&restored).0.len(), 1, "once");
}

#[test]
fn a_command_that_comes_before_the_first_start_costs_no_webhook_of_a_backup_that_was_put_back() {
    let fixture = Fixture::new();
    drop(fixture.log());
    State::open(&fixture.folder).unwrap().add_webhook(&webhook("alpha")).unwrap();
    let backup = back_up(&fixture, "2026-08-21", 21);
    for command_first in [false, true] {
        let restored = Fixture::new();
        std::fs::copy(&backup, restored.folder.log()).unwrap();
        if command_first {
            drop(State::open(&restored.folder).unwrap());
        }
        let (damages, state) = receive(&restored);
        assert_eq!(told(&damages), (1, Some(21)), "and without a delivery; a command first: {command_first}");
        assert_eq!(slugs(&state), ["alpha"]);
        drop(state);
        assert_eq!(receive(&restored).0.len(), 1, "once");
    }
}
