//! OAuth2 from outside: a webhook is set up, its client fetches tokens and delivers with them, and every change ends them.

use crate::harness::{CLIENT_ID, CLIENT_SECRET, Folder, Post, Serve, eventually, ran};

/// A fresh token, where one is given. A webhook that is no OAuth2 one (yet) has no such address.
fn token(serve: &Serve, slug: &str, secret: &str) -> Option<String> {
    let answer = serve.post(&Post::token_request(slug, CLIENT_ID, secret));
    if answer.status == 404 {
        return None;
    }
    assert_eq!(answer.header("Cache-Control"), Some("no-store"), "{answer:?}");
    assert_eq!(answer.header("Content-Type"), Some("application/json"), "{answer:?}");
    (answer.status == 200).then(|| answer.json()["access_token"].as_str().expect("it is a text").to_owned())
}

fn upload(slug: &str, id: &str) -> Post {
    Post::upload(slug, id, "2", "error")
}

#[test]
fn a_webhook_is_set_up_its_client_fetches_a_token_and_delivers_with_it() {
    let folder = Folder::new();
    let added = folder.add_tokens("tokens");
    assert!(added.contains("/hooks/tokens/token"), "it says where tokens are fetched: {added}");
    let row = &folder.list("webhook", &["list"])[0];
    assert!(row["token_url"].as_str().is_some_and(|url| url.ends_with("/hooks/tokens/token")), "{row}");

    let serve = folder.serve();
    assert!(!serve.stderr().contains("later version"), "{}", serve.stderr());
    let header = Post::token_form("tokens", "grant_type=client_credentials&scope=CentrePoint");
    let given = serve.post(&header.basic("centre+point%3A15", "s%2Be%25c%3Ar%3Dt%26w%C3%B6rd")).json();
    assert_eq!((&given["token_type"], &given["expires_in"]), (&"Bearer".into(), &3600.into()));
    assert_eq!(given["scope"], "CentrePoint");
    let good = upload("tokens", "1").bearer(given["access_token"].as_str().unwrap());
    assert_eq!(serve.post(&good).status, 200);
    assert_eq!(folder.events()[0]["authentication"], "oauth2");
    assert_eq!(serve.post(&Post::handshake("tokens", "code")).header("X-ActiGraph-Hook-Secret"), Some("code"));

    let refused = serve.post(&upload("tokens", "2").bearer("made-up"));
    assert_eq!(refused.status, 401);
    assert!(refused.header("WWW-Authenticate").is_some_and(|text| text.contains(r#"error="invalid_token""#)));
    let missing = serve.post(&upload("tokens", "3"));
    assert_eq!(missing.header("WWW-Authenticate"), Some(r#"Bearer realm="CentrePoint Monitor""#));
    assert_eq!(token(&serve, "tokens", "not the secret"), None);
    let reasons = folder.rejections(3).iter().map(|row| row["reason"].to_string()).collect::<String>();
    for reason in ["access token is not known", "no access token", "client id or client secret differ"] {
        assert!(reasons.contains(reason), "a coordinator reads why: {reasons}");
    }
    assert_eq!(folder.events().len(), 1);
}

#[test]
fn a_token_of_one_webhook_is_none_at_another_nor_after_a_restart() {
    let folder = Folder::new();
    folder.add_tokens("north");
    folder.add_tokens("south");
    let serve = folder.serve();
    let north = token(&serve, "north", CLIENT_SECRET).unwrap();
    assert_eq!(serve.post(&upload("south", "1").bearer(&north)).status, 401);
    assert_eq!(serve.post(&upload("north", "1").bearer(&north)).status, 200);
    serve.stop();
    let serve = folder.serve();
    assert_eq!(serve.post(&upload("north", "2").bearer(&north)).status, 401);
    let fresh = token(&serve, "north", CLIENT_SECRET).unwrap();
    assert_eq!(serve.post(&upload("north", "2").bearer(&fresh)).status, 200);
}

#[test]
fn no_token_outlives_a_change_of_client_or_authentication() {
    let folder = Folder::new();
    folder.add_tokens("tokens");
    let serve = folder.serve();
    let gone = |what: &str, old: &str| {
        eventually(&format!("{what} to end the tokens"), || {
            (serve.post(&upload("tokens", "1").bearer(old)).status == 401).then_some(())
        });
    };
    let old = token(&serve, "tokens", CLIENT_SECRET).unwrap();
    assert_eq!(serve.post(&upload("tokens", "1").bearer(&old)).status, 200);
    folder.run(&["webhook", "edit", "tokens", "--client-id", "someone", "--keep-old-hours", "0"]).good();
    gone("another client id", &old);
    folder.run(&["webhook", "edit", "tokens", "--client-id", CLIENT_ID]).good();
    let old = eventually("the client to be known again", || token(&serve, "tokens", CLIENT_SECRET));
    folder.run_with(&["webhook", "edit", "tokens", "--auth", "hmac", "--secret-stdin"], b"passcode").good();
    gone("another authentication", &old);
    let back = ["webhook", "edit", "tokens", "--auth", "oauth2", "--client-id", CLIENT_ID, "--secret-stdin"];
    folder.run_with(&back, CLIENT_SECRET.as_bytes()).good();
    eventually("the client to be known again", || token(&serve, "tokens", CLIENT_SECRET));
    assert_eq!(serve.post(&upload("tokens", "1").bearer(&old)).status, 401, "though everything is as it was");
}

#[test]
fn tokens_are_not_given_over_plain_http_to_other_computers() {
    let folder = Folder::new();
    folder.add_tokens("tokens");
    let refused = ran(&mut folder.command(&["serve", "--listen", "0.0.0.0:0"]), b"").bad();
    assert!(refused.contains("unencrypted"), "{refused}");
}
