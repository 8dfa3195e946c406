//! When nothing could be received, as `away` tells it: ended in order and without a word, stopped, refused, unable to keep anything, with a clock that
//! is set.

use std::process::{Command, Stdio};
use std::time::Duration;

use serde_json::Value;

use crate::harness::{Folder, PASSCODE, Post, Process, eventually, faked};

const WRONG: &str = "not the passcode";

fn away(folder: &Folder) -> Vec<Value> {
    folder.list("away", &[])
}

/// Seconds from `from` to `to`.
fn length(row: &Value) -> f64 {
    let at = |field: &str| -> jiff::Timestamp { row[field].as_str().expect("an instant").parse().unwrap() };
    at("from").duration_until(at("to")).as_secs_f64()
}

#[track_caller]
fn only(rows: &[Value], reason: &str) -> Value {
    assert_eq!(rows.len(), 1, "one time away: {rows:?}");
    assert_eq!(rows[0]["reason"], reason, "{rows:?}");
    rows[0].clone()
}

fn pause(seconds: u64) {
    std::thread::sleep(Duration::from_secs(seconds));
}

#[test]
fn a_kill_is_one_period_that_ended_without_a_word_and_a_good_end_is_closed() {
    let folder = Folder::new();
    folder.add_signed("signed");
    let serve = folder.serve();
    assert_eq!(away(&folder), Vec::<Value>::new(), "a first start has no time away");
    serve.kill();
    pause(4);
    let serve = folder.serve();
    let killed = only(&away(&folder), "ended");
    let seconds = length(&killed);
    assert!((4.0..25.0).contains(&seconds), "from the last sign of life to the start: {seconds}");
    assert!(killed["again_by"].is_string() && killed["resend"] == serde_json::json!([]), "{killed}");
    assert_eq!(killed["promise"], "documented");

    assert!(serve.stop().0.success());
    pause(4);
    let serve = folder.serve();
    let rows = away(&folder);
    assert_eq!(rows.len(), 2, "{rows:?}");
    assert_eq!(rows[0]["reason"], "closed");
    let seconds = length(&rows[0]);
    assert!((4.0..15.0).contains(&seconds), "{seconds}");

    // A minute later it is a row of the log, chained like any other, and a named person can check it.
    pause(55);
    let logged = eventually("the times away to be in the log", || {
        let rows = away(&folder);
        rows.iter().all(|row| row["sequence"].is_number()).then_some(rows)
    });
    let number = logged[0]["sequence"].to_string();
    folder.run(&["verify"]).good();
    folder.run(&["away", "check", &number]).bad();
    folder.run(&["away", "check", &number, "--by", " "]).bad();
    folder.run(&["away", "check", &number, "--by", "M. Rossi", "--note", "nothing to resend"]).good();
    assert_eq!(away(&folder)[0]["checked_by"], "M. Rossi");
    assert!(folder.run(&["away"]).good().contains("ended without a word"));
    drop(serve);
}

#[test]
fn a_program_that_was_stopped_was_away() {
    let folder = Folder::new();
    folder.add_signed("signed");
    let serve = folder.serve();
    pause(2);
    serve.signal("STOP");
    pause(34);
    serve.signal("CONT");
    let rows = eventually("the stop to be told", || Some(away(&folder)).filter(|rows| !rows.is_empty()));
    let seconds = length(&only(&rows, "asleep"));
    assert!((33.0..45.0).contains(&seconds), "{seconds}");
}

#[test]
fn everything_refused_is_a_time_away_of_that_webhook_until_one_is_accepted() {
    let folder = Folder::new();
    folder.add_signed("signed");
    folder.add_signed("other");
    let serve = folder.serve();
    for upload in ["1", "2", "3"] {
        assert_eq!(serve.post(&Post::upload("signed", upload, "2", "error").signed(WRONG)).status, 401);
        assert_eq!(serve.post(&Post::upload("other", upload, "2", "error").signed(PASSCODE)).status, 200);
    }
    let row = only(&eventually("it to be told", || Some(away(&folder)).filter(|rows| !rows.is_empty())), "refused");
    assert_eq!(
        (row["webhook"].as_str(), &row["to"], row["promise"].as_str()),
        (Some("signed"), &Value::Null, Some("not_stated"))
    );
    assert_eq!(row["resend"].as_array().map(Vec::len), Some(1), "whether a refusal is sent again is not stated: {row}");
    assert_eq!(serve.post(&Post::upload("signed", "3", "2", "error").signed(PASSCODE)).status, 200);
    eventually("it to be over", || away(&folder)[0]["to"].is_string().then_some(()));
}

#[test]
fn a_time_in_which_nothing_could_be_kept_is_told() {
    let folder = Folder::new();
    folder.add_signed("signed");
    let serve = folder.serve();
    let post = Post::upload("signed", "1", "2", "error").signed(PASSCODE);
    let mut holder = Command::new("sqlite3");
    holder.arg(folder.path().join("log.db")).stdin(Stdio::piped()).stdout(Stdio::piped());
    let mut holder = Process::start(&mut holder);
    let mut input = holder.child().stdin.take().expect("stdin is a pipe");
    std::io::Write::write_all(&mut input, b"BEGIN EXCLUSIVE; SELECT 'held';\n").unwrap();
    let mut held = [0; 4];
    std::io::Read::read_exact(holder.child().stdout.as_mut().expect("stdout is a pipe"), &mut held).unwrap();
    assert_eq!(serve.post(&post).status, 503);
    let begun = eventually("it to be told", || {
        // The log is held: what waits in the state is what there is to read.
        state_away(&folder).filter(|rows| !rows.is_empty())
    });
    assert_eq!(begun, ["not_stored|1"]);
    pause(3);
    drop(input);
    holder.wait();
    let rows = eventually("it to be over", || {
        let rows = away(&folder);
        rows.first().is_some_and(|row| row["to"].is_string()).then_some(rows)
    });
    let row = only(&rows, "not_stored");
    assert!(length(&row) >= 3.0, "{row}");
    assert_eq!(row["promise"], "not_stated");
    assert_eq!(serve.post(&post).status, 200);
}

/// `reason|is_on` of what waits in the state.
fn state_away(folder: &Folder) -> Option<Vec<String>> {
    let output = Command::new("sqlite3")
        .arg(format!("file:{}?mode=ro", folder.path().join("state.db").display()))
        .arg("SELECT reason || '|' || is_on FROM away ORDER BY id")
        .output()
        .ok()?;
    Some(String::from_utf8_lossy(&output.stdout).lines().map(str::to_owned).collect())
}

#[test]
fn a_clock_that_is_set_while_running_is_told_and_is_no_time_away() {
    let folder = Folder::new();
    folder.add_signed("signed");
    let (serve, clock) = faked(&folder, "+0");
    let send = |upload: &str| {
        assert_eq!(serve.post(&Post::upload("signed", upload, "2", "completed").signed(PASSCODE)).status, 200);
    };
    send("1");
    let rows =
        |count: usize| eventually("the clock to be told", || Some(away(&folder)).filter(|rows| rows.len() >= count));
    std::fs::write(&clock, "+3h").unwrap();
    let ahead = only(&rows(1), "clock_set");
    assert!((length(&ahead) - 10_800.0).abs() < 30.0, "{ahead}");
    send("2");
    std::fs::write(&clock, "+0").unwrap();
    let both = rows(2);
    assert!(both.iter().all(|row| row["reason"] == "clock_set"), "no time away: {both:?}");
    assert!(
        (length(&both[0]) + 10_800.0).abs() < 30.0,
        "the newest first, though it is earlier by the clock: {both:?}"
    );
    send("3");
    let events = folder.events();
    let order: Vec<&str> = events.iter().map(|event| event["upload_id"].as_str().unwrap()).collect();
    assert_eq!(order, ["3", "2", "1"], "the order in which they came");
    assert!(serve.stop().0.success());
    folder.run(&["verify"]).good();
}

#[test]
fn a_clock_that_was_set_between_two_runs_makes_no_time_away_longer() {
    let folder = Folder::new();
    folder.add_signed("signed");
    for (first, second, by) in [("+0", "+5h", 18_000.0), ("+5h", "+0", -18_000.0)] {
        let (serve, _) = faked(&folder, first);
        assert!(serve.stop().0.success());
        pause(3);
        let before = away(&folder).len();
        let (serve, _) = faked(&folder, second);
        let rows = eventually("both to be told", || Some(away(&folder)).filter(|rows| rows.len() >= before + 2));
        let of = |reason: &str| rows.iter().find(|row| row["reason"] == reason).expect(reason);
        assert!(length(of("closed")) < 60.0, "{rows:?}");
        assert_eq!(of("closed")["doubtful"], true);
        assert!((length(of("clock_set")) - by).abs() < 60.0, "{rows:?}");
        assert!(serve.stop().0.success());
    }
}

#[test]
fn what_to_look_for_after_a_time_away_is_shown() {
    let folder = Folder::new();
    folder.add_signed("signed");
    let serve = folder.serve();
    assert_eq!(serve.post(&Post::upload("signed", "85045", "2", "started").signed(PASSCODE)).status, 200);
    assert!(serve.stop().0.success());
    pause(3);
    let serve = folder.serve();
    pause(62);
    let number =
        eventually("the time away to have a number", || away(&folder).first().and_then(|row| row["sequence"].as_i64()));
    let shown = folder.run(&["away", "show", &number.to_string()]).good();
    assert!(shown.contains("(UTC)") && shown.contains("85045"), "{shown}");
    let gap = folder.run(&["away", "show", &number.to_string(), "--json"]).good();
    let gap: Value = serde_json::from_str(gap.trim()).unwrap();
    assert_eq!((gap["uploads"].as_array().map(Vec::len), gap["brought_in"].as_i64()), (Some(1), Some(0)), "{gap}");
    folder.run(&["away", "show", "999999"]).bad();
    drop(serve);
}
