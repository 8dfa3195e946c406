//! Webhooks over a real data folder.

use std::path::Path;

use study::Slug;

use super::*;
use crate::testing::Bench;
use crate::wire::ErrorCode;

const SECRET: &str = "B3`MlG4sJR.X^-%w=oG_UrNBEpszl?";

fn hmac(slug: &str) -> WebhookForm {
    WebhookForm {
        name: format!("Study {slug}"),
        slug: slug.to_owned(),
        authentication: "hmac".to_owned(),
        secret: Some(SECRET.to_owned()),
        study_id: Some("189".to_owned()),
        time_zone: Some("Europe/Rome".to_owned()),
        ..WebhookForm::default()
    }
}

#[test]
fn an_added_webhook_is_listed_with_the_address_to_paste() {
    let bench = Bench::new();
    let added = bench.monitor().webhook_add(&hmac("rome")).unwrap().webhook;
    assert_eq!(added.target_url, "http://127.0.0.1:8737/hooks/rome");
    assert!(!added.target_is_public);
    assert_eq!(added.validation, Validation::Waiting);
    assert!(added.secret_place.is_some());
    assert_eq!(bench.monitor().webhooks().unwrap(), [added]);

    let settings =
        crate::wire::Settings { public_address: "https://hooks.example.org".to_owned(), ..Default::default() };
    bench.monitor().settings_set(&settings).unwrap();
    let row = bench.monitor().webhook("rome").unwrap();
    assert_eq!((row.target_url.as_str(), row.target_is_public), ("https://hooks.example.org/hooks/rome", true));
}

#[test]
fn a_slug_is_never_used_twice_not_even_after_its_webhook_was_removed() {
    let bench = Bench::new();
    let monitor = bench.monitor();
    monitor.webhook_add(&hmac("rome")).unwrap();
    assert_eq!(monitor.webhook_add(&hmac("rome")).unwrap_err().field.as_deref(), Some("slug"));
    monitor.webhook_remove("rome").unwrap();
    assert!(monitor.webhooks().unwrap().is_empty());
    assert_eq!(monitor.webhook_add(&hmac("rome")).unwrap_err().field.as_deref(), Some("slug"));
    assert_eq!(monitor.webhook_set_enabled("rome", true).unwrap_err().code, ErrorCode::NotFound);
}

#[test]
fn turning_authentication_off_wants_a_yes_and_forgets_the_secret() {
    let bench = Bench::new();
    let monitor = bench.monitor();
    monitor.webhook_add(&hmac("rome")).unwrap();
    let mut form = WebhookForm { authentication: "none".to_owned(), secret: None, ..hmac("rome") };
    assert_eq!(monitor.webhook_edit(&form).unwrap_err().field.as_deref(), Some("authentication"));
    assert_eq!(monitor.webhook("rome").unwrap().authentication, "hmac", "a refused change changes nothing");
    form.confirmed_no_authentication = true;
    let edited = monitor.webhook_edit(&form).unwrap();
    assert_eq!((edited.webhook.authentication.as_str(), edited.webhook.secret_place), ("none", None));
    assert!(!edited.warnings.is_empty());
    form.authentication = "hmac".to_owned();
    assert_eq!(monitor.webhook_edit(&form).unwrap_err().field.as_deref(), Some("secret"), "the old one is gone");
}

#[test]
fn an_edit_keeps_the_secret_unless_a_new_one_comes_and_a_new_one_wants_validation() {
    let bench = Bench::new();
    let monitor = bench.monitor();
    monitor.webhook_add(&hmac("rome")).unwrap();
    let slug = Slug::new("rome").unwrap();
    let handshake = store::state::Handshake { at: monitor.now(), authenticated: true };
    monitor.state().note_handshake(&slug, handshake, [127, 0, 0, 1].into(), b"", b"").unwrap();
    assert_eq!(monitor.webhook("rome").unwrap().validation, Validation::Validated);

    bench.later(60);
    let renamed = WebhookForm { name: "Rome".to_owned(), secret: None, ..hmac("rome") };
    assert_eq!(monitor.webhook_edit(&renamed).unwrap().webhook.validation, Validation::Validated);
    let version = monitor.state().webhooks().unwrap()[0].secret_version;
    let replaced = WebhookForm { secret: Some("another".to_owned()), ..renamed };
    assert_eq!(monitor.webhook_edit(&replaced).unwrap().webhook.validation, Validation::Waiting);
    assert!(monitor.state().webhooks().unwrap()[0].secret_version > version, "a running receiver must notice");
}

#[test]
fn the_history_tells_of_every_change_but_not_the_secret() {
    let bench = Bench::new();
    let monitor = bench.monitor();
    monitor.webhook_add(&hmac("rome")).unwrap();
    monitor.webhook_set_enabled("rome", false).unwrap();
    monitor.webhook_remove("rome").unwrap();
    let holds = |file: &Path, text: &str| {
        let bytes = std::fs::read(file).unwrap();
        bytes.windows(text.len()).any(|window| window == text.as_bytes())
    };
    let mut told = 0;
    for entry in std::fs::read_dir(monitor.data_folder()).unwrap() {
        let path = entry.unwrap().path();
        if path.is_file() {
            assert!(!holds(&path, SECRET), "{} holds a secret", path.display());
            told += usize::from(["\"added\"", "\"disabled\"", "\"removed\""].iter().all(|word| holds(&path, word)));
        }
    }
    assert!(told > 0, "the log holds all three changes");
}

fn replaced(secret: &str) -> WebhookForm {
    WebhookForm { secret: Some(secret.to_owned()), ..hmac("rome") }
}

/// The former secret as it is kept.
fn kept(monitor: &Monitor) -> Option<Vec<u8>> {
    let places = [secrets::Place::File, secrets::Place::Keychain];
    let secret = places.iter().find_map(|place| monitor.secrets().get("rome.old", *place).ok());
    secret.map(|secret| secret.expose().to_vec())
}

#[test]
fn a_replaced_secret_is_kept_for_three_days_and_only_the_newest() {
    let bench = Bench::new();
    let monitor = bench.monitor();
    monitor.webhook_add(&hmac("rome")).unwrap();
    assert_eq!(monitor.webhook("rome").unwrap().former, None);
    let row = monitor.webhook_edit(&replaced("second")).unwrap().webhook;
    assert_eq!(row.former.unwrap().until, "2026-08-25T14:05:00.000000Z");
    assert_eq!(kept(monitor).as_deref(), Some(SECRET.as_bytes()));
    bench.later(60);
    monitor.webhook_edit(&replaced("third")).unwrap();
    assert_eq!(kept(monitor).as_deref(), Some(&b"second"[..]), "the newest former one alone");
    bench.later(60);
    let same = monitor.webhook_edit(&replaced("third")).unwrap().webhook;
    assert_eq!(same.former.unwrap().until, "2026-08-25T14:06:00.000000Z");
    assert_eq!(kept(monitor).as_deref(), Some(&b"second"[..]), "the same again replaces nothing");
    bench.later(72 * 3_600);
    assert_eq!(monitor.webhook("rome").unwrap().former, None, "over by the clock, whoever has forgotten it or not");
}

#[test]
fn an_edit_without_a_new_secret_leaves_the_old_one_its_time_or_changes_that() {
    let bench = Bench::new();
    let monitor = bench.monitor();
    monitor.webhook_add(&hmac("rome")).unwrap();
    let hours = |hours| WebhookForm { secret: None, keep_old_hours: hours, ..hmac("rome") };
    assert_eq!(monitor.webhook_edit(&hours(Some(5))).unwrap_err().field.as_deref(), Some("keep_old_hours"));
    monitor.webhook_edit(&WebhookForm { keep_old_hours: Some(24), ..replaced("second") }).unwrap();
    let until = |form: &WebhookForm| monitor.webhook_edit(form).unwrap().webhook.former.map(|former| former.until);
    assert_eq!(until(&hours(None)).as_deref(), Some("2026-08-23T14:05:00.000000Z"));
    assert_eq!(until(&hours(Some(5))).as_deref(), Some("2026-08-22T19:05:00.000000Z"));
    assert_eq!(until(&hours(Some(0))), None);
    assert_eq!(kept(monitor), None, "and is forgotten");
    assert_eq!(monitor.webhook_end_former("rome").unwrap_err().code, ErrorCode::NotFound);
}

#[test]
fn the_old_secret_goes_with_another_kind_a_removal_a_word_and_a_wish() {
    let oauth2 = WebhookForm { client_id: Some("c".to_owned()), authentication: "oauth2".to_owned(), ..replaced("x") };
    let edits: [&dyn Fn(&Monitor); 4] = [
        &|monitor| drop(monitor.webhook_edit(&oauth2).unwrap()),
        &|monitor| monitor.webhook_remove("rome").unwrap(),
        &|monitor| monitor.webhook_end_former("rome").unwrap(),
        &|monitor| {
            drop(monitor.webhook_edit(&WebhookForm { keep_old_hours: Some(0), ..replaced("third") }).unwrap());
        },
    ];
    for end in edits {
        let bench = Bench::new();
        let monitor = bench.monitor();
        monitor.webhook_add(&hmac("rome")).unwrap();
        monitor.webhook_edit(&replaced("second")).unwrap();
        assert!(kept(monitor).is_some());
        end(monitor);
        assert_eq!(kept(monitor), None);
        assert_eq!(monitor.state().webhooks().unwrap()[0].former, None);
    }
}

#[test]
fn another_user_name_replaces_the_credentials_too() {
    let bench = Bench::new();
    let monitor = bench.monitor();
    let basic = |name: &str| WebhookForm {
        authentication: "basic".to_owned(),
        username: Some(name.to_owned()),
        secret: None,
        ..hmac("rome")
    };
    monitor.webhook_add(&WebhookForm { secret: Some("p".to_owned()), ..basic("before") }).unwrap();
    let version = monitor.state().webhooks().unwrap()[0].secret_version;
    let former = monitor.webhook_edit(&basic("after")).unwrap().webhook.former.unwrap();
    assert_eq!(former.name.as_deref(), Some("before"));
    let webhook = monitor.state().webhooks().unwrap().remove(0);
    assert!(webhook.secret_version > version);
    assert_eq!(webhook.former.unwrap().version, version, "tokens given before are its");
}

#[test]
fn a_secret_that_is_gone_can_still_be_replaced_and_that_is_said() {
    let bench = Bench::new();
    let monitor = bench.monitor();
    let place = monitor.webhook_add(&hmac("rome")).unwrap().webhook.secret_place.unwrap();
    monitor.secrets().forget("rome", Place::from_word(&place).unwrap()).unwrap();
    let edited = monitor.webhook_edit(&replaced("second")).unwrap();
    assert_eq!(edited.webhook.former, None);
    assert!(edited.warnings.iter().any(|warning| warning.contains("cannot be read")), "{:?}", edited.warnings);
}

#[test]
fn a_clock_that_was_set_back_neither_keeps_an_old_validation_nor_hides_a_new_one() {
    let bench = Bench::new();
    let monitor = bench.monitor();
    let slug = Slug::new("rome").unwrap();
    monitor.webhook_add(&hmac("rome")).unwrap();
    let validation = || monitor.webhook("rome").unwrap().validation;
    let shaken = || {
        let handshake = store::state::Handshake { at: monitor.now(), authenticated: true };
        monitor.state().note_handshake(&slug, handshake, "127.0.0.1".parse().unwrap(), b"", b"").unwrap();
    };
    let replace = |secret: &str| {
        monitor.webhook_edit(&WebhookForm { secret: Some(secret.to_owned()), ..hmac("rome") }).unwrap();
    };
    bench.later(60);
    shaken();
    bench.later(-3 * 3600);
    replace("another one");
    assert_eq!(validation(), Validation::Waiting, "the handshake was before the change, though later by the clock");
    shaken();
    assert_eq!(validation(), Validation::Validated, "this one was after it, though earlier by the clock");
    bench.later(6 * 3600);
    replace("a third one");
    assert_eq!(validation(), Validation::Waiting);
    bench.later(-5 * 3600);
    shaken();
    assert_eq!(validation(), Validation::Validated);
}
