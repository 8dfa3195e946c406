//! After a time away: what CentrePoint's own history of a webhook has, brought in from files and from its API, beside a running receiver.

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::{TcpListener, TcpStream};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};

use serde_json::{Value, json};

use crate::harness::{Folder, PASSCODE, Post, eventually};

const CLIENT_SECRET: &str = "a client's secret";

/// A delivery as CentrePoint remembers it, made at this instant.
fn item(id: usize, post: &Post, made: &str, answered: u16) -> Value {
    let mut headers = serde_json::Map::new();
    for (name, value) in post.headers() {
        let value = String::from_utf8(value.clone()).unwrap();
        headers.entry(name.clone()).or_insert_with(|| json!([])).as_array_mut().unwrap().push(json!(value));
    }
    headers.insert("Authorization".to_owned(), json!(["Basic dXNlcjpodW50ZXIy"]));
    json!({
        "id": id, "webhookId": 15, "webhookEventId": 1, "webhookEvent": "upload", "createdDate": made, "lastSentDate": made,
        "request": {"headers": Value::from(headers).to_string(), "body": String::from_utf8(post.body().to_vec()).unwrap()},
        "response": {"responseCode": answered, "headers": "{}", "body": ""},
    })
}

fn upload(number: u32, status: &str) -> Post {
    Post::upload("rome", &number.to_string(), "4", status).signed(PASSCODE)
}

/// What came, and what CentrePoint sent while nobody listened: all of it as its history has it.
fn site() -> (Folder, crate::harness::Serve, Vec<Value>) {
    let folder = Folder::new();
    folder.add_signed("rome");
    let serve = folder.serve();
    let (first, last) = (upload(1, "started"), upload(2, "completed"));
    for post in [&first, &last] {
        assert_eq!(serve.post(post).status, 200);
    }
    let items = vec![
        item(1, &first, "2020-01-01T08:00:00Z", 200),
        item(2, &upload(1, "completed"), "2020-01-01T09:00:00.1234567", 503),
        item(3, &upload(2, "error"), "2020-01-01T10:00:00Z", 503),
        item(4, &upload(3, "error"), "2020-01-01T11:00:00Z", 503),
        item(5, &last, "2020-01-01T12:00:00Z", 200),
        json!({"id": 6, "createdDate": "2020-01-01T12:00:00Z"}),
    ];
    (folder, serve, items)
}

fn states(folder: &Folder) -> Vec<(String, String)> {
    let mut states: Vec<_> = folder
        .list("uploads", &[])
        .iter()
        .map(|row| (row["upload_id"].as_str().unwrap().to_owned(), row["state"].as_str().unwrap().to_owned()))
        .collect();
    states.sort();
    states
}

fn report(folder: &Folder, arguments: &[&str], stdin: &[u8]) -> Value {
    serde_json::from_str(folder.run_with(&[arguments, &["--json"]].concat(), stdin).good().trim()).unwrap()
}

#[test]
fn a_file_fills_the_gap_beside_a_running_receiver_and_never_twice() {
    let (folder, serve, items) = site();
    let pages: Vec<Value> = items.chunks(4).map(|part| json!({"items": part, "totalCount": items.len()})).collect();
    let files: Vec<String> = pages
        .iter()
        .enumerate()
        .map(|(n, page)| {
            let file = folder.beside(&format!("page-{n}.json"));
            std::fs::write(&file, page.to_string()).unwrap();
            file.display().to_string()
        })
        .collect();
    let import = ["history", "import", &files[0], &files[1], "--webhook", "rome"];
    folder.run(&import).bad();
    let dry = report(&folder, &[&import[..], &["--dry-run"]].concat(), b"");
    assert_eq!((dry["added"].as_u64(), dry["known"].as_u64(), dry["unusable"].as_u64()), (Some(3), Some(2), Some(1)));
    assert_eq!(folder.events().len(), 2, "asking changes nothing");
    let told = folder.run(&[&import[..], &["--by", "M. Rossi"]].concat()).good();
    assert!(told.contains("added 3 of 6") && told.contains("it has no request"), "{told}");

    let events = folder.events();
    let brought: Vec<&Value> = events.iter().filter(|event| event["flags"] == json!(["history"])).collect();
    assert_eq!(brought.len(), 3);
    let made: Vec<&str> = brought.iter().filter_map(|event| event["made_at"].as_str()).collect();
    assert_eq!(
        made,
        ["2020-01-01T11:00:00.000000Z", "2020-01-01T10:00:00.000000Z", "2020-01-01T09:00:00.123456Z"],
        "when CentrePoint made them: {brought:?}"
    );
    let came = events.iter().find(|event| event["flags"] == json!([])).unwrap();
    assert!(came.get("made_at").is_none(), "what came by itself says no such time: {came}");
    let lines = folder.run(&["export", "--format", "jsonl", "--output", "-"]).good();
    let exported: Vec<Value> = crate::harness::json_lines(&lines);
    let mut newest_first: Vec<&str> = exported.iter().filter_map(|event| event["made_at"].as_str()).collect();
    newest_first.reverse();
    assert_eq!(newest_first, made, "an export of JSON Lines says the same");
    assert!(
        brought.iter().all(|event| event["authentication"] == "hmac" && event["source_ip"].is_null()),
        "{brought:?}"
    );
    let of = |number: &str, state: &str| (number.to_owned(), state.to_owned());
    assert_eq!(
        states(&folder),
        [of("1", "completed"), of("2", "completed"), of("3", "error")],
        "an old error is no error"
    );
    assert_eq!(folder.problems().len(), 1, "and opens no problem; one that nothing newer mended does");
    let uploads = folder.list("uploads", &["--query", "upload:1"]);
    assert_eq!(uploads[0]["finished_at"], "2020-01-01T09:00:00.123456Z", "it ended when CentrePoint said so");

    let again = report(&folder, &[&import[..], &["--by", "M. Rossi"]].concat(), b"");
    assert_eq!((again["added"].as_u64(), again["known"].as_u64()), (Some(0), Some(5)));
    assert_eq!(serve.post(&upload(1, "completed").header("Odd", "x")).status, 200, "it receives on");
    serve.stop();
    folder.run(&["verify"]).good();
    let before = folder.events();
    folder.run(&["rebuild"]).good();
    assert_eq!(folder.events(), before, "a view derived anew is equal");
    let log = std::fs::read(folder.path().join("log.db")).unwrap();
    let holds = |text: &str| log.windows(text.len()).any(|window| window == text.as_bytes());
    assert!(holds("history_imported") && holds("page-0.json"), "it stands in the history, with its files");
    assert!(!holds("dXNlcjpodW50ZXIy"), "credentials are masked");
}

/// CentrePoint's API: a token, then pages of two, with trouble on the way.
fn api(items: Vec<Value>) -> (String, Arc<Mutex<Vec<String>>>) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    let asked = Arc::new(Mutex::new(Vec::new()));
    let heard = Arc::clone(&asked);
    let count = AtomicUsize::new(0);
    std::thread::spawn(move || {
        for stream in listener.incoming() {
            let Ok(stream) = stream else { return };
            let n = count.fetch_add(1, Ordering::Relaxed);
            answer(stream, n, &items, &heard);
        }
    });
    (url, asked)
}

fn answer(mut stream: TcpStream, n: usize, items: &[Value], heard: &Mutex<Vec<String>>) {
    let mut reader = BufReader::new(stream.try_clone().unwrap());
    let (mut asked, mut length) = (String::new(), 0);
    loop {
        let mut line = String::new();
        if reader.read_line(&mut line).unwrap_or(0) == 0 || line == "\r\n" {
            break;
        }
        if let Some(value) = line.to_ascii_lowercase().strip_prefix("content-length:") {
            length = value.trim().parse().unwrap();
        }
        asked += &line;
    }
    let mut body = vec![0; length];
    reader.read_exact(&mut body).unwrap();
    let body = String::from_utf8(body).unwrap();
    heard.lock().unwrap().push(format!("{asked}\n{body}"));
    let (status, text) = if asked.starts_with("POST /connect/token ") {
        let is_right = body.contains("client_secret=a+client%27s+secret")
            || body.contains("client_secret=a%20client%27s%20secret");
        if is_right {
            (200, json!({"access_token": "t0ken"}).to_string())
        } else {
            (400, json!({"error": "invalid_client"}).to_string())
        }
    } else if n == 2 {
        (500, String::new())
    } else if n == 3 {
        (401, String::new())
    } else {
        let offset: usize = asked.split("offset=").nth(1).unwrap().split([' ', '&']).next().unwrap().parse().unwrap();
        let page: Vec<&Value> = items.iter().skip(offset).take(2).collect();
        (200, json!({"items": page, "totalCount": items.len(), "limit": 2, "offset": offset}).to_string())
    };
    let start = format!("HTTP/1.1 {status} X\r\nContent-Length: {}\r\nConnection: close\r\n\r\n", text.len());
    let _ = stream.write_all(&[start.as_bytes(), text.as_bytes()].concat());
}

#[test]
fn the_api_is_asked_page_by_page_through_an_error_and_a_token_that_ran_out() {
    let (folder, serve, items) = site();
    let (url, asked) = api(items);
    let token = format!("{url}/connect/token");
    let fetch = [
        "history",
        "fetch",
        "--webhook",
        "rome",
        "--study-id",
        "189",
        "--webhook-id",
        "15",
        "--token-url",
        &token,
        "--api-url",
        &url,
        "--client-id",
        "monitor",
        "--secret-stdin",
        "--by",
        "M. Rossi",
    ];
    let wrong = folder.run_with(&fetch, b"another").bad();
    assert!(wrong.contains("id and secret"), "{wrong}");
    let secret = format!("{CLIENT_SECRET}\n");
    let report = report(&folder, &fetch, secret.as_bytes());
    assert_eq!(
        (report["added"].as_u64(), report["known"].as_u64(), report["unusable"].as_u64()),
        (Some(3), Some(2), Some(1))
    );
    assert_eq!(folder.events().len(), 5);
    let asked = asked.lock().unwrap();
    assert!(
        asked
            .iter()
            .any(|asked| asked.starts_with("GET /centrepoint/v3/Studies/189/Webhooks/15/history?limit=100&offset=4 "))
    );
    assert!(asked.iter().filter(|asked| asked.starts_with("GET")).all(|asked| asked.contains("Bearer t0ken")));
    drop(asked);
    // The receiver's own view has it, not only this command's.
    eventually("the receiver to show it", || (folder.events().len() == 5).then_some(()));
    serve.stop();
    for entry in std::fs::read_dir(folder.path()).unwrap() {
        let path = entry.unwrap().path();
        let Ok(bytes) = std::fs::read(&path) else { continue };
        let found = bytes.windows(CLIENT_SECRET.len()).any(|window| window == CLIENT_SECRET.as_bytes());
        assert!(!found, "{} holds the client's secret", path.display());
    }
}
