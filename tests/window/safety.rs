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
