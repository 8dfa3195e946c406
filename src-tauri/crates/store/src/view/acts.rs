//! What people did about problems, in the order of the log.

use rusqlite::{OptionalExtension, params};
use study::problem::{Change, Problem, Step, Undoable, step};
use study::{Action, UploadState};

use super::apply::Batch;
use super::folded::Stuck;
use crate::log::read::RawRow;

impl Batch<'_> {
    /// What a person did about a problem. Other actions are for the auditor: they stay in the log.
    pub(super) fn action(&mut self, raw: &RawRow, action: &Action) -> rusqlite::Result<()> {
        let at = raw.at;
        // When somebody will look again, or a snooze runs out.
        let mut until = None;
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
            Action::TimeAway { .. } | Action::ClockSet { .. } | Action::AwayChecked { .. } => {
                return self.absence(raw, action);
            }
            Action::Contact { problem, by, text, follow_up } => {
                until = follow_up.map(|day| day.to_string());
                (*problem, "contacted", by, Some(text), Step::Contact { follow_up: *follow_up })
            }
            Action::Snooze { problem, by, until: moment } => {
                until = Some(format!("{moment:.6}"));
                (*problem, "snoozed", by, None, Step::Snooze { until: moment.as_microsecond() })
            }
            Action::Escalated { problem, way, sent } => return self.escalated(raw, *problem, way.as_str(), *sent),
            Action::Wake { problem, by } => (*problem, "woken", by, None, Step::Wake),
            Action::TakeBack { problem, by } => (*problem, "taken_back", by, None, Step::TakeBack),
            _ => return Ok(()),
        };
        let done = match self.problems.by_id(self.connection, problem)? {
            Some(entry) => {
                let (stepped, done) = take(entry.problem.take(), &happened);
                entry.problem = stepped;
                entry.last_sequence = raw.sequence;
                Some(done)
            }
            None if problem < 0 => self.act_on_silence(problem, &happened)?,
            None => self.act_on_stuck(problem, &happened)?,
        };
        let Some(done) = done else { return Ok(()) };
        if done.change == Change::None && matches!(happened, Step::Snooze { .. } | Step::Wake | Step::TakeBack) {
            // Somebody or something was quicker: the story says what came about.
            return Ok(());
        }
        let text = text.map(String::as_str).or(done.taken_back.map(Undoable::as_str));
        self.connection
            .prepare_cached(
                "INSERT INTO actions (sequence, at, problem, what, by, text, until) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)",
            )?
            .execute(params![raw.sequence, at, problem, what, by, text, until])
            .map(drop)
    }

    /// It went out of the house, or could not: nobody's act, and nothing changes by it.
    fn escalated(&mut self, raw: &RawRow, problem: i64, way: &str, sent: bool) -> rusqlite::Result<()> {
        let what = if sent { "escalated" } else { "not_escalated" };
        self.connection
            .prepare_cached("INSERT INTO actions (sequence, at, problem, what, text) VALUES (?1, ?2, ?3, ?4, ?5)")?
            .execute(params![raw.sequence, raw.at, problem, what, way])
            .map(drop)
    }

    /// An upload that runs too long is a problem only while it is looked at; what people did about it is kept on the upload.
    fn act_on_stuck(&mut self, started: i64, happened: &Step) -> rusqlite::Result<Option<Done>> {
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
            return Ok(None);
        };
        let entry = self.uploads.entry(&mut self.statements, key)?;
        let Some(life) = &entry.life else { return Ok(None) };
        if life.started_sequence != Some(started) || life.state != UploadState::Started {
            return Ok(None);
        }
        let (problem, done) = take(Some(std::mem::take(&mut entry.stuck).problem()), happened);
        entry.stuck = problem.map(Stuck::of).unwrap_or_default();
        Ok(Some(done))
    }

    /// So it is with a webhook that is silent, whose id is minus the sequence of what came last; until the next delivery.
    fn act_on_silence(&mut self, id: i64, happened: &Step) -> rusqlite::Result<Option<Done>> {
        let Some(pulse) = self.pulses.silent_since(self.connection, id.saturating_neg())? else { return Ok(None) };
        let (problem, done) = take(Some(std::mem::take(&mut pulse.silence).problem()), happened);
        pulse.silence = problem.map(Stuck::of).unwrap_or_default();
        Ok(Some(done))
    }
}

/// What an act came to.
struct Done {
    change: Change,
    /// The act it took back.
    taken_back: Option<Undoable>,
}

/// A step, and what it came to.
fn take(problem: Option<Problem>, happened: &Step) -> (Option<Problem>, Done) {
    let undo = problem.as_ref().and_then(|problem| problem.undo.as_ref()).map(|undo| undo.act);
    let (problem, change) = step(problem, happened);
    let taken_back = undo.filter(|_| *happened == Step::TakeBack && change != Change::None);
    (problem, Done { change, taken_back })
}
