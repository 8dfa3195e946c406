//! Files that were damaged, seen from outside: what is left of them serves, what is lost is said, and nobody is turned away for good.

use std::path::Path;

use crate::harness::{Folder, PASSCODE, Post, eventually};

fn signed(slug: &str, number: usize) -> Post {
    Post::upload(slug, &number.to_string(), "000103", "started").signed(PASSCODE)
}

fn overwrite(path: &Path, from: usize, count: Option<usize>) {
    let mut bytes = std::fs::read(path).unwrap();
    let to = count.map_or(bytes.len(), |count| from + count);
    bytes[from..to].fill(0x5a);
    std::fs::write(path, bytes).unwrap();
}

fn aside(folder: &Folder) -> Vec<String> {
    let names = std::fs::read_dir(folder.path()).unwrap().map(|entry| entry.unwrap().file_name());
    names.map(|name| name.to_string_lossy().into_owned()).filter(|name| name.starts_with("state.db.damaged-")).collect()
}

/// A folder with a webhook and a delivery, and its `state.db` harmed.
fn harmed(count: Option<usize>) -> Folder {
    let folder = Folder::new();
    folder.add_signed("signed");
    let serve = folder.serve();
    assert_eq!(serve.post(&signed("signed", 1)).status, 200);
    serve.stop();
    overwrite(&folder.path().join("state.db"), 0, count);
    folder
}

#[test]
fn a_damaged_state_is_set_aside_and_its_webhooks_go_on() {
    let folder = harmed(Some(4096));
    let before = std::fs::read(folder.path().join("state.db")).unwrap();
    let refused = folder.run(&["webhook", "list"]).bad();
    assert!(refused.contains("state.db is damaged"), "a command says it and touches nothing: {refused}");
    let serve = folder.serve();
    assert_eq!(
        serve.post(&signed("signed", 2)).status,
        200,
        "the webhook was brought over, and its secret is where it was"
    );
    serve.stop();
    let [aside] = &aside(&folder)[..] else { panic!("it was set aside once") };
    assert_eq!(std::fs::read(folder.path().join(aside)).unwrap(), before, "the damaged file keeps every byte");
    let verdict = folder.run(&["verify"]).good();
    assert!(verdict.contains("lost: state.db was begun anew") && verdict.contains(aside.as_str()), "{verdict}");
    assert_eq!(folder.events().len(), 2);
}

#[test]
fn deliveries_to_a_webhook_that_was_lost_are_to_be_sent_again_later() {
    let folder = harmed(None);
    let serve = folder.serve();
    let answer = serve.post(&signed("signed", 2));
    assert_eq!(answer.status, 503, "it had deliveries, so it is no unknown path");
    assert!(answer.header("Retry-After").is_some());
    assert_eq!(serve.post(&signed("other", 2)).status, 404, "an unknown path is one");
    folder.add_signed("signed");
    eventually("the webhook to be set up again", || (serve.post(&signed("signed", 2)).status == 200).then_some(()));
    serve.stop();
    assert_eq!(folder.events().len(), 2);
}

#[test]
fn a_salvage_lets_no_other_program_take_the_write_ahead_log_away() {
    // A process that closes any handle of a file gives up all its locks on it: reading the new log beside SQLite did, and the next command
    // that ended took the write-ahead log for nobody's, and deleted it under the receiver.
    let folder = Folder::new();
    folder.add_signed("signed");
    let serve = folder.serve();
    assert_eq!(serve.post(&signed("signed", 1)).status, 200);
    serve.stop();
    overwrite(&folder.path().join("log.db"), 0, Some(4096));
    let serve = folder.serve();
    eventually("the damaged log to be brought over", || {
        folder.run(&["verify"]).stdout.contains("rows of the damaged log were salvaged").then_some(())
    });
    let log = folder.path().join("log.db");
    for number in 2..5 {
        assert_eq!(serve.post(&signed("signed", number)).status, 200);
        let mut other = std::process::Command::new("sqlite3");
        assert!(other.arg(&log).arg("SELECT count(*) FROM log").output().unwrap().status.success());
        assert!(folder.path().join("log.db-wal").exists(), "{number}: the receiver's write-ahead log stays");
    }
    serve.kill();
    assert_eq!(folder.events().len(), 4, "what was answered 200 is there");
}
