//! Settings and webhooks, taken from one data folder to another on the command line.

use serde_json::Value;

use crate::harness::{Folder, PASSCODE, Post, eventually};

#[test]
fn settings_go_to_another_folder_without_a_secret_and_a_running_receiver_has_them() {
    let folder = Folder::new();
    folder.add_signed("rome");
    let file = folder.beside("settings.json").display().to_string();
    folder.run(&["settings", "export", &file]).good();
    assert!(folder.run(&["settings", "export", &file]).bad().contains("there already"));
    let text = std::fs::read_to_string(&file).unwrap();
    assert!(!text.contains(PASSCODE), "no secret is in it: {text}");

    let other = Folder::new();
    other.add_signed("oslo");
    let serve = other.serve();
    let import = ["settings", "import", &file];
    let told = other.run(&import).good();
    assert!(told.contains("rome") && told.contains("nothing was changed"), "{told}");
    assert_eq!(serve.post(&Post::upload("rome", "1", "2", "error")).status, 404);
    assert!(other.run(&[&import[..], &["--yes"]].concat()).bad().contains("--by"), "the history keeps a name");
    other.run(&[&import[..], &["--yes", "--by", "M. Rossi"]].concat()).good();
    eventually("the receiver to have it", || {
        // Known, and without its secret: to be sent again.
        (serve.post(&Post::upload("rome", "1", "2", "error").signed(PASSCODE)).status == 503).then_some(())
    });
    other.run_with(&["webhook", "edit", "rome", "--secret-stdin"], PASSCODE.as_bytes()).good();
    eventually("its secret to be there", || {
        (serve.post(&Post::upload("rome", "1", "2", "error").signed(PASSCODE)).status == 200).then_some(())
    });
    let again: Value = serde_json::from_str(other.run(&[&import[..], &["--json"]].concat()).good().trim()).unwrap();
    assert_eq!(again["changes"], serde_json::json!([]), "it is all as the file says: {again}");
    serve.stop();
    other.run(&["verify"]).good();

    std::fs::write(&file, text.replace("\"version\": 1", "\"version\": 9")).unwrap();
    assert!(other.run(&import).bad().contains("later version"));
}
