//! Whether the log is sound: the file, each body's digest, the chain from the first row on, gaps. Needs no view.

use rusqlite::Connection;

use super::file;
use super::walk::{COLUMNS, Walk};
use crate::sqlite::{During, says_damaged};
use crate::state::state_losses;
use crate::view::file as view;
use crate::{DataFolder, StoreError, recovery};

/// What `verify` found.
#[derive(Debug, Clone, Default)]
pub struct Verdict {
    /// Rows checked.
    pub rows: i64,
    /// Chain head, when there is a row.
    pub head: Option<[u8; 32]>,
    /// Everything that differs, in plain words with the sequence; empty means sound. At most 100.
    pub differences: Vec<String>,
    /// What was lost and is known to be: where the log was begun anew, and what could be salvaged. At most 100.
    pub losses: Vec<String>,
}

impl Verdict {
    const MOST: usize = 100;

    pub(super) fn note(&mut self, words: String) {
        if self.losses.len() < Self::MOST {
            self.losses.push(words);
        }
    }

    pub(super) fn differs(&mut self, words: String) {
        if self.differences.len() < Self::MOST {
            self.differences.push(words);
        }
    }
}

/// Checks the file (`PRAGMA integrity_check`) and recomputes every digest and the whole chain, on a connection of its own; then
/// holds the chain against the place the view beside it was derived up to, which a log cut short does not reach, and looks at the state.
/// `progress` gets rows done and rows in all.
///
/// # Errors
/// When there is no log, or the file cannot be read at all.
pub fn verify(folder: &DataFolder, progress: impl FnMut(i64, i64)) -> Result<Verdict, StoreError> {
    if !folder.log().exists() {
        let path = folder.path().display();
        return Err(StoreError::Refused(format!("there is no history in {path}: is it the right folder?")));
    }
    // Read before the log: a receiver may be writing, and the log is always ahead of its view.
    let anchor = view::anchor(folder);
    let connection = file::reader(folder).during("opening the log")?;
    let mut verdict = verify_connection(&connection, progress)?;
    if let Some(words) = differs_from_view(&connection, anchor).during("reading the log")? {
        verdict.differs(words);
    }
    if folder.state().exists() {
        match recovery::state::examine(&folder.state()) {
            Ok(None) => {}
            Ok(Some(words)) => verdict.differs(format!("state.db: {words}")),
            Err(error) if says_damaged(&error) => verdict.differs(format!("state.db: {error}")),
            Err(source) => return Err(StoreError::Sqlite { context: "reading the state", source }),
        }
        for words in state_losses(&folder.state()) {
            verdict.note(words);
        }
    }
    Ok(verdict)
}

/// Holds the log against the place the view beside it was derived up to: what differs, in plain words.
pub(super) fn differs_from_view(log: &Connection, anchor: Option<(i64, [u8; 32])>) -> rusqlite::Result<Option<String>> {
    let Some((sequence, chain)) = anchor.filter(|(sequence, _)| *sequence > 0) else { return Ok(None) };
    Ok(match file::chain_at(log, sequence)? {
        Some(link) if link == chain => None,
        // The view is still the old log's: the row that began this one tells more.
        _ if file::begun_after(log, sequence)? => None,
        Some(_) => Some(format!("row {sequence}: it is not the one the view beside the log was made from")),
        None => Some(format!(
            "rows up to {sequence} were here when the view beside the log was made: the newest are missing"
        )),
    })
}

/// The same for a log that is open already.
pub(crate) fn verify_connection(
    connection: &Connection,
    mut progress: impl FnMut(i64, i64),
) -> Result<Verdict, StoreError> {
    let mut walk = Walk::new();
    match check(connection, &mut walk, &mut progress) {
        Ok(()) => Ok(walk.end()),
        Err(error) if says_damaged(&error) => {
            let mut verdict = walk.end();
            verdict.differs(format!("the file is damaged: {error}; {} rows before that could be read", verdict.rows));
            Ok(verdict)
        }
        Err(source) => Err(StoreError::Sqlite { context: "reading the log", source }),
    }
}

fn check(connection: &Connection, walk: &mut Walk, progress: &mut dyn FnMut(i64, i64)) -> rusqlite::Result<()> {
    // One snapshot for the whole check: a receiver may be writing.
    let snapshot = connection.unchecked_transaction()?;
    let total: i64 = snapshot.query_row("SELECT count(*) FROM log", [], |row| row.get(0))?;
    let mut integrity = snapshot.prepare("PRAGMA integrity_check(100)")?;
    let mut lines = integrity.query([])?;
    while let Some(line) = lines.next()? {
        let words: String = line.get(0)?;
        if words != "ok" {
            walk.verdict.differs(format!("the file: {words}"));
        }
    }
    let mut statement = snapshot.prepare(&format!("SELECT {COLUMNS} FROM log ORDER BY sequence"))?;
    let mut rows = statement.query([])?;
    while let Some(row) = rows.next()? {
        walk.row(row)?;
        if walk.verdict.rows % 1000 == 0 {
            progress(walk.verdict.rows, total);
        }
    }
    progress(walk.verdict.rows, total);
    Ok(())
}
