//! Payloads come from strangers: nothing in them runs, and the page could not run it.

use serde_json::json;

use super::{Stage, id};
use crate::harness::{PASSCODE, Post, screen};

const PAYLOAD: &str = "\"><img src=x onerror=\"window.__pwned=1;alert(1)\"><script>window.__pwned=1;alert(1)</script><svg onload=alert(1)>{{7*7}}";

#[test]
fn a_script_in_a_payload_is_a_text() {
    let _turn = screen();
    let stage = Stage::new();
    let window = &stage.window;
    let body = json!({
        "uploadId": PAYLOAD, "studyId": PAYLOAD, "subjectId": PAYLOAD, "status": "error", "message": PAYLOAD, PAYLOAD: PAYLOAD,
    });
    let post = Post::delivery("signed", "upload", body.to_string())
        .with("X-ActiGraph-Delivery", PAYLOAD)
        .header("X-Note", PAYLOAD)
        .signed(PASSCODE);
    stage.keeps(&post);
    stage.keeps(&Post::delivery("signed", PAYLOAD, body.to_string()).signed(PASSCODE));
    for view in ["today", "problems", "uploads", "subjects"] {
        window.click(&id(&format!("nav-{view}")));
        window.text_where(&id(&format!("view-{view}")), |text| text.contains("onerror") || view == "subjects");
    }
    window.click(&id("nav-problems"));
    window.click(&id("problem-row"));
    window.text_where(&id("problem-pane"), |text| text.contains("onerror"));
    window.click(&id("nav-events"));
    window.click(&id("event-row"));
    for tab in ["summary", "json", "raw", "headers", "receipt"] {
        window.click(&id(&format!("inspector-tab-{tab}")));
        window.find(&id("inspector"));
    }
    assert_eq!(window.alert(), None, "no dialog opened");
    assert_eq!(window.run("return window.__pwned === undefined", &[]), json!(true), "and nothing ran");
    let images = window.run("return document.querySelectorAll('img[src=\"x\"]').length", &[]);
    assert_eq!(images, json!(0), "the payload made no elements");
}

/// One a line; each tries another way to become code.
const CORPUS: &str = include_str!("../fixtures/injections.txt");

/// The five kinds of events, with the payload in every field a person ever sees, as value and as name.
fn events_full_of(text: &str) -> Vec<(&'static str, serde_json::Value)> {
    let about = json!({
        "study_id": text, "site_id": text, "subject_id": text, "subject_identifier": text, "monitor_serial": text,
        "error_message": text, "created_at_utc": text, "min_event_timestamp": text, "max_event_timestamp": text, text: { text: [text] },
    });
    let with = |more: serde_json::Value| {
        let mut event = about.clone();
        for (name, value) in more.as_object().expect("an object stands below") {
            event[name] = value.clone();
        }
        event
    };
    vec![
        ("upload", json!({ "uploadId": text, "studyId": text, "subjectId": text, "status": "started", text: text })),
        ("upload", json!({ "uploadId": text, "studyId": text, "subjectId": text, "status": "error", "message": text })),
        (
            "upload",
            json!({
                "uploadId": format!("{text} again"), "studyId": text, "subjectId": text, "status": "completed",
                "firstEpochUTC": text, "firstEpochSubjectTZ": text, "lastEpochUTC": text, "lastEpochSubjectTZ": text,
            }),
        ),
        ("upload", json!({ "uploadId": text, "studyId": text, "subjectId": text, "status": text })),
        ("raw_processing_complete", with(json!({ "status": "Error" }))),
        (
            "data_retrieval_complete",
            with(json!({ "request_status": text, "tracking_id": text, "files": [{ "file_name": text }] })),
        ),
        (
            "daily_statistics_complete",
            json!({
                "studyId": text, "siteId": text, "subjectId": text, "subjectIdentifier": text, "date": text,
                "activityMonitorSerials": [text], "epochAggregation": { "wearMinutes": text },
            }),
        ),
        (
            "cp2_daily_statistics_complete",
            json!({ "studyId": text, "subjectId": text, "date": text, "wearMinutes": text }),
        ),
    ]
}

#[test]
fn no_field_of_any_event_becomes_code() {
    let _turn = screen();
    let stage = Stage::new();
    let window = &stage.window;
    let mut sent = 0;
    for text in CORPUS.lines() {
        for (event, body) in events_full_of(text) {
            stage.keeps(&Post::delivery("signed", event, body.to_string()).header("X-Note", text).signed(PASSCODE));
            sent += 1;
        }
        // As a name of an event, in the headers, and in a body that is no JSON.
        let named = Post::delivery("signed", text, "{}").with("X-ActiGraph-Delivery", text);
        stage.keeps(&named.with("X-ActiGraph-Webhook-Id", text).signed(PASSCODE));
        stage.keeps(&Post::delivery("signed", "upload", text).signed(PASSCODE));
        // And in a refusal.
        let refused = window.post(&Post::delivery("signed", text, text).with("X-ActiGraph-Signature", text));
        assert_eq!(refused.status, 401);
        sent += 2;
    }
    assert!(sent >= 150, "the corpus is there: {sent}");
    for view in ["today", "problems", "uploads", "subjects", "events"] {
        window.click(&id(&format!("nav-{view}")));
        window.text_where(&id(&format!("view-{view}")), |text| text.contains("__pwned"));
    }
    window.click(&id("nav-problems"));
    window.click(&id("problem-row"));
    let mut read = String::new();
    for row in 0..12 {
        let click = "document.querySelectorAll(arguments[0])[arguments[1]]?.click(); return true";
        window.run(click, &[json!(id("problem-row")), json!(row)]);
        window.find(&id("problem-pane"));
        std::thread::sleep(std::time::Duration::from_millis(200));
        read.push_str(&window.text(&id("problem-pane")));
    }
    assert!(read.contains("__pwned"), "the panes show what came: {read}");
    window.press("\u{e00c}");
    window.click(&id("nav-events"));
    window.click(&id("event-row"));
    for _ in 0..12 {
        for tab in ["summary", "json", "raw", "headers", "receipt"] {
            window.click(&id(&format!("inspector-tab-{tab}")));
            window.find(&id("inspector"));
        }
        window.press("j");
    }
    window.click(&id("nav-settings"));
    assert_eq!(window.alert(), None, "no dialog opened");
    assert_eq!(window.run("return window.__pwned === undefined", &[]), json!(true), "and nothing ran");
    let made = "return document.querySelectorAll('img[src=\"x\"], iframe, base, animate, a[href^=\"javascript:\"], form[action]').length";
    assert_eq!(window.run(made, &[]), json!(0), "the payload made no elements");
    let polluted = window.run("return ({}).polluted === undefined && Object.keys(Object.prototype).length === 0", &[]);
    assert_eq!(polluted, json!(true));
}

#[test]
fn the_content_policy_blocks_eval_and_inline_code() {
    let _turn = screen();
    let stage = Stage::new();
    let window = &stage.window;
    window.find(&id("receiver-state"));
    let script = r"
        const script = document.createElement('script');
        script.textContent = 'window.__inline = 1';
        document.body.append(script);
        const button = document.createElement('button');
        button.setAttribute('onclick', 'window.__handler = 1');
        document.body.append(button);
        button.click();
        const timer = document.createElement('script');
        timer.src = 'data:text/javascript,window.__data=1';
        document.body.append(timer);
        return true";
    window.run(script, &[]);
    // Asked by the page's own code, which the policy holds for; what WebDriver itself runs is beyond it.
    let meta = window.run(
        "return fetch(location.href).then((r) => r.headers.get('content-security-policy') ?? '').catch(String)",
        &[],
    );
    let policy = meta.as_str().unwrap_or_default().to_owned();
    assert!(!policy.contains("unsafe-inline") && !policy.contains("unsafe-eval"), "{policy}");
    for name in ["__inline", "__handler", "__data"] {
        let there = window.run("return window[arguments[0]] !== undefined", &[json!(name)]);
        assert_eq!(there, json!(false), "{name}: code that is not the program's own does not run");
    }
    let eval = window.run("try { return String((0, eval)('1 + 1')) } catch (e) { return e.name }", &[]);
    assert_eq!(eval, json!("EvalError"));
    let function = window.run("try { return String(new Function('return 2')()) } catch (e) { return e.name }", &[]);
    assert_eq!(function, json!("EvalError"));
}

#[test]
fn what_every_object_has_cannot_be_changed_and_libraries_live_with_it() {
    let _turn = screen();
    let stage = Stage::new();
    let script = "
        const tries = {
            changed: () => { 'use strict'; Object.prototype.toString = () => 'pwned'; },
            added: () => { 'use strict'; Object.prototype.pwned = 1; },
            poisoned: () => { 'use strict'; ({}).__proto__.pwned = 1; },
        };
        const stopped = Object.values(tries).map((attempt) => { try { attempt(); return false; } catch { return true; } });
        const own = Object.create({});
        own.constructor = own.toString = () => 'mine';
        return [...stopped, Object.isFrozen(Object.prototype), `${{}}`, `${own}`, Object.keys(own).join(), ({}).pwned ?? null];";
    let found = stage.window.run(script, &[]);
    assert_eq!(
        found,
        json!([true, true, true, true, "[object Object]", "mine", "toString,constructor", null]),
        "Object.prototype is frozen, and objects may still have members of its names"
    );
}

#[test]
fn the_page_reaches_no_network() {
    let _turn = screen();
    let stage = Stage::new();
    let url = format!("http://{}/healthz", stage.window.address());
    stage.window.find(&id("receiver-state"));
    let answer = stage.window.run(
        "return fetch(arguments[0], { mode: 'no-cors' }).then(() => 'reached').catch((e) => e.name)",
        &[json!(url)],
    );
    assert_eq!(answer, json!("TypeError"), "the window talks to the program alone");
}
