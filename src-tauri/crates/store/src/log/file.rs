//! `log.db` on disk: its migrations and how it is opened.

use std::path::Path;
use std::time::Duration;

use rusqlite::Connection;

use crate::migration::Migrations;
use crate::sqlite::{During, open_reader, says_corrupt};
use crate::{DataFolder, StoreError};

pub(crate) const MIGRATIONS: Migrations = Migrations(&[include_str!("../../migrations/log/0001_first.sql")]);

/// How long the writer waits for another process that writes: answers must come within 10 s.
pub(crate) const BUSY: Duration = Duration::from_secs(2);

/// Opens for writing, creating and migrating.
pub(crate) fn open(folder: &DataFolder) -> Result<Connection, StoreError> {
    open_at(&folder.log())
}

/// The same wherever it is to lie.
pub(crate) fn open_at(path: &Path) -> Result<Connection, StoreError> {
    let connection = MIGRATIONS.open(path, BUSY, "FULL")?;
    connection.pragma_update_and_check(None, "wal_autocheckpoint", 1000, |_| Ok(())).during("opening the log")?;
    Ok(connection)
}

/// Makes sure that there is a log of this version, so that readers have something to read.
pub(crate) fn prepare(folder: &DataFolder) -> Result<(), StoreError> {
    open(folder).map(drop).map_err(|error| match error {
        StoreError::Sqlite { source, .. } if says_corrupt(&source) => StoreError::LogDamaged(source.to_string()),
        other => other,
    })
}

/// Opens for reading; the log must be there.
pub(crate) fn reader(folder: &DataFolder) -> rusqlite::Result<Connection> {
    open_reader(&folder.log(), BUSY)
}

/// The newest sequence; 0 for an empty log.
pub(crate) fn newest(connection: &Connection) -> rusqlite::Result<i64> {
    connection.prepare_cached("SELECT coalesce(max(sequence), 0) FROM log")?.query_row([], |row| row.get(0))
}

/// The link of one row; `None` when there is no such row. That of row 0 is the chain's start.
pub(crate) fn chain_at(connection: &Connection, sequence: i64) -> rusqlite::Result<Option<[u8; 32]>> {
    use rusqlite::OptionalExtension;
    if sequence == 0 {
        return Ok(Some(super::chain::START));
    }
    connection
        .prepare_cached("SELECT chain FROM log WHERE sequence = ?")?
        .query_row([sequence], |row| row.get(0))
        .optional()
}

/// Whether the log was begun anew with a row after `sequence`: the next one there is, since numbers were left free before it.
pub(crate) fn begun_after(connection: &Connection, sequence: i64) -> rusqlite::Result<bool> {
    let mut statement = connection.prepare_cached(
        "SELECT EXISTS (SELECT 1 FROM log WHERE sequence > ?1 AND kind = 'action'
             AND body LIKE '{\"action\":\"log_begun\",%')",
    )?;
    statement.query_row([sequence], |row| row.get(0))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn schema() {
        let temp = tempfile::tempdir().unwrap();
        let folder = DataFolder::open(temp.path()).unwrap();
        let log = open(&folder).unwrap();
        let mut statement = log.prepare("SELECT sql FROM sqlite_schema WHERE sql IS NOT NULL ORDER BY rowid").unwrap();
        let all: Vec<String> = statement.query_map([], |row| row.get(0)).unwrap().map(Result::unwrap).collect();
        insta::assert_snapshot!(all.join(";\n"));
    }

    #[test]
    fn rows_are_never_changed_or_deleted() {
        let temp = tempfile::tempdir().unwrap();
        let folder = DataFolder::open(temp.path()).unwrap();
        let log = open(&folder).unwrap();
        log.execute("INSERT INTO log (kind, at, body_sha256, chain, body) VALUES ('action', 0, x'', x'', x'')", [])
            .unwrap();
        assert!(log.execute("UPDATE log SET at = 1", []).is_err());
        assert!(log.execute("DELETE FROM log", []).is_err());
    }
}
