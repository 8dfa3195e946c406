//! What opens over a view: dialogs, menus, the palette, the inboxes.

use super::super::{Stage, id};
use super::{Inspection, escape, fill};
use crate::harness::{CONTROL, ENTER, ESCAPE, eventually, screen};

#[test]
fn what_is_asked_before_an_act_is_without_fault() {
    let _turn = screen();
    let stage = Stage::new();
    let window = &stage.window;
    fill(&stage);
    let mut inspection = Inspection::of(window);
    let dialog = id("act-dialog");
    window.click(&id("nav-problems"));
    window.click(&id("problem-row"));
    for act in ["acknowledge", "resolve", "snooze", "note", "contact"] {
        window.click(&id(&format!("problem-{act}")));
        inspection.look_at(&dialog);
        if act == "contact" {
            // What is missing is said in it.
            window.click(&id("act-submit"));
            inspection.look_at(&dialog);
        }
        escape(window, &dialog);
    }
    window.keys(ESCAPE);
    window.click(&id("problem-select"));
    inspection.look_at(&id("problems-selected"));

    window.click(&id("nav-subjects"));
    window.click(&format!("{} .body [role=\"row\"]", id("subjects-list")));
    window.find(&id("subject-pane"));
    let acts = "return [...document.querySelectorAll('[data-testid=\"subject-pane\"] .acts [data-testid]')].map((e) => e.dataset.testid)";
    let acts = window.run(acts, &[]);
    let acts = acts.as_array().expect("a list of names");
    assert!(!acts.is_empty(), "something can be done about a subject");
    for act in acts {
        window.click(&id(act.as_str().expect("a name")));
        inspection.look_at(&id("subject-act-dialog"));
        escape(window, &id("subject-act-dialog"));
    }
    window.keys(ESCAPE);
    window.click(&id("subjects-import"));
    inspection.look_at(&id("import-dialog"));
    escape(window, &id("import-dialog"));
    inspection.done();
}

#[test]
fn what_opens_over_a_view_is_without_fault() {
    let _turn = screen();
    let stage = Stage::new();
    let window = &stage.window;
    fill(&stage);
    let mut inspection = Inspection::of(window);
    for (button, opened) in [("bell", "bell-popup"), ("receiver-state", "receiver-popup")] {
        window.click(&id(button));
        inspection.look_at(&id(opened));
        escape(window, &id(opened));
    }
    window.chord(CONTROL, 'k');
    inspection.look_at(&id("palette"));
    window.keys("nothing is called that");
    inspection.look_at(&id("palette"));
    escape(window, &id("palette"));
    window.keys("?");
    inspection.look_at(&id("help"));
    escape(window, &id("help"));

    window.click(&id("nav-events"));
    window.click(&id("columns"));
    inspection.look_at(&id("columns-menu"));
    escape(window, &id("columns-menu"));
    window.click(&id("event-row"));
    window.find(&id("inspector"));
    window.click(&id("inspector-compare"));
    inspection.look_at(&id("compare"));
    escape(window, &id("compare"));
    window.keys(ESCAPE);

    // The search: what it proposes, a day to choose, something it does not know, something it keeps.
    window.click(&id("search-box"));
    window.find(&id("search-proposals"));
    inspection.look("the search's proposals");
    window.fill(&id("search-box"), "after:");
    window.text_where(&id("search-proposal"), |text| text.contains("Choose a day"));
    let last = "[...document.querySelectorAll('[data-testid=\"search-proposal\"]')].at(-1).click(); return true";
    window.run(last, &[]);
    window.find(&id("search-calendar"));
    inspection.look("a day to choose");
    window.click("h1");
    window.fill(&id("search-box"), "status:");
    window.keys(ENTER);
    inspection.look_at(&id("search-error"));
    window.keys(ESCAPE);
    window.fill(&id("search-box"), "is:error");
    window.keys(ENTER);
    window.find(&id("search-chip"));
    inspection.look("a search");
    window.click(&id("search-star"));
    inspection.look_at(&id("save-search"));
    window.fill(&id("save-search-name"), "What failed");
    window.click(&id("save-search-do"));
    eventually("the search to be saved", || (!window.has(&id("save-search"))).then_some(()));
    window.click(&id("search-star"));
    inspection.look_at(&id("saved-searches"));
    escape(window, &id("saved-searches"));

    window.click(&id("export-open"));
    window.fill(&id("export-path"), &stage.folder.beside("all.csv").display().to_string());
    inspection.look_at(&id("export-dialog"));
    window.click(&id("export-start"));
    window.find("[data-testid=\"export-state\"][data-state=\"done\"]");
    inspection.look_at(&id("export-dialog"));
    inspection.done();
}
