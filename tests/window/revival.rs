//! The page's process dies or hangs: the window comes back by itself, with everything in it. Nobody drives it here: a WebDriver
//! session would end with the page, so it is looked at from outside.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::rc::Rc;
use std::thread::sleep;
use std::time::Duration;

use crate::harness::{Desk, Folder, PASSCODE, Post, Window, eventually, kill, scrap, screen};

/// How long the page gets to draw what it has.
const DRAWN: Duration = Duration::from_secs(3);

fn listens(window: &Window, subscription: u32) {
    let wanted = format!("subscription={subscription}");
    eventually(&format!("the page to subscribe, {subscription}"), || window.log().contains(&wanted).then_some(()));
}

/// Kills the page's process, and waits until it is gone.
fn kill_page(window: &Window) {
    let page = eventually("the page's process", || window.page_process());
    kill("KILL", &page.to_string());
    eventually("the page's process to end", || (window.page_process() != Some(page)).then_some(()));
}

fn post(window: &Window, upload: u32, status: &str) {
    let subject = format!("{:06}", upload % 1_000);
    let answer = window.post(&Post::upload("signed", &upload.to_string(), &subject, status).signed(PASSCODE));
    assert_eq!(answer.status, 200, "deliveries are received whatever becomes of the page");
}

fn picture(desk: &Desk, name: &str) -> PathBuf {
    sleep(DRAWN);
    let file = scrap().join(format!("revival-{name}.png"));
    desk.picture(&file);
    file
}

/// How many pixels of two pictures differ visibly.
fn difference(one: &Path, other: &Path) -> u64 {
    let output =
        Command::new("compare").args(["-metric", "AE", "-fuzz", "10%"]).args([one, other]).arg("null:").output();
    let output = output.expect("make test installs imagemagick");
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    let number = said.split_whitespace().next().and_then(|number| number.parse::<f64>().ok());
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a count of pixels")]
    number.map_or_else(|| panic!("compare said {said:?}"), |number| number as u64)
}

#[test]
fn a_killed_page_comes_back_and_nothing_is_missed() {
    let _turn = screen();
    let desk = Rc::new(Desk::without_pop_ups());
    let folder = Folder::with_environment(desk.environment());
    folder.add_signed("signed");
    let window = Window::open(&folder, &desk);
    listens(&window, 1);
    post(&window, 70_001, "completed");
    let before = picture(&desk, "before");

    kill_page(&window);
    for upload in 71_001..=71_030 {
        post(&window, upload, "error");
    }
    listens(&window, 2);
    assert!(window.log().contains("the page ended: it is loaded again"), "{}", window.log());
    for upload in 71_031..=71_040 {
        post(&window, upload, "error");
    }
    let revived = picture(&desk, "revived");
    window.close();

    // A window opened afresh on the same history is what it must look like.
    let fresh = Window::open(&folder, &desk);
    listens(&fresh, 1);
    let afresh = picture(&desk, "afresh");
    let (missed, moved) = (difference(&revived, &afresh), difference(&before, &afresh));
    assert!(moved > 5_000, "the deliveries are to be seen: {moved} pixels differ");
    assert!(missed * 5 < moved, "the revived window shows what a fresh one does: {missed} of {moved} pixels differ");
}

#[test]
fn a_page_that_dies_over_and_over_is_given_up_and_comes_back_when_the_window_is_wanted() {
    let _turn = screen();
    let desk = Rc::new(Desk::new());
    let folder = Folder::with_environment(desk.environment());
    folder.add_signed("signed");
    let window = Window::open(&folder, &desk);
    for life in 1..=4 {
        listens(&window, life);
        kill_page(&window);
    }
    eventually("the page to be given up", || window.log().contains("it is not loaded again by itself").then_some(()));
    sleep(Duration::from_secs(2));
    assert!(!window.log().contains("subscription=5"), "three times a minute and no oftener: {}", window.log());

    // A click on a pop-up brings the window to the front, and its page back.
    post(&window, 72_001, "error");
    eventually("a pop-up", || (desk.shown() > 0).then_some(()));
    desk.click_pop_up();
    listens(&window, 5);
}

#[test]
fn a_page_that_never_says_that_it_is_there_is_loaded_again() {
    let _turn = screen();
    let desk = Rc::new(Desk::without_pop_ups());
    let folder = Folder::with_environment(desk.environment());
    folder.add_signed("signed");
    // Its process is stopped as soon as there is one: before it can have loaded anything.
    let window = Window::open_and(&folder, &desk, |window| {
        let page = loop {
            if let Some(page) = window.page_process() {
                break page;
            }
        };
        kill("STOP", &page.to_string());
    });
    assert!(!window.log().contains("subscription="), "it was stopped in time: {}", window.log());
    post(&window, 73_001, "completed");
    listens(&window, 1);
    assert!(window.log().contains("it never subscribed"), "{}", window.log());
}
