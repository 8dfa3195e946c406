//! What people declare and write about subjects. Each becomes an action of its own in the log.

use std::collections::BTreeSet;

use jiff::civil::Date;
use study::Action;
use study::subject::{SubjectRef, SubjectStatus};

use super::missing;
use crate::Monitor;
use crate::problems::NOTE;
use crate::wire::{ApiError, SubjectAct, SubjectActKind};

/// Subjects one act may be about.
pub(super) const MOST: usize = 500;

impl Monitor {
    /// Declares or notes. Waits until it is on disk. Returns the keys of those it was written about.
    ///
    /// # Errors
    /// `invalid` with the field, `not_found`, or why it could not be written.
    pub fn subject_act(&self, act: &SubjectAct) -> Result<Vec<i64>, ApiError> {
        if act.keys.is_empty() || act.keys.len() > MOST {
            return Err(ApiError::invalid("keys", format!("choose 1 to {MOST} subjects")));
        }
        let note = act.note.as_deref().map(str::trim).filter(|note| !note.is_empty());
        if note.is_some_and(|note| note.chars().count() > NOTE) {
            return Err(ApiError::invalid("note", format!("the note is longer than {NOTE} characters")));
        }
        if act.act == SubjectActKind::Note && note.is_none() {
            return Err(ApiError::invalid("note", "there is nothing written in the note"));
        }
        let until = until(act)?;
        let by = self.who(&act.by)?;
        let lens = self.lens()?;
        let keys: BTreeSet<i64> = act.keys.iter().copied().collect();
        let mut actions = Vec::with_capacity(keys.len());
        for key in &keys {
            let row = self.history().subject(*key, &lens)?.ok_or_else(|| missing(*key))?.row;
            let Some(subject_id) = row.subject_id else {
                let label = row.label.unwrap_or_default();
                let message = format!(
                    "nothing was received of {label} yet and the list has no id for it: wait for its first delivery"
                );
                return Err(ApiError::invalid("keys", message));
            };
            let subject = SubjectRef { webhook: row.webhook, study_id: row.study_id, subject_id };
            actions.push(action(act.act, subject, &by, until, note));
        }
        self.append(&actions)?;
        Ok(keys.into_iter().collect())
    }
}

/// The last day of a leave.
fn until(act: &SubjectAct) -> Result<Option<Date>, ApiError> {
    let Some(text) = act.until.as_deref().map(str::trim).filter(|text| !text.is_empty()) else { return Ok(None) };
    if act.act != SubjectActKind::Leave {
        return Err(ApiError::invalid("until", "only a leave has a last day"));
    }
    text.parse().map(Some).map_err(|_| ApiError::invalid("until", "the last day of the leave is a day like 2026-08-27"))
}

fn action(kind: SubjectActKind, subject: SubjectRef, by: &str, until: Option<Date>, note: Option<&str>) -> Action {
    let by = by.to_owned();
    let status = match kind {
        SubjectActKind::Finish => SubjectStatus::Finished,
        SubjectActKind::Leave => SubjectStatus::OnLeave { until },
        SubjectActKind::Resume => SubjectStatus::Active,
        SubjectActKind::Note => {
            return Action::SubjectNote { subject, by, text: note.unwrap_or_default().to_owned() };
        }
    };
    Action::SubjectStatus { subject, by, status, note: note.map(str::to_owned) }
}
