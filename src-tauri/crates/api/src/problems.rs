//! Problems, and what people do about them. Each act becomes an action of its own in the log.

use std::collections::BTreeSet;

use store::rows;
use study::{Action, ProblemState};

use crate::Monitor;
use crate::times::rfc3339;
use crate::uploads::page;
use crate::wire::{ApiError, ListQuery, ProblemAct, ProblemActKind, ProblemDetail, ProblemPage, ProblemRow, StoryLine};

/// Problems one act may be about.
const MOST: usize = 500;

/// The longest note, in characters.
pub(crate) const NOTE: usize = 4_000;

/// The longest name of a person, in characters.
const NAME: usize = 200;

impl Monitor {
    /// A page of problems, newest first.
    ///
    /// # Errors
    /// `query` with the place, `behind`, or what SQLite said.
    pub fn problems(&self, ask: &ListQuery) -> Result<ProblemPage, ApiError> {
        let rows = self.history().problems(&page(ask)?, &self.lens()?)?;
        Ok(ProblemPage { sequence: rows.sequence, rows: rows.rows.into_iter().map(problem_row).collect() })
    }

    /// How many problems are open, stuck uploads included.
    ///
    /// # Errors
    /// `behind`, or what SQLite said.
    pub fn open_problems(&self) -> Result<i64, ApiError> {
        let lens = self.lens()?;
        let figures = self.history().counts(lens.now, &lens)?.rows;
        Ok(figures.first().map_or(0, |row| row.open_problems))
    }

    /// One problem with its story and the latest failing event behind it.
    ///
    /// # Errors
    /// `not_found`, `behind`, or what SQLite said.
    pub fn problem(&self, id: i64) -> Result<ProblemDetail, ApiError> {
        let lens = self.lens()?;
        let (row, story) = self.history().problem(id, &lens)?.ok_or_else(|| missing(id))?;
        // A stuck upload has no failing event: what it shows is its start, whose sequence is the problem's id.
        let failed = story.iter().rev().find(|line| line.what == "failed").map_or(id, |line| line.sequence);
        let event = self.history().event(failed, &lens)?.map(|event| event.row);
        let told = |field: fn(&rows::EventRow) -> Option<String>| event.as_ref().and_then(field);
        Ok(ProblemDetail {
            delivery_id: told(|event| event.delivery_id.clone()),
            vendor_webhook_id: told(|event| event.vendor_webhook_id.clone()),
            event_received_at: told(|event| Some(rfc3339(event.received_at))),
            event_sequence: event.as_ref().map(|event| event.sequence),
            row: problem_row(row),
            story: story.into_iter().map(story_line).collect(),
        })
    }

    /// Acknowledges, resolves, reopens or notes. Waits until it is on disk. Problems the act would change nothing about are left
    /// out (another person may have been quicker); returns how many were changed.
    ///
    /// # Errors
    /// `invalid` with the field (also where nothing would change at all), `not_found`, or why it could not be written.
    pub fn problem_act(&self, act: &ProblemAct) -> Result<usize, ApiError> {
        if act.ids.is_empty() || act.ids.len() > MOST {
            return Err(ApiError::invalid("ids", format!("choose 1 to {MOST} problems")));
        }
        let note = act.note.as_deref().map(str::trim).filter(|note| !note.is_empty());
        if note.is_some_and(|note| note.chars().count() > NOTE) {
            return Err(ApiError::invalid("note", format!("the note is longer than {NOTE} characters")));
        }
        if act.act == ProblemActKind::Note && note.is_none() {
            return Err(ApiError::invalid("note", "there is nothing written in the note"));
        }
        let by = self.who(&act.by)?;
        let lens = self.lens()?;
        let ids: BTreeSet<i64> = act.ids.iter().copied().collect();
        let mut actions = Vec::with_capacity(ids.len());
        let mut refused = None;
        for id in ids {
            let (row, _) = self.history().problem(id, &lens)?.ok_or_else(|| missing(id))?;
            match changes_nothing(act.act, row.state, note.is_some()) {
                Some(why) => refused = Some(format!("problem {id} {why}")),
                None => actions.push(action(act.act, id, &by, note)),
            }
        }
        match refused {
            Some(why) if actions.is_empty() => Err(ApiError::invalid("ids", why)),
            _ => self.append(&actions).map(|()| actions.len()),
        }
    }

    /// The name an act is kept under. The first one ever given becomes the operator's.
    pub(crate) fn who(&self, by: &str) -> Result<String, ApiError> {
        let mut settings = self.settings()?;
        let by = by.trim();
        if by.chars().count() > NAME || by.chars().any(char::is_control) {
            return Err(ApiError::invalid("by", format!("a name is one line of at most {NAME} characters")));
        }
        match (by.is_empty(), settings.operator.is_empty()) {
            (true, true) => Err(ApiError::invalid("by", "say who is doing this: the history keeps the name")),
            (true, false) => Ok(settings.operator),
            (false, false) => Ok(by.to_owned()),
            (false, true) => {
                by.clone_into(&mut settings.operator);
                self.settings_set(&settings)?;
                Ok(settings.operator)
            }
        }
    }
}

/// Why an act on a problem in this state would change nothing; `None` where it changes something.
fn changes_nothing(act: ProblemActKind, state: ProblemState, has_note: bool) -> Option<&'static str> {
    match (act, state) {
        (ProblemActKind::Acknowledge, ProblemState::Resolved) => Some("is resolved: reopen it first"),
        (ProblemActKind::Resolve, ProblemState::Resolved) if !has_note => Some("is resolved already"),
        (ProblemActKind::Reopen, ProblemState::Open) => Some("is open already"),
        _ => None,
    }
}

fn missing(id: i64) -> ApiError {
    ApiError::not_found(format!("there is no problem {id}"))
}

fn action(kind: ProblemActKind, problem: i64, by: &str, note: Option<&str>) -> Action {
    let (by, note) = (by.to_owned(), note.map(str::to_owned));
    match kind {
        ProblemActKind::Acknowledge => Action::Acknowledge { problem, by, note },
        ProblemActKind::Resolve => Action::Resolve { problem, by, note },
        ProblemActKind::Reopen => Action::Reopen { problem, by },
        ProblemActKind::Contact => Action::Contact { problem, by, text: note.unwrap_or_default(), follow_up: None },
        ProblemActKind::Snooze | ProblemActKind::Wake => Action::Wake { problem, by },
        ProblemActKind::TakeBack => Action::TakeBack { problem, by },
        ProblemActKind::Note => Action::Note { problem, by, text: note.unwrap_or_default() },
    }
}

/// The wire's form of a row.
pub(crate) fn problem_row(row: rows::ProblemRow) -> ProblemRow {
    ProblemRow {
        id: row.id,
        kind: row.kind.as_str().to_owned(),
        state: row.state.as_str().to_owned(),
        webhook: row.webhook,
        study_id: row.study_id,
        subject_id: row.subject_id,
        subject_label: row.subject_label,
        upload_id: row.upload_id,
        message: row.message,
        opened_at: rfc3339(row.opened_at),
        last_at: rfc3339(row.last_at),
        events: row.events,
        acknowledged_by: row.acknowledged_by,
        acknowledged_at: row.acknowledged_at.map(rfc3339),
        note: row.note,
        snoozed_until: None,
        follow_up: None,
        group: String::new(),
    }
}

fn story_line(row: rows::StoryRow) -> StoryLine {
    StoryLine { sequence: row.sequence, at: rfc3339(row.at), what: row.what, by: row.by, text: row.text, until: None }
}
