//! The log's files: a new one each day (UTC) and whenever one is full; the oldest go by number and by size. Own code, since what rotates by day
//! and by size both brings the clock the house does without; the queue and the thread in front of it are `tracing-appender`'s.

use std::fs::{self, File, OpenOptions};
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use study::Clock;

const MEBIBYTE: u64 = 1024 * 1024;
/// What each name begins and ends with; between them the day and, from the second file of a day on, its number.
const NAME: (&str, &str) = ("centrepoint-monitor.", ".log");
/// Days are ten letters: `2026-08-22`.
const DAY: usize = 10;

/// What is kept.
#[derive(Debug, Clone, Copy)]
pub(super) struct Bounds {
    /// Days, today among them.
    days: usize,
    /// Bytes of one file; a line is never cut, so it may be longer by one.
    file_bytes: u64,
    /// Bytes of all files, the one being written among them.
    all_bytes: u64,
}

impl Default for Bounds {
    fn default() -> Self {
        Self { days: 14, file_bytes: 16 * MEBIBYTE, all_bytes: 128 * MEBIBYTE }
    }
}

/// Writes into the newest file.
pub(super) struct Files {
    folder: PathBuf,
    bounds: Bounds,
    clock: Arc<dyn Clock>,
    day: String,
    number: u32,
    written: u64,
    file: File,
}

impl Files {
    /// Goes on in the newest file of today, or begins one. The folder is created when missing.
    pub(super) fn open(folder: &Path, bounds: Bounds, clock: Arc<dyn Clock>) -> io::Result<Self> {
        fs::create_dir_all(folder)?;
        let day = today(&*clock);
        let number = kept(folder)?.iter().filter(|log| log.day == day).map(|log| log.number).max().unwrap_or(0);
        let (file, written) = append(&path(folder, &day, number))?;
        let files = Self { folder: folder.to_owned(), bounds, clock, day, number, written, file };
        files.drop_oldest();
        Ok(files)
    }

    /// Begins the next file, where today or the size asks for it. What cannot be begun is gone on with: a log that stops would hide why.
    fn turn(&mut self) {
        let day = today(&*self.clock);
        let number = if day != self.day {
            // Also where the clock was set back: what is there is gone on with, never written over.
            0
        } else if self.written >= self.bounds.file_bytes {
            self.number + 1
        } else {
            return;
        };
        if let Ok((file, written)) = append(&path(&self.folder, &day, number)) {
            (self.file, self.written, self.day, self.number) = (file, written, day, number);
            self.drop_oldest();
        }
    }

    /// The oldest go, never the one being written.
    fn drop_oldest(&self) {
        let Ok(mut logs) = kept(&self.folder) else { return };
        logs.sort_by(|a, b| (&b.day, b.number).cmp(&(&a.day, a.number)));
        let (mut days, mut bytes) = (Vec::new(), 0);
        for log in logs {
            if days.last() != Some(&log.day) {
                days.push(log.day.clone());
            }
            bytes += log.bytes;
            let is_written = log.day == self.day && log.number == self.number;
            if !is_written && (days.len() > self.bounds.days || bytes > self.bounds.all_bytes - self.bounds.file_bytes)
            {
                // One that cannot be removed is tried again at the next turn.
                let _ = fs::remove_file(path(&self.folder, &log.day, log.number));
            }
        }
    }
}

impl Write for Files {
    fn write(&mut self, line: &[u8]) -> io::Result<usize> {
        self.turn();
        let written = self.file.write(line)?;
        self.written += written as u64;
        Ok(written)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.file.flush()
    }
}

/// A file of the log.
#[derive(Debug, PartialEq, Eq)]
struct Kept {
    day: String,
    number: u32,
    bytes: u64,
}

/// Those that are there. Other files in the folder are none of ours.
fn kept(folder: &Path) -> io::Result<Vec<Kept>> {
    let of = |entry: fs::DirEntry| {
        let name = entry.file_name();
        let (day, number) = parts(name.to_str()?)?;
        Some(Kept { day: day.to_owned(), number, bytes: entry.metadata().ok()?.len() })
    };
    Ok(fs::read_dir(folder)?.flatten().filter_map(of).collect())
}

/// The day and the number in a name.
fn parts(name: &str) -> Option<(&str, u32)> {
    let middle = name.strip_prefix(NAME.0)?.strip_suffix(NAME.1)?;
    let (day, rest) = middle.split_at_checked(DAY)?;
    day.parse::<jiff::civil::Date>().ok()?;
    let number = if rest.is_empty() { 0 } else { rest.strip_prefix('.')?.parse().ok().filter(|number| *number > 0)? };
    Some((day, number))
}

fn path(folder: &Path, day: &str, number: u32) -> PathBuf {
    let number = if number == 0 { String::new() } else { format!(".{number}") };
    folder.join(format!("{}{day}{number}{}", NAME.0, NAME.1))
}

fn append(path: &Path) -> io::Result<(File, u64)> {
    let file = OpenOptions::new().append(true).create(true).open(path)?;
    let written = file.metadata()?.len();
    Ok((file, written))
}

fn today(clock: &dyn Clock) -> String {
    clock.now().to_zoned_datetime(jiff::tz::TimeZone::UTC).date().to_string()
}

#[cfg(test)]
mod tests {
    use jiff::SignedDuration;
    use proptest::prelude::*;
    use study::clock::FixedClock;

    use super::*;

    const SMALL: Bounds = Bounds { days: 3, file_bytes: 20, all_bytes: 100 };

    fn clock() -> Arc<FixedClock> {
        Arc::new(FixedClock::at("2026-08-22T14:05:00Z".parse().unwrap()))
    }

    fn later(clock: &FixedClock, days: i64) {
        clock.set(clock.now() + SignedDuration::from_hours(24 * days));
    }

    fn names(folder: &Path) -> Vec<String> {
        let mut names: Vec<String> =
            fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
        names.sort();
        names
    }

    #[test]
    fn a_full_file_is_followed_by_another_and_a_day_begins_one() {
        let (temp, clock) = (tempfile::tempdir().unwrap(), clock());
        let mut files = Files::open(temp.path(), SMALL, Arc::clone(&clock) as Arc<dyn Clock>).unwrap();
        for _ in 0..3 {
            files.write_all(b"twelve bytes").unwrap();
        }
        later(&clock, 1);
        files.write_all(b"tomorrow").unwrap();
        assert_eq!(
            names(temp.path()),
            [
                "centrepoint-monitor.2026-08-22.1.log",
                "centrepoint-monitor.2026-08-22.log",
                "centrepoint-monitor.2026-08-23.log",
            ]
        );
        let first = fs::read_to_string(temp.path().join("centrepoint-monitor.2026-08-22.log")).unwrap();
        assert_eq!(first, "twelve bytestwelve bytes", "a line is never cut");
        drop(files);
        let mut again = Files::open(temp.path(), SMALL, clock as Arc<dyn Clock>).unwrap();
        again.write_all(b", again").unwrap();
        let newest = fs::read_to_string(temp.path().join("centrepoint-monitor.2026-08-23.log")).unwrap();
        assert_eq!(newest, "tomorrow, again", "after a restart it goes on where it was");
    }

    #[test]
    fn the_oldest_days_go_and_what_is_not_ours_stays() {
        let (temp, clock) = (tempfile::tempdir().unwrap(), clock());
        for foreign in ["notes.txt", "centrepoint-monitor.log", "centrepoint-monitor.someday.0.log"] {
            fs::write(temp.path().join(foreign), "mine").unwrap();
        }
        let mut files = Files::open(temp.path(), SMALL, Arc::clone(&clock) as Arc<dyn Clock>).unwrap();
        for _ in 0..6 {
            files.write_all(b"a day").unwrap();
            later(&clock, 1);
        }
        let names = names(temp.path());
        assert_eq!(names.len(), 3 + 3, "{names:?}");
        assert!(names.contains(&"centrepoint-monitor.2026-08-27.log".to_owned()), "{names:?}");
        assert!(names.contains(&"centrepoint-monitor.2026-08-25.log".to_owned()), "{names:?}");
    }

    proptest! {
        #[test]
        fn no_order_of_lines_days_and_restarts_keeps_more_than_the_bounds(
            doings in proptest::collection::vec((0_usize..30, -1_i64..3, any::<bool>()), 1..60)
        ) {
            let (temp, clock) = (tempfile::tempdir().unwrap(), clock());
            let open = || Files::open(temp.path(), SMALL, Arc::clone(&clock) as Arc<dyn Clock>).unwrap();
            let mut files = open();
            for (length, days, restarts) in doings {
                if restarts {
                    files = open();
                }
                later(&clock, days);
                files.write_all(&vec![b'x'; length]).unwrap();
                let kept = kept(temp.path()).unwrap();
                let bytes: u64 = kept.iter().map(|log| log.bytes).sum();
                // The last line of a file may exceed it.
                prop_assert!(bytes <= SMALL.all_bytes + 2 * 30, "{kept:?}");
                let mut days: Vec<&String> = kept.iter().map(|log| &log.day).collect();
                days.sort_unstable();
                days.dedup();
                prop_assert!(days.len() <= SMALL.days + 1, "{days:?}");
            }
        }
    }
}
