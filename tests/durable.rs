//! What was answered 200 is there for good: after a restart, a power cut, beside other processes, without the view.

use std::io::{Read as _, Seek as _, SeekFrom, Write as _};
use std::sync::Barrier;

use serde_json::{Value, json};

use crate::harness::{Folder, PASSCODE, Post, Serve, Wire, eventually, upload};

fn signed(upload_id: usize, status: &str) -> Post {
    Post::upload("signed", &upload_id.to_string(), "000103", status).signed(PASSCODE)
}

fn folder() -> Folder {
    let folder = Folder::new();
    folder.add_signed("signed");
    folder
}

/// Posts uploads `numbers` one after the other, and asserts that each is kept.
fn fill(serve: &Serve, numbers: std::ops::Range<usize>) {
    let mut wire = serve.connect();
    for number in numbers {
        let status = ["started", "completed", "error"][number % 3];
        assert_eq!(wire.send(&signed(number, status).bytes()).answer().status, 200);
    }
}

fn upload_ids(events: &[Value]) -> Vec<String> {
    events.iter().rev().map(|event| event["upload_id"].as_str().unwrap().to_owned()).collect()
}

fn numbers(range: std::ops::Range<usize>) -> Vec<String> {
    range.map(|number| number.to_string()).collect()
}

#[test]
fn everything_is_read_back_after_an_orderly_end() {
    let folder = folder();
    let serve = folder.serve();
    fill(&serve, 0..60);
    let beside = folder.events();
    let (status, stdout) = serve.stop();
    assert_eq!(status.code(), Some(0), "SIGTERM is good order");
    assert_eq!(stdout, "", "stdout has its one line and nothing else");
    assert_eq!(upload_ids(&beside), numbers(0..60));
    assert_eq!(folder.events(), beside, "the same without a receiver");
    let serve = folder.serve();
    assert_eq!(folder.events(), beside, "and the same beside the next one");
    fill(&serve, 60..61);
    assert_eq!(upload_ids(&folder.events()), numbers(0..61));
}

#[test]
fn everything_acknowledged_is_read_back_after_a_kill() {
    let folder = folder();
    let mut last = 0;
    for round in 1..=3 {
        let serve = folder.serve();
        fill(&serve, last..round * 40);
        last = round * 40;
        // No answer is outstanding, no time is left for anything behind the answer.
        serve.kill();
    }
    assert_eq!(upload_ids(&folder.events()), numbers(0..last));
    assert_eq!(folder.problems().len(), last / 3, "the view caught up with what the killed receivers had only logged");
    let rows = sqlite(&folder, "SELECT count(*) FROM log;");
    assert!(folder.run(&["verify"]).good().contains(rows.trim()), "verify says how much it checked");
}

#[test]
fn a_hundred_concurrent_identical_arrivals_are_one_event() {
    let folder = folder();
    let serve = folder.serve();
    let post = signed(85045, "error").bytes();
    let start = Barrier::new(100);
    std::thread::scope(|scope| {
        for _ in 0..100 {
            scope.spawn(|| {
                let mut wire: Wire = serve.connect();
                start.wait();
                assert_eq!(wire.send(&post).answer().status, 200);
            });
        }
    });
    let events = folder.events();
    assert_eq!(events.len(), 1, "one delivery is one event, however often it is sent");
    assert_eq!(events[0]["attempts"], 100);
    assert_eq!(events[0]["flags"], json!([]));
    let problems = folder.problems();
    assert_eq!(problems.len(), 1);
    assert_eq!(problems[0]["events"], 1, "attempts change nothing else");
    let uploads = folder.list("uploads", &[]);
    assert_eq!((uploads.len(), &uploads[0]["events"]), (1, &json!(1)));
}

#[test]
fn a_question_sees_everything_acknowledged_before_it() {
    let folder = folder();
    let serve = folder.serve();
    for number in 0..20 {
        assert_eq!(serve.post(&signed(number, "started")).status, 200);
        assert_eq!(upload_ids(&folder.events()), numbers(0..number + 1), "no answer is overtaken by a question");
    }
}

#[test]
fn an_end_stands_whatever_comes_late() {
    let folder = folder();
    let serve = folder.serve();
    let states = |status: &str| {
        assert_eq!(serve.post(&signed(7, status)).status, 200);
        let upload = folder.list("uploads", &[]).remove(0);
        let problem = folder.problems().first().map_or(json!(null), |problem| problem["state"].clone());
        assert_eq!(upload["problem"], problem, "upload and problem tell the same");
        (upload["state"].as_str().unwrap().to_owned(), problem)
    };
    assert_eq!(states("completed"), ("completed".to_owned(), json!(null)), "an end may come first");
    assert_eq!(states("started"), ("completed".to_owned(), json!(null)), "a start changes no end");
    assert_eq!(states("error"), ("error".to_owned(), json!("open")));
    assert_eq!(states("completed"), ("completed".to_owned(), json!("resolved")), "success resolves by itself");
    let late = Post::delivery("signed", "upload", {
        let mut event = upload("7", "000103", "error");
        event["message"] = json!("again");
        event.to_string()
    });
    assert_eq!(serve.post(&late.signed(PASSCODE)).status, 200);
    assert_eq!(folder.problems()[0]["state"], "open", "an error after a resolution reopens");
    assert_eq!(folder.problems()[0]["message"], "again");
}

#[test]
fn a_deleted_or_damaged_view_is_derived_again_and_equal() {
    let folder = folder();
    let serve = folder.serve();
    fill(&serve, 0..90);
    serve.post(&Post::delivery("signed", "upload", "not json").signed(PASSCODE));
    serve.stop();
    let lists = |folder: &Folder| ["events", "uploads", "problems", "subjects"].map(|kind| folder.list(kind, &[]));
    let before = lists(&folder);
    assert!(before.iter().all(|rows| !rows.is_empty()), "there is something to compare");

    let view = folder.path().join("view.db");
    let remove = || {
        for end in ["", "-wal", "-shm"] {
            let _ = std::fs::remove_file(format!("{}{end}", view.display()));
        }
    };
    remove();
    assert_eq!(lists(&folder), before, "the view is rebuilt when it is asked");
    remove();
    std::fs::write(&view, "this is no database").unwrap();
    assert_eq!(lists(&folder), before, "the view is rebuilt when it is damaged");
    folder.run(&["rebuild"]).good();
    assert_eq!(lists(&folder), before, "the view is rebuilt on demand");
    remove();
    let _serve = folder.serve();
    assert_eq!(lists(&folder), before, "the view is rebuilt under a receiver");
}

#[test]
fn rebuild_refuses_beside_a_receiver() {
    let folder = folder();
    let serve = folder.serve();
    fill(&serve, 0..3);
    assert!(folder.run(&["rebuild"]).bad().contains("stop"), "it says what to do");
    assert_eq!(folder.events().len(), 3, "and nothing happened");
}

#[test]
fn a_second_receiver_on_the_folder_is_refused_at_once() {
    let folder = folder();
    let serve = folder.serve();
    let said = folder.run(&["serve", "--listen", "127.0.0.1:0"]).bad();
    assert!(said.contains("already"), "it says why: {said}");
    fill(&serve, 0..1);
}

#[test]
fn a_port_in_use_is_refused_at_once() {
    let taken = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let address = taken.local_addr().unwrap();
    let ran = folder().run(&["serve", "--listen", &address.to_string()]);
    assert_eq!(ran.stdout, "", "it never listened");
    let said = ran.bad();
    assert!(said.contains(&address.port().to_string()) && said.contains("in use"), "it says which: {said}");
}

#[test]
fn a_change_on_the_command_line_reaches_a_running_receiver() {
    let folder = folder();
    let serve = folder.serve();
    folder.add_open("late");
    let post = Post::upload("late", "1", "2", "started");
    eventually("the new webhook to be known", || (serve.post(&post).status == 200).then_some(()));
    let edit = ["webhook", "edit", "signed", "--secret-stdin", "--keep-old-hours", "0"];
    folder.run_with(&edit, b"another passcode").good();
    let post = Post::upload("signed", "1", "2", "started").signed("another passcode");
    eventually("the new secret to count", || (serve.post(&post).status == 200).then_some(()));
    assert_eq!(serve.post(&signed(2, "started")).status, 401, "and the old one no longer");
}

#[test]
fn verify_finds_one_changed_byte() {
    let folder = folder();
    let serve = folder.serve();
    fill(&serve, 0..10);
    assert_eq!(folder.run(&["verify"]).code, Some(0), "sound beside a running receiver");
    serve.stop();
    assert_eq!(folder.run(&["verify"]).code, Some(0), "sound without one");

    let path = folder.path().join("log.db");
    let bytes = std::fs::read(&path).unwrap();
    let marker = br#""uploadId":"5""#;
    let place = bytes.windows(marker.len()).position(|window| window == marker).expect("bodies are kept as they came");
    let mut file = std::fs::File::options().read(true).write(true).open(&path).unwrap();
    let digit = (place + marker.len() - 2) as u64;
    file.seek(SeekFrom::Start(digit)).unwrap();
    file.write_all(b"6").unwrap();
    drop(file);

    let ran = folder.run(&["verify"]);
    assert_eq!(ran.code, Some(1), "differs: {ran:?}");
    let said = format!("{}{}", ran.stdout, ran.stderr);
    let sequence = sqlite(&folder, "SELECT min(sequence) + 5 FROM log WHERE kind = 'arrival';");
    assert!(said.contains(sequence.trim()), "it says where: {said}");

    let mut file = std::fs::File::options().read(true).write(true).open(&path).unwrap();
    file.seek(SeekFrom::Start(digit)).unwrap();
    let mut now = [0];
    file.read_exact(&mut now).unwrap();
    assert_eq!(&now, b"6", "verify changes nothing");
}

#[test]
fn a_damaged_log_is_set_aside_and_receiving_goes_on() {
    let folder = folder();
    let serve = folder.serve();
    fill(&serve, 0..50);
    serve.stop();
    let path = folder.path().join("log.db");
    let mut file = std::fs::File::options().write(true).open(&path).unwrap();
    file.write_all(&[0x5a; 4096]).unwrap();
    drop(file);
    let damaged = std::fs::read(&path).unwrap();
    let said = folder.run(&["verify"]).bad();
    assert!(
        said.contains("damaged") && said.contains("serve"),
        "verify does not call it sound, and says what to do: {said}"
    );
    assert_eq!(std::fs::read(&path).unwrap(), damaged, "and touches nothing");

    let since = std::time::Instant::now();
    let serve = folder.serve();
    assert!(since.elapsed() < std::time::Duration::from_secs(10), "it starts at once: {:?}", since.elapsed());
    fill(&serve, 50..60);
    let verdict = eventually("what can be read to be brought over", || {
        let ran = folder.run(&["verify"]);
        ran.stdout.contains("were salvaged").then_some(ran)
    });
    assert_eq!(verdict.code, Some(0), "the loss is known and said, and nothing differs: {verdict:?}");
    let aside = std::fs::read_dir(folder.path())
        .unwrap()
        .map(|entry| entry.unwrap().path())
        // Beside it may stand its `-wal` and `-shm`.
        .find(|path| path.to_string_lossy().contains("log.db.damaged-") && path.to_string_lossy().ends_with('Z'))
        .expect("the damaged file is kept");
    assert!(verdict.stdout.contains(aside.file_name().unwrap().to_str().unwrap()), "and named: {verdict:?}");
    assert_eq!(std::fs::read(&aside).unwrap(), damaged, "byte for byte");
    eventually("all of it to be listed", || (upload_ids(&folder.events()) == numbers(0..60)).then_some(()));
    assert!(serve.stderr().contains("set aside"), "the program's log tells");
    serve.stop();
    folder.run(&["backup", folder.path().join("copy.db").to_str().unwrap()]).good();
}

#[test]
fn verify_finds_a_removed_row() {
    const REMOVE: &str = "DELETE FROM log WHERE sequence = 5;";
    let folder = folder();
    let serve = folder.serve();
    fill(&serve, 0..10);
    serve.stop();
    let triggers = sqlite(&folder, "SELECT 'DROP TRIGGER ' || name || ';' FROM sqlite_schema WHERE type = 'trigger';");
    let guarded = std::process::Command::new("sqlite3").arg(folder.path().join("log.db")).arg(REMOVE).output().unwrap();
    assert!(!guarded.status.success(), "the log is append-only, for every program that opens it");
    sqlite(&folder, &format!("{triggers} {REMOVE}"));
    assert_eq!(folder.run(&["verify"]).code, Some(1), "a row that was taken out is missed");
}

fn sqlite(folder: &Folder, statements: &str) -> String {
    let ran = std::process::Command::new("sqlite3").arg(folder.path().join("log.db")).arg(statements).output();
    let ran = ran.expect("make test installs sqlite3");
    assert!(ran.status.success(), "{statements}: {}", String::from_utf8_lossy(&ran.stderr));
    String::from_utf8(ran.stdout).unwrap()
}
