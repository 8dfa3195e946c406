//! The command line: what it accepts, prints and refuses, and how it ends.

use serde_json::json;

use crate::harness::{Folder, PASSCODE, Post, USERNAME};

#[test]
fn help_and_version_are_there() {
    let folder = Folder::new();
    let help = folder.run(&["--help"]).good();
    for command in [
        "serve",
        "webhook",
        "events",
        "uploads",
        "problems",
        "subjects",
        "subject",
        "rejections",
        "export",
        "simulate",
        "doctor",
        "verify",
        "rebuild",
    ] {
        assert!(help.contains(command), "help names {command}: {help}");
    }
    assert!(folder.run(&["--version"]).good().contains(env!("CARGO_PKG_VERSION")));
}

#[test]
fn mistakes_are_said_on_stderr() {
    let folder = Folder::new();
    folder.add_open("open");
    let mistakes: [&[&str]; 9] = [
        &["sing"],
        &["events", "--limit", "many"],
        &["webhook", "add", "Study", "--slug", "Not A Slug"],
        &["webhook", "add", "Study", "--slug", "open"],
        &["webhook", "add", "Study", "--slug", "a", "--time-zone", "Middle/Earth"],
        &["webhook", "edit", "nobody"],
        &["webhook", "disable", "nobody"],
        &["export", "--output", "/nowhere/at/all.csv"],
        &["serve", "--listen", "somewhere"],
    ];
    for mistake in mistakes {
        let ran = folder.run(mistake);
        assert_eq!(ran.stdout, "", "{mistake:?}");
        ran.bad();
    }
    assert_eq!(folder.list("webhook", &["list"]).len(), 1, "none of them changed anything");
}

#[test]
fn the_data_folder_may_be_named_before_or_after_the_command_or_in_the_environment() {
    let folder = Folder::new();
    folder.add_open("open");
    let path = folder.path();
    let slugs = |configure: &dyn Fn(&mut std::process::Command)| {
        let mut command = folder.bare_command();
        configure(&mut command);
        let output = command.output().unwrap();
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        String::from_utf8(output.stdout).unwrap()
    };
    let before = slugs(&|command| _ = command.arg("--data-dir").arg(&path).args(["webhook", "list", "--json"]));
    let after = slugs(&|command| _ = command.args(["webhook", "list", "--json", "--data-dir"]).arg(&path));
    let environment = slugs(&|command| {
        _ = command.args(["webhook", "list", "--json"]).env("CENTREPOINT_MONITOR_DATA_DIR", &path);
    });
    assert!(before.contains("\"open\""), "{before}");
    assert_eq!((&after, &environment), (&before, &before));
    let elsewhere = slugs(&|command| _ = command.args(["webhook", "list", "--json"]));
    assert_eq!(elsewhere, "", "without a word it is the user's own folder, which is empty here");
}

#[test]
fn secrets_come_by_stdin_less_one_line_end() {
    let folder = Folder::new();
    let add = |slug: &str, secret: &[u8]| {
        folder
            .run_with(&["webhook", "add", "Study", "--slug", slug, "--auth", "hmac", "--secret-stdin"], secret)
            .good();
    };
    add("bare", b"secret");
    add("line", b"secret\n");
    add("windows", b"secret\r\n");
    add("two", b"secret\n\n");
    add("spaces", b" secret ");
    let serve = folder.serve();
    let status = |slug: &str, secret: &str| serve.post(&Post::upload(slug, "1", "2", "started").signed(secret)).status;
    for slug in ["bare", "line", "windows"] {
        assert_eq!(status(slug, "secret"), 200, "{slug}");
    }
    assert_eq!(status("two", "secret\n"), 200, "only one line end is taken off");
    assert_eq!(status("spaces", " secret "), 200, "spaces belong to a secret");
    assert_eq!(status("spaces", "secret"), 401);
}

#[test]
fn a_webhook_without_what_its_authentication_needs_is_refused() {
    let folder = Folder::new();
    let refused: [(&[&str], &[u8]); 4] = [
        (&["webhook", "add", "Study", "--slug", "a", "--auth", "hmac"], b""),
        (&["webhook", "add", "Study", "--slug", "a", "--auth", "hmac", "--secret-stdin"], b""),
        (&["webhook", "add", "Study", "--slug", "a", "--auth", "basic", "--secret-stdin"], b"password"),
        (
            &["webhook", "add", "Study", "--slug", "a", "--auth", "basic", "--username", "a:b", "--secret-stdin"],
            b"password",
        ),
    ];
    for (arguments, stdin) in refused {
        folder.run_with(arguments, stdin).bad();
    }
    assert_eq!(folder.list("webhook", &["list"]).len(), 0);
}

#[test]
fn turning_authentication_off_asks_for_confirmation() {
    let folder = Folder::new();
    folder.add_signed("signed");
    let said = folder.run(&["webhook", "edit", "signed", "--auth", "none"]).bad();
    assert!(said.contains("--yes"), "it says how: {said}");
    assert_eq!(folder.list("webhook", &["list"])[0]["authentication"], "hmac");
    folder.run(&["webhook", "edit", "signed", "--auth", "none", "--yes"]).good();
    let webhook = folder.list("webhook", &["list"]).remove(0);
    assert_eq!(
        (&webhook["authentication"], &webhook["secret_place"]),
        (&json!("none"), &json!(null)),
        "the secret is gone with it"
    );
}

#[test]
fn basic_on_an_open_address_without_tls_is_refused() {
    let folder = Folder::new();
    folder.add_basic("basic");
    let said = folder.run(&["serve", "--listen", "0.0.0.0:0"]).bad();
    assert!(said.contains("TLS"), "passwords would cross the network in the clear: {said}");
    folder.run(&["webhook", "remove", "basic"]).good();
    folder.add_signed("signed");
    let mut command = folder.command(&["serve", "--listen", "0.0.0.0:0"]);
    let serve = crate::harness::Serve::start(&folder, &mut command);
    assert!(serve.stderr().contains("TLS"), "signed deliveries may, with a warning: {}", serve.stderr());
}

#[test]
fn lists_are_newest_first_and_end_at_their_limit() {
    let folder = Folder::new();
    folder.add_open("open");
    let serve = folder.serve();
    let mut wire = serve.connect();
    for number in 0..105 {
        let post = Post::upload("open", &number.to_string(), "000103", "error");
        assert_eq!(wire.send(&post.bytes()).answer().status, 200);
    }
    let ids = |more: &[&str]| -> Vec<i64> {
        let rows = folder.list("events", more);
        rows.iter().map(|row| row["upload_id"].as_str().unwrap().parse().unwrap()).collect()
    };
    assert_eq!(ids(&[]), (5..105).rev().collect::<Vec<_>>(), "the newest hundred unless told");
    assert_eq!(ids(&["--limit", "3"]), [104, 103, 102]);
    assert_eq!(ids(&["--limit", "100000"]).len(), 105, "no ceiling");
    assert_eq!(ids(&["--query", "upload:42"]), [42]);
    assert_eq!(ids(&["--query", "upload:42 upload:7"]), [42, 7], "the same key twice is either");
    assert_eq!(ids(&["--query", "-status:error"]), [0; 0], "a query may begin with a minus");
    assert_eq!(ids(&["--query", "\"Battery voltage\" subject:000103", "--limit", "1"]), [104]);
}

#[test]
fn a_query_that_cannot_be_understood_is_said_with_its_place() {
    let folder = Folder::new();
    folder.add_open("open");
    for query in ["colour:red", "after:yesterdayish", "is:purple", "\"open", "status:", "*", "()", "\"\""] {
        let said = folder.run(&["events", "--query", query]).bad();
        assert!(said.contains("character"), "{query}: it says where: {said}");
        for inside in ["fts5", "SQL", "syntax error"] {
            assert!(!said.contains(inside), "{query}: no word of the inside: {said}");
        }
    }
    for harmless in ["TAS-1", "a AND b", "NEAR(a b)", "x' OR '1'='1", "100%", "a*", "(a)", "a- b1"] {
        folder.run(&["events", "--query", harmless]).good();
    }
}

#[test]
fn every_json_field_is_there() {
    let folder = Folder::new();
    folder.add_signed("signed");
    let serve = folder.serve();
    let body = r#"{"uploadId":"1","studyId":"189","subjectId":"000103","status":"error","message":"no"}"#;
    assert_eq!(serve.post(&Post::delivery("signed", "upload", body).signed(PASSCODE)).status, 200);
    let fields = |kind: &str| {
        let row = folder.list(kind, &[]).remove(0);
        row.as_object().unwrap().keys().cloned().collect::<Vec<_>>()
    };
    let sorted = |names: &str| {
        let mut names: Vec<String> = names.split_whitespace().map(str::to_owned).collect();
        names.sort();
        names
    };
    assert_eq!(
        fields("uploads"),
        sorted("webhook study_id subject_id upload_id state started_at finished_at message events problem")
    );
    assert_eq!(
        fields("problems"),
        sorted(
            "id kind state webhook study_id subject_id upload_id message opened_at last_at events acknowledged_by note"
        )
    );
    assert_eq!(
        fields("subjects"),
        sorted("webhook study_id subject_id label site_id monitor_serial last_completed_at state")
    );
}

#[test]
fn interrupt_is_good_order_too() {
    let folder = Folder::new();
    folder.add_basic("basic");
    let webhook = folder.list("webhook", &["list"]).remove(0);
    assert_eq!(webhook["username"], USERNAME);
    let serve = folder.serve();
    serve.signal("INT");
    let (status, stdout) = serve.stop();
    assert_eq!((status.code(), stdout.as_str()), (Some(0), ""));
}
