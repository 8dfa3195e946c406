//! A backup: one file with the log and, as `state_…` tables, the webhooks and the settings. The view is left out: it is derived.
//!
//! The file is an ordinary log: put in place of `log.db`, it is one. Secrets are not in it: they are in the keychain.
//!
//! The copy is of one moment, so a snapshot is held as long as the log is copied, and the write-ahead log cannot be tidied meanwhile.

pub mod daily;
mod pace;

use std::fs::{File, OpenOptions};
use std::path::{Path, PathBuf};
use std::time::Duration;

use rusqlite::backup::{Backup, StepResult};
use rusqlite::{Connection, OptionalExtension};

pub use self::pace::Pace;
use crate::log::{file as log_file, verify_connection};
use crate::sqlite::{During, beside, sync_folder};
use crate::{DataFolder, StoreError};

/// The tables of the state that go along.
const STATE_TABLES: [&str; 2] = ["webhooks", "settings"];
/// Pages copied in one go: at most some milliseconds.
const PAGES: i32 = 64;
/// Goes after which what was copied is synced: all of it at once, in the end, would hold up the receiver's own syncs.
const SYNC_EVERY: u32 = 16;
/// The write-ahead log may grow by this many bytes while the log is copied; past that the copy rests no more.
const WAL_GROWTH: u64 = 32 * 1024 * 1024;
/// Goes that find a file locked, one after the other, before it is given up.
const MOST_LOCKED: u32 = 30;
/// How many of SQLite's steps are made between two rests while the copy is checked.
const STEPS: i32 = 100;

/// What became of a copy.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Made {
    Whole,
    /// It was ended before.
    Stopped,
}

/// Copies the log and the settings as they are `now` (microseconds since 1970 UTC) into the new file `target`, and checks the copy. Works
/// beside a running receiver. An unfinished copy never stands under the final name.
///
/// # Errors
/// [`StoreError::Refused`] when `target` exists or the copy turns out not to be sound; what the system or SQLite said.
pub fn backup(folder: &DataFolder, target: &Path, now: i64) -> Result<(), StoreError> {
    if target.exists() {
        return Err(exists(target));
    }
    log_file::prepare(folder)?;
    make(folder, target, &Partial::beside(target), now, &Pace::full()).map(drop)
}

fn exists(target: &Path) -> StoreError {
    StoreError::Refused(format!("{} exists already: choose another name", target.display()))
}

fn make(folder: &DataFolder, target: &Path, partial: &Partial, now: i64, pace: &Pace) -> Result<Made, StoreError> {
    let io = |source| StoreError::Io { context: format!("{} cannot be written", target.display()), source };
    if copy_log(folder, &partial.0, pace)? == Made::Stopped {
        return Ok(Made::Stopped);
    }
    copy_state(folder, &partial.0, now)?;
    if check(&partial.0, pace)? == Made::Stopped {
        return Ok(Made::Stopped);
    }
    to_sync(&partial.0).and_then(|file| file.sync_all()).map_err(io)?;
    // A link fails where the name was taken meanwhile, a rename would replace; not every file system has links.
    let linked = std::fs::hard_link(&partial.0, target);
    match linked {
        Err(error) if error.kind() == std::io::ErrorKind::AlreadyExists => return Err(exists(target)),
        Err(_) => std::fs::rename(&partial.0, target).map_err(io)?,
        Ok(()) => {}
    }
    sync_folder(target.parent().filter(|parent| !parent.as_os_str().is_empty()).unwrap_or(Path::new(".")))
        .map_err(io)?;
    Ok(Made::Whole)
}

/// Not every system syncs what is open for reading alone.
fn to_sync(partial: &Path) -> std::io::Result<File> {
    OpenOptions::new().write(true).open(partial)
}

fn copy_log(folder: &DataFolder, partial: &Path, pace: &Pace) -> Result<Made, StoreError> {
    let context = "copying the log";
    let log = log_file::reader(folder).during(context)?;
    let wal_length = || std::fs::metadata(beside(&folder.log(), "-wal")).map_or(0, |metadata| metadata.len());
    // One snapshot: rows that are committed meanwhile do not make the copy begin again.
    let snapshot = log.unchecked_transaction().during(context)?;
    log_file::newest(&snapshot).during(context)?;
    let may_grow_to = wal_length() + WAL_GROWTH;
    let mut copy = Connection::open(partial).during(context)?;
    // It is synced as a whole before it gets its name.
    copy.pragma_update(None, "synchronous", "off").during(context)?;
    let io = |source| StoreError::Io { context: format!("{} cannot be written", partial.display()), source };
    let to_sync = to_sync(partial).map_err(io)?;
    let copying = Backup::new(&snapshot, &mut copy).during(context)?;
    let (mut turns, mut goes, mut locked) = (pace.begin(), 0, 0);
    loop {
        match copying.step(PAGES).during(context)? {
            StepResult::Done => return Ok(Made::Whole),
            StepResult::More => locked = 0,
            _ if locked < MOST_LOCKED => {
                locked += 1;
                std::thread::sleep(Duration::from_millis(100));
            }
            _ => return Err(StoreError::Refused("the log is locked by another program: try again later".to_owned())),
        }
        goes += 1;
        if goes % SYNC_EVERY == 0 {
            to_sync.sync_data().map_err(io)?;
        }
        if !turns.go_on(wal_length() > may_grow_to) {
            return Ok(Made::Stopped);
        }
    }
}

fn copy_state(folder: &DataFolder, partial: &Path, now: i64) -> Result<(), StoreError> {
    let context = "copying the settings";
    let copy = Connection::open(partial).during(context)?;
    copy.busy_timeout(Duration::from_secs(5)).during(context)?;
    // One file, nothing beside it.
    copy.pragma_update_and_check(None, "journal_mode", "delete", |_| Ok(())).during(context)?;
    copy.execute_batch(
        "DROP TABLE IF EXISTS main.state_backup; CREATE TABLE main.state_backup (made_at INTEGER NOT NULL)",
    )
    .during(context)?;
    copy.execute("INSERT INTO main.state_backup (made_at) VALUES (?1)", [now]).during(context)?;
    if folder.state().exists() {
        copy.execute("ATTACH ?1 AS state", [folder.state().to_string_lossy()]).during(context)?;
        for table in STATE_TABLES {
            let sql = format!(
                "DROP TABLE IF EXISTS main.state_{table}; CREATE TABLE main.state_{table} AS SELECT * FROM state.{table}"
            );
            copy.execute_batch(&sql).during(context)?;
        }
        copy.execute_batch("DETACH state").during(context)?;
    }
    copy.close().map_err(|(_, source)| StoreError::Sqlite { context, source })
}

/// When the backup in this file was made; `None` where that is not in it.
pub(crate) fn made_at(backup: &Connection) -> rusqlite::Result<Option<i64>> {
    let sql = "SELECT EXISTS (SELECT 1 FROM sqlite_schema WHERE name = 'state_backup')";
    if !backup.query_row(sql, [], |row| row.get::<_, bool>(0))? {
        return Ok(None);
    }
    backup.query_row("SELECT max(made_at) FROM state_backup", [], |row| row.get(0)).optional().map(Option::flatten)
}

fn check(partial: &Path, pace: &Pace) -> Result<Made, StoreError> {
    let context = "checking the copy";
    let mut copy = Connection::open(partial).during(context)?;
    let mut turns = pace.begin();
    copy.progress_handler(STEPS, Some(move || !turns.go_on(false))).during(context)?;
    let verdict = verify_connection(&copy, |_, _| ());
    if pace.is_stopped() {
        return Ok(Made::Stopped);
    }
    match verdict?.differences.first() {
        None => Ok(Made::Whole),
        Some(first) => Err(StoreError::Refused(format!("the log is not sound, no backup was written: {first}"))),
    }
}

/// The copy while it is made; removed when dropped.
struct Partial(PathBuf);

impl Partial {
    fn beside(target: &Path) -> Self {
        let mut name = target.file_name().unwrap_or_default().to_owned();
        name.push(format!(".{}.partial", std::process::id()));
        Self::at(target.with_file_name(name))
    }

    /// At `path`, where what is left of an earlier one goes first.
    fn at(path: PathBuf) -> Self {
        let partial = Self(path);
        partial.clear();
        partial
    }

    fn clear(&self) {
        for end in ["", "-journal", "-wal", "-shm"] {
            let _ = std::fs::remove_file(beside(&self.0, end));
        }
    }
}

impl Drop for Partial {
    fn drop(&mut self) {
        self.clear();
    }
}

#[cfg(test)]
mod tests;
