//! Silent webhooks as problems: which ones are is decided by whoever asks (see [`Silence`]); what people did about it is in the view. And what
//! that decision needs: when something came last, and in which hours something did.

use rusqlite::{Connection, OptionalExtension, Row};
use study::query::{Is, Key};
use study::{ProblemKind, ProblemState, Query};

use super::days::Days;
use super::{History, Lens};
use crate::StoreError;
use crate::rows::{ProblemRow, Pulse};
use crate::view::codes;

/// A webhook that is silent, as whoever asks knows it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Silence {
    /// Its slug.
    pub webhook: String,
    /// CentrePoint's study id, where the webhook has one.
    pub study_id: Option<String>,
    /// The sequence of what came last. Where something came since, the silence is over.
    pub last_sequence: i64,
    /// Since when it is a problem, microseconds since 1970 UTC.
    pub opened_at: i64,
}

impl Silence {
    /// The problem's id: minus the sequence of what came last.
    #[must_use]
    pub fn id(&self) -> i64 {
        self.last_sequence.saturating_neg()
    }
}

const COLUMNS: &str = "p.last_at, p.silence_state, p.silence_by, p.silence_at, p.silence_note, p.silence_snoozed, p.silence_follow_up, \
     p.silence_undo IS NOT NULL";

impl History {
    /// What came last of each webhook that anything ever came of.
    ///
    /// # Errors
    /// As [`Self::events`].
    pub fn pulses(&self) -> Result<Vec<Pulse>, StoreError> {
        self.readers.ask("reading when something came last", |reader| {
            let sql = "SELECT w.text, p.last_sequence, p.last_at FROM pulses p JOIN words w ON w.id = p.webhook ORDER BY w.text";
            let mut statement = reader.connection().prepare_cached(sql)?;
            let read = |row: &Row<'_>| Ok(Pulse { webhook: row.get(0)?, last_sequence: row.get(1)?, last_at: row.get(2)? });
            statement.query_map([], read)?.collect()
        })
    }

    /// The hours (since 1970 UTC) after `after` and up to `until` in which something came of a webhook, ascending.
    ///
    /// # Errors
    /// As [`Self::events`].
    pub fn heard(&self, webhook: &str, after: i64, until: i64) -> Result<Vec<i64>, StoreError> {
        self.readers.ask("reading when something came", |reader| {
            let sql = "SELECT hour FROM heard WHERE webhook = (SELECT id FROM words WHERE text = ?1) AND hour > ?2 AND hour <= ?3
                 ORDER BY hour";
            let mut statement = reader.connection().prepare_cached(sql)?;
            statement.query_map((webhook, after, until), |row| row.get(0))?.collect()
        })
    }
}

/// The silent webhooks for which the query holds.
pub(super) fn matching(connection: &Connection, query: &Query, lens: &Lens) -> rusqlite::Result<Vec<ProblemRow>> {
    let days = Days::of(query, &lens.zone);
    let mut rows = Vec::new();
    for silence in lens.silences.iter() {
        if let Some(row) = told(connection, silence, lens)?
            && holds(query, &row)
            && days.from.is_none_or(|from| row.opened_at >= from)
            && days.to.is_none_or(|to| row.opened_at < to)
        {
            rows.push(row);
        }
    }
    Ok(rows)
}

/// The one with this id.
pub(super) fn one(connection: &Connection, id: i64, lens: &Lens) -> rusqlite::Result<Option<ProblemRow>> {
    let silence = lens.silences.iter().find(|silence| silence.id() == id);
    silence.map_or(Ok(None), |silence| told(connection, silence, lens))
}

/// `None`: something came since.
fn told(connection: &Connection, silence: &Silence, lens: &Lens) -> rusqlite::Result<Option<ProblemRow>> {
    let sql = format!(
        "SELECT {COLUMNS} FROM pulses p WHERE p.webhook = (SELECT id FROM words WHERE text = ?1) AND p.last_sequence = ?2"
    );
    connection
        .prepare_cached(&sql)?
        .query_row((&silence.webhook, silence.last_sequence), |row| read(row, silence, lens))
        .optional()
}

fn read(row: &Row<'_>, silence: &Silence, lens: &Lens) -> rusqlite::Result<ProblemRow> {
    let state: Option<i64> = row.get(1)?;
    Ok(ProblemRow {
        id: silence.id(),
        kind: ProblemKind::Silence,
        state: state.and_then(codes::problem_state_of).unwrap_or(ProblemState::Open),
        webhook: silence.webhook.clone(),
        study_id: silence.study_id.clone(),
        subject_id: None,
        subject_label: None,
        upload_id: None,
        message: None,
        opened_at: silence.opened_at,
        last_at: silence.opened_at,
        events: 0,
        acknowledged_by: row.get(2)?,
        acknowledged_at: row.get(3)?,
        note: row.get(4)?,
        snoozed_until: row.get::<_, Option<i64>>(5)?.filter(|until| *until > lens.now),
        follow_up: row.get(6)?,
        group: format!("{}:", ProblemKind::Silence.as_str()),
        undoable: row.get(7)?,
    })
}

/// Whether the terms hold, days aside. No event leads to a silence: what is asked of events holds for none.
fn holds(query: &Query, row: &ProblemRow) -> bool {
    let has = |key: Key, value: &str| match key {
        Key::Webhook => row.webhook == value,
        Key::Study => row.study_id.as_deref() == Some(value),
        _ => false,
    };
    let is = |is: &Is| match is {
        Is::Open => row.state == ProblemState::Open,
        Is::Acknowledged => row.state == ProblemState::Acknowledged,
        Is::Resolved => row.state == ProblemState::Resolved,
        Is::Silent => true,
        Is::Error | Is::Stuck | Is::Repeat | Is::Unreadable => false,
    };
    query.texts.iter().all(|text| text.excluded)
        && query.keys.iter().all(|term| term.values.iter().any(|value| has(term.key, value)))
        && !query.excluded.iter().any(|(key, value)| has(*key, value))
        && (query.is.is_empty() || query.is.iter().any(is))
        && !query.is_not.iter().any(is)
}

#[cfg(test)]
mod tests;
