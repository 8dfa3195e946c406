//! Exporting from the window.

use serde_json::json;

use super::{Stage, id};
use crate::harness::{PASSCODE, Post, eventually, screen};

#[test]
fn the_export_writes_the_file() {
    let _turn = screen();
    let stage = Stage::new();
    let window = &stage.window;
    for number in 0..20 {
        let status = if number % 2 == 0 { "error" } else { "completed" };
        stage.keeps(&Post::upload("signed", &number.to_string(), "000103", status).signed(PASSCODE));
    }
    window.click(&id("nav-events"));
    window.fill(&id("search-box"), "status:error");
    window.press("\u{e007}");
    window.click(&id("export-open"));
    let file = stage.folder.beside("from the window.csv");
    window.fill(&id("export-path"), file.to_str().unwrap());
    window.click(&id("export-start"));
    window.find("[data-testid=\"export-state\"][data-state=\"done\"]");
    let text = eventually("the exported file", || std::fs::read_to_string(&file).ok());
    let printed = stage.folder.run(&["export", "--query", "status:error", "--output", "-"]).good();
    assert_eq!(text, printed, "the window writes what the command line writes");
    assert_eq!(text.matches("\r\n").count(), 11, "a header and ten errors");
}

#[test]
fn a_workbook_is_exported_under_a_workbooks_name() {
    let _turn = screen();
    let stage = Stage::new();
    let window = &stage.window;
    stage.keeps(&Post::upload("signed", "85045", "000103", "error").signed(PASSCODE));
    window.click(&id("nav-events"));
    window.find(&id("event-row"));
    window.click(&id("export-open"));
    let file = stage.folder.beside("from the window.xlsx");
    window.fill(&id("export-path"), file.with_extension("csv").to_str().unwrap());
    window.click(&id("export-xlsx"));
    let path = "return document.querySelector(arguments[0]).value";
    eventually("the name to follow the choice", || {
        (window.run(path, &[json!(id("export-path"))]) == file.to_str().unwrap()).then_some(())
    });
    window.click(&id("export-start"));
    window.find("[data-testid=\"export-state\"][data-state=\"done\"]");
    let same = stage.folder.beside("from the command line.xlsx");
    stage.folder.run(&["export", "--format", "xlsx", "--output", same.to_str().unwrap()]).good();
    assert!(
        std::fs::read(&file).unwrap() == std::fs::read(&same).unwrap(),
        "the window writes what the command line writes"
    );
}
