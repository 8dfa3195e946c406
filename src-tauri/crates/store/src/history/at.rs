//! Places in the list of events: how many match, and where the row at an offset stands. What is asked for by repeated values alone is added
//! up from the view's tallies; only where they leave it open are rows counted one by one.

use rusqlite::{Connection, OptionalExtension};

use super::drive::{self, Range, Ready, With};
use super::sql::Sql;
use crate::view::codes::BLOCK;

/// How many events match within the range, exactly.
pub(super) fn count(connection: &Connection, ready: &Ready, range: Range) -> rusqlite::Result<i64> {
    if !ready.is_of_shapes() {
        return by_rows(connection, ready, range);
    }
    if range.is_open() && ready.days().is_open() {
        let mut sql = Sql::new("SELECT coalesce(sum(events), 0) FROM shapes e WHERE TRUE");
        ready.shape_conditions(&mut sql);
        return drive::count(connection, &sql);
    }
    let mut all = 0;
    blocks(connection, ready, range, |block| {
        all += block.count(connection, ready, range)?;
        Ok(true)
    })?;
    Ok(all)
}

/// The range without its newest `offset` rows that match; `None` when that leaves none.
pub(super) fn skip(
    connection: &Connection,
    ready: &Ready,
    range: Range,
    offset: i64,
) -> rusqlite::Result<Option<Range>> {
    if offset <= 0 {
        return Ok(Some(range));
    }
    if !ready.is_of_shapes() {
        let first = at(connection, ready, range, offset)?;
        return Ok(first.map(|first| Range { before: Some(first.saturating_add(1)), ..range }));
    }
    let (mut left, mut first) = (offset, None);
    blocks(connection, ready, range, |block| {
        let events = block.count(connection, ready, range)?;
        if events <= left {
            left -= events;
            return Ok(true);
        }
        first = at(connection, ready, block.within(range), left)?;
        Ok(false)
    })?;
    Ok(first.map(|first| Range { before: Some(first.saturating_add(1)), ..range }))
}

/// Matching events among the sequences of one block.
struct Block {
    place: i64,
    events: i64,
    /// The days leave out some of them, nobody knows how many.
    is_cut: bool,
}

impl Block {
    /// The part of the range in this block.
    fn within(&self, range: Range) -> Range {
        let first = self.place.saturating_mul(BLOCK);
        let (after, before) = (first.saturating_sub(1), first.saturating_add(BLOCK));
        Range {
            after: Some(range.after.map_or(after, |other| other.max(after))),
            before: Some(range.before.map_or(before, |other| other.min(before))),
        }
    }

    fn count(&self, connection: &Connection, ready: &Ready, range: Range) -> rusqlite::Result<i64> {
        let within = self.within(range);
        if self.is_cut || within != self.within(Range::default()) {
            return by_rows(connection, ready, within);
        }
        Ok(self.events)
    }
}

/// Goes through the blocks that have matching events, newest first, until `each` has enough.
fn blocks(
    connection: &Connection,
    ready: &Ready,
    range: Range,
    mut each: impl FnMut(Block) -> rusqlite::Result<bool>,
) -> rusqlite::Result<()> {
    let days = ready.days();
    let mut sql = Sql::new("SELECT t.block, sum(t.events), ");
    match (days.from, days.to) {
        (None, None) => sql.push("FALSE"),
        (from, to) => sql
            .push("max(t.from_at < ")
            .bind(from.unwrap_or(i64::MIN))
            .push(" OR t.to_at >= ")
            .bind(to.unwrap_or(i64::MAX))
            .push(")"),
    };
    sql.push(" FROM tallies t CROSS JOIN shapes e ON e.id = t.shape WHERE TRUE");
    if let Some(before) = range.before {
        sql.push(" AND t.block <= ").bind(before.saturating_sub(1).div_euclid(BLOCK));
    }
    if let Some(after) = range.after {
        sql.push(" AND t.block >= ").bind(after.saturating_add(1).div_euclid(BLOCK));
    }
    if let Some(from) = days.from {
        sql.push(" AND t.to_at >= ").bind(from);
    }
    if let Some(to) = days.to {
        sql.push(" AND t.from_at < ").bind(to);
    }
    ready.shape_conditions(&mut sql);
    sql.push(" GROUP BY t.block ORDER BY t.block DESC");
    let mut statement = connection.prepare_cached(&sql.text)?;
    let mut rows = statement.query(sql.params())?;
    while let Some(row) = rows.next()? {
        let block = Block { place: row.get(0)?, events: row.get(1)?, is_cut: row.get(2)? };
        if !each(block)? {
            break;
        }
    }
    Ok(())
}

/// Counts the rows one by one.
fn by_rows(connection: &Connection, ready: &Ready, range: Range) -> rusqlite::Result<i64> {
    if let Some(expression) = ready.only_text() {
        return drive::count(connection, &in_text("count(*)", expression, range));
    }
    drive::count(connection, &ready.select("count(*)", With::Nothing, range))
}

/// The sequence of the row at this offset, newest first.
fn at(connection: &Connection, ready: &Ready, range: Range, offset: i64) -> rusqlite::Result<Option<i64>> {
    let mut sql = match ready.only_text() {
        Some(expression) => in_text("rowid", expression, range),
        None => ready.select(ready.order_column(), With::Nothing, range),
    };
    let order = if ready.only_text().is_some() { "rowid" } else { ready.order_column() };
    sql.push(" ORDER BY ").push(order).push(" DESC LIMIT 1 OFFSET ").bind(offset);
    connection.prepare_cached(&sql.text)?.query_row(sql.params(), |row| row.get(0)).optional()
}

/// The search index alone: it holds nothing but events.
fn in_text(columns: &str, expression: &str, range: Range) -> Sql {
    let mut sql = Sql::new("SELECT ");
    sql.push(columns).push(" FROM search WHERE search MATCH ").bind(expression.to_owned());
    if let Some(before) = range.before {
        sql.push(" AND rowid < ").bind(before);
    }
    if let Some(after) = range.after {
        sql.push(" AND rowid > ").bind(after);
    }
    sql
}
