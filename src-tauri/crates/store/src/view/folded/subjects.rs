//! Subjects that a batch touches, the identifiers they go by, what was said about them, and the minutes they wore their monitor.

use std::collections::BTreeMap;

use rusqlite::{Connection, OptionalExtension, params};
use study::subject::Learned;

use super::{IdKey, Touched, next_id};
use crate::view::codes;
use crate::view::statements::Statements;

#[derive(Debug)]
pub(in crate::view) struct SubjectEntry {
    pub(in crate::view) id: i64,
    new: bool,
    key: IdKey,
    pub(in crate::view) learned: Learned,
    pub(in crate::view) imported_label: Option<String>,
    /// What a person declared, as JSON.
    pub(in crate::view) status: Option<String>,
    /// A label it did not go by before this batch.
    pub(in crate::view) new_labels: Vec<String>,
    /// What was said in this batch: what and value, with the instant and the sequence of the last to say so.
    said: BTreeMap<(i64, String), Said>,
    /// Days with wear time in this batch: the latest statistics.
    wear: BTreeMap<String, Worn>,
    pub(in crate::view) first_at: i64,
    pub(in crate::view) last_at: i64,
    pub(in crate::view) last_sequence: i64,
}

/// Who said something last.
#[derive(Debug, Clone, Copy)]
struct Said {
    at: i64,
    sequence: i64,
    /// From CentrePoint's history, and older than what is known: it says nothing that was said already.
    is_old: bool,
}

/// Minutes worn, and which statistics say so.
#[derive(Debug, Clone, Copy)]
struct Worn {
    minutes: i64,
    said: Said,
}

impl SubjectEntry {
    /// Daily statistics of this instant and place say so. Older ones from CentrePoint's history stand only where there are none of a later instant.
    pub(in crate::view) fn wear(&mut self, date: &str, minutes: i64, (at, sequence): (i64, i64), is_old: bool) {
        if is_old && self.wear.get(date).is_some_and(|worn| worn.said.at > at) {
            return;
        }
        // Where what stands in this batch may stand over what was there before, so may this.
        let is_old = is_old && self.wear.get(date).is_none_or(|worn| worn.said.is_old);
        self.wear.insert(date.to_owned(), Worn { minutes, said: Said { at, sequence, is_old } });
    }

    /// An event at this instant and place says these.
    pub(in crate::view) fn say(&mut self, said: &Learned, at: i64, sequence: i64, is_old: bool) {
        let values =
            [(codes::LABEL, &said.label), (codes::SITE, &said.site_id), (codes::MONITOR, &said.monitor_serial)];
        for (what, value) in values {
            if let Some(value) = value {
                let key = (what, value.clone());
                if is_old && self.said.contains_key(&key) {
                    continue;
                }
                self.said.insert(key, Said { at, sequence, is_old });
            }
        }
    }

    /// What to show: a person's list stands above what events say.
    fn label(&self) -> Option<&String> {
        self.imported_label.as_ref().or(self.learned.label.as_ref())
    }
}

pub(in crate::view) type Subjects = Touched<IdKey, SubjectEntry>;

impl Subjects {
    pub(in crate::view) fn begin(connection: &Connection) -> rusqlite::Result<Self> {
        Ok(Self::new(next_id(connection, "SELECT coalesce(max(id), 0) + 1 FROM subjects")?))
    }

    pub(in crate::view) fn entry(
        &mut self,
        connection: &Connection,
        statements: &mut Statements<'_>,
        key: IdKey,
    ) -> rusqlite::Result<&mut SubjectEntry> {
        if let Some(index) = self.by_key.get(&key) {
            return Ok(&mut self.rows[*index]);
        }
        let entry = match stored(statements, &key)? {
            Some(entry) => entry,
            None => fresh(connection, key.clone(), self.next_id())?,
        };
        Ok(self.keep(key, entry))
    }

    /// The subjects of this id that are known by now, under whatever study: their keys.
    pub(in crate::view) fn keys_of(
        &self,
        connection: &Connection,
        subject_id: &str,
        webhook: i64,
    ) -> rusqlite::Result<Vec<IdKey>> {
        let mut statement =
            connection.prepare_cached("SELECT study FROM subjects WHERE subject_id = ?1 AND webhook = ?2")?;
        let studies = statement.query_map(params![subject_id, webhook], |row| row.get(0))?;
        let mut studies = studies.collect::<rusqlite::Result<Vec<i64>>>()?;
        studies.extend(
            self.by_key.keys().filter(|key| &*key.0 == subject_id && key.1 == webhook).map(|(_, _, study)| *study),
        );
        studies.sort_unstable();
        studies.dedup();
        Ok(studies.into_iter().map(|study| (subject_id.into(), webhook, study)).collect())
    }

    pub(in crate::view) fn write(self, connection: &Connection) -> rusqlite::Result<()> {
        let mut insert = connection.prepare_cached(
            "INSERT INTO subjects (label, learned_label, imported_label, site_id, monitor_serial, last_completed_at, first_at,
                 last_at, last_sequence, status, id, subject_id, webhook, study)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14)",
        )?;
        let mut update = connection.prepare_cached(
            "UPDATE subjects SET label = ?1, learned_label = ?2, imported_label = ?3, site_id = ?4, monitor_serial = ?5,
                 last_completed_at = ?6, first_at = ?7, last_at = ?8, last_sequence = ?9, status = ?10
             WHERE id = ?11",
        )?;
        let mut identifier =
            connection.prepare_cached("INSERT OR IGNORE INTO identifiers (identifier, subject) VALUES (?1, ?2)")?;
        let mut known = connection.prepare_cached(
            "INSERT INTO known (subject, what, value, last_at, last_sequence) VALUES (?1, ?2, ?3, ?4, ?5)
             ON CONFLICT (subject, what, value) DO UPDATE SET last_at = ?4, last_sequence = ?5",
        )?;
        let mut known_before = connection.prepare_cached(
            "INSERT OR IGNORE INTO known (subject, what, value, last_at, last_sequence) VALUES (?1, ?2, ?3, ?4, ?5)",
        )?;
        let mut wear = connection.prepare_cached(
            "INSERT INTO wear (subject, date, minutes, sequence, at) VALUES (?1, ?2, ?3, ?4, ?5)
             ON CONFLICT (subject, date) DO UPDATE SET minutes = ?3, sequence = ?4, at = ?5
             WHERE ?6 = 0 OR at <= ?5",
        )?;
        for entry in self.rows {
            let learned = &entry.learned;
            let common = params![
                entry.label(),
                learned.label,
                entry.imported_label,
                learned.site_id,
                learned.monitor_serial,
                learned.completed_at,
                entry.first_at,
                entry.last_at,
                entry.last_sequence,
                entry.status,
                entry.id,
            ];
            if entry.new {
                let key = params![entry.key.0, entry.key.1, entry.key.2];
                insert.execute(&*[common, key].concat())?;
            } else {
                update.execute(common)?;
            }
            for label in &entry.new_labels {
                identifier.execute(params![label, entry.id])?;
            }
            for ((what, value), Said { at, sequence, is_old }) in &entry.said {
                let statement = if *is_old { &mut known_before } else { &mut known };
                statement.execute(params![entry.id, what, value, at, sequence])?;
            }
            for (date, Worn { minutes, said: Said { at, sequence, is_old } }) in &entry.wear {
                wear.execute(params![entry.id, date, minutes, sequence, at, is_old])?;
            }
        }
        Ok(())
    }
}

fn stored(statements: &mut Statements<'_>, key: &IdKey) -> rusqlite::Result<Option<SubjectEntry>> {
    statements
        .find_subject
        .query_row(params![key.0, key.1, key.2], |row| {
            Ok(SubjectEntry {
                id: row.get(0)?,
                new: false,
                key: key.clone(),
                learned: Learned {
                    label: row.get(1)?,
                    site_id: row.get(3)?,
                    monitor_serial: row.get(4)?,
                    completed_at: row.get(5)?,
                },
                imported_label: row.get(2)?,
                status: row.get(9)?,
                new_labels: Vec::new(),
                said: BTreeMap::new(),
                wear: BTreeMap::new(),
                first_at: row.get(6)?,
                last_at: row.get(7)?,
                last_sequence: row.get(8)?,
            })
        })
        .optional()
}

/// A subject nothing was received of so far: a list may name it, and people may have declared something about it.
fn fresh(connection: &Connection, key: IdKey, id: i64) -> rusqlite::Result<SubjectEntry> {
    let imported_label: Option<String> = connection
        .prepare_cached(
            "SELECT label FROM expected WHERE webhook = ?1 AND subject_id = ?2 AND (study = 0 OR study = ?3)
             ORDER BY sequence DESC LIMIT 1",
        )?
        .query_row(params![key.1, key.0, key.2], |row| row.get(0))
        .optional()?
        .flatten();
    let status = connection
        .prepare_cached(
            "SELECT status FROM subject_actions
             WHERE subject_id = ?1 AND webhook = ?2 AND (study = 0 OR study = ?3) AND status IS NOT NULL
             ORDER BY sequence DESC LIMIT 1",
        )?
        .query_row(params![key.0, key.1, key.2], |row| row.get(0))
        .optional()?;
    Ok(SubjectEntry {
        id,
        new: true,
        key,
        learned: Learned::default(),
        new_labels: imported_label.iter().cloned().collect(),
        imported_label,
        status,
        said: BTreeMap::new(),
        wear: BTreeMap::new(),
        first_at: i64::MAX,
        last_at: 0,
        last_sequence: 0,
    })
}
