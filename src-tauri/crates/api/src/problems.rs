//! Problems, and what people do about them. Each act becomes an action of its own in the log.

use std::collections::{BTreeSet, HashMap};

use jiff::Timestamp;
use jiff::civil::Date;
use store::rows;
use study::{Action, ProblemState};

use crate::Monitor;
use crate::query;
use crate::times::rfc3339;
use crate::uploads::page;
use crate::wire::{
    ApiError, GroupPage, GroupQuery, ListQuery, ProblemAct, ProblemActKind, ProblemActed, ProblemDetail, ProblemGroup,
    ProblemPage, ProblemRow, StoryLine,
};

/// Problems one act may be about.
const MOST: usize = 500;

/// The longest note, in characters.
pub(crate) const NOTE: usize = 4_000;

/// The longest snooze, in microseconds.
const LONGEST_SNOOZE: i64 = 366 * 24 * 3_600 * 1_000_000;

/// The longest name of a person, in characters.
const NAME: usize = 200;

impl Monitor {
    /// A page of problems, newest first.
    ///
    /// # Errors
    /// `query` with the place, `behind`, or what SQLite said.
    pub fn problems(&self, ask: &ListQuery) -> Result<ProblemPage, ApiError> {
        let rows = self.history().problems(&page(ask)?, &self.problem_lens()?)?;
        Ok(ProblemPage { sequence: rows.sequence, rows: rows.rows.into_iter().map(problem_row).collect() })
    }

    /// How many problems are open, stuck uploads included.
    ///
    /// # Errors
    /// `behind`, or what SQLite said.
    pub fn open_problems(&self) -> Result<i64, ApiError> {
        let lens = self.problem_lens()?;
        let figures = self.history().counts(lens.now, &lens)?.rows;
        Ok(figures.first().map_or(0, |row| row.open_problems))
    }

    /// One problem with its story and the latest failing event behind it.
    ///
    /// # Errors
    /// `not_found`, `behind`, or what SQLite said.
    pub fn problem(&self, id: i64) -> Result<ProblemDetail, ApiError> {
        let lens = self.problem_lens()?;
        let (row, story) = self.history().problem(id, &lens)?.ok_or_else(|| missing(id))?;
        // A stuck upload has no failing event: what it shows is its start, whose sequence is the problem's id. So it is with a silence, whose id
        // is minus the sequence of what came last.
        let failed = story.iter().rev().find(|line| line.what == "failed").map_or(id, |line| line.sequence);
        let event = self.history().event(failed.abs(), &lens)?.map(|event| event.row);
        let told = |field: fn(&rows::EventRow) -> Option<String>| event.as_ref().and_then(field);
        Ok(ProblemDetail {
            delivery_id: told(|event| event.delivery_id.clone()),
            vendor_webhook_id: told(|event| event.vendor_webhook_id.clone()),
            event_received_at: told(|event| Some(rfc3339(event.received_at))),
            event_sequence: event.as_ref().map(|event| event.sequence),
            silence: self.silence_of(&row)?,
            row: problem_row(row),
            story: story.into_iter().map(story_line).collect(),
        })
    }

    /// The inbox: problems by normalised message.
    ///
    /// # Errors
    /// `query` with the place, `behind`, or what SQLite said.
    pub fn problem_groups(&self, ask: &GroupQuery) -> Result<GroupPage, ApiError> {
        let found = self.history().problem_groups(&query::parse(&ask.query)?, ask.snoozed, &self.problem_lens()?)?;
        Ok(GroupPage {
            sequence: found.sequence,
            groups: found.groups.into_iter().map(problem_group).collect(),
            problems: found.problems,
            snoozed: found.snoozed,
        })
    }

    /// Does what a person decided, one action for each problem. Waits until all are on disk. Problems the act would change nothing
    /// about are left out (another person may have been quicker); the others are returned.
    ///
    /// # Errors
    /// `invalid` with the field (also where nothing would change at all), `not_found`, or why it could not be written.
    pub fn problem_act(&self, act: &ProblemAct) -> Result<ProblemActed, ApiError> {
        if act.ids.is_empty() || act.ids.len() > MOST {
            return Err(ApiError::invalid("ids", format!("choose 1 to {MOST} problems")));
        }
        let asked = Asked::read(act, self.now())?;
        let by = self.who(&act.by)?;
        let lens = self.problem_lens()?;
        let ids: BTreeSet<i64> = act.ids.iter().copied().collect();
        let ids: Vec<i64> = ids.into_iter().collect();
        let rows = self.history().problems_of(&ids, &lens)?;
        let known: HashMap<i64, rows::ProblemRow> = rows.into_iter().map(|row| (row.id, row)).collect();
        let mut changed = Vec::with_capacity(ids.len());
        let mut actions = Vec::with_capacity(ids.len());
        let mut refused = None;
        for id in ids {
            let row = known.get(&id).ok_or_else(|| missing(id))?;
            if let Some(why) = changes_nothing(act.act, row, &asked) {
                refused = Some(format!("problem {id} {why}"));
            } else {
                actions.push(asked.action(act.act, id, &by));
                changed.push(id);
            }
        }
        match refused {
            Some(why) if actions.is_empty() => Err(ApiError::invalid("ids", why)),
            _ => self.append(&actions).map(|()| ProblemActed { ids: changed }),
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

/// What an act says besides whom it is about, checked.
struct Asked<'a> {
    note: Option<&'a str>,
    /// Of a snooze.
    until: Timestamp,
    /// Of a contact.
    follow_up: Option<Date>,
}

impl<'a> Asked<'a> {
    fn read(act: &'a ProblemAct, now: i64) -> Result<Self, ApiError> {
        let note = act.note.as_deref().map(str::trim).filter(|note| !note.is_empty());
        if note.is_some_and(|note| note.chars().count() > NOTE) {
            return Err(ApiError::invalid("note", format!("the note is longer than {NOTE} characters")));
        }
        if note.is_none() && act.act == ProblemActKind::Note {
            return Err(ApiError::invalid("note", "there is nothing written in the note"));
        }
        if note.is_none() && act.act == ProblemActKind::Contact {
            return Err(ApiError::invalid("note", "write down what was said"));
        }
        let text = act.until.as_deref().map(str::trim).filter(|text| !text.is_empty());
        let mut asked = Self { note, until: Timestamp::UNIX_EPOCH, follow_up: None };
        match (act.act, text) {
            (ProblemActKind::Snooze, text) => asked.until = later(text, now)?,
            (ProblemActKind::Contact, Some(text)) => {
                // jiff reads the day of a whole date-time, too: somebody who writes an hour expects it to be kept.
                let day = text.parse::<Date>().ok().filter(|day| day.to_string() == text);
                let wrong = || ApiError::invalid("until", "the day to look again is a day like 2026-08-27");
                asked.follow_up = Some(day.ok_or_else(wrong)?);
            }
            _ => {}
        }
        Ok(asked)
    }

    fn action(&self, kind: ProblemActKind, problem: i64, by: &str) -> Action {
        let (by, note) = (by.to_owned(), self.note.map(str::to_owned));
        match kind {
            ProblemActKind::Acknowledge => Action::Acknowledge { problem, by, note },
            ProblemActKind::Resolve => Action::Resolve { problem, by, note },
            ProblemActKind::Reopen => Action::Reopen { problem, by },
            ProblemActKind::Note => Action::Note { problem, by, text: note.unwrap_or_default() },
            ProblemActKind::Contact => {
                Action::Contact { problem, by, text: note.unwrap_or_default(), follow_up: self.follow_up }
            }
            ProblemActKind::Snooze => Action::Snooze { problem, by, until: self.until },
            ProblemActKind::Wake => Action::Wake { problem, by },
            ProblemActKind::TakeBack => Action::TakeBack { problem, by },
        }
    }
}

/// A moment to snooze until: ahead, and not for ever.
fn later(text: Option<&str>, now: i64) -> Result<Timestamp, ApiError> {
    let wrong = |message: &str| ApiError::invalid("until", message);
    let text = text.ok_or_else(|| wrong("say until when"))?;
    let until: Timestamp = text.parse().map_err(|_| wrong("until when is a moment like 2026-08-27T08:00:00Z"))?;
    let ahead = until.as_microsecond().saturating_sub(now);
    if ahead <= 0 {
        return Err(wrong("that moment is past: choose one ahead"));
    }
    if ahead > LONGEST_SNOOZE {
        return Err(wrong("a problem is put aside for a year at most"));
    }
    Ok(until)
}

/// Why an act on this problem would change nothing; `None` where it changes something.
fn changes_nothing(act: ProblemActKind, row: &rows::ProblemRow, asked: &Asked<'_>) -> Option<&'static str> {
    match (act, row.state) {
        (ProblemActKind::Acknowledge | ProblemActKind::Snooze, ProblemState::Resolved) => {
            Some("is resolved: reopen it first")
        }
        // Nobody would be reminded: what is over has no day to look again.
        (ProblemActKind::Contact, ProblemState::Resolved) if asked.follow_up.is_some() => {
            Some("is resolved: reopen it first, or leave the day to look again out")
        }
        (ProblemActKind::Resolve, ProblemState::Resolved) if asked.note.is_none() => Some("is resolved already"),
        (ProblemActKind::Reopen, ProblemState::Open) => Some("is open already"),
        (ProblemActKind::Wake, _) if row.snoozed_until.is_none() => Some("is not put aside"),
        (ProblemActKind::TakeBack, _) if !row.undoable => {
            Some("was changed since by a delivery or another act: there is nothing to take back")
        }
        _ => None,
    }
}

fn missing(id: i64) -> ApiError {
    ApiError::not_found(format!("there is no problem {id}"))
}

/// The wire's form of a group.
pub(crate) fn problem_group(group: rows::ProblemGroup) -> ProblemGroup {
    ProblemGroup {
        message: group.newest.first().and_then(|row| row.message.clone()),
        group: group.group,
        kind: group.kind.as_str().to_owned(),
        problems: group.problems,
        open: group.open,
        acknowledged: group.acknowledged,
        subjects: group.subjects,
        events: group.events,
        first_at: rfc3339(group.first_at),
        last_at: rfc3339(group.last_at),
        newest: group.newest.into_iter().map(problem_row).collect(),
        ids: group.ids,
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
        snoozed_until: row.snoozed_until.map(rfc3339),
        follow_up: row.follow_up,
        group: row.group,
    }
}

pub(crate) fn story_line(row: rows::StoryRow) -> StoryLine {
    StoryLine {
        sequence: row.sequence,
        at: rfc3339(row.at),
        what: row.what,
        by: row.by,
        text: row.text,
        until: row.until,
    }
}
