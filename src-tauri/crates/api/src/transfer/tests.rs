use std::path::PathBuf;

use super::*;
use crate::testing::Bench;

const SECRET: &str = "the secret in the portal";

fn add(bench: &Bench, slug: &str, authentication: &str) {
    let form = WebhookForm {
        name: slug.to_uppercase(),
        slug: slug.to_owned(),
        authentication: authentication.to_owned(),
        username: (authentication == "basic").then(|| "vendor".to_owned()),
        secret: (authentication != "none").then(|| SECRET.to_owned()),
        study_id: Some("189".to_owned()),
        time_zone: Some("Europe/Rome".to_owned()),
        ..WebhookForm::default()
    };
    bench.monitor().webhook_add(&form).unwrap();
}

/// One with settings and webhooks, and its file.
fn source() -> (Bench, PathBuf, tempfile::TempDir) {
    let bench = Bench::new();
    add(&bench, "rome", "hmac");
    add(&bench, "oslo", "none");
    let settings = Settings { operator: "M. Rossi".to_owned(), stuck_after_hours: 4.0, ..Settings::default() };
    bench.monitor().settings_set(&settings).unwrap();
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("settings.json");
    bench.monitor().settings_export(&path).unwrap();
    (bench, path, folder)
}

fn import(bench: &Bench, path: &Path, dry_run: bool) -> Result<SettingsPlan, ApiError> {
    let request = SettingsImport { path: path.display().to_string(), dry_run, by: "A. Bianchi".to_owned() };
    bench.monitor().settings_import(&request)
}

#[test]
fn what_one_has_another_takes_over_but_for_the_secrets() {
    let (bench, path, _folder) = source();
    let text = std::fs::read_to_string(&path).unwrap();
    assert!(!text.contains(SECRET) && !text.contains("tls_key"), "{text}");
    assert!(bench.monitor().settings_export(&path).unwrap_err().message.contains("there already"));
    assert_eq!(import(&bench, &path, true).unwrap().changes, [], "it is all there");

    let other = Bench::new();
    let tried = import(&other, &path, true).unwrap();
    let names: Vec<_> = tried.changes.iter().map(|each| (each.webhook.as_deref(), each.name.as_str())).collect();
    assert_eq!(
        names,
        [(None, "operator"), (None, "stuck_after_hours"), (Some("oslo"), "webhook"), (Some("rome"), "webhook")]
    );
    assert!(tried.notes[0].contains("The secret of ROME is not in the file"), "{:?}", tried.notes);
    assert_eq!(other.monitor().settings().unwrap(), Settings::default(), "asking changes nothing");
    assert_eq!(import(&other, &path, false).unwrap().notes, tried.notes);
    assert_eq!(other.monitor().settings().unwrap(), bench.monitor().settings().unwrap());
    let rome = other.monitor().webhook("rome").unwrap();
    assert_eq!(
        (rome.authentication.as_str(), rome.secret_place, rome.study_id.as_deref()),
        ("hmac", None, Some("189"))
    );
    assert_eq!(import(&other, &path, false).unwrap().changes, [], "twice is once");
}

#[test]
fn where_one_listens_goes_along_unless_this_computer_cannot() {
    let free = || std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().to_string();
    let (bench, folder, other) = (Bench::new(), tempfile::tempdir().unwrap(), Bench::new());
    let address = free();
    bench.monitor().settings_set(&Settings { listen_address: address.clone(), ..Settings::default() }).unwrap();
    let path = folder.path().join("settings.json");
    bench.monitor().settings_export(&path).unwrap();
    import(&other, &path, false).unwrap();
    assert_eq!(other.monitor().settings().unwrap().listen_address, address);

    let text = std::fs::read_to_string(&path).unwrap().replace(&address, "192.0.2.7:8737");
    std::fs::write(&path, text).unwrap();
    let plan = import(&other, &path, false).unwrap();
    assert_eq!(plan.changes, []);
    assert!(plan.notes[0].contains("left as it is here: this computer has no address 192.0.2.7"), "{:?}", plan.notes);
    assert_eq!(other.monitor().settings().unwrap().listen_address, address);
}

#[test]
fn an_existing_webhook_keeps_how_it_proves_itself() {
    let (_bench, path, _folder) = source();
    let other = Bench::new();
    add(&other, "rome", "basic");
    add(&other, "bergen", "none");
    let form = WebhookForm { overdue_days: Some(4), ..form(&registered(&other.monitor().registered("rome").unwrap())) };
    other.monitor().webhook_edit(&form).unwrap();
    let plan = import(&other, &path, false).unwrap();
    let of_rome: Vec<_> = plan.changes.iter().filter(|each| each.webhook.as_deref() == Some("rome")).collect();
    assert_eq!(of_rome.len(), 1, "{of_rome:?}");
    assert_eq!(
        (of_rome[0].name.as_str(), of_rome[0].before.as_deref(), of_rome[0].after.as_str()),
        ("overdue_days", Some("4"), "3")
    );
    assert!(plan.notes.iter().any(|note| note.contains("differs in the file")), "{:?}", plan.notes);
    assert!(plan.notes.iter().any(|note| note.contains("left as they are: bergen")), "{:?}", plan.notes);
    let rome = other.monitor().webhook("rome").unwrap();
    assert_eq!((rome.authentication.as_str(), rome.overdue_days), ("basic", 3));
    assert!(rome.secret_place.is_some(), "and its secret");
}

#[test]
fn nonsense_is_refused_in_plain_words_and_changes_nothing() {
    let (_bench, path, folder) = source();
    let good: Value = serde_json::from_slice(&std::fs::read(&path).unwrap()).unwrap();
    let other = Bench::new();
    add(&other, "gone", "none");
    other.monitor().webhook_remove("gone").unwrap();
    let with = |change: &dyn Fn(&mut Value)| {
        let mut value = good.clone();
        change(&mut value);
        value.to_string()
    };
    for (text, part) in [
        ("{".to_owned(), "not JSON"),
        ("{}".to_owned(), "no file with settings of this program"),
        (with(&|value| value["version"] = json!(2)), "later version"),
        (with(&|value| value["settings"]["mood"] = json!("good")), "no setting called mood"),
        (with(&|value| value["settings"]["stuck_after_hours"] = json!(-1)), "stuck_after_hours"),
        (with(&|value| value["settings"]["popups"] = json!("yes")), "cannot be used"),
        (with(&|value| value["webhooks"][0]["slug"] = json!("No Slug")), "slug"),
        (with(&|value| value["webhooks"][0]["slug"] = json!("rome")), "more than once"),
        (with(&|value| value["webhooks"][0]["slug"] = json!("gone")), "was removed here"),
        (with(&|value| value["webhooks"][1]["time_zone"] = json!("Europe/Mars")), "Europe/Mars"),
        (with(&|value| value["webhooks"][1]["secret"] = json!("x")), "secret"),
    ] {
        let path = folder.path().join("other.json");
        std::fs::write(&path, text).unwrap();
        let error = import(&other, &path, false).unwrap_err();
        assert_eq!(error.field.as_deref(), Some("path"), "{error}");
        assert!(error.message.contains(part), "{part}: {error}");
    }
    assert_eq!(other.monitor().settings().unwrap(), Settings::default());
    assert_eq!(other.monitor().webhooks().unwrap(), [], "as a whole or not at all");
    assert!(import(&other, Path::new("/nowhere.json"), true).is_err());
}
