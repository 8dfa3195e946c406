//! Uploads that a batch touches.

use std::collections::BTreeMap;

use rusqlite::{Connection, OptionalExtension, Row, params};
use study::problem::Problem;
use study::{ProblemState, Upload, UploadState};

use super::{IdKey, Touched, day, next_id, undo, undo_text};
use crate::view::codes;
use crate::view::statements::Statements;

/// What people did about a problem that is computed when it is read: an upload being stuck, a webhook being silent.
#[derive(Debug, Clone, Default)]
pub(in crate::view) struct Stuck {
    pub(in crate::view) state: Option<i64>,
    pub(in crate::view) by: Option<String>,
    pub(in crate::view) at: Option<i64>,
    pub(in crate::view) note: Option<String>,
    pub(in crate::view) snoozed_until: Option<i64>,
    pub(in crate::view) follow_up: Option<jiff::civil::Date>,
    pub(in crate::view) undo: Option<study::problem::Undo>,
}

impl Stuck {
    /// The problem as it stands; what only the reader knows (since when, how many events) is 0.
    pub(in crate::view) fn problem(self) -> Problem {
        Problem {
            state: self.state.and_then(codes::problem_state_of).unwrap_or(ProblemState::Open),
            opened_at: 0,
            last_at: 0,
            events: 0,
            message: None,
            acknowledged_by: self.by,
            acknowledged_at: self.at,
            note: self.note,
            // Nothing asks when it was resolved: it goes with the upload's end, or the next delivery.
            resolved_at: None,
            snoozed_until: self.snoozed_until,
            follow_up: self.follow_up,
            undo: self.undo,
        }
    }

    pub(in crate::view) fn of(problem: Problem) -> Self {
        Self {
            state: Some(codes::problem_state(problem.state)),
            by: problem.acknowledged_by,
            at: problem.acknowledged_at,
            note: problem.note,
            snoozed_until: problem.snoozed_until,
            follow_up: problem.follow_up,
            undo: problem.undo,
        }
    }
}

#[derive(Debug)]
pub(in crate::view) struct UploadEntry {
    pub(in crate::view) id: i64,
    new: bool,
    key: IdKey,
    pub(in crate::view) subject: Option<i64>,
    /// `None` only between being added and its first event.
    pub(in crate::view) life: Option<Upload>,
    pub(in crate::view) problem: Option<i64>,
    pub(in crate::view) last_at: i64,
    pub(in crate::view) last_sequence: i64,
    pub(in crate::view) stuck: Stuck,
    /// What it is counted under so far.
    counted: Counted,
}

/// What an upload is counted under.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
struct Counted {
    subject: Option<i64>,
    /// Hour, webhook and state of its latest end.
    end: Option<End>,
}

/// Hour since 1970 UTC, webhook's word, state's code.
pub(in crate::view) type End = (i64, i64, i64);

/// How counts of uploads change by a batch.
#[derive(Debug, Default)]
pub(in crate::view) struct Counts {
    subjects: BTreeMap<i64, i64>,
    ends: BTreeMap<End, i64>,
}

impl Counts {
    fn add(&mut self, counted: &Counted, uploads: i64) {
        if let Some(subject) = counted.subject {
            *self.subjects.entry(subject).or_default() += uploads;
        }
        if let Some(end) = counted.end {
            *self.ends.entry(end).or_default() += uploads;
        }
    }

    /// Writes them; the subjects must be there.
    pub(in crate::view) fn write(&self, connection: &Connection) -> rusqlite::Result<()> {
        let mut of_subject = connection.prepare_cached("UPDATE subjects SET uploads = uploads + ?2 WHERE id = ?1")?;
        for (subject, uploads) in self.subjects.iter().filter(|(_, uploads)| **uploads != 0) {
            of_subject.execute([subject, uploads])?;
        }
        let mut in_hour = connection.prepare_cached(
            "INSERT INTO ends (hour, webhook, state, uploads) VALUES (?1, ?2, ?3, ?4)
             ON CONFLICT (hour, webhook, state) DO UPDATE SET uploads = uploads + ?4",
        )?;
        let mut emptied = connection
            .prepare_cached("DELETE FROM ends WHERE hour = ?1 AND webhook = ?2 AND state = ?3 AND uploads = 0")?;
        for ((hour, webhook, state), uploads) in self.ends.iter().filter(|(_, uploads)| **uploads != 0) {
            in_hour.execute([hour, webhook, state, uploads])?;
            if *uploads < 0 {
                // However large the batches were, the same rows are left.
                emptied.execute([hour, webhook, state])?;
            }
        }
        Ok(())
    }
}

pub(in crate::view) type Uploads = Touched<IdKey, UploadEntry>;

impl Uploads {
    pub(in crate::view) fn begin(connection: &Connection) -> rusqlite::Result<Self> {
        Ok(Self::new(next_id(connection, "SELECT coalesce(max(id), 0) + 1 FROM uploads")?))
    }

    pub(in crate::view) fn entry(
        &mut self,
        statements: &mut Statements<'_>,
        key: IdKey,
    ) -> rusqlite::Result<&mut UploadEntry> {
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
                counted: Counted::default(),
            },
        };
        Ok(self.keep(key, entry))
    }

    /// The upload of this batch whose first `started` was this one.
    pub(in crate::view) fn started_by(&self, sequence: i64) -> Option<IdKey> {
        let started =
            |entry: &&UploadEntry| entry.life.as_ref().and_then(|life| life.started_sequence) == Some(sequence);
        self.rows.iter().find(started).map(|entry| entry.key.clone())
    }

    /// Writes them, and says how their counts change.
    pub(in crate::view) fn write(self, connection: &Connection) -> rusqlite::Result<Counts> {
        let mut counts = Counts::default();
        let mut insert = connection.prepare_cached(
            "INSERT INTO uploads (subject, subject_id, state, started_at, started_sequence, finished_at, finished_sequence,
                 message, events, problem, last_at, last_sequence, stuck_state, stuck_by, stuck_at, stuck_note,
                 stuck_snoozed, stuck_follow_up, stuck_undo, id, upload_id, webhook, study)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16, ?17, ?18, ?19, ?20, ?21, ?22, ?23)",
        )?;
        let mut update = connection.prepare_cached(
            "UPDATE uploads SET subject = ?1, subject_id = ?2, state = ?3, started_at = ?4, started_sequence = ?5,
                 finished_at = ?6, finished_sequence = ?7, message = ?8, events = ?9, problem = ?10, last_at = ?11,
                 last_sequence = ?12, stuck_state = ?13, stuck_by = ?14, stuck_at = ?15, stuck_note = ?16,
                 stuck_snoozed = ?17, stuck_follow_up = ?18, stuck_undo = ?19
             WHERE id = ?20",
        )?;
        for entry in self.rows {
            let Some(life) = &entry.life else { continue };
            let state = codes::upload_state(life.state);
            let stuck = &entry.stuck;
            let counted = counted(entry.subject, life, entry.key.1);
            if counted != entry.counted {
                counts.add(&entry.counted, -1);
                counts.add(&counted, 1);
            }
            let follow_up = stuck.follow_up.map(|day| day.to_string());
            let undo = undo_text(stuck.undo.as_ref());
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
                    stuck.snoozed_until,
                    follow_up,
                    undo,
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
                    stuck.snoozed_until,
                    follow_up,
                    undo,
                    entry.id,
                ])?;
            }
        }
        Ok(counts)
    }
}

fn counted(subject: Option<i64>, life: &Upload, webhook: i64) -> Counted {
    let end = life.finished_at.map(|at| (at.div_euclid(codes::HOUR), webhook, codes::upload_state(life.state)));
    Counted { subject, end }
}

fn read_upload(row: &Row<'_>, key: &IdKey) -> rusqlite::Result<UploadEntry> {
    let subject = row.get(1)?;
    let life = Upload {
        subject_id: row.get(2)?,
        state: codes::upload_state_of(row.get(3)?).unwrap_or(UploadState::Started),
        started_at: row.get(4)?,
        started_sequence: row.get(5)?,
        finished_at: row.get(6)?,
        finished_sequence: row.get(7)?,
        message: row.get(8)?,
        events: row.get(9)?,
    };
    Ok(UploadEntry {
        id: row.get(0)?,
        new: false,
        key: key.clone(),
        subject,
        counted: counted(subject, &life, key.1),
        life: Some(life),
        problem: row.get(10)?,
        last_at: row.get(11)?,
        last_sequence: row.get(12)?,
        stuck: Stuck {
            state: row.get(13)?,
            by: row.get(14)?,
            at: row.get(15)?,
            note: row.get(16)?,
            snoozed_until: row.get(17)?,
            follow_up: day(row.get(18)?),
            undo: undo(row.get(19)?),
        },
    })
}
