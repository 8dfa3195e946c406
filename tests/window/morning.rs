//! A coordinator's morning, by keyboard alone: nothing in here clicks.

use serde_json::json;

use super::{Stage, id};
use crate::harness::{CONTROL, ENTER, ESCAPE, PASSCODE, Post, eventually, screen};

#[test]
fn a_morning_without_a_mouse() {
    let _turn = screen();
    let stage = Stage::new();
    let window = &stage.window;
    window.text_where(&id("receiver-state"), |text| text.contains("Receiving"));

    // A problem arrives and is found.
    stage.keeps(&Post::upload("signed", "85045", "000103", "error").signed(PASSCODE));
    window.chord(CONTROL, '2');
    window.text_where(&id("problem-row"), |text| text.contains("000103"));
    window.keys(&format!("j{ENTER}"));
    window.text_where(&id("problem-pane"), |text| text.contains("Battery voltage below threshold"));

    // Acknowledged with a note.
    window.keys("a");
    window.find(&id("act-name"));
    window.tab_to(&id("act-name"));
    window.keys("M. Rossi");
    window.tab_to(&id("act-note"));
    window.keys("called, left message");
    window.chord(CONTROL, '\u{e007}');
    let becomes = |wanted: &str| eventually(wanted, || (stage.folder.problems()[0]["state"] == wanted).then_some(()));
    becomes("acknowledged");
    let problem = stage.folder.problems().remove(0);
    assert_eq!((&problem["acknowledged_by"], &problem["note"]), (&json!("M. Rossi"), &json!("called, left message")));

    // The upload succeeds later, which resolves it; the story says both.
    stage.keeps(&Post::upload("signed", "85045", "000103", "completed").signed(PASSCODE));
    becomes("resolved");

    // Found again by searching, in Events.
    window.keys(ESCAPE);
    window.chord(CONTROL, '5');
    window.find(&id("events-list"));
    window.keys("/");
    window.keys(&format!("upload:85045{ENTER}"));
    eventually("both events", || {
        (window.run("return document.querySelectorAll(arguments[0]).length", &[json!(id("event-row"))]) == json!(2))
            .then_some(())
    });

    // Exported.
    window.chord(CONTROL, 'e');
    let file = stage.folder.beside("the morning.csv");
    window.tab_to(&id("export-path"));
    window.chord(CONTROL, 'a');
    window.keys(file.to_str().expect("a temporary path is text"));
    window.tab_to(&id("export-start"));
    window.keys(ENTER);
    window.find("[data-testid=\"export-state\"][data-state=\"done\"]");
    let text = eventually("the exported file", || std::fs::read_to_string(&file).ok());
    assert_eq!(text, stage.folder.run(&["export", "--query", "upload:85045", "--output", "-"]).good());
    assert_eq!(text.matches("\"resolved\",\"M. Rossi\",").count(), 2, "the auditor sees who: {text}");
}
