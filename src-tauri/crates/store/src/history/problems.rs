//! Problems, the stuck uploads among them, with their stories; and what opened since a place in the log.

use rusqlite::{Connection, OptionalExtension, Row};
use study::query::{Is, Key};
use study::{ProblemKind, ProblemState};

use super::lists::{self, Compiled, List};
use super::sql::Sql;
use super::terms::{Exact, StuckBefore};
use super::uploads::Uploads;
use super::words::WordFinder;
use super::{History, Lens, Page, Rows, limit};
use crate::StoreError;
use crate::rows::{ProblemRow, StoryRow};
use crate::view::{Opening, codes};

/// Lines of a story at most; the newest stay.
const MOST_LINES: i64 = 500;

/// A stored problem as `p`.
struct Problems;

impl List for Problems {
    const KEY: &'static str = "p.id";
    const LINK: &'static str = "problem";

    fn own_key(&self, sql: &mut Sql, key: Key, values: &[Exact]) -> bool {
        match key {
            Key::Webhook => lists::words(sql, "p.webhook", values),
            Key::Study => lists::words(sql, "p.study", values),
            Key::Subject => lists::subject(sql, "p.subject_id", "p.subject", values),
            Key::Upload => lists::texts(sql, "p.upload_id", values),
            Key::Status | Key::Event | Key::Site | Key::Serial | Key::Delivery => return false,
        }
        true
    }

    fn own_is(&self, sql: &mut Sql, is: Is) -> bool {
        let state = |sql: &mut Sql, state| {
            sql.push("p.state = ").bind(codes::problem_state(state));
        };
        match is {
            Is::Error => {
                sql.push("p.kind IN (0, 1)");
            }
            Is::Open => state(sql, ProblemState::Open),
            Is::Acknowledged => state(sql, ProblemState::Acknowledged),
            Is::Resolved => state(sql, ProblemState::Resolved),
            Is::Unreadable => {
                sql.push("p.kind = 2");
            }
            Is::Stuck => {
                sql.push("FALSE");
            }
            Is::Repeat => return false,
        }
        true
    }
}

const COLUMNS: &str = "p.id, p.kind, p.state, p.webhook, p.study, p.subject_id, (SELECT label FROM subjects WHERE id = p.subject), \
     p.upload_id, p.message, p.opened_at, p.last_at, p.events, p.acknowledged_by, p.acknowledged_at, p.note";

/// The same columns for an upload `u` that is stuck; `opened_at` is when it started: the threshold is added when read.
const STUCK_COLUMNS: &str = "u.started_sequence, 3, coalesce(u.stuck_state, 0), u.webhook, u.study, u.subject_id, \
     (SELECT label FROM subjects WHERE id = u.subject), u.upload_id, NULL, u.started_at, u.last_at, u.events, u.stuck_by, \
     u.stuck_at, u.stuck_note";

impl History {
    /// Problems, stuck uploads included, newest `opened_at` first. Keys of [`Page`] are ids.
    ///
    /// # Errors
    /// As [`Self::events`].
    pub fn problems(&self, page: &Page, lens: &Lens) -> Result<Rows<ProblemRow>, StoreError> {
        self.readers.ask("reading the problems", |reader| {
            let connection = reader.connection();
            let compiled = Compiled::new(connection, &page.query, lens)?;
            let place = |key: Option<i64>| key.map(|key| place_of(connection, key, lens)).transpose();
            let between = Between { before: place(page.before)?, after: place(page.after)? };
            let mut rows = stored(connection, &compiled, between, page.limit)?;
            rows.extend(stuck(connection, &compiled, between, page.limit, lens)?);
            rows.sort_by_key(|row| std::cmp::Reverse((row.opened_at, row.id)));
            rows.truncate(page.limit);
            Ok(Rows { sequence: reader.sequence(), rows })
        })
    }

    /// One problem with its story: the newest 500 lines, oldest first.
    ///
    /// # Errors
    /// As [`Self::events`].
    pub fn problem(&self, id: i64, lens: &Lens) -> Result<Option<(ProblemRow, Vec<StoryRow>)>, StoreError> {
        self.readers.ask("reading a problem", |reader| {
            let connection = reader.connection();
            let Some(row) = one(connection, id, lens)? else { return Ok(None) };
            Ok(Some((row, story(connection, id)?)))
        })
    }

    /// Problems that opened or reopened by an event after `sequence`, oldest first, at most `limit`: for the notifier, which follows
    /// the view. Answers from the view as it is, so that a burst delays no pop-up.
    ///
    /// # Errors
    /// As [`Self::events`].
    pub fn openings_since(&self, sequence: i64, limit: usize) -> Result<Vec<(Opening, ProblemRow)>, StoreError> {
        self.readers.ask_as_it_is("reading what opened", |reader| {
            let connection = reader.connection();
            let mut statement = connection.prepare_cached(&format!(
                "SELECT {COLUMNS}, o.sequence FROM openings o JOIN problems p ON p.id = o.problem
                 WHERE o.sequence > ?1 ORDER BY o.sequence LIMIT ?2"
            ))?;
            let mut words = WordFinder::new(connection)?;
            let rows = statement.query_and_then([sequence, super::limit(limit)], |row| {
                let problem = read(row, &mut words)?;
                Ok((Opening { problem: problem.id, sequence: row.get(15)? }, problem))
            })?;
            rows.collect()
        })
    }
}

/// Where a row stands in the list: its `opened_at`, then its id.
type Place = (i64, i64);

#[derive(Debug, Clone, Copy)]
struct Between {
    before: Option<Place>,
    after: Option<Place>,
}

impl Between {
    fn condition(self, sql: &mut Sql, opened_at: &str, id: &str, shift: i64) {
        for (place, than) in [(self.before, "<"), (self.after, ">")] {
            if let Some((at, key)) = place {
                sql.push(" AND (").push(opened_at).push(", ").push(id).push(") ").push(than).push(" (");
                sql.bind(at.saturating_sub(shift)).push(", ").bind(key).push(")");
            }
        }
    }
}

/// The place of the row with this id, also where it left the list meanwhile (a stuck upload that ended).
fn place_of(connection: &Connection, id: i64, lens: &Lens) -> rusqlite::Result<Place> {
    let stored: Option<i64> = connection
        .prepare_cached("SELECT opened_at FROM problems WHERE id = ?")?
        .query_row([id], |row| row.get(0))
        .optional()?;
    if let Some(at) = stored {
        return Ok((at, id));
    }
    let started: Option<i64> = connection
        .prepare_cached("SELECT received_at FROM events WHERE sequence = ?")?
        .query_row([id], |row| row.get(0))
        .optional()?;
    Ok((started.unwrap_or(i64::MIN).saturating_add(lens.stuck_after), id))
}

fn stored(
    connection: &Connection,
    compiled: &Compiled<'_>,
    between: Between,
    rows: usize,
) -> rusqlite::Result<Vec<ProblemRow>> {
    let mut sql = Sql::new("SELECT ");
    sql.push(COLUMNS).push(" FROM problems p WHERE TRUE");
    between.condition(&mut sql, "p.opened_at", "p.id", 0);
    compiled.conditions(&mut sql, &Problems)?;
    compiled.days.condition(&mut sql, "p.opened_at");
    sql.push(" ORDER BY p.opened_at DESC, p.id DESC LIMIT ").bind(limit(rows));
    let mut statement = connection.prepare_cached(&sql.text)?;
    let mut words = WordFinder::new(connection)?;
    let found = statement.query_and_then(sql.params(), |row| read(row, &mut words))?;
    found.collect()
}

fn stuck(
    connection: &Connection,
    compiled: &Compiled<'_>,
    between: Between,
    rows: usize,
    lens: &Lens,
) -> rusqlite::Result<Vec<ProblemRow>> {
    let StuckBefore(before) = lens.stuck_before();
    let mut sql = Sql::new("SELECT ");
    sql.push(STUCK_COLUMNS).push(" FROM uploads u WHERE u.state = 0 AND u.started_at < ").bind(before);
    between.condition(&mut sql, "u.started_at", "u.started_sequence", lens.stuck_after);
    compiled.conditions(&mut sql, &Uploads(lens.stuck_before()))?;
    compiled.days.earlier_by(lens.stuck_after).condition(&mut sql, "u.started_at");
    sql.push(" ORDER BY u.started_at DESC, u.started_sequence DESC LIMIT ").bind(limit(rows));
    let mut statement = connection.prepare_cached(&sql.text)?;
    let mut words = WordFinder::new(connection)?;
    let found = statement.query_and_then(sql.params(), |row| read(row, &mut words).map(|row| as_stuck(row, lens)))?;
    found.collect()
}

fn one(connection: &Connection, id: i64, lens: &Lens) -> rusqlite::Result<Option<ProblemRow>> {
    let mut words = WordFinder::new(connection)?;
    let stored = connection
        .prepare_cached(&format!("SELECT {COLUMNS} FROM problems p WHERE p.id = ?"))?
        .query_row([id], |row| read(row, &mut words))
        .optional()?;
    if stored.is_some() {
        return Ok(stored);
    }
    let StuckBefore(before) = lens.stuck_before();
    connection
        .prepare_cached(&format!(
            "SELECT {STUCK_COLUMNS} FROM uploads u
             WHERE u.id = (SELECT upload FROM events WHERE sequence = ?1) AND u.started_sequence = ?1
               AND u.state = 0 AND u.started_at < ?2"
        ))?
        .query_row([id, before], |row| read(row, &mut words))
        .optional()
        .map(|row| row.map(|row| as_stuck(row, lens)))
}

/// An upload is stuck from the moment its time ran out; nothing happened to it since.
fn as_stuck(row: ProblemRow, lens: &Lens) -> ProblemRow {
    let opened_at = row.opened_at.saturating_add(lens.stuck_after);
    ProblemRow { opened_at, last_at: row.last_at.max(opened_at), ..row }
}

fn read(row: &Row<'_>, words: &mut WordFinder<'_>) -> rusqlite::Result<ProblemRow> {
    Ok(ProblemRow {
        id: row.get(0)?,
        kind: codes::problem_kind_of(row.get(1)?).unwrap_or(ProblemKind::ProcessingError),
        state: codes::problem_state_of(row.get(2)?).unwrap_or(ProblemState::Open),
        webhook: words.text(row.get(3)?)?,
        study_id: words.maybe(row.get(4)?)?,
        subject_id: row.get(5)?,
        subject_label: row.get(6)?,
        upload_id: row.get(7)?,
        message: row.get(8)?,
        opened_at: row.get(9)?,
        last_at: row.get(10)?,
        events: row.get(11)?,
        acknowledged_by: row.get(12)?,
        acknowledged_at: row.get(13)?,
        note: row.get(14)?,
    })
}

/// What happened to it, by events and by people, in the order of the log.
fn story(connection: &Connection, id: i64) -> rusqlite::Result<Vec<StoryRow>> {
    let mut statement = connection.prepare_cached(
        "SELECT * FROM (
             SELECT sequence, received_at, iif(failed OR flags & 1, 'failed', 'succeeded'), NULL, message
             FROM events WHERE problem = ?1
             UNION ALL
             SELECT sequence, at, what, by, text FROM actions WHERE problem = ?1
             ORDER BY 1 DESC LIMIT ?2
         ) ORDER BY 1",
    )?;
    let rows = statement.query_map([id, MOST_LINES], |row| {
        Ok(StoryRow { sequence: row.get(0)?, at: row.get(1)?, what: row.get(2)?, by: row.get(3)?, text: row.get(4)? })
    })?;
    rows.collect()
}
