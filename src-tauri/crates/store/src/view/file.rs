//! `view.db` on disk: created, opened, judged, thrown away. Only the holder of the projector's lock comes here.

use std::path::{Path, PathBuf};
use std::time::Duration;

use rusqlite::{Connection, OptionalExtension, params};

use crate::log::START;
use crate::log::file::chain_at;
use crate::sqlite::{During, beside, open_writer};
use crate::{DataFolder, StoreError};

/// The view's format. Raise it with every change of `schema.sql` or of what is derived: older views are then rebuilt.
pub(crate) const VERSION: i64 = 6;

const SCHEMA: &str = include_str!("schema.sql");

/// Readers of this program only read; so this waits for nobody for long.
const BUSY: Duration = Duration::from_secs(5);

/// Opens the view for writing. One that is missing, damaged, of another version or of another log is thrown away and begun anew.
///
/// # Errors
/// What the system or SQLite said while making a new one.
pub(super) fn open(folder: &DataFolder, log: &Connection) -> Result<Connection, StoreError> {
    let marked = folder.damage_mark().exists();
    if !marked && folder.view().exists() {
        match sound(folder, log) {
            Ok(Ok(connection)) => return Ok(connection),
            Ok(Err(why)) => tracing::info!(why, "the view is rebuilt"),
            Err(error) => tracing::warn!(%error, "the view cannot be used and is rebuilt"),
        }
    }
    create(folder)
}

/// An existing view that may be used, or why not.
fn sound(folder: &DataFolder, log: &Connection) -> rusqlite::Result<Result<Connection, &'static str>> {
    let connection = tuned(&folder.view())?;
    let version: i64 = connection.query_row("PRAGMA user_version", [], |row| row.get(0))?;
    if version != VERSION {
        return Ok(Err("it is of another version"));
    }
    let position: Option<(i64, [u8; 32])> = connection
        .query_row("SELECT sequence, chain FROM position", [], |row| Ok((row.get(0)?, row.get(1)?)))
        .optional()?;
    let Some((sequence, chain)) = position else { return Ok(Err("it has no position")) };
    if chain_at(log, sequence)? != Some(chain) {
        return Ok(Err("it belongs to another log"));
    }
    // Touches the root of every table and index: a file cut short or written over rarely gets past this.
    for table in TABLES {
        connection.query_row(&format!("SELECT count(*) FROM (SELECT 1 FROM {table} LIMIT 1)"), [], |_| Ok(()))?;
    }
    let pages: i64 = connection.query_row("PRAGMA page_count", [], |row| row.get(0))?;
    let bytes: i64 = connection.query_row("PRAGMA page_size", [], |row| row.get(0))?;
    let wal = std::fs::metadata(write_ahead(folder)).map_or(0, |metadata| metadata.len());
    let length = std::fs::metadata(folder.view()).map_or(0, |metadata| metadata.len());
    // With an empty WAL every page must be in the file itself.
    if wal == 0 && i64::try_from(length).unwrap_or(i64::MAX) < pages * bytes {
        return Ok(Err("it is cut short"));
    }
    connection.execute(MERGED_AT_ONCE, [])?;
    Ok(Ok(connection))
}

/// Segments of the search index on one level from which SQLite merges them all within one commit, however long that takes (16 where it
/// is not said): more than [`tidy`] ever leaves, so that no delivery waits for it.
const MERGED_AT_ONCE: &str = "INSERT INTO search (search, rank) VALUES ('crisismerge', 128)";

/// Merges segments of the search index, by some `pages`; whether there was anything to merge. Few segments make questions quick.
pub(super) fn tidy(view: &Connection, pages: u16) -> rusqlite::Result<bool> {
    let before = view.total_changes();
    view.prepare_cached("INSERT INTO search (search, rank) VALUES ('merge', ?1)")?.execute([pages])?;
    // One change is the command itself: <https://sqlite.org/fts5.html#the_merge_command>.
    Ok(view.total_changes() - before >= 2)
}

const TABLES: [&str; 14] = [
    "events",
    "words",
    "attempts",
    "uploads",
    "problems",
    "subjects",
    "identifiers",
    "actions",
    "openings",
    "away",
    "faults",
    "hours",
    "search_data",
    "search_idx",
];

fn create(folder: &DataFolder) -> Result<Connection, StoreError> {
    remove(folder)?;
    let context = "making the view";
    let mut connection = tuned(&folder.view()).during(context)?;
    let transaction = connection.transaction().during(context)?;
    transaction.execute_batch(SCHEMA).during(context)?;
    transaction
        .execute("INSERT INTO position (one, sequence, chain) VALUES (1, 0, ?)", params![START])
        .during(context)?;
    // Larger in-memory runs before the search index merges them: fewer merges over all.
    transaction.execute("INSERT INTO search (search, rank) VALUES ('automerge', 8)", []).during(context)?;
    transaction.execute(MERGED_AT_ONCE, []).during(context)?;
    transaction.pragma_update(None, "user_version", VERSION).during(context)?;
    transaction.commit().during(context)?;
    // The mark goes last: a crash before this builds once more.
    remove_file(&folder.damage_mark())?;
    Ok(connection)
}

fn tuned(path: &Path) -> rusqlite::Result<Connection> {
    // NORMAL: what is checkpointed is synced, so that a power cut loses the newest derivations, never the file's sense.
    let connection = open_writer(path, BUSY, "NORMAL")?;
    // Negative: KiB. Enough for the hot parts of the indexes of a few million events.
    connection.pragma_update(None, "cache_size", -96 * 1024)?;
    connection.pragma_update(None, "temp_store", "memory")?;
    Ok(connection)
}

/// The view's write-ahead log.
pub(super) fn write_ahead(folder: &DataFolder) -> PathBuf {
    beside(&folder.view(), "-wal")
}

/// Throws the view away.
pub(super) fn remove(folder: &DataFolder) -> Result<(), StoreError> {
    let view = folder.view();
    remove_file(&view)?;
    remove_file(&write_ahead(folder))?;
    remove_file(&beside(&view, "-shm"))
}

/// How far the view got and the link of the log's row there, where there is a view that can be read. For checking a log against it.
pub(crate) fn anchor(folder: &DataFolder) -> Option<(i64, [u8; 32])> {
    let connection = crate::sqlite::open_reader(&folder.view(), BUSY).ok()?;
    connection.query_row("SELECT sequence, chain FROM position", [], |row| Ok((row.get(0)?, row.get(1)?))).ok()
}

/// Leaves word for whoever derives next that the view cannot be trusted.
pub(crate) fn mark_damaged(folder: &DataFolder) {
    if let Err(error) = std::fs::write(folder.damage_mark(), "the view is rebuilt because of this file\n") {
        tracing::error!(%error, "the damaged view could not be marked");
    }
}

fn remove_file(path: &Path) -> Result<(), StoreError> {
    match std::fs::remove_file(path) {
        Err(source) if source.kind() != std::io::ErrorKind::NotFound => {
            Err(StoreError::Io { context: format!("{} cannot be removed", path.display()), source })
        }
        _ => Ok(()),
    }
}
