//! What nobody acknowledges leaves the house: from `serve`, without a window, to a real mail server and a real chat's webhook.

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::TcpListener;
use std::sync::mpsc::{Receiver, sync_channel};
use std::time::Duration;

use serde_json::Value;

use crate::harness::{Folder, Post, eventually};

/// Looks are five seconds apart.
const SOON: Duration = Duration::from_secs(30);

/// A chat's webhook that answers with these, the last one for ever; what it was sent.
pub(crate) fn chat(token: &str, answers: &'static [&'static str]) -> (String, Receiver<String>) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}/services/{token}", listener.local_addr().unwrap());
    let (sender, told) = sync_channel(64);
    std::thread::spawn(move || {
        for (turn, stream) in listener.incoming().enumerate() {
            let mut stream = BufReader::new(stream.unwrap());
            let mut length = 0;
            loop {
                let mut line = String::new();
                if stream.read_line(&mut line).unwrap_or(0) == 0 || line.trim().is_empty() {
                    break;
                }
                if let Some(value) = line.to_ascii_lowercase().strip_prefix("content-length:") {
                    length = value.trim().parse().unwrap();
                }
            }
            let mut body = vec![0; length];
            stream.read_exact(&mut body).unwrap();
            let answer = answers[turn.min(answers.len() - 1)];
            let answer = format!("HTTP/1.1 {answer}\r\nConnection: close\r\nContent-Length: 0\r\n\r\n");
            let _ = stream.get_mut().write_all(answer.as_bytes());
            if sender.send(String::from_utf8_lossy(&body).into_owned()).is_err() {
                return;
            }
        }
    });
    (url, told)
}

/// A mail server: the lines of each conversation. `refuses`: what it says to a password.
pub(crate) fn mail(refuses: Option<&'static str>) -> (u16, Receiver<Vec<String>>) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    let (sender, told) = sync_channel(64);
    std::thread::spawn(move || {
        for stream in listener.incoming() {
            let mut stream = BufReader::new(stream.unwrap());
            let mut heard = Vec::new();
            let _ = stream.get_mut().write_all(b"220 mail.test\r\n");
            let mut in_letter = false;
            loop {
                let mut line = String::new();
                if stream.read_line(&mut line).unwrap_or(0) == 0 {
                    break;
                }
                let line = line.trim_end().to_owned();
                heard.push(line.clone());
                let answer = match line.split(' ').next().unwrap_or_default() {
                    "." => "250 queued as 4711",
                    _ if in_letter => continue,
                    "EHLO" => "250-mail.test\r\n250 AUTH PLAIN",
                    "AUTH" => refuses.unwrap_or("235 welcome"),
                    "DATA" => "354 go on",
                    "QUIT" => "221 bye",
                    _ => "250 ok",
                };
                in_letter = answer.starts_with("354");
                if stream.get_mut().write_all(format!("{answer}\r\n").as_bytes()).is_err() {
                    break;
                }
            }
            if sender.send(heard).is_err() {
                return;
            }
        }
    });
    (port, told)
}

fn set_mail(folder: &Folder, port: u16) {
    let port = port.to_string();
    let how = ["escalation", "mail", "--host", "127.0.0.1", "--port", &port, "--security", "none", "--username", "ann"];
    let whom = ["--from", "monitor@example.org", "--to", "it@example.org", "--secret-stdin"];
    folder.run_with(&[&how[..], &whom].concat(), b"a password\n").good();
}

fn status(folder: &Folder) -> Value {
    serde_json::from_str(folder.run(&["escalation", "status", "--json"]).good().trim()).unwrap()
}

#[test]
fn what_nobody_acknowledges_goes_out_once_by_each_way_and_is_tried_again() {
    let folder = Folder::new();
    folder.add_open("rome");
    let (url, posted) = chat("T0", &["500 Oops", "200 OK"]);
    let (port, mailed) = mail(None);
    set_mail(&folder, port);
    folder.run_with(&["escalation", "chat", "--secret-stdin"], url.as_bytes()).good();
    // A second and a half.
    folder.run(&["escalation", "on", "--after-hours", "0.0004", "--kinds", "errors"]).good();
    let serve = folder.serve();
    assert_eq!(serve.post(&Post::upload("rome", "1", "44732", "error")).status, 200);
    let letter = mailed.recv_timeout(SOON).expect("an e-mail").join("\n");
    assert!(letter.contains("RCPT TO:<it@example.org>"), "{letter}");
    assert!(letter.contains("1 problem waits for somebody") && !letter.contains("44732"), "{letter}");
    assert!(posted.recv_timeout(SOON).expect("a post").contains("1 problem waits for somebody"));
    let stands = |way: &str| {
        let messages = status(&folder)["messages"].as_array().unwrap().clone();
        let message = messages.into_iter().find(|message| message["way"] == way)?;
        Some((message["standing"].as_str()?.to_owned(), message["tries"].as_u64()?))
    };
    eventually("the e-mail to be kept as sent", || (stands("mail")? == ("sent".to_owned(), 1)).then_some(()));
    eventually("the chat to be tried again", || (stands("chat")? == ("waiting".to_owned(), 1)).then_some(()));
    // Over a restart, nothing goes twice.
    let (ended, _) = serve.stop();
    assert!(ended.success());
    let serve = folder.serve();
    std::thread::sleep(Duration::from_secs(7));
    assert!(mailed.try_recv().is_err(), "once");
    assert!(posted.try_recv().is_err(), "not before its pause");
    let history = folder.run(&["export", "--format", "jsonl", "--output", "-"]).good();
    assert!(!history.contains("a password"));
    drop(serve);
}

#[test]
fn a_test_says_what_the_server_answered() {
    let folder = Folder::new();
    folder.run(&["escalation", "test"]).bad();
    let (port, mailed) = mail(Some("535 5.7.8 no such password"));
    set_mail(&folder, port);
    let refused = folder.run(&["escalation", "test"]);
    assert_eq!(refused.code, Some(1));
    assert!(refused.stdout.contains("mail: NOT taken") && refused.stdout.contains("5.7.8"), "{}", refused.stdout);
    assert!(mailed.recv_timeout(SOON).unwrap().iter().all(|line| !line.starts_with("MAIL")));
    let (port, _mailed) = mail(None);
    set_mail(&folder, port);
    let taken = folder.run(&["escalation", "test", "--json"]).good();
    assert!(taken.contains("queued as 4711"), "{taken}");
    assert_eq!(status(&folder)["rules"]["on"], false);
    assert!(folder.run(&["escalation", "status"]).good().contains("off: nothing goes out"));
    folder.run(&["escalation", "mail", "--remove"]).good();
    assert_eq!(status(&folder)["password_place"], Value::Null);
}
