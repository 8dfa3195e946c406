//! Problems that a batch touches, found by what they are about or by their id.

use std::collections::HashMap;

use rusqlite::{Connection, OptionalExtension, params};
use study::problem::Problem;

use super::{Touched, day, undo, undo_text};
use crate::view::codes;
use crate::view::statements::Statements;

/// What identifies a problem: what it is about, the webhook's word, the kind's code.
pub(in crate::view) type ProblemKeyIds = (Box<str>, i64, i64);

#[derive(Debug)]
pub(in crate::view) struct ProblemEntry {
    pub(in crate::view) id: i64,
    new: bool,
    key: ProblemKeyIds,
    /// `None` only between being added and its first failure.
    pub(in crate::view) problem: Option<Problem>,
    pub(in crate::view) study: Option<i64>,
    pub(in crate::view) subject: Option<i64>,
    pub(in crate::view) subject_id: Option<String>,
    pub(in crate::view) upload_id: Option<String>,
    /// The word of its normalised message.
    pub(in crate::view) family: i64,
    /// The row of the log that changed it last.
    pub(in crate::view) last_sequence: i64,
}

#[derive(Debug)]
pub(in crate::view) struct Problems {
    touched: Touched<ProblemKeyIds, ProblemEntry>,
    by_id: HashMap<i64, usize>,
}

impl Problems {
    pub(in crate::view) fn begin() -> Self {
        Self { touched: Touched::new(0), by_id: HashMap::new() }
    }

    /// The problem under `key`, where there is one.
    pub(in crate::view) fn find(
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

    /// Adds one that [`Self::find`] did not find; `id` is the sequence of the event that opens it, which also gives it its family.
    pub(in crate::view) fn add(&mut self, key: ProblemKeyIds, id: i64) -> &mut ProblemEntry {
        self.keep(ProblemEntry {
            id,
            new: true,
            key,
            problem: None,
            study: None,
            subject: None,
            subject_id: None,
            upload_id: None,
            family: 0,
            last_sequence: id,
        })
    }

    fn keep(&mut self, entry: ProblemEntry) -> &mut ProblemEntry {
        self.by_id.insert(entry.id, self.touched.rows.len());
        self.touched.keep(entry.key.clone(), entry)
    }

    /// The problem with this id, where there is one.
    pub(in crate::view) fn by_id(
        &mut self,
        connection: &Connection,
        id: i64,
    ) -> rusqlite::Result<Option<&mut ProblemEntry>> {
        if let Some(index) = self.by_id.get(&id) {
            return Ok(Some(&mut self.touched.rows[*index]));
        }
        let found = connection
            .prepare_cached(
                "SELECT matter, webhook, kind, state, opened_at, last_at, events, message, acknowledged_by, acknowledged_at,
                     note, study, subject, subject_id, upload_id, resolved_at, snoozed_until, follow_up, undo, family,
                     last_sequence
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
                        resolved_at: row.get(15)?,
                        snoozed_until: row.get(16)?,
                        follow_up: day(row.get(17)?),
                        undo: undo(row.get(18)?),
                    }),
                    study: row.get(11)?,
                    subject: row.get(12)?,
                    subject_id: row.get(13)?,
                    upload_id: row.get(14)?,
                    family: row.get(19)?,
                    last_sequence: row.get(20)?,
                })
            })
            .optional()?;
        Ok(found.map(|entry| self.keep(entry)))
    }

    pub(in crate::view) fn write(self, connection: &Connection) -> rusqlite::Result<()> {
        let mut insert = connection.prepare_cached(
            "INSERT INTO problems (state, study, subject, subject_id, upload_id, message, opened_at, last_at, events,
                 acknowledged_by, acknowledged_at, note, resolved_at, snoozed_until, follow_up, undo, family,
                 last_sequence, id, matter, webhook, kind)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16, ?17, ?18, ?19, ?20, ?21, ?22)",
        )?;
        let mut update = connection.prepare_cached(
            "UPDATE problems SET state = ?1, study = ?2, subject = ?3, subject_id = ?4, upload_id = ?5, message = ?6,
                 opened_at = ?7, last_at = ?8, events = ?9, acknowledged_by = ?10, acknowledged_at = ?11, note = ?12,
                 resolved_at = ?13, snoozed_until = ?14, follow_up = ?15, undo = ?16, family = ?17, last_sequence = ?18
             WHERE id = ?19",
        )?;
        for entry in self.touched.rows {
            let Some(problem) = &entry.problem else { continue };
            let state = codes::problem_state(problem.state);
            let follow_up = problem.follow_up.map(|day| day.to_string());
            let undo = undo_text(problem.undo.as_ref());
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
                    problem.resolved_at,
                    problem.snoozed_until,
                    follow_up,
                    undo,
                    entry.family,
                    entry.last_sequence,
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
                    problem.resolved_at,
                    problem.snoozed_until,
                    follow_up,
                    undo,
                    entry.family,
                    entry.last_sequence,
                    entry.id,
                ])?;
            }
        }
        Ok(())
    }
}
