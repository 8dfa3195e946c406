//! Subjects, latest activity first; expected ones nothing was received of at the end.

use std::collections::HashMap;

use jiff::ToSpan as _;
use jiff::civil::Date;
use rusqlite::{Connection, OptionalExtension, Row, params};
use study::query::{Is, Key};
use study::subject::SubjectStatus;
use study::{ProblemState, Query};

use super::expected;
use super::lists::{self, Along, Compiled, Counter, List};
use super::readers::Reader;
use super::sql::Sql;
use super::terms::{Exact, StuckBefore};
use super::words::WordFinder;
use super::{Counted, History, Lens, Page, Rows, limit};
use crate::StoreError;
use crate::rows::{SubjectCounts, SubjectRow};
use crate::view::codes;

/// A subject as `s`.
struct Subjects(StuckBefore);

impl Subjects {
    /// Whether some problem of its is in this state; that of a stuck upload included.
    fn problem(&self, sql: &mut Sql, state: ProblemState) {
        let state = codes::problem_state(state);
        sql.push("s.id IN (SELECT subject FROM problems INDEXED BY problems_inbox WHERE state = ").bind(state);
        sql.push(") OR ");
        self.stuck(sql);
        sql.push(" AND coalesce(u.stuck_state, 0) = ").bind(state).push(")");
    }

    /// Whether some upload of its is stuck; the closing parenthesis is left out. Of uploads without an end there are far fewer than of a subject's.
    fn stuck(&self, sql: &mut Sql) {
        sql.push(
            "s.id IN (SELECT u.subject FROM uploads u INDEXED BY uploads_running WHERE u.state = 0 AND u.started_at < ",
        );
        sql.bind(self.0.0);
    }
}

impl List for Subjects {
    const KEY: &'static str = "s.id";
    const LINK: &'static str = "subject";
    const FEW: i64 = if cfg!(test) { 3 } else { 4_000 };
    const HAS_FEW_EVENTS: bool = false;

    fn own_key(&self, sql: &mut Sql, key: Key, values: &[Exact]) -> bool {
        match key {
            Key::Webhook => lists::words(sql, "s.webhook", values),
            Key::Study => lists::words(sql, "s.study", values),
            Key::Subject => lists::subject(sql, "s.subject_id", "s.id", values),
            Key::Site => lists::texts(sql, "s.site_id", values),
            Key::Serial => lists::texts(sql, "s.monitor_serial", values),
            Key::Status | Key::Event | Key::Upload | Key::Delivery => return false,
        }
        true
    }

    fn own_is(&self, sql: &mut Sql, is: Is) -> bool {
        match is {
            Is::Open => self.problem(sql, ProblemState::Open),
            Is::Acknowledged => self.problem(sql, ProblemState::Acknowledged),
            Is::Resolved => self.problem(sql, ProblemState::Resolved),
            Is::Stuck => {
                self.stuck(sql);
                sql.push(")");
            }
            Is::Silent => {
                sql.push("FALSE");
            }
            Is::Error | Is::Repeat | Is::Unreadable => return false,
        }
        true
    }
}

/// Days of wear time shown with a row.
pub(super) const WEAR_DAYS: i64 = 14;

/// From when on a subject of a webhook is overdue.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Overdue {
    /// The webhook's slug.
    pub webhook: String,
    /// A latest completed upload at this instant or before makes it so.
    pub before: i64,
}

/// What [`read`] reads, in its order. A conflict is 1.
const COLUMNS: &str = "s.id, s.webhook, s.study, s.subject_id, s.label, s.site_id, s.monitor_serial, s.last_completed_at, s.status, \
     EXISTS (SELECT 1 FROM expected x WHERE x.webhook = s.webhook AND x.subject_id = s.subject_id AND x.study IN (0, s.study)) \
       OR EXISTS (SELECT 1 FROM expected x WHERE x.webhook = s.webhook AND x.label = s.label AND x.subject_id IS NULL \
           AND x.study IN (0, s.study)), \
     (SELECT count(*) FROM known n WHERE n.subject = s.id AND n.what = 0) > 1 OR coalesce(s.imported_label <> s.learned_label, 0) \
       OR EXISTS (SELECT 1 FROM subjects o WHERE o.label = s.label AND o.webhook = s.webhook AND o.study = s.study AND o.id <> s.id), \
     (SELECT count(*) FROM known n WHERE n.subject = s.id AND n.what = 1) > 1, \
     EXISTS (SELECT 1 FROM subjects o WHERE o.monitor_serial = s.monitor_serial AND o.id <> s.id AND o.status IS NULL) \
       AND s.status IS NULL, \
     s.uploads";

impl History {
    /// Subjects, latest activity first. Keys of [`Page`] are ids.
    ///
    /// # Errors
    /// As [`Self::events`].
    pub fn subjects(&self, page: &Page, lens: &Lens) -> Result<Rows<SubjectRow>, StoreError> {
        self.readers.ask("reading the subjects", |reader| {
            let connection = reader.connection();
            let mut rows = if page.before.is_some_and(|key| key < 0) { Vec::new() } else { known(reader, page, lens)? };
            if rows.len() < page.limit && page.after.is_none() {
                let after = page.before.filter(|key| *key < 0).map_or(0, |key| -key);
                rows.extend(expected::rows(connection, &page.query, after, page.limit - rows.len())?);
            }
            Ok(Rows { sequence: reader.sequence(), rows })
        })
    }

    /// How many subjects there are, and how many are overdue by these levels; `webhook`: only those of this one.
    ///
    /// # Errors
    /// As [`Self::events`].
    pub fn count_subjects(
        &self,
        levels: &[Overdue],
        webhook: Option<&str>,
        lens: &Lens,
    ) -> Result<SubjectCounts, StoreError> {
        self.readers.ask("counting the subjects", |reader| {
            let connection = reader.connection();
            let received: i64 = match webhook {
                None => connection.prepare_cached("SELECT count(*) FROM subjects")?.query_row([], |row| row.get(0))?,
                Some(slug) => connection
                    .prepare_cached("SELECT count(*) FROM subjects WHERE webhook = (SELECT id FROM words WHERE text = ?)")?
                    .query_row([slug], |row| row.get(0))?,
            };
            let mut counts = SubjectCounts { subjects: received + expected::count(connection, webhook)?, overdue: 0 };
            for level in levels.iter().filter(|level| webhook.is_none_or(|slug| slug == level.webhook)) {
                let silent: i64 = connection
                    .prepare_cached(
                        "SELECT count(*) FROM subjects INDEXED BY subjects_overdue
                         WHERE webhook = (SELECT id FROM words WHERE text = ?1) AND status IS NULL AND last_completed_at <= ?2",
                    )?
                    .query_row(params![level.webhook, level.before], |row| row.get(0))?;
                counts.overdue += silent;
                let mut declared = connection.prepare_cached(
                    "SELECT status FROM subjects INDEXED BY subjects_declared
                     WHERE webhook = (SELECT id FROM words WHERE text = ?1) AND status IS NOT NULL AND last_completed_at <= ?2",
                )?;
                let mut found = declared.query(params![level.webhook, level.before])?;
                while let Some(row) = found.next()? {
                    let status = status_of(row.get(0)?);
                    counts.overdue += i64::from(study::subject::takes_part(status, today(lens)));
                }
            }
            Ok(counts)
        })
    }

    /// The subjects overdue longest, at most `most`; `webhook`: only those of this one.
    ///
    /// # Errors
    /// As [`Self::events`].
    pub fn overdue_subjects(
        &self,
        levels: &[Overdue],
        webhook: Option<&str>,
        most: usize,
        lens: &Lens,
    ) -> Result<Vec<SubjectRow>, StoreError> {
        self.readers.ask("reading the overdue subjects", |reader| {
            let connection = reader.connection();
            let mut silent: Vec<(i64, i64)> = Vec::new();
            for level in levels.iter().filter(|level| webhook.is_none_or(|slug| slug == level.webhook)) {
                let mut statement = connection.prepare_cached(
                    "SELECT s.last_completed_at, s.id, s.status FROM subjects s
                     WHERE s.webhook = (SELECT id FROM words WHERE text = ?1) AND s.last_completed_at <= ?2
                     ORDER BY s.last_completed_at, s.id",
                )?;
                let mut found = statement.query(params![level.webhook, level.before])?;
                let mut left = most;
                while let Some(row) = found.next()?.filter(|_| left > 0) {
                    if study::subject::takes_part(status_of(row.get(2)?), today(lens)) {
                        silent.push((row.get(0)?, row.get(1)?));
                        left -= 1;
                    }
                }
            }
            silent.sort_unstable();
            silent.truncate(most);
            let beside = Beside::read(connection, lens)?;
            let mut words = WordFinder::new(connection)?;
            let mut statement =
                connection.prepare_cached(&format!("SELECT {COLUMNS} FROM subjects s WHERE s.id = ?"))?;
            let rows = silent.iter().map(|(_, id)| statement.query_row([id], |row| read(row, &mut words, &beside)));
            let mut rows: Vec<SubjectRow> = rows.collect::<rusqlite::Result<_>>()?;
            beside.wear(connection, &mut rows)?;
            Ok(rows)
        })
    }

    /// How many subjects match, expected ones included, up to `most`.
    ///
    /// # Errors
    /// As [`Self::events`].
    pub fn count_subjects_that(&self, query: &Query, most: usize, lens: &Lens) -> Result<Counted, StoreError> {
        self.readers.ask("counting the subjects that match", |reader| {
            let compiled = Compiled::new(reader, query, lens)?.of_all();
            let mut matching = Sql::new(" WHERE TRUE");
            let along = compiled.conditions(&mut matching, &Subjects(lens.stuck_before()))?;
            compiled.days.condition(&mut matching, "s.last_at");
            let from =
                if along == Along::Keys { "subjects s NOT INDEXED" } else { "subjects s INDEXED BY subjects_last" };
            let mut counter = Counter::new(most);
            counter.count(reader.connection(), from, &matching)?;
            counter.add(expected::rows(reader.connection(), query, 0, counter.left())?.len());
            Ok(counter.counted())
        })
    }
}

fn known(reader: &Reader, page: &Page, lens: &Lens) -> rusqlite::Result<Vec<SubjectRow>> {
    let connection = reader.connection();
    let compiled = Compiled::new(reader, &page.query, lens)?;
    let mut keys = Sql::new(" WHERE TRUE");
    for (key, than) in [(page.before, " < "), (page.after, " > ")] {
        if let Some(key) = key {
            let place = last_sequence(connection, key)?;
            keys.push(" AND s.last_sequence").push(than).bind(place);
        }
    }
    let along = compiled.conditions(&mut keys, &Subjects(lens.stuck_before()))?;
    compiled.days.condition(&mut keys, "s.last_at");
    let mut sql = Sql::new("SELECT ");
    sql.push(COLUMNS).push(" FROM subjects s NOT INDEXED WHERE s.id IN (SELECT s.id FROM subjects s ");
    sql.push(if along == Along::Keys { "NOT INDEXED" } else { "INDEXED BY subjects_last" });
    sql.append(&keys).push(" ORDER BY s.last_sequence DESC LIMIT ").bind(limit(page.limit));
    sql.push(") ORDER BY s.last_sequence DESC");
    let beside = Beside::read(connection, lens)?;
    let mut words = WordFinder::new(connection)?;
    let mut statement = connection.prepare_cached(&sql.text)?;
    let rows = statement.query_and_then(sql.params(), |row| read(row, &mut words, &beside))?;
    let mut rows: Vec<SubjectRow> = rows.collect::<rusqlite::Result<_>>()?;
    beside.wear(connection, &mut rows)?;
    Ok(rows)
}

/// The subject of this row number.
pub(super) fn one(connection: &Connection, id: i64, lens: &Lens) -> rusqlite::Result<Option<SubjectRow>> {
    let beside = Beside::read(connection, lens)?;
    let mut words = WordFinder::new(connection)?;
    let row = connection
        .prepare_cached(&format!("SELECT {COLUMNS} FROM subjects s WHERE s.id = ?"))?
        .query_row([id], |row| read(row, &mut words, &beside))
        .optional()?;
    let mut rows: Vec<SubjectRow> = row.into_iter().collect();
    beside.wear(connection, &mut rows)?;
    Ok(rows.pop())
}

/// What is read once for a page rather than for each of its rows.
struct Beside {
    /// Open problems by subject, stuck uploads included.
    open: HashMap<i64, i64>,
    /// The first and the last day of the wear time shown.
    wear: (Date, Date),
}

impl Beside {
    fn read(connection: &Connection, lens: &Lens) -> rusqlite::Result<Self> {
        let mut open: HashMap<i64, i64> = HashMap::new();
        let mut count = |sql: &str, values: &[i64]| -> rusqlite::Result<()> {
            let mut statement = connection.prepare_cached(sql)?;
            let mut rows = statement.query(rusqlite::params_from_iter(values))?;
            while let Some(row) = rows.next()? {
                *open.entry(row.get(0)?).or_default() += row.get::<_, i64>(1)?;
            }
            Ok(())
        };
        count(
            "SELECT subject, count(*) FROM problems INDEXED BY problems_open_subject
             WHERE state = 0 AND subject IS NOT NULL GROUP BY subject",
            &[],
        )?;
        count(
            "SELECT subject, count(*) FROM uploads INDEXED BY uploads_running
             WHERE state = 0 AND started_at < ?1 AND subject IS NOT NULL AND coalesce(stuck_state, 0) = 0 GROUP BY subject",
            &[lens.stuck_before().0],
        )?;
        let until = wear_until(lens);
        Ok(Self { open, wear: (until.saturating_sub((WEAR_DAYS - 1).days()), until) })
    }

    /// Adds the wear time of each row's last days.
    fn wear(&self, connection: &Connection, rows: &mut [SubjectRow]) -> rusqlite::Result<()> {
        let (from, until) = self.wear;
        let mut statement = connection
            .prepare_cached("SELECT date, minutes FROM wear WHERE subject = ?1 AND date BETWEEN ?2 AND ?3")?;
        for row in rows {
            let mut found = statement.query(params![row.id, from.to_string(), until.to_string()])?;
            while let Some(day) = found.next()? {
                let Ok(date) = day.get::<_, String>(0)?.parse::<Date>() else { continue };
                let place = date.since(from).map_or(-1, |span| span.get_days());
                if let Some(slot) = usize::try_from(place).ok().and_then(|place| row.wear.get_mut(place)) {
                    *slot = Some(day.get(1)?);
                }
            }
        }
        Ok(())
    }
}

/// The last day whose wear time is shown: the viewer's yesterday, the last one that can be whole.
#[must_use]
pub fn wear_until(lens: &Lens) -> Date {
    today(lens).saturating_sub(1.day())
}

/// The viewer's day.
pub(super) fn today(lens: &Lens) -> Date {
    lens.zone.to_datetime(jiff::Timestamp::from_microsecond(lens.now).unwrap_or_default()).date()
}

fn read(row: &Row<'_>, words: &mut WordFinder<'_>, beside: &Beside) -> rusqlite::Result<SubjectRow> {
    let id: i64 = row.get(0)?;
    let mut conflicts = Vec::new();
    for (column, name) in [(10, "label"), (11, "site"), (12, "monitor")] {
        if row.get(column)? {
            conflicts.push(name);
        }
    }
    Ok(SubjectRow {
        id,
        webhook: words.text(row.get(1)?)?,
        study_id: words.maybe(row.get(2)?)?,
        subject_id: row.get(3)?,
        label: row.get(4)?,
        site_id: row.get(5)?,
        monitor_serial: row.get(6)?,
        last_completed_at: row.get(7)?,
        status: status_of(row.get(8)?),
        expected: row.get(9)?,
        conflicts,
        uploads: row.get(13)?,
        open_problems: beside.open.get(&id).copied().unwrap_or(0),
        wear: vec![None; usize::try_from(WEAR_DAYS).unwrap_or(0)],
    })
}

/// What was declared; a later version's word changes nothing.
pub(super) fn status_of(json: Option<String>) -> SubjectStatus {
    json.and_then(|json| serde_json::from_str(&json).ok()).unwrap_or(SubjectStatus::Active)
}

/// Where a subject stands in the list; a key that leads nowhere stands at its end.
fn last_sequence(connection: &Connection, id: i64) -> rusqlite::Result<i64> {
    let found = connection
        .prepare_cached("SELECT last_sequence FROM subjects WHERE id = ?")?
        .query_row([id], |row| row.get(0))
        .optional()?;
    Ok(found.unwrap_or(0))
}

#[cfg(test)]
mod tests;
