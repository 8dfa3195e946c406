use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::TcpListener;
use std::thread::JoinHandle;

use super::*;

fn chat(url: &str) -> Result<Chat, Trouble> {
    Chat::new(Secret::new(url.as_bytes().to_vec()))
}

/// Answers one request with `answer`; the request's line and its body. An empty answer hangs up.
fn server(answer: &'static str) -> (String, JoinHandle<(String, String)>) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}/services/T0/s3cr3t-token", listener.local_addr().unwrap());
    let served = std::thread::spawn(move || {
        let mut stream = BufReader::new(listener.accept().unwrap().0);
        let mut first = String::new();
        stream.read_line(&mut first).unwrap();
        let mut length = 0;
        loop {
            let mut line = String::new();
            stream.read_line(&mut line).unwrap();
            if let Some(value) = line.to_ascii_lowercase().strip_prefix("content-length:") {
                length = value.trim().parse().unwrap();
            }
            if line.trim().is_empty() {
                break;
            }
        }
        let mut body = vec![0; length];
        stream.read_exact(&mut body).unwrap();
        stream.get_mut().write_all(answer.as_bytes()).unwrap();
        (first, String::from_utf8(body).unwrap())
    });
    (url, served)
}

fn message() -> Message {
    Message { subject: "1 problem".to_owned(), text: "Upload \"failed\"\n\tC:\\x".to_owned() }
}

#[test]
fn it_is_one_json_text_and_the_answer_is_told() {
    let (url, served) = server("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok");
    assert_eq!(chat(&url).unwrap().send(&message()).unwrap(), "200 ok");
    let (first, body) = served.join().unwrap();
    assert!(first.starts_with("POST /services/T0/s3cr3t-token HTTP/1.1"), "{first}");
    assert_eq!(body, r#"{"text":"1 problem\n\nUpload \"failed\"\n C:\\x"}"#);
}

#[test]
fn what_was_not_taken_says_why_and_when_to_come_again_and_never_the_address() {
    for (answer, said, after) in [
        ("HTTP/1.1 500 Oops\r\nContent-Length: 5\r\n\r\nsorry", "500 sorry", None),
        ("HTTP/1.1 429 Slow\r\nRetry-After: 90\r\nContent-Length: 0\r\n\r\n", "429", Some(90)),
        ("HTTP/1.1 429 Slow\r\nRetry-After: 999999\r\nContent-Length: 0\r\n\r\n", "429", Some(3_600)),
        ("HTTP/1.1 302 Found\r\nLocation: http://127.0.0.1:1/\r\nContent-Length: 0\r\n\r\n", "302", None),
        ("HTTP/1.1 404 No\r\nContent-Length: 34\r\n\r\nno services/T0/s3cr3t-token is here", "404 no … is her", None),
    ] {
        let (url, served) = server(answer);
        let trouble = chat(&url).unwrap().send(&message()).unwrap_err();
        served.join().unwrap();
        let expected = Trouble::NotTaken { said: said.to_owned(), after: after.map(Duration::from_secs) };
        assert_eq!(trouble, expected);
    }
    let (url, served) = server("");
    let gone = chat(&url).unwrap().send(&message()).unwrap_err();
    served.join().unwrap();
    let nobody = chat("http://127.0.0.1:1/services/s3cr3t-token").unwrap().send(&message()).unwrap_err();
    for trouble in [gone, nobody] {
        assert!(!trouble.to_string().is_empty() && !trouble.to_string().contains("s3cr3t"), "{trouble}");
    }
}

#[test]
fn an_address_is_https_or_here() {
    for good in ["https://hooks.example.org/a", "http://localhost:1/a", "http://127.0.0.1/a", "http://[::1]:9/a"] {
        assert!(chat(good).is_ok(), "{good}");
    }
    for bad in [
        "http://hooks.example.org/a",
        "ftp://x/a",
        "hooks",
        "",
        "https://",
        "https://user:pw@x.org/a",
        "http://127.0.0.1.evil.org/",
    ] {
        let trouble = chat(bad).unwrap_err();
        assert!(matches!(trouble, Trouble::Settings("chat", _)), "{bad}");
        assert!(bad.len() < 9 || !trouble.to_string().contains(bad), "{bad}");
    }
}
