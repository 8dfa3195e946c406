//! Subjects: the board, one subject's page, what people declare about them, and lists of expected ones.

mod acts;
mod import;
mod named;
#[cfg(test)]
mod tests;

use std::collections::HashMap;

use store::history::{Lens, Overdue, Page, wear_until};
use store::rows::{self, SubjectCounts};
use store::state::Levels;
use study::Query;
use study::query::{Key, KeyTerm};
use study::subject::{SubjectStatus, standing};

use crate::Monitor;
use crate::problems::problem_row;
use crate::times::rfc3339;
use crate::uploads::{page, upload_row};
use crate::wire::{ApiError, Known, ListQuery, StoryLine, SubjectDetail, SubjectPage, SubjectRow, WearDay};

pub use named::SubjectsNamed;

/// A day in microseconds.
const DAY: i64 = 24 * 3_600 * 1_000_000;

/// Uploads and problems on a subject's page.
const BEHIND: usize = 100;

/// Overdue subjects on Today.
const LONGEST: usize = 8;

impl Monitor {
    /// A page of subjects.
    ///
    /// # Errors
    /// `query` with the place, `behind`, or what SQLite said.
    pub fn subjects(&self, ask: &ListQuery) -> Result<SubjectPage, ApiError> {
        let lens = self.lens()?;
        let rows = self.history().subjects(&page(ask)?, &lens)?;
        let levels = self.levels()?;
        Ok(SubjectPage {
            sequence: rows.sequence,
            rows: rows.rows.into_iter().map(|row| subject_row(row, &levels, &lens)).collect(),
            wear_until: wear_until(&lens).to_string(),
        })
    }

    /// One subject's page.
    ///
    /// # Errors
    /// `not_found`, `behind`, or what SQLite said.
    pub fn subject(&self, key: i64) -> Result<SubjectDetail, ApiError> {
        let lens = self.lens()?;
        let detail = self.history().subject(key, &lens)?.ok_or_else(|| missing(key))?;
        let levels = self.levels()?;
        let threshold = levels_of(&levels, &detail.row.webhook).wear_minutes;
        let (uploads, problems) = match &detail.row.subject_id {
            Some(id) if key > 0 => self.behind(id, &detail.row, &lens)?,
            _ => (Vec::new(), Vec::new()),
        };
        Ok(SubjectDetail {
            known: detail.known.into_iter().map(|known| known_row(known, &detail.row)).collect(),
            uploads: uploads.into_iter().map(upload_row).collect(),
            problems: problems.into_iter().map(problem_row).collect(),
            notes: detail.remarks.into_iter().map(remark_line).collect(),
            wear: detail
                .wear
                .into_iter()
                .map(|day| WearDay { date: day.date, minutes: day.minutes, sequence: day.sequence })
                .collect(),
            wear_threshold: threshold.into(),
            row: subject_row(detail.row, &levels, &lens),
        })
    }

    /// How many subjects there are and how many are overdue, and the ones overdue longest; `webhook`: only those of this one.
    pub(crate) fn subjects_today(
        &self,
        webhook: Option<&str>,
        lens: &Lens,
    ) -> Result<(SubjectCounts, Vec<SubjectRow>), ApiError> {
        let counts = self.history().count_subjects(&overdue(&self.levels()?, lens), webhook, lens)?;
        Ok((counts, self.overdue_longest(webhook, LONGEST, lens)?))
    }

    /// The subjects overdue longest, at most `most`; `webhook`: only those of this one.
    pub(crate) fn overdue_longest(
        &self,
        webhook: Option<&str>,
        most: usize,
        lens: &Lens,
    ) -> Result<Vec<SubjectRow>, ApiError> {
        let levels = self.levels()?;
        let rows = self.history().overdue_subjects(&overdue(&levels, lens), webhook, most, lens)?;
        Ok(rows.into_iter().map(|row| subject_row(row, &levels, lens)).collect())
    }

    /// How many subjects of this webhook are overdue, and how many of them were a day ago.
    pub(crate) fn overdue_now_and_yesterday(&self, webhook: &str) -> Result<(i64, i64), ApiError> {
        let lens = self.lens()?;
        let days = i64::from(levels_of(&self.levels()?, webhook).overdue_days);
        let count = |days: i64| {
            let before = lens.now.saturating_sub(days * DAY);
            let since = [Overdue { webhook: webhook.to_owned(), before }];
            Ok::<_, ApiError>(self.history().count_subjects(&since, Some(webhook), &lens)?.overdue)
        };
        Ok((count(days)?, count(days + 1)?))
    }

    /// The levels of every webhook there is or was, by slug.
    fn levels(&self) -> Result<HashMap<String, Levels>, ApiError> {
        let webhooks = self.state().webhooks()?;
        Ok(webhooks.into_iter().map(|webhook| (webhook.slug.to_string(), webhook.levels)).collect())
    }

    /// Its newest uploads and problems.
    fn behind(
        &self,
        id: &str,
        row: &rows::SubjectRow,
        lens: &Lens,
    ) -> Result<(Vec<rows::UploadRow>, Vec<rows::ProblemRow>), ApiError> {
        let one = |key, value: &str| KeyTerm { key, values: vec![value.to_owned()] };
        let mut query =
            Query { keys: vec![one(Key::Subject, id), one(Key::Webhook, &row.webhook)], ..Query::default() };
        if let Some(study) = &row.study_id {
            query.keys.push(one(Key::Study, study));
        }
        let page = Page { query, before: None, after: None, limit: BEHIND };
        // The query also finds who goes by this id as a label.
        let mut uploads = self.history().uploads(&page, lens)?.rows;
        uploads.retain(|upload| upload.subject_id.as_deref() == Some(id));
        let mut problems = self.history().problems(&page, lens)?.rows;
        problems.retain(|problem| problem.subject_id.as_deref() == Some(id));
        Ok((uploads, problems))
    }
}

fn missing(key: i64) -> ApiError {
    ApiError::not_found(format!("there is no subject {key}"))
}

/// From when on a subject of each webhook is overdue.
fn overdue(levels: &HashMap<String, Levels>, lens: &Lens) -> Vec<Overdue> {
    let of = |(slug, levels): (&String, &Levels)| Overdue {
        webhook: slug.clone(),
        before: lens.now.saturating_sub(i64::from(levels.overdue_days) * DAY),
    };
    levels.iter().map(of).collect()
}

fn levels_of(levels: &HashMap<String, Levels>, webhook: &str) -> Levels {
    levels.get(webhook).copied().unwrap_or_default()
}

fn subject_row(row: rows::SubjectRow, levels: &HashMap<String, Levels>, lens: &Lens) -> SubjectRow {
    let levels = levels_of(levels, &row.webhook);
    let age = row.last_completed_at.map(|at| lens.now.saturating_sub(at));
    let in_days = (i64::from(levels.overdue_days) * DAY, i64::from(levels.late_days) * DAY);
    let today = wear_until(lens).tomorrow().unwrap_or(jiff::civil::Date::MAX);
    let state = standing(row.status, today, age, in_days);
    let on_leave_until = match row.status {
        SubjectStatus::OnLeave { until } if state == study::subject::Standing::OnLeave => until,
        _ => None,
    };
    SubjectRow {
        key: row.id,
        webhook: row.webhook,
        study_id: row.study_id,
        subject_id: row.subject_id,
        label: row.label,
        site_id: row.site_id,
        monitor_serial: row.monitor_serial,
        last_completed_at: row.last_completed_at.map(rfc3339),
        state: state.as_str().to_owned(),
        days_since: age.map(|age| age.max(0) / DAY),
        on_leave_until: on_leave_until.map(|day| day.to_string()),
        expected: row.expected,
        conflicts: row.conflicts.into_iter().map(str::to_owned).collect(),
        uploads: row.uploads,
        open_problems: row.open_problems,
        wear: row.wear,
    }
}

fn known_row(known: rows::KnownRow, row: &rows::SubjectRow) -> Known {
    let current = match known.what {
        "label" => &row.label,
        "site" => &row.site_id,
        _ => &row.monitor_serial,
    };
    let is_current = current.as_ref() == Some(&known.value);
    let conflict = match (&known.shared_with, known.what) {
        (Some(other), "label") => Some(format!("subject {other} has the same label")),
        (Some(other), _) => Some(format!("subject {other} seems to wear the same monitor")),
        // A change of monitor is nothing unusual.
        (None, "monitor") => None,
        (None, what) if !is_current => {
            Some(format!("another {what} stands in its place: {}", current.as_deref().unwrap_or("none")))
        }
        (None, _) => None,
    };
    Known {
        what: known.what.to_owned(),
        value: known.value,
        at: known.at.map(rfc3339),
        sequence: known.sequence,
        conflict,
    }
}

fn remark_line(remark: rows::RemarkRow) -> StoryLine {
    StoryLine {
        sequence: remark.sequence,
        at: rfc3339(remark.at),
        what: remark.what,
        by: Some(remark.by),
        text: remark.text,
        until: remark.until,
    }
}
