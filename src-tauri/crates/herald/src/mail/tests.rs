use std::io::{BufRead as _, BufReader, Read, Write};
use std::net::TcpListener;
use std::sync::Arc;
use std::thread::JoinHandle;

use lettre::transport::smtp::client::Certificate;
use rustls::pki_types::{PrivateKeyDer, PrivatePkcs8KeyDer};
use rustls::{ServerConfig, ServerConnection, StreamOwned};

use super::*;

/// What the server says at each step; the first word that fits what the client says is answered with its line. `!` hangs up.
type Script = &'static [(&'static str, &'static str)];

const FINE: Script = &[
    ("EHLO", "250-mail.test\r\n250 AUTH PLAIN LOGIN"),
    ("AUTH", "235 2.7.0 welcome"),
    ("MAIL", "250 ok"),
    ("RCPT", "250 ok"),
    ("DATA", "354 go on"),
    (".", "250 2.0.0 queued as 4711"),
    ("QUIT", "221 bye"),
];

/// A mail server for one conversation: its port, and what it was told.
fn server(script: Vec<(&'static str, &'static str)>) -> (u16, JoinHandle<Vec<String>>) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    let served = std::thread::spawn(move || {
        let stream = listener.accept().unwrap().0;
        let mut heard = Vec::new();
        let _ = greeted(stream, &script, &mut heard);
        heard
    });
    (port, served)
}

fn greeted(mut stream: impl Read + Write, script: &[(&str, &str)], heard: &mut Vec<String>) -> std::io::Result<()> {
    stream.write_all(b"220 mail.test ESMTP\r\n")?;
    converse(&mut stream, script, heard)
}

fn converse(stream: &mut (impl Read + Write), script: &[(&str, &str)], heard: &mut Vec<String>) -> std::io::Result<()> {
    let mut stream = BufReader::new(stream);
    let mut in_letter = false;
    loop {
        let mut line = String::new();
        if stream.read_line(&mut line)? == 0 {
            return Ok(());
        }
        let line = line.trim_end().to_owned();
        heard.push(line.clone());
        if in_letter && line != "." {
            continue;
        }
        let answer = script.iter().find(|(word, _)| line.starts_with(word)).map_or("502 no", |(_, answer)| *answer);
        if answer == "!" {
            return Ok(());
        }
        in_letter = answer.starts_with("354");
        stream.get_mut().write_all(format!("{answer}\r\n").as_bytes())?;
        stream.get_mut().flush()?;
        if line == "STARTTLS" {
            return Ok(());
        }
    }
}

fn with(changes: Script) -> Vec<(&'static str, &'static str)> {
    changes.iter().chain(FINE).copied().collect()
}

fn mail(port: u16, security: Security) -> Mail {
    Mail {
        host: "127.0.0.1".to_owned(),
        port,
        security,
        credentials: Some(("ann".to_owned(), Secret::new(b"hunter2".to_vec()))),
        from: "Monitor <monitor@example.org>".to_owned(),
        to: vec!["ann@example.org".to_owned(), "it@example.org".to_owned()],
    }
}

fn message() -> Message {
    Message { subject: "2 problems\r\nBcc: x@y.z".to_owned(), text: "Café\n.\nend".to_owned() }
}

#[test]
fn it_signs_in_sends_to_all_and_tells_what_the_server_said() {
    let (port, served) = server(with(&[]));
    assert_eq!(mail(port, Security::None).send(&message()).unwrap(), "250 2.0.0 queued as 4711");
    let heard = served.join().unwrap();
    let has = |text: &str| heard.iter().any(|line| line.contains(text));
    for part in
        ["AUTH PLAIN", "MAIL FROM:<monitor@example.org>", "RCPT TO:<ann@example.org>", "RCPT TO:<it@example.org>"]
    {
        assert!(has(part), "{part}: {heard:?}");
    }
    assert!(has("Subject: 2 problems Bcc: x@y.z"), "a line end makes no header: {heard:?}");
    assert!(!heard.iter().any(|line| line.starts_with("Bcc")), "{heard:?}");
}

#[test]
fn what_the_server_refuses_is_told_in_its_words_without_the_password() {
    for (changes, said) in [
        (&[("AUTH", "535 5.7.8 hunter2 is wrong")][..], "5.7.8 … is wrong"),
        (&[("RCPT", "450 4.2.1 try later")], "4.2.1 try later"),
        (&[(".", "554 5.7.1 spam")], "5.7.1 spam"),
        (&[("MAIL", "421 closing")], "closing"),
        (&[("DATA", "!")], ""),
        (&[("EHLO", "!")], ""),
    ] {
        let (port, served) = server(with(changes));
        let trouble = mail(port, Security::None).send(&message()).unwrap_err();
        served.join().unwrap();
        let Trouble::NotTaken { said: told, after: None } = &trouble else { panic!("{trouble:?}") };
        assert!(told.contains(said) && !told.contains("hunter2"), "{told}");
    }
    let nobody = mail(1, Security::None).send(&message()).unwrap_err();
    assert!(matches!(nobody, Trouble::NotTaken { .. }));
}

#[test]
fn a_server_without_starttls_gets_neither_password_nor_message() {
    let (port, served) = server(with(&[]));
    mail(port, Security::StartTls).send(&message()).unwrap_err();
    let heard = served.join().unwrap();
    assert!(!heard.iter().any(|line| line.starts_with("AUTH") || line.starts_with("MAIL")), "{heard:?}");
}

#[test]
fn what_cannot_be_right_is_said_before_anything_is_sent() {
    let good = mail(25, Security::None);
    good.check().unwrap();
    for (field, wrong) in [
        ("mail_host", Mail { host: String::new(), ..good.clone() }),
        ("mail_host", Mail { host: "a b".to_owned(), ..good.clone() }),
        ("mail_port", Mail { port: 0, ..good.clone() }),
        ("mail_security", Mail { host: "mail.example.org".to_owned(), ..good.clone() }),
        ("mail_from", Mail { from: "ann".to_owned(), ..good.clone() }),
        ("mail_to", Mail { to: Vec::new(), ..good.clone() }),
        ("mail_to", Mail { to: vec!["ann@example.org\r\nRCPT TO:<x@y.z>".to_owned()], ..good.clone() }),
        ("mail_to", Mail { to: vec!["ann@example.org".to_owned(); 21], ..good.clone() }),
    ] {
        let trouble = wrong.check().unwrap_err();
        assert!(matches!(&trouble, Trouble::Settings(of, _) if *of == field), "{field}: {trouble:?}");
    }
}

/// The same behind a certificate for this computer, from the first byte or after STARTTLS; with the certificate.
fn secured(security: Security) -> (u16, JoinHandle<Vec<String>>, Certificate) {
    let issued = rcgen::generate_simple_self_signed(["127.0.0.1".to_owned()]).unwrap();
    let key = PrivateKeyDer::from(PrivatePkcs8KeyDer::from(issued.signing_key.serialize_der()));
    let config = ServerConfig::builder_with_provider(Arc::new(rustls::crypto::ring::default_provider()))
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_no_client_auth()
        .with_single_cert(vec![issued.cert.der().clone()], key)
        .unwrap();
    let root = Certificate::from_der(issued.cert.der().to_vec()).unwrap();
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    let served = std::thread::spawn(move || {
        let mut stream = listener.accept().unwrap().0;
        let mut heard = Vec::new();
        let offer = &[("EHLO", "250-mail.test\r\n250 STARTTLS"), ("STARTTLS", "220 go on")];
        if security == Security::StartTls && greeted(&mut stream, offer, &mut heard).is_err() {
            return heard;
        }
        let mut stream = StreamOwned::new(ServerConnection::new(Arc::new(config)).unwrap(), stream);
        let _ = match security {
            Security::StartTls => converse(&mut stream, FINE, &mut heard),
            _ => greeted(&mut stream, FINE, &mut heard),
        };
        heard
    });
    (port, served, root)
}

#[test]
fn with_tls_it_is_sent_to_a_server_that_proves_its_name_and_to_no_other() {
    for security in [Security::Tls, Security::StartTls] {
        let (port, served, root) = secured(security);
        let tls = TlsParameters::builder("127.0.0.1".to_owned()).add_root_certificate(root);
        let answer = mail(port, security).send_with(&message(), tls).unwrap();
        assert_eq!(answer, "250 2.0.0 queued as 4711");
        assert!(served.join().unwrap().iter().any(|line| line.starts_with("AUTH")));

        let (port, served, _) = secured(security);
        mail(port, security).send(&message()).unwrap_err();
        assert!(!served.join().unwrap().iter().any(|line| line.starts_with("AUTH")), "{security:?}");
    }
}
