//! The figures of Today and its chart.

use rusqlite::Connection;

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
        let StuckBefore(stuck_before) = lens.stuck_before();
        self.readers.ask("counting for Today", |reader| {
            let connection = reader.connection();
            let one = |sql: &str, values: &[i64]| -> rusqlite::Result<i64> {
                connection.prepare_cached(sql)?.query_row(rusqlite::params_from_iter(values), |row| row.get(0))
            };
            let since =
                "SELECT count(*) FROM uploads INDEXED BY uploads_finished WHERE finished_at >= ?1 AND state = ?2";
            let stuck = "SELECT count(*) FROM uploads INDEXED BY uploads_running WHERE state = 0 AND started_at < ?1";
            let stuck_open = "SELECT count(*) FROM uploads INDEXED BY uploads_running
                 WHERE state = 0 AND started_at < ?1 AND coalesce(stuck_state, 0) = ?2";
            let problems = "SELECT count(*) FROM problems WHERE state = ?1";
            let snoozed = "SELECT count(*) FROM problems WHERE snoozed_until > ?1 AND state = 0";
            let stuck_snoozed = "SELECT count(*) FROM uploads INDEXED BY uploads_running
                 WHERE state = 0 AND started_at < ?1 AND coalesce(stuck_state, 0) = 0 AND stuck_snoozed > ?2";
            let counts = Counts {
                completed_since: one(since, &[day_start, 1])?,
                failed_since: one(since, &[day_start, 2])?,
                in_progress: one("SELECT count(*) FROM uploads INDEXED BY uploads_running WHERE state = 0", &[])?,
                stuck: one(stuck, &[stuck_before])?,
                open_problems: one(problems, &[0])? + one(stuck_open, &[stuck_before, 0])?,
                snoozed_problems: one(snoozed, &[lens.now])? + one(stuck_snoozed, &[stuck_before, lens.now])?,
                acknowledged_problems: one(problems, &[1])? + one(stuck_open, &[stuck_before, 1])?,
                events: all_events(connection)?,
                last_arrival_at: connection
                    .prepare_cached("SELECT last_arrival_at FROM position")?
                    .query_row([], |row| row.get(0))?,
            };
            Ok(Rows { sequence: reader.sequence(), rows: vec![counts] })
        })
    }

    /// Uploads ended (by `finished_at`) in each slice between consecutive `edges` (ascending instants): `edges.len() - 1` entries.
    ///
    /// # Errors
    /// As [`Self::events`].
    pub fn ended(&self, edges: &[i64]) -> Result<Vec<Ended>, StoreError> {
        self.readers.ask("counting for the chart", |reader| {
            let mut statement = reader.connection().prepare_cached(
                "SELECT coalesce(sum(state = 1), 0), coalesce(sum(state = 2), 0) FROM uploads INDEXED BY uploads_finished
                 WHERE finished_at >= ?1 AND finished_at < ?2",
            )?;
            edges
                .windows(2)
                .map(|slice| {
                    statement
                        .query_row([slice[0], slice[1]], |row| Ok(Ended { completed: row.get(0)?, failed: row.get(1)? }))
                })
                .collect()
        })
    }
}

/// Events of all time.
pub(super) fn all_events(connection: &Connection) -> rusqlite::Result<i64> {
    connection.prepare_cached("SELECT coalesce(sum(events), 0) FROM hours")?.query_row([], |row| row.get(0))
}
