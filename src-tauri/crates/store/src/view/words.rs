//! Repeated texts as small numbers: given out in the order of the log, so that the same log gives the same numbers.

use std::collections::HashMap;

use rusqlite::{Connection, OptionalExtension};

use super::tallies::Shapes;

/// Words remembered between batches; more are looked up in the table.
const REMEMBERED: usize = 16 * 1024;

/// The projector's side: finds or adds.
#[derive(Debug, Default)]
pub(super) struct Words {
    known: HashMap<Box<str>, i64>,
    next: i64,
    /// Which of them go together.
    pub(super) shapes: Shapes,
}

impl Words {
    /// Forgets what a failed transaction may have added, and learns where numbers go on.
    pub(super) fn begin(&mut self, connection: &Connection) -> rusqlite::Result<()> {
        if self.known.len() > REMEMBERED {
            self.known.clear();
        }
        self.shapes.begin();
        self.next =
            connection.prepare_cached("SELECT coalesce(max(id), 0) + 1 FROM words")?.query_row([], |row| row.get(0))?;
        Ok(())
    }

    /// After a transaction that was rolled back.
    pub(super) fn forget(&mut self) {
        self.known.clear();
        self.shapes.forget();
    }

    /// The number of `text`, added when new.
    pub(super) fn id(&mut self, connection: &Connection, text: &str) -> rusqlite::Result<i64> {
        if let Some(id) = self.known.get(text) {
            return Ok(*id);
        }
        let id = if let Some(id) = find(connection, text)? {
            id
        } else {
            connection.prepare_cached("INSERT INTO words (id, text) VALUES (?1, ?2)")?.execute((self.next, text))?;
            self.next += 1;
            self.next - 1
        };
        self.known.insert(text.into(), id);
        Ok(id)
    }

    /// The same for a text that may be absent.
    pub(super) fn maybe(&mut self, connection: &Connection, text: Option<&str>) -> rusqlite::Result<Option<i64>> {
        text.map(|text| self.id(connection, text)).transpose()
    }
}

/// The number of `text`, where it is known.
pub(super) fn find(connection: &Connection, text: &str) -> rusqlite::Result<Option<i64>> {
    connection.prepare_cached("SELECT id FROM words WHERE text = ?")?.query_row([text], |row| row.get(0)).optional()
}
