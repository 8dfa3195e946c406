//! What people did about problems, in the order of the log.

use rusqlite::{OptionalExtension, params};
use study::problem::{Problem, Step, step};
use study::{Action, ProblemState, UploadState};

use super::apply::Batch;
use super::codes;
use crate::log::read::RawRow;

impl Batch<'_> {
    /// What a person did about a problem. Other actions are for the auditor: they stay in the log.
    pub(super) fn action(&mut self, raw: &RawRow, action: &Action) -> rusqlite::Result<()> {
        let at = raw.at;
        let (problem, what, by, text, happened) = match action {
            Action::Acknowledge { problem, by, note } => (
                *problem,
                "acknowledged",
                by,
                note.as_ref(),
                Step::Acknowledge { at, by: by.clone(), note: note.clone() },
            ),
            Action::Resolve { problem, by, note } => {
                (*problem, "resolved", by, note.as_ref(), Step::Resolve { at, note: note.clone() })
            }
            Action::Reopen { problem, by } => (*problem, "reopened", by, None, Step::Reopen { at }),
            Action::Note { problem, by, text } => {
                (*problem, "noted", by, Some(text), Step::Note { text: text.clone() })
            }
            Action::Subjects { webhook, study_id, subjects, .. } => {
                return self.expect(raw, webhook, study_id.as_deref(), subjects);
            }
            Action::SubjectStatus { subject, by, status, note } => {
                return self.declare(raw, subject, by, *status, note.as_deref());
            }
            Action::SubjectNote { subject, by, text } => return self.remark(raw, subject, by, text),
            _ => return Ok(()),
        };
        let known = match self.problems.by_id(self.connection, problem)? {
            Some(entry) => {
                entry.problem = step(entry.problem.take(), &happened).0;
                true
            }
            None => self.act_on_stuck(problem, &happened)?,
        };
        if !known {
            return Ok(());
        }
        self.connection
            .prepare_cached(
                "INSERT INTO actions (sequence, at, problem, what, by, text) VALUES (?1, ?2, ?3, ?4, ?5, ?6)",
            )?
            .execute(params![raw.sequence, at, problem, what, by, text])
            .map(drop)
    }

    /// An upload that runs too long is a problem only while it is looked at; what people did about it is kept on the upload.
    fn act_on_stuck(&mut self, started: i64, happened: &Step) -> rusqlite::Result<bool> {
        let key = self
            .connection
            .prepare_cached(
                "SELECT uploads.upload_id, uploads.webhook, uploads.study
                 FROM events JOIN uploads ON uploads.id = events.upload WHERE events.sequence = ?",
            )?
            .query_row([started], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?)))
            .optional()?;
        let Some(key) = (match key {
            Some(key) => Some(key),
            None => self.uploads.started_by(started),
        }) else {
            return Ok(false);
        };
        let entry = self.uploads.entry(&mut self.statements, key)?;
        let Some(life) = &entry.life else { return Ok(false) };
        if life.started_sequence != Some(started) || life.state != UploadState::Started {
            return Ok(false);
        }
        let opened_at = life.started_at.unwrap_or_default();
        let state = entry.stuck.state.and_then(codes::problem_state_of).unwrap_or(ProblemState::Open);
        let problem = Problem {
            state,
            opened_at,
            last_at: opened_at,
            events: life.events,
            message: None,
            acknowledged_by: entry.stuck.by.take(),
            acknowledged_at: entry.stuck.at.take(),
            note: entry.stuck.note.take(),
        };
        if let (Some(problem), _) = step(Some(problem), happened) {
            entry.stuck.state = Some(codes::problem_state(problem.state));
            entry.stuck.by = problem.acknowledged_by;
            entry.stuck.at = problem.acknowledged_at;
            entry.stuck.note = problem.note;
        }
        Ok(true)
    }
}
