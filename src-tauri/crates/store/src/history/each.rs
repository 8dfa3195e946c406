//! Events one by one, oldest first, from one snapshot and in constant memory: for export.

use std::ops::ControlFlow;

use study::Query;

use super::drive::{Range, Ready, With};
use super::events::{COLUMN_COUNT, COLUMNS, read};
use super::words::WordFinder;
use super::{History, Lens};
use crate::StoreError;
use crate::rows::EventRow;

impl History {
    /// Events oldest first, one at a time from one snapshot, constant memory, for export. `with_body` also reads the body from the log. `f` gets the row and, when asked for, the body.
    ///
    /// # Errors
    /// As [`Self::events`].
    pub fn each_event(
        &self,
        query: &Query,
        lens: &Lens,
        with_body: bool,
        f: &mut dyn FnMut(EventRow, Option<Vec<u8>>) -> ControlFlow<()>,
    ) -> Result<(), StoreError> {
        self.readers.ask_apart("reading the events", |reader| {
            let connection = reader.connection();
            let ready = Ready::new(connection, query, lens)?;
            let mut sql = if with_body {
                ready.select(&format!("{COLUMNS}, l.body"), With::ProblemsAndBodies, Range::default())
            } else {
                ready.select(COLUMNS, With::Problems, Range::default())
            };
            sql.push(" ORDER BY ").push(ready.order_column());
            let mut statement = connection.prepare(&sql.text)?;
            let mut words = WordFinder::new(connection)?;
            let mut rows = statement.query(sql.params())?;
            while let Some(row) = rows.next()? {
                let body = if with_body { Some(row.get(COLUMN_COUNT)?) } else { None };
                if f(read(row, &mut words)?, body).is_break() {
                    break;
                }
            }
            Ok(())
        })
    }
}
