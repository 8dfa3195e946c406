//! Settings and webhooks, taken from one data folder to another on the command line.

use std::net::TcpListener;

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

#[test]
fn passwords_are_not_brought_to_where_others_read_them_and_the_receiver_stays_where_it_is() {
    let source = Folder::new();
    source.add_basic("rome");
    let file = source.beside("settings.json").display().to_string();
    source.run(&["settings", "export", &file]).good();
    let open = TcpListener::bind("0.0.0.0:0").unwrap().local_addr().unwrap().to_string();
    let text = std::fs::read_to_string(&file).unwrap();
    let opened = text.replace(r#""listen_address": """#, &format!(r#""listen_address": "{open}""#));
    assert_ne!(opened, text);
    std::fs::write(&file, opened).unwrap();

    let folder = Folder::new();
    folder.add_signed("oslo");
    let serve = folder.serve();
    let planned = folder.run(&["settings", "import", &file]);
    assert!(planned.stdout.contains("rome") && !planned.stdout.contains("listen_address"), "{planned:?}");
    for words in ["left as it is here", &open, "unencrypted", "--tls-cert"] {
        assert!(planned.stderr.contains(words), "{words}: {}", planned.stderr);
    }
    let done = folder.run(&["settings", "import", &file, "--yes", "--by", "M. Rossi"]);
    assert_eq!((done.code, &done.stderr), (Some(0), &planned.stderr), "what is said before is done");
    eventually("the webhook to be known", || {
        (serve.post(&Post::upload("rome", "1", "2", "error")).status == 503).then_some(())
    });
    assert_eq!(serve.post(&Post::upload("oslo", "1", "2", "error").signed(PASSCODE)).status, 200);
    serve.stop();
    // And what was taken over is nothing that the next start refuses.
    folder.serve().stop();
}
