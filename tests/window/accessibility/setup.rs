//! The set-up: its six steps, the page for the IT person, the secret while it is shown.

use std::rc::Rc;

use super::super::id;
use super::{Inspection, escape};
use crate::harness::{Desk, Folder, Window, screen};

#[test]
fn the_set_up_is_without_fault() {
    let _turn = screen();
    let desk = Rc::new(Desk::new());
    let folder = Folder::with_environment(desk.environment());
    let window = Window::drive(&folder, &desk);
    let step = |name: &str| window.find(&format!("[data-testid=\"setup\"][data-step=\"{name}\"]"));
    let go_on = || window.click(&id("setup-next"));
    let mut inspection = Inspection::of(&window);
    step("kind");
    inspection.look("the first window");
    window.click(&id("setup-kind-practice"));
    window.find(&id("setup-practice"));
    inspection.look_at(&id("setup"));
    window.click(&id("setup-kind-real"));
    go_on();
    step("study");
    go_on();
    inspection.look("a study without a name");
    window.fill(&id("setup-name"), "Study 189");
    go_on();
    step("reach");
    window.click(&id("setup-it-page"));
    inspection.look_at(&id("it-page"));
    escape(&window, &id("it-page"));
    for way in ["proxy", "tunnel", "own", "later"] {
        window.click(&id(&format!("setup-way-{way}")));
        inspection.look_at(&id("setup"));
    }
    inspection.look("the way in");
    go_on();
    step("proof");
    window.click(&id("setup-others"));
    for kind in ["oauth2", "basic", "none", "hmac"] {
        window.click(&id(&format!("setup-auth-{kind}")));
        inspection.look_at(&id("setup"));
    }
    go_on();
    step("portal");
    window.find(&id("setup-secret"));
    inspection.look("the portal, and the secret");
    // Kept is to be said before one goes on.
    go_on();
    inspection.look_at(&id("setup"));
    window.click(&id("setup-sure"));
    go_on();
    step("last");
    inspection.look("this computer");
    window.click(&id("nav-today"));
    window.find(&id("setup-line"));
    inspection.look("a set-up that is not finished");
    window.click(&id("setup-continue"));
    window.click(&id("setup-anew"));
    inspection.look_at("[role=\"alertdialog\"]");
    escape(&window, "[role=\"alertdialog\"]");
    go_on();
    step("done");
    inspection.look("the end of it");
    inspection.done();
}
