//! Subjects that a batch touches, and the identifiers they go by.

use rusqlite::{Connection, OptionalExtension, params};
use study::subject::Learned;

use super::{IdKey, Touched, next_id};
use crate::view::statements::Statements;

#[derive(Debug)]
pub(in crate::view) struct SubjectEntry {
    pub(in crate::view) id: i64,
    new: bool,
    key: IdKey,
    pub(in crate::view) learned: Learned,
    /// A label it did not go by before this batch.
    pub(in crate::view) new_labels: Vec<String>,
    pub(in crate::view) last_at: i64,
    pub(in crate::view) last_sequence: i64,
}

pub(in crate::view) type Subjects = Touched<IdKey, SubjectEntry>;

impl Subjects {
    pub(in crate::view) fn begin(connection: &Connection) -> rusqlite::Result<Self> {
        Ok(Self::new(next_id(connection, "SELECT coalesce(max(id), 0) + 1 FROM subjects")?))
    }

    pub(in crate::view) fn entry(
        &mut self,
        statements: &mut Statements<'_>,
        key: IdKey,
    ) -> rusqlite::Result<&mut SubjectEntry> {
        if let Some(index) = self.by_key.get(&key) {
            return Ok(&mut self.rows[*index]);
        }
        let found = statements
            .find_subject
            .query_row(params![key.0, key.1, key.2], |row| {
                Ok(SubjectEntry {
                    id: row.get(0)?,
                    new: false,
                    key: key.clone(),
                    learned: Learned {
                        label: row.get(1)?,
                        site_id: row.get(2)?,
                        monitor_serial: row.get(3)?,
                        completed_at: row.get(4)?,
                    },
                    new_labels: Vec::new(),
                    last_at: row.get(5)?,
                    last_sequence: row.get(6)?,
                })
            })
            .optional()?;
        let entry = match found {
            Some(entry) => entry,
            None => SubjectEntry {
                id: self.next_id(),
                new: true,
                key: key.clone(),
                learned: Learned::default(),
                new_labels: Vec::new(),
                last_at: 0,
                last_sequence: 0,
            },
        };
        Ok(self.keep(key, entry))
    }

    pub(in crate::view) fn write(self, connection: &Connection) -> rusqlite::Result<()> {
        let mut insert = connection.prepare_cached(
            "INSERT INTO subjects (label, site_id, monitor_serial, last_completed_at, last_at, last_sequence, id, subject_id,
                 webhook, study)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10)",
        )?;
        let mut update = connection.prepare_cached(
            "UPDATE subjects SET label = ?1, site_id = ?2, monitor_serial = ?3, last_completed_at = ?4, last_at = ?5,
                 last_sequence = ?6
             WHERE id = ?7",
        )?;
        let mut identifier =
            connection.prepare_cached("INSERT OR IGNORE INTO identifiers (identifier, subject) VALUES (?1, ?2)")?;
        for entry in self.rows {
            let learned = &entry.learned;
            if entry.new {
                insert.execute(params![
                    learned.label,
                    learned.site_id,
                    learned.monitor_serial,
                    learned.completed_at,
                    entry.last_at,
                    entry.last_sequence,
                    entry.id,
                    entry.key.0,
                    entry.key.1,
                    entry.key.2,
                ])?;
            } else {
                update.execute(params![
                    learned.label,
                    learned.site_id,
                    learned.monitor_serial,
                    learned.completed_at,
                    entry.last_at,
                    entry.last_sequence,
                    entry.id,
                ])?;
            }
            for label in &entry.new_labels {
                identifier.execute(params![label, entry.id])?;
            }
        }
        Ok(())
    }
}
