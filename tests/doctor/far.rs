//! What can be wrong on the far side, played by real servers: each has words and a next step of its own, and holds nobody up.
//!
//! No authority that this program believes issues certificates to a test, so that what is good about one is told where one is named (`proxy::checked`).

use std::io::{Read as _, Write as _};
use std::net::{TcpListener, TcpStream};
use std::sync::Arc;
use std::time::{Duration, Instant};

use rustls::pki_types::pem::PemObject as _;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::{ServerConfig, ServerConnection, StreamOwned};
use serde_json::{Value, json};

use super::{doctor, is, next};
use crate::harness::{Folder, NAME, Pair, Serve};

/// What the certificate's check leaves to the other one.
const OTHER_CHECK: &str = "The check of the way from the internet";

/// A folder with a webhook, and the receiver on it.
fn site() -> (Folder, Serve) {
    let folder = Folder::new();
    folder.add_signed("signed");
    let serve = folder.serve();
    (folder, serve)
}

/// The checkup with this public address. Its checks are made side by side, each for ten seconds at most: none was given up.
#[track_caller]
fn checked(folder: &Folder, public: &str) -> Vec<Value> {
    folder.set(&json!({ "public_address": public }));
    let began = Instant::now();
    let (ran, checks) = doctor(folder);
    let took = began.elapsed();
    assert_eq!(ran.code, Some(1), "something is wrong: {ran:?}");
    assert!(took < Duration::from_secs(20), "{public} took {took:?}");
    assert!(!ran.stdout.contains("no answer within"), "each check has words of its own: {}", ran.stdout);
    checks
}

#[track_caller]
fn are(checks: &[Value], path: [&str; 2], certificate: [&str; 2]) {
    is(checks, "path", "red", path[0]);
    let level = if certificate[1] == OTHER_CHECK { "amber" } else { "red" };
    is(checks, "certificate", level, certificate[0]);
    for (id, words) in [("path", path[1]), ("certificate", certificate[1])] {
        assert!(next(checks, id).contains(words), "{id}: {words}: {}", next(checks, id));
    }
}

/// A server that does this with each connection.
fn server(each: impl Fn(TcpStream) + Send + Clone + 'static) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    std::thread::spawn(move || {
        for stream in listener.incoming().flatten() {
            let each = each.clone();
            std::thread::spawn(move || each(stream));
        }
    });
    format!("https://localhost:{port}")
}

/// A server of somebody else, that answers everything with these words behind its own certificate.
fn stranger(head: &'static str, body: &'static str) -> String {
    let pair = Pair::alone(&["localhost"]);
    let certificate = CertificateDer::from_pem_slice(pair.certificate.as_bytes()).unwrap();
    let key = PrivateKeyDer::from_pem_slice(pair.key.as_bytes()).unwrap();
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let config = ServerConfig::builder_with_provider(provider).with_safe_default_protocol_versions().unwrap();
    let config = Arc::new(config.with_no_client_auth().with_single_cert(vec![certificate], key).unwrap());
    server(move |socket| {
        let mut stream = StreamOwned::new(ServerConnection::new(Arc::clone(&config)).unwrap(), socket);
        // Who does not believe the certificate breaks off.
        if stream.read(&mut [0; 8192]).is_ok_and(|length| length > 0) {
            let length = body.len();
            let _ = write!(stream, "HTTP/1.1 {head}\r\nContent-Length: {length}\r\nConnection: close\r\n\r\n{body}");
            stream.conn.send_close_notify();
            let _ = stream.flush();
        }
    })
}

#[test]
fn nobody_there_is_told_apart() {
    let (folder, _serve) = site();
    let closed = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    are(
        &checked(&folder, &format!("https://{closed}")),
        ["Nobody listens at", "Open https://127.0.0.1"],
        ["the connection was refused", OTHER_CHECK],
    );
    are(
        &checked(&folder, "https://nowhere.invalid"),
        ["is not known (DNS)", "spelled right"],
        ["no address is known by that name", OTHER_CHECK],
    );
    let plain = server(|mut stream| {
        let _ = stream.read(&mut [0; 4096]);
        let _ = stream.write_all(b"HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\nConnection: close\r\n\r\n");
    });
    are(
        &checked(&folder, &plain),
        ["no secure connection comes about", "The check of the certificate"],
        ["does not speak HTTPS", "Let IT serve HTTPS there"],
    );
}

#[test]
fn a_handshake_that_never_comes_to_its_end_is_given_up() {
    let (folder, _serve) = site();
    let silent = server(|mut stream| {
        let _ = stream.read_to_end(&mut Vec::new());
    });
    are(&checked(&folder, &silent), ["in time", "firewall"], ["nobody answered in time", OTHER_CHECK]);
    // The beginning of a record, and a byte of the rest now and then.
    let slow = server(|mut stream| {
        let mut record = [22, 3, 3, 64, 0].into_iter().chain(std::iter::repeat(2_u8));
        while record.next().is_some_and(|byte| stream.write_all(&[byte]).is_ok()) {
            std::thread::sleep(Duration::from_millis(300));
        }
    });
    are(&checked(&folder, &slow), ["in time", "firewall"], ["nobody answered in time", OTHER_CHECK]);
}

#[test]
fn each_fault_of_a_certificate_is_told_and_that_the_receiver_is_there_all_the_same() {
    let folder = Folder::new();
    folder.add_signed("signed");
    let authority = folder.authority();
    let alone = authority.pair(&["localhost"]);
    let length = alone.certificate.len() - authority.root().len();
    let alone = Pair { certificate: alone.certificate[..length].to_owned(), ..alone };
    for (pair, found, step) in [
        (authority.pair(&[NAME]), "is for hooks.example.org, not for localhost", "have one for this name"),
        (authority.pair_of(&["localhost"], [2001, 2002]), "ended on 1 January 2002", "renewed now"),
        (authority.pair_of(&["localhost"], [3000, 3001]), "good only from 1 January 3000 on", "clock is right"),
        (Pair::alone(&["localhost"]), "its own authority (self-signed)", "from a public authority"),
        (alone, "comes alone", "the whole chain"),
        (authority.pair(&["localhost"]), "only your own network knows", "from another network"),
    ] {
        let serve = folder.serve_tls(&pair, &[]);
        let checks = checked(&folder, &format!("https://localhost:{}", serve.address().port()));
        let there = "arrives at this very receiver, but nobody outside believes the certificate";
        are(&checks, [there, "The check of the certificate"], [found, step]);
        is(&checks, "proxy", "amber", "Bodies and headers arrive as they were sent");
        is(&checks, "handshake", "amber", "CentrePoint does not get that far");
        is(&checks, "signature", "green", "is accepted here");
    }
    assert_eq!(folder.events().len() + folder.list("rejections", &[]).len(), 0, "nothing is kept of it");
}

#[test]
fn whoever_answers_instead_is_told() {
    let (folder, _serve) = site();
    for (head, body, words, step) in [
        ("200 OK\r\nServer: lighttpd", "a router's page", "Somebody else answers", "where the address leads"),
        ("301 Moved\r\nLocation: https://other.example/", "", "sends on to “https://other.example/”", "the redirect"),
        ("502 Bad Gateway", "", "answers 502: it does not reach this computer", "whether the proxy or tunnel runs"),
        ("200 OK", r#"{"status": "ok"}"#, "A CentrePoint Monitor answers", "to an old computer"),
    ] {
        let checks = checked(&folder, &stranger(head, body));
        are(&checks, [words, step], ["self-signed", "from a public authority"]);
        is(&checks, "proxy", "amber", "no request gets here");
    }
    let (other, served) = (Folder::new(), Pair::alone(&["localhost"]));
    other.add_signed("signed");
    let serve = other.serve_tls(&served, &[]);
    let checks = checked(&folder, &format!("https://localhost:{}", serve.address().port()));
    is(&checks, "path", "red", "but not this one");
    assert!(other.list("rejections", &[]).is_empty(), "and nothing is kept there of having asked");
}
