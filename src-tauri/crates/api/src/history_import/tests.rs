use std::path::PathBuf;

use proptest::prelude::*;
use serde_json::{Value, json};

use super::*;
use crate::testing::Bench;
use crate::wire::{EventQuery, ListQuery, WebhookForm};

const PASSCODE: &str = "the secret in the portal";

/// A webhook `rome` with a signature, and a folder for files.
struct Site {
    bench: Bench,
    files: tempfile::TempDir,
}

impl Site {
    fn new() -> Self {
        let bench = Bench::new();
        let form = WebhookForm {
            name: "Rome".to_owned(),
            slug: "rome".to_owned(),
            authentication: "hmac".to_owned(),
            secret: Some(PASSCODE.to_owned()),
            study_id: Some("189".to_owned()),
            ..WebhookForm::default()
        };
        bench.monitor().webhook_add(&form).unwrap();
        Self { bench, files: tempfile::tempdir().unwrap() }
    }

    /// It comes by itself, `minutes` before now.
    fn comes(&self, id: &str, body: &str, minutes: i64) {
        let head = format!(
            "POST /hooks/rome HTTP/1.1\r\nX-ActiGraph-Webhook-Id: 15\r\nX-ActiGraph-Event: upload\r\nX-ActiGraph-Delivery: {id}\r\n\r\n"
        );
        let arrival = NewArrival {
            received_at: self.bench.monitor().now() - minutes * 60_000_000,
            webhook: study::Slug::new("rome").unwrap(),
            head: head.into_bytes(),
            body: body.to_owned().into(),
            body_sha256: centrepoint::BodyDigest::of(body.as_bytes()),
            authentication: Authentication::Hmac,
            mark: Mark::Plain,
            source_ip: "13.82.60.74".parse().unwrap(),
        };
        self.bench.monitor().with_log(|log| Ok(log.append_waiting(arrival)?)).unwrap();
    }

    fn file(&self, name: &str, content: &Value) -> String {
        let path: PathBuf = self.files.path().join(name);
        std::fs::write(&path, content.to_string()).unwrap();
        path.display().to_string()
    }

    fn import(&self, items: &[Value], change: impl FnOnce(&mut HistoryImport)) -> Result<HistoryReport, ApiError> {
        let file = self.file("history.json", &json!({"items": items, "totalCount": items.len()}));
        let mut request = HistoryImport {
            webhook: "rome".to_owned(),
            files: vec![file],
            by: "M. Rossi".to_owned(),
            ..HistoryImport::default()
        };
        change(&mut request);
        self.bench.monitor().history_import(&request)
    }

    fn rows(&self) -> Vec<crate::wire::EventRow> {
        let ask = EventQuery { limit: 100, ..EventQuery::default() };
        self.bench.monitor().events(&ask).unwrap().rows
    }

    /// The state of each upload and of its problem, by its id.
    fn states(&self) -> Vec<(String, String, Option<String>)> {
        let ask = ListQuery { limit: 100, ..ListQuery::default() };
        let rows = self.bench.monitor().uploads(&ask).unwrap().rows;
        let mut states: Vec<_> = rows.into_iter().map(|row| (row.upload_id, row.state, row.problem)).collect();
        states.sort();
        states
    }
}

fn body(upload: u32, status: &str) -> String {
    json!({"uploadId": upload.to_string(), "studyId": "189", "subjectId": "44732", "status": status}).to_string()
}

/// A signed item, made so many minutes before 14:05.
fn item(id: &str, body: &str, minutes: i64) -> Value {
    let at: jiff::Timestamp = "2026-08-22T14:05:00Z".parse().unwrap();
    let made = at - jiff::SignedDuration::from_mins(minutes);
    let signature = centrepoint::authentication::sign(&centrepoint::Secret::new(PASSCODE), body.as_bytes());
    let headers = json!({
        "X-ActiGraph-Webhook-Id": ["15"], "X-ActiGraph-Event": ["upload"], "X-ActiGraph-Delivery": [id],
        "X-ActiGraph-Signature": [signature],
    });
    json!({
        "id": id, "webhookId": 15, "webhookEvent": "upload", "createdDate": made.to_string(),
        "request": {"headers": headers.to_string(), "body": body}, "response": {"responseCode": 503},
    })
}

#[test]
fn what_is_missing_is_added_once_and_what_is_here_is_known() {
    let site = Site::new();
    site.comes("a", &body(1, "completed"), 300);
    let spaced = format!("\u{feff}{}", body(2, "completed").replace(':', ": "));
    site.comes("b", &spaced, 290);
    let handshake = {
        let mut item = item("v", r#"{"ValidationCode":"x"}"#, 400);
        item["request"]["headers"] = json!(json!({"X-ActiGraph-Event": ["validation"]}).to_string());
        item
    };
    let unsigned = {
        let mut item = item("d", &body(4, "started"), 100);
        item["request"]["headers"] = json!({"X-ActiGraph-Event": ["upload"], "X-ActiGraph-Delivery": ["d"]});
        item["response"]["responseCode"] = json!(200);
        item
    };
    let forged = {
        let mut item = item("e", &body(5, "completed"), 90);
        item["request"]["body"] = json!(body(5, "error"));
        item
    };
    let items = [
        item("c", &body(3, "completed"), 200),
        item("a", &body(1, "completed"), 301),
        item("b", &body(2, "completed"), 291),
        handshake,
        unsigned,
        forged,
        json!({"id": 7}),
    ];
    let tried = site.import(&items, |request| request.dry_run = true).unwrap();
    assert_eq!(site.rows().len(), 2, "asking changes nothing");
    let report = site.import(&items, |_| {}).unwrap();
    assert_eq!(HistoryReport { dry_run: true, ..report.clone() }, tried, "it does what it said");
    let counts = [report.items, report.added, report.known, report.same_content, report.validations, report.unusable];
    assert_eq!(counts, [7, 3, 1, 1, 1, 1]);
    assert_eq!([report.verified, report.unsigned, report.differing, report.answered], [1, 1, 1, 1]);
    assert_eq!(
        (report.from.as_deref(), report.to.as_deref()),
        (Some("2026-08-22T10:45:00.000000Z"), Some("2026-08-22T12:35:00.000000Z"))
    );
    let outcomes: Vec<_> = report.lines.iter().map(|line| line.outcome.as_str()).collect();
    assert_eq!(outcomes, ["unusable", "new", "new", "new"]);
    assert_eq!(report.lines[0].reason.as_deref(), Some("it has no request"));

    let rows = site.rows();
    assert_eq!(rows.len(), 5);
    assert_eq!(rows[2].flags, ["history"], "in the order in which they were made");
    assert_eq!((rows[2].delivery_id.as_deref(), rows[2].authentication.as_str()), (Some("c"), "hmac"));
    assert_eq!(rows[1].authentication, "none", "nothing proved it");
    let detail = site.bench.monitor().event(rows[0].sequence).unwrap();
    assert_eq!(detail.row.made_at.as_deref(), Some("2026-08-22T12:35:00.000000Z"));
    let line = |row| serde_json::to_string(&crate::lines::EventLine::from(row)).unwrap();
    assert!(line(&rows[0]).ends_with(r#","made_at":"2026-08-22T12:35:00.000000Z"}"#), "{}", line(&rows[0]));
    let came = rows.iter().find(|row| row.flags.is_empty()).unwrap();
    assert!(!line(came).contains("made_at"), "what came by itself has the contract's fields alone");
    assert_eq!(detail.history_check.as_deref(), Some("differs"));
    assert_eq!(detail.request_line, "HISTORY item e");

    let again = site.import(&items, |_| {}).unwrap();
    assert_eq!((again.added, again.known, again.same_content), (0, 4, 1), "never twice");
    assert_eq!(site.rows().len(), 5);
    // As CentrePoint sends it again after all: an attempt, nothing else.
    site.comes("c", &body(3, "completed"), 0);
    assert_eq!(site.rows().len(), 5);
}

#[test]
fn old_news_changes_no_state_and_new_news_does() {
    let site = Site::new();
    // The truth came by itself after the gap.
    site.comes("1-completed", &body(1, "completed"), 60);
    site.comes("2-error", &body(2, "error"), 60);
    // This one came a day late: CentrePoint made it before the error in the gap.
    site.comes("3-completed", &body(3, "completed"), 10);
    let items = [
        item("1-error", &body(1, "error"), 600),
        item("2-completed", &body(2, "completed"), 600),
        item("3-completed", &body(3, "completed"), 1_450),
        item("3-error", &body(3, "error"), 1_400),
        item("4-completed", &body(4, "completed"), 500),
        item("4-error", &body(4, "error"), 550),
        item("5-error", &body(5, "error"), 500),
    ];
    let report = site.import(&items, |_| {}).unwrap();
    assert_eq!((report.added, report.older, report.known), (6, 2, 1));
    let of = |upload: &str, state: &str, problem: Option<&str>| {
        (upload.to_owned(), state.to_owned(), problem.map(str::to_owned))
    };
    assert_eq!(
        site.states(),
        [
            of("1", "completed", None),
            of("2", "error", Some("open")),
            of("3", "error", Some("open")),
            of("4", "completed", Some("resolved")),
            of("5", "error", Some("open")),
        ]
    );
}

#[test]
fn processing_that_succeeded_since_opens_no_problem_for_an_old_failure() {
    let site = Site::new();
    let raw = |status: &str| {
        json!({"study_id": "189", "subject_id": 44732, "monitor_serial": "TAS1", "status": status,
            "min_event_timestamp": "2026-08-20T00:00:00Z", "max_event_timestamp": "2026-08-21T00:00:00Z"})
        .to_string()
    };
    let item = |id: &str, status: &str, minutes| {
        let mut item = item(id, &raw(status), minutes);
        item["request"]["headers"] =
            json!({"X-ActiGraph-Event": "raw_processing_complete", "X-ActiGraph-Delivery": id});
        item
    };
    site.comes("x", &raw("Completed"), 60);
    // Its own item says which event that was, whatever it is called.
    let items = [item("x", "Completed", 61), item("y", "Error", 500)];
    let report = site.import(&items, |_| {}).unwrap();
    assert_eq!((report.added, report.older), (1, 1));
    let ask = ListQuery { limit: 10, ..ListQuery::default() };
    assert_eq!(site.bench.monitor().problems(&ask).unwrap().rows, []);
    let later = [item("x", "Completed", 61), item("z", "Failed", 30)];
    assert_eq!(site.import(&later, |_| {}).unwrap().older, 0);
    assert_eq!(site.bench.monitor().problems(&ask).unwrap().rows.len(), 1);
}

#[test]
fn another_webhooks_history_is_left_out_unless_it_is_meant() {
    let site = Site::new();
    site.comes("a", &body(1, "completed"), 300);
    let mut foreign = item("f", &body(9, "error"), 100);
    foreign["webhookId"] = json!(16);
    let other_study = item("g", &body(9, "error").replace("\"189\"", "\"200\""), 100);
    let items = [foreign, other_study];
    let report = site.import(&items, |_| {}).unwrap();
    assert_eq!((report.added, report.other), (0, 2));
    assert!(report.lines.iter().all(|line| line.outcome == "other" && line.reason.is_some()));
    assert!(report.warnings[0].contains("right history"), "{:?}", report.warnings);
    assert_eq!(site.import(&items, |request| request.any_webhook = true).unwrap().added, 2);
}

#[test]
fn what_is_brought_in_did_not_come() {
    let site = Site::new();
    assert_eq!(site.import(&[item("a", &body(1, "completed"), 100)], |_| {}).unwrap().added, 1);
    let monitor = site.bench.monitor();
    assert!(monitor.newest_event("rome").unwrap().is_none(), "the webhook still waits for its first delivery");
    assert_eq!(monitor.history().pulses().unwrap(), [], "and is no less silent");
    site.comes("b", &body(2, "completed"), 5);
    site.import(&[item("c", &body(3, "completed"), 90)], |_| {}).unwrap();
    assert_eq!(monitor.newest_event("").unwrap().and_then(|row| row.delivery_id).as_deref(), Some("b"));
}

#[test]
fn a_time_can_be_asked_for_and_pages_of_several_files_belong_together() {
    let site = Site::new();
    let page = |from: usize, to: usize| {
        let items: Vec<Value> = (from..to)
            .map(|n| item(&n.to_string(), &body(u32::try_from(n).unwrap(), "started"), 60 * i64::try_from(n).unwrap()))
            .collect();
        json!({"items": items, "totalCount": 10, "limit": 5, "offset": from})
    };
    let (one, two) = (site.file("one.json", &page(0, 5)), site.file("two.json", &page(5, 10)));
    let mut request = HistoryImport {
        webhook: "rome".to_owned(),
        files: vec![one],
        from: Some("2026-08-22T12:00:00Z".to_owned()),
        dry_run: true,
        ..HistoryImport::default()
    };
    let monitor = site.bench.monitor();
    let report = monitor.history_import(&request).unwrap();
    assert_eq!((report.added, report.outside), (3, 2));
    assert!(report.warnings[0].contains("5 of the 10"), "{:?}", report.warnings);
    request.files.push(two);
    assert_eq!(monitor.history_import(&request).unwrap().warnings, [""; 0]);
    request.from = Some("last week".to_owned());
    assert_eq!(monitor.history_import(&request).unwrap_err().field.as_deref(), Some("from"));
}

#[test]
fn it_says_who_and_what_cannot_be_read() {
    let site = Site::new();
    let field = |change: &dyn Fn(&mut HistoryImport)| {
        let error = site.import(&[item("a", &body(1, "error"), 9)], |request| change(request)).unwrap_err();
        error.field.unwrap_or_default()
    };
    assert_eq!(field(&|request| request.by = " ".to_owned()), "by");
    assert_eq!(field(&|request| request.files.clear()), "files");
    assert_eq!(field(&|request| request.files = vec!["/nowhere/history.json".to_owned()]), "files");
    assert_eq!(field(&|request| request.files[0] = site.file("other.json", &json!({"a": 1}))), "files");
    let api = crate::wire::HistoryApi { client_id: "me".to_owned(), ..crate::wire::HistoryApi::default() };
    assert_eq!(field(&|request| request.api = Some(api.clone())), "secret");
    assert_eq!(site.rows().len(), 0);
    assert!(site.bench.monitor().history_progress().is_none());
    assert!(!format!("{:?}", crate::wire::HistoryApi { secret: "s3cret".to_owned(), ..api }).contains("s3cret"));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(12))]

    /// Whatever part of the truth came by itself, in its order, and whatever part of it is brought in afterwards, in however many turns: where the
    /// end that was made last is known, it is the state.
    #[test]
    fn the_last_end_that_was_made_stands(
        ends in prop::collection::vec((any::<bool>(), any::<bool>()), 1..6), split in 0_usize..6,
    ) {
        let site = Site::new();
        let status = |failed: bool| if failed { "error" } else { "completed" };
        // Bodies differ, as they do.
        let body = |n: usize, failed| body(1, status(failed)).replace('}', &format!(r#","n":{n}}}"#));
        let minutes = |n: usize| 1_000 - 60 * i64::try_from(n).unwrap();
        for (n, (failed, _)) in ends.iter().enumerate().filter(|(_, (_, came))| *came) {
            site.comes(&n.to_string(), &body(n, *failed), minutes(n));
        }
        let all: Vec<Value> = ends.iter().enumerate().map(|(n, (failed, _))| item(&n.to_string(), &body(n, *failed), minutes(n))).collect();
        let (one, two) = all.split_at(split.min(all.len()));
        for part in [two, one, &all] {
            site.import(part, |_| {}).unwrap();
        }
        let expected = status(ends.last().unwrap().0);
        let states = site.states();
        prop_assert_eq!(states[0].1.as_str(), expected);
        let open = states[0].2.as_deref() == Some("open");
        prop_assert_eq!(open, expected == "error", "a problem is open exactly where its upload is in error");
    }
}
