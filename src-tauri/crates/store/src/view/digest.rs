//! A digest over everything derived, for tests that prove two views equal.

use std::sync::Arc;

use rusqlite::Connection;
use rusqlite::types::ValueRef;
use sha2::{Digest, Sha256};

use crate::history::Readers;
use crate::{DataFolder, StoreError};

/// Every table in the order of its key.
const TABLES: [(&str, &str); 21] = [
    ("position", "one"),
    ("words", "id"),
    ("events", "sequence"),
    ("attempts", "sequence"),
    ("uploads", "id"),
    ("problems", "id"),
    ("subjects", "id"),
    ("identifiers", "identifier, subject"),
    ("known", "subject, what, value"),
    ("wear", "subject, date"),
    ("expected", "id"),
    ("subject_actions", "sequence"),
    ("actions", "sequence"),
    ("openings", "sequence"),
    ("away", "sequence"),
    ("faults", "sequence"),
    ("hours", "hour"),
    ("ends", "hour, webhook, state"),
    ("shapes", "id"),
    ("tallies", "block, shape"),
    ("temp.tokens", "term, doc, offset"),
];

/// A digest over the whole derived content in a fixed order, for tests that prove two views equal. Waits for the view, or brings
/// it up to date, like any question.
///
/// # Errors
/// When the view cannot be read.
pub fn content_digest(folder: &DataFolder) -> Result<Arc<str>, StoreError> {
    let readers = Readers::open(folder)?;
    readers.ask("reading the whole view", |reader| digest(reader.connection()))
}

fn digest(connection: &Connection) -> rusqlite::Result<Arc<str>> {
    // What the search index holds, term by term; the index keeps no text of its own to compare.
    connection
        .execute_batch("CREATE VIRTUAL TABLE IF NOT EXISTS temp.tokens USING fts5vocab (main, search, instance)")?;
    let mut hash = Sha256::new();
    for (table, order) in TABLES {
        hash.update(table.as_bytes());
        let mut statement = connection.prepare(&format!("SELECT * FROM {table} ORDER BY {order}"))?;
        let columns = statement.column_count();
        let mut rows = statement.query([])?;
        while let Some(row) = rows.next()? {
            for column in 0..columns {
                let (kind, bytes): (u8, Vec<u8>) = match row.get_ref(column)? {
                    ValueRef::Null => (0, Vec::new()),
                    ValueRef::Integer(number) => (1, number.to_be_bytes().to_vec()),
                    ValueRef::Real(number) => (2, number.to_be_bytes().to_vec()),
                    ValueRef::Text(bytes) => (3, bytes.to_vec()),
                    ValueRef::Blob(bytes) => (4, bytes.to_vec()),
                };
                hash.update([kind]);
                hash.update((bytes.len() as u64).to_be_bytes());
                hash.update(bytes);
            }
        }
    }
    let digest: [u8; 32] = hash.finalize().into();
    Ok(centrepoint::BodyDigest(digest).to_string().into())
}
