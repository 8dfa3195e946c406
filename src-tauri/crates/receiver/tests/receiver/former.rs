//! Two secrets valid at once, while one is being replaced.

use std::sync::Arc;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use centrepoint::authentication::sign;
use centrepoint::token::encoded;
use centrepoint::{Credentials, Secret};
use receiver::{Former, Hook, Hooks};
use store::Mark;

use crate::site::{BODY, CLIENT, NOW, PASSCODE, Site, client, hooks, post};

const FORM: &str = "Content-Type: application/x-www-form-urlencoded\r\n";
const END: i64 = NOW + 60_000_000;

/// Every webhook with these former credentials, until [`END`].
fn with_former(slug: &str, credentials: Result<Credentials, Arc<str>>) -> Hooks {
    changed(slug, |hook| {
        hook.secret_version = 2;
        hook.former = Some(Former { credentials, version: 1, until: END });
    })
}

fn changed(slug: &str, change: impl FnOnce(&mut Hook)) -> Hooks {
    let mut all = (*hooks().0).clone();
    change(all.get_mut(slug).unwrap());
    Hooks(Arc::new(all))
}

fn hmac(passcode: &str) -> Credentials {
    Credentials::Hmac { passcode: Secret::new(passcode) }
}

fn at(site: &Site, microsecond: i64) {
    site.clock.set(jiff::Timestamp::from_microsecond(microsecond).unwrap());
}

async fn signed(site: &Site, slug: &str, passcode: &str) -> u16 {
    let signature = format!("X-ActiGraph-Signature: {}\r\n", sign(&Secret::new(passcode), BODY.as_bytes()));
    site.ask(post(&format!("/hooks/{slug}"), &signature, BODY)).await.status
}

fn marks(site: &Site) -> Vec<Mark> {
    site.arrivals().iter().map(|arrival| arrival.mark).collect()
}

#[tokio::test]
async fn both_secrets_sign_until_the_old_one_ends() {
    let site = Site::start().await;
    site.hooks.send_replace(with_former("signed", Ok(hmac("old"))));
    assert_eq!(signed(&site, "signed", "old").await, 200);
    assert_eq!(signed(&site, "signed", PASSCODE).await, 200);
    assert_eq!(signed(&site, "signed", "neither").await, 401);
    assert_eq!(marks(&site), [Mark::Former, Mark::Plain], "the history tells which it was");
    at(&site, END - 1);
    assert_eq!(signed(&site, "signed", "old").await, 200);
    at(&site, END);
    assert_eq!(signed(&site, "signed", "old").await, 401, "by the clock alone: nothing has to notice first");
    assert_eq!(signed(&site, "signed", PASSCODE).await, 200);
}

#[tokio::test]
async fn one_that_cannot_be_read_is_503_only_where_the_other_does_not_fit() {
    let site = Site::start().await;
    site.hooks.send_replace(with_former("signed", Err("the keychain is locked".into())));
    assert_eq!(signed(&site, "signed", PASSCODE).await, 200);
    assert_eq!(signed(&site, "signed", "old").await, 503, "it may have fitted: the sender tries again");
    at(&site, END);
    assert_eq!(signed(&site, "signed", "old").await, 401, "it would not count any more");

    at(&site, NOW);
    site.hooks.send_replace(with_former("locked", Ok(hmac("old"))));
    assert_eq!(signed(&site, "locked", "old").await, 200);
    assert_eq!(signed(&site, "locked", PASSCODE).await, 503);
}

#[tokio::test]
async fn former_credentials_of_another_kind_open_nothing() {
    let site = Site::start().await;
    site.hooks.send_replace(with_former("signed", Ok(Credentials::None)));
    assert_eq!(site.ask(post("/hooks/signed", "", BODY)).await.status, 503);
    assert!(site.arrivals().is_empty());
}

#[tokio::test]
async fn a_former_user_goes_with_the_former_password_alone() {
    let site = Site::start().await;
    let old = Credentials::Basic { username: "before".to_owned(), password: Secret::new("old") };
    site.hooks.send_replace(with_former("basic", Ok(old)));
    for (pair, status) in
        [("before:old", 200), ("coordinator:pass:word", 200), ("before:pass:word", 401), ("coordinator:old", 401)]
    {
        let header = format!("Authorization: Basic {}\r\n", STANDARD.encode(pair));
        assert_eq!(site.ask(post("/hooks/basic", &header, BODY)).await.status, status, "{pair}");
    }
}

async fn token(site: &Site, slug: &str, secret: &str) -> Option<(String, u64)> {
    let escaped = |text: &str| String::from_utf8(encoded(text.as_bytes()).expose().to_vec()).unwrap();
    let body =
        format!("grant_type=client_credentials&client_id={}&client_secret={}", escaped(CLIENT.0), escaped(secret));
    let answer = site.ask(post(&format!("/hooks/{slug}/token"), FORM, &body)).await;
    let json: serde_json::Value = serde_json::from_str(&answer.body).unwrap();
    (answer.status == 200)
        .then(|| (json["access_token"].as_str().unwrap().to_owned(), json["expires_in"].as_u64().unwrap()))
}

async fn bearer(site: &Site, token: &str) -> u16 {
    site.ask(post("/hooks/tokens", &format!("Authorization: Bearer {token}\r\n"), BODY)).await.status
}

#[tokio::test]
async fn tokens_of_the_former_client_live_as_long_as_it() {
    let site = Site::start().await;
    let (before, _) = token(&site, "tokens", CLIENT.1).await.unwrap();
    // What was the present client is the former one now.
    site.hooks.send_replace(changed("tokens", |hook| {
        hook.credentials = Ok(client("new"));
        hook.secret_version = 2;
        hook.former = Some(Former { credentials: Ok(client(CLIENT.1)), version: 1, until: END });
    }));
    let (old, old_lifetime) = token(&site, "tokens", CLIENT.1).await.unwrap();
    let (new, new_lifetime) = token(&site, "tokens", "new").await.unwrap();
    assert_eq!((old_lifetime, new_lifetime), (60, 3_600), "the client is told how long it has");
    assert_eq!(token(&site, "tokens", "neither").await, None);
    for (token, mark) in [(&before, Mark::Former), (&old, Mark::Former), (&new, Mark::Plain)] {
        assert_eq!(bearer(&site, token).await, 200);
        assert_eq!(site.arrivals().pop().unwrap().mark, mark);
    }
    at(&site, END);
    assert_eq!(token(&site, "tokens", CLIENT.1).await, None);
    assert_eq!((bearer(&site, &before).await, bearer(&site, &old).await, bearer(&site, &new).await), (401, 401, 200));

    at(&site, NOW);
    site.hooks.send_replace(changed("tokens", |hook| {
        hook.credentials = Ok(client("new"));
        hook.secret_version = 2;
    }));
    assert_eq!((bearer(&site, &old).await, bearer(&site, &new).await), (401, 200), "ended by a person");
}

#[tokio::test]
async fn a_token_of_the_client_that_cannot_be_read_is_503() {
    let site = Site::start().await;
    site.hooks.send_replace(with_former("tokens", Err("the keychain is locked".into())));
    assert!(token(&site, "tokens", CLIENT.1).await.is_some());
    assert_eq!(token(&site, "tokens", "old").await, None);
    assert!(site.rejections().is_empty(), "it was not refused: it could not be checked");
    site.hooks.send_replace(with_former("tokens-locked", Ok(client("old"))));
    assert!(token(&site, "tokens-locked", "old").await.is_some());
    assert_eq!(token(&site, "tokens-locked", CLIENT.1).await, None);
    assert!(site.rejections().is_empty());
}

#[tokio::test]
async fn a_handshake_by_the_old_secret_is_kept_but_validates_nothing() {
    let site = Site::start().await;
    site.hooks.send_replace(with_former("signed", Ok(hmac("old"))));
    let code = "X-ActiGraph-Event: validation\r\nX-ActiGraph-Hook-Secret: code-1\r\n";
    for (passcode, validated) in [("old", 0), (PASSCODE, 1)] {
        let signature = sign(&Secret::new(passcode), b"{}");
        let answer =
            site.ask(post("/hooks/signed", &format!("{code}X-ActiGraph-Signature: {signature}\r\n"), "{}")).await;
        assert_eq!((answer.status, answer.header("x-actigraph-hook-secret")), (200, Some("code-1")));
        assert_eq!(site.notebook.handshakes.lock().unwrap().len(), validated);
    }
    assert_eq!(marks(&site), [Mark::Former, Mark::Plain]);
}

/// What a secret may be at one time, by the answer its signature gets.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kept {
    Absent,
    Readable,
    Locked,
}

/// Every combination: accepted exactly when some secret fits, 503 exactly when none fits and one that counts cannot be read.
#[tokio::test]
async fn every_combination_is_answered_by_the_rule() {
    let kept = |kept: Kept, passcode: &str| match kept {
        Kept::Absent => None,
        Kept::Readable => Some(Ok(hmac(passcode))),
        Kept::Locked => Some(Err("the keychain is locked".into())),
    };
    let site = Site::start().await;
    for present in [Kept::Readable, Kept::Locked] {
        for former in [Kept::Absent, Kept::Readable, Kept::Locked] {
            site.hooks.send_replace(changed("signed", |hook| {
                hook.credentials = kept(present, "new").unwrap();
                hook.former = kept(former, "old").map(|credentials| Former { credentials, version: 1, until: END });
            }));
            for (now, former) in [(NOW, former), (END, Kept::Absent)] {
                at(&site, now);
                for sent in ["new", "old", "neither"] {
                    let fits =
                        (sent == "new" && present == Kept::Readable) || (sent == "old" && former == Kept::Readable);
                    let locked = present == Kept::Locked || former == Kept::Locked;
                    let expected = if fits {
                        200
                    } else if locked {
                        503
                    } else {
                        401
                    };
                    let what = format!("{sent}, present {present:?}, former {former:?}");
                    assert_eq!(signed(&site, "signed", sent).await, expected, "{what}");
                }
            }
        }
    }
}
