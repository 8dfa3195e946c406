//! A damaged file opened for reading, as far as that goes.

use std::path::{Path, PathBuf};

use rusqlite::Connection;

use crate::StoreError;
use crate::log::file as log_file;
use crate::migration::Migrations;
use crate::sqlite::{During, beside, open_reader};

/// The size of this program's pages: SQLite's default, always.
const PAGE: usize = 4096;

/// A damaged file opened for reading.
pub(super) struct Tolerant {
    connection: Connection,
    _copy: Option<Copy>,
}

impl std::ops::Deref for Tolerant {
    type Target = Connection;

    fn deref(&self) -> &Connection {
        &self.connection
    }
}

/// Opens for reading alone, with SQLite told to take the file as long as it is; `None` where `is_ours` cannot.
pub(super) fn open(path: &Path, is_ours: impl Fn(&Connection) -> rusqlite::Result<()>) -> Option<Tolerant> {
    try_open(path, is_ours)
        .inspect_err(|error| tracing::warn!(%error, "the damaged file's first page cannot be read"))
        .ok()
        .map(|connection| Tolerant { connection, _copy: None })
}

fn try_open(path: &Path, is_ours: impl Fn(&Connection) -> rusqlite::Result<()>) -> rusqlite::Result<Connection> {
    let connection = open_reader(path, log_file::BUSY)?;
    connection.pragma_update(None, "writable_schema", true)?;
    is_ours(&connection)?;
    Ok(connection)
}

/// Where the first page is past reading: a copy of the file `aside` with the first page of a new one, which has the same tables.
///
/// Of one made for it: a process that closes any handle of a file gives up all its locks on that file, also those of SQLite's
/// (<https://sqlite.org/howtocorrupt.html#posix_close_bug>), so a file in use is never read but by SQLite.
pub(super) fn with_fresh_first_page(
    migrations: &Migrations,
    aside: &Path,
    is_ours: impl Fn(&Connection) -> rusqlite::Result<()>,
) -> Option<Tolerant> {
    patched(migrations, aside, is_ours)
        .inspect_err(|error| tracing::error!(%error, "nothing can be read of the damaged file"))
        .ok()
}

fn patched(
    migrations: &Migrations,
    aside: &Path,
    is_ours: impl Fn(&Connection) -> rusqlite::Result<()>,
) -> Result<Tolerant, StoreError> {
    use std::io::{Read as _, Seek as _, Write as _};
    let io = |source| StoreError::Io { context: "the damaged file cannot be copied".to_owned(), source };
    let copy = Copy(beside(aside, ".reading"));
    std::fs::copy(aside, &copy.0).map_err(io)?;
    let mut page = [0; PAGE];
    let fresh = Copy(beside(aside, ".fresh"));
    let made = migrations.open(&fresh.0, log_file::BUSY, "OFF")?;
    // Into the file, and nothing beside it.
    made.close().map_err(|(_, source)| StoreError::Sqlite { context: "making a first page", source })?;
    std::fs::File::open(&fresh.0).and_then(|mut file| file.read_exact(&mut page)).map_err(io)?;
    // "Version valid for" differs from the change counter: the file is as long as it is (https://sqlite.org/fileformat.html#in_header_database_size).
    page[92..96].copy_from_slice(&[0xff; 4]);
    let mut file = std::fs::File::options().write(true).open(&copy.0).map_err(io)?;
    file.rewind().and_then(|()| file.write_all(&page)).map_err(io)?;
    drop(file);
    let wal = beside(aside, "-wal");
    if wal.exists() {
        std::fs::copy(wal, beside(&copy.0, "-wal")).map_err(io)?;
    }
    let connection = try_open(&copy.0, is_ours).during("reading the damaged file")?;
    Ok(Tolerant { connection, _copy: Some(copy) })
}

/// A file that goes away.
struct Copy(PathBuf);

impl Drop for Copy {
    fn drop(&mut self) {
        for end in super::BESIDE {
            let _ = std::fs::remove_file(beside(&self.0, end));
        }
    }
}
