//! Both places as the program uses them: each across a restart, the keychain in a real session bus with a real GNOME Keyring.
//!
//! A session is a process of its own, so the tests of the keychain run this very binary again inside one, for the `inside`
//! tests below. Needs `dbus-run-session`, `dbus-send` and `gnome-keyring-daemon` (Debian: dbus, gnome-keyring).

#![cfg(all(unix, not(target_os = "macos")))]
#![expect(clippy::unwrap_used, reason = "a test that cannot go on should stop where it is")]

use std::path::Path;
use std::process::{Command, Stdio};

use centrepoint::Secret;
use secrets::{KEYCHAIN_VARIABLE, Place, SecretError, Secrets};

/// Tells a test inside a session which data folder it works on.
const DATA: &str = "SECRETS_TEST_DATA";

/// Starts the keyring the way a login does (unlocked, with a password on its standard input) or a machine without a login
/// does (locked), waits for it, runs the test named `$TEST` of the binary `$BINARY`.
const SESSION: &str = r#"
if [ "$KEYRING" = locked ]; then
    gnome-keyring-daemon --foreground --components=secrets </dev/null >/dev/null 2>&1 &
else
    printf login-password | gnome-keyring-daemon --foreground --unlock --components=secrets >/dev/null 2>&1 &
fi
daemon=$!
tries=0
until dbus-send --session --print-reply --dest=org.freedesktop.DBus / org.freedesktop.DBus.NameHasOwner \
    string:org.freedesktop.secrets | grep -q 'boolean true'; do
    tries=$((tries + 1))
    [ $tries -lt 200 ] || { echo 'the keyring did not come up' >&2; exit 1; }
    sleep 0.05
done
[ "$KEYRING" = frozen ] && kill -STOP $daemon
"$BINARY" --exact "$TEST" --ignored --nocapture
status=$?
kill -CONT $daemon
kill $daemon
wait $daemon
exit $status
"#;

/// Runs the test `name` of this binary in a new session, at home in `home`.
fn in_a_session(home: &Path, keyring: &str, name: &str) {
    for program in ["dbus-run-session", "dbus-send", "gnome-keyring-daemon"] {
        let found =
            Command::new("sh").args(["-c", &format!("command -v {program}")]).stdout(Stdio::null()).status().unwrap();
        assert!(found.success(), "{program} is missing: install dbus and gnome-keyring to test the keychain");
    }
    let output = Command::new("dbus-run-session")
        .args(["--", "sh", "-c", SESSION])
        .env("BINARY", std::env::current_exe().unwrap())
        .env("TEST", name)
        .env("KEYRING", keyring)
        .env(DATA, home.join("data"))
        .env("HOME", home)
        .env("XDG_DATA_HOME", home.join("share"))
        .env("XDG_RUNTIME_DIR", home)
        .env_remove(KEYCHAIN_VARIABLE)
        .env_remove("DISPLAY")
        .env_remove("WAYLAND_DISPLAY")
        .output()
        .unwrap();
    assert!(output.status.success(), "{keyring}, {name}: {}", String::from_utf8_lossy(&output.stderr));
    let said = String::from_utf8_lossy(&output.stdout);
    assert!(said.contains("1 passed"), "the test inside did run: {said}");
}

/// What a test inside a session works on.
fn data() -> std::path::PathBuf {
    std::env::var_os(DATA).expect("this test is run by another one, inside a session").into()
}

fn secret() -> Secret {
    Secret::new("B3`MlG4sJR.X^-%w=oG_UrNBEpszl?ü\n")
}

fn home() -> tempfile::TempDir {
    let home = tempfile::tempdir().unwrap();
    std::fs::create_dir(home.path().join("data")).unwrap();
    home
}

#[test]
fn the_keychain_keeps_a_secret_across_sessions() {
    let home = home();
    in_a_session(home.path(), "unlocked", "inside_put");
    let file = home.path().join("data/secrets/north");
    assert!(!file.exists(), "it is in the keychain, and nowhere else");
    in_a_session(home.path(), "unlocked", "inside_get_and_forget");
}

#[test]
fn a_locked_keychain_is_said_and_a_new_secret_goes_to_the_file() {
    let home = home();
    in_a_session(home.path(), "unlocked", "inside_put");
    in_a_session(home.path(), "locked", "inside_locked");
    in_a_session(home.path(), "unlocked", "inside_get_and_forget");
}

#[test]
fn a_keychain_that_hangs_is_given_up() {
    let home = home();
    in_a_session(home.path(), "unlocked", "inside_put");
    in_a_session(home.path(), "frozen", "inside_frozen");
}

#[test]
fn without_a_bus_a_secret_goes_to_the_file() {
    let home = home();
    let output = Command::new(std::env::current_exe().unwrap())
        .args(["--exact", "inside_without_a_bus", "--ignored", "--nocapture"])
        .env(DATA, home.path().join("data"))
        .env("DBUS_SESSION_BUS_ADDRESS", "unix:path=/nonexistent/bus")
        .env_remove(KEYCHAIN_VARIABLE)
        .output()
        .unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    assert_eq!(std::fs::read(home.path().join("data/secrets/north")).unwrap(), secret().expose());
}

#[test]
fn switched_off_the_keychain_is_left_alone() {
    let home = home();
    let output = Command::new(std::env::current_exe().unwrap())
        .args(["--exact", "inside_switched_off", "--ignored", "--nocapture"])
        .env(DATA, home.path().join("data"))
        .env(KEYCHAIN_VARIABLE, "off")
        .output()
        .unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
}

#[test]
#[ignore = "run inside a session by the tests above"]
fn inside_put() {
    let secrets = Secrets::new(&data());
    assert_eq!(secrets.put("north", &Secret::new("first")).unwrap(), Place::Keychain);
    assert_eq!(secrets.put("north", &secret()).unwrap(), Place::Keychain, "replaced");
    assert_eq!(secrets.get("north", Place::Keychain).unwrap(), secret());
}

#[test]
#[ignore = "run inside a session by the tests above"]
fn inside_get_and_forget() {
    let secrets = Secrets::new(&data());
    assert_eq!(secrets.get("north", Place::Keychain).unwrap(), secret());
    assert!(matches!(secrets.get("south", Place::Keychain), Err(SecretError::Missing(slug)) if slug == "south"));
    let elsewhere = tempfile::tempdir().unwrap();
    let other = Secrets::new(elsewhere.path());
    assert!(matches!(other.get("north", Place::Keychain), Err(SecretError::Missing(_))), "folders share nothing");
    secrets.forget("north", Place::Keychain).unwrap();
    secrets.forget("north", Place::Keychain).unwrap();
    assert!(matches!(secrets.get("north", Place::Keychain), Err(SecretError::Missing(_))));
}

#[test]
#[ignore = "run inside a session by the tests above"]
fn inside_locked() {
    let secrets = Secrets::new(&data());
    let error = secrets.get("north", Place::Keychain).unwrap_err();
    assert!(matches!(error, SecretError::Locked(_)), "{error}");
    assert!(secrets.forget("north", Place::Keychain).is_err(), "it may still be there");
    assert_eq!(secrets.put("south", &secret()).unwrap(), Place::File);
    assert_eq!(Secrets::new(&data()).get("south", Place::File).unwrap(), secret());
}

#[test]
#[ignore = "run inside a session by the tests above"]
fn inside_frozen() {
    let secrets = Secrets::new(&data());
    std::thread::scope(|scope| {
        // At the same time, so that the test waits for the limits once.
        let kept = scope.spawn(|| secrets.put("south", &secret()));
        let error = secrets.get("north", Place::Keychain).unwrap_err();
        assert!(matches!(error, SecretError::Locked(_)), "{error}");
        assert_eq!(kept.join().unwrap().unwrap(), Place::File);
    });
    assert_eq!(secrets.get("south", Place::File).unwrap(), secret());
}

#[test]
#[ignore = "run without a bus by the test above"]
fn inside_without_a_bus() {
    assert_eq!(Secrets::new(&data()).put("north", &secret()).unwrap(), Place::File);
    assert_eq!(Secrets::new(&data()).get("north", Place::File).unwrap(), secret());
    assert!(matches!(Secrets::new(&data()).get("north", Place::Keychain), Err(SecretError::Locked(_))));
}

#[test]
#[ignore = "run with the keychain switched off by the test above"]
fn inside_switched_off() {
    let secrets = Secrets::new(&data());
    assert_eq!(secrets.put("north", &secret()).unwrap(), Place::File);
    let error = secrets.get("north", Place::Keychain).unwrap_err().to_string();
    assert!(error.contains(KEYCHAIN_VARIABLE), "{error}");
}
