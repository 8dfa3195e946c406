//! From what is typed into the search box to rows: an error has a place within the text, whatever is understood is answered by every list,
//! and its canonical text means the same.

use std::path::Path;
use std::sync::{Arc, LazyLock};

use centrepoint::{Authentication, BodyDigest};
use store::history::{Lens, Page};
use store::{DataFolder, History, Log, Mark, NewArrival};
use study::clock::FixedClock;
use study::{Query, Slug};

/// 2026-08-22T14:05:00Z
const NOW: i64 = 1_787_407_500_000_000;

/// A few events of every kind, asked again and again.
static HISTORY: LazyLock<History> = LazyLock::new(|| {
    let folder = tempfile::tempdir().expect("a temporary folder");
    filled(folder.keep().as_path())
});

pub(crate) fn check(data: &[u8]) {
    let Ok(text) = std::str::from_utf8(data) else { return };
    let typed = Query::terms(text);
    let query = match Query::parse(text) {
        Ok(query) => query,
        Err(error) => {
            assert!(error.start <= error.end && error.end <= text.chars().count(), "{error:?}");
            assert_eq!(typed.error.as_ref(), Some(&error));
            return;
        }
    };
    assert!(typed.terms.windows(2).all(|two| two[0].end <= two[1].start), "chips stand one behind the other");
    assert_eq!(Query::parse(&query.to_string()).as_ref(), Ok(&query), "its canonical text means the same");
    let lens = Lens { now: NOW, zone: jiff::tz::TimeZone::UTC, stuck_after: 7_200_000_000, silences: Arc::default() };
    let page = Page { query, before: None, after: None, limit: 100 };
    let found = HISTORY.events(&page, &lens).expect("events are found").rows.len();
    let counted = HISTORY.count_events(&page.query, &lens).expect("events are counted");
    assert_eq!(usize::try_from(counted), Ok(found), "as many as there are");
    HISTORY.uploads(&page, &lens).expect("uploads are found");
    HISTORY.problems(&page, &lens).expect("problems are found");
    HISTORY.subjects(&page, &lens).expect("subjects are found");
}

fn filled(path: &Path) -> History {
    let folder = DataFolder::open(path).expect("a data folder");
    let clock = Arc::new(FixedClock::at(jiff::Timestamp::from_microsecond(NOW).expect("a time")));
    let log = Log::open(&folder, clock.clone()).expect("a log");
    let runtime = tokio::runtime::Builder::new_multi_thread().build().expect("a runtime");
    let bodies = [
        ("upload", r#"{"uploadId":"1","studyId":"189","subjectId":"000103","status":"started"}"#),
        ("upload", r#"{"uploadId":"1","studyId":"189","subjectId":"000103","status":"completed"}"#),
        (
            "upload",
            r#"{"uploadId":"2","studyId":"189","subjectId":"7","status":"error","message":"Low battery: 3.1 V"}"#,
        ),
        (
            "raw_processing_complete",
            r#"{"study_id":189,"subject_id":7,"subject_identifier":"TAS-1","status":"Error","monitor_serial":"TAS1D"}"#,
        ),
        ("a new one", "no object"),
    ];
    for (number, (event, body)) in bodies.into_iter().enumerate() {
        let head = format!(
            "POST /hooks/north HTTP/1.1\r\nX-ActiGraph-Event: {event}\r\nX-ActiGraph-Delivery: {number}\r\n\r\n"
        );
        let arrival = NewArrival {
            received_at: NOW - 86_400_000_000,
            webhook: Slug::new("north").expect("a slug"),
            head: head.into_bytes(),
            body: body.to_owned().into(),
            body_sha256: BodyDigest::of(body.as_bytes()),
            authentication: Authentication::Hmac,
            mark: Mark::Plain,
            source_ip: std::net::Ipv4Addr::LOCALHOST.into(),
        };
        runtime.block_on(log.append(arrival)).expect("it is kept");
    }
    log.close();
    History::open(&folder, clock).expect("a history")
}
