//! The set-up of the first study: an empty folder, a keyboard, and CentrePoint at the other end.

use std::cell::Cell;
use std::rc::Rc;
use std::time::Instant;

use serde_json::json;

use super::id;
use crate::harness::{Desk, ENTER, Folder, Post, TAB, Window, eventually, screen};

/// A keyboard that counts.
struct Keyboard<'a> {
    window: &'a Window,
    pressed: &'a Cell<usize>,
}

impl Keyboard<'_> {
    fn press(&self, keys: &str) {
        self.pressed.set(self.pressed.get() + keys.chars().count());
        self.window.keys(keys);
    }

    /// Tab until `css` has the focus.
    fn tab_to(&self, css: &str) {
        let there = "return document.activeElement?.matches(arguments[0]) ?? false";
        for _ in 0..30 {
            if self.window.run(there, &[json!(css)]) == json!(true) {
                return;
            }
            self.press(TAB);
        }
        panic!("{css} is not reached by Tab");
    }
}

fn step(window: &Window, name: &str) {
    window.find(&format!("[data-testid=\"setup\"][data-step=\"{name}\"]"));
}

#[test]
fn from_nothing_to_the_first_delivery_by_keyboard_closed_in_the_middle() {
    let _turn = screen();
    let desk = Rc::new(Desk::new());
    let folder = Folder::with_environment(desk.environment());
    let pressed = Cell::new(0);

    let begun = Instant::now();
    let window = Window::drive(&folder, &desk);
    let keyboard = Keyboard { window: &window, pressed: &pressed };
    window.find(&id("first-run"));
    step(&window, "kind");
    window.focused(&id("setup-kind-real"));
    keyboard.press(ENTER);
    step(&window, "study");
    window.focused(&id("setup-name"));
    keyboard.press(&format!("Study 189{ENTER}"));
    step(&window, "reach");
    window.focused(&id("setup-way-later"));
    drop(window);

    // Closed here, and opened again: it goes on where it was.
    let window = Window::drive(&folder, &desk);
    let keyboard = Keyboard { window: &window, pressed: &pressed };
    step(&window, "reach");
    window.focused(&id("setup-way-later"));
    keyboard.press(ENTER);
    step(&window, "proof");
    window.focused(&id("setup-auth-hmac"));
    keyboard.press(ENTER);
    step(&window, "portal");
    // What is pasted into the portal is all here.
    let shown = (pressed.get(), begun.elapsed());
    let secret = window.text(&id("setup-secret"));
    assert_eq!(secret.trim().len(), 32, "a fresh secret is shown: {secret}");
    window.focused(&format!("{} button", id("setup-copy-url")));
    keyboard.press(ENTER);
    keyboard.tab_to(&id("setup-copy-secret"));
    keyboard.press(ENTER);
    let url = window.text_where(&id("setup-url"), |text| text.contains("/hooks/"));
    assert!(url.ends_with("/hooks/study-189"), "{url}");
    window.text_where(&id("setup-waiting"), |text| text.contains("Nothing yet"));

    // CentrePoint: its handshake, something with another secret, then the first delivery.
    let shaken = eventually("the receiver to know the webhook", || {
        Some(window.post(&Post::handshake("study-189", "a-code"))).filter(|answer| answer.status != 404)
    });
    assert_eq!(shaken.header("X-ActiGraph-Hook-Secret"), Some("a-code"));
    window.text_where(&id("setup-waiting"), |text| text.contains("has contacted this computer"));
    let wrong = Post::upload("study-189", "85044", "44732", "started").signed("another secret");
    assert_eq!(window.post(&wrong).status, 401);
    window.text_where(&id("setup-refused"), |text| text.contains("signature differs"));
    let right = Post::upload("study-189", "85045", "44732", "started").signed(secret.trim());
    assert_eq!(window.post(&right).status, 200);
    window.text_where(&id("setup-waiting"), |text| text.contains("The first delivery has arrived"));
    assert_eq!(folder.list("events", &["--query", "webhook:study-189 event:upload"]).len(), 1);
    let typed = "Study 189".chars().count();
    let (keys, to_here) = (pressed.get() - typed, shown.0 - typed);
    println!(
        "first run: the name and {to_here} keys over 5 pages to all that CentrePoint needs ({:.1} s), {keys} keys with both copied, to the first delivery ({:.1} s)",
        shown.1.as_secs_f64(),
        begun.elapsed().as_secs_f64()
    );
    assert!(
        to_here <= 4 && keys <= 9,
        "the name, {to_here} keys to what CentrePoint needs, {keys} to the first delivery"
    );

    // That it came proves that the secret is there: nothing is left to confirm.
    eventually("the question whether it is kept to go", || (!window.has(&id("setup-sure"))).then_some(()));
    window.click(&id("setup-next"));
    step(&window, "last");
    assert!(!window.has(&id("setup-secret")), "it is shown no longer");

    // The secret is nowhere but where secrets are.
    let state = std::fs::read(folder.path().join("state.db")).expect("the state is there");
    let secret = secret.trim().as_bytes();
    assert!(!state.windows(secret.len()).any(|part| part == secret), "the secret is not in the state");

    // Put away, Today says how much is left.
    window.chord(crate::harness::CONTROL, '1');
    window.text_where(&id("setup-line"), |text| text.contains("1 step left"));
}
