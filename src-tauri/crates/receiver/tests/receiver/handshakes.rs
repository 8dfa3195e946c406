//! The validation handshake: echoed whoever sends it, kept where it is authentic.

use store::NotDurable;

use crate::site::{NOW, Site, basic, post, signature};

const BODY: &str = r#"{"WebhookId": "74", "ValidationCode": "from-the-body"}"#;
const EVENT: &str = "X-ActiGraph-Event: validation\r\n";
const CODE: &str = "X-ActiGraph-Hook-Secret: code-1\r\n";

#[tokio::test]
async fn an_authentic_handshake_is_kept_noted_and_echoed() {
    let site = Site::start().await;
    for (slug, credentials) in [("open", String::new()), ("basic", basic()), ("signed", signature(BODY))] {
        let answer = site.ask(post(&format!("/hooks/{slug}"), &format!("{EVENT}{CODE}{credentials}"), BODY)).await;
        assert_eq!((answer.status, answer.body.as_str()), (200, ""), "{slug}");
        assert_eq!(answer.header("X-ActiGraph-Hook-Secret"), Some("code-1"), "{slug}");
        assert_eq!(site.arrivals().pop().unwrap().body, BODY.as_bytes(), "{slug}");
        let (noted, handshake, ip, unsigned) = site.notebook.handshakes.lock().unwrap().pop().unwrap();
        assert_eq!((noted.as_str(), handshake.at, handshake.authenticated), (slug, NOW, true));
        assert_eq!(ip.to_string(), "127.0.0.1");
        assert_eq!(unsigned, None, "it is in the log, so not in the list of unsigned ones");
    }
    assert_eq!(site.arrivals().len(), 3);
}

#[tokio::test]
async fn one_without_credentials_is_echoed_but_only_listed() {
    let site = Site::start().await;
    let wrong = format!("{EVENT}{CODE}{}", signature("another body"));
    let none = format!("{EVENT}{CODE}");
    for (slug, headers) in
        [("signed", &none), ("signed", &wrong), ("basic", &none), ("tokens", &none), ("locked", &none)]
    {
        let answer = site.ask(post(&format!("/hooks/{slug}"), headers, BODY)).await;
        assert_eq!((answer.status, answer.header("x-actigraph-hook-secret")), (200, Some("code-1")), "{slug}");
        let (noted, handshake, _, unsigned) = site.notebook.handshakes.lock().unwrap().pop().unwrap();
        assert_eq!((noted.as_str(), handshake.at, handshake.authenticated), (slug, NOW, false));
        let (head, body) = unsigned.unwrap();
        assert!(String::from_utf8(head).unwrap().starts_with(&format!("POST /hooks/{slug} HTTP/1.1\r\n")));
        assert_eq!(body, BODY.as_bytes());
    }
    assert!(site.arrivals().is_empty(), "what nobody signed is not in the log");
    assert!(site.rejections().is_empty());
}

#[tokio::test]
async fn the_code_may_stand_in_the_body_alone() {
    let site = Site::start().await;
    let answer = site.ask(post("/hooks/open", "x-actigraph-event: Validation,\r\n", BODY)).await;
    assert_eq!((answer.status, answer.header("x-actigraph-hook-secret")), (200, Some("from-the-body")));
}

#[tokio::test]
async fn without_a_code_or_with_an_unsafe_one_it_is_400() {
    let site = Site::start().await;
    let long = format!(r#"{{"ValidationCode": "{}"}}"#, "a".repeat(257));
    for (body, code) in [
        ("{}", "handshake_code_missing"),
        ("", "handshake_code_missing"),
        (r#"{"ValidationCode": "a\r\nSet-Cookie: x=1"}"#, "handshake_code_unsafe"),
        (r#"{"ValidationCode": "ü"}"#, "handshake_code_unsafe"),
        (&long, "handshake_code_unsafe"),
    ] {
        let answer = site.ask(post("/hooks/open", EVENT, body)).await;
        assert_eq!((answer.status, answer.problem().as_str()), (400, "no-validation-code"), "{body}");
        assert_eq!(answer.header("set-cookie"), None, "nothing of the code gets into the head");
        let rejection = site.rejections().pop().unwrap();
        assert_eq!((rejection.status, rejection.code), (400, code), "{body}");
    }
    assert!(site.arrivals().is_empty());
}

#[tokio::test]
async fn it_is_echoed_only_after_it_is_on_disk() {
    let site = Site::start().await;
    *site.notebook.fault.lock().unwrap() = Some(NotDurable::Failed("disk full".into()));
    let answer = site.ask(post("/hooks/open", &format!("{EVENT}{CODE}"), BODY)).await;
    assert_eq!((answer.status, answer.header("x-actigraph-hook-secret")), (503, None));
    site.assert_nothing_kept();
}

#[tokio::test]
async fn a_disabled_webhook_does_not_answer_handshakes() {
    let site = Site::start().await;
    assert_eq!(site.ask(post("/hooks/off", &format!("{EVENT}{CODE}"), BODY)).await.status, 410);
}
