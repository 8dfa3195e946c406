//! Secrets that were replaced: accepted for a while, then forgotten.

use super::super::hooks::HookBook;
use super::*;

/// A webhook whose secret was replaced.
fn replaced(bench: &Bench) -> WebhookForm {
    let form = |secret: &str| WebhookForm {
        name: "rome".to_owned(),
        slug: "rome".to_owned(),
        authentication: "hmac".to_owned(),
        secret: Some(secret.to_owned()),
        ..WebhookForm::default()
    };
    bench.monitor().webhook_add(&form("first")).unwrap();
    bench.monitor().webhook_edit(&form("second")).unwrap();
    form("second")
}

fn old_secret(monitor: &Monitor) -> bool {
    [secrets::Place::File, secrets::Place::Keychain]
        .into_iter()
        .any(|place| monitor.secrets().get("rome.old", place).is_ok())
}

#[test]
fn an_old_secret_is_loaded_until_its_time_is_over_and_then_forgotten() {
    let bench = Bench::new();
    replaced(&bench);
    let (monitor, mut book) = (bench.monitor(), HookBook::new(bench.monitor()));
    let former = |book: &mut HookBook| book.load(None).unwrap().map(|loaded| loaded.hooks.0["rome"].former.clone());
    let loaded = former(&mut book).unwrap().expect("it counts");
    assert!(loaded.credentials.is_ok());
    let slug = study::Slug::new("rome").unwrap();
    monitor.state().note_former_used(&slug, 5).unwrap();
    assert!(former(&mut book).is_none(), "its use alone is no reason to load anything anew");
    bench.later(72 * 3_600 - 1);
    assert!(former(&mut book).is_none());
    assert!(old_secret(monitor));
    bench.later(1);
    assert!(former(&mut book).unwrap().is_none());
    assert!(!old_secret(monitor), "it is forgotten");
    assert_eq!(monitor.state().webhooks().unwrap()[0].former, None, "and nothing says any more that it was there");
}

#[test]
fn an_old_secret_that_is_over_is_forgotten_at_the_start() {
    let bench = Bench::new();
    replaced(&bench);
    bench.later(80 * 3_600);
    HookBook::new(bench.monitor()).load(None).unwrap();
    assert!(!old_secret(bench.monitor()));
}

#[test]
fn what_an_edit_that_was_cut_short_left_behind_is_forgotten_at_the_start() {
    let bench = Bench::new();
    let form = replaced(&bench);
    let monitor = bench.monitor();
    monitor.webhook_end_former("rome").unwrap();
    monitor.secrets().put("rome.old", &centrepoint::Secret::new("leftover")).unwrap();
    HookBook::new(monitor).load(None).unwrap();
    assert!(!old_secret(monitor));
    assert!(monitor.webhook(&form.slug).unwrap().secret_error.is_none());
}

#[test]
fn an_old_secret_that_is_not_there_counts_for_nothing_and_is_said() {
    let bench = Bench::new();
    replaced(&bench);
    let monitor = bench.monitor();
    for place in [secrets::Place::File, secrets::Place::Keychain] {
        // With the keychain switched off there is nothing in it to forget.
        let _ = monitor.secrets().forget("rome.old", place);
    }
    let mut book = HookBook::new(monitor);
    let loaded = book.load(None).unwrap().unwrap();
    assert!(loaded.hooks.0["rome"].former.is_none(), "503 for its sake would never end");
    assert!(loaded.warnings.iter().any(|warning| warning.contains("old secret of rome")), "{:?}", loaded.warnings);
    assert!(monitor.webhook("rome").unwrap().former.unwrap().error.is_some());
    assert!(monitor.webhook("rome").unwrap().secret_error.is_none());
    assert!(book.load(None).unwrap().is_none(), "and it is not asked for again and again");
}
