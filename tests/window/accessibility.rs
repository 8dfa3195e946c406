//! What axe-core finds wrong with each view in the real web view, drawn: contrast included, in both themes. Beside it: what opens over the
//! views, the settings, the set-up. Practice is looked at where it is opened anyway.

mod opened;
mod settings;
mod setup;

use std::path::Path;
use std::thread::sleep;
use std::time::Duration;

use serde_json::{Value, json};

use super::{Stage, id};
use crate::harness::{PASSCODE, Post, Window, eventually, screen};

/// Asks axe for what is wrong with what is on the page now, or with a part of it. The page's policy runs no code of others: WebDriver does.
const FAULTS: &str = r#"
    const [rules, within] = arguments;
    return axe.run(within ? document.querySelector(within) : document, {
        runOnly: rules.length > 0
            ? { type: "rule", values: rules }
            : { type: "tag", values: ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"] },
        resultTypes: ["violations"],
    }).then(({ violations }) => violations.map((fault) =>
        `${fault.id} (${fault.impact}): ${fault.nodes.slice(0, 3).map((node) => node.html.slice(0, 160) + " — " + node.failureSummary).join(" | ")}`));
"#;

/// The themes, and which rules are asked for in each: the second changes nothing but colours.
const THEMES: [(&str, &[&str]); 2] = [("light", &[]), ("dark", &["color-contrast", "link-in-text-block"])];

/// Motion ends within 150 ms; a text that fades in has no contrast yet.
const SETTLED: Duration = Duration::from_millis(250);

/// Goes through a window with axe, and remembers what it finds.
pub(super) struct Inspection<'a> {
    window: &'a Window,
    faults: Vec<String>,
}

impl<'a> Inspection<'a> {
    /// Brings axe into the page.
    pub(super) fn of(window: &'a Window) -> Self {
        let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("../ui/node_modules/axe-core/axe.min.js");
        let axe = std::fs::read_to_string(&file)
            .unwrap_or_else(|e| panic!("{}: {e}; `make window` installs it", file.display()));
        assert_eq!(window.run(&format!("{axe}; return typeof axe.run;"), &[]), json!("function"));
        Self { window, faults: Vec::new() }
    }

    /// Looks at the whole page.
    pub(super) fn look(&mut self, what: &str) {
        self.look_within(what, None);
    }

    /// Waits for what opened over a page that was looked at before, and looks at that alone.
    pub(super) fn look_at(&mut self, css: &str) {
        self.window.find(css);
        self.look_within(css, Some(css));
    }

    fn look_within(&mut self, what: &str, css: Option<&str>) {
        for (theme, rules) in THEMES {
            // The page sets the theme of the settings whenever it hears of them: then it is looked at once more.
            let found = eventually(&format!("{what} to stay in the {theme} theme"), || {
                self.window.run("document.documentElement.dataset.theme = arguments[0]; return true", &[json!(theme)]);
                sleep(SETTLED);
                let found = self.window.run(FAULTS, &[json!(rules), json!(css)]);
                let shown = self.window.run("return document.documentElement.dataset.theme", &[]);
                (shown == json!(theme)).then_some(found)
            });
            let Value::Array(found) = found else { panic!("{what}: axe did not answer") };
            self.faults.extend(found.iter().map(|it| format!("{what}, {theme}: {}", it.as_str().unwrap_or_default())));
        }
    }

    /// Says what it found, if anything.
    pub(super) fn done(self) {
        let faults = self.faults;
        assert!(faults.is_empty(), "{} faults:\n{}", faults.len(), faults.join("\n"));
    }
}

/// Closes what is `css` by Escape, and waits until it has gone: while it goes, nothing behind it can be clicked.
pub(super) fn escape(window: &Window, css: &str) {
    window.keys(crate::harness::ESCAPE);
    eventually(&format!("{css} to close"), || (!window.has(css)).then_some(()));
    eventually("the page to be usable again", || {
        let held = window.run("return getComputedStyle(document.body).pointerEvents", &[]);
        (held != json!("none")).then_some(())
    });
}

/// Deliveries of each kind of fate, one that is no JSON, and one that is refused.
fn fill(stage: &Stage) {
    for (number, status) in ["completed", "error", "started", "error", "completed"].into_iter().enumerate() {
        let upload = format!("8504{number}");
        stage.keeps(&Post::upload("signed", &upload, &format!("00010{number}"), status).signed(PASSCODE));
    }
    stage.keeps(&Post::delivery("signed", "upload", "not JSON").signed(PASSCODE));
    assert_eq!(stage.window.post(&Post::upload("signed", "1", "2", "error")).status, 401);
    stage.window.text_where(&id("view-today"), |text| text.contains("000104"));
}

#[test]
fn every_view_is_without_fault_in_both_themes() {
    let _turn = screen();
    let stage = Stage::new();
    let window = &stage.window;
    fill(&stage);

    // The check checks: a text one hardly sees is found, whichever theme it is.
    let faint = "const text = document.body.appendChild(document.createElement('p')); text.textContent = 'faint'; text.id = 'faint'; \
        text.style.color = '#eee'; text.style.background = '#fff'; text.style.position = 'fixed'; text.style.top = '0'; return true";
    window.run(faint, &[]);
    let mut check = Inspection::of(window);
    check.look("a faint text");
    check.look_at("#faint");
    for found in ["a faint text, light", "a faint text, dark", "#faint, light", "#faint, dark"] {
        let of_contrast = format!("{found}: color-contrast");
        assert!(check.faults.iter().any(|fault| fault.starts_with(&of_contrast)), "{found}: {:?}", check.faults);
    }
    window.run("document.getElementById('faint').remove(); return true", &[]);

    let mut inspection = Inspection::of(window);
    for view in ["today", "problems", "uploads", "subjects", "events", "settings"] {
        window.click(&id(&format!("nav-{view}")));
        window.find(&id(&format!("view-{view}")));
        inspection.look(view);
    }
    for (view, row, pane) in [
        ("problems", id("problem-row"), "problem-pane"),
        ("uploads", format!("{} .body [role=\"row\"]", id("view-uploads")), "upload-pane"),
        ("subjects", format!("{} .body [role=\"row\"]", id("subjects-list")), "subject-pane"),
        ("events", id("event-row"), "inspector"),
    ] {
        window.click(&id(&format!("nav-{view}")));
        window.click(&row);
        window.find(&id(pane));
        inspection.look(pane);
    }
    for tab in ["json", "raw", "headers", "receipt"] {
        window.click(&id(&format!("inspector-tab-{tab}")));
        inspection.look_at(&id("inspector"));
    }
    inspection.done();
}
