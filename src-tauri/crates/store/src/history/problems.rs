//! Problems, stuck uploads and silent webhooks among them, with their stories; and what opened since a place in the log.

use rusqlite::{Connection, OptionalExtension, Row};
use study::query::{Is, Key};
use study::{ProblemKind, ProblemState, Query};

use super::lists::{self, Along, Compiled, Counter, List};
use super::silent;
use super::sql::Sql;
use super::terms::{Exact, StuckBefore};
use super::uploads::Uploads;
use super::words::WordFinder;
use super::{Counted, History, Lens, Page, Rows, limit};
use crate::StoreError;
use crate::rows::{ProblemRow, StoryRow};
use crate::view::{Opening, codes};

/// Lines of a story at most; the newest stay.
const MOST_LINES: i64 = 500;

/// A stored problem as `p`.
pub(super) struct Problems;

impl List for Problems {
    const KEY: &'static str = "p.id";
    const LINK: &'static str = "problem";
    // All events that lead to a problem are gone through sooner than many others are looked up.
    const FEW: i64 = if cfg!(test) { 3 } else { 500 };
    const HAS_FEW_EVENTS: bool = true;

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
            // Those are computed: they are not among the stored ones.
            Is::Stuck | Is::Silent => {
                sql.push("FALSE");
            }
            Is::Repeat => return false,
        }
        true
    }

    fn own_is_lookup(&self, sql: &mut Sql, is: Is) -> bool {
        let state = match is {
            Is::Open => ProblemState::Open,
            Is::Acknowledged => ProblemState::Acknowledged,
            Is::Resolved => ProblemState::Resolved,
            Is::Error | Is::Unreadable | Is::Stuck | Is::Silent | Is::Repeat => return false,
        };
        sql.push("SELECT id FROM problems WHERE state = ").bind(codes::problem_state(state));
        true
    }

    fn by_found(sql: &mut Sql, key: &str) {
        // The events that belong to problems are fewer than there are events of a common word.
        sql.push(
            "p.id IN (SELECT e.problem FROM events e INDEXED BY events_troubled WHERE e.problem IS NOT NULL AND found(",
        );
        sql.bind(key.to_owned()).push(", e.sequence))");
    }
}

const COLUMNS: &str = "p.id, p.kind, p.state, p.webhook, p.study, p.subject_id, (SELECT label FROM subjects WHERE id = p.subject), \
     p.upload_id, p.message, p.opened_at, p.last_at, p.events, p.acknowledged_by, p.acknowledged_at, p.note, p.snoozed_until, \
     p.follow_up, p.undo IS NOT NULL, p.family";

/// How many of [`COLUMNS`] there are.
const COLUMN_COUNT: usize = 19;

/// The same columns for an upload `u` that is stuck; `opened_at` is when it started: the threshold is added when read.
const STUCK_COLUMNS: &str = "u.started_sequence, 3, coalesce(u.stuck_state, 0), u.webhook, u.study, u.subject_id, \
     (SELECT label FROM subjects WHERE id = u.subject), u.upload_id, NULL, u.started_at, u.last_at, u.events, u.stuck_by, \
     u.stuck_at, u.stuck_note, u.stuck_snoozed, u.stuck_follow_up, u.stuck_undo IS NOT NULL, 0";

impl History {
    /// Problems, stuck uploads included, newest `opened_at` first. Keys of [`Page`] are ids.
    ///
    /// # Errors
    /// As [`Self::events`].
    pub fn problems(&self, page: &Page, lens: &Lens) -> Result<Rows<ProblemRow>, StoreError> {
        self.readers.ask("reading the problems", |reader| {
            let connection = reader.connection();
            let compiled = Compiled::new(reader, &page.query, lens)?;
            let place = |key: Option<i64>| key.map(|key| place_of(connection, key, lens)).transpose();
            let between = Between { before: place(page.before)?, after: place(page.after)? };
            let which = Which { between, limit: page.limit };
            let silent = silent::matching(connection, &page.query, lens)?;
            Ok(Rows { sequence: reader.sequence(), rows: newest(connection, &compiled, which, lens, silent)? })
        })
    }

    /// How many problems match, stuck uploads included, up to `most`.
    ///
    /// # Errors
    /// As [`Self::events`].
    pub fn count_problems(&self, query: &Query, most: usize, lens: &Lens) -> Result<Counted, StoreError> {
        self.readers.ask("counting the problems", |reader| {
            let connection = reader.connection();
            let compiled = Compiled::new(reader, query, lens)?.of_all();
            let mut matching = Sql::new(" WHERE TRUE");
            let along = compiled.conditions(&mut matching, &Problems)?;
            compiled.days.condition(&mut matching, "p.opened_at");
            let mut counter = Counter::new(most);
            let from = if along == Along::Keys { "problems p NOT INDEXED" } else { "problems p" };
            counter.count(connection, from, &matching)?;
            let mut stuck = Sql::new(" WHERE u.state = 0 AND u.started_at < ");
            stuck.bind(lens.stuck_before().0);
            compiled.conditions_on_few(&mut stuck, &Uploads(lens.stuck_before()))?;
            compiled.days.earlier_by(lens.stuck_after).condition(&mut stuck, "u.started_at");
            counter.count(connection, "uploads u INDEXED BY uploads_running", &stuck)?;
            counter.add(silent::matching(connection, query, lens)?.len());
            Ok(counter.counted())
        })
    }

    /// The problems with these ids, in that order; one that is not there is left out.
    ///
    /// # Errors
    /// As [`Self::events`].
    pub fn problems_of(&self, ids: &[i64], lens: &Lens) -> Result<Vec<ProblemRow>, StoreError> {
        self.readers.ask("reading some problems", |reader| {
            let connection = reader.connection();
            let mut words = WordFinder::new(connection)?;
            ids.iter().filter_map(|id| one(connection, &mut words, *id, lens).transpose()).collect()
        })
    }

    /// Those of these ids that are there, in the view as it is: for the notifier, like [`Self::openings_since`].
    ///
    /// # Errors
    /// As [`Self::events`].
    pub fn problems_as_they_are(&self, ids: &[i64], lens: &Lens) -> Result<Rows<ProblemRow>, StoreError> {
        self.readers.ask_as_it_is("reading some problems", |reader| {
            let connection = reader.connection();
            let mut words = WordFinder::new(connection)?;
            let rows = ids.iter().filter_map(|id| one(connection, &mut words, *id, lens).transpose());
            Ok(Rows { sequence: reader.sequence(), rows: rows.collect::<rusqlite::Result<_>>()? })
        })
    }

    /// The newest stuck uploads, as problems, in the view as it is: for the notifier, like [`Self::openings_since`].
    ///
    /// # Errors
    /// As [`Self::events`].
    pub fn stuck_as_they_are(&self, limit: usize, lens: &Lens) -> Result<Rows<ProblemRow>, StoreError> {
        self.readers.ask_as_it_is("reading the stuck uploads", |reader| {
            let compiled = Compiled::new(reader, &Query::default(), lens)?;
            let which = Which { between: Between { before: None, after: None }, limit };
            let rows = stuck(reader.connection(), &compiled, which, lens)?;
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
            let Some(row) = one(connection, &mut WordFinder::new(connection)?, id, lens)? else { return Ok(None) };
            Ok(Some((row, story(connection, id)?)))
        })
    }

    /// Problems that opened or reopened by an event after `sequence`, oldest first, at most `limit`: for the notifier, which follows
    /// the view. Answers from the view as it is, so that a burst delays no pop-up.
    ///
    /// # Errors
    /// As [`Self::events`].
    pub fn openings_since(&self, sequence: i64, limit: usize) -> Result<Vec<(Opening, ProblemRow)>, StoreError> {
        let now = self.clock.now().as_microsecond();
        self.readers.ask_as_it_is("reading what opened", |reader| {
            let connection = reader.connection();
            let mut statement = connection.prepare_cached(&format!(
                "SELECT {COLUMNS}, o.sequence FROM openings o JOIN problems p ON p.id = o.problem
                 WHERE o.sequence > ?1 ORDER BY o.sequence LIMIT ?2"
            ))?;
            let mut words = WordFinder::new(connection)?;
            let rows = statement.query_and_then([sequence, super::limit(limit)], |row| {
                let problem = read(row, &mut words, now)?;
                Ok((Opening { problem: problem.id, sequence: row.get(COLUMN_COUNT)? }, problem))
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

/// Which rows of the list.
#[derive(Debug, Clone, Copy)]
struct Which {
    between: Between,
    limit: usize,
}

impl Between {
    fn holds(self, place: Place) -> bool {
        self.before.is_none_or(|before| place < before) && self.after.is_none_or(|after| place > after)
    }

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
    if id < 0 {
        let silence = lens.silences.iter().find(|silence| silence.id() == id);
        return Ok((silence.map_or(i64::MAX, |silence| silence.opened_at), id));
    }
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

fn newest(
    connection: &Connection,
    compiled: &Compiled<'_>,
    which: Which,
    lens: &Lens,
    silent: Vec<ProblemRow>,
) -> rusqlite::Result<Vec<ProblemRow>> {
    let mut rows = stored(connection, compiled, which, lens)?;
    rows.extend(stuck(connection, compiled, which, lens)?);
    rows.extend(silent.into_iter().filter(|row| which.between.holds((row.opened_at, row.id))));
    rows.sort_by_key(|row| std::cmp::Reverse((row.opened_at, row.id)));
    rows.truncate(which.limit);
    Ok(rows)
}

fn stored(
    connection: &Connection,
    compiled: &Compiled<'_>,
    which: Which,
    lens: &Lens,
) -> rusqlite::Result<Vec<ProblemRow>> {
    let mut keys = Sql::new(" WHERE TRUE");
    which.between.condition(&mut keys, "p.opened_at", "p.id", 0);
    let along = compiled.conditions(&mut keys, &Problems)?;
    compiled.days.condition(&mut keys, "p.opened_at");
    let mut sql = Sql::new("SELECT ");
    sql.push(COLUMNS).push(" FROM problems p NOT INDEXED WHERE p.id IN (SELECT p.id FROM problems p ");
    sql.push(if along == Along::Keys { "NOT INDEXED" } else { "INDEXED BY problems_opened" });
    sql.append(&keys).push(" ORDER BY p.opened_at DESC, p.id DESC LIMIT ").bind(limit(which.limit));
    sql.push(") ORDER BY p.opened_at DESC, p.id DESC");
    let mut statement = connection.prepare_cached(&sql.text)?;
    let mut words = WordFinder::new(connection)?;
    let found = statement.query_and_then(sql.params(), |row| read(row, &mut words, lens.now))?;
    found.collect()
}

fn stuck(
    connection: &Connection,
    compiled: &Compiled<'_>,
    which: Which,
    lens: &Lens,
) -> rusqlite::Result<Vec<ProblemRow>> {
    let StuckBefore(before) = lens.stuck_before();
    let mut sql = Sql::new("SELECT ");
    sql.push(STUCK_COLUMNS)
        .push(" FROM uploads u INDEXED BY uploads_running WHERE u.state = 0 AND u.started_at < ")
        .bind(before);
    which.between.condition(&mut sql, "u.started_at", "u.started_sequence", lens.stuck_after);
    compiled.conditions_on_few(&mut sql, &Uploads(lens.stuck_before()))?;
    compiled.days.earlier_by(lens.stuck_after).condition(&mut sql, "u.started_at");
    sql.push(" ORDER BY u.started_at DESC, u.started_sequence DESC LIMIT ").bind(limit(which.limit));
    let mut statement = connection.prepare_cached(&sql.text)?;
    let mut words = WordFinder::new(connection)?;
    let found = statement.query_and_then(sql.params(), |row| read_stuck(row, &mut words, lens))?;
    found.collect()
}

/// The problem with this id, stored, a stuck upload or a silent webhook.
pub(super) fn one(
    connection: &Connection,
    words: &mut WordFinder<'_>,
    id: i64,
    lens: &Lens,
) -> rusqlite::Result<Option<ProblemRow>> {
    let stored = connection
        .prepare_cached(&format!("SELECT {COLUMNS} FROM problems p WHERE p.id = ?"))?
        .query_row([id], |row| read(row, words, lens.now))
        .optional()?;
    if stored.is_some() {
        return Ok(stored);
    }
    if id < 0 {
        return silent::one(connection, id, lens);
    }
    let StuckBefore(before) = lens.stuck_before();
    connection
        .prepare_cached(&format!(
            "SELECT {STUCK_COLUMNS} FROM uploads u
             WHERE u.id = (SELECT upload FROM events WHERE sequence = ?1) AND u.started_sequence = ?1
               AND u.state = 0 AND u.started_at < ?2"
        ))?
        .query_row([id, before], |row| read_stuck(row, words, lens))
        .optional()
}

/// An upload is stuck from the moment its time ran out; nothing happened to it since.
fn read_stuck(row: &Row<'_>, words: &mut WordFinder<'_>, lens: &Lens) -> rusqlite::Result<ProblemRow> {
    let row = read(row, words, lens.now)?;
    let opened_at = row.opened_at.saturating_add(lens.stuck_after);
    Ok(ProblemRow { opened_at, last_at: row.last_at.max(opened_at), ..row })
}

/// The key of a group, as the wire has it. `family` is a word; 0: none.
pub(super) fn group(kind: ProblemKind, family: i64, words: &mut WordFinder<'_>) -> rusqlite::Result<String> {
    Ok(format!("{}:{}", kind.as_str(), words.maybe(Some(family))?.unwrap_or_default()))
}

pub(super) fn kind_of(code: i64) -> ProblemKind {
    codes::problem_kind_of(code).unwrap_or(ProblemKind::ProcessingError)
}

fn read(row: &Row<'_>, words: &mut WordFinder<'_>, now: i64) -> rusqlite::Result<ProblemRow> {
    let kind = kind_of(row.get(1)?);
    Ok(ProblemRow {
        id: row.get(0)?,
        kind,
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
        snoozed_until: row.get::<_, Option<i64>>(15)?.filter(|until| *until > now),
        follow_up: row.get(16)?,
        group: group(kind, row.get(18)?, words)?,
        undoable: row.get(17)?,
    })
}

/// What happened to it, by events and by people, in the order of the log.
fn story(connection: &Connection, id: i64) -> rusqlite::Result<Vec<StoryRow>> {
    let mut statement = connection.prepare_cached(
        "SELECT * FROM (
             SELECT sequence, received_at, iif(failed OR flags & 1, 'failed', 'succeeded'), NULL, message, NULL
             FROM events WHERE problem = ?1
             UNION ALL
             SELECT sequence, at, what, by, text, until FROM actions WHERE problem = ?1
             ORDER BY 1 DESC LIMIT ?2
         ) ORDER BY 1",
    )?;
    let rows = statement.query_map([id, MOST_LINES], |row| {
        Ok(StoryRow {
            sequence: row.get(0)?,
            at: row.get(1)?,
            what: row.get(2)?,
            by: row.get(3)?,
            text: row.get(4)?,
            until: row.get(5)?,
        })
    })?;
    rows.collect()
}
