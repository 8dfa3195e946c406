//! Uploads, subjects and problems while a batch changes them: read once, folded in memory, written once at its end.

mod problems;
mod pulses;
mod subjects;
mod uploads;

use std::collections::HashMap;

use rusqlite::Connection;

pub(super) use problems::Problems;
pub(super) use pulses::Pulses;
pub(super) use subjects::Subjects;
pub(super) use uploads::{Stuck, UploadEntry, Uploads};

/// Rows of one table that a batch touched, by what identifies them.
#[derive(Debug)]
pub(super) struct Touched<K, V> {
    by_key: HashMap<K, usize>,
    rows: Vec<V>,
    next_id: i64,
}

impl<K: std::hash::Hash + Eq, V> Touched<K, V> {
    /// `next_id` is the number of the next row that is added.
    fn new(next_id: i64) -> Self {
        Self { by_key: HashMap::new(), rows: Vec::new(), next_id }
    }

    fn keep(&mut self, key: K, row: V) -> &mut V {
        self.by_key.insert(key, self.rows.len());
        self.rows.push(row);
        self.rows.last_mut().expect("a row was pushed just now")
    }

    fn next_id(&mut self) -> i64 {
        self.next_id += 1;
        self.next_id - 1
    }
}

/// A day as the view's tables have it.
fn day(text: Option<String>) -> Option<jiff::civil::Date> {
    text.and_then(|text| text.parse().ok())
}

/// What a person's latest act can be undone to, as the view's tables have it. What cannot be read cannot be undone.
fn undo(text: Option<String>) -> Option<study::problem::Undo> {
    text.and_then(|text| serde_json::from_str(&text).ok())
}

/// The same, to be written.
fn undo_text(undo: Option<&study::problem::Undo>) -> Option<String> {
    undo.and_then(|undo| serde_json::to_string(undo).ok())
}

/// What a table's rows are numbered on from.
fn next_id(connection: &Connection, sql: &str) -> rusqlite::Result<i64> {
    connection.prepare_cached(sql)?.query_row([], |row| row.get(0))
}

/// What identifies an upload or a subject: the vendor's id, the webhook's word, the study's word (0: unknown).
pub(super) type IdKey = (Box<str>, i64, i64);
