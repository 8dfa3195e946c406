//! A backup that is put back, as the guide says it: the history is there, the webhooks are, and what is missing is said.

use std::path::PathBuf;

use crate::harness::{Folder, PASSCODE, Post, eventually};

fn signed(number: usize) -> Post {
    Post::upload("signed", &number.to_string(), "000103", "started").signed(PASSCODE)
}

/// A folder with a webhook and three deliveries, its backup made beside the receiver, and one more delivery after that.
fn backed_up() -> (Folder, PathBuf) {
    let folder = Folder::new();
    folder.add_signed("signed");
    let serve = folder.serve();
    for number in 1..=3 {
        assert_eq!(serve.post(&signed(number)).status, 200);
    }
    let copy = folder.beside("centrepoint-monitor_2026-08-22.db");
    folder.run(&["backup", copy.to_str().unwrap()]).good();
    assert_eq!(serve.post(&signed(4)).status, 200);
    serve.stop();
    (folder, copy)
}

#[test]
fn a_backup_put_back_into_an_empty_folder_has_the_history_and_the_webhooks_and_says_that_secrets_are_missing() {
    let (folder, copy) = backed_up();
    std::fs::remove_dir_all(folder.path()).unwrap();
    std::fs::create_dir(folder.path()).unwrap();
    std::fs::copy(&copy, folder.path().join("log.db")).unwrap();
    let serve = folder.serve();
    assert_eq!(folder.events().len(), 3, "what was there when it was made");
    let webhooks = folder.list("webhook", &["list"]);
    assert_eq!((webhooks.len(), &webhooks[0]["slug"]), (1, &"signed".into()), "{webhooks:?}");
    let verdict = folder.run(&["verify"]).good();
    assert!(verdict.contains("as of the backup of"), "{verdict}");
    // The secret was a file in the folder that is gone.
    assert_eq!(serve.post(&signed(4)).status, 503, "to be sent again, not refused");
    assert!(serve.stderr().contains("secret cannot be read"), "{}", serve.stderr());
    let edited = ["webhook", "edit", "signed", "--secret-stdin"];
    folder.run_with(&edited, format!("{PASSCODE}\n").as_bytes()).good();
    eventually("the secret to be taken", || (serve.post(&signed(4)).status == 200).then_some(()));
    serve.stop();
    assert_eq!(folder.events().len(), 4);
    assert_eq!(folder.run(&["verify"]).code, Some(0));
}

#[test]
fn a_backup_put_back_in_place_of_the_log_keeps_webhooks_and_secrets() {
    let (folder, copy) = backed_up();
    for name in ["log.db-wal", "log.db-shm", "view.db", "view.db-wal", "view.db-shm"] {
        let _ = std::fs::remove_file(folder.path().join(name));
    }
    std::fs::copy(&copy, folder.path().join("log.db")).unwrap();
    let serve = folder.serve();
    assert_eq!(folder.events().len(), 3);
    assert_eq!(serve.post(&signed(4)).status, 200, "the secret is where it was");
    serve.stop();
    assert_eq!(folder.events().len(), 4);
    folder.run(&["verify"]).good();
}

#[test]
fn a_state_past_reading_takes_its_webhooks_from_the_backups_folder() {
    let (folder, copy) = backed_up();
    let backups = folder.path().join("backups");
    let _ = std::fs::create_dir(&backups);
    std::fs::copy(&copy, backups.join(copy.file_name().unwrap())).unwrap();
    let state = folder.path().join("state.db");
    let bytes = std::fs::read(&state).unwrap();
    std::fs::write(&state, vec![0x5a; bytes.len()]).unwrap();
    let serve = folder.serve();
    assert_eq!(serve.post(&signed(5)).status, 200, "webhook and secret are there");
    serve.stop();
    let verdict = folder.run(&["verify"]).good();
    assert!(verdict.contains("state.db was begun anew") && verdict.contains("as of the backup of"), "{verdict}");
}
