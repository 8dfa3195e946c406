//! Brings a file to the schema this version knows: numbered steps, one transaction, a backup first, a newer file untouched.
//!
//! For the log and the state. The view has no migrations: one of another version is rebuilt.

use std::path::{Path, PathBuf};
use std::time::Duration;

use rusqlite::{Connection, ErrorCode, OpenFlags, TransactionBehavior};

use crate::sqlite::{During, open_reader, open_writer, sync_folder};
use crate::{StoreError, identity::FileIdentity};

/// The steps of one file, oldest first; step `n` leads to format `n`.
pub(crate) struct Migrations(pub(crate) &'static [&'static str]);

impl Migrations {
    /// The newest format known here.
    pub(crate) fn known(&self) -> i64 {
        i64::try_from(self.0.len()).expect("there are never that many migrations")
    }

    /// Opens `path` for writing at the newest format.
    ///
    /// # Errors
    /// [`StoreError::Newer`], having changed nothing, or what SQLite said.
    pub(crate) fn open(&self, path: &Path, busy: Duration, synchronous: &str) -> Result<Connection, StoreError> {
        self.try_open(path, busy, synchronous).map_err(|error| match error {
            // SQLite's own words for it are that it is "unable to open database file".
            StoreError::Sqlite { ref source, .. } if says_not_writable(source) => {
                error.or_cannot_write(path.parent().unwrap_or(path))
            }
            other => other,
        })
    }

    fn try_open(&self, path: &Path, busy: Duration, synchronous: &str) -> Result<Connection, StoreError> {
        let fresh = FileIdentity::of(path).is_none();
        if !fresh {
            self.refuse_newer(path)?;
        }
        let mut connection = open_writer(path, busy, synchronous).during("opening a file of the data folder")?;
        if format(&connection)? < self.known() {
            if has_tables(&connection)? {
                back_up(&connection, &before(path, self.known()))?;
            }
            self.migrate(&mut connection)?;
        }
        if fresh && let Some(folder) = path.parent() {
            // The file's own name must be on disk too before anything in it is called durable.
            sync_folder(folder).map_err(|source| StoreError::Io {
                context: format!("{} cannot be synced", folder.display()),
                source,
            })?;
        }
        Ok(connection)
    }

    /// Looks without writing: a file of a newer version keeps every byte.
    fn refuse_newer(&self, path: &Path) -> Result<(), StoreError> {
        let connection = open_to_look(path).during("opening a file of the data folder")?;
        let found = format(&connection)?;
        let file = path.file_name().map_or_else(String::new, |name| name.to_string_lossy().into_owned());
        if found > self.known() {
            return Err(StoreError::Newer { file, found, known: self.known() });
        }
        if found == 0 && has_tables(&connection)? {
            return Err(StoreError::Refused(format!("{file} is a database of another program; nothing was changed")));
        }
        Ok(())
    }

    fn migrate(&self, connection: &mut Connection) -> Result<(), StoreError> {
        let context = "bringing a file of the data folder to this version";
        let transaction = connection.transaction_with_behavior(TransactionBehavior::Exclusive).during(context)?;
        // Read again inside: another process may have been faster.
        let found = usize::try_from(format(&transaction)?).unwrap_or(0);
        for step in self.0.iter().skip(found) {
            transaction.execute_batch(step).during(context)?;
        }
        transaction.pragma_update(None, "user_version", self.known()).during(context)?;
        transaction.commit().during(context)
    }
}

fn says_not_writable(error: &rusqlite::Error) -> bool {
    matches!(error.sqlite_error_code(), Some(ErrorCode::CannotOpen | ErrorCode::ReadOnly))
}

/// Opens for reading. Where the power was cut while the file was made, what was half done is undone first, as whoever reads it must: that
/// needs a connection that may write.
fn open_to_look(path: &Path) -> rusqlite::Result<Connection> {
    let busy = Duration::from_secs(2);
    let reader = open_reader(path, busy)?;
    match reader.query_row("PRAGMA user_version", [], |_| Ok(())) {
        Err(error) if error.sqlite_error_code() == Some(ErrorCode::ReadOnly) => {
            drop(reader);
            let writer = Connection::open_with_flags(path, OpenFlags::SQLITE_OPEN_READ_WRITE)?;
            writer.busy_timeout(busy)?;
            Ok(writer)
        }
        _ => Ok(reader),
    }
}

fn format(connection: &Connection) -> Result<i64, StoreError> {
    connection.query_row("PRAGMA user_version", [], |row| row.get(0)).during("reading a file's format")
}

fn has_tables(connection: &Connection) -> Result<bool, StoreError> {
    connection
        .query_row("SELECT EXISTS (SELECT 1 FROM sqlite_schema)", [], |row| row.get(0))
        .during("reading a file's format")
}

/// `log.db` → `log.db.before-2`.
fn before(path: &Path, known: i64) -> PathBuf {
    let mut name = path.file_name().unwrap_or_default().to_owned();
    name.push(format!(".before-{known}"));
    path.with_file_name(name)
}

/// Copies the whole database as it is now, under `target` only once it is complete.
fn back_up(connection: &Connection, target: &Path) -> Result<(), StoreError> {
    let partial = target.with_extension("partial");
    let io = |source| StoreError::Io { context: format!("{} cannot be written", target.display()), source };
    let _ = std::fs::remove_file(&partial);
    connection
        .backup("main", &partial, None::<fn(rusqlite::backup::Progress)>)
        .during("backing up before a migration")?;
    std::fs::File::open(&partial).and_then(|file| file.sync_all()).map_err(io)?;
    std::fs::rename(&partial, target).map_err(io)
}

#[cfg(test)]
mod tests {
    use super::*;

    const ONE: Migrations = Migrations(&["CREATE TABLE t (a INTEGER) STRICT"]);
    const TWO: Migrations = Migrations(&["CREATE TABLE t (a INTEGER) STRICT", "ALTER TABLE t ADD COLUMN b TEXT"]);
    const BROKEN: Migrations =
        Migrations(&["CREATE TABLE t (a INTEGER) STRICT", "ALTER TABLE t ADD COLUMN b TEXT; SELECT nonsense"]);
    const BUSY: Duration = Duration::from_secs(2);

    fn columns(connection: &Connection) -> Vec<String> {
        let mut statement = connection.prepare("SELECT name FROM pragma_table_info('t')").unwrap();
        statement.query_map([], |row| row.get(0)).unwrap().map(Result::unwrap).collect()
    }

    #[test]
    fn an_older_file_is_backed_up_and_migrated() {
        let temp = tempfile::tempdir().unwrap();
        let path = temp.path().join("log.db");
        let old = ONE.open(&path, BUSY, "FULL").unwrap();
        old.execute("INSERT INTO t VALUES (7)", []).unwrap();
        drop(old);
        let new = TWO.open(&path, BUSY, "FULL").unwrap();
        assert_eq!(columns(&new), ["a", "b"]);
        let backup = Connection::open(temp.path().join("log.db.before-2")).unwrap();
        assert_eq!(columns(&backup), ["a"], "the backup is the file as it was");
        assert_eq!(backup.query_row("SELECT a FROM t", [], |row| row.get::<_, i64>(0)).unwrap(), 7);
        assert!(!temp.path().join("log.db.before-1").exists(), "a new file needs no backup");
    }

    #[test]
    fn a_newer_file_keeps_every_byte() {
        let temp = tempfile::tempdir().unwrap();
        let path = temp.path().join("log.db");
        drop(TWO.open(&path, BUSY, "FULL").unwrap());
        let before = std::fs::read(&path).unwrap();
        assert!(matches!(ONE.open(&path, BUSY, "FULL"), Err(StoreError::Newer { found: 2, known: 1, .. })));
        assert_eq!(std::fs::read(&path).unwrap(), before);
    }

    #[test]
    fn a_failing_migration_changes_nothing() {
        let temp = tempfile::tempdir().unwrap();
        let path = temp.path().join("log.db");
        drop(ONE.open(&path, BUSY, "FULL").unwrap());
        BROKEN.open(&path, BUSY, "FULL").unwrap_err();
        let old = ONE.open(&path, BUSY, "FULL").unwrap();
        assert_eq!(columns(&old), ["a"]);
    }

    #[test]
    fn another_programs_database_is_left_alone() {
        let temp = tempfile::tempdir().unwrap();
        let path = temp.path().join("log.db");
        Connection::open(&path).unwrap().execute_batch("CREATE TABLE theirs (a)").unwrap();
        let before = std::fs::read(&path).unwrap();
        assert!(matches!(TWO.open(&path, BUSY, "FULL"), Err(StoreError::Refused(_))));
        assert_eq!(std::fs::read(&path).unwrap(), before);
    }
}
