//! Places in the list of events: how many match, and where the row at an offset stands.

use rusqlite::{Connection, OptionalExtension};

use super::drive::{self, Range, Ready, With};

/// How many events match within the range, exactly.
pub(super) fn count(connection: &Connection, ready: &Ready, range: Range) -> rusqlite::Result<i64> {
    if ready.is_everything() && range.is_open() {
        return super::counts::all_events(connection);
    }
    drive::count(connection, &ready.select("count(*)", With::Nothing, range))
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
    let mut sql = ready.select(ready.order_column(), With::Nothing, range);
    sql.push(" ORDER BY ").push(ready.order_column()).push(" DESC LIMIT 1 OFFSET ").bind(offset);
    let first: Option<i64> =
        connection.prepare_cached(&sql.text)?.query_row(sql.params(), |row| row.get(0)).optional()?;
    Ok(first.map(|first| Range { before: Some(first.saturating_add(1)), ..range }))
}
