//! The exported workbook, read back by a reader that is not ours (Python's), against the event list.

use std::process::Command;

use serde_json::{Value, json};

use crate::harness::{Folder, Post, json_lines, upload};

/// One a line; each tries to become code.
const CORPUS: &str = include_str!("fixtures/injections.txt");

/// Texts that spreadsheets and XML stumble over.
const AWKWARD: [&str; 14] = [
    "=HYPERLINK(\"http://example.org\";\"click\")",
    "=cmd|' /C calc'!A0",
    "+1+1",
    "-2+3",
    "@SUM(1,2)",
    "\t=1",
    "two\r\nlines",
    "000103",
    "1e5",
    " spaces around ",
    "Überspannung ⚡ 電池",
    "<b>&amp;]]>",
    "_x0041_ \u{1} \u{ffff}",
    "2026-08-22",
];

fn folder() -> Folder {
    let folder = Folder::new();
    folder.run(&["webhook", "add", "Berlin", "--slug", "berlin", "--time-zone", "Europe/Berlin"]).good();
    let serve = folder.serve();
    let mut wire = serve.connect();
    for (number, text) in AWKWARD.into_iter().chain(CORPUS.lines()).enumerate() {
        let mut event = upload(&number.to_string(), text, "error");
        event["message"] = json!(text);
        let post = Post::delivery("berlin", "upload", event.to_string());
        assert_eq!(wire.send(&post.bytes()).answer().status, 200);
    }
    let long = json!({ "uploadId": "long", "status": "error", "message": "y".repeat(40_000) });
    assert_eq!(wire.send(&Post::delivery("berlin", "upload", long.to_string()).bytes()).answer().status, 200);
    drop(wire);
    serve.stop();
    folder
}

fn exported(folder: &Folder, more: &[&str]) -> (Value, Vec<Value>) {
    let file = folder.beside("events.xlsx");
    let arguments = [&["export", "--format", "xlsx", "--output", file.to_str().unwrap()], more].concat();
    folder.run(&arguments).good();
    let reader = concat!(env!("CARGO_MANIFEST_DIR"), "/fixtures/read_xlsx.py");
    let output = Command::new("python3").arg(reader).arg(&file).output().expect("make test installs python3");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let mut lines = json_lines(&String::from_utf8(output.stdout).unwrap());
    (lines.remove(0), lines)
}

#[test]
fn every_event_is_a_row_of_texts_a_real_time_and_no_formula() {
    let folder = folder();
    let mut events = folder.events();
    events.reverse();
    let (facts, rows) = exported(&folder, &[]);
    assert_eq!(rows.len(), events.len());
    assert_eq!((&facts["sheets"], &facts["formulas"]), (&json!(["Events"]), &json!(0)));
    for (event, row) in events.iter().zip(&rows) {
        assert_eq!(row["sequence"], json!(["number", event["sequence"].to_string()]));
        assert_eq!(row["received_at_utc"], json!(["text", event["received_at"]]));
        assert_eq!(row["received_at_local"][0], "time", "{row}");
        for name in ["webhook", "delivery_id", "event", "status", "study_id", "subject_id", "upload_id", "body_sha256"]
        {
            let expected = if event[name].is_null() { Value::Null } else { json!(["text", event[name]]) };
            assert_eq!(row[name], expected, "{name} of {event}: as it is, leading zeros and all");
        }
        let message = event["message"].as_str().unwrap();
        let shown = row["message"][1].as_str().unwrap();
        if message.len() > 32_767 {
            assert_eq!(shown.encode_utf16().count(), 32_767, "as much as a cell holds");
            assert!(shown.contains("[cut here"), "and it says so");
        } else {
            assert_eq!(row["message"], json!(["text", message]));
        }
    }
}

#[test]
fn the_header_stays_is_bold_and_filters() {
    let folder = folder();
    let (facts, rows) = exported(&folder, &["--with-body", "--query", "webhook:berlin"]);
    let csv = folder.run(&["export", "--profile", "analysis", "--with-body", "--output", "-"]).good();
    let head: Vec<&str> = csv.lines().next().unwrap().split(',').collect();
    assert_eq!(facts["head"], json!(head), "the columns of the CSV");
    assert_eq!(facts["head_is_bold"], true);
    assert_eq!((&facts["frozen"][0]["ySplit"], &facts["frozen"][0]["state"]), (&json!("1"), &json!("frozen")));
    assert_eq!(facts["filter"], json!([format!("A1:AD{}", rows.len() + 1)]));
    assert_eq!(facts["widths"].as_array().unwrap().len(), head.len());
    assert!(rows.iter().all(|row| row["body"][0] == "text"));
}

#[test]
fn standard_output_gets_the_same_bytes_and_a_full_disk_is_said() {
    let folder = folder();
    let file = folder.beside("events.xlsx");
    let name = file.to_str().unwrap();
    folder.run(&["export", "--format", "xlsx", "--output", name]).good();
    let mut command = folder.command(&["export", "--format", "xlsx", "--output", "-"]);
    let printed = command.output().unwrap();
    assert!(printed.status.success());
    assert_eq!(printed.stdout, std::fs::read(&file).unwrap());

    // The system's own full disk.
    let said = folder.run(&["export", "--format", "xlsx", "--output", "/dev/full"]).bad();
    assert!(said.starts_with("error: /dev/full cannot be written: "), "{said}");
    assert_eq!(said.lines().count(), 1, "and nothing else: {said}");
}
