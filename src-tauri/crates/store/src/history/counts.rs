//! The figures of Today and its chart, of everything or of one webhook.

use rusqlite::{Connection, OptionalExtension};

use super::terms::StuckBefore;
use super::{History, Lens, Rows};
use crate::StoreError;
use crate::rows::{Counts, Ended};

impl History {
    /// The figures of Today; `day_start` is the viewer's midnight.
    ///
    /// # Errors
    /// As [`Self::events`].
    pub fn counts(&self, day_start: i64, lens: &Lens) -> Result<Rows<Counts>, StoreError> {
        self.counts_of(None, day_start, lens)
    }

    /// The same of one webhook alone (its slug); of all where there is none. One that never received anything has zeros.
    ///
    /// # Errors
    /// As [`Self::events`].
    pub fn counts_of(
        &self,
        webhook_slug: Option<&str>,
        day_start: i64,
        lens: &Lens,
    ) -> Result<Rows<Counts>, StoreError> {
        let StuckBefore(stuck_before) = lens.stuck_before();
        self.readers.ask("counting for Today", |reader| {
            let connection = reader.connection();
            let webhook = webhook(connection, webhook_slug)?;
            // The webhook is always the first value; not bound to one, a column holds for all.
            let one = |sql: &str, values: &[i64]| -> rusqlite::Result<i64> {
                let values = std::iter::once(webhook).chain(values.iter().copied().map(Some));
                connection.prepare_cached(sql)?.query_row(rusqlite::params_from_iter(values), |row| row.get(0))
            };
            let since = "SELECT count(*) FROM uploads INDEXED BY uploads_finished
                 WHERE finished_at >= ?2 AND state = ?3 AND (?1 IS NULL OR webhook = ?1)";
            let running = "SELECT count(*) FROM uploads INDEXED BY uploads_running
                 WHERE state = 0 AND (?1 IS NULL OR webhook = ?1)";
            let stuck = "SELECT count(*) FROM uploads INDEXED BY uploads_running
                 WHERE state = 0 AND started_at < ?2 AND (?1 IS NULL OR webhook = ?1)";
            let stuck_open = "SELECT count(*) FROM uploads INDEXED BY uploads_running
                 WHERE state = 0 AND started_at < ?2 AND coalesce(stuck_state, 0) = ?3 AND (?1 IS NULL OR webhook = ?1)";
            let stuck_snoozed = "SELECT count(*) FROM uploads INDEXED BY uploads_running
                 WHERE state = 0 AND started_at < ?2 AND coalesce(stuck_state, 0) = 0 AND stuck_snoozed > ?3
                   AND (?1 IS NULL OR webhook = ?1)";
            let problems = "SELECT count(*) FROM problems INDEXED BY problems_state
                 WHERE state = ?2 AND (?1 IS NULL OR webhook = ?1)";
            let snoozed = "SELECT count(*) FROM problems INDEXED BY problems_state
                 WHERE state = 0 AND snoozed_until > ?2 AND (?1 IS NULL OR webhook = ?1)";
            let counts = Counts {
                completed_since: one(since, &[day_start, 1])?,
                failed_since: one(since, &[day_start, 2])?,
                in_progress: one(running, &[])?,
                stuck: one(stuck, &[stuck_before])?,
                open_problems: one(problems, &[0])? + one(stuck_open, &[stuck_before, 0])?,
                snoozed_problems: one(snoozed, &[lens.now])? + one(stuck_snoozed, &[stuck_before, lens.now])?,
                acknowledged_problems: one(problems, &[1])? + one(stuck_open, &[stuck_before, 1])?,
                events: match webhook {
                    None => all_events(connection)?,
                    Some(_) => one("SELECT count(*) FROM events INDEXED BY events_webhook WHERE webhook = ?1", &[])?,
                },
                last_arrival_at: connection
                    .prepare_cached("SELECT last_arrival_at FROM position")?
                    .query_row([], |row| row.get(0))?,
            };
            Ok(Rows { sequence: reader.sequence(), rows: vec![counts] })
        })
    }

    /// Uploads ended (by `finished_at`) in each slice between consecutive `edges` (ascending instants): `edges.len() - 1` entries. Those of one
    /// webhook (its slug), or of all.
    ///
    /// # Errors
    /// As [`Self::events`].
    pub fn ended(&self, edges: &[i64], webhook_slug: Option<&str>) -> Result<Vec<Ended>, StoreError> {
        self.readers.ask("counting for the chart", |reader| {
            let connection = reader.connection();
            let webhook = webhook(connection, webhook_slug)?;
            let mut statement = connection.prepare_cached(
                "SELECT coalesce(sum(state = 1), 0), coalesce(sum(state = 2), 0) FROM uploads INDEXED BY uploads_finished
                 WHERE finished_at >= ?1 AND finished_at < ?2 AND (?3 IS NULL OR webhook = ?3)",
            )?;
            edges
                .windows(2)
                .map(|slice| {
                    statement.query_row((slice[0], slice[1], webhook), |row| {
                        Ok(Ended { completed: row.get(0)?, failed: row.get(1)? })
                    })
                })
                .collect()
        })
    }
}

/// Events of all time.
pub(super) fn all_events(connection: &Connection) -> rusqlite::Result<i64> {
    connection.prepare_cached("SELECT coalesce(sum(events), 0) FROM hours")?.query_row([], |row| row.get(0))
}

/// The number of a webhook's word: `None` for no webhook, a number nothing has for one that received nothing.
pub(super) fn webhook(connection: &Connection, slug: Option<&str>) -> rusqlite::Result<Option<i64>> {
    let Some(slug) = slug else { return Ok(None) };
    let found = connection
        .prepare_cached("SELECT id FROM words WHERE text = ?")?
        .query_row([slug], |row| row.get(0))
        .optional()?;
    Ok(Some(found.unwrap_or(-1)))
}
