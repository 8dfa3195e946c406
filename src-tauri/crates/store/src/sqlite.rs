//! The few things every SQLite file here shares: how it is opened, how its errors are worded, what its damage looks like.

use std::path::{Path, PathBuf};
use std::time::Duration;

use rusqlite::{Connection, ErrorCode, OpenFlags};

use crate::StoreError;

/// Names what was being done when SQLite failed.
pub(crate) trait During<T> {
    /// `context` in plain words, without a full stop.
    fn during(self, context: &'static str) -> Result<T, StoreError>;
}

impl<T> During<T> for rusqlite::Result<T> {
    fn during(self, context: &'static str) -> Result<T, StoreError> {
        self.map_err(|source| StoreError::Sqlite { context, source })
    }
}

/// Opens for reading and writing in WAL mode, creating the file when missing. `busy` is how long it waits for another writer.
pub(crate) fn open_writer(path: &Path, busy: Duration, synchronous: &str) -> rusqlite::Result<Connection> {
    let connection = Connection::open(path)?;
    connection.busy_timeout(busy)?;
    connection.pragma_update_and_check(None, "journal_mode", "wal", |_| Ok(()))?;
    connection.pragma_update(None, "synchronous", synchronous)?;
    // A WAL that grew under a long reader is cut back to this after the next checkpoint.
    connection.pragma_update_and_check(None, "journal_size_limit", 64 * 1024 * 1024, |_| Ok(()))?;
    connection.set_prepared_statement_cache_capacity(64);
    Ok(connection)
}

/// Opens an existing file for reading only.
pub(crate) fn open_reader(path: &Path, busy: Duration) -> rusqlite::Result<Connection> {
    let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let connection = Connection::open_with_flags(path, flags)?;
    connection.busy_timeout(busy)?;
    connection.set_prepared_statement_cache_capacity(64);
    Ok(connection)
}

/// Whether SQLite itself calls the file damaged.
pub(crate) fn says_corrupt(error: &rusqlite::Error) -> bool {
    matches!(error.sqlite_error_code(), Some(ErrorCode::DatabaseCorrupt | ErrorCode::NotADatabase))
}

/// Whether the error says that the file itself is not what it should be.
pub(crate) fn says_damaged(error: &rusqlite::Error) -> bool {
    says_corrupt(error)
        || matches!(error, rusqlite::Error::InvalidColumnType(..) | rusqlite::Error::IntegralValueOutOfRange(..))
        || matches!(error, rusqlite::Error::SqliteFailure(_, Some(text)) if text.contains("no such table") || text.contains("no such column"))
        || matches!(error, rusqlite::Error::SqlInputError { msg, .. } if msg.contains("no such table") || msg.contains("no such column"))
}

/// Whether the error says that the file could not be opened at all (it is not there, or it is being replaced).
pub(crate) fn says_missing(error: &rusqlite::Error) -> bool {
    matches!(error.sqlite_error_code(), Some(ErrorCode::CannotOpen))
}

/// A text of the database, tolerating bytes that are not UTF-8 (only a foreign hand can have written them).
pub(crate) fn lossy(row: &rusqlite::Row<'_>, column: usize) -> rusqlite::Result<Option<String>> {
    use rusqlite::types::ValueRef;
    Ok(match row.get_ref(column)? {
        ValueRef::Null => None,
        ValueRef::Text(bytes) | ValueRef::Blob(bytes) => Some(String::from_utf8_lossy(bytes).into_owned()),
        ValueRef::Integer(number) => Some(number.to_string()),
        ValueRef::Real(number) => Some(number.to_string()),
    })
}

/// `log.db` → `log.db-wal`.
pub(crate) fn beside(path: &Path, suffix: &str) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(suffix);
    PathBuf::from(name)
}

/// Makes what was just created in `folder` survive a power cut.
pub(crate) fn sync_folder(folder: &Path) -> std::io::Result<()> {
    if cfg!(unix) { std::fs::File::open(folder)?.sync_all() } else { Ok(()) }
}
