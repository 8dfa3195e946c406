//! Subjects: pages of them, and how long ago each one's latest completed upload is.

use store::history::{Lens, Page};
use store::rows;

use crate::Monitor;
use crate::times::rfc3339;
use crate::uploads::page;
use crate::wire::{ApiError, ListQuery, SubjectPage, SubjectRow};

const DAY: i64 = 24 * 3_600 * 1_000_000;

/// From this age of the latest completed upload on, a subject is overdue. In microseconds.
const OVERDUE: i64 = 3 * DAY;

/// From this age on, a subject is late. In microseconds.
const LATE: i64 = 5 * DAY;

/// Subjects counted for Today: a study has 20 to 500.
const COUNTED: usize = 100_000;

impl Monitor {
    /// A page of subjects.
    ///
    /// # Errors
    /// `query` with the place, `behind`, or what SQLite said.
    pub fn subjects(&self, ask: &ListQuery) -> Result<SubjectPage, ApiError> {
        let lens = self.lens()?;
        let rows = self.history().subjects(&page(ask)?, &lens)?;
        let now = lens.now;
        Ok(SubjectPage {
            sequence: rows.sequence,
            rows: rows.rows.into_iter().map(|row| subject_row(row, now)).collect(),
            wear_until: String::new(),
        })
    }

    /// How many subjects there are, and how many of them are overdue or late.
    pub(crate) fn count_subjects(&self, lens: &Lens) -> Result<(i64, i64), ApiError> {
        let page = Page { query: study::Query::default(), before: None, after: None, limit: COUNTED };
        let rows = self.history().subjects(&page, lens)?.rows;
        let overdue =
            rows.iter().filter(|row| matches!(state(row.last_completed_at, lens.now), "overdue" | "late")).count();
        let number = |count: usize| i64::try_from(count).unwrap_or(i64::MAX);
        Ok((number(rows.len()), number(overdue)))
    }
}

/// `current`, `overdue`, `late` or `no_upload`.
fn state(last_completed_at: Option<i64>, now: i64) -> &'static str {
    match last_completed_at.map(|at| now.saturating_sub(at)) {
        None => "no_upload",
        Some(age) if age >= LATE => "late",
        Some(age) if age >= OVERDUE => "overdue",
        Some(_) => "current",
    }
}

fn subject_row(row: rows::SubjectRow, now: i64) -> SubjectRow {
    SubjectRow {
        key: row.id,
        webhook: row.webhook,
        study_id: row.study_id,
        subject_id: Some(row.subject_id),
        label: row.label,
        site_id: row.site_id,
        monitor_serial: row.monitor_serial,
        last_completed_at: row.last_completed_at.map(rfc3339),
        state: state(row.last_completed_at, now).to_owned(),
        days_since: None,
        on_leave_until: None,
        expected: false,
        conflicts: Vec::new(),
        uploads: 0,
        open_problems: 0,
        wear: Vec::new(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn overdue_begins_with_the_third_day_and_late_with_the_fifth() {
        let now = 100 * DAY;
        assert_eq!(state(None, now), "no_upload");
        assert_eq!(state(Some(now - OVERDUE + 1), now), "current");
        assert_eq!(state(Some(now - OVERDUE), now), "overdue");
        assert_eq!(state(Some(now - LATE + 1), now), "overdue");
        assert_eq!(state(Some(now - LATE), now), "late");
        assert_eq!(state(Some(now + DAY), now), "current", "a clock that was set back makes nobody overdue");
    }
}
