//! Practice in its window: marked, full from the beginning, steered while it goes on, started over, and left.

use std::path::Path;
use std::rc::Rc;
use std::thread::sleep;
use std::time::Duration;

use serde_json::json;

use super::accessibility::{Inspection, escape};
use super::id;
use crate::harness::{Desk, Folder, Screen, Window, eventually, kill, screen};

/// What the windows go by.
const PRACTICE: &str = "CentrePoint Monitor (practice)";
/// See [`PRACTICE`].
const REAL: &str = "CentrePoint Monitor";

fn choose(window: &Window, select: &str, value: &str) {
    let script = "const select = document.querySelector(arguments[0]); select.value = arguments[1]; \
        select.dispatchEvent(new Event('change', { bubbles: true })); return true";
    window.run(script, &[json!(id(select)), json!(value)]);
}

#[test]
fn a_practice_is_marked_full_and_steered() {
    let _turn = screen();
    let desk = Rc::new(Desk::new());
    let folder = Folder::with_environment(desk.environment());
    let window = Window::practise(&["--rate", "5"], &folder, &desk);
    for view in ["today", "problems", "uploads", "subjects", "events", "settings"] {
        window.click(&id(&format!("nav-{view}")));
        window.find(&id(&format!("view-{view}")));
        assert!(window.text(&id("practice-bar")).contains("everything here is made up"), "{view} says so");
    }
    // Two weeks are there from the beginning, with somebody overdue.
    let subjects = folder.list("subjects", &[]);
    assert!(subjects.len() >= 20, "{} subjects", subjects.len());
    assert!(subjects.iter().any(|subject| subject["state"] == "overdue" || subject["state"] == "late"), "{subjects:?}");

    let count = || folder.list("events", &["--limit", "100000"]).len();
    let begun = count();
    eventually("the study to go on", || (count() > begun + 3).then_some(()));
    window.click(&id("practice-pause"));
    window.text_where(&id("practice-pause"), |text| text.contains("Go on"));
    sleep(Duration::from_millis(500));
    let paused = count();
    sleep(Duration::from_secs(2));
    assert_eq!(count(), paused, "paused, nothing arrives");

    // Another kind of day, faster: errors come in.
    let failed = || folder.list("events", &["--query", "is:error", "--limit", "100000"]).len();
    let before = failed();
    choose(&window, "practice-scenario", "errors");
    choose(&window, "practice-speed", "rush");
    window.click(&id("practice-pause"));
    eventually("errors", || (failed() > before + 5).then_some(()));
    // A reload finds it as it was left.
    window.reload();
    window.find(&id("practice-bar"));
    eventually("the scenario", || {
        let script = "return document.querySelector(arguments[0])?.value";
        (window.run(script, &[json!(id("practice-scenario"))]) == json!("errors")).then_some(())
    });
}

/// The process that receives into the folder, as it says itself.
fn receiver_of(folder: &Path) -> Option<String> {
    let text = std::fs::read_to_string(folder.join("receiver.json")).ok()?;
    let (_, rest) = text.split_once("\"process\":")?;
    rest.split(|letter: char| !letter.is_ascii_digit()).next().map(str::to_owned).filter(|number| !number.is_empty())
}

/// Ends a window that no test started, as the system does when a person logs out.
fn log_out(furniture: &Screen<'_>, title: &str, process: &str) {
    kill("TERM", process);
    furniture.waits_until(title, false);
    let stat = Path::new("/proc").join(process).join("stat");
    // One whose parent does not ask stays listed, as a zombie.
    eventually("the other window to end", || {
        std::fs::read_to_string(&stat).map_or(true, |text| text.contains(") Z ")).then_some(())
    });
}

/// Does something about a problem of the practice, by which it is known again.
fn does_something(folder: &Folder) {
    let problem = folder.problems().remove(0)["id"].to_string();
    folder.run(&["problem", "acknowledge", "--by", "M. Rossi", "--note", "called, left message", &problem]).good();
    assert!(something_was_done(folder));
}

fn something_was_done(folder: &Folder) -> bool {
    folder.problems().iter().any(|problem| problem["acknowledged_by"] == json!("M. Rossi"))
}

fn events_of(folder: &Folder) -> usize {
    folder.list("events", &["--limit", "100000"]).len()
}

#[test]
fn a_practice_starts_over_from_its_window_and_the_window_comes_back() {
    let _turn = screen();
    let desk = Rc::new(Desk::new());
    let furniture = Screen::of(&desk);
    let folder = Folder::with_environment(desk.environment());
    let window = Window::practise(&["--rate", "0.05"], &folder, &desk);
    window.find(&id("practice-bar"));
    does_something(&folder);
    let begun = events_of(&folder);
    std::fs::write(folder.path().join("notes.txt"), "mine").unwrap();
    let first = eventually("the receiver to say who it is", || receiver_of(&folder.path()));

    // Asked, and thought better of.
    window.click(&id("practice-over"));
    let question = "[role=\"alertdialog\"]";
    assert!(window.find_text(question).contains("Everything made up so far is deleted"));
    escape(&window, question);
    assert!(something_was_done(&folder) && events_of(&folder) >= begun, "nothing was emptied without a yes");

    window.click(&id("practice-over"));
    window.click(&id("confirm-yes"));
    let path = folder.path();
    let second = eventually("another window on the folder", || receiver_of(&path).filter(|process| *process != first));
    furniture.waits_until(PRACTICE, true);
    assert!(!something_was_done(&folder), "what was done belongs to the study before");
    let subjects = folder.list("subjects", &[]);
    assert!(subjects.len() >= 20 && events_of(&folder) > 500, "two fresh weeks: {} subjects", subjects.len());
    assert_eq!(std::fs::read_to_string(folder.path().join("notes.txt")).unwrap(), "mine", "what is not ours stays");
    log_out(&furniture, PRACTICE, &second);
    drop(window);

    let window = Window::practise(&["--rate", "0.05"], &folder, &desk);
    assert!(window.find_text(&id("practice-bar")).contains("everything here is made up"), "it is a practice as before");
    folder.run(&["verify"]).good();
}

#[test]
fn a_practice_is_left_for_the_real_window_and_found_again_as_it_was() {
    let _turn = screen();
    let desk = Rc::new(Desk::new());
    let furniture = Screen::of(&desk);
    let folder = Folder::with_environment(desk.environment()).called("study-practice");
    let window = Window::practise(&["--rate", "0.05"], &folder, &desk);
    let mut inspection = Inspection::of(&window);
    inspection.look("practice");
    does_something(&folder);
    let begun = events_of(&folder);
    let first = eventually("the receiver to say who it is", || receiver_of(&folder.path()));

    // Asked, and thought better of.
    window.click(&id("practice-leave"));
    let dialog = "[role=\"dialog\"]";
    assert!(window.find_text(dialog).contains("What you did here stays for the next time"));
    inspection.look_at(dialog);
    escape(&window, dialog);
    window.click(&id("practice-over"));
    inspection.look_at("[role=\"alertdialog\"]");
    escape(&window, "[role=\"alertdialog\"]");
    inspection.done();
    assert!(furniture.shows(PRACTICE) && !furniture.shows(REAL), "nothing happened yet");

    window.click(&id("practice-leave"));
    window.click(&id("practice-leave-yes"));
    let real = folder.beside("study");
    let second = eventually("the real window", || receiver_of(&real));
    furniture.waits_until(PRACTICE, false);
    furniture.waits_until(REAL, true);
    assert!(something_was_done(&folder) && events_of(&folder) >= begun, "the practice stays as it was left");
    log_out(&furniture, REAL, &second);
    drop(window);

    // The real folder has nothing of it, and its window leads back.
    let folder = folder.called("study");
    assert_eq!((folder.events().len(), folder.list("subjects", &[]).len()), (0, 0), "nothing made up got there");
    let window = Window::drive(&folder, &desk);
    window.find("[data-testid=\"setup\"][data-step=\"kind\"]");
    assert!(!window.has(&id("practice-bar")));
    window.click(&id("setup-kind-practice"));
    window.click(&id("setup-practice"));
    furniture.waits_until(PRACTICE, true);
    let folder = folder.called("study-practice");
    let path = folder.path();
    let third = eventually("the practice again", || receiver_of(&path).filter(|process| *process != first));
    assert!(something_was_done(&folder), "it goes on where it was left");
    log_out(&furniture, PRACTICE, &third);
}
