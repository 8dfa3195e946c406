//! Secrets: kept where they belong, found again after a restart, and nowhere else.

use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};

use serde_json::{Value, json};

use crate::harness::{Bus, Folder, PASSCODE, Post, USERNAME, eventually};

const CANARY: &str = "canary-7f3a-do-not-write-me-anywhere";

fn webhook(folder: &Folder, slug: &str) -> Value {
    let webhooks = folder.list("webhook", &["list"]);
    webhooks.into_iter().find(|webhook| webhook["slug"] == slug).expect("it is listed")
}

fn files(folder: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    let mut waiting = vec![folder.to_path_buf()];
    while let Some(folder) = waiting.pop() {
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() { waiting.push(path) } else { found.push(path) }
        }
    }
    found
}

/// The files below `folder` in which one of the forms of the canary stands.
fn traces(folder: &Path) -> Vec<PathBuf> {
    let has = |path: &PathBuf| {
        let bytes = std::fs::read(path).unwrap_or_default();
        forms().iter().any(|form| bytes.windows(form.len()).any(|window| window == form.as_bytes()))
    };
    files(folder).into_iter().filter(has).collect()
}

/// The canary as it is, and as it goes over the wire with Basic.
fn forms() -> [String; 3] {
    use base64::Engine as _;
    let pair = base64::engine::general_purpose::STANDARD.encode(format!("{USERNAME}:{CANARY}"));
    let alone = base64::engine::general_purpose::STANDARD_NO_PAD.encode(CANARY);
    [CANARY.to_owned(), pair, alone]
}

fn accepts(folder: &Folder, times: usize) {
    for _ in 0..times {
        let serve = folder.serve();
        let answer = serve.post(&Post::upload("signed", "1", "2", "started").signed(PASSCODE));
        assert_eq!(answer.status, 200, "the secret survived a restart: {answer:?}");
        serve.stop();
    }
}

#[test]
fn without_a_keychain_a_secret_survives_in_a_private_file() {
    let folder = Folder::new();
    folder.add_signed("signed");
    assert_eq!(webhook(&folder, "signed")["secret_place"], "file");
    accepts(&folder, 2);
    let kept: Vec<PathBuf> = files(&folder.path())
        .into_iter()
        .filter(|path| std::fs::read(path).unwrap().windows(PASSCODE.len()).any(|window| window == PASSCODE.as_bytes()))
        .collect();
    for path in &kept {
        let mode = std::fs::metadata(path).unwrap().permissions().mode() & 0o777;
        assert_eq!(mode, 0o600, "{} is for its owner alone", path.display());
        assert!(path.extension().is_none_or(|extension| extension != "db"), "{} is no place for it", path.display());
    }
    folder.run(&["webhook", "remove", "signed"]).good();
    for path in files(&folder.path()) {
        let bytes = std::fs::read(&path).unwrap();
        let there = bytes.windows(PASSCODE.len()).any(|window| window == PASSCODE.as_bytes());
        assert!(!there, "a removed webhook's secret is forgotten, not left in {}", path.display());
    }
}

#[test]
fn a_secret_survives_in_the_keychain_from_one_login_to_the_next() {
    let keychain = tempfile::tempdir().unwrap();
    let bus = Bus::start();
    let unlocked = bus.keychain(keychain.path());
    let folder = Folder::with_environment(bus.environment());
    folder.add_signed("signed");
    assert_eq!(webhook(&folder, "signed")["secret_place"], "keychain");
    accepts(&folder, 2);
    drop((unlocked, bus));

    // Another login: another bus, another daemon, the same keychain on disk.
    let bus = Bus::start();
    let _unlocked = bus.keychain(keychain.path());
    let folder = folder.in_environment(bus.environment());
    accepts(&folder, 1);
    let traced = files(&folder.path())
        .into_iter()
        .filter(|path| std::fs::read(path).unwrap().windows(PASSCODE.len()).any(|window| window == PASSCODE.as_bytes()))
        .collect::<Vec<_>>();
    assert!(traced.is_empty(), "what is in the keychain is nowhere else: {traced:?}");
    folder.run(&["webhook", "remove", "signed"]).good();
}

#[test]
fn a_keychain_out_of_reach_is_503_and_said() {
    let keychain = tempfile::tempdir().unwrap();
    let bus = Bus::start();
    let unlocked = bus.keychain(keychain.path());
    let folder = Folder::with_environment(bus.environment());
    folder.add_signed("signed");
    drop((unlocked, bus));
    let folder = folder.in_environment(Vec::new());
    let serve = folder.serve();
    let answer = serve.post(&Post::upload("signed", "1", "2", "started").signed(PASSCODE));
    assert_eq!(answer.status, 503, "not 401: the vendor must try again");
    assert!(answer.header("Retry-After").is_some());
    assert_eq!(answer.header("Content-Type"), Some("application/problem+json"));
    let handshake = serve.post(&Post::handshake("signed", "code"));
    assert_eq!(
        (handshake.status, handshake.header("X-ActiGraph-Hook-Secret")),
        (200, Some("code")),
        "this needs no secret"
    );
    assert_eq!(folder.events().len(), 0);
    assert_eq!(folder.list("rejections", &[]).len(), 0, "nothing is kept");
}

#[test]
fn a_keychain_that_comes_back_is_used_again() {
    let keychain = tempfile::tempdir().unwrap();
    let bus = Bus::start();
    let unlocked = bus.keychain(keychain.path());
    let folder = Folder::with_environment(bus.environment());
    folder.add_signed("signed");
    drop(unlocked);
    let serve = folder.serve();
    let post = Post::upload("signed", "1", "2", "started").signed(PASSCODE);
    assert_eq!(serve.post(&post).status, 503);
    let _unlocked = bus.keychain(keychain.path());
    eventually("the secret to be read again", || (serve.post(&post).status == 200).then_some(()));
}

#[test]
fn secrets_are_in_no_file_no_output_and_no_argument() {
    let keychain = tempfile::tempdir().unwrap();
    let bus = Bus::start();
    let _unlocked = bus.keychain(keychain.path());
    let folder = Folder::with_environment(bus.environment());
    let add = |slug: &str, how: &[&str]| {
        let arguments = [&["webhook", "add", "Study", "--slug", slug, "--secret-stdin"], how].concat();
        let ran = folder.run_with(&arguments, CANARY.as_bytes());
        assert!(!format!("{ran:?}").contains(CANARY), "it is not printed: {ran:?}");
        ran.good();
    };
    add("signed", &["--auth", "hmac"]);
    add("basic", &["--auth", "basic", "--username", USERNAME]);
    let serve = folder.serve();
    let post = |slug: &str| Post::upload(slug, "1", "2", "error");
    assert_eq!(serve.post(&post("signed").signed(CANARY)).status, 200);
    assert_eq!(serve.post(&post("basic").basic(USERNAME, CANARY)).status, 200);
    // Refused ones carry it too: to the wrong webhook, under the wrong name, in another scheme, twice.
    assert_eq!(serve.post(&post("basic").basic("someone", CANARY)).status, 401);
    assert_eq!(serve.post(&post("basic").header("Authorization", format!("Bearer {CANARY}"))).status, 401);
    assert_eq!(serve.post(&post("basic").header("Authorization", CANARY)).status, 401);
    assert_eq!(serve.post(&post("basic").basic(USERNAME, CANARY).header("authorization", CANARY)).status, 401);
    assert_eq!(serve.post(&post("signed").basic(USERNAME, CANARY)).status, 401);
    assert_eq!(serve.post(&Post::handshake("basic", "code").basic(USERNAME, CANARY)).status, 200);
    assert_eq!(serve.post(&Post::handshake("signed", "code").basic(USERNAME, CANARY)).status, 200);
    folder.rejections(5);

    let arguments = std::fs::read(format!("/proc/{}/cmdline", serve.id())).unwrap();
    assert!(!String::from_utf8_lossy(&arguments).contains(CANARY));
    let mut outputs = serve.stderr();
    for format in ["csv", "jsonl"] {
        outputs += &folder.run(&["export", "--format", format, "--with-body", "--output", "-"]).good();
    }
    for list in ["events", "rejections", "problems", "uploads"] {
        outputs += &json!(folder.list(list, &[])).to_string();
    }
    outputs += &json!(folder.list("webhook", &["list"])).to_string();
    for form in forms() {
        assert!(!outputs.contains(&form), "{form} was printed");
    }
    let found = traces(&folder.path());
    assert!(found.is_empty(), "while it runs, the files beside the databases included: {found:?}");
    serve.stop();
    let found = traces(&folder.path());
    assert!(found.is_empty(), "and after: {found:?}");
}
