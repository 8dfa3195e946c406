//! The tray of a real panel: closing into it, losing it, starting hidden, and quitting.

use std::rc::Rc;

use super::{EXPLANATION, TITLE, folder};
use crate::harness::{Desk, PASSCODE, Post, Screen, Window, eventually, screen};

const QUESTION: &str = "Quit and stop receiving";

fn post(window: &Window, upload: &str) {
    let post = Post::upload("signed", upload, "000103", "completed").signed(PASSCODE);
    assert_eq!(window.post(&post).status, 200, "it receives");
}

fn icon_is_up(screen: &Screen<'_>) {
    eventually("the icon in the tray", || screen.tray().contains("string \"").then_some(()));
}

#[test]
fn a_window_closed_into_a_tray_that_goes_away_comes_back() {
    let _turn = screen();
    let desk = Rc::new(Desk::without_pop_ups());
    let screen = Screen::of(&desk);
    let folder = folder(&desk);
    let window = Window::open(&folder, &desk);
    screen.waits_until(TITLE, true);
    // It comes late, as after a restart of the desktop.
    let panel = screen.panel();
    icon_is_up(&screen);

    screen.closes(TITLE);
    // What it means is said the first time.
    screen.presses(EXPLANATION, "Return");
    screen.waits_until(TITLE, false);
    assert!(!screen.lists(TITLE), "it is in the tray alone");
    post(&window, "1");

    drop(panel);
    eventually("the window to be back", || screen.lists(TITLE).then_some(()));
    post(&window, "2");
    let _panel = screen.panel();
    icon_is_up(&screen);
    assert_eq!(folder.events().len(), 2);
    window.close();
}

#[test]
fn started_hidden_it_is_in_the_tray_and_where_there_is_none_minimised() {
    let _turn = screen();
    let desk = Rc::new(Desk::without_pop_ups());
    let screen = Screen::of(&desk);
    let folder = folder(&desk);
    let panel = screen.panel();
    let window = Window::open_with(&folder, &desk, &["--hidden"]);
    icon_is_up(&screen);
    eventually("the page", || window.log().contains("the page is there").then_some(()));
    assert!(!screen.lists(TITLE), "nothing is shown");
    post(&window, "1");
    folder.run(&[]).good();
    screen.waits_until(TITLE, true);
    window.close();

    drop(panel);
    let window = Window::open_with(&folder, &desk, &["--hidden"]);
    eventually("the page", || window.log().contains("the page is there").then_some(()));
    assert!(!screen.shows(TITLE));
    eventually("the window among the others", || screen.lists(TITLE).then_some(()));
    assert!(!screen.shows(TITLE), "minimised, it is in nobody's way");
    post(&window, "2");
    window.close();
}

#[test]
fn quitting_says_that_receiving_stops_and_is_answered_by_keyboard() {
    let _turn = screen();
    let desk = Rc::new(Desk::without_pop_ups());
    let screen = Screen::of(&desk);
    let folder = folder(&desk);
    let window = Window::open(&folder, &desk);
    screen.waits_until(TITLE, true);
    eventually("the page", || window.log().contains("the page is there").then_some(()));

    // A key may come before the page listens to any.
    let asks = || {
        eventually("the question", || {
            screen.presses(TITLE, "ctrl+q");
            std::thread::sleep(std::time::Duration::from_millis(500));
            screen.shows(QUESTION).then_some(())
        });
    };
    asks();
    screen.presses(QUESTION, "Escape");
    screen.waits_until(QUESTION, false);
    post(&window, "1");
    asks();
    screen.presses(QUESTION, "Return");
    assert_eq!(window.ends(), Some(0));
}

#[test]
fn the_menu_says_how_things_are_and_leads_to_problems_and_out() {
    let _turn = screen();
    let desk = Rc::new(Desk::without_pop_ups());
    let screen = Screen::of(&desk);
    let folder = folder(&desk);
    let _panel = screen.panel();
    let window = Window::open_with(&folder, &desk, &["--hidden"]);
    icon_is_up(&screen);
    let says = |words: &str| eventually(words, || screen.menu().contains(&format!("\"{words}\"")).then_some(()));
    says("Receiving");
    says("No open problems");
    let error = Post::upload("signed", "85045", "000103", "error").signed(PASSCODE);
    assert_eq!(window.post(&error).status, 200);
    says("1 open problem");
    assert!(!screen.lists(TITLE));
    screen.chooses("No pop-ups for an hour");
    eventually("the mute", || {
        let mut ask = std::process::Command::new("sqlite3");
        ask.arg(folder.path().join("state.db"))
            .arg("SELECT value FROM settings WHERE name = 'notifications_muted_until'");
        let noted = ask.output().expect("make test installs sqlite3");
        String::from_utf8_lossy(&noted.stdout).contains("20").then_some(())
    });
    screen.chooses("1 open problem");
    screen.waits_until(TITLE, true);
    screen.chooses("Quit and stop receiving");
    screen.waits_until(QUESTION, true);
    screen.presses(QUESTION, "Return");
    assert_eq!(window.ends(), Some(0));
}

#[test]
fn the_end_of_the_session_asks_nobody_not_even_while_the_question_is_open() {
    let _turn = screen();
    let desk = Rc::new(Desk::without_pop_ups());
    let screen = Screen::of(&desk);
    let folder = folder(&desk);
    let window = Window::open(&folder, &desk);
    eventually("the page", || window.log().contains("the page is there").then_some(()));
    eventually("the question", || {
        screen.presses(TITLE, "ctrl+q");
        std::thread::sleep(std::time::Duration::from_millis(500));
        screen.shows(QUESTION).then_some(())
    });
    // SIGTERM; it waits until the app has ended.
    window.close();
}
