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
    let mut in_pieces = Walk::new();
    let checked = check(connection, &mut in_pieces, &mut progress, ROWS);
    if checked.is_ok() && in_pieces.verdict.differences.is_empty() {
        return Ok(in_pieces.end());
    }
    // Once more as it was at one moment: what is brought over of a damaged log meanwhile stands before rows that were passed.
    let mut walk = Walk::new();
    let checked =
        connection.unchecked_transaction().and_then(|snapshot| check(&snapshot, &mut walk, &mut progress, i64::MAX));
    match checked {
        Ok(()) => Ok(walk.end()),
        Err(error) if says_damaged(&error) => {
            let mut verdict = walk.end();
            verdict.differs(format!("the file is damaged: {error}; {} rows before that could be read", verdict.rows));
            Ok(verdict)
        }
        Err(source) => Err(StoreError::Sqlite { context: "reading the log", source }),
    }
}

/// Rows read in one go: a snapshot held over all of them would let the write-ahead log of a busy receiver grow as long as the check takes.
const ROWS: i64 = 512;

/// Checks the file, then all rows there are at the beginning, `at_once` in one go.
fn check(
    connection: &Connection,
    walk: &mut Walk,
    progress: &mut dyn FnMut(i64, i64),
    at_once: i64,
) -> rusqlite::Result<()> {
    let sql = "SELECT count(*), coalesce(max(sequence), 0) FROM log";
    let (total, newest): (i64, i64) = connection.query_row(sql, [], |row| Ok((row.get(0)?, row.get(1)?)))?;
    let mut integrity = connection.prepare("PRAGMA integrity_check(100)")?;
    let mut lines = integrity.query([])?;
    while let Some(line) = lines.next()? {
        let words: String = line.get(0)?;
        if words != "ok" {
            walk.verdict.differs(format!("the file: {words}"));
        }
    }
    let sql =
        format!("SELECT {COLUMNS} FROM log WHERE sequence > ?1 AND sequence <= ?2 ORDER BY sequence LIMIT {at_once}");
    let mut statement = connection.prepare(&sql)?;
    let mut after = i64::MIN;
    loop {
        let before = walk.verdict.rows;
        let mut said = before / 1000;
        let mut rows = statement.query([after, newest])?;
        while let Some(row) = rows.next()? {
            walk.row(row)?;
            if at_once == i64::MAX && walk.verdict.rows / 1000 > said {
                said = walk.verdict.rows / 1000;
                progress(walk.verdict.rows, total);
            }
        }
        drop(rows);
        after = walk.sequence;
        progress(walk.verdict.rows, total);
        if walk.verdict.rows - before < at_once {
            return Ok(());
        }
    }
}
