//! Exporting from the window.

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
