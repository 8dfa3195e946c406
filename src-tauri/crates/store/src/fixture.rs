//! What the tests of this crate share: a data folder that goes away, and arrivals as CentrePoint would send them.

use std::path::Path;
use std::sync::Arc;

use centrepoint::{Authentication, BodyDigest};
use study::clock::FixedClock;
use study::{Action, Query, Slug};

use crate::history::{Lens, Page};
use crate::{DataFolder, History, Log, Mark, NewArrival};

/// 2026-08-22T14:05:00Z
pub(crate) const NOW: i64 = 1_787_407_500_000_000;
pub(crate) const HOUR: i64 = 3_600_000_000;

pub(crate) struct Fixture {
    pub(crate) temp: tempfile::TempDir,
    pub(crate) folder: DataFolder,
    pub(crate) runtime: tokio::runtime::Runtime,
}

impl Fixture {
    pub(crate) fn new() -> Self {
        let temp = tempfile::tempdir().unwrap();
        let folder = DataFolder::open(temp.path()).unwrap();
        let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap();
        Self { temp, folder, runtime }
    }

    pub(crate) fn clock() -> Arc<FixedClock> {
        Arc::new(FixedClock::at(jiff::Timestamp::from_microsecond(NOW).unwrap()))
    }

    pub(crate) fn log(&self) -> Log {
        Log::open(&self.folder, Self::clock()).unwrap()
    }

    pub(crate) fn history(&self) -> History {
        History::open(&self.folder, Self::clock()).unwrap()
    }

    /// Appends in this order, one after the other.
    pub(crate) fn append(&self, log: &Log, arrivals: impl IntoIterator<Item = NewArrival>) -> Vec<i64> {
        let one = |arrival| self.runtime.block_on(log.append(arrival)).unwrap().sequence;
        arrivals.into_iter().map(one).collect()
    }

    /// A log with these arrivals, closed again.
    pub(crate) fn with(arrivals: impl IntoIterator<Item = NewArrival>) -> Self {
        let fixture = Self::new();
        let log = fixture.log();
        fixture.append(&log, arrivals);
        log.close();
        fixture
    }

    pub(crate) fn act(&self, action: &Action) {
        let log = self.log();
        log.act(action).unwrap();
        log.close();
    }
}

pub(crate) fn lens() -> Lens {
    Lens { now: NOW, zone: jiff::tz::TimeZone::UTC, stuck_after: 2 * HOUR, silences: Arc::default() }
}

pub(crate) fn page(query: &str) -> Page {
    Page { query: Query::parse(query).unwrap(), before: None, after: None, limit: 1000 }
}

/// An arrival with any body; `at` is minutes before [`NOW`].
pub(crate) fn arrival(event: &str, delivery: &str, minutes_ago: i64, body: &str) -> NewArrival {
    let delivery = if delivery.is_empty() { String::new() } else { format!("X-ActiGraph-Delivery: {delivery}\r\n") };
    NewArrival {
        received_at: NOW - minutes_ago * 60_000_000,
        webhook: Slug::new("alpha").unwrap(),
        head: format!(
            "POST /hooks/alpha HTTP/1.1\r\nX-ActiGraph-Webhook-Id: 15\r\nX-ActiGraph-Event: {event}\r\n{delivery}\r\n"
        )
        .into_bytes(),
        body: body.to_owned().into(),
        body_sha256: BodyDigest::of(body.as_bytes()),
        authentication: Authentication::Hmac,
        mark: Mark::Plain,
        source_ip: "13.82.60.74".parse().unwrap(),
    }
}

/// An upload's event.
pub(crate) fn upload(upload: &str, subject: &str, status: &str, delivery: &str, minutes_ago: i64) -> NewArrival {
    let message = if status == "error" { r#","message":"the file could not be read""# } else { "" };
    let body =
        format!(r#"{{"uploadId":"{upload}","studyId":"189","subjectId":"{subject}","status":"{status}"{message}}}"#);
    arrival("upload", delivery, minutes_ago, &body)
}

/// Copies the files of a data folder as they are on disk, as a crash would leave them.
pub(crate) fn copy_files(from: &Path, to: &Path) {
    for entry in std::fs::read_dir(from).unwrap() {
        let path = entry.unwrap().path();
        let name = path.file_name().unwrap().to_owned();
        if name.to_string_lossy().ends_with("-shm") {
            continue;
        }
        std::fs::copy(&path, to.join(name)).unwrap();
    }
}
