//! A query's terms as conditions on uploads, problems and subjects: on the row's own columns where it has them, otherwise it holds
//! for rows some event of which it holds for.

use rusqlite::Connection;
use rusqlite::types::Value;
use study::Query;
use study::query::{Is, Key};

use super::days::Days;
use super::sql::Sql;
use super::terms::{self, Known, StuckBefore, Term, What};
use super::{Lens, terms::Exact};
use super::{drive, found};

/// Up to this many events are gathered at once to find their rows; beyond, each row is asked for its events. In tests few.
const FEW: i64 = if cfg!(test) { 3 } else { 20_000 };

/// A kind of rows, as the compiler of conditions sees it.
pub(super) trait List {
    /// The table's alias with its key, e.g. `u.id`.
    const KEY: &'static str;
    /// The column of events that leads there.
    const LINK: &'static str;

    /// Writes a condition on the row's own columns and says `true`, or writes nothing and says `false`.
    fn own_key(&self, sql: &mut Sql, key: Key, values: &[Exact]) -> bool;

    /// The same for one value of `is:`.
    fn own_is(&self, sql: &mut Sql, is: Is) -> bool;
}

/// A query for lists, its words found.
pub(super) struct Compiled<'c> {
    connection: &'c Connection,
    terms: Vec<Term>,
    pub(super) days: Days,
    stuck: StuckBefore,
}

impl<'c> Compiled<'c> {
    pub(super) fn new(connection: &'c Connection, query: &Query, lens: &Lens) -> rusqlite::Result<Self> {
        let resolve = |known: Known<'_>| drive::number(connection, known);
        Ok(Self {
            connection,
            terms: terms::of(query, &resolve)?,
            days: Days::of(query, &lens.zone),
            stuck: lens.stuck_before(),
        })
    }

    /// Adds ` AND …` for every term.
    pub(super) fn conditions<L: List>(&self, sql: &mut Sql, list: &L) -> rusqlite::Result<()> {
        for term in &self.terms {
            sql.push(" AND (");
            match &term.what {
                What::Key(key, values) if list.own_key(sql, *key, values) => {}
                What::Is(all) => {
                    for (index, is) in all.iter().enumerate() {
                        sql.push(if index > 0 { " OR (" } else { "(" });
                        if !list.own_is(sql, *is) {
                            self.by_events::<L>(sql, &What::Is(vec![*is]))?;
                        }
                        sql.push(")");
                    }
                }
                what => self.by_events::<L>(sql, what)?,
            }
            sql.push(if term.excluded { ") IS NOT TRUE" } else { ")" });
        }
        Ok(())
    }

    fn by_events<L: List>(&self, sql: &mut Sql, what: &What) -> rusqlite::Result<()> {
        let mut counting = Sql::new("SELECT count(*) FROM (SELECT 1 FROM (");
        terms::lookup(&mut counting, what, self.stuck);
        counting.push(") LIMIT ").bind(FEW + 1);
        counting.push(")");
        if drive::count(self.connection, &counting)? <= FEW {
            sql.push(L::KEY).push(" IN (SELECT e.").push(L::LINK).push(" FROM events e WHERE e.sequence IN (");
            terms::lookup(sql, what, self.stuck);
            sql.push(") AND ");
            if matches!(what, What::Text(_)) {
                sql.push("TRUE");
            } else {
                terms::condition(sql, what, self.stuck);
            }
            sql.push(")");
        } else if let What::Text(expression) = what {
            found::remember(self.connection, expression)?;
            sql.push("EXISTS (SELECT 1 FROM events e WHERE e.").push(L::LINK).push(" = ").push(L::KEY).push(" AND ");
            terms::condition(sql, &What::Common(expression.clone()), self.stuck);
            sql.push(")");
        } else {
            sql.push("EXISTS (SELECT 1 FROM events e WHERE e.").push(L::LINK).push(" = ").push(L::KEY).push(" AND ");
            terms::condition(sql, what, self.stuck);
            sql.push(")");
        }
        Ok(())
    }
}

/// `column IN (…)` for a column of words, where the number 0 or NULL stands for none.
pub(super) fn words(sql: &mut Sql, column: &str, values: &[Exact]) {
    sql.push(column).push(" IN ").bind_all(terms::word_values(values));
}

/// `column IN (…)` for a column of texts.
pub(super) fn texts(sql: &mut Sql, column: &str, values: &[Exact]) {
    sql.push(column).push(" IN ").bind_all(terms::text_values(values));
}

/// The subject by id or by any identifier it went by.
pub(super) fn subject(sql: &mut Sql, id: &str, link: &str, values: &[Exact]) {
    texts(sql, id, values);
    sql.push(" OR ").push(link).push(" IN (SELECT subject FROM identifiers WHERE identifier IN ");
    sql.bind_all(terms::text_values(values)).push(")");
}

/// Codes for words, unknown ones left out.
pub(super) fn codes_of<T>(values: &[Exact], read: impl Fn(&str) -> Option<T>, code: impl Fn(T) -> i64) -> Vec<Value> {
    values.iter().filter_map(|value| read(&value.text)).map(|value| Value::from(code(value))).collect()
}
