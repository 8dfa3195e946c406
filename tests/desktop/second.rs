//! A second start on the same folder.

use std::rc::Rc;

use super::{EXPLANATION, TITLE, folder};
use crate::harness::{Desk, PASSCODE, Post, Screen, Window, screen};

#[test]
fn a_second_start_brings_the_window_forward_and_ends_well() {
    let _turn = screen();
    let desk = Rc::new(Desk::without_pop_ups());
    let screen = Screen::of(&desk);
    let folder = folder(&desk);
    let window = Window::open(&folder, &desk);
    screen.waits_until(TITLE, true);

    // Without a tray it is minimised; that is said once.
    screen.closes(TITLE);
    screen.presses(EXPLANATION, "Return");
    screen.waits_until(TITLE, false);
    assert!(screen.lists(TITLE), "it is minimised, not gone");
    let second = folder.run(&[]);
    assert!(second.stderr.contains("brought to the front"), "{second:?}");
    second.good();
    screen.waits_until(TITLE, true);

    let hidden = folder.run(&["--hidden"]);
    assert!(hidden.stderr.contains("already"), "{hidden:?}");
    hidden.good();
    let post = Post::upload("signed", "85045", "000103", "completed").signed(PASSCODE);
    assert_eq!(window.post(&post).status, 200, "one receiver, undisturbed");
    assert_eq!(folder.events().len(), 1);
    window.close();
}
