//! Whether the log is sound: the file, each body's digest, the chain from the first row on, gaps. Needs no view.

use rusqlite::Connection;

use super::chain::{Link, START};
use super::file;
use crate::sqlite::{During, says_damaged};
use crate::view::file as view;
use crate::{DataFolder, StoreError};

/// What `verify` found.
#[derive(Debug, Clone, Default)]
pub struct Verdict {
    /// Rows checked.
    pub rows: i64,
    /// Chain head, when there is a row.
    pub head: Option<[u8; 32]>,
    /// Everything that differs, in plain words with the sequence; empty means sound. At most 100.
    pub differences: Vec<String>,
}

impl Verdict {
    const MOST: usize = 100;

    fn differs(&mut self, words: String) {
        if self.differences.len() < Self::MOST {
            self.differences.push(words);
        }
    }
}

/// Checks the file (`PRAGMA integrity_check`) and recomputes every digest and the whole chain, on a connection of its own; then
/// holds the chain against the place the view beside it was derived up to, which a log cut short does not reach.
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
    if let Some((sequence, chain)) = anchor.filter(|(sequence, _)| *sequence > 0) {
        match file::chain_at(&connection, sequence).during("reading the log")? {
            Some(link) if link == chain => {}
            Some(_) => {
                let what = "it is not the one the view beside the log was made from";
                verdict.differs(format!("row {sequence}: {what}"));
            }
            None => {
                let what = "were here when the view beside the log was made: the newest are missing";
                verdict.differs(format!("rows up to {sequence} {what}"));
            }
        }
    }
    Ok(verdict)
}

/// The same for a log that is open already.
pub(crate) fn verify_connection(
    connection: &Connection,
    mut progress: impl FnMut(i64, i64),
) -> Result<Verdict, StoreError> {
    let mut verdict = Verdict::default();
    match check(connection, &mut verdict, &mut progress) {
        Ok(()) => Ok(verdict),
        Err(error) if says_damaged(&error) => {
            verdict.differs(format!("the file is damaged: {error}; {} rows before that could be read", verdict.rows));
            Ok(verdict)
        }
        Err(source) => Err(StoreError::Sqlite { context: "reading the log", source }),
    }
}

fn check(connection: &Connection, verdict: &mut Verdict, progress: &mut dyn FnMut(i64, i64)) -> rusqlite::Result<()> {
    // One snapshot for the whole check: a receiver may be writing.
    let snapshot = connection.unchecked_transaction()?;
    let total: i64 = snapshot.query_row("SELECT count(*) FROM log", [], |row| row.get(0))?;
    let mut integrity = snapshot.prepare("PRAGMA integrity_check(100)")?;
    let mut lines = integrity.query([])?;
    while let Some(line) = lines.next()? {
        let words: String = line.get(0)?;
        if words != "ok" {
            verdict.differs(format!("the file: {words}"));
        }
    }
    let mut statement = snapshot.prepare(
        "SELECT sequence, kind, at, webhook, authentication, source_ip, body_sha256, chain, head, body
         FROM log ORDER BY sequence",
    )?;
    let mut rows = statement.query([])?;
    let (mut expected, mut previous) = (1, START);
    while let Some(row) = rows.next()? {
        let sequence: i64 = row.get(0)?;
        if sequence != expected {
            let gone = sequence - 1;
            verdict.differs(if expected == gone {
                format!("row {gone} is missing")
            } else {
                format!("rows {expected} to {gone} are missing")
            });
        }
        let bytes = |column: usize| row.get_ref(column).map(|value| value.as_bytes_or_null().ok().flatten());
        let (body_sha256, body) = (bytes(6)?.unwrap_or_default(), bytes(9)?.unwrap_or_default());
        if centrepoint::BodyDigest::of(body).0 != body_sha256 {
            verdict.differs(format!("row {sequence}: the body is not the one that was received"));
        }
        let link = Link {
            sequence,
            at: row.get(2)?,
            kind: bytes(1)?.unwrap_or_default(),
            webhook: bytes(3)?,
            authentication: bytes(4)?,
            source_ip: bytes(5)?,
            head: bytes(8)?,
            body_sha256,
        }
        .after(&previous);
        let stored: [u8; 32] = bytes(7)?.and_then(|bytes| bytes.try_into().ok()).unwrap_or_default();
        if link != stored && sequence == expected {
            verdict.differs(format!("row {sequence}: it was changed, or the row before it was"));
        }
        // Going on from the stored link tells a changed row from the sound ones after it.
        previous = stored;
        expected = sequence + 1;
        verdict.rows += 1;
        verdict.head = Some(stored);
        if verdict.rows % 1000 == 0 {
            progress(verdict.rows, total);
        }
    }
    progress(verdict.rows, total);
    Ok(())
}
