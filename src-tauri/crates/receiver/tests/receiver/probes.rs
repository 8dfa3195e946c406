//! Self tests: proven to whoever has the key, nothing to anybody else, and never kept.

use receiver::probe::{ANSWER, ASK, Key, Report};

use crate::site::{Answer, BODY, NOW, Site, basic, post, signature};

const HANDSHAKE: &str = "X-ActiGraph-Event: validation\r\nX-ActiGraph-Hook-Secret: code-1\r\n";

fn asking(key: &Key, nonce: &str) -> String {
    format!("{ASK}: {}\r\n", key.ask(nonce, NOW))
}

fn report(site: &Site, nonce: &str, answer: &Answer) -> Report {
    assert_eq!(answer.status, 200, "{answer:?}");
    let proof = answer.header(ANSWER).expect("it is proven");
    assert!(site.key.is_proven(nonce, answer.body.as_bytes(), proof.as_bytes()), "{answer:?}");
    serde_json::from_str(&answer.body).unwrap()
}

#[tokio::test]
async fn a_self_test_is_answered_on_any_path_and_kept_nowhere() {
    let site = Site::start().await;
    for (n, (method, path, slug)) in [
        ("GET", "/healthz", None),
        ("GET", "/hooks/signed", Some("signed")),
        ("GET", "/signed", None),
        ("POST", "/healthz", None),
        ("GET", "/hooks/nobody", None),
        ("POST", "/hooks/off/", Some("off")),
    ]
    .into_iter()
    .enumerate()
    {
        let nonce = format!("n-{n}");
        let request = format!("{method} {path} HTTP/1.1\r\nHost: receiver\r\n{}\r\n", asking(&site.key, &nonce));
        let told = report(&site, &nonce, &site.ask(request).await);
        assert_eq!((told.method.as_str(), told.path.as_str()), (method, path));
        assert_eq!(told.hook.as_ref().map(|hook| hook.slug.as_str()), slug);
        assert_eq!((told.peer, told.trusted), ("127.0.0.1".parse().unwrap(), false));
        assert_eq!(told.headers, ["Host", ASK]);
        assert_eq!(told.hook.is_none_or(|hook| hook.enabled), slug != Some("off"));
    }
    site.assert_nothing_kept();
    assert_eq!(*site.notebook.counts.lock().unwrap(), ["self_tests"; 6]);
}

#[tokio::test]
async fn it_tells_what_would_have_become_of_a_delivery() {
    let site = Site::start().await;
    let verdicts = [
        ("open", String::new(), "verified"),
        ("signed", signature(BODY), "verified"),
        ("signed", signature("another"), "refused"),
        ("signed", String::new(), "refused"),
        ("basic", basic(), "verified"),
        ("tokens", String::new(), "refused"),
        ("locked", signature(BODY), "cannot_tell"),
    ];
    for (n, (slug, credentials, verdict)) in verdicts.into_iter().enumerate() {
        let nonce = n.to_string();
        let headers = format!("{HANDSHAKE}{}{credentials}", asking(&site.key, &nonce));
        let answer = site.ask(post(&format!("/hooks/{slug}"), &headers, BODY)).await;
        assert_eq!(answer.header("X-ActiGraph-Hook-Secret"), Some("code-1"), "{slug}");
        let told = report(&site, &nonce, &answer);
        assert_eq!(told.hook.unwrap().verdict, verdict, "{slug}");
        let digest = centrepoint::BodyDigest::of(BODY.as_bytes());
        assert_eq!(told.body_sha256, digest.0.map(|byte| format!("{byte:02x}")).concat());
    }
    let headers = format!("X-Forwarded-For: 198.51.100.7\r\n{}", asking(&site.key, "allow"));
    let told = report(&site, "allow", &site.ask(post("/hooks/vendor", &headers, BODY)).await);
    assert_eq!(told.forwarded, ["198.51.100.7"]);
    assert!(!told.hook.unwrap().allowed, "it counts as from 127.0.0.1, which is not on the list");
    site.assert_nothing_kept();
}

#[tokio::test]
async fn whoever_has_another_key_is_answered_like_anybody() {
    let site = Site::start().await;
    let stranger = Key::fresh().unwrap();
    let overheard = asking(&site.key, "once");
    let question = |ask: &str, path: &str| format!("GET {path} HTTP/1.1\r\nHost: receiver\r\n{ask}\r\n");
    report(&site, "once", &site.ask(question(&overheard, "/healthz")).await);
    let without: Vec<Answer> = asked_everywhere(&site, "").await;
    for ask in [asking(&stranger, "n"), overheard, format!("{ASK}: x\r\n")] {
        assert_eq!(asked_everywhere(&site, &ask).await, without, "nothing tells that the header means anything");
    }
    let answer = site.ask(post("/hooks/signed", &asking(&stranger, "m"), BODY)).await;
    assert_eq!(answer.status, 401, "and it is checked like a delivery");
    assert_eq!(site.rejection().status, 401);
}

async fn asked_everywhere(site: &Site, ask: &str) -> Vec<Answer> {
    let mut answers = Vec::new();
    for path in ["/healthz", "/hooks/signed", "/nowhere"] {
        let mut answer = site.ask(format!("GET {path} HTTP/1.1\r\nHost: receiver\r\n{ask}\r\n")).await;
        answer.headers.retain(|(name, _)| !name.eq_ignore_ascii_case("date"));
        answers.push(answer);
    }
    answers
}

#[tokio::test]
async fn a_self_test_with_a_body_that_is_too_long_is_not_read() {
    let site = Site::start().await;
    let answer = site.ask(post("/hooks/signed", &asking(&site.key, "n"), &"x".repeat(17_000))).await;
    assert_eq!(answer.status, 413);
    site.assert_nothing_kept();
}
