//! OAuth2: tokens asked for, given, used, run out, and worth nothing once anything changed.

use std::collections::HashMap;
use std::sync::Arc;

use centrepoint::token::encoded;
use centrepoint::{Authentication, Credentials, Secret};
use receiver::{Hook, Hooks, Limits};

use crate::site::{Answer, BODY, CLIENT, NOW, Site, client, hooks, post};

const FORM: &str = "Content-Type: application/x-www-form-urlencoded\r\n";
const GRANT: &str = "grant_type=client_credentials";

fn escaped(text: &str) -> String {
    String::from_utf8(encoded(text.as_bytes()).expose().to_vec()).unwrap()
}

/// Client credentials in the body.
fn in_body(secret: &str) -> String {
    format!("{GRANT}&client_id={}&client_secret={}", escaped(CLIENT.0), escaped(secret))
}

/// Client credentials in the header.
fn in_header(secret: &str) -> String {
    use base64::Engine as _;
    let pair = format!("{}:{}", escaped(CLIENT.0), escaped(secret));
    format!("Authorization: Basic {}\r\n", base64::engine::general_purpose::STANDARD.encode(pair))
}

async fn ask(site: &Site, slug: &str, headers: &str, body: &str) -> Answer {
    site.ask(post(&format!("/hooks/{slug}/token"), &format!("{FORM}{headers}"), body)).await
}

fn json(answer: &Answer) -> serde_json::Value {
    assert_eq!(answer.header("content-type"), Some("application/json"), "{answer:?}");
    assert_eq!(answer.header("cache-control"), Some("no-store"), "{answer:?}");
    assert_eq!(answer.header("pragma"), Some("no-cache"), "{answer:?}");
    serde_json::from_str(&answer.body).unwrap()
}

/// A fresh token of `slug`.
async fn token(site: &Site, slug: &str) -> String {
    let answer = ask(site, slug, "", &in_body(CLIENT.1)).await;
    assert_eq!(answer.status, 200, "{answer:?}");
    json(&answer)["access_token"].as_str().unwrap().to_owned()
}

async fn deliver(site: &Site, slug: &str, token: &str) -> Answer {
    site.ask(post(&format!("/hooks/{slug}"), &format!("Authorization: Bearer {token}\r\n"), BODY)).await
}

type Change = fn(&mut Hook);

/// The same webhooks with `tokens` changed.
fn changed(change: impl FnOnce(&mut Hook)) -> Hooks {
    let mut all: HashMap<String, Hook> = hooks().0.as_ref().clone();
    change(all.get_mut("tokens").unwrap());
    Hooks(Arc::new(all))
}

#[tokio::test]
async fn a_client_gets_a_token_by_header_or_body_and_delivers_with_it() {
    let site = Site::start().await;
    for (headers, body) in [(String::new(), in_body(CLIENT.1)), (in_header(CLIENT.1), GRANT.to_owned())] {
        let answer = ask(&site, "tokens", &headers, &body).await;
        assert_eq!(answer.status, 200, "{answer:?}");
        let given = json(&answer);
        assert_eq!((&given["token_type"], &given["expires_in"]), (&"Bearer".into(), &3600.into()));
        assert_eq!(given.get("scope"), None, "none was asked for");
        let delivered = deliver(&site, "tokens", given["access_token"].as_str().unwrap()).await;
        assert_eq!((delivered.status, delivered.body.as_str()), (200, ""));
    }
    let scoped = ask(&site, "tokens", "", &format!("{}&scope=CentrePoint+b", in_body(CLIENT.1))).await;
    assert_eq!(json(&scoped)["scope"], "CentrePoint b");
    assert_eq!(ask(&site, "tokens", "", &in_body(CLIENT.1)).await.status, 200);
    let slash = site.ask(post("/hooks/tokens/token/", FORM, &in_body(CLIENT.1))).await;
    assert_eq!(slash.status, 200, "people paste");
    assert_eq!(site.arrivals().len(), 2);
    assert!(site.arrivals().iter().all(|arrival| arrival.authentication == Authentication::OAuth2));
    assert_eq!(*site.notebook.counts.lock().unwrap(), ["tokens_given"; 5]);
    assert!(site.rejections().is_empty());
}

#[tokio::test]
async fn refusals_are_those_of_the_rfc_and_nothing_of_them_is_kept_but_the_reason() {
    let site = Site::start().await;
    let good = in_body(CLIENT.1);
    let (header, wrong) = (in_header(CLIENT.1), in_header("wrong"));
    let id = format!("client_id={}", escaped(CLIENT.0));
    for (headers, body, status, error, code) in [
        ("", in_body("wrong"), 401, "invalid_client", "token_client_refused"),
        (wrong.as_str(), GRANT.to_owned(), 401, "invalid_client", "token_client_refused"),
        ("", GRANT.to_owned(), 401, "invalid_client", "token_client_refused"),
        ("Authorization: Bearer x\r\n", GRANT.to_owned(), 401, "invalid_client", "token_client_refused"),
        (&header, good.clone(), 400, "invalid_request", "token_request_invalid"),
        ("", format!("{good}&{id}"), 400, "invalid_request", "token_request_invalid"),
        ("", "a=%".to_owned(), 400, "invalid_request", "token_request_invalid"),
        (&header, "scope=a".to_owned(), 400, "invalid_request", "token_request_invalid"),
        (&header, "grant_type=password".to_owned(), 400, "unsupported_grant_type", "token_grant_unsupported"),
        ("", format!("{good}&scope=a%22"), 400, "invalid_scope", "token_scope_invalid"),
    ] {
        let answer = ask(&site, "tokens", headers, &body).await;
        let told = json(&answer);
        assert_eq!((answer.status, &told["error"]), (status, &error.into()), "{headers}{body}");
        assert!(told["error_description"].is_string());
        assert_eq!(told.as_object().unwrap().len(), 2, "{told}");
        let challenge = answer.header("www-authenticate");
        assert_eq!(challenge.is_some_and(|text| text.starts_with("Basic ")), status == 401, "{answer:?}");
        let rejection = site.rejections().pop().unwrap();
        assert_eq!((rejection.status, rejection.code), (status, code), "{headers}{body}");
        assert_eq!((rejection.body.as_slice(), rejection.size), (&b""[..], i64::try_from(body.len()).unwrap()));
        let head = String::from_utf8(rejection.head).unwrap();
        assert!(!headers.contains("Basic") || head.contains("Authorization: Basic ***"), "{head}");
    }
    let json_body = site.ask(post("/hooks/tokens/token", "Content-Type: application/json\r\n", BODY)).await;
    assert_eq!((json_body.status, &json(&json_body)["error"]), (400, &"invalid_request".into()));
    assert!(site.rejections().pop().unwrap().reason.contains("token address"), "a coordinator learns what it is");
    assert!(site.arrivals().is_empty());
}

#[tokio::test]
async fn the_way_to_the_token_endpoint_is_that_of_a_delivery() {
    let site = Site::start().await;
    for slug in ["open", "basic", "signed", "nobody"] {
        let answer = ask(&site, slug, "", &in_body(CLIENT.1)).await;
        assert_eq!(answer.problem(), "not-found", "{slug} has no token endpoint");
    }
    let got = site.ask("GET /hooks/tokens/token HTTP/1.1\r\nHost: a\r\n\r\n").await;
    assert_eq!((got.status, got.header("allow")), (405, Some("POST")));
    assert_eq!(ask(&site, "tokens-off", "", &in_body(CLIENT.1)).await.problem(), "disabled");
    let locked = ask(&site, "tokens-locked", "", &in_body(CLIENT.1)).await;
    assert_eq!((locked.status, locked.header("retry-after")), (503, Some("5")));
    assert_eq!(deliver(&site, "tokens-locked", "x").await.status, 503, "and so are its deliveries");
    let long = ask(&site, "tokens", "", &"x".repeat(16 * 1024 + 1)).await;
    assert_eq!(long.problem(), "too-large");
    assert_eq!(ask(&site, "tokens", "", &"x".repeat(16 * 1024)).await.status, 401, "as long as allowed");
}

#[tokio::test]
async fn a_slow_token_request_is_ended() {
    let body = std::time::Duration::from_millis(50);
    let site = Site::with(Limits { body, ..Limits::default() }).await;
    let slow =
        site.ask(format!("POST /hooks/tokens/token HTTP/1.1\r\nHost: a\r\n{FORM}Content-Length: 9\r\n\r\nx")).await;
    assert_eq!(slow.problem(), "body-timeout");
}

#[tokio::test]
async fn a_delivery_without_a_good_token_is_401_and_says_what_is_wanted() {
    let site = Site::start().await;
    let good = token(&site, "tokens").await;
    let plain = r#"Bearer realm="CentrePoint Monitor""#;
    for (headers, code) in [
        (String::new(), "token_missing"),
        (in_header(CLIENT.1), "token_missing"),
        ("Authorization: Bearer whatever\r\n".to_owned(), "token_unknown"),
        (format!("Authorization: Bearer {}\r\n", escaped(CLIENT.1)), "token_malformed"),
        ("Authorization: Bearer\r\n".to_owned(), "token_malformed"),
        (format!("Authorization: Bearer {good}x\r\n"), "token_unknown"),
        (format!("Authorization: Bearer {good}\r\nAuthorization: Bearer {good}\r\n"), "token_malformed"),
    ] {
        let answer = site.ask(post("/hooks/tokens", &headers, BODY)).await;
        assert_eq!((answer.status, answer.problem().as_str()), (401, "not-authenticated"), "{headers}");
        let challenge = answer.header("www-authenticate").unwrap();
        if code == "token_missing" {
            assert_eq!(challenge, plain, "no error where no token was (RFC 6750, 3.1)");
        } else {
            assert!(challenge.starts_with(plain) && challenge.contains(r#"error="invalid_token""#), "{challenge}");
        }
        assert_eq!(site.rejections().pop().unwrap().code, code, "{headers}");
    }
    assert!(site.arrivals().is_empty(), "a webhook with authentication never accepts everything");
    assert_eq!(deliver(&site, "tokens", &good).await.status, 200, "wrong ones lock nobody out");
}

#[tokio::test]
async fn a_token_is_of_one_webhook_alone() {
    let site = Site::start().await;
    let mine = token(&site, "tokens").await;
    assert_eq!(deliver(&site, "others", &mine).await.status, 401, "though the client is the same");
    for slug in ["basic", "signed"] {
        assert_eq!(deliver(&site, slug, &mine).await.status, 401, "{slug}");
    }
    assert!(site.arrivals().is_empty());
}

#[tokio::test]
async fn a_token_runs_out() {
    let site = Site::start().await;
    let given = token(&site, "tokens").await;
    let at = |seconds: i64| jiff::Timestamp::from_microsecond(NOW + seconds * 1_000_000).unwrap();
    site.clock.set(at(3_599));
    assert_eq!(deliver(&site, "tokens", &given).await.status, 200);
    site.clock.set(at(3_600));
    assert_eq!(deliver(&site, "tokens", &given).await.status, 401);
    assert_eq!(site.rejection().code, "token_expired");
}

#[tokio::test]
async fn no_token_outlives_a_change_of_its_client() {
    let site = Site::start().await;
    let given = token(&site, "tokens").await;
    let changes: [(&str, Change); 4] = [
        ("another secret", |hook| hook.credentials = Ok(client("another"))),
        ("the same secret set anew", |hook| hook.secret_version += 1),
        ("another client id", |hook| {
            let client_secret = Secret::new(CLIENT.1);
            hook.credentials = Ok(Credentials::OAuth2 { client_id: "another".to_owned(), client_secret });
        }),
        ("another authentication", |hook| {
            hook.authentication = Authentication::Hmac;
            hook.credentials = Ok(Credentials::Hmac { passcode: Secret::new(CLIENT.1) });
        }),
    ];
    for (what, change) in changes {
        site.hooks.send_replace(changed(change));
        assert_eq!(deliver(&site, "tokens", &given).await.status, 401, "{what}");
    }
    site.hooks.send_replace(changed(|hook| hook.enabled = false));
    assert_eq!(deliver(&site, "tokens", &given).await.status, 410);
    site.hooks.send_replace(hooks());
    assert_eq!(deliver(&site, "tokens", &given).await.status, 200, "being switched off and on is no such change");
}

#[tokio::test]
async fn handshakes_are_answered_as_everywhere() {
    let site = Site::start().await;
    let code = "X-ActiGraph-Event: validation\r\nX-ActiGraph-Hook-Secret: code-1\r\n";
    let bearer = format!("{code}Authorization: Bearer {}\r\n", token(&site, "tokens").await);
    for (headers, signed) in [(code.to_owned(), false), (bearer, true)] {
        let answer = site.ask(post("/hooks/tokens", &headers, "{}")).await;
        assert_eq!((answer.status, answer.header("x-actigraph-hook-secret")), (200, Some("code-1")));
        assert_eq!(site.notebook.handshakes.lock().unwrap().last().unwrap().1.authenticated, signed);
    }
}

#[tokio::test]
async fn what_was_sent_to_the_wrong_address_leaves_no_secret_behind() {
    let site = Site::start().await;
    let form = in_body(CLIENT.1);
    let secret = escaped(CLIENT.1);
    let query = format!("/hooks/tokens/token?{form}");
    for (path, headers, body) in [
        ("/hooks/tokens", FORM, form.as_str()),
        ("/hooks/open", FORM, &form),
        (query.as_str(), FORM, GRANT),
        (&format!("/hooks/tokens?access_token={secret}"), "", BODY),
        (
            &format!("/hooks/tokens?client_secret={secret}"),
            "X-ActiGraph-Event: validation\r\nX-ActiGraph-Hook-Secret: code\r\n",
            &form,
        ),
    ] {
        site.ask(post(path, headers, body)).await;
        let rejection = site.rejections().pop().unwrap();
        let kept = String::from_utf8([rejection.head, rejection.body].concat()).unwrap();
        assert!(!kept.contains(&secret), "{path}: {kept}");
        assert!(path == "/hooks/tokens" || kept.starts_with("POST /hooks/"), "its address stays: {kept}");
    }
    let handshake = site.notebook.handshakes.lock().unwrap().pop().unwrap();
    let (head, body) = handshake.3.unwrap();
    assert!(!String::from_utf8([head, body].concat()).unwrap().contains(&secret), "nor in what was not signed");
}
