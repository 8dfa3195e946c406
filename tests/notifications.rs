//! Pop-ups, as a real notification daemon gets them from the real app.

mod later;

use std::io::Write as _;
use std::net::SocketAddr;
use std::process::Command;
use std::rc::Rc;

use serde_json::{Value, json};

use crate::harness::{Desk, Folder, PASSCODE, PopUp, Post, Window, eventually, screen};

const SUBJECT: &str = "4473209";

fn error(upload_id: usize) -> Post {
    Post::upload("signed", &upload_id.to_string(), SUBJECT, "error").signed(PASSCODE)
}

fn folder(desk: &Desk) -> Folder {
    let folder = Folder::with_environment(desk.environment());
    folder.add_signed("signed");
    folder
}

/// Posts errors of `count` uploads so fast that they are one storm: a few connections, each told everything at once.
fn storm(address: SocketAddr, count: usize) {
    std::thread::scope(|scope| {
        for connection in 0..8 {
            scope.spawn(move || {
                let bytes: Vec<u8> = (connection..count).step_by(8).flat_map(|number| error(number).bytes()).collect();
                let mut wire = std::net::TcpStream::connect(address).unwrap();
                wire.write_all(&bytes).unwrap();
                let mut wire = std::io::BufReader::new(wire);
                let mut accepted = 0;
                while accepted < (connection..count).step_by(8).len() {
                    let mut line = String::new();
                    assert!(std::io::BufRead::read_line(&mut wire, &mut line).unwrap() > 0, "every one is answered");
                    accepted += usize::from(line.starts_with("HTTP/1.1 200"));
                }
            });
        }
    });
}

fn next_pop_up(desk: &Desk) {
    eventually("a pop-up", || (desk.shown() > 0).then_some(()));
}

/// Runs a statement on the state.
fn state(folder: &Folder, sql: &str) -> String {
    let mut ask = Command::new("sqlite3");
    ask.arg("-cmd").arg(".timeout 5000").arg(folder.path().join("state.db")).arg(sql);
    let answer = ask.output().expect("make test installs sqlite3");
    String::from_utf8_lossy(&answer.stdout).trim().to_owned()
}

/// Waits until the notifier has noted that everything was shown: it does so just after the desktop has taken a pop-up.
fn keeps_its_place(folder: &Folder) {
    let newest = folder.list("events", &["--limit", "1"])[0]["sequence"].to_string();
    eventually("the notifier to note its place", || {
        let noted = state(folder, "SELECT value FROM settings WHERE name = 'notifier_position'");
        let waiting = state(folder, "SELECT count(*) FROM notifications WHERE stage <> 'over'");
        (noted == newest && waiting == "0").then_some(())
    });
}

fn inbox(folder: &Folder) -> Vec<Value> {
    folder.list("notifications", &[])
}

/// Waits until the inbox says this of its newest notification.
fn newest_is(folder: &Folder, field: &str, value: &str) -> Value {
    eventually("the inbox to say it", || inbox(folder).into_iter().next().filter(|row| row[field] == value))
}

#[test]
fn one_error_is_one_pop_up_and_a_storm_is_one_more() {
    let _turn = screen();
    let desk = Rc::new(Desk::new());
    let folder = folder(&desk);
    let window = Window::open(&folder, &desk);
    let first = error(85045);
    assert_eq!(window.post(&first).status, 200);
    next_pop_up(&desk);
    let pop_ups = desk.pop_ups();
    assert_eq!(pop_ups.len(), 1, "{pop_ups:?}");
    let PopUp { summary, body } = &pop_ups[0];
    assert!(summary.contains("failed"), "{summary}");
    assert!(body.contains("189"), "the study is always there: {body}");
    assert!(!format!("{summary}{body}").contains(SUBJECT), "the subject is not, unless switched on: {body}");

    // An attempt, a repeat and a late start change no state, so that nobody is told of them. A storm is told as one.
    assert_eq!(window.post(&first).status, 200);
    assert_eq!(window.post(&first.with("X-ActiGraph-Delivery", "sent-by-hand")).status, 200);
    assert_eq!(window.post(&Post::upload("signed", "85045", SUBJECT, "started").signed(PASSCODE)).status, 200);
    storm(window.address(), 200);
    next_pop_up(&desk);
    let pop_ups = desk.pop_ups();
    assert_eq!(pop_ups.len(), 2, "{pop_ups:?}");
    assert!(
        pop_ups[1].summary.starts_with("200 "),
        "it tells of all, so none is left to come, and of no repeat: {pop_ups:?}"
    );
    assert!(!format!("{pop_ups:?}").contains(SUBJECT));
    assert_eq!(folder.list("problems", &["--limit", "1000"]).len(), 201);
}

#[test]
fn markup_is_neutralised() {
    let _turn = screen();
    let desk = Rc::new(Desk::new());
    let folder = folder(&desk);
    let window = Window::open(&folder, &desk);
    let body = serde_json::json!({
        "uploadId": "1", "studyId": "<b>189</b>", "subjectId": "2", "status": "error",
        "message": "<a href=\"http://example.org\">free</a> <img src=\"x\"/> &amp; \u{1b}[31m\nlines",
    });
    assert_eq!(window.post(&Post::delivery("signed", "upload", body.to_string()).signed(PASSCODE)).status, 200);
    next_pop_up(&desk);
    let pop_ups = desk.pop_ups();
    let text = format!("{}\n{}", pop_ups[0].summary, pop_ups[0].body);
    assert!(text.contains("189") && text.contains("free"), "what it says is still there: {text:?}");
    for markup in ["<b>", "<a ", "<img", "&amp;", "\u{1b}"] {
        assert!(!text.contains(markup), "{markup:?} reached the daemon: {text:?}");
    }
}

#[test]
fn without_a_daemon_deliveries_are_taken_all_the_same() {
    let _turn = screen();
    let desk = Rc::new(Desk::without_pop_ups());
    let folder = folder(&desk);
    let window = Window::open(&folder, &desk);
    storm(window.address(), 40);
    assert_eq!(window.post(&error(1000)).status, 200);
    assert_eq!(folder.events().len(), 41);
}

#[test]
fn a_frozen_daemon_delays_no_delivery_and_one_that_dies_neither() {
    let _turn = screen();
    let mut desk = Desk::new();
    desk.freeze_pop_ups();
    let desk_now = Rc::new(desk);
    let folder = folder(&desk_now);
    let window = Window::open(&folder, &desk_now);
    for number in 0..30 {
        assert_eq!(window.post(&error(number)).status, 200);
    }
    assert_eq!(folder.events().len(), 30, "questions are answered, too");
    drop(window);
    desk = Rc::into_inner(desk_now).expect("the window has gone");
    desk.stop_pop_ups();
    let desk = Rc::new(desk);
    let window = Window::open(&folder, &desk);
    assert_eq!(window.post(&error(1000)).status, 200);
    assert_eq!(folder.events().len(), 31);
}

#[test]
fn what_opened_unseen_comes_as_one() {
    let _turn = screen();
    let desk = Rc::new(Desk::new());
    let folder = folder(&desk);
    let window = Window::open(&folder, &desk);
    assert_eq!(window.post(&error(100)).status, 200);
    next_pop_up(&desk);
    assert_eq!(desk.pop_ups().len(), 1);
    keeps_its_place(&folder);
    window.close();

    let serve = folder.serve();
    for number in 0..5 {
        assert_eq!(serve.post(&error(number)).status, 200);
    }
    serve.stop();
    assert_eq!(desk.shown(), 0, "a receiver without a window shows nothing");
    let window = Window::open(&folder, &desk);
    next_pop_up(&desk);
    let pop_ups = desk.pop_ups();
    assert_eq!(pop_ups.len(), 2, "{pop_ups:?}");
    assert!(pop_ups[1].summary.contains('5'), "five together, and not the one that was seen: {pop_ups:?}");
    keeps_its_place(&folder);
    window.close();

    let window = Window::open(&folder, &desk);
    assert_eq!(window.post(&error(77)).status, 200);
    next_pop_up(&desk);
    let pop_ups = desk.pop_ups();
    assert_eq!(pop_ups.len(), 3, "{pop_ups:?}");
    assert!(!pop_ups[2].summary.contains('6'), "what was shown is not told again: {pop_ups:?}");
}

#[test]
fn a_click_opens_the_problem_in_the_window() {
    let _turn = screen();
    let desk = Rc::new(Desk::new());
    let folder = folder(&desk);
    let window = Window::drive(&folder, &desk);
    assert_eq!(window.post(&error(85045)).status, 200);
    next_pop_up(&desk);
    assert!(!window.has("[data-testid=problem-pane]"), "nothing opens by itself");
    desk.click_pop_up();
    window.text_where("[data-testid=problem-pane]", |text| text.contains("Battery voltage below threshold"));
}

#[test]
fn what_is_muted_is_in_the_inbox_and_comes_as_one_afterwards() {
    let _turn = screen();
    let desk = Rc::new(Desk::new());
    let folder = folder(&desk);
    let window = Window::open(&folder, &desk);
    let said = folder.run(&["notifications", "mute", "hour"]).good();
    assert!(said.contains("nothing pops up until"), "{said}");
    assert_eq!(window.post(&error(1)).status, 200);
    let row = newest_is(&folder, "stage", "held");
    assert_eq!((row["held_by"].as_str(), row["title"].as_str()), (Some("muted"), Some("Upload failed")));
    assert!(!row.to_string().contains(SUBJECT), "the inbox names no subject: {row}");
    assert_eq!(window.post(&error(2)).status, 200);
    eventually("the second to be written down", || {
        (inbox(&folder)[0]["title"] == "2 upload errors, 1 subject").then_some(())
    });
    assert_eq!(desk.shown(), 0);
    folder.run(&["notifications", "mute", "off"]).good();
    next_pop_up(&desk);
    let pop_ups = desk.pop_ups();
    assert_eq!(pop_ups.len(), 1, "{pop_ups:?}");
    assert_eq!(pop_ups[0].summary, "2 upload errors, 1 subject");
    let row = newest_is(&folder, "outcome", "shown");
    assert!(row["detail"].as_str().unwrap().starts_with("dunst"), "it says who showed it: {row}");
    let said = folder.run(&["notifications"]).good();
    assert!(said.contains("muted; shown by dunst"), "{said}");
}

#[test]
fn what_happens_in_quiet_hours_comes_as_one_when_they_end_also_over_a_restart() {
    let _turn = screen();
    let desk = Rc::new(Desk::new());
    let folder = folder(&desk);
    let time = |when: &str| {
        let told = Command::new("date").args(["-u", "+%H:%M", "-d", when]).output().expect("there is a clock");
        String::from_utf8_lossy(&told.stdout).trim().to_owned()
    };
    // They end with the minute that begins in one to two minutes.
    let settings = json!({ "notifications": {
        "quiet": true, "quiet_from": time("-2 hours"), "quiet_to": time("+120 seconds"),
    }});
    state(&folder, &format!("INSERT OR REPLACE INTO settings (name, value) VALUES ('settings', '{settings}')"));
    let window = Window::open(&folder, &desk);
    assert_eq!(window.post(&error(1)).status, 200);
    newest_is(&folder, "held_by", "quiet_hours");
    window.close();
    let window = Window::open(&folder, &desk);
    assert_eq!(window.post(&error(2)).status, 200);
    eventually("both to be held", || {
        let held = state(&folder, "SELECT count(*) FROM notifications WHERE stage = 'held'");
        (held == "2").then_some(())
    });
    assert_eq!(desk.shown(), 0, "quiet hours are quiet");
    let began = std::time::Instant::now();
    while desk.shown() == 0 {
        assert!(began.elapsed() < std::time::Duration::from_mins(3), "they have ended: {:?}", inbox(&folder));
        std::thread::sleep(std::time::Duration::from_millis(200));
    }
    let pop_ups = desk.pop_ups();
    assert_eq!(pop_ups.len(), 1, "{pop_ups:?}");
    assert_eq!(pop_ups[0].summary, "2 upload errors, 1 subject");
    newest_is(&folder, "outcome", "shown");
}

#[test]
fn a_test_says_what_the_desktop_answers() {
    let _turn = screen();
    let mut desk = Desk::new();
    let folder = folder(&desk);
    let said = folder.run(&["notifications", "test"]).good();
    assert!(said.contains("dunst") && said.contains("as its number"), "{said}");
    assert_eq!(desk.pop_ups()[0].summary, "This is a test");
    desk.freeze_pop_ups();
    let ran = folder.run(&["notifications", "test"]);
    assert_eq!(ran.code, Some(1), "{ran:?}");
    assert!(ran.stdout.contains("it hangs"), "a frozen one holds nobody up: {ran:?}");
    desk.stop_pop_ups();
    let ran = folder.run(&["notifications", "test", "--json"]);
    assert_eq!(ran.code, Some(1), "{ran:?}");
    let answer: Value = serde_json::from_str(&ran.stdout).unwrap();
    assert_eq!((answer["outcome"].as_str(), answer["server"].as_str()), (Some("no_service"), None), "{answer}");
}

#[test]
fn without_a_daemon_the_window_says_so_and_lists_what_was_due() {
    let _turn = screen();
    let desk = Rc::new(Desk::without_pop_ups());
    let folder = folder(&desk);
    let window = Window::drive(&folder, &desk);
    window.text_where("[data-testid=bell-line]", |text| text.contains("No pop-ups on this desktop"));
    assert_eq!(window.post(&error(1)).status, 200);
    newest_is(&folder, "outcome", "no_service");
    window.text_where("[data-testid=bell-count]", |text| text == "1");
    window.click("[data-testid=bell]");
    window.text_where("[data-testid=notification-outcome]", |text| text.contains("this desktop shows no pop-ups"));
    window.click("[data-testid=notification]");
    window.text_where("[data-testid=problem-pane]", |text| text.contains("Battery voltage below threshold"));
}

#[test]
fn a_frozen_daemon_is_said_not_to_answer() {
    let _turn = screen();
    let desk = Desk::new();
    desk.freeze_pop_ups();
    let desk = Rc::new(desk);
    let folder = folder(&desk);
    let window = Window::open(&folder, &desk);
    assert_eq!(window.post(&error(1)).status, 200);
    newest_is(&folder, "outcome", "no_answer");
    assert_eq!(window.post(&error(2)).status, 200);
    assert_eq!(folder.events().len(), 2, "deliveries are taken all the same");
}

#[test]
fn the_button_in_settings_shows_one_and_says_who_did() {
    let _turn = screen();
    let desk = Rc::new(Desk::new());
    let folder = folder(&desk);
    let window = Window::drive(&folder, &desk);
    window.run("location.hash = '#/settings?tab=notifications'; dispatchEvent(new PopStateEvent('popstate'))", &[]);
    window.click("[data-testid=test-pop-up]");
    window.text_where("[data-testid=test-answer]", |text| text.contains("dunst"));
    assert_eq!(desk.pop_ups()[0].summary, "This is a test");
}
