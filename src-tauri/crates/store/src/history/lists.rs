//! A query's terms as conditions on uploads, problems and subjects: on the row's own columns where it has them, otherwise it holds
//! for rows some event of which it holds for. Where a term leaves few rows they are looked up; otherwise the list is walked along in its order.

use rusqlite::Connection;
use rusqlite::types::Value;
use study::Query;
use study::query::{Is, Key};

use super::days::Days;
use super::readers::Reader;
use super::sql::Sql;
use super::terms::{self, Exact, Known, StuckBefore, Term, What};
use super::{Counted, Lens, drive, found, marks};

/// A kind of rows, as the compiler of conditions sees it.
pub(super) trait List {
    /// The table's alias with its key, e.g. `u.id`.
    const KEY: &'static str;
    /// The column of events that leads there.
    const LINK: &'static str;
    /// Up to this many events are gathered at once to find their rows; beyond, the list is walked along.
    const FEW: i64;
    /// Each row has few events, so that going through them is cheap.
    const HAS_FEW_EVENTS: bool;

    /// Writes a condition on the row's own columns and says `true`, or writes nothing and says `false`.
    fn own_key(&self, sql: &mut Sql, key: Key, values: &[Exact]) -> bool;

    /// The same for one value of `is:`.
    fn own_is(&self, sql: &mut Sql, is: Is) -> bool;

    /// Writes a `SELECT` of the keys for which the row's own columns may hold, by an index, and says `true`, or writes nothing and says
    /// `false`: then they are found by their events, some of which have the value. May give too many; never too few.
    fn own_key_lookup(&self, _sql: &mut Sql, _key: Key, _values: &[Exact]) -> bool {
        false
    }

    /// The same for one value of `is:`.
    fn own_is_lookup(&self, _sql: &mut Sql, _is: Is) -> bool {
        false
    }

    /// Writes a `SELECT` of as many rows as that, or more, where they are counted sooner.
    fn own_is_bound(&self, sql: &mut Sql, is: Is) -> bool {
        self.own_is_lookup(sql, is)
    }

    /// Writes a condition for rows with some event that `found` holds for under `key`, however many events that are.
    fn by_found(sql: &mut Sql, key: &str) {
        sql.push("EXISTS (SELECT 1 FROM events e WHERE e.").push(Self::LINK).push(" = ").push(Self::KEY);
        sql.push(" AND found(").bind(key.to_owned()).push(", e.sequence))");
    }
}

/// How the list is best gone through.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Along {
    /// Some term leaves few rows: by their keys.
    Keys,
    /// In the list's order.
    Order,
}

/// A query for lists, its words found.
pub(super) struct Compiled<'r> {
    reader: &'r Reader,
    terms: Vec<Term>,
    pub(super) days: Days,
    stuck: StuckBefore,
    /// All rows are gone through, not a page of them.
    whole: bool,
}

impl<'r> Compiled<'r> {
    pub(super) fn new(reader: &'r Reader, query: &Query, lens: &Lens) -> rusqlite::Result<Self> {
        let resolve = |known: Known<'_>| drive::number(reader.connection(), known);
        Ok(Self {
            reader,
            terms: terms::of(query, &resolve)?,
            days: Days::of(query, &lens.zone),
            stuck: lens.stuck_before(),
            whole: false,
        })
    }

    /// The same to count or group all rows: along the list there is no end after a page, so that more are looked up, and which rows a term's events
    /// lead to is remembered where those are not very many.
    pub(super) fn of_all(self) -> Self {
        Self { whole: true, ..self }
    }

    fn few<L: List>(&self) -> i64 {
        L::FEW.saturating_mul(if self.whole { 10 } else { 1 })
    }

    /// Adds ` AND …` for every term, and says how to go through what they leave.
    pub(super) fn conditions<L: List>(&self, sql: &mut Sql, list: &L) -> rusqlite::Result<Along> {
        let mut along = Along::Order;
        for term in &self.terms {
            if !term.excluded && self.narrow(sql, list, &term.what)? {
                along = Along::Keys;
                if Self::is_by_events(list, &term.what) && (terms::is_exact(&term.what) || self.remembers(&term.what)) {
                    continue;
                }
            }
            self.condition(sql, list, term)?;
        }
        Ok(along)
    }

    /// Adds ` AND …` for every term, where the rows are few already.
    pub(super) fn conditions_on_few<L: List>(&self, sql: &mut Sql, list: &L) -> rusqlite::Result<()> {
        self.terms.iter().try_for_each(|term| self.condition(sql, list, term))
    }

    fn condition<L: List>(&self, sql: &mut Sql, list: &L, term: &Term) -> rusqlite::Result<()> {
        sql.push(" AND (");
        match &term.what {
            What::Key(key, values) if list.own_key(sql, *key, values) => {}
            What::Is(all) => {
                for (index, is) in all.iter().enumerate() {
                    sql.push(if index > 0 { " OR (" } else { "(" });
                    if !list.own_is(sql, *is) {
                        self.by_events::<L>(sql, &What::Is(vec![*is]), term.excluded)?;
                    }
                    sql.push(")");
                }
            }
            what => self.by_events::<L>(sql, what, term.excluded)?,
        }
        sql.push(if term.excluded { ") IS NOT TRUE" } else { ")" });
        Ok(())
    }

    /// Whether nothing but a row's events answers for the term.
    fn is_by_events<L: List>(list: &L, what: &What) -> bool {
        match what {
            What::Key(key, values) => !list.own_key(&mut Sql::default(), *key, values),
            What::Is(all) => all.iter().all(|is| !list.own_is(&mut Sql::default(), *is)),
            What::Text(_) | What::Common(_) => true,
        }
    }

    /// Whether the query holds for uploads in error alone: an index has them in order.
    pub(super) fn is_of_errors(&self) -> bool {
        self.terms.iter().any(|term| {
            !term.excluded
                && match &term.what {
                    What::Key(Key::Status, values) => values.iter().all(|value| value.text == "error"),
                    What::Is(all) => all.iter().all(|is| *is == Is::Error),
                    _ => false,
                }
        })
    }

    /// First and last sequence of events received in the query's days; `None` where days are not asked for.
    pub(super) fn sequences(&self) -> rusqlite::Result<Option<(i64, i64)>> {
        if self.days.is_open() {
            return Ok(None);
        }
        // Nothing was received then: no sequence is lower than 0.
        Ok(Some(self.days.sequences(self.reader.connection())?.unwrap_or((0, -1))))
    }

    /// Adds ` AND KEY IN (…)` where the term leaves few rows and says `true`, or writes nothing and says `false`.
    fn narrow<L: List>(&self, sql: &mut Sql, list: &L, what: &What) -> rusqlite::Result<bool> {
        let mut keys = Sql::default();
        let few = match what {
            What::Key(key, values) if list.own_key_lookup(&mut keys, *key, values) => {
                self.is_few(&keys, self.few::<L>())?
            }
            What::Is(all) if !Self::is_by_events(list, what) => {
                let mut bound = Sql::default();
                let all_looked_up = all.iter().enumerate().all(|(index, is)| {
                    if index > 0 {
                        keys.push(" UNION ALL ");
                        bound.push(" UNION ALL ");
                    }
                    self.is_lookup(&mut keys, &mut bound, list, *is)
                });
                all_looked_up && self.is_few(&bound, self.few::<L>())?
            }
            What::Key(..) | What::Is(_) | What::Text(_) | What::Common(_)
                if self.remembers(what) && Self::is_by_events(list, what) =>
            {
                self.few_remembered::<L>(&mut keys, what)?
            }
            What::Key(..) | What::Is(_) | What::Text(_) | What::Common(_) => self.few_links::<L>(&mut keys, what)?,
        };
        if few {
            sql.push(" AND ").push(L::KEY).push(" IN (").append(&keys).push(")");
        }
        Ok(few)
    }

    /// Writes a `SELECT` of the keys for which an `is:` may hold, and one of as many rows or more; or says `false`.
    fn is_lookup<L: List>(&self, sql: &mut Sql, bound: &mut Sql, list: &L, is: Is) -> bool {
        if list.own_is_lookup(sql, is) {
            return list.own_is_bound(bound, is);
        }
        let about_events = !list.own_is(&mut Sql::default(), is);
        if about_events {
            self.links::<L>(sql, &What::Is(vec![is]));
            self.links::<L>(bound, &What::Is(vec![is]));
        }
        about_events
    }

    /// Whether the rows that a term's events lead to are remembered.
    fn remembers(&self, what: &What) -> bool {
        self.whole && !matches!(what, What::Is(all) if all.len() > 1)
    }

    /// Writes a `SELECT` of the keys that the term's events lead to, exactly, where they are few, and says `true`; or writes nothing and says `false`.
    fn few_remembered<L: List>(&self, sql: &mut Sql, what: &What) -> rusqlite::Result<bool> {
        let links = found::remember_links::<L>(self.reader, &self.remembered(what)?, false)?;
        let Some(links) = links else { return Ok(false) };
        let keys = found::few_under(self.reader, &links, self.few::<L>())?;
        if let Some(keys) = &keys {
            sql.push("SELECT value FROM json_each(").bind(keys.clone()).push(")");
        }
        Ok(keys.is_some())
    }

    /// Writes a `SELECT` of the keys that the term's events lead to, or more.
    fn links<L: List>(&self, sql: &mut Sql, what: &What) {
        sql.push("SELECT e.").push(L::LINK).push(" FROM events e INDEXED BY events_links WHERE e.sequence IN (");
        terms::lookup(sql, what, self.stuck);
        sql.push(")");
    }

    /// The same where the term holds for few events, and says `true`; or writes nothing and says `false`.
    fn few_links<L: List>(&self, sql: &mut Sql, what: &What) -> rusqlite::Result<bool> {
        let (What::Text(expression) | What::Common(expression)) = what else {
            let mut events = Sql::default();
            terms::lookup(&mut events, what, self.stuck);
            let few = self.is_few(&events, self.few::<L>())?;
            if few {
                self.links::<L>(sql, what);
            }
            return Ok(few);
        };
        let found = found::few(self.reader, expression, self.few::<L>())?;
        if let Some(found) = &found {
            sql.push("SELECT e.").push(L::LINK).push(" FROM events e INDEXED BY events_links WHERE e.sequence IN ");
            sql.push("(SELECT value FROM json_each(").bind(found.clone()).push("))");
        }
        Ok(found.is_some())
    }

    fn by_events<L: List>(&self, sql: &mut Sql, what: &What, excluded: bool) -> rusqlite::Result<()> {
        if self.always_holds(what)? {
            sql.push("TRUE");
            return Ok(());
        }
        if self.remembers(what)
            && let Some(links) =
                found::remember_links::<L>(self.reader, &self.remembered(what)?, excluded && L::HAS_FEW_EVENTS)?
        {
            sql.push("found(").bind(links).push(", ").push(L::KEY).push(")");
            return Ok(());
        }
        // Rows to be had by a text alone are narrowed down before: here few are looked at.
        let is_asked_of_each = L::HAS_FEW_EVENTS && matches!(what, What::Text(_) | What::Common(_));
        let mut keys = Sql::default();
        if !is_asked_of_each && terms::is_exact(what) && self.few_links::<L>(&mut keys, what)? {
            sql.push(L::KEY).push(" IN (").append(&keys).push(")");
        } else {
            L::by_found(sql, &self.remembered(what)?);
        }
        Ok(())
    }

    /// Remembers the events that the term holds for; says under which key.
    fn remembered(&self, what: &What) -> rusqlite::Result<String> {
        match what {
            What::Key(key, values) => marks::remember_key(self.reader, *key, values),
            What::Is(all) => marks::remember_flag(self.reader, all.first().copied().unwrap_or(Is::Error)),
            What::Text(expression) | What::Common(expression) => {
                found::remember_text(self.reader, expression)?;
                Ok(expression.clone())
            }
        }
    }

    /// Whether it holds for every event there is, and so for every row: each comes from one.
    fn always_holds(&self, what: &What) -> rusqlite::Result<bool> {
        if !terms::is_of_shapes(what) {
            return Ok(false);
        }
        let mut sql = Sql::new("SELECT count(*) FROM shapes e WHERE (");
        terms::condition(&mut sql, what, self.stuck);
        sql.push(") IS NOT TRUE");
        Ok(drive::count(self.reader.connection(), &sql)? == 0)
    }

    fn is_few(&self, select: &Sql, few: i64) -> rusqlite::Result<bool> {
        let mut counting = Sql::new("SELECT count(*) FROM (SELECT 1 FROM (");
        counting.append(select).push(") LIMIT ").bind(few + 1);
        counting.push(")");
        Ok(drive::count(self.reader.connection(), &counting)? <= few)
    }
}

/// Counts rows of lists up to a bound.
pub(super) struct Counter {
    most: i64,
    rows: i64,
}

impl Counter {
    pub(super) fn new(most: usize) -> Self {
        Self { most: super::limit(most), rows: 0 }
    }

    /// Rows that may still be counted: one more than the bound, to know whether there are more.
    pub(super) fn left(&self) -> usize {
        usize::try_from(self.most.saturating_add(1).saturating_sub(self.rows)).unwrap_or(0)
    }

    pub(super) fn add(&mut self, rows: usize) {
        self.rows = self.rows.saturating_add(super::limit(rows));
    }

    /// Adds the rows of `FROM from matching`.
    pub(super) fn count(&mut self, connection: &Connection, from: &str, matching: &Sql) -> rusqlite::Result<()> {
        let mut sql = Sql::new("SELECT count(*) FROM (SELECT 1 FROM ");
        sql.push(from).append(matching).push(" LIMIT ").bind(super::limit(self.left())).push(")");
        self.rows += drive::count(connection, &sql)?;
        Ok(())
    }

    pub(super) fn counted(&self) -> Counted {
        Counted { rows: self.rows.min(self.most), more: self.rows > self.most }
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

#[cfg(test)]
mod tests;
