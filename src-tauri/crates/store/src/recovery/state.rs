//! A `state.db` that cannot be used any more: what can be read of it goes into a new one, then it is set aside untouched.
//!
//! It is small, so this is done before receiving begins. Nothing is moved before the new file is whole: interrupted anywhere, the next
//! start goes on. Webhooks and settings that cannot be read are taken from the newest backup there is; so they are where a backup was put back
//! as `log.db` into an empty folder. A webhook that is in none either is remembered by its slug, from the deliveries it had: they are answered 503 and not 404.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use rusqlite::types::Value;
use rusqlite::{Connection, params_from_iter};
use study::{Clock, Slug};

use super::{BESIDE, free_name, move_aside, says_gone, tolerant};
use crate::backup::{self, daily};
use crate::folder::ReceiverLock;
use crate::log::file as log_file;
use crate::sqlite::{During, beside, open_reader, says_corrupt, says_damaged, sync_folder};
use crate::state;
use crate::{DataFolder, StoreError};

/// Rows asked for one by one where a table cannot be read in its order: there are never that many of them.
const SINGLE: i64 = 4_096;
/// What is asked for one by one, the most important first. The rest is read from both ends.
const SMALL: [&str; 6] = ["webhooks", "settings", "counters", "damages", "alive", "away"];
/// What a backup has of the state, as `state_…`.
const BACKED_UP: [&str; 2] = ["webhooks", "settings"];
const LARGE: [&str; 2] = ["unsigned_handshakes", "rejections"];

/// Looks whether the state can be used; where not, begins it anew with what can be read of it. Nobody else of this process may have it open.
///
/// # Errors
/// When a file cannot be written or moved.
pub(crate) fn recover(folder: &DataFolder, _lock: &ReceiverLock, clock: &dyn Clock) -> Result<(), StoreError> {
    let begun = begun(folder);
    if begun.exists() {
        return put_in_place(folder);
    }
    let Some(reason) = look(folder) else { return Ok(()) };
    let file = folder.state().exists().then(|| free_name(folder, "state.db", clock));
    let partial = folder.path().join("state.db.partial");
    for end in BESIDE {
        let _ = std::fs::remove_file(beside(&partial, end));
    }
    let mut new = state::MIGRATIONS.open(&partial, state::BUSY, "FULL")?;
    if file.is_some() {
        salvage(folder, &mut new)?;
    }
    let delivered = delivered(folder);
    let backup = bring_back(folder, &new, &delivered, clock)?;
    let webhooks = state::drop_unreadable(&new).during("bringing over the state")?;
    let lost = lost_slugs(&delivered, &new)?;
    let context = "beginning the state anew";
    state::note_state_set_aside(
        &mut new,
        &state::SetAside {
            now: clock.now().as_microsecond(),
            reason: &reason,
            file: file.as_deref(),
            webhooks,
            backup,
            lost: &lost,
        },
    )
    .during(context)?;
    // One file, nothing beside it, before it gets its name.
    new.pragma_update_and_check(None, "wal_checkpoint", "truncate", |_| Ok(())).during(context)?;
    new.close().map_err(|(_, source)| StoreError::Sqlite { context, source })?;
    std::fs::rename(&partial, &begun).and_then(|()| sync_folder(folder.path())).map_err(not_placed)?;
    put_in_place(folder)?;
    tracing::error!(
        reason,
        file,
        webhooks,
        backup,
        ?lost,
        "the state could not be used: it was set aside and begun anew"
    );
    Ok(())
}

fn begun(folder: &DataFolder) -> PathBuf {
    folder.path().join("state.db.begun")
}

fn not_placed(source: std::io::Error) -> StoreError {
    StoreError::Io { context: "the new state cannot be put in place".to_owned(), source }
}

/// From wherever it was interrupted: moves the old files, and gives the new one its name.
fn put_in_place(folder: &DataFolder) -> Result<(), StoreError> {
    let begun = begun(folder);
    let connection = open_reader(&begun, state::BUSY).during("opening the new state")?;
    let file = state::set_aside_as(&connection).during("reading the new state")?;
    drop(connection);
    if let Some(file) = file {
        move_aside(folder, &folder.state(), &folder.path().join(file))?;
    }
    std::fs::rename(&begun, folder.state()).and_then(|()| sync_folder(folder.path())).map_err(not_placed)?;
    for end in ["-wal", "-shm"] {
        let _ = std::fs::remove_file(beside(&begun, end));
    }
    Ok(())
}

/// What is wrong with the state as it lies there, in plain words. What another error says, opening it says.
fn look(folder: &DataFolder) -> Option<String> {
    let length = std::fs::metadata(folder.state()).map(|metadata| metadata.len());
    let known = || {
        let newest = log_file::reader(folder).and_then(|log| log_file::newest(&log));
        newest.is_ok_and(|newest| newest > 0) || brings_webhooks(folder)
    };
    match length {
        Err(error) if says_gone(&error) && known() => {
            Some("state.db was gone, although there are deliveries".to_owned())
        }
        Ok(0) if known() => Some("state.db was empty, although there are deliveries".to_owned()),
        Err(_) | Ok(0) => None,
        Ok(_) => match examine(&folder.state()) {
            Ok(None) if never_had_webhooks(&folder.state()) && brings_webhooks(folder) => {
                Some("state.db has no webhooks, although log.db is a backup that has some".to_owned())
            }
            Ok(words) => words,
            Err(error) if says_damaged(&error) => Some(error.to_string()),
            Err(_) => None,
        },
    }
}

/// Whether the log is a backup that was put back, with webhooks in it.
fn brings_webhooks(folder: &DataFolder) -> bool {
    let sql = "SELECT EXISTS (SELECT 1 FROM state_webhooks)";
    log_file::reader(folder).and_then(|log| log.query_row(sql, [], |row| row.get(0))).unwrap_or(false)
}

/// Whether it was made by a command that came before the first start, as far as can be told: rows of webhooks stay for ever.
fn never_had_webhooks(path: &Path) -> bool {
    let sql = "SELECT NOT EXISTS (SELECT 1 FROM webhooks) AND NOT EXISTS (SELECT 1 FROM damages)";
    open_reader(path, state::BUSY).and_then(|state| state.query_row(sql, [], |row| row.get(0))).unwrap_or(false)
}

/// Reads the whole structure of the file, and every webhook; what is wrong.
pub(crate) fn examine(path: &Path) -> rusqlite::Result<Option<String>> {
    let connection = open_reader(path, state::BUSY)?;
    let format: i64 = connection.query_row("PRAGMA user_version", [], |row| row.get(0))?;
    // An older one is brought to this version first, a later one is not ours to judge.
    if format > state::MIGRATIONS.known() || (format == 0 && tables(&connection)? == 0) {
        return Ok(None);
    }
    let words: String = connection.query_row("PRAGMA integrity_check(1)", [], |row| row.get(0))?;
    if words != "ok" {
        return Ok(Some(words));
    }
    if format < state::MIGRATIONS.known() {
        return Ok(None);
    }
    let sound =
        state::every_webhook(&connection).and_then(|webhooks| state::every_setting(&connection).map(|()| webhooks));
    Ok(match sound {
        Ok(_) => None,
        // Whatever it is: without its webhooks nothing can be received.
        Err(error) if says_corrupt(&error) || error.sqlite_error_code().is_none() => Some(error.to_string()),
        Err(error) => return Err(error),
    })
}

fn tables(connection: &Connection) -> rusqlite::Result<i64> {
    connection.query_row("SELECT count(*) FROM sqlite_schema", [], |row| row.get(0))
}

/// Brings over what can be read.
fn salvage(folder: &DataFolder, new: &mut Connection) -> Result<(), StoreError> {
    let context = "bringing over the state";
    // A table may be missing: that alone is no reason to give the others up.
    let is_ours = |connection: &Connection| {
        let webhooks = connection.prepare("SELECT slug FROM webhooks").map(drop);
        webhooks.or_else(|_| connection.prepare("SELECT name FROM settings").map(drop))
    };
    let state = folder.state();
    let mut first_page_is_new = false;
    let source = tolerant::open(&state, is_ours).or_else(|| {
        first_page_is_new = true;
        tolerant::with_fresh_first_page(&state::MIGRATIONS, &state, is_ours)
    });
    let transaction = new.transaction().during(context)?;
    if let Some(source) = source {
        for table in SMALL.into_iter().chain(LARGE) {
            // Tables that came with a later version may begin on other pages than in the new file.
            let is_first = state::FIRST_TABLES.contains(&table);
            if first_page_is_new && !is_first {
                continue;
            }
            bring_over(&source, table, &transaction, table).during(context)?;
        }
    }
    state::drop_unreadable(&transaction).during(context)?;
    transaction.commit().during(context)
}

/// Adds webhooks and settings that are not in the new state from the newest backup that can be read; from older ones, too, and from the log
/// where it is a backup that was put back, as long as webhooks are missing that had deliveries. When the oldest was made that something was
/// taken from, microseconds since 1970 UTC.
fn bring_back(
    folder: &DataFolder,
    new: &Connection,
    delivered: &BTreeSet<String>,
    clock: &dyn Clock,
) -> Result<Option<i64>, StoreError> {
    let today = clock.now().to_zoned_datetime(jiff::tz::TimeZone::system()).date();
    let kept = daily::kept(folder, today).unwrap_or_else(|error| {
        tracing::warn!(%error, "the backups cannot be looked for");
        Vec::new()
    });
    let (mut oldest, mut is_read) = (None, false);
    for (path, made_at) in kept.into_iter().map(|kept| (kept.path, Some(kept.made_at))).chain([(folder.log(), None)]) {
        if is_read && lost_slugs(delivered, new)?.is_empty() {
            break;
        }
        if !path.exists() {
            continue;
        }
        match from_backup(&path, new) {
            Ok(Some((added, told))) => {
                is_read = true;
                if added > 0 {
                    let made_at = told.or(made_at).unwrap_or(0);
                    oldest = Some(oldest.map_or(made_at, |oldest: i64| oldest.min(made_at)));
                }
            }
            Ok(None) => {}
            Err(error) => tracing::warn!(%error, path = %path.display(), "webhooks cannot be read of a backup"),
        }
    }
    Ok(oldest)
}

/// How many rows were added, and when the backup says it was made; `None` where it is none.
fn from_backup(path: &Path, new: &Connection) -> rusqlite::Result<Option<(i64, Option<i64>)>> {
    let backup = open_reader(path, state::BUSY)?;
    if backup.prepare("SELECT slug FROM state_webhooks").is_err() {
        return Ok(None);
    }
    let before = rows(new)?;
    for table in BACKED_UP {
        bring_over(&backup, &format!("state_{table}"), new, table)?;
    }
    state::drop_unreadable(new)?;
    Ok(Some((rows(new)? - before, backup::made_at(&backup)?)))
}

fn rows(new: &Connection) -> rusqlite::Result<i64> {
    new.query_row("SELECT (SELECT count(*) FROM webhooks) + (SELECT count(*) FROM settings)", [], |row| row.get(0))
}

/// Adds what can be read of `from` to `table`, in the columns that both have.
fn bring_over(source: &Connection, from: &str, new: &Connection, table: &str) -> rusqlite::Result<()> {
    let columns = |connection: &Connection, table: &str| -> rusqlite::Result<BTreeSet<String>> {
        let mut statement = connection.prepare("SELECT name FROM pragma_table_info(?1)")?;
        statement.query_map([table], |row| row.get(0))?.collect()
    };
    let theirs = columns(source, from).unwrap_or_default();
    let ours = columns(new, table)?;
    let both: Vec<&str> = ours.intersection(&theirs).map(String::as_str).collect();
    if both.is_empty() {
        return Ok(());
    }
    let list = both.join(", ");
    let marks = vec!["?"; both.len()].join(", ");
    let mut insert = new.prepare(&format!("INSERT OR IGNORE INTO {table} ({list}) VALUES ({marks})"))?;
    let mut keep = |row: &rusqlite::Row<'_>| {
        let values: rusqlite::Result<Vec<Value>> = (0..both.len()).map(|column| row.get(column)).collect();
        // A row that cannot be what it was is one that cannot be read.
        if let Ok(values) = values {
            let _ = insert.execute(params_from_iter(values));
        }
    };
    let mut read = |tail: &str| -> rusqlite::Result<()> {
        let mut statement = source.prepare(&format!("SELECT {list} FROM {from} {tail}"))?;
        let mut rows = statement.query([])?;
        while let Some(row) = rows.next()? {
            keep(row);
        }
        Ok(())
    };
    if read("NOT INDEXED ORDER BY rowid").is_ok() {
        return Ok(());
    }
    let _ = read("NOT INDEXED ORDER BY rowid DESC");
    if SMALL.contains(&table) {
        for row in 1..=SINGLE {
            let _ = read(&format!("NOT INDEXED WHERE rowid = {row}"));
        }
    }
    Ok(())
}

/// Slugs that had deliveries.
fn delivered(folder: &DataFolder) -> BTreeSet<String> {
    let mut delivered = BTreeSet::new();
    // A log that cannot be read now is looked after next: what can be read of it counts.
    let read = log_file::reader(folder).and_then(|log| {
        let mut statement = log.prepare("SELECT DISTINCT webhook FROM log WHERE kind = 'arrival'")?;
        let mut rows = statement.query([])?;
        while let Some(row) = rows.next()? {
            if let Some(slug) = row.get::<_, String>(0).ok().and_then(|text| Slug::new(&text).ok()) {
                delivered.insert(slug.to_string());
            }
        }
        Ok(())
    });
    if let Err(error) = read {
        tracing::warn!(%error, "the log could not be asked for the webhooks that had deliveries");
    }
    delivered
}

/// Those that have no webhook any more.
fn lost_slugs(delivered: &BTreeSet<String>, new: &Connection) -> Result<Vec<Slug>, StoreError> {
    let known = state::every_slug(new).during("reading the new state")?;
    Ok(delivered.difference(&known).filter_map(|slug| Slug::new(slug).ok()).collect())
}

#[cfg(test)]
mod tests;
