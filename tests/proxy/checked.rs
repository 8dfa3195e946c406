//! `doctor` behind a real Caddy: what is wrong with it is found by that check, and over once its advice was followed.

use serde_json::{Value, json};

use super::{Front, Kind, Site};
use crate::doctor::{NO_CLOCK, doctor, is, next};
use crate::harness::{Serve, eventually, json_lines};

/// The page's Caddy under a name that this computer knows, whose own authority nobody else does.
const NEAR: Front = Front { kind: Kind::Caddy, name: "localhost", edits: &[], proven: false };

/// Behind `front`, with its address as the public one.
fn site(front: Front) -> Site {
    // What another test's clean slate would be: nobody is trusted.
    let site = Site::new(front, &[], "vendor");
    site.folder.set(&json!({ "public_address": site.url("") }));
    site
}

#[track_caller]
fn checked(site: &Site, id: &str, level: &str, words: &str, step: &str) -> Vec<Value> {
    let (_, checks) = doctor(&site.folder);
    is(&checks, id, level, words);
    assert!(next(&checks, id).contains(step), "{step}: {}", next(&checks, id));
    checks
}

#[test]
fn a_proxy_that_is_not_trusted_is_red_and_green_once_it_is_and_a_receiver_that_is_gone_is_told() {
    let site = site(NEAR);
    let advice = "enter it in Settings, under General: Trusted proxies";
    let checks =
        checked(&site, "proxy", "red", "A proxy at 127.0.0.1 says whom it forwards for, but is not trusted", advice);
    is(&checks, "proxy", "red", "list of allowed addresses cannot work like this");
    is(&checks, "path", "red", "arrives at this very receiver, but nobody outside believes the certificate");
    is(&checks, "certificate", "red", "only your own network knows");
    is(&checks, "port", "green", "answers at");

    // As `--trusted-proxy` does at the next start.
    let Site { folder, serve, kind, name, port, _proxy: proxy } = site;
    let address = serve.address();
    assert!(serve.stop().0.success());
    let there = "The proxy or tunnel at https://localhost";
    let (_, checks) = doctor(&folder);
    is(&checks, "path", "red", there);
    is(&checks, "path", "red", "answers 502: it does not reach this computer");
    assert!(next(&checks, "path").starts_with("See whether CentrePoint Monitor runs."), "{checks:?}");
    is(&checks, "port", "red", "No receiver runs");
    let listen = address.to_string();
    let mut command = folder.command(&["serve", "--listen", &listen, "--trusted-proxy", "127.0.0.1"]);
    let serve = Serve::start(&folder, &mut command);
    let site = Site { kind, name, folder, serve, port, _proxy: proxy };
    eventually("Caddy to reach it", || site.curl("/healthz", &[]).stdout.starts_with("200").then_some(()));
    let checks = checked(&site, "proxy", "green", "The proxy at 127.0.0.1 is believed", "");
    is(&checks, "proxy", "green", "Bodies and headers arrive as they were sent");
    assert_eq!(site.folder.events().len() + site.folder.list("rejections", &[]).len(), 0, "nothing is kept of it");
}

#[test]
fn behind_a_proxy_whose_certificate_is_believed_everything_from_outside_is_green() {
    let site = Site::new(Front { proven: true, ..NEAR }, &["--trusted-proxy", "127.0.0.1"], "vendor");
    site.folder.set(&json!({ "public_address": site.url(""), "trusted_proxies": ["127.0.0.1"] }));
    let root = site.kind.root(&site.folder).display().to_string();
    let believing = |authority: &str| {
        let ran = site.folder.run(&[&["doctor", "--json", "--authority", authority][..], &NO_CLOCK].concat());
        (json_lines(&ran.stdout), ran)
    };
    let (checks, ran) = believing(&root);
    is(&checks, "path", "green", "arrives at this very receiver");
    is(&checks, "certificate", "green", "The certificate is good until");
    is(&checks, "certificate", "green", "CentrePoint believes public authorities alone");
    is(&checks, "proxy", "green", "Bodies and headers arrive as they were sent");
    for check in checks
        .iter()
        .filter(|check| ["handshake", "signature"].iter().any(|id| check["id"] == *id) && check["webhook"] == "signed")
    {
        assert_eq!(check["level"], "green", "{check}");
    }
    is(&checks, "handshake", "green", "also by the public address");
    assert_eq!(ran.code, Some(0), "nothing is wrong: {ran:?}");
    assert_eq!(site.folder.events().len() + site.folder.list("rejections", &[]).len(), 0, "nothing is kept of it");

    // The authority is believed for that check alone.
    let (_, checks) = doctor(&site.folder);
    is(&checks, "path", "red", "nobody outside believes the certificate");
    is(&checks, "certificate", "red", "only your own network knows");
    let key = site.folder.beside("key.pem").display().to_string();
    let (_, ran) = believing(&key);
    assert!(ran.bad().contains("there is a key in it and no certificate"));
}

#[test]
fn what_a_proxy_takes_away_or_changes_is_told() {
    const PASSES: &str = "reverse_proxy 127.0.0.1:8737 {\n";
    for (edits, id, words, step) in [
        (
            &[(PASSES, "reverse_proxy 127.0.0.1:8737 {\n\t\t\theader_up -X-ActiGraph-Signature\n")][..],
            "proxy",
            "takes headers away: X-ActiGraph-Signature",
            "all headers that begin with X-ActiGraph-",
        ),
        (
            &[(PASSES, "reverse_proxy 127.0.0.1:8737 {\n\t\t\theader_down -X-ActiGraph-Hook-Secret\n")],
            "handshake",
            "does not come back unchanged in X-ActiGraph-Hook-Secret",
            "in both directions",
        ),
        (
            &[("handle @ours {\n", "handle @ours {\n\t\trewrite * /in{uri}\n")],
            "path",
            "changes the path",
            "pass paths on as they are",
        ),
        (
            &[("handle @ours {\n", "handle @ours {\n\t\trequest_body {\n\t\t\tmax_size 10\n\t\t}\n")],
            "proxy",
            "a POST as CentrePoint sends it does not",
            "pass on POST requests for /hooks/",
        ),
    ] {
        let front = Front { edits, ..NEAR };
        let site = site(front);
        checked(&site, id, "red", words, step);
    }
}
