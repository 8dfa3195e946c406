//! Words for their numbers, remembered for one answer.

use rusqlite::{CachedStatement, Connection};

/// Words remembered at most: those with the lowest numbers, which came first and are the most common.
const REMEMBERED: usize = 64 * 1024;

/// Finds words on one connection.
pub(super) struct WordFinder<'c> {
    statement: CachedStatement<'c>,
    /// By number; numbers are given out from 1 on.
    known: Vec<Option<Box<str>>>,
}

impl<'c> WordFinder<'c> {
    pub(super) fn new(connection: &'c Connection) -> rusqlite::Result<Self> {
        let statement = connection.prepare_cached("SELECT text FROM words WHERE id = ?")?;
        Ok(Self { statement, known: Vec::new() })
    }

    /// The word with this number.
    pub(super) fn text(&mut self, id: i64) -> rusqlite::Result<String> {
        let place = usize::try_from(id).ok().filter(|place| *place < REMEMBERED);
        if let Some(Some(text)) = place.and_then(|place| self.known.get(place)) {
            return Ok(text.as_ref().to_owned());
        }
        let text: String = self.statement.query_row([id], |row| row.get(0))?;
        if let Some(place) = place {
            if self.known.len() <= place {
                self.known.resize(place + 1, None);
            }
            self.known[place] = Some(text.as_str().into());
        }
        Ok(text)
    }

    /// Puts the word with this number in the place of `text`, in the room that has.
    pub(super) fn put(&mut self, id: i64, text: &mut String) -> rusqlite::Result<()> {
        let known = usize::try_from(id).ok().and_then(|place| self.known.get(place)?.as_deref());
        match known {
            Some(known) => known.clone_into(text),
            None => *text = self.text(id)?,
        }
        Ok(())
    }

    /// The same for a number that may be absent; 0 stands for absent too.
    pub(super) fn put_maybe(&mut self, id: Option<i64>, text: &mut Option<String>) -> rusqlite::Result<()> {
        if let Some(id) = id.filter(|id| *id != 0) {
            return self.put(id, text.get_or_insert_default());
        }
        *text = None;
        Ok(())
    }

    /// The word with a number that may be absent; 0 stands for absent too.
    pub(super) fn maybe(&mut self, id: Option<i64>) -> rusqlite::Result<Option<String>> {
        id.filter(|id| *id != 0).map(|id| self.text(id)).transpose()
    }
}
