//! A log that cannot be used any more: set aside untouched, begun anew at once, and what can be read of it brought over behind that.
//!
//! Only for whoever receives. A log that can be read but is not as it was written is left alone: that is for a person to judge.

mod salvage;
pub(crate) mod state;
mod tolerant;

use std::path::{Path, PathBuf};

use rusqlite::{Connection, OptionalExtension, TransactionBehavior};
use study::{Action, Clock};

pub(crate) use self::salvage::salvage;
use crate::folder::ReceiverLock;
use crate::log::file as log_file;
use crate::sqlite::{During, beside, open_reader, says_corrupt, sync_folder};
use crate::state::{Damage, Outcome, State};
use crate::view::file as view;
use crate::{DataFolder, StoreError};

/// What SQLite keeps beside a database, in the order in which it is moved: the database last.
const BESIDE: [&str; 3] = ["-wal", "-shm", ""];
/// Numbers left free before a log that was begun anew, at least: the break is plain to see, and no number is given twice.
const FREE: i64 = 1_000;
/// A row with its two digests is never smaller, in bytes.
const SMALLEST_ROW: u64 = 64;

/// Looks whether state and log can be used, quickly; where not, sets them aside and begins them anew. Also finishes what an earlier
/// start was interrupted in. What is read of the old log comes later, while receiving: see [`crate::Log::open_to_receive`]. Before anything
/// of this process has the state open.
///
/// # Errors
/// When a file cannot be moved or written, or the state cannot be opened.
pub fn recover(folder: &DataFolder, lock: &ReceiverLock, clock: &dyn Clock) -> Result<(), StoreError> {
    state::recover(folder, lock, clock)?;
    recover_log(folder, lock, clock)
}

/// The log alone, beside a state that is open.
pub(crate) fn recover_log(folder: &DataFolder, _lock: &ReceiverLock, clock: &dyn Clock) -> Result<(), StoreError> {
    let state = State::open(folder)?;
    if let Some(damage) = state.interrupted()? {
        return carry_on(folder, &state, &damage, clock);
    }
    match look(folder) {
        Some(reason) => begin_anew(folder, &reason, clock),
        None => Ok(()),
    }
}

/// Sets the log aside because of `reason` and begins it anew. Connections that still have the old one open read on from it.
pub(crate) fn begin_anew(folder: &DataFolder, reason: &str, clock: &dyn Clock) -> Result<(), StoreError> {
    let state = State::open(folder)?;
    let file = folder.log().exists().then(|| free_name(folder, "log.db", clock));
    let damage = state.note_set_aside(clock.now().as_microsecond(), reason, file.as_deref())?;
    carry_on(folder, &state, &damage, clock)
}

/// What is wrong with the log as it lies there, in plain words. What another error says, opening it says.
fn look(folder: &DataFolder) -> Option<String> {
    let derived = view::anchor(folder).map_or(0, |(sequence, _)| sequence);
    let length = std::fs::metadata(folder.log()).map(|metadata| metadata.len());
    match length {
        Err(error) if says_gone(&error) && derived > 0 => {
            Some(format!("log.db was gone, although {derived} rows of it are known"))
        }
        Ok(0) if derived > 0 => Some(format!("log.db was empty, although {derived} rows of it are known")),
        Err(_) | Ok(0) => None,
        Ok(_) => match glance(&folder.log()) {
            Err(error) if says_corrupt(&error) => Some(error.to_string()),
            Ok(false) => Some("its tables are gone".to_owned()),
            Err(_) | Ok(true) => None,
        },
    }
}

fn says_gone(error: &std::io::Error) -> bool {
    error.kind() == std::io::ErrorKind::NotFound
}

/// Reads the schema and both ends of the log; whether there is a log in it.
fn glance(path: &Path) -> rusqlite::Result<bool> {
    let connection = open_reader(path, log_file::BUSY)?;
    let format: i64 = connection.query_row("PRAGMA user_version", [], |row| row.get(0))?;
    let has_log: bool = connection.query_row(
        "SELECT EXISTS (SELECT 1 FROM sqlite_schema WHERE type = 'table' AND name = 'log')",
        [],
        |row| row.get(0),
    )?;
    // Format 0 is a new file or another program's, a later one is not ours to judge: both are for the migrations.
    if format == 0 || format > log_file::MIGRATIONS.known() {
        return Ok(true);
    }
    if !has_log {
        return Ok(false);
    }
    for order in ["ASC", "DESC"] {
        let sql = format!("SELECT length(chain) + length(body) FROM log ORDER BY sequence {order} LIMIT 1");
        connection.query_row(&sql, [], |row| row.get::<_, i64>(0)).optional()?;
    }
    Ok(true)
}

/// `log.db.damaged-20260822T140500Z`, where neither that nor anything beside it is taken.
fn free_name(folder: &DataFolder, of: &str, clock: &dyn Clock) -> String {
    let stamp = clock.now().strftime("%Y%m%dT%H%M%SZ").to_string();
    let taken = |name: &str| BESIDE.iter().any(|end| beside(&folder.path().join(name), end).exists());
    let mut name = format!("{of}.damaged-{stamp}");
    let mut again = 1;
    while taken(&name) {
        again += 1;
        name = format!("{of}.damaged-{stamp}-{again}");
    }
    name
}

/// From wherever it was interrupted: moves the old files, puts a new log in their place, notes it.
fn carry_on(folder: &DataFolder, state: &State, damage: &Damage, clock: &dyn Clock) -> Result<(), StoreError> {
    let Outcome::SetAside { file, .. } = &damage.outcome else { return Ok(()) };
    let aside = file.as_ref().map(|file| folder.path().join(file));
    if let Some(aside) = &aside {
        move_aside(folder, &folder.log(), aside)?;
    }
    let begun = match begun_at(&folder.log())? {
        Some(begun) => begun,
        None => begin(folder, state, aside.as_deref(), damage, clock)?,
    };
    state.note_begun(damage.id, begun)?;
    let _ = std::fs::remove_file(folder.log_mark());
    tracing::error!(
        reason = damage.reason,
        file,
        begun,
        "the log could not be used: it was set aside and begun anew; what can be read of it is brought over"
    );
    Ok(())
}

/// Moves a database and what is beside it. Nothing is overwritten; its own file goes last, so that it says whether all of it is done.
fn move_aside(folder: &DataFolder, path: &Path, aside: &Path) -> Result<(), StoreError> {
    let io = |source| StoreError::Io {
        context: format!("what is damaged cannot be put aside as {}", aside.display()),
        source,
    };
    if aside.exists() {
        return Ok(());
    }
    for end in BESIDE {
        let (from, to) = (beside(path, end), beside(aside, end));
        if from.exists() && !to.exists() {
            std::fs::rename(from, to).map_err(io)?;
        }
    }
    sync_folder(folder.path()).map_err(io)
}

/// The row that begins a log that was begun anew, where there is one in place already.
fn begun_at(log: &Path) -> Result<Option<i64>, StoreError> {
    if !log.exists() {
        return Ok(None);
    }
    let connection = open_reader(log, log_file::BUSY).during("opening the log")?;
    first(&connection).during("reading the log")
}

fn first(connection: &Connection) -> rusqlite::Result<Option<i64>> {
    connection.query_row("SELECT min(sequence) FROM log", [], |row| row.get(0))
}

/// Makes a new log and puts it in place when it is whole; its first row.
fn begin(
    folder: &DataFolder,
    state: &State,
    aside: Option<&Path>,
    damage: &Damage,
    clock: &dyn Clock,
) -> Result<i64, StoreError> {
    let context = "beginning the log anew";
    let partial = folder.path().join("log.db.begun");
    for end in BESIDE {
        let _ = std::fs::remove_file(beside(&partial, end));
    }
    let sequence = number(folder, aside, state.last_begun()?);
    let Outcome::SetAside { file, .. } = &damage.outcome else {
        return Err(StoreError::Refused("the log is not to be set aside".to_owned()));
    };
    let action = Action::LogBegun { file: file.clone(), reason: damage.reason.clone() };
    let mut connection = log_file::open_at(&partial)?;
    let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate).during(context)?;
    crate::log::insert_action(&transaction, sequence, clock.now().as_microsecond(), &action, &crate::log::START)
        .during(context)?;
    transaction.commit().during(context)?;
    // One file, nothing beside it, before it gets its name.
    connection.pragma_update_and_check(None, "wal_checkpoint", "truncate", |_| Ok(())).during(context)?;
    connection.close().map_err(|(_, source)| StoreError::Sqlite { context, source })?;
    let io = |source| StoreError::Io { context: "the new log cannot be put in place".to_owned(), source };
    std::fs::rename(&partial, folder.log()).map_err(io)?;
    for end in ["-wal", "-shm"] {
        let _ = std::fs::remove_file(beside(&partial, end));
    }
    sync_folder(folder.path()).map_err(io)?;
    Ok(sequence)
}

/// The first number that the damaged log cannot have given yet, and some further on.
fn number(folder: &DataFolder, aside: Option<&Path>, last_begun: i64) -> i64 {
    let derived = view::anchor(folder).map_or(0, |(sequence, _)| sequence).max(last_begun);
    let given = aside.map_or(derived, |aside| match salvage::newest(aside) {
        Some(newest) => newest.max(derived),
        // The end cannot be read: there are not more rows than there is room for.
        None => derived.saturating_add(most_rows(aside)),
    });
    (given / FREE + 2) * FREE
}

fn most_rows(aside: &Path) -> i64 {
    let length = |path: PathBuf| std::fs::metadata(path).map_or(0, |metadata| metadata.len());
    let bytes = length(aside.to_owned()) + length(beside(aside, "-wal"));
    i64::try_from(bytes / SMALLEST_ROW).unwrap_or(i64::MAX / 4)
}

#[cfg(test)]
mod tests;
