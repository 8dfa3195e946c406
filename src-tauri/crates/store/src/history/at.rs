//! Places in the list of events: how many match, and where the row at an offset stands. What is asked for by repeated values alone is added
//! up from the view's tallies; what one index gives in order is walked along; anything else is joined from what is remembered as bits.

use rusqlite::{Connection, OptionalExtension};

use super::drive::{self, Range, Ready, With};
use super::marks;
use super::readers::Reader;
use super::sql::Sql;
use crate::view::codes::BLOCK;

/// The newest sequences that are walked over before anything is joined: most pages are full by then. In tests few.
const NEAR: i64 = if cfg!(test) { 4 } else { 4_096 };

/// Where a page is.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Place {
    /// The first rows of the statement within this range.
    Walk(Range),
    /// These rows, newest first.
    Rows(Vec<i64>),
}

/// How many events match within the range, exactly.
pub(super) fn count(reader: &Reader, ready: &mut Ready, range: Range) -> rusqlite::Result<i64> {
    let connection = reader.connection();
    if ready.is_nothing() {
        return Ok(0);
    }
    if ready.is_of_shapes() {
        return in_shapes(connection, ready, range);
    }
    if ready.is_few() {
        ready.remember(reader)?;
        return by_rows(connection, ready, range);
    }
    Ok(marks::of(reader, ready)?.count(range))
}

/// The page behind the newest `offset` rows that match within the range: `limit` rows of it, or fewer where there are no more.
pub(super) fn place(
    reader: &Reader,
    ready: &mut Ready,
    range: Range,
    offset: i64,
    limit: usize,
) -> rusqlite::Result<Place> {
    let connection = reader.connection();
    if ready.is_nothing() {
        return Ok(Place::Rows(Vec::new()));
    }
    let range = if offset <= 0 {
        range
    } else if ready.is_of_shapes() {
        let Some(range) = skip(connection, ready, range, offset)? else { return Ok(Place::Rows(Vec::new())) };
        range
    } else if ready.is_few() {
        ready.remember(reader)?;
        let Some(first) = at(connection, ready, range, offset)? else { return Ok(Place::Rows(Vec::new())) };
        up_to(range, first)
    } else {
        return Ok(Place::Rows(marks::of(reader, ready)?.newest(range, offset, limit)));
    };
    if ready.is_straight() {
        return Ok(Place::Walk(range));
    }
    if ready.is_few() {
        ready.remember(reader)?;
        return Ok(Place::Walk(range));
    }
    if ready.is_gathered() {
        return Ok(Place::Rows(marks::of(reader, ready)?.newest(range, 0, limit)));
    }
    let top = range.before.unwrap_or(i64::MAX).min(reader.sequence().saturating_add(1));
    let near = top.saturating_sub(NEAR);
    let rows = newest(connection, ready, Range { after: range.after.max(Some(near)), ..range }, limit)?;
    if rows.len() >= limit || range.after.is_some_and(|after| after >= near) {
        return Ok(Place::Rows(rows));
    }
    Ok(Place::Rows(marks::of(reader, ready)?.newest(range, 0, limit)))
}

fn up_to(range: Range, first: i64) -> Range {
    Range { before: Some(first.saturating_add(1)), ..range }
}

fn in_shapes(connection: &Connection, ready: &Ready, range: Range) -> rusqlite::Result<i64> {
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

/// The range without its newest `offset` rows that match, by what `shapes` hold; `None` when that leaves none.
fn skip(connection: &Connection, ready: &Ready, range: Range, offset: i64) -> rusqlite::Result<Option<Range>> {
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
    Ok(first.map(|first| up_to(range, first)))
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
    drive::count(connection, &ready.select("count(*)", With::Nothing, range))
}

/// The sequence of the row at this offset, newest first.
fn at(connection: &Connection, ready: &Ready, range: Range, offset: i64) -> rusqlite::Result<Option<i64>> {
    let mut sql = ready.select(ready.order_column(), With::Nothing, range);
    sql.push(" ORDER BY ").push(ready.order_column()).push(" DESC LIMIT 1 OFFSET ").bind(offset);
    connection.prepare_cached(&sql.text)?.query_row(sql.params(), |row| row.get(0)).optional()
}

/// The sequences of the newest rows.
fn newest(connection: &Connection, ready: &Ready, range: Range, limit: usize) -> rusqlite::Result<Vec<i64>> {
    let mut sql = ready.select(ready.order_column(), With::Nothing, range);
    sql.push(" ORDER BY ").push(ready.order_column()).push(" DESC LIMIT ").bind(super::limit(limit));
    let mut statement = connection.prepare_cached(&sql.text)?;
    let rows = statement.query_map(sql.params(), |row| row.get(0))?;
    rows.collect()
}
