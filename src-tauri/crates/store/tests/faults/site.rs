//! What these tests share: a data folder in use, and what is asked of one afterwards.

use std::collections::HashMap;
use std::path::Path;
use std::sync::Arc;

use centrepoint::{Authentication, BodyDigest};
use faults::Disk;
use rusqlite::{Connection, OpenFlags};
use store::{DataFolder, Log, NewArrival, NotDurable, Projector, ReceiverLock};
use study::Slug;
use study::clock::FixedClock;

/// A clock that stands still.
pub(crate) fn clock() -> Arc<FixedClock> {
    Arc::new(FixedClock::at("2026-08-22T14:05:00Z".parse().unwrap()))
}

/// An upload's event, told apart by `number`, weighing some `weight` bytes.
pub(crate) fn arrival(number: u64, weight: usize) -> NewArrival {
    let status = ["started", "completed", "error"][usize::try_from(number % 3).unwrap()];
    let filler = "x".repeat(weight);
    let (upload, subject) = (number / 3, number % 7);
    let body = format!(
        r#"{{"uploadId":"{upload}","studyId":"189","subjectId":"{subject}","status":"{status}","message":"m","filler":"{filler}"}}"#
    );
    let head = format!("POST /hooks/a HTTP/1.1\r\nX-ActiGraph-Event: upload\r\nX-ActiGraph-Delivery: {number}\r\n\r\n");
    NewArrival {
        received_at: 1_787_407_500_000_000,
        webhook: Slug::new("a").unwrap(),
        head: head.into_bytes(),
        body_sha256: BodyDigest::of(body.as_bytes()),
        body: body.into(),
        authentication: Authentication::Hmac,
        mark: store::log::Mark::Plain,
        source_ip: "13.82.60.74".parse().unwrap(),
    }
}

/// A folder received into, as by the program.
pub(crate) struct Receiving {
    pub(crate) log: Log,
    projector: Projector,
    _lock: ReceiverLock,
}

impl Receiving {
    pub(crate) fn start(folder: &DataFolder) -> Result<Self, store::StoreError> {
        let lock = folder.claim_receiver()?;
        let log = Log::open_to_receive(folder, &lock, clock())?;
        match Projector::start(folder, &log, |_| ()) {
            Ok(projector) => Ok(Self { log, projector, _lock: lock }),
            Err(error) => {
                log.close();
                Err(error)
            }
        }
    }

    /// Appends `numbers`, several at once, and has the disk note each that is acknowledged. Returns those that were refused.
    pub(crate) fn append(
        &self,
        runtime: &tokio::runtime::Runtime,
        disk: &Arc<Disk>,
        numbers: impl IntoIterator<Item = (u64, usize)>,
    ) -> Vec<(u64, NotDurable)> {
        runtime.block_on(async {
            let append = |(number, weight)| {
                let (log, disk) = (self.log.clone(), Arc::clone(disk));
                tokio::spawn(async move {
                    let outcome = log.append(arrival(number, weight)).await;
                    outcome.map(|_| disk.say(number)).map_err(|why| (number, why))
                })
            };
            let tasks: Vec<_> = numbers.into_iter().map(append).collect();
            let mut refused = Vec::new();
            for task in tasks {
                refused.extend(task.await.unwrap().err());
            }
            refused
        })
    }

    pub(crate) fn stop(self) {
        self.projector.stop();
        self.log.close();
    }
}

pub(crate) fn runtime() -> tokio::runtime::Runtime {
    tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap()
}

/// How often each number stands in the log.
pub(crate) fn kept(folder: &DataFolder) -> HashMap<u64, usize> {
    let log = Connection::open_with_flags(folder.log(), OpenFlags::SQLITE_OPEN_READ_ONLY).unwrap();
    let mut statement = log.prepare("SELECT head FROM log WHERE kind = 'arrival'").unwrap();
    let mut rows = statement.query([]).unwrap();
    let mut kept = HashMap::new();
    while let Some(row) = rows.next().unwrap() {
        let head = String::from_utf8(row.get(0).unwrap()).unwrap();
        let id = head.split("Delivery: ").nth(1).unwrap().trim();
        *kept.entry(id.parse().unwrap()).or_default() += 1;
    }
    kept
}

/// Writes `files` into a folder of their own.
pub(crate) fn lay_out(files: &faults::Files, at: &Path) -> DataFolder {
    for (name, content) in files {
        std::fs::write(at.join(name), content).unwrap();
    }
    DataFolder::open(at).unwrap()
}
