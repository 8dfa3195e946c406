//! Uploads: pages of them, latest event first.

use store::history::Page;
use store::rows;

use crate::events::PAGE;
use crate::times::rfc3339;
use crate::wire::{ApiError, Counted, Counting, LifeStep, ListQuery, UploadPage, UploadRow};
use crate::{Monitor, query};

/// Microseconds in a second.
const MICROS: i64 = 1_000_000;

/// The page a list asks for.
pub(crate) fn page(ask: &ListQuery) -> Result<Page, ApiError> {
    let limit = ask.limit.clamp(1, PAGE) as usize;
    Ok(Page { query: query::parse(&ask.query)?, before: ask.before, after: None, limit })
}

impl Monitor {
    /// A page of uploads.
    ///
    /// # Errors
    /// `query` with the place, `behind`, or what SQLite said.
    pub fn uploads(&self, ask: &ListQuery) -> Result<UploadPage, ApiError> {
        let rows = self.history().uploads(&page(ask)?, &self.lens()?)?;
        Ok(UploadPage { sequence: rows.sequence, rows: rows.rows.into_iter().map(upload_row).collect() })
    }
}

/// Rows of a list counted at most: a count is along an index, and this many cost no more than a page.
const COUNTED: usize = 10_000;

impl Monitor {
    /// How many rows of a list match, up to 10,000.
    ///
    /// # Errors
    /// `query` with the place, `behind`, or what SQLite said.
    pub fn count_rows(&self, list: Counting, text: &str) -> Result<Counted, ApiError> {
        let (query, lens) = (query::parse(text)?, self.lens()?);
        let counted = match list {
            Counting::Uploads => self.history().count_uploads(&query, COUNTED, &lens)?,
            Counting::Problems => self.history().count_problems(&query, COUNTED, &lens)?,
        };
        Ok(Counted { rows: counted.rows, more: counted.more })
    }
}

/// The wire's form of a row.
pub(crate) fn upload_row(row: rows::UploadRow) -> UploadRow {
    let ended_after_it_started = |(from, to): &(i64, i64)| to >= from;
    let duration = row.started_at.zip(row.finished_at).filter(ended_after_it_started);
    UploadRow {
        // The list is in the order of the latest event, so that is what a page ends at.
        key: row.last_sequence,
        webhook: row.webhook,
        study_id: row.study_id,
        subject_id: row.subject_id,
        subject_label: row.subject_label,
        upload_id: row.upload_id,
        state: row.state.as_str().to_owned(),
        started_at: row.started_at.map(rfc3339),
        finished_at: row.finished_at.map(rfc3339),
        last_at: rfc3339(row.last_at),
        message: row.message,
        events: row.events,
        problem: row.problem.map(|state| state.as_str().to_owned()),
        problem_id: row.problem_id,
        stuck: row.stuck,
        last_sequence: row.last_sequence,
        life: row.life.into_iter().map(life_step).collect(),
        attempts: row.attempts,
        duration_seconds: duration.map(|(from, to)| (to - from) / MICROS),
        recovered: row.recovered,
        regressed: row.regressed,
    }
}

fn life_step(step: rows::LifeStep) -> LifeStep {
    LifeStep { sequence: step.sequence, at: rfc3339(step.at), state: step.state.as_str().to_owned() }
}
