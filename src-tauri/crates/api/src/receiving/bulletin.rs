//! What the receiver of a folder says of itself in `receiver.json`, for a window of another process that shows it.
//!
//! Written over in place and never longer, so that it can also be said on a full disk; not synced, since it is of no use after a power cut.

use std::fs::{File, OpenOptions};
use std::io::{Read as _, Seek as _, Write as _};
use std::path::PathBuf;
use std::time::{Duration, Instant};

use serde::{Deserialize, Serialize};
use store::DataFolder;

use crate::wire::ReceiverStatus;

/// The file's length, in bytes: what is said is filled up with spaces. Warnings that do not fit are left out.
const LENGTH: usize = 32 * 1024;
/// How often it is said anew where only figures moved (the last delivery, rows behind).
const FIGURES: Duration = Duration::from_secs(1);
/// How often it is said anew where nothing moved: a sign of life.
pub(super) const BEAT: Duration = Duration::from_secs(10);

/// What is read.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Posted {
    /// Who says it.
    pub(super) process: u32,
    /// Moves with everything that is said.
    pub(super) beat: u64,
    /// How it is; without notices, which are in the state for everyone.
    pub(super) status: ReceiverStatus,
}

/// The receiver's side of it.
pub(super) struct Bulletin {
    path: PathBuf,
    file: Option<File>,
    last: Option<(ReceiverStatus, Instant)>,
    beat: u64,
    /// Said once in the log, not twice a second.
    is_failing: bool,
}

impl Bulletin {
    /// Nothing is said yet.
    pub(super) fn new(folder: &DataFolder) -> Self {
        Self { path: folder.bulletin(), file: None, last: None, beat: 0, is_failing: false }
    }

    /// Says how it is, where that is worth saying again.
    pub(super) fn post(&mut self, status: &ReceiverStatus) {
        let status = ReceiverStatus { notices: Vec::new(), elsewhere: None, ..status.clone() };
        if self.last.as_ref().is_some_and(|(last, at)| at.elapsed() < pause(last, &status)) {
            return;
        }
        match self.write(&status) {
            Ok(()) => {
                self.is_failing = false;
                self.last = Some((status, Instant::now()));
            }
            Err(error) => {
                self.file = None;
                if !std::mem::replace(&mut self.is_failing, true) {
                    tracing::warn!(%error, "receiver.json cannot be written: a window beside this process does not see how it is");
                }
            }
        }
    }

    fn write(&mut self, status: &ReceiverStatus) -> std::io::Result<()> {
        let posted = Posted { process: std::process::id(), beat: self.beat + 1, status: status.clone() };
        let text = text(posted)?;
        if self.file.is_none() {
            self.file = Some(OpenOptions::new().create(true).truncate(false).write(true).open(&self.path)?);
        }
        let Some(file) = self.file.as_mut() else { return Ok(()) };
        file.rewind()?;
        file.write_all(text.as_bytes())?;
        self.beat += 1;
        Ok(())
    }
}

/// How long what was said `last` is good for, now that it is `now`.
fn pause(last: &ReceiverStatus, now: &ReceiverStatus) -> Duration {
    let figures = ReceiverStatus {
        last_arrival_at: last.last_arrival_at.clone(),
        behind: last.behind,
        rebuilding: last.rebuilding,
        ..now.clone()
    };
    if now == last {
        BEAT
    } else if figures == *last {
        FIGURES
    } else {
        Duration::ZERO
    }
}

/// As JSON between two lines with the same number: who finds two numbers has read half of each.
fn text(mut posted: Posted) -> std::io::Result<String> {
    loop {
        let json = serde_json::to_string(&posted)?;
        let beat = posted.beat;
        let text = format!("{beat}\n{json}\n{beat}\n");
        if text.len() <= LENGTH {
            return Ok(format!("{text:LENGTH$}"));
        }
        if posted.status.warnings.pop().is_none() {
            return Err(std::io::Error::other("there is too much to say"));
        }
    }
}

/// What the receiver said last; `None` where nothing whole can be read.
pub(super) fn read(folder: &DataFolder) -> Option<Posted> {
    let mut text = String::new();
    File::open(folder.bulletin()).ok()?.take(2 * LENGTH as u64).read_to_string(&mut text).ok()?;
    let mut lines = text.lines();
    let (first, json, last) = (lines.next()?, lines.next()?, lines.next()?);
    if first != last {
        return None;
    }
    serde_json::from_str(json).ok()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::Bench;
    use crate::wire::ReceiverState;

    fn status(bench: &Bench) -> ReceiverStatus {
        ReceiverStatus {
            state: ReceiverState::Receiving,
            address: Some("http://127.0.0.1:9".to_owned()),
            ..bench.monitor().receiver_status()
        }
    }

    #[test]
    fn what_is_said_is_read_and_a_half_written_one_is_not() {
        let bench = Bench::new();
        let folder = bench.monitor().folder();
        assert_eq!(read(folder), None, "nothing was said");
        let mut bulletin = Bulletin::new(folder);
        let long = ReceiverStatus { warnings: vec!["w".repeat(900); 60], ..status(&bench) };
        bulletin.post(&long);
        let first = read(folder).unwrap();
        assert_eq!((first.process, first.beat), (std::process::id(), 1));
        assert!(first.status.warnings.len() > 20, "as many warnings as there is room for");
        assert_eq!(std::fs::metadata(folder.bulletin()).unwrap().len(), LENGTH as u64);

        let failing =
            ReceiverStatus { state: ReceiverState::Failing, reason: Some("full".to_owned()), ..status(&bench) };
        bulletin.post(&failing);
        let second = read(folder).unwrap();
        assert_eq!((second.beat, second.status), (2, failing.clone()), "nothing is left of the longer one");
        bulletin.post(&failing);
        assert_eq!(read(folder).unwrap().beat, 2, "what is the same waits for the sign of life");

        let whole = std::fs::read_to_string(folder.bulletin()).unwrap();
        std::fs::write(folder.bulletin(), whole.replacen('2', "3", 1)).unwrap();
        assert_eq!(read(folder), None);
        std::fs::write(folder.bulletin(), &whole[..80]).unwrap();
        assert_eq!(read(folder), None);
    }

    #[test]
    fn a_turn_is_said_at_once_and_a_figure_once_a_second() {
        let bench = Bench::new();
        let one = status(&bench);
        let delivered = ReceiverStatus { last_arrival_at: Some("x".to_owned()), ..one.clone() };
        let warned = ReceiverStatus { warnings: vec!["x".to_owned()], ..delivered.clone() };
        assert_eq!(pause(&one, &one), BEAT);
        assert_eq!(pause(&one, &delivered), FIGURES);
        assert_eq!(pause(&one, &warned), Duration::ZERO);
    }
}
