//! What axe-core finds wrong with each view in the real web view, drawn: contrast included, in both themes.

use std::path::Path;

use serde_json::{Value, json};

use super::{Stage, id};
use crate::harness::{PASSCODE, Post, screen};

/// Asks axe for what is wrong with what is on the page now. The page's policy runs no code of others: WebDriver does.
const FAULTS: &str = r#"
    return axe.run(document, {
        runOnly: { type: "tag", values: ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"] },
        resultTypes: ["violations"],
    }).then(({ violations }) => violations.map((fault) =>
        `${fault.id} (${fault.impact}): ${fault.nodes.slice(0, 3).map((node) => node.html.slice(0, 160) + " — " + node.failureSummary).join(" | ")}`));
"#;

fn axe() -> String {
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("../ui/node_modules/axe-core/axe.min.js");
    std::fs::read_to_string(&file).unwrap_or_else(|e| panic!("{}: {e}; `make window` installs it", file.display()))
}

/// Checks what is on the page.
fn check(stage: &Stage, what: &str, faults: &mut Vec<String>) {
    // Motion ends within 150 ms; a text that fades in has no contrast yet.
    std::thread::sleep(std::time::Duration::from_millis(400));
    let Value::Array(found) = stage.window.run(FAULTS, &[]) else { panic!("{what}: axe did not answer") };
    faults.extend(found.iter().map(|fault| format!("{what}: {}", fault.as_str().unwrap_or_default())));
}

#[test]
fn every_view_is_without_fault_in_both_themes() {
    let _turn = screen();
    let stage = Stage::new();
    let window = &stage.window;
    for (number, status) in ["completed", "error", "started", "error", "completed"].into_iter().enumerate() {
        let upload = format!("8504{number}");
        stage.keeps(&Post::upload("signed", &upload, &format!("00010{number}"), status).signed(PASSCODE));
    }
    stage.keeps(&Post::delivery("signed", "upload", "not JSON").signed(PASSCODE));
    assert_eq!(window.post(&Post::upload("signed", "1", "2", "error")).status, 401);
    window.text_where(&id("view-today"), |text| text.contains("000104"));
    assert_eq!(window.run(&format!("{}; return typeof axe.run;", axe()), &[]), json!("function"));

    // The check checks: a text one hardly sees is found.
    let faint = "const text = document.body.appendChild(document.createElement('p')); text.textContent = 'faint'; text.id = 'faint'; \
        text.style.color = '#eee'; text.style.background = '#fff'; text.style.position = 'fixed'; text.style.top = '0'; return true";
    window.run(faint, &[]);
    let mut faults = Vec::new();
    check(&stage, "a faint text", &mut faults);
    assert!(faults.iter().any(|fault| fault.contains("color-contrast")), "{faults:?}");
    window.run("document.getElementById('faint').remove(); return true", &[]);

    let mut faults = Vec::new();
    for theme in ["light", "dark"] {
        window.run("document.documentElement.dataset.theme = arguments[0]; return true", &[json!(theme)]);
        for view in ["today", "problems", "uploads", "subjects", "events", "settings"] {
            window.click(&id(&format!("nav-{view}")));
            window.find(&id(&format!("view-{view}")));
            check(&stage, &format!("{view}, {theme}"), &mut faults);
            let shown = window.run("return document.documentElement.dataset.theme", &[]);
            assert_eq!(shown, json!(theme), "{view} was looked at in the theme it says");
        }
        window.click(&id("nav-problems"));
        window.click(&id("problem-row"));
        window.find(&id("problem-pane"));
        check(&stage, &format!("a problem, {theme}"), &mut faults);
        window.press("\u{e00c}");
        window.click(&id("nav-events"));
        window.click(&id("event-row"));
        for tab in ["summary", "json", "raw", "headers", "receipt"] {
            window.click(&id(&format!("inspector-tab-{tab}")));
            check(&stage, &format!("an event's {tab}, {theme}"), &mut faults);
        }
        window.press("\u{e00c}");
        window.click(&id("export-open"));
        window.find(&id("export-path"));
        check(&stage, &format!("the export, {theme}"), &mut faults);
        window.press("\u{e00c}");
    }
    assert!(faults.is_empty(), "{} faults:\n{}", faults.len(), faults.join("\n"));
}
