//! What an event says about problems: that something failed, or that what had failed succeeded. Keys only; no state.

use std::fmt::Write;

use centrepoint::time::utc_micros;
use centrepoint::{Event, EventKind, Unreadable};

use super::ProblemKind;
use crate::UploadKey;

/// What two occurrences must share to be the same problem.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct ProblemKey {
    /// Its kind.
    pub kind: ProblemKind,
    /// The webhook's slug.
    pub webhook: String,
    /// The rest of the key as one text, made by [`signal`]; unambiguous whatever ids hold.
    pub subject_matter: String,
}

impl ProblemKey {
    /// The key of an upload's error: what [`signal`] gives for its `error` and `completed` events.
    #[must_use]
    pub fn of_upload(upload: &UploadKey) -> Self {
        Self::of(ProblemKind::UploadError, &upload.webhook, &[upload.study_id.as_deref(), Some(&upload.upload_id)])
    }

    /// The key of what nothing but its place in the log identifies.
    fn of_sequence(kind: ProblemKind, webhook: &str, sequence: i64) -> Self {
        Self { kind, webhook: webhook.to_owned(), subject_matter: format!("#{sequence}") }
    }

    /// Each part is its length in bytes, a colon and itself, or `-` where it is unknown: no id can be taken for two.
    fn of(kind: ProblemKind, webhook: &str, parts: &[Option<&str>]) -> Self {
        let mut subject_matter = String::new();
        for part in parts {
            let written = match part {
                Some(part) => write!(subject_matter, "{}:{part}", part.len()),
                None => write!(subject_matter, "-"),
            };
            written.expect("a String takes whatever is written to it");
        }
        Self { kind, webhook: webhook.to_owned(), subject_matter }
    }
}

/// What an event says about problems.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Signal {
    /// It has nothing to do with one.
    None,
    /// Something failed.
    Failed(ProblemKey),
    /// What would have failed under this key succeeded.
    Succeeded(ProblemKey),
}

/// What `event` says about problems. `sequence` keys what nothing else can (an unreadable delivery, an upload error without an upload id).
///
/// - `upload` error / completed: keyed by study and upload id.
/// - `raw_processing_complete` Error / Completed: keyed by study, subject, serial and the data's first and last instant, so that
///   success over other data never hides a failure. A success that does not say which data it is about resolves nothing.
/// - `data_retrieval_complete` with a failing status (error, failed, cancelled) or a message / completed: keyed by study and tracking id.
/// - `Err(_)` (unreadable): keyed by the sequence.
#[must_use]
pub fn signal(webhook: &str, sequence: i64, event: Result<&Event, Unreadable>) -> Signal {
    let Ok(event) = event else {
        return Signal::Failed(ProblemKey::of_sequence(ProblemKind::Unreadable, webhook, sequence));
    };
    match event.kind {
        EventKind::Upload => of_upload(webhook, sequence, event),
        EventKind::RawProcessingComplete => of_raw_processing(webhook, sequence, event),
        EventKind::DataRetrievalComplete => of_data_retrieval(webhook, sequence, event),
        _ => Signal::None,
    }
}

fn of_upload(webhook: &str, sequence: i64, event: &Event) -> Signal {
    let kind = ProblemKind::UploadError;
    let key =
        event.upload_id.as_deref().map(|id| ProblemKey::of(kind, webhook, &[event.study_id.as_deref(), Some(id)]));
    match (event.status.as_deref(), key) {
        (Some("error"), key) => Signal::Failed(key.unwrap_or_else(|| ProblemKey::of_sequence(kind, webhook, sequence))),
        (Some("completed"), Some(key)) => Signal::Succeeded(key),
        _ => Signal::None,
    }
}

fn of_raw_processing(webhook: &str, sequence: i64, event: &Event) -> Signal {
    let kind = ProblemKind::ProcessingError;
    let first = event.min_event_timestamp.as_deref().map(instant);
    let last = event.max_event_timestamp.as_deref().map(instant);
    let whose = [event.study_id.as_deref(), event.subject_id.as_deref(), event.monitor_serial.as_deref()];
    let key = || {
        let [study, subject, serial] = whose;
        ProblemKey::of(kind, webhook, &[Some("raw"), study, subject, serial, first.as_deref(), last.as_deref()])
    };
    match event.status.as_deref() {
        Some("error" | "failed") if event.subject_id.is_some() || event.monitor_serial.is_some() => {
            Signal::Failed(key())
        }
        Some("error" | "failed") => Signal::Failed(ProblemKey::of_sequence(kind, webhook, sequence)),
        Some("completed") if first.is_some() || last.is_some() => Signal::Succeeded(key()),
        _ => Signal::None,
    }
}

/// The same instant in one spelling: `Z` and `+00:00` are both in use.
fn instant(text: &str) -> String {
    utc_micros(text).map_or_else(|| text.to_owned(), |micros| micros.to_string())
}

fn of_data_retrieval(webhook: &str, sequence: i64, event: &Event) -> Signal {
    let kind = ProblemKind::ProcessingError;
    let tracking = event.tracking_id.as_deref();
    let key =
        tracking.map(|id| ProblemKey::of(kind, webhook, &[Some("retrieval"), event.study_id.as_deref(), Some(id)]));
    let failed = matches!(event.status.as_deref(), Some("error" | "failed" | "cancelled" | "canceled"));
    match (failed || event.message.is_some(), event.status.as_deref(), key) {
        (true, _, key) => Signal::Failed(key.unwrap_or_else(|| ProblemKey::of_sequence(kind, webhook, sequence))),
        (false, Some("completed"), Some(key)) => Signal::Succeeded(key),
        _ => Signal::None,
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn says(name: &str, body: &str) -> Signal {
        let event = centrepoint::event::read(Some(name), body.as_bytes()).unwrap();
        signal("study-189", 7, Ok(&event))
    }

    fn failed(name: &str, body: &str) -> ProblemKey {
        match says(name, body) {
            Signal::Failed(key) => key,
            other => panic!("{body} says {other:?}"),
        }
    }

    #[test]
    fn an_uploads_error_and_its_completed_share_a_key() {
        let error = failed("upload", r#"{"uploadId":"85045","studyId":"189","status":"Error"}"#);
        assert_eq!(
            says("upload", r#"{"uploadId":85045,"study_id":189,"status":"completed"}"#),
            Signal::Succeeded(error.clone())
        );
        let key = UploadKey { webhook: "study-189".into(), study_id: Some("189".into()), upload_id: "85045".into() };
        assert_eq!(ProblemKey::of_upload(&key), error);
        assert_ne!(failed("upload", r#"{"uploadId":"85045","studyId":"190","status":"error"}"#), error);
        assert_eq!(says("upload", r#"{"uploadId":"85045","studyId":"189","status":"started"}"#), Signal::None);
        assert_eq!(says("upload", r#"{"uploadId":"85045","studyId":"189"}"#), Signal::None);
    }

    #[test]
    fn an_upload_without_an_id_is_a_problem_of_its_own() {
        assert_eq!(failed("upload", r#"{"status":"error"}"#).subject_matter, "#7");
        assert_eq!(says("upload", r#"{"status":"completed"}"#), Signal::None);
    }

    #[test]
    fn raw_processing_is_about_the_same_data_only() {
        let body = |status: &str, first: &str| {
            format!(
                r#"{{"study_id":189,"subject_id":1,"monitor_serial":"A","status":"{status}",
                    "min_event_timestamp":"{first}","max_event_timestamp":"2016-06-21T13:02:00Z"}}"#
            )
        };
        let name = "raw_processing_complete";
        let error = failed(name, &body("Error", "2016-06-14T20:46:00Z"));
        let success = |first: &str| says(name, &body("Completed", first));
        assert_eq!(
            success("2016-06-14T20:46:00+00:00"),
            Signal::Succeeded(error.clone()),
            "one instant, two spellings"
        );
        assert_ne!(success("2016-06-14T20:47:00Z"), Signal::Succeeded(error));
    }

    #[test]
    fn raw_processing_that_names_no_data_resolves_nothing() {
        let name = "raw_processing_complete";
        let error = failed(name, r#"{"subject_id":1,"status":"Error","error_message":"x"}"#);
        assert_eq!(failed(name, r#"{"subject_id":1,"status":"Error"}"#), error, "failures of one subject gather");
        assert_eq!(says(name, r#"{"subject_id":1,"status":"Completed"}"#), Signal::None);
        assert_eq!(failed(name, r#"{"status":"Error"}"#).subject_matter, "#7");
    }

    #[test]
    fn a_retrieval_fails_by_its_status_or_its_message() {
        let name = "data_retrieval_complete";
        let error = failed(name, r#"{"study_id":1,"tracking_id":"t","request_status":"Error"}"#);
        assert_eq!(
            failed(name, r#"{"study_id":1,"tracking_id":"t","request_status":"Completed","error_message":"x"}"#),
            error
        );
        assert_eq!(
            says(name, r#"{"study_id":1,"tracking_id":"t","request_status":"Completed","error_message":null}"#),
            Signal::Succeeded(error)
        );
        assert_eq!(says(name, r#"{"study_id":1,"tracking_id":"t","request_status":"Running"}"#), Signal::None);
        assert_eq!(failed(name, r#"{"request_status":"Failed"}"#).subject_matter, "#7");
    }

    #[test]
    fn what_cannot_be_read_is_a_problem_of_its_own() {
        let Signal::Failed(key) = signal("a", 12, Err(Unreadable::NotJson)) else {
            panic!("unreadable opens a problem")
        };
        assert_eq!((key.kind, key.subject_matter.as_str()), (ProblemKind::Unreadable, "#12"));
    }

    #[test]
    fn other_events_have_nothing_to_do_with_problems() {
        for name in ["validation", "daily_statistics_complete", "cp2_daily_statistics_complete", "sleep_report"] {
            assert_eq!(says(name, r#"{"uploadId":"1","status":"error","message":"x"}"#), Signal::None, "{name}");
        }
    }

    proptest! {
        #[test]
        fn different_ids_are_different_problems(
            a in prop::collection::vec(prop::option::of("[0-9:#-]{0,4}"), 3),
            b in prop::collection::vec(prop::option::of("[0-9:#-]{0,4}"), 3),
        ) {
            let key = |parts: &[Option<String>]| {
                let parts: Vec<_> = parts.iter().map(Option::as_deref).collect();
                ProblemKey::of(ProblemKind::UploadError, "w", &parts)
            };
            prop_assert_eq!(key(&a) == key(&b), a == b);
            prop_assert_ne!(key(&a), ProblemKey::of_sequence(ProblemKind::UploadError, "w", 1));
        }
    }
}
