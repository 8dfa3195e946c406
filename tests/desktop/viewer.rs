//! A window beside `serve`, and the other way round.

use std::rc::Rc;

use serde_json::json;

use super::folder;
use crate::harness::{Desk, PASSCODE, Post, Window, Wire, eventually, screen};

fn id(name: &str) -> String {
    format!("[data-testid=\"{name}\"]")
}

fn error(upload: &str) -> Post {
    Post::upload("signed", upload, "000103", "error").signed(PASSCODE)
}

#[test]
fn a_window_shows_what_a_service_receives_and_goes_on_when_that_one_ends() {
    let _turn = screen();
    let desk = Rc::new(Desk::new());
    let folder = folder(&desk);
    let serve = folder.serve();
    let address = serve.address();
    let window = Window::view(&folder, &desk, address.port());
    let state = id("receiver-state");
    window.text_where(&state, |text| text.contains("Receiving") && text.contains("by the service"));

    // Live, and acted upon: what a person does is in the log that the service writes, too.
    window.click(&id("nav-problems"));
    assert_eq!(serve.post(&error("85045")).status, 200);
    window.text_where(&id("problem-row"), |text| text.contains("Battery voltage below threshold"));
    eventually("its pop-up", || (desk.shown() == 1).then_some(()));
    window.click(&id("problem-row"));
    window.find(&id("problem-pane"));
    window.press("a");
    window.fill(&id("act-name"), "M. Rossi");
    window.click(&id("act-submit"));
    eventually("the acknowledgement", || (folder.problems()[0]["state"] == "acknowledged").then_some(()));
    assert_eq!(folder.problems()[0]["acknowledged_by"], json!("M. Rossi"));
    assert_eq!(serve.post(&error("85046")).status, 200, "the service goes on after a row that was not its own");
    eventually("both", || (folder.events().len() == 2).then_some(()));
    assert!(folder.run(&["verify"]).good().starts_with("sound:"));

    // Nobody closes anything but the service: the window receives where deliveries are sent to.
    let (status, _) = serve.stop();
    assert!(status.success());
    window.text_where(&state, |text| text.contains("Receiving") && !text.contains("by the service"));
    assert_eq!(Wire::to(address).send(&error("85047").bytes()).answer().status, 200);
    window.click(&id("nav-events"));
    window.text_where(&id("events-list"), |text| ["85045", "85046", "85047"].iter().all(|one| text.contains(one)));
    let refused = folder.run(&["serve", "--listen", "127.0.0.1:0"]).bad();
    assert!(refused.contains("already receiving"), "{refused}");
    assert!(folder.run(&["verify"]).good().starts_with("sound:"));
}

#[test]
fn a_service_that_stands_still_is_not_called_receiving() {
    let _turn = screen();
    let desk = Rc::new(Desk::without_pop_ups());
    let folder = folder(&desk);
    let serve = folder.serve();
    let window = Window::view(&folder, &desk, serve.address().port());
    let state = id("receiver-state");
    window.text_where(&state, |text| text.contains("Receiving"));
    serve.signal("STOP");
    window.text_where(&state, |text| text.contains("Failing"));
    serve.signal("CONT");
    window.text_where(&state, |text| text.contains("Receiving"));
    // Taken away without a word, it is followed all the same.
    let address = serve.address();
    serve.kill();
    window.text_where(&state, |text| text.contains("Receiving") && !text.contains("by the service"));
    assert_eq!(Wire::to(address).send(&error("85045").bytes()).answer().status, 200);
}
