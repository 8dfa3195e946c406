//! The figures of Today and its chart, of everything or of one webhook.

use rusqlite::{Connection, OptionalExtension};
use study::{ProblemState, Query};

use super::terms::StuckBefore;
use super::{History, Lens, Rows, silent};
use crate::StoreError;
use crate::rows::{Counts, Ended, ProblemRow};
use crate::view::codes;

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
            let running = "SELECT count(*) FROM uploads INDEXED BY uploads_running
                 WHERE state = 0 AND (?1 IS NULL OR webhook = ?1)";
            let stuck = "SELECT count(*) FROM uploads INDEXED BY uploads_running
                 WHERE state = 0 AND started_at < ?2 AND (?1 IS NULL OR webhook = ?1)";
            let stuck_open = "SELECT count(*) FROM uploads INDEXED BY uploads_running
                 WHERE state = 0 AND started_at < ?2 AND coalesce(stuck_state, 0) = ?3 AND (?1 IS NULL OR webhook = ?1)";
            let stuck_snoozed = "SELECT count(*) FROM uploads INDEXED BY uploads_running
                 WHERE state = 0 AND started_at < ?2 AND coalesce(stuck_state, 0) = 0 AND stuck_snoozed > ?3
                   AND (?1 IS NULL OR webhook = ?1)";
            let problems = "SELECT count(*) FROM problems INDEXED BY problems_inbox
                 WHERE state = ?2 AND (?1 IS NULL OR webhook = ?1)";
            let snoozed = "SELECT count(*) FROM problems INDEXED BY problems_inbox
                 WHERE state = 0 AND snoozed_until > ?2 AND (?1 IS NULL OR webhook = ?1)";
            let silent = silent::matching(connection, &Query::default(), lens)?;
            let silent = |holds: &dyn Fn(&ProblemRow) -> bool| {
                let rows = silent.iter().filter(|row| webhook_slug.is_none_or(|slug| slug == row.webhook) && holds(row));
                i64::try_from(rows.count()).unwrap_or(i64::MAX)
            };
            let since = ended(connection, day_start, i64::MAX, webhook)?;
            let counts = Counts {
                completed_since: since.completed,
                failed_since: since.failed,
                in_progress: one(running, &[])?,
                stuck: one(stuck, &[stuck_before])?,
                open_problems: one(problems, &[0])? + one(stuck_open, &[stuck_before, 0])? + silent(&|row| row.state == ProblemState::Open),
                snoozed_problems: one(snoozed, &[lens.now])? + one(stuck_snoozed, &[stuck_before, lens.now])?
                    + silent(&|row| row.state == ProblemState::Open && row.snoozed_until.is_some()),
                acknowledged_problems: one(problems, &[1])? + one(stuck_open, &[stuck_before, 1])? + silent(&|row| row.state == ProblemState::Acknowledged),
                events: match webhook {
                    None => all_events(connection)?,
                    Some(_) => one("SELECT coalesce(sum(events), 0) FROM shapes WHERE webhook = ?1", &[])?,
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
            edges.windows(2).map(|slice| ended(connection, slice[0], slice[1], webhook)).collect()
        })
    }
}

/// Uploads whose latest end is from `from` on and before `to`: whole hours as they were counted, what is beside them by its index.
pub(super) fn ended(connection: &Connection, from: i64, to: i64, webhook: Option<i64>) -> rusqlite::Result<Ended> {
    let hour = |instant: i64| instant.div_euclid(codes::HOUR);
    // The first whole hour, and the one that is not whole any more.
    let (first, beyond) = (hour(from.saturating_add(codes::HOUR - 1)), hour(to));
    let (inner_from, inner_to) = (first.saturating_mul(codes::HOUR), beyond.saturating_mul(codes::HOUR));
    if first >= beyond {
        return ended_by_rows(connection, from, to, webhook);
    }
    let whole = connection
        .prepare_cached(
            "SELECT coalesce(sum(iif(state = 1, uploads, 0)), 0), coalesce(sum(iif(state = 2, uploads, 0)), 0) FROM ends
             WHERE hour >= ?1 AND hour < ?2 AND (?3 IS NULL OR webhook = ?3)",
        )?
        .query_row((first, beyond, webhook), |row| Ok(Ended { completed: row.get(0)?, failed: row.get(1)? }))?;
    let before = ended_by_rows(connection, from, inner_from, webhook)?;
    let after = ended_by_rows(connection, inner_to, to, webhook)?;
    Ok(Ended {
        completed: before.completed + whole.completed + after.completed,
        failed: before.failed + whole.failed + after.failed,
    })
}

fn ended_by_rows(connection: &Connection, from: i64, to: i64, webhook: Option<i64>) -> rusqlite::Result<Ended> {
    if from >= to {
        return Ok(Ended::default());
    }
    connection
        .prepare_cached(
            "SELECT coalesce(sum(state = 1), 0), coalesce(sum(state = 2), 0) FROM uploads INDEXED BY uploads_finished
             WHERE finished_at >= ?1 AND finished_at < ?2 AND (?3 IS NULL OR webhook = ?3)",
        )?
        .query_row((from, to, webhook), |row| Ok(Ended { completed: row.get(0)?, failed: row.get(1)? }))
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

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use study::UploadState;

    use super::super::tests::small_log;
    use crate::fixture::{Fixture, HOUR, NOW, lens, page};
    use crate::rows::Ended;

    proptest! {
        #![proptest_config(ProptestConfig { cases: 12, ..ProptestConfig::default() })]

        #[test]
        fn what_was_counted_is_what_a_plain_walk_counts(
            entries in proptest::collection::vec((0..3_u8, 0..3_u8, 0..3_u8, 0..5_u8), 10..80),
            moments in proptest::collection::btree_set(0..200_i64, 2..12),
        ) {
            let fixture = Fixture::new();
            let log = fixture.log();
            let history = fixture.history();
            let (early, late) = entries.split_at(entries.len() / 2);
            small_log(&fixture, &log, early);
            history.uploads(&page(""), &lens()).unwrap();
            small_log(&fixture, &log, late);
            let uploads = history.uploads(&page(""), &lens()).unwrap().rows;
            // Half hours: some slices are of whole hours, some begin or end beside them.
            let edges: Vec<i64> = moments.iter().map(|half| NOW - 72 * HOUR + half * HOUR / 2).collect();
            for webhook in [None, Some("alpha"), Some("beta"), Some("nowhere")] {
                let within = |state: UploadState, from: i64, to: i64| {
                    let counts = uploads.iter().filter(|row| {
                        row.state == state
                            && webhook.is_none_or(|slug| row.webhook == slug)
                            && row.finished_at.is_some_and(|at| at >= from && at < to)
                    });
                    i64::try_from(counts.count()).unwrap()
                };
                let both = |from, to| Ended {
                    completed: within(UploadState::Completed, from, to),
                    failed: within(UploadState::Error, from, to),
                };
                let wanted: Vec<Ended> = edges.windows(2).map(|slice| both(slice[0], slice[1])).collect();
                prop_assert_eq!(history.ended(&edges, webhook).unwrap(), wanted);
                let counts = history.counts_of(webhook, edges[0], &lens()).unwrap().rows.remove(0);
                let since = both(edges[0], i64::MAX);
                prop_assert_eq!((counts.completed_since, counts.failed_since), (since.completed, since.failed));
                let changes = history.changes(edges[0], webhook, &lens()).unwrap().rows.remove(0);
                prop_assert_eq!((changes.completed, changes.failed), (since.completed, since.failed));
            }
            for subject in history.subjects(&page(""), &lens()).unwrap().rows {
                let its = uploads.iter().filter(|row| row.webhook == subject.webhook && row.study_id == subject.study_id && row.subject_id == subject.subject_id);
                prop_assert_eq!(subject.uploads, i64::try_from(its.count()).unwrap());
            }
        }
    }
}
