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
    let Outcome::StateSetAside { file: Some(file), webhooks: 3 } = &damages[0].outcome else { panic!("{damages:?}") };
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
