//! Words for their numbers, remembered for one answer.

use std::collections::HashMap;

use rusqlite::{CachedStatement, Connection};

/// Words remembered at most; a column with more different values is looked up row by row.
const REMEMBERED: usize = 64 * 1024;

/// Finds words on one connection.
pub(super) struct WordFinder<'c> {
    statement: CachedStatement<'c>,
    known: HashMap<i64, Box<str>>,
}

impl<'c> WordFinder<'c> {
    pub(super) fn new(connection: &'c Connection) -> rusqlite::Result<Self> {
        let statement = connection.prepare_cached("SELECT text FROM words WHERE id = ?")?;
        Ok(Self { statement, known: HashMap::new() })
    }

    /// The word with this number.
    pub(super) fn text(&mut self, id: i64) -> rusqlite::Result<String> {
        if let Some(text) = self.known.get(&id) {
            return Ok(text.as_ref().to_owned());
        }
        let text: String = self.statement.query_row([id], |row| row.get(0))?;
        if self.known.len() >= REMEMBERED {
            self.known.clear();
        }
        self.known.insert(id, text.as_str().into());
        Ok(text)
    }

    /// The same for a number that may be absent; 0 stands for absent too.
    pub(super) fn maybe(&mut self, id: Option<i64>) -> rusqlite::Result<Option<String>> {
        id.filter(|id| *id != 0).map(|id| self.text(id)).transpose()
    }
}
