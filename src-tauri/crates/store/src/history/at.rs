//! Places in the list of events: how many match, and where the row at an offset stands. What is asked for by repeated values alone is added
//! up from the view's tallies; only where they leave it open are rows counted one by one.

use rusqlite::{Connection, OptionalExtension};

use super::drive::{self, Range, Ready, With};
use super::found;
use super::sql::Sql;
use crate::view::codes::BLOCK;

/// In how many events a text is found to make it worth remembering where. In tests few.
const COMMON: i64 = if cfg!(test) { 2 } else { 2_000 };
/// Blocks of which only some events match that are gone through one by one; more are counted together.
const CUT: usize = if cfg!(test) { 1 } else { 16 };

/// How many events match within the range, exactly.
pub(super) fn count(connection: &Connection, ready: &Ready, range: Range) -> rusqlite::Result<i64> {
    if let Some(expression) = ready.text() {
        return if drive::is_common(connection, expression, COMMON)? {
            found::remember(connection, expression)?;
            in_common(connection, ready, expression, range)
        } else {
            by_rows(connection, ready, range)
        };
    }
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

/// Counts the events with a common text: block by block where the rest holds for whole blocks, together where it does not.
fn in_common(connection: &Connection, ready: &Ready, expression: &str, range: Range) -> rusqlite::Result<i64> {
    let rest = ready.without_texts();
    if rest.is_everything() {
        return found::count(connection, expression, range);
    }
    let by_index = ready.by_index();
    let (mut all, mut cut) = (0, Vec::new());
    blocks(connection, &rest, range, |block| {
        let within = block.within(range);
        if block.is_cut || block.events < block.total {
            cut.push(within);
        } else {
            all += found::count(connection, expression, within)?;
        }
        Ok(cut.len() <= CUT)
    })?;
    if cut.len() > CUT {
        return by_rows(connection, &by_index, range);
    }
    for within in cut {
        all += by_rows(connection, &by_index, within)?;
    }
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
    let up_to = |first: Option<i64>| first.map(|first| Range { before: Some(first.saturating_add(1)), ..range });
    if let Some(expression) = ready.text()
        && drive::is_common(connection, expression, COMMON)?
    {
        found::remember(connection, expression)?;
        return if ready.without_texts().is_everything() {
            found::at(connection, expression, range, offset).map(up_to)
        } else {
            at(connection, &ready.by_index(), range, offset).map(up_to)
        };
    }
    if !ready.is_of_shapes() {
        return at(connection, ready, range, offset).map(up_to);
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
    Ok(up_to(first))
}

/// Matching events among the sequences of one block.
struct Block {
    place: i64,
    events: i64,
    /// All events in it, matching or not.
    total: i64,
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
    sql.push(", (SELECT sum(events) FROM tallies WHERE block = t.block) FROM tallies t CROSS JOIN shapes e ON e.id = t.shape WHERE TRUE");
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
        let block = Block { place: row.get(0)?, events: row.get(1)?, is_cut: row.get(2)?, total: row.get(3)? };
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
