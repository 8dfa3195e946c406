//! A keychain that is locked or gone turns the checks red, and green again by what they advise.

use serde_json::Value;

use super::{doctor, is, next};
use crate::harness::{Bus, Folder, PASSCODE, Post, eventually};

/// The collection that a login unlocks.
const LOGIN: &str = "/org/freedesktop/secrets/collection/login";

const SECRETS: &str = "--dest=org.freedesktop.secrets";

fn locks(bus: &Bus) {
    let lock = "org.freedesktop.Secret.Service.Lock";
    bus.asks(&[SECRETS, "/org/freedesktop/secrets", lock, &format!("array:objpath:{LOGIN}")]);
    let is_locked = bus.asks(&[
        SECRETS,
        LOGIN,
        "org.freedesktop.DBus.Properties.Get",
        "string:org.freedesktop.Secret.Collection",
        "string:Locked",
    ]);
    assert!(is_locked.contains("boolean true"), "it can be locked: {is_locked}");
}

/// Everything is well again by what was advised.
fn are_green(folder: &Folder) {
    eventually("the keychain to be used again", || {
        let (_, checks) = doctor(folder);
        let level = |id: &str| checks.iter().find(|check| check["id"] == id).map(|check| check["level"].clone());
        (level("keychain") == Some("green".into()) && level("signature") == Some("green".into())).then_some(())
    });
}

#[track_caller]
fn are_red(checks: &[Value], why: &str) {
    is(checks, "keychain", "red", why);
    is(checks, "keychain", "red", "and the secrets of a webhook are in it");
    assert!(next(checks, "keychain").starts_with("Unlock it, or log in"), "{checks:?}");
    is(checks, "signature", "red", "The secret cannot be read");
    assert!(next(checks, "signature").starts_with("If the keychain is locked, unlock it."), "{checks:?}");
}

#[test]
fn a_keychain_that_is_locked_or_gone_is_red_until_somebody_logs_in() {
    let home = tempfile::tempdir().unwrap();
    let bus = Bus::start();
    let unlocked = bus.keychain(home.path());
    let folder = Folder::with_environment(bus.environment());
    folder.add_signed("signed");
    let serve = folder.serve();
    let (_, checks) = doctor(&folder);
    is(&checks, "keychain", "green", "read back and deleted");
    is(&checks, "signature", "green", "is accepted here");

    locks(&bus);
    let (ran, checks) = doctor(&folder);
    assert_eq!(ran.code, Some(1));
    are_red(&checks, "locked");
    drop(unlocked);
    let unlocked = bus.keychain(home.path());
    are_green(&folder);

    drop(unlocked);
    let (_, checks) = doctor(&folder);
    are_red(&checks, "");
    let _unlocked = bus.keychain(home.path());
    are_green(&folder);
    assert_eq!(serve.post(&Post::upload("signed", "1", "2", "error").signed(PASSCODE)).status, 200);
    assert_eq!(folder.events().len(), 1, "the trials left nothing");
}
