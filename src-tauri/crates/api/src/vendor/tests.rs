use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::TcpListener;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use serde_json::{Value, json};

use super::*;

/// A question as it came.
#[derive(Debug, Clone)]
struct Asked {
    line: String,
    authorization: Option<String>,
    body: String,
}

type Answer = (u16, &'static str, String);

/// CentrePoint's side: answers each question as `answer` says.
struct Site {
    url: String,
    asked: Arc<Mutex<Vec<Asked>>>,
}

impl Site {
    fn new(mut answer: impl FnMut(&Asked, usize) -> Answer + Send + 'static) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let asked = Arc::new(Mutex::new(Vec::new()));
        let log = Arc::clone(&asked);
        std::thread::spawn(move || {
            for stream in listener.incoming() {
                let Ok(mut stream) = stream else { return };
                let mut reader = BufReader::new(stream.try_clone().unwrap());
                let mut lines = Vec::new();
                loop {
                    let mut line = String::new();
                    if reader.read_line(&mut line).unwrap_or(0) == 0 || line == "\r\n" {
                        break;
                    }
                    lines.push(line.trim_end().to_owned());
                }
                let header = |name: &str| {
                    lines.iter().find_map(|line| {
                        let (found, value) = line.split_once(':')?;
                        found.eq_ignore_ascii_case(name).then(|| value.trim().to_owned())
                    })
                };
                let length = header("content-length").and_then(|length| length.parse().ok()).unwrap_or(0);
                let mut body = vec![0; length];
                if lines.is_empty() || reader.read_exact(&mut body).is_err() {
                    continue;
                }
                let asked = Asked {
                    line: lines[0].clone(),
                    authorization: header("authorization"),
                    body: String::from_utf8(body).unwrap(),
                };
                let count = {
                    let mut log = log.lock().unwrap();
                    log.push(asked.clone());
                    log.len()
                };
                let (status, more, text) = answer(&asked, count);
                let head =
                    format!("HTTP/1.1 {status} X\r\nContent-Length: {}\r\nConnection: close\r\n{more}\r\n", text.len());
                let _ = stream.write_all(&[head.as_bytes(), text.as_bytes()].concat());
            }
        });
        Self { url, asked }
    }

    fn access(&self) -> Access {
        Access {
            token_url: format!("{}/connect/token", self.url),
            api_url: format!("{}/", self.url),
            client_id: "monitor".to_owned(),
            secret: Secret::new("s3cret"),
            scope: "CentrePoint".to_owned(),
            study_id: "189".to_owned(),
            webhook_id: "15".to_owned(),
        }
    }

    fn read(&self) -> Result<Read, ApiError> {
        read_at(&self.access(), Pace(Duration::from_millis(1)), &AtomicBool::new(false), &|_, _| {})
    }

    fn lines(&self) -> Vec<String> {
        self.asked.lock().unwrap().iter().map(|asked| asked.line.clone()).collect()
    }
}

fn token() -> Answer {
    (200, "", r#"{"access_token":"t0ken","expires_in":3600,"token_type":"Bearer"}"#.to_owned())
}

fn item(id: u64) -> Value {
    json!({
        "id": id, "webhookId": 15, "createdDate": "2026-08-21T22:14:05Z",
        "request": {"headers": "{}", "body": format!(r#"{{"uploadId":"{id}"}}"#)},
    })
}

/// A page of these from `offset` on, a hundred at most, newest first.
fn page(all: &[u64], line: &str) -> Answer {
    let offset: usize = line.split("offset=").nth(1).unwrap().split(' ').next().unwrap().parse().unwrap();
    let items: Vec<Value> = all.iter().skip(offset).take(LIMIT).map(|id| item(*id)).collect();
    (
        200,
        "",
        json!({"items": items, "totalCount": all.len(), "limit": LIMIT, "offset": offset, "links": {}}).to_string(),
    )
}

fn is_token(asked: &Asked) -> bool {
    asked.line.starts_with("POST /connect/token ")
}

fn ids(read: &Read) -> Vec<u64> {
    let mut ids: Vec<u64> = read.items.iter().map(|item| item.as_ref().unwrap().id.parse().unwrap()).collect();
    ids.sort_unstable();
    ids
}

#[test]
fn every_page_is_read_with_a_token_of_the_client() {
    let all: Vec<u64> = (0..250).rev().collect();
    let site = Site::new(move |asked, _| if is_token(asked) { token() } else { page(&all, &asked.line) });
    let read = site.read().unwrap();
    assert_eq!(ids(&read), (0..250).collect::<Vec<_>>());
    assert_eq!(read.warnings, [""; 0]);
    let asked = site.asked.lock().unwrap();
    assert_eq!(asked.len(), 4, "a token and three pages");
    assert!(asked[0].body.contains("grant_type=client_credentials") && asked[0].body.contains("client_secret=s3cret"));
    assert!(asked[0].body.contains("scope=CentrePoint"));
    assert_eq!(asked[1].line, "GET /centrepoint/v3/Studies/189/Webhooks/15/history?limit=100&offset=0 HTTP/1.1");
    assert!(asked[1..].iter().all(|asked| asked.authorization.as_deref() == Some("Bearer t0ken")));
}

#[test]
fn a_token_that_ran_out_is_fetched_anew_and_a_wrong_secret_is_said() {
    let all: Vec<u64> = (0..150).collect();
    let site = Site::new(move |asked, count| match count {
        _ if is_token(asked) => token(),
        3 => (401, "", String::new()),
        _ => page(&all, &asked.line),
    });
    assert_eq!(ids(&site.read().unwrap()).len(), 150);
    assert_eq!(site.lines().iter().filter(|line| line.starts_with("POST")).count(), 2);

    let site = Site::new(|asked, _| if is_token(asked) { token() } else { (401, "", String::new()) });
    assert!(site.read().unwrap_err().message.contains("(401)"));
    let site = Site::new(|_, _| (400, "", r#"{"error":"invalid_client"}"#.to_owned()));
    let error = site.read().unwrap_err();
    assert!(error.message.contains("id and secret"), "{error}");
    let basic = site.asked.lock().unwrap().iter().find_map(|asked| asked.authorization.clone());
    assert_eq!(basic.as_deref(), Some("Basic bW9uaXRvcjpzM2NyZXQ="), "tried as a header, too");
    assert!(!error.message.contains("s3cret"));
}

#[test]
fn what_is_busy_or_broken_is_asked_again_but_not_for_ever() {
    let site = Site::new(|asked, count| match count {
        _ if is_token(asked) => token(),
        2 => (429, "Retry-After: 0\r\n", String::new()),
        3 => (500, "", "oops".to_owned()),
        _ => page(&[1], &asked.line),
    });
    assert_eq!(ids(&site.read().unwrap()), [1]);
    let site = Site::new(|asked, _| if is_token(asked) { token() } else { (503, "", "down  for\nnow".to_owned()) });
    let error = site.read().unwrap_err();
    assert!(error.message.contains("503: down for now (5 tries)"), "{error}");
    for (status, part) in [(403, "role"), (404, "no such history"), (302, "302")] {
        let site = Site::new(move |asked, _| {
            if is_token(asked) { token() } else { (status, "Location: http://elsewhere.example/\r\n", String::new()) }
        });
        assert!(site.read().unwrap_err().message.contains(part));
        assert_eq!(site.lines().len(), 2, "asking again would not help, and nobody is sent elsewhere");
    }
}

#[test]
fn a_list_that_changes_while_it_is_read_is_gone_through_again() {
    // Something new comes to the front behind the first page, so that one item stands on two.
    let site = Site::new(|asked, count| match count {
        _ if is_token(asked) => token(),
        2 => page(&(0..150).rev().collect::<Vec<_>>(), &asked.line),
        _ => page(&(0..151).rev().collect::<Vec<_>>(), &asked.line),
    });
    let read = site.read().unwrap();
    assert_eq!(ids(&read), (0..151).collect::<Vec<_>>(), "and the new one is found, too");
    // Something is taken out at the front: what stood at the page's end moves past the place that is read next.
    let site = Site::new(|asked, count| match count {
        _ if is_token(asked) => token(),
        2 => page(&(0..250).rev().collect::<Vec<_>>(), &asked.line),
        _ => page(&(0..249).rev().collect::<Vec<_>>(), &asked.line),
    });
    assert_eq!(ids(&site.read().unwrap()), (0..250).collect::<Vec<_>>());
    // It never holds still.
    let site = Site::new(|asked, count| {
        if is_token(asked) { token() } else { page(&(0..150 + count as u64).rev().collect::<Vec<_>>(), &asked.line) }
    });
    assert_eq!(site.read().unwrap().warnings, [UNSTABLE]);
}

#[test]
fn links_lead_on_at_the_same_place_alone() {
    let site = Site::new(|asked, _| {
        let links =
            if asked.line.contains("offset=0") { json!({"next": "/centrepoint/v3/more?cursor=x"}) } else { json!({}) };
        let id = if asked.line.contains("cursor=x") { 2 } else { 1 };
        if is_token(asked) { token() } else { (200, "", json!({"items": [item(id)], "links": links}).to_string()) }
    });
    assert_eq!(ids(&site.read().unwrap()), [1, 2]);
    let site = Site::new(|asked, _| {
        let links = json!({"next": "http://elsewhere.example/steal?offset=1"});
        if is_token(asked) {
            token()
        } else if asked.line.contains("offset=0") {
            (200, "", json!({"items": [item(1)], "links": links}).to_string())
        } else {
            (200, "", json!({"items": []}).to_string())
        }
    });
    assert_eq!(ids(&site.read().unwrap()), [1]);
}

#[test]
fn what_is_no_history_is_said_and_so_is_what_cannot_be_asked() {
    let site = Site::new(|asked, _| if is_token(asked) { token() } else { (200, "", "<html>".to_owned()) });
    assert!(site.read().unwrap_err().message.contains("not JSON"));
    let site = Site::new(|_, _| (200, "", "{}".to_owned()));
    assert!(site.read().unwrap_err().message.contains("without a token"));
    let good = site.access();
    for (field, wrong) in [
        ("token_url", Access { token_url: "http://auth.example.org/token".to_owned(), ..good.clone() }),
        ("api_url", Access { api_url: "https://me:secret@api.example.org".to_owned(), ..good.clone() }),
        ("api_url", Access { api_url: "api.example.org".to_owned(), ..good.clone() }),
        ("study_id", Access { study_id: "189/../7".to_owned(), ..good.clone() }),
        ("webhook_id", Access { webhook_id: String::new(), ..good.clone() }),
    ] {
        let error = read_at(&wrong, Pace::default(), &AtomicBool::new(false), &|_, _| {}).unwrap_err();
        assert_eq!(error.field.as_deref(), Some(field), "{error}");
    }
}

#[test]
fn a_person_stops_it() {
    let site = Site::new(|asked, _| if is_token(asked) { token() } else { (500, "", String::new()) });
    let stop = AtomicBool::new(false);
    let began = std::time::Instant::now();
    std::thread::scope(|scope| {
        scope.spawn(|| {
            std::thread::sleep(Duration::from_millis(200));
            stop.store(true, std::sync::atomic::Ordering::Relaxed);
        });
        let error = read_at(&site.access(), Pace(Duration::from_secs(30)), &stop, &|_, _| {}).unwrap_err();
        assert_eq!(error.message, call::CANCELLED);
    });
    assert!(began.elapsed() < Duration::from_secs(10), "also while it waits");
}
