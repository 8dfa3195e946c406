//! From terms to one statement over events: decides what it walks along, by looking how many rows each term leaves.
//!
//! SQLite has no statistics here and would guess; a guess can turn a page of 100 rows into a walk over a million.

use rusqlite::Connection;
use study::Query;
use study::query::{Is, Key};

use super::Lens;
use super::days::Days;
use super::found;
use super::readers::Reader;
use super::sql::Sql;
use super::terms::{self, Exact, Known, Resolve, StuckBefore, Term, What};

/// How many rows of a term count as how many.
#[derive(Debug, Clone, Copy)]
pub(super) struct Thresholds {
    /// Up to here they are looked up at once and sorted, whatever else there is.
    pub(super) few: i64,
    /// Up to here they are still looked up at once where nothing gives them in order. Nothing is counted beyond.
    pub(super) some: i64,
}

const THRESHOLDS: Thresholds = Thresholds { few: 2_000, some: 20_000 };

/// In how many events a text is found to make it worth remembering where. In tests few.
const COMMON: i64 = if cfg!(test) { 2 } else { 2_000 };

/// What a statement walks along.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Drive {
    /// The events by sequence.
    Scan,
    /// The few rows of the term at this place.
    Few(usize),
    /// The index of the single value of the term at this place, which is in the order of sequences.
    Index(usize),
    /// The search index, which is in the order of sequences.
    Text(usize),
}

/// A query made ready: terms resolved, the way chosen.
#[derive(Debug)]
pub(super) struct Ready {
    terms: Vec<Term>,
    days: Days,
    /// First and last sequence the days allow.
    sequences: Option<(i64, i64)>,
    /// It cannot hold for any row.
    nothing: bool,
    drive: Drive,
    /// The driving term leaves no more rows than count as few.
    few: bool,
    stuck: StuckBefore,
}

/// Which part of the rows, besides the query.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) struct Range {
    pub(super) before: Option<i64>,
    pub(super) after: Option<i64>,
}

impl Range {
    /// Whether it leaves nothing out.
    pub(super) fn is_open(self) -> bool {
        self.before.is_none() && self.after.is_none()
    }
}

impl Ready {
    /// Makes `query` ready on the open snapshot.
    pub(super) fn new(reader: &Reader, query: &Query, lens: &Lens) -> rusqlite::Result<Self> {
        Self::within(reader, query, lens, THRESHOLDS)
    }

    /// The same with another notion of few.
    pub(super) fn within(
        reader: &Reader,
        query: &Query,
        lens: &Lens,
        thresholds: Thresholds,
    ) -> rusqlite::Result<Self> {
        let connection = reader.connection();
        let resolve = |known: Known<'_>| number(connection, known);
        let days = Days::of(query, &lens.zone);
        let sequences = if days.is_open() { None } else { days.sequences(connection)? };
        let mut ready = Self::resolved(query, lens, &resolve)?;
        ready.nothing |= !days.is_open() && sequences.is_none();
        ready.sequences = sequences;
        ready.drop_what_always_holds(connection)?;
        (ready.drive, ready.few) =
            ready.choose(thresholds, &|sql| count(connection, sql), &|text| found::count_known(reader, text))?;
        Ok(ready)
    }

    /// Everything received since an instant; of one webhook (its word), or of all.
    pub(super) fn since(instant: i64, webhook: Option<i64>) -> Self {
        let of = |word: i64| Term {
            what: What::Key(Key::Webhook, vec![Exact { text: String::new(), word: Some(word) }]),
            excluded: false,
        };
        Self {
            terms: webhook.map(of).into_iter().collect(),
            days: Days { from: Some(instant), to: None },
            sequences: None,
            nothing: false,
            drive: Drive::Scan,
            few: false,
            stuck: StuckBefore(0),
        }
    }

    fn resolved(query: &Query, lens: &Lens, resolve: Resolve<'_>) -> rusqlite::Result<Self> {
        let terms = terms::of(query, resolve)?;
        let nothing = terms.iter().any(|term| !term.excluded && cannot_hold(&term.what));
        Ok(Self {
            terms,
            days: Days::of(query, &lens.zone),
            sequences: None,
            nothing,
            drive: Drive::Scan,
            few: false,
            stuck: lens.stuck_before(),
        })
    }

    /// Its terms.
    pub(super) fn terms(&self) -> &[Term] {
        &self.terms
    }

    /// What `is:stuck` depends on.
    pub(super) fn stuck(&self) -> StuckBefore {
        self.stuck
    }

    /// Whether it cannot hold for any row.
    pub(super) fn is_nothing(&self) -> bool {
        self.nothing
    }

    /// Whether the statement walks along a few rows, all of which can be looked at.
    pub(super) fn is_few(&self) -> bool {
        self.few && self.is_gathered()
    }

    /// Whether the rows of some term are looked up first.
    pub(super) fn is_gathered(&self) -> bool {
        matches!(self.drive, Drive::Few(_))
    }

    /// Whether the statement walks along rows in order and the query holds for each of them, or nearly so, days aside.
    pub(super) fn is_straight(&self) -> bool {
        match self.drive {
            Drive::Scan => self.terms.is_empty(),
            Drive::Few(_) => self.terms.len() == 1 && (self.few || !matches!(self.terms[0].what, What::Is(_))),
            Drive::Index(_) | Drive::Text(_) => self.terms.len() == 1,
        }
    }

    /// Whether nothing is asked but what `shapes` hold, days aside.
    pub(super) fn is_of_shapes(&self) -> bool {
        self.terms.iter().all(|term| terms::is_of_shapes(&term.what))
    }

    /// Adds ` AND …` for every term, on shapes `e`: only where [`Self::is_of_shapes`].
    pub(super) fn shape_conditions(&self, sql: &mut Sql) {
        if self.nothing {
            sql.push(" AND FALSE");
        }
        for term in &self.terms {
            sql.push(" AND (");
            terms::condition(sql, &term.what, self.stuck);
            sql.push(if term.excluded { ") IS NOT TRUE" } else { ")" });
        }
    }

    /// The days asked for.
    pub(super) fn days(&self) -> Days {
        self.days
    }

    /// Whether all events in the range are walked over, whatever the query finds among them.
    pub(super) fn is_walk(&self) -> bool {
        self.drive == Drive::Scan
    }

    /// Drops terms that hold for every event there is: where there is one study only, it leaves nothing out.
    fn drop_what_always_holds(&mut self, connection: &Connection) -> rusqlite::Result<()> {
        let mut kept = Vec::with_capacity(self.terms.len());
        for term in std::mem::take(&mut self.terms) {
            if terms::is_of_shapes(&term.what) {
                let mut sql = Sql::new("SELECT count(*) FROM shapes e WHERE (");
                terms::condition(&mut sql, &term.what, self.stuck);
                sql.push(if term.excluded { ") IS TRUE" } else { ") IS NOT TRUE" });
                if count(connection, &sql)? == 0 {
                    continue;
                }
            }
            kept.push(term);
        }
        self.terms = kept;
        Ok(())
    }

    /// Has the reader remember where common texts are found that are looked at row by row: before a walk along all rows.
    pub(super) fn remember(&mut self, reader: &Reader) -> rusqlite::Result<()> {
        for (place, term) in self.terms.iter_mut().enumerate() {
            let driven = matches!(self.drive, Drive::Few(driven) | Drive::Text(driven) if driven == place);
            if let What::Text(expression) = &term.what
                && !driven
                && !self.nothing
                && is_common(reader.connection(), expression, COMMON)?
            {
                found::remember_text(reader, expression)?;
                term.what = What::Common(expression.clone());
            }
        }
        Ok(())
    }

    /// Picks the way, and whether it leads along few rows; `count` says how many rows a statement gives, `known` in how many a text is found
    /// where that is remembered.
    fn choose(
        &self,
        Thresholds { few, some }: Thresholds,
        count: &dyn Fn(&Sql) -> rusqlite::Result<i64>,
        known: &dyn Fn(&str) -> rusqlite::Result<Option<i64>>,
    ) -> rusqlite::Result<(Drive, bool)> {
        if self.nothing {
            return Ok((Drive::Scan, false));
        }
        let mut counted = Vec::new();
        for (place, term) in self.terms.iter().enumerate().filter(|(_, term)| !term.excluded) {
            if let What::Text(expression) = &term.what
                && let Some(rows) = known(expression)?
            {
                counted.push((rows.min(some + 1), place));
                continue;
            }
            let mut sql = Sql::default();
            if terms::is_of_shapes(&term.what) {
                sql.push("SELECT coalesce(sum(events), 0) FROM shapes e WHERE ");
                terms::condition(&mut sql, &term.what, self.stuck);
            } else if let What::Is(all) = &term.what {
                terms::estimate(&mut sql, all, self.stuck, some + 1);
            } else {
                sql.push("SELECT count(*) FROM (SELECT 1 FROM (");
                terms::lookup(&mut sql, &term.what, self.stuck);
                sql.push(") LIMIT ").bind(some + 1);
                sql.push(")");
            }
            counted.push((count(&sql)?, place));
        }
        let ordered = |place: usize| match &self.terms[place].what {
            What::Text(_) | What::Common(_) => Some(Drive::Text(place)),
            what => index_of(what).map(|_| Drive::Index(place)),
        };
        let least = counted.iter().min();
        let drive = match least {
            Some((rows, place)) if *rows <= few => Drive::Few(*place),
            Some((rows, place)) if *rows <= some => ordered(*place).unwrap_or(Drive::Few(*place)),
            // All are many: a text is the most likely to be rarer than it looks.
            _ => {
                let ways = || counted.iter().filter_map(|(_, place)| ordered(*place));
                ways().find(|way| matches!(way, Drive::Text(_))).or_else(|| ways().next()).unwrap_or(Drive::Scan)
            }
        };
        Ok((drive, least.is_some_and(|(rows, _)| *rows <= few)))
    }

    /// `SELECT {columns} FROM … WHERE …`, without order and limit; the event is `e`.
    pub(super) fn select(&self, columns: &str, with: With, range: Range) -> Sql {
        let mut sql = Sql::new("SELECT ");
        sql.push(columns);
        match self.drive {
            Drive::Scan | Drive::Few(_) => sql.push(" FROM events e"),
            Drive::Index(place) => {
                let (index, _) = index_of(&self.terms[place].what).unwrap_or(("events_event", ""));
                sql.push(" FROM events e INDEXED BY ").push(index)
            }
            Drive::Text(_) => sql.push(" FROM search CROSS JOIN events e ON e.sequence = search.rowid"),
        };
        if with != With::Nothing {
            join_problems(&mut sql, self.stuck);
        }
        if with == With::ProblemsAndBodies {
            // Both in the order of sequences: the log is walked along, not searched.
            sql.push(" CROSS JOIN log.log l ON l.sequence = e.sequence");
        }
        sql.push(" WHERE ").push(if self.nothing { "FALSE" } else { "TRUE" });
        let driven = match self.drive {
            Drive::Scan => None,
            Drive::Few(place) | Drive::Index(place) | Drive::Text(place) => Some(place),
        };
        if let Some(place) = driven {
            self.drive_condition(&mut sql, place);
        }
        self.bounds(&mut sql, self.order_column(), range);
        for (place, term) in self.terms.iter().enumerate() {
            if driven == Some(place) && (self.drive != Drive::Few(place) || self.driven_is_exact()) {
                continue;
            }
            sql.push(" AND ");
            if term.excluded {
                sql.push("(");
            }
            match &term.what {
                What::Text(expression) => {
                    sql.push("+e.sequence IN (SELECT rowid FROM search WHERE search MATCH ").bind(expression.clone());
                    // Not looked for where no row is.
                    self.bounds(&mut sql, "rowid", range);
                    sql.push(")");
                }
                what => terms::condition(&mut sql, what, self.stuck),
            }
            if term.excluded {
                sql.push(") IS NOT TRUE");
            }
        }
        self.days.condition(&mut sql, "+e.received_at");
        sql
    }

    fn drive_condition(&self, sql: &mut Sql, place: usize) {
        let what = &self.terms[place].what;
        match self.drive {
            Drive::Scan => {}
            Drive::Few(_) => {
                sql.push(" AND e.sequence IN (");
                terms::lookup(sql, what, self.stuck);
                sql.push(")");
            }
            Drive::Index(_) => match (what, index_of(what)) {
                (What::Key(_, values), Some((_, column))) => {
                    let word = terms::word_values(values).into_iter().next();
                    sql.push(" AND e.").push(column).push(" = ").bind(word.unwrap_or(rusqlite::types::Value::Null));
                }
                _ => {
                    sql.push(" AND e.failed = 1");
                }
            },
            Drive::Text(_) => {
                if let What::Text(expression) | What::Common(expression) = what {
                    sql.push(" AND search MATCH ").bind(expression.clone());
                }
            }
        }
    }

    /// Whether the driving term's rows need not be looked at again.
    fn driven_is_exact(&self) -> bool {
        match self.drive {
            Drive::Scan => false,
            Drive::Few(place) | Drive::Index(place) | Drive::Text(place) => terms::is_exact(&self.terms[place].what),
        }
    }

    /// The range and the days' sequences as conditions on a column of sequences.
    fn bounds(&self, sql: &mut Sql, column: &str, range: Range) {
        let (first, last) = self.sequences.unzip();
        // One bound each way: SQLite seeks by one and looks at every row for another.
        let before = range.before.into_iter().chain(last.map(|last| last.saturating_add(1))).min();
        let after = range.after.into_iter().chain(first.map(|first| first.saturating_sub(1))).max();
        for (bound, than) in [(before, " < "), (after, " > ")] {
            if let Some(bound) = bound {
                sql.push(" AND ").push(column).push(than).bind(bound);
            }
        }
    }

    /// What to order by: the column that the walk itself is ordered by.
    pub(super) fn order_column(&self) -> &'static str {
        if matches!(self.drive, Drive::Text(_)) { "search.rowid" } else { "e.sequence" }
    }
}

/// Joins an event's problem as `p` and, where it has none, its upload as `k` while that is stuck: a problem, too.
pub(super) fn join_problems(sql: &mut Sql, StuckBefore(before): StuckBefore) {
    sql.push(
        " LEFT JOIN problems p ON p.id = e.problem \
          LEFT JOIN uploads k ON k.id = CASE WHEN e.problem IS NULL THEN e.upload END AND k.state = 0 AND k.started_at < ",
    )
    .bind(before);
}

/// What is read beside the events.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum With {
    /// The events alone.
    Nothing,
    /// Their problems as `p` and `k`: see [`join_problems`].
    Problems,
    /// The bodies as `l`, too.
    ProblemsAndBodies,
}

/// An index that gives the term's rows in the order of sequences, and its column.
fn index_of(what: &What) -> Option<(&'static str, &'static str)> {
    match what {
        What::Key(key, values) if values.len() == 1 => terms::word_index(*key),
        What::Is(all) if all.as_slice() == [Is::Error] => Some(("events_failed", "failed")),
        _ => None,
    }
}

/// A key whose values no event has.
fn cannot_hold(what: &What) -> bool {
    matches!(what, What::Key(key, values) if terms::word_column(*key).is_some() && terms::word_values(values).is_empty())
}

/// Whether a text is found in more than `few` events.
pub(super) fn is_common(connection: &Connection, expression: &str, few: i64) -> rusqlite::Result<bool> {
    let mut sql = Sql::new("SELECT count(*) FROM (SELECT 1 FROM search WHERE search MATCH ");
    sql.bind(expression.to_owned()).push(" LIMIT ").bind(few.max(0) + 1).push(")");
    Ok(count(connection, &sql)? > few)
}

/// How many rows a counting statement finds.
pub(super) fn count(connection: &Connection, sql: &Sql) -> rusqlite::Result<i64> {
    connection.prepare_cached(&sql.text)?.query_row(sql.params(), |row| row.get(0))
}

/// The number of what the view knows; `None` for what no event has.
pub(super) fn number(connection: &Connection, known: Known<'_>) -> rusqlite::Result<Option<i64>> {
    use rusqlite::OptionalExtension;
    let (sql, value) = match known {
        Known::Word(text) => ("SELECT id FROM words WHERE text = ?", text.to_owned()),
        Known::Token(token) => ("SELECT rowid FROM search WHERE search MATCH ? LIMIT 1", format!("\"{token}\"")),
    };
    connection.prepare_cached(sql)?.query_row([value], |row| row.get(0)).optional()
}

#[cfg(test)]
mod tests;
