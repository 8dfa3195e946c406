//! What happened since a moment: since the last look, or for the one who takes over.

use store::rows;

use crate::Monitor;
use crate::problems::{problem_row, story_line};
use crate::times::micros;
use crate::wire::{Act, ApiError, Changes, ChangesQuery};

impl Monitor {
    /// What happened since a moment, of everything or of one webhook.
    ///
    /// # Errors
    /// `invalid` for what is no instant or no webhook, `behind`, or what SQLite said.
    pub fn changes(&self, ask: &ChangesQuery) -> Result<Changes, ApiError> {
        let since = micros(&ask.since)
            .ok_or_else(|| ApiError::invalid("since", "give an instant like 2026-08-22T06:00:00Z"))?;
        let webhook = self.known_webhook(&ask.webhook)?;
        let found = self.history().changes(since, webhook.as_deref(), &self.problem_lens()?)?;
        let row = found.rows.into_iter().next().unwrap_or_default();
        let (away, away_seconds) = self.away_since(since, webhook.as_deref())?;
        Ok(Changes {
            away,
            away_seconds,
            sequence: found.sequence,
            since: ask.since.clone(),
            events: row.events,
            completed: row.completed,
            failed: row.failed,
            opened: row.opened,
            still_open: row.still_open,
            resolved: row.resolved,
            new_subjects: row.new_subjects,
            problems: row.problems.into_iter().map(problem_row).collect(),
            acts: row.acts.into_iter().map(act).collect(),
        })
    }
}

fn act(row: rows::ActRow) -> Act {
    Act {
        line: story_line(row.line),
        problem: row.problem,
        subject_id: row.subject_id,
        subject_label: row.subject_label,
        upload_id: row.upload_id,
    }
}
