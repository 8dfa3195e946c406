//! The answers table of the product, row by row; handshakes and limits have files of their own.

use centrepoint::{Authentication, BodyDigest};
use receiver::{Hooks, Limits};
use store::NotDurable;

use crate::site::{BODY, NOW, Site, basic, post, signature};

const VENDOR: &str = "X-ActiGraph-Webhook-Id: 27,\r\nX-ActiGraph-Event: upload\r\nX-ActiGraph-Delivery: d-1\r\n";

#[tokio::test]
async fn an_unknown_path_is_404_and_counted() {
    let site = Site::start().await;
    let paths =
        ["/", "/hooks", "/hooks/", "/hooks/nobody", "/hooks/open/more", "/hooks/open//", "/HOOKS/open", "/hooks/OPEN"];
    for path in paths {
        let answer = site.ask(post(path, "", BODY)).await;
        assert_eq!((answer.status, answer.problem().as_str()), (404, "not-found"), "{path}");
    }
    assert_eq!(*site.notebook.counts.lock().unwrap(), vec!["not_found"; paths.len()]);
    site.assert_nothing_kept();
}

#[tokio::test]
async fn a_removed_webhook_is_404_from_the_next_request_on() {
    let site = Site::start().await;
    let mut client = site.connect().await;
    assert_eq!(client.ask(post("/hooks/open", "", BODY)).await.status, 200);
    site.hooks.send_replace(Hooks::default());
    assert_eq!(
        client.ask(post("/hooks/open", "", BODY)).await.status,
        404,
        "also on a connection that was open already"
    );
}

#[tokio::test]
async fn anything_but_post_is_405_and_counted() {
    let site = Site::start().await;
    for method in ["GET", "PUT", "DELETE", "OPTIONS", "PATCH", "BREW"] {
        let answer = site.ask(format!("{method} /hooks/off HTTP/1.1\r\nHost: a\r\n\r\n")).await;
        assert_eq!((answer.status, answer.header("allow")), (405, Some("POST")), "{method}");
        assert_eq!(answer.problem(), "method-not-allowed", "{method}");
    }
    let mut client = site.connect().await;
    client.send("HEAD /hooks/open HTTP/1.1\r\nHost: a\r\n\r\n").await;
    assert_eq!(client.answer_to_head().await.status, 405);
    assert_eq!(*site.notebook.counts.lock().unwrap(), ["method_not_allowed"; 7]);
    site.assert_nothing_kept();
}

#[tokio::test]
async fn a_disabled_webhook_is_410() {
    let site = Site::start().await;
    let answer = site.ask(post("/hooks/off", &(signature(BODY) + VENDOR), BODY)).await;
    assert_eq!((answer.status, answer.problem().as_str()), (410, "disabled"));
    let rejection = site.rejection();
    assert_eq!((rejection.status, rejection.code, rejection.size), (410, "disabled", 16));
    assert_eq!(rejection.webhook.as_str(), "off");
    assert_eq!(rejection.delivery_id.as_deref(), Some("d-1"));
    assert_eq!(rejection.event.as_deref(), Some("upload"));
    assert_eq!(rejection.received_at, NOW);
    assert_eq!(rejection.source_ip.to_string(), "127.0.0.1");
    assert_eq!(rejection.body, b"", "the body was not read");
    assert!(site.arrivals().is_empty());
}

#[tokio::test]
async fn a_source_that_is_not_allowed_is_403_before_its_body() {
    let site = Site::start().await;
    let mut client = site.connect().await;
    let answer = client
        .ask("POST /hooks/vendor HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\nContent-Length: 2000000\r\n\r\n")
        .await;
    assert_eq!((answer.status, answer.problem().as_str()), (403, "not-allowed"), "before 413, and before any continue");
    assert!(!answer.body.contains("127.0.0.1"), "a constant text: {}", answer.body);
    let rejection = site.rejection();
    assert_eq!((rejection.status, rejection.code, rejection.size), (403, "source_not_allowed", 2_000_000));
    assert!(rejection.reason.starts_with("127.0.0.1 is not on the webhook's list"), "{}", rejection.reason);
    assert!(rejection.reason.contains("proxy or a tunnel"), "and what to do about it: {}", rejection.reason);
    assert_eq!(rejection.body, b"");

    let validation = "X-ActiGraph-Event: validation\r\nX-ActiGraph-Hook-Secret: c\r\n";
    assert_eq!(site.ask(post("/hooks/vendor", validation, "{}")).await.status, 403, "handshakes too");
    assert_eq!(site.ask(post("/hooks/near", "", BODY)).await.status, 200);
    assert_eq!(site.arrivals().len(), 1);
}

#[tokio::test]
async fn an_authentic_json_object_is_200_with_nothing_in_it_and_kept() {
    let site = Site::start().await;
    for (slug, credentials, authentication) in [
        ("open", String::new(), Authentication::None),
        ("basic", basic(), Authentication::Basic),
        ("signed", signature(BODY), Authentication::Hmac),
    ] {
        let answer = site.ask(post(&format!("/hooks/{slug}"), &(credentials + VENDOR), BODY)).await;
        assert_eq!((answer.status, answer.body.as_str()), (200, ""), "{slug}");
        assert_eq!(answer.header("content-length"), Some("0"), "{slug}");
        let arrival = site.arrivals().pop().unwrap();
        assert_eq!(arrival.webhook.as_str(), slug);
        assert_eq!(arrival.authentication, authentication);
        assert_eq!(arrival.body, BODY.as_bytes());
        assert_eq!(arrival.body_sha256, BodyDigest::of(BODY.as_bytes()));
        assert_eq!(arrival.received_at, NOW);
        assert_eq!(arrival.source_ip.to_string(), "127.0.0.1");
    }
    assert_eq!(site.arrivals().len(), 3);
    assert!(site.rejections().is_empty());
}

#[tokio::test]
async fn a_query_and_one_slash_at_the_end_lead_to_the_same_webhook() {
    let site = Site::start().await;
    for path in ["/hooks/open", "/hooks/open/", "/hooks/open?a=b", "/hooks/open/?", "http://somewhere/hooks/open"] {
        assert_eq!(site.ask(post(path, "", BODY)).await.status, 200, "{path}");
    }
}

#[tokio::test]
async fn wrong_or_missing_signatures_are_401_and_the_reason_is_kept() {
    let site = Site::start().await;
    let right = signature(BODY);
    let another = signature("{}");
    for (headers, code) in [
        (String::new(), "signature_missing"),
        (basic(), "signature_missing"),
        (another.clone(), "signature_differs"),
        (format!("{right}{right}"), "signature_malformed"),
        (format!("{right}{another}"), "signature_malformed"),
        ("X-ActiGraph-Signature: sha1=9bd2c8\r\n".to_owned(), "signature_malformed"),
        ("X-ActiGraph-Signature:\r\n".to_owned(), "signature_missing"),
    ] {
        let answer = site.ask(post("/hooks/signed", &headers, BODY)).await;
        assert_eq!((answer.status, answer.problem().as_str()), (401, "not-authenticated"), "{headers}");
        assert_eq!(answer.header("www-authenticate"), None, "there is no scheme for it: {headers}");
        let rejection = site.rejections().pop().unwrap();
        assert_eq!((rejection.status, rejection.code), (401, code), "{headers}");
        assert_eq!((rejection.body.as_slice(), rejection.size), (BODY.as_bytes(), 16), "{headers}");
    }
    let differs = site.rejections().into_iter().find(|rejection| rejection.code == "signature_differs").unwrap();
    assert_eq!(differs.reason, "signature differs: is the secret the one in the portal?");
    assert!(site.arrivals().is_empty());
}

#[tokio::test]
async fn strangers_read_the_same_whatever_is_wrong_with_a_signature() {
    let site = Site::start().await;
    let missing = site.ask(post("/hooks/signed", "", BODY)).await;
    let differs = site.ask(post("/hooks/signed", &signature("{}"), BODY)).await;
    assert_eq!(missing.body, differs.body);
}

#[tokio::test]
async fn basic_asks_for_its_scheme_and_keeps_no_password() {
    let site = Site::start().await;
    let wrong = "Authorization: Basic Y29vcmRpbmF0b3I6d3Jvbmc=\r\n";
    for (headers, code) in [
        (String::new(), "credentials_missing"),
        (wrong.to_owned(), "credentials_differ"),
        (format!("{}{wrong}", basic()), "credentials_malformed"),
    ] {
        let answer = site.ask(post("/hooks/basic", &headers, BODY)).await;
        assert_eq!(answer.status, 401, "{headers}");
        assert!(answer.header("www-authenticate").unwrap().starts_with("Basic realm="), "{headers}");
        let rejection = site.rejections().pop().unwrap();
        assert_eq!(rejection.code, code, "{headers}");
        let head = String::from_utf8(rejection.head).unwrap();
        assert!(!head.contains("Y29vcmRpbmF0b3I6"), "masked: {head}");
    }
}

#[tokio::test]
async fn an_unreadable_secret_is_503_and_nothing_is_kept() {
    let site = Site::start().await;
    for slug in ["locked", "muddle"] {
        let answer = site.ask(post(&format!("/hooks/{slug}"), &signature(BODY), BODY)).await;
        assert_eq!((answer.status, answer.problem().as_str()), (503, "cannot-check"), "{slug}");
        assert!(!answer.body.contains("keychain"), "strangers do not learn why: {}", answer.body);
    }
    site.assert_nothing_kept();
    assert_eq!(*site.notebook.later.lock().unwrap(), ["secret_unreadable"; 2], "and monitoring is told");
}

#[tokio::test]
async fn authentic_but_not_an_object_is_kept() {
    let site = Site::start().await;
    let deep = "[".repeat(100_000);
    for body in ["", "not json", "[1,2]", "\"text\"", "{\"cut", &deep] {
        let answer = site.ask(post("/hooks/signed", &signature(body), body)).await;
        assert_eq!(answer.status, 200, "{body:.20}");
        assert_eq!(site.arrivals().pop().unwrap().body, body.as_bytes());
    }
    assert!(site.rejections().is_empty());
}

#[tokio::test]
async fn without_authentication_only_an_object_is_accepted() {
    let site = Site::start().await;
    for body in ["", "not json", "[1,2]"] {
        let answer = site.ask(post("/hooks/open", "", body)).await;
        assert_eq!((answer.status, answer.problem().as_str()), (400, "not-an-object"), "{body}");
        let rejection = site.rejections().pop().unwrap();
        assert_eq!(
            (rejection.code, rejection.body.as_slice()),
            ("not_an_object", body.as_bytes()),
            "the whole body is kept"
        );
    }
    assert!(site.arrivals().is_empty());
    assert_eq!(site.ask(post("/hooks/open", "", "\u{feff}{}")).await.status, 200, "a BOM is fine");
    assert_eq!(site.arrivals().pop().unwrap().body, "\u{feff}{}".as_bytes(), "and stays");
}

#[tokio::test]
async fn what_cannot_be_made_durable_is_503_until_it_can() {
    let site = Site::start().await;
    for fault in [NotDurable::QueueFull, NotDurable::Failed("database or disk is full".into()), NotDurable::Closed] {
        *site.notebook.fault.lock().unwrap() = Some(fault);
        let answer = site.ask(post("/hooks/open", "", BODY)).await;
        assert_eq!((answer.status, answer.problem().as_str()), (503, "cannot-keep"));
        assert_eq!(answer.header("retry-after"), Some("5"));
        assert!(!answer.body.contains("disk"), "strangers do not learn why: {}", answer.body);
    }
    site.assert_nothing_kept();
    *site.notebook.fault.lock().unwrap() = None;
    assert_eq!(site.ask(post("/hooks/open", "", BODY)).await.status, 200);
}

#[tokio::test]
async fn no_word_from_the_log_in_time_is_503() {
    let durable = std::time::Duration::from_millis(50);
    let site = Site::with(Limits { durable, ..Limits::default() }).await;
    site.close_gate();
    let answer = site.ask(post("/hooks/open", "", BODY)).await;
    assert_eq!((answer.status, answer.header("retry-after")), (503, Some("5")));
    assert_eq!(*site.notebook.later.lock().unwrap(), ["not_durable"], "and monitoring is told");
    let open = || site.notebook.connections.lock().unwrap().clone();
    assert_eq!(open(), [0, 1], "and how many connections there are");
}

#[tokio::test]
async fn the_health_check_says_one_word() {
    let site = Site::start().await;
    let well = site.ask("GET /healthz HTTP/1.1\r\nHost: a\r\n\r\n").await;
    assert_eq!((well.status, well.body.as_str()), (200, r#"{"status": "ok"}"#));
    assert_eq!(well.header("content-type"), Some("application/json"));
    let mut client = site.connect().await;
    client.send("HEAD /healthz HTTP/1.1\r\nHost: a\r\n\r\n").await;
    assert_eq!(client.answer_to_head().await.status, 200);
    let posted = client.ask(post("/healthz", "", BODY)).await;
    assert_eq!((posted.status, posted.header("allow")), (405, Some("GET, HEAD")));

    *site.notebook.fault.lock().unwrap() = Some(NotDurable::Failed("database or disk is full".into()));
    let ill = site.ask("GET /healthz HTTP/1.1\r\nHost: a\r\n\r\n").await;
    assert_eq!((ill.status, ill.body.as_str()), (503, r#"{"status": "unavailable"}"#));
    site.assert_nothing_kept();
}
