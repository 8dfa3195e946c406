//! Uploads, subjects and problems while a batch changes them: read once, folded in memory, written once at its end.

use std::collections::HashMap;

use rusqlite::{Connection, OptionalExtension, Row, params};
use study::problem::Problem;
use study::subject::Learned;
use study::{Upload, UploadState};

use super::codes;
use super::statements::Statements;

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

/// What a table's rows are numbered on from.
fn next_id(connection: &Connection, sql: &str) -> rusqlite::Result<i64> {
    connection.prepare_cached(sql)?.query_row([], |row| row.get(0))
}

/// What identifies an upload or a subject: the vendor's id, the webhook's word, the study's word (0: unknown).
pub(super) type IdKey = (Box<str>, i64, i64);

/// What people did about an upload being stuck.
#[derive(Debug, Clone, Default)]
pub(super) struct Stuck {
    pub(super) state: Option<i64>,
    pub(super) by: Option<String>,
    pub(super) at: Option<i64>,
    pub(super) note: Option<String>,
}

#[derive(Debug)]
pub(super) struct UploadEntry {
    pub(super) id: i64,
    new: bool,
    key: IdKey,
    pub(super) subject: Option<i64>,
    /// `None` only between being added and its first event.
    pub(super) life: Option<Upload>,
    pub(super) problem: Option<i64>,
    pub(super) last_at: i64,
    pub(super) last_sequence: i64,
    pub(super) stuck: Stuck,
}

pub(super) type Uploads = Touched<IdKey, UploadEntry>;

impl Uploads {
    pub(super) fn begin(connection: &Connection) -> rusqlite::Result<Self> {
        Ok(Self::new(next_id(connection, "SELECT coalesce(max(id), 0) + 1 FROM uploads")?))
    }

    pub(super) fn entry(&mut self, statements: &mut Statements<'_>, key: IdKey) -> rusqlite::Result<&mut UploadEntry> {
        if let Some(index) = self.by_key.get(&key) {
            return Ok(&mut self.rows[*index]);
        }
        let found =
            statements.find_upload.query_row(params![key.0, key.1, key.2], |row| read_upload(row, &key)).optional()?;
        let entry = match found {
            Some(entry) => entry,
            None => UploadEntry {
                id: self.next_id(),
                new: true,
                key: key.clone(),
                subject: None,
                life: None,
                problem: None,
                last_at: 0,
                last_sequence: 0,
                stuck: Stuck::default(),
            },
        };
        Ok(self.keep(key, entry))
    }

    /// The upload of this batch whose first `started` was this one.
    pub(super) fn started_by(&self, sequence: i64) -> Option<IdKey> {
        let started =
            |entry: &&UploadEntry| entry.life.as_ref().and_then(|life| life.started_sequence) == Some(sequence);
        self.rows.iter().find(started).map(|entry| entry.key.clone())
    }

    pub(super) fn write(self, connection: &Connection) -> rusqlite::Result<()> {
        let mut insert = connection.prepare_cached(
            "INSERT INTO uploads (subject, subject_id, state, started_at, started_sequence, finished_at, finished_sequence,
                 message, events, problem, last_at, last_sequence, stuck_state, stuck_by, stuck_at, stuck_note,
                 id, upload_id, webhook, study)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16, ?17, ?18, ?19, ?20)",
        )?;
        let mut update = connection.prepare_cached(
            "UPDATE uploads SET subject = ?1, subject_id = ?2, state = ?3, started_at = ?4, started_sequence = ?5,
                 finished_at = ?6, finished_sequence = ?7, message = ?8, events = ?9, problem = ?10, last_at = ?11,
                 last_sequence = ?12, stuck_state = ?13, stuck_by = ?14, stuck_at = ?15, stuck_note = ?16
             WHERE id = ?17",
        )?;
        for entry in self.rows {
            let Some(life) = &entry.life else { continue };
            let state = codes::upload_state(life.state);
            let stuck = &entry.stuck;
            if entry.new {
                insert.execute(params![
                    entry.subject,
                    life.subject_id,
                    state,
                    life.started_at,
                    life.started_sequence,
                    life.finished_at,
                    life.finished_sequence,
                    life.message,
                    life.events,
                    entry.problem,
                    entry.last_at,
                    entry.last_sequence,
                    stuck.state,
                    stuck.by,
                    stuck.at,
                    stuck.note,
                    entry.id,
                    entry.key.0,
                    entry.key.1,
                    entry.key.2,
                ])?;
            } else {
                update.execute(params![
                    entry.subject,
                    life.subject_id,
                    state,
                    life.started_at,
                    life.started_sequence,
                    life.finished_at,
                    life.finished_sequence,
                    life.message,
                    life.events,
                    entry.problem,
                    entry.last_at,
                    entry.last_sequence,
                    stuck.state,
                    stuck.by,
                    stuck.at,
                    stuck.note,
                    entry.id,
                ])?;
            }
        }
        Ok(())
    }
}

fn read_upload(row: &Row<'_>, key: &IdKey) -> rusqlite::Result<UploadEntry> {
    Ok(UploadEntry {
        id: row.get(0)?,
        new: false,
        key: key.clone(),
        subject: row.get(1)?,
        life: Some(Upload {
            subject_id: row.get(2)?,
            state: codes::upload_state_of(row.get(3)?).unwrap_or(UploadState::Started),
            started_at: row.get(4)?,
            started_sequence: row.get(5)?,
            finished_at: row.get(6)?,
            finished_sequence: row.get(7)?,
            message: row.get(8)?,
            events: row.get(9)?,
        }),
        problem: row.get(10)?,
        last_at: row.get(11)?,
        last_sequence: row.get(12)?,
        stuck: Stuck { state: row.get(13)?, by: row.get(14)?, at: row.get(15)?, note: row.get(16)? },
    })
}

#[derive(Debug)]
pub(super) struct SubjectEntry {
    pub(super) id: i64,
    new: bool,
    key: IdKey,
    pub(super) learned: Learned,
    /// A label it did not go by before this batch.
    pub(super) new_labels: Vec<String>,
    pub(super) last_at: i64,
    pub(super) last_sequence: i64,
}

pub(super) type Subjects = Touched<IdKey, SubjectEntry>;

impl Subjects {
    pub(super) fn begin(connection: &Connection) -> rusqlite::Result<Self> {
        Ok(Self::new(next_id(connection, "SELECT coalesce(max(id), 0) + 1 FROM subjects")?))
    }

    pub(super) fn entry(&mut self, statements: &mut Statements<'_>, key: IdKey) -> rusqlite::Result<&mut SubjectEntry> {
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

    pub(super) fn write(self, connection: &Connection) -> rusqlite::Result<()> {
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

/// What identifies a problem: what it is about, the webhook's word, the kind's code.
pub(super) type ProblemKeyIds = (Box<str>, i64, i64);

#[derive(Debug)]
pub(super) struct ProblemEntry {
    pub(super) id: i64,
    new: bool,
    key: ProblemKeyIds,
    /// `None` only between being added and its first failure.
    pub(super) problem: Option<Problem>,
    pub(super) study: Option<i64>,
    pub(super) subject: Option<i64>,
    pub(super) subject_id: Option<String>,
    pub(super) upload_id: Option<String>,
}

#[derive(Debug)]
pub(super) struct Problems {
    touched: Touched<ProblemKeyIds, ProblemEntry>,
    by_id: HashMap<i64, usize>,
}

impl Problems {
    pub(super) fn begin() -> Self {
        Self { touched: Touched::new(0), by_id: HashMap::new() }
    }

    /// The problem under `key`, where there is one.
    pub(super) fn find(
        &mut self,
        connection: &Connection,
        statements: &mut Statements<'_>,
        key: &ProblemKeyIds,
    ) -> rusqlite::Result<Option<&mut ProblemEntry>> {
        if let Some(index) = self.touched.by_key.get(key) {
            return Ok(Some(&mut self.touched.rows[*index]));
        }
        let id: Option<i64> =
            statements.find_problem.query_row(params![key.0, key.1, key.2], |row| row.get(0)).optional()?;
        match id {
            Some(id) => self.by_id(connection, id),
            None => Ok(None),
        }
    }

    /// Adds one that [`Self::find`] did not find; `id` is the sequence of the event that opens it.
    pub(super) fn add(&mut self, key: ProblemKeyIds, id: i64) -> &mut ProblemEntry {
        self.keep(ProblemEntry {
            id,
            new: true,
            key,
            problem: None,
            study: None,
            subject: None,
            subject_id: None,
            upload_id: None,
        })
    }

    fn keep(&mut self, entry: ProblemEntry) -> &mut ProblemEntry {
        self.by_id.insert(entry.id, self.touched.rows.len());
        self.touched.keep(entry.key.clone(), entry)
    }

    /// The problem with this id, where there is one.
    pub(super) fn by_id(&mut self, connection: &Connection, id: i64) -> rusqlite::Result<Option<&mut ProblemEntry>> {
        if let Some(index) = self.by_id.get(&id) {
            return Ok(Some(&mut self.touched.rows[*index]));
        }
        let found = connection
            .prepare_cached(
                "SELECT matter, webhook, kind, state, opened_at, last_at, events, message, acknowledged_by, acknowledged_at,
                     note, study, subject, subject_id, upload_id
                 FROM problems WHERE id = ?",
            )?
            .query_row([id], |row| {
                Ok(ProblemEntry {
                    id,
                    new: false,
                    key: (row.get(0)?, row.get(1)?, row.get(2)?),
                    problem: Some(Problem {
                        state: codes::problem_state_of(row.get(3)?).unwrap_or(study::ProblemState::Open),
                        opened_at: row.get(4)?,
                        last_at: row.get(5)?,
                        events: row.get(6)?,
                        message: row.get(7)?,
                        acknowledged_by: row.get(8)?,
                        acknowledged_at: row.get(9)?,
                        note: row.get(10)?,
                    }),
                    study: row.get(11)?,
                    subject: row.get(12)?,
                    subject_id: row.get(13)?,
                    upload_id: row.get(14)?,
                })
            })
            .optional()?;
        Ok(found.map(|entry| self.keep(entry)))
    }

    pub(super) fn write(self, connection: &Connection) -> rusqlite::Result<()> {
        let mut insert = connection.prepare_cached(
            "INSERT INTO problems (state, study, subject, subject_id, upload_id, message, opened_at, last_at, events,
                 acknowledged_by, acknowledged_at, note, id, matter, webhook, kind)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16)",
        )?;
        let mut update = connection.prepare_cached(
            "UPDATE problems SET state = ?1, study = ?2, subject = ?3, subject_id = ?4, upload_id = ?5, message = ?6,
                 opened_at = ?7, last_at = ?8, events = ?9, acknowledged_by = ?10, acknowledged_at = ?11, note = ?12
             WHERE id = ?13",
        )?;
        for entry in self.touched.rows {
            let Some(problem) = &entry.problem else { continue };
            let state = codes::problem_state(problem.state);
            if entry.new {
                insert.execute(params![
                    state,
                    entry.study,
                    entry.subject,
                    entry.subject_id,
                    entry.upload_id,
                    problem.message,
                    problem.opened_at,
                    problem.last_at,
                    problem.events,
                    problem.acknowledged_by,
                    problem.acknowledged_at,
                    problem.note,
                    entry.id,
                    entry.key.0,
                    entry.key.1,
                    entry.key.2,
                ])?;
            } else {
                update.execute(params![
                    state,
                    entry.study,
                    entry.subject,
                    entry.subject_id,
                    entry.upload_id,
                    problem.message,
                    problem.opened_at,
                    problem.last_at,
                    problem.events,
                    problem.acknowledged_by,
                    problem.acknowledged_at,
                    problem.note,
                    entry.id,
                ])?;
            }
        }
        Ok(())
    }
}
