//! Two secrets valid at once, while one is being replaced: the real program, real sockets, and a restart in between.

use serde_json::Value;

use crate::harness::{CLIENT_ID, Folder, Post, Serve, USERNAME, eventually};

const OLD: &str = "the secret there was";
const NEW: &str = "the secret there is";

/// Runs a command that reads `secret`.
fn with_secret(folder: &Folder, secret: &str, arguments: &[&str]) {
    folder.run_with(arguments, secret.as_bytes()).good();
}

fn add(folder: &Folder, kind: &str) {
    let name: &[&str] = match kind {
        "basic" => &["--username", USERNAME],
        "oauth2" => &["--client-id", CLIENT_ID],
        _ => &[],
    };
    let add = ["webhook", "add", "Study", "--slug", kind, "--auth", kind, "--secret-stdin"];
    with_secret(folder, OLD, &[&add[..], name].concat());
}

fn former(folder: &Folder, slug: &str) -> Value {
    let webhooks = folder.list("webhook", &["list"]);
    webhooks.into_iter().find(|webhook| webhook["slug"] == slug).expect("it is listed")["former"].clone()
}

/// The answer to a delivery that is proved by `secret`.
fn answer(serve: &Serve, kind: &str, secret: &str) -> u16 {
    let post = Post::upload(kind, "1", "2", "error");
    let post = match kind {
        "hmac" => post.signed(secret),
        "basic" => post.basic(USERNAME, secret),
        _ => {
            let given = serve.post(&Post::token_request(kind, CLIENT_ID, secret));
            if given.status != 200 {
                return given.status;
            }
            post.bearer(given.json()["access_token"].as_str().unwrap())
        }
    };
    serve.post(&post).status
}

#[test]
fn both_secrets_are_accepted_across_a_restart_until_the_old_one_is_ended() {
    let folder = Folder::new();
    for kind in ["hmac", "basic", "oauth2"] {
        add(&folder, kind);
        with_secret(&folder, NEW, &["webhook", "edit", kind, "--secret-stdin"]);
        assert!(former(&folder, kind)["used_at"].is_null(), "nothing used it yet");
    }
    for _ in 0..2 {
        let serve = folder.serve();
        for kind in ["hmac", "basic", "oauth2"] {
            let answers = [OLD, NEW, "neither"].map(|secret| answer(&serve, kind, secret));
            assert_eq!(answers, [200, 200, 401], "{kind}");
        }
        serve.stop();
    }
    let serve = folder.serve();
    for kind in ["hmac", "basic", "oauth2"] {
        eventually("the last use of the old secret to be known", || {
            former(&folder, kind)["used_at"].as_str().map(drop)
        });
        let kept = folder.path().join(format!("secrets/{kind}.old"));
        assert!(kept.exists());
        folder.run(&["webhook", "edit", kind, "--keep-old-hours", "0"]).good();
        assert!(!kept.exists(), "what is not accepted any more is forgotten");
        assert!(former(&folder, kind).is_null());
        eventually("the running receiver to hear of it", || (answer(&serve, kind, OLD) == 401).then_some(()));
        assert_eq!(answer(&serve, kind, NEW), 200, "{kind}");
    }
    let before = former(&folder, "hmac");
    let again = folder.run(&["webhook", "edit", "hmac", "--keep-old-hours", "5"]);
    assert_ne!(again.code, Some(0), "what is forgotten is not brought back: {again:?}");
    assert_eq!(former(&folder, "hmac"), before);
}

#[test]
fn the_old_secret_may_be_refused_at_once_and_only_the_newest_is_kept() {
    let folder = Folder::new();
    add(&folder, "hmac");
    with_secret(&folder, "second", &["webhook", "edit", "hmac", "--secret-stdin"]);
    with_secret(&folder, "third", &["webhook", "edit", "hmac", "--secret-stdin", "--keep-old-hours", "24"]);
    let serve = folder.serve();
    let all = || [OLD, "second", "third", "fourth"].map(|secret| answer(&serve, "hmac", secret));
    assert_eq!(all(), [401, 200, 200, 401]);
    with_secret(&folder, "fourth", &["webhook", "edit", "hmac", "--secret-stdin", "--keep-old-hours", "0"]);
    eventually("the new secret to reach the receiver", || (all() == [401, 401, 401, 200]).then_some(()));
    let too_long = folder.run_with(&["webhook", "edit", "hmac", "--secret-stdin", "--keep-old-hours", "721"], b"fifth");
    assert_ne!(too_long.code, Some(0));
    assert_eq!(all(), [401, 401, 401, 200]);
}

/// Three days cannot be waited for: the end is moved in the file, as the clock would reach it.
fn end_comes(folder: &Folder) {
    let ran = std::process::Command::new("sqlite3")
        .arg(folder.path().join("state.db"))
        .arg("PRAGMA busy_timeout = 5000; UPDATE webhooks SET former_until = (unixepoch() + 1) * 1000000;")
        .output()
        .expect("make test installs sqlite3");
    assert!(ran.status.success(), "{}", String::from_utf8_lossy(&ran.stderr));
}

#[test]
fn the_old_secret_ends_by_the_clock_and_is_forgotten_while_it_runs_and_at_the_start() {
    let folder = Folder::new();
    add(&folder, "hmac");
    let kept = folder.path().join("secrets/hmac.old");
    for new in ["second", "third"] {
        with_secret(&folder, new, &["webhook", "edit", "hmac", "--secret-stdin"]);
        assert!(kept.exists());
        if new == "third" {
            // Nobody is there when the time is over.
            end_comes(&folder);
            eventually("the end to come", || former(&folder, "hmac").is_null().then_some(()));
            assert!(kept.exists());
        }
        let serve = folder.serve();
        if new == "second" {
            assert_eq!(answer(&serve, "hmac", OLD), 200);
            end_comes(&folder);
        }
        eventually("the old secret to be forgotten", || (!kept.exists()).then_some(()));
        let old = if new == "second" { OLD } else { "second" };
        // The end was moved behind the receiver's back: it hears of it with the next look at its webhooks, a moment after the file is gone.
        eventually("the receiver to refuse the old secret", || (answer(&serve, "hmac", old) == 401).then_some(()));
        assert_eq!(answer(&serve, "hmac", new), 200);
        serve.stop();
    }
}
