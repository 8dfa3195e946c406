//! The exported CSV, read back by a reader that is not ours (Python's), against the event list and the raw log.

use std::collections::HashMap;
use std::process::Command;

use serde_json::{Value, json};

use crate::harness::{Folder, PASSCODE, Post, json_lines, upload};

const HEADER: &str = "sequence,received_at_utc,received_at_local,local_time_zone,webhook,delivery_id,vendor_webhook_id,event,status,study_id,site_id,subject_id,subject_identifier,upload_id,monitor_serial,message,first_epoch_utc,first_epoch_subject,last_epoch_utc,last_epoch_subject,authentication,source_ip,attempts,flags,body_sha256,problem_state,acknowledged_by,acknowledged_at_utc,note";

/// Texts that spreadsheets, CSV readers and programs stumble over.
const AWKWARD: [&str; 17] = [
    "=HYPERLINK(\"http://example.org\";\"click\")",
    "=cmd|' /C calc'!A0",
    "+1+1",
    "-2+3",
    "@SUM(1,2)",
    "\t=1",
    "\r=1",
    "\n=1",
    "a, \"quoted\" text",
    "two\nlines",
    "two\r\nlines",
    "a lone \r return",
    "'already guarded",
    "000103",
    " spaces around ",
    "Überspannung ⚡ 電池",
    "\"",
];

/// A stopped receiver's folder full of awkward deliveries.
fn folder() -> Folder {
    let folder = Folder::new();
    folder.add_signed("signed");
    folder.run(&["webhook", "add", "Berlin", "--slug", "berlin", "--time-zone", "Europe/Berlin"]).good();
    folder.run(&["webhook", "add", "Katmandu", "--slug", "katmandu", "--time-zone", "Asia/Kathmandu"]).good();
    let serve = folder.serve();
    let mut wire = serve.connect();
    let mut keep = |post: Post| assert_eq!(wire.send(&post.signed(PASSCODE).bytes()).answer().status, 200);
    for (number, text) in AWKWARD.into_iter().enumerate() {
        let slug = ["signed", "berlin", "katmandu"][number % 3];
        let mut event = upload(&number.to_string(), text, "error");
        event["message"] = json!(text);
        keep(Post::delivery(slug, "upload", event.to_string()));
    }
    let statistics = json!({ "studyId": 189, "siteId": 12, "subjectId": 44732, "subjectIdentifier": "=1+1", "date": "2026-08-22",
        "activityMonitorSerials": ["TAS1Z12345678"] });
    keep(Post::delivery("signed", "daily_statistics_complete", statistics.to_string()));
    keep(Post::delivery("signed", "=unknown_event", "{}").with("X-ActiGraph-Delivery", "=1+1"));
    keep(Post::delivery("signed", "upload", "=1+1"));
    keep(Post::delivery("signed", "upload", &b"\xff\xfe\x00 not text"[..]));
    keep(Post::delivery("signed", "upload", "\u{feff}{\"uploadId\":\"bom\"}"));
    let repeated = Post::upload("berlin", "99", "1", "completed");
    keep(repeated.clone());
    keep(repeated.clone());
    keep(repeated.with("X-ActiGraph-Delivery", "another"));
    drop(wire);
    serve.stop();
    folder
}

/// Exports and reads back with Python: what the file looks like, and its rows.
fn read_back(folder: &Folder, profile: &str, with_body: bool) -> (Value, Vec<Value>) {
    let file = folder.beside(&format!("{profile}-{with_body}.csv"));
    let mut arguments = vec!["export", "--format", "csv", "--profile", profile, "--output", file.to_str().unwrap()];
    if with_body {
        arguments.push("--with-body");
    }
    folder.run(&arguments).good();
    let reader = concat!(env!("CARGO_MANIFEST_DIR"), "/fixtures/read_csv.py");
    let output =
        Command::new("python3").arg(reader).arg(&file).arg(profile).output().expect("make test installs python3");
    assert!(output.status.success(), "{profile}: {}", String::from_utf8_lossy(&output.stderr));
    let mut lines = json_lines(&String::from_utf8(output.stdout).unwrap());
    (lines.remove(0), lines)
}

/// What a cell of this value must hold.
fn cell(value: &Value, profile: &str) -> String {
    let text = match value {
        Value::Null => String::new(),
        Value::String(text) => text.clone(),
        Value::Array(words) => words.iter().map(|word| word.as_str().unwrap()).collect::<Vec<_>>().join(";"),
        other => other.to_string(),
    };
    let formula = text.starts_with(['=', '+', '-', '@', '\t', '\r', '\n']);
    if formula && profile == "excel" { format!("'{text}") } else { text }
}

#[test]
fn both_profiles_read_back_equal_the_events() {
    let folder = folder();
    let mut events = folder.events();
    events.reverse();
    assert_eq!(events.len(), AWKWARD.len() + 7);
    let problems: HashMap<String, Value> = folder
        .list("problems", &["--limit", "1000"])
        .into_iter()
        .filter_map(|problem| Some((problem["upload_id"].as_str()?.to_owned(), problem["state"].clone())))
        .collect();
    for profile in ["excel", "analysis"] {
        let (facts, rows) = read_back(&folder, profile, false);
        assert_eq!(rows.len(), events.len(), "{profile}: every event is a row, oldest first");
        assert_eq!(facts["first_line"], HEADER, "{profile}");
        for (event, row) in events.iter().zip(&rows) {
            for (name, value) in event.as_object().unwrap() {
                let column = if name == "received_at" { "received_at_utc" } else { name };
                assert_eq!(row[column], cell(value, profile).as_str(), "{profile}: {column} of {event}");
            }
            assert_eq!(row["received_at_local"], row["expected_local"], "{profile}: {row}");
            let zone = match row["webhook"].as_str().unwrap() {
                "berlin" => "Europe/Berlin",
                "katmandu" => "Asia/Kathmandu",
                _ => "UTC",
            };
            assert_eq!(row["local_time_zone"], zone, "{profile}");
            let problem = event["upload_id"].as_str().and_then(|id| problems.get(id));
            if let Some(state) = problem {
                assert_eq!(&row["problem_state"], state, "{profile}: {row}");
            }
        }
    }
}

#[test]
fn the_profiles_look_as_promised() {
    let folder = folder();
    let (excel, _) = read_back(&folder, "excel", false);
    let (analysis, _) = read_back(&folder, "analysis", false);
    for (facts, bom) in [(&excel, true), (&analysis, false)] {
        assert_eq!(facts["bom"], bom, "{facts}");
        assert_eq!(facts["line_ends_hold"], true, "{facts}");
        assert_eq!(facts["ends_with_a_line_end"], true, "{facts}");
        assert_eq!(facts["widths"], json!([facts["columns"]]), "every row has every column: {facts}");
    }
    assert_eq!(excel["everything_quoted"], true);
}

#[test]
fn formula_cells_are_inert_in_a_spreadsheet() {
    let folder = folder();
    let (_, rows) = read_back(&folder, "excel", true);
    let mut guarded = 0;
    for row in &rows {
        for (column, value) in row.as_object().unwrap() {
            let text = value.as_str().unwrap();
            let harmless = !text.starts_with(['=', '+', '-', '@', '\t', '\r', '\n']);
            assert!(harmless || column == "body_hex", "{column} would be calculated: {text:?}");
            guarded += usize::from(text.starts_with("'="));
        }
    }
    assert!(guarded >= 5, "there were formulas to guard against: {guarded}");
}

#[test]
fn bodies_are_those_of_the_raw_log() {
    let folder = folder();
    let raw = Command::new("sqlite3")
        .arg("-json")
        .arg(folder.path().join("log.db"))
        .arg("SELECT sequence, lower(hex(body)) AS body, lower(hex(body_sha256)) AS digest FROM log WHERE kind = 'arrival'")
        .output()
        .expect("make test installs sqlite3");
    let raw: Vec<Value> = serde_json::from_slice(&raw.stdout).unwrap();
    let raw: HashMap<String, &Value> = raw.iter().map(|row| (row["sequence"].to_string(), row)).collect();
    for profile in ["excel", "analysis"] {
        let (facts, rows) = read_back(&folder, profile, true);
        assert_eq!(facts["first_line"], format!("{HEADER},body").as_str());
        for row in rows {
            let logged = raw[row["sequence"].as_str().unwrap()];
            assert_eq!(row["body_hex"], logged["body"], "{profile}: the body byte for byte");
            assert_eq!(row["body_sha256"], logged["digest"], "{profile}");
        }
    }
}

#[test]
fn standard_output_gets_the_same_bytes() {
    let folder = folder();
    let file = folder.beside("file.csv");
    folder.run(&["export", "--output", file.to_str().unwrap()]).good();
    let printed = folder.run(&["export", "--output", "-"]).good();
    assert_eq!(printed.as_bytes(), std::fs::read(&file).unwrap());
    assert!(printed.starts_with('\u{feff}'), "the excel profile unless told otherwise");
}

#[test]
fn json_lines_are_the_events_with_their_bodies() {
    let folder = folder();
    let mut events = folder.events();
    events.reverse();
    let lines = json_lines(&folder.run(&["export", "--format", "jsonl", "--output", "-"]).good());
    assert_eq!(lines, events);
    let lines = json_lines(&folder.run(&["export", "--format", "jsonl", "--with-body", "--output", "-"]).good());
    for (line, event) in lines.iter().zip(&events) {
        assert!(line["body"].is_string(), "{line}");
        assert_eq!(line["sequence"], event["sequence"]);
    }
}

#[test]
fn a_query_chooses_the_rows() {
    let folder = folder();
    let file = folder.beside("some.csv");
    folder.run(&["export", "--query", "webhook:berlin status:error", "--output", file.to_str().unwrap()]).good();
    let text = std::fs::read_to_string(&file).unwrap();
    let expected = folder.list("events", &["--query", "webhook:berlin status:error"]).len();
    assert!(expected > 2, "there is something to choose");
    assert_eq!(text.matches("\"Europe/Berlin\"").count(), expected);
    assert!(!text.contains("Asia/Kathmandu"));
}

#[test]
fn an_existing_file_is_replaced_only_by_a_whole_one() {
    let folder = folder();
    let file = folder.beside("kept.csv");
    let name = file.to_str().unwrap();
    std::fs::write(&file, "what was there").unwrap();
    folder.run(&["export", "--query", "is:purple", "--output", name]).bad();
    assert_eq!(std::fs::read_to_string(&file).unwrap(), "what was there", "a failed export touches nothing");

    // No room for it: the file's size is capped, as on a full disk.
    let mut command = Command::new("sh");
    folder.dress(&mut command);
    command.args(["-c", "trap '' XFSZ; ulimit -f 1; exec \"$@\"", "sh"]).arg(crate::harness::binary());
    command.arg("--data-dir").arg(folder.path()).args(["export", "--with-body", "--output", name]);
    let output = command.output().unwrap();
    assert!(!output.status.success(), "there was no room");
    assert_eq!(std::fs::read_to_string(&file).unwrap(), "what was there", "half an export touches nothing");
    let left: Vec<_> = std::fs::read_dir(file.parent().unwrap())
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .filter(|entry| entry != "kept.csv" && entry.contains("csv"))
        .collect();
    assert_eq!(left, [""; 0], "and leaves nothing behind");

    folder.run(&["export", "--output", name]).good();
    assert!(std::fs::read_to_string(&file).unwrap().contains("sequence,"));
}
