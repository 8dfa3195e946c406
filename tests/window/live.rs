//! What arrives is seen: on Today, in Problems, in Events, in the inspector, and after the page was loaded again.

use serde_json::json;

use super::{Stage, id};
use crate::harness::{PASSCODE, Post, Wire, kill, screen};

#[test]
fn a_posted_error_is_seen_and_its_bytes_are_shown() {
    let _turn = screen();
    let stage = Stage::new();
    let window = &stage.window;
    window.text_where(&id("receiver-state"), |text| text.contains("Receiving"));

    let post = Post::upload("signed", "85045", "000103", "error").signed(PASSCODE);
    stage.keeps(&post);
    window.text_where(&id("view-today"), |text| text.contains("85045") || text.contains("000103"));

    window.click(&id("nav-problems"));
    window.text_where(&id("problem-row"), |text| text.contains("Battery voltage below threshold"));
    window.click(&id("problem-row"));
    window.text_where(&id("problem-pane"), |text| text.contains("000103"));

    window.click(&id("nav-events"));
    window.click(&id("event-row"));
    window.text_where(&id("inspector"), |text| text.contains("85045"));
    window.click(&id("inspector-tab-raw"));
    let body = String::from_utf8(post.body().to_vec()).unwrap();
    let squeezed = |text: &str| text.split_whitespace().collect::<String>();
    window.text_where(&id("raw-bytes"), |text| squeezed(text).contains(&squeezed(&body)));
    window.click(&id("inspector-tab-headers"));
    window
        .text_where(&id("inspector"), |text| text.contains("X-ActiGraph-Event") && text.contains(&post.delivery_id()));
}

#[test]
fn rows_arrive_while_the_list_is_open() {
    let _turn = screen();
    let stage = Stage::new();
    stage.window.click(&id("nav-events"));
    for number in 1..=5 {
        stage.keeps(&Post::upload("signed", &format!("8504{number}"), "000103", "started").signed(PASSCODE));
        let wanted = format!("8504{number}");
        stage.window.text_where(&id("events-list"), |text| text.contains(&wanted));
    }
}

#[test]
fn loading_the_page_again_loses_nothing() {
    let _turn = screen();
    let stage = Stage::new();
    let window = &stage.window;
    for number in 0..8 {
        stage.keeps(&Post::upload("signed", &format!("7000{number}"), "000103", "completed").signed(PASSCODE));
    }
    window.click(&id("nav-events"));
    let all = |text: &str| (0..8).all(|number| text.contains(&format!("7000{number}")));
    window.text_where(&id("events-list"), all);
    window.reload();
    stage.keeps(&Post::upload("signed", "70008", "000103", "completed").signed(PASSCODE));
    window.text_where(&id("receiver-state"), |text| text.contains("Receiving"));
    window.click(&id("nav-events"));
    window.text_where(&id("events-list"), |text| all(text) && text.contains("70008"));
    stage.keeps(&Post::upload("signed", "70009", "000103", "completed").signed(PASSCODE));
    window.text_where(&id("events-list"), |text| text.contains("70009"));
}

#[test]
fn what_came_while_the_page_stood_still_is_shown_when_it_goes_on() {
    let _turn = screen();
    let stage = Stage::new();
    let window = &stage.window;
    window.click(&id("nav-events"));
    stage.keeps(&Post::upload("signed", "80000", "000103", "started").signed(PASSCODE));
    window.text_where(&id("events-list"), |text| text.contains("80000"));

    // More than any page of a list, more than the bridge sends in a second: most messages about them are never sent.
    let page = window.page_process().expect("the page has a process");
    kill("STOP", &page.to_string());
    let mut wire = Wire::to(window.address());
    for number in 1..=400 {
        let post = Post::upload("signed", &format!("{}", 80_000 + number), "000103", "completed").signed(PASSCODE);
        assert_eq!(wire.send(&post.bytes()).answer().status, 200, "a page that stands still holds nothing up");
    }
    let last = Post::upload("signed", "80401", "000104", "error").signed(PASSCODE);
    assert_eq!(wire.send(&last.bytes()).answer().status, 200);
    kill("CONT", &page.to_string());

    window.text_where(&id("events-list"), |text| text.contains("80401") && text.contains("80400"));
    window.click(&id("nav-problems"));
    window.text_where(&id("problem-row"), |text| text.contains("Battery voltage below threshold"));
    window.click(&id("nav-today"));
    window.text_where(&id("view-today"), |text| text.contains("400"));
    stage.keeps(&Post::upload("signed", "80402", "000105", "completed").signed(PASSCODE));
    window.click(&id("nav-events"));
    window.text_where(&id("events-list"), |text| text.contains("80402"));
}

#[test]
fn a_problem_is_acknowledged_and_resolved() {
    let _turn = screen();
    let stage = Stage::new();
    stage.keeps(&Post::upload("signed", "85045", "000103", "error").signed(PASSCODE));
    let problem = stage.folder.problems().remove(0);
    stage.window.click(&id("nav-problems"));
    stage.window.click(&format!("[data-testid=\"problem-row\"][data-id=\"{}\"]", problem["id"]));
    stage.window.find(&id("problem-pane"));
    stage.window.press("a");
    stage.window.fill(&id("act-name"), "M. Rossi");
    stage.window.fill(&id("act-note"), "called, left message");
    stage.window.click(&id("act-submit"));
    let becomes = |wanted: &str| {
        crate::harness::eventually(wanted, || (stage.folder.problems()[0]["state"] == wanted).then_some(()));
    };
    becomes("acknowledged");
    let problem = stage.folder.problems().remove(0);
    assert_eq!((&problem["acknowledged_by"], &problem["note"]), (&json!("M. Rossi"), &json!("called, left message")));
    let exported = stage.folder.run(&["export", "--output", "-"]).good();
    assert!(exported.contains("\"acknowledged\",\"M. Rossi\","), "the auditor sees who: {exported}");
    stage.keeps(&Post::upload("signed", "85045", "000103", "completed").signed(PASSCODE));
    becomes("resolved");
    assert_eq!(stage.folder.list("uploads", &[])[0]["problem"], json!("resolved"));
}
