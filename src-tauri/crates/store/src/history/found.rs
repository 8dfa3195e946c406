//! Which events something holds for, remembered by a connection as bits. A common word is found in a million events, and looking there again for
//! every page and count would take its time again. What an event says never changes, so only what is newer is looked at.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use rusqlite::Connection;
use rusqlite::functions::{Context, FunctionFlags};

use super::bits::Bits;
use super::drive::Range;
use super::lists::List;
use super::readers::Reader;

/// Sets remembered by one connection, 128 KiB each for a million events; the one that was asked for longest ago goes. More than one
/// question is made of.
const REMEMBERED: usize = 64;
/// Of up to so many events it is remembered where they lead. In tests few.
const LINKED: i64 = if cfg!(test) { 6 } else { 20_000 };

/// Where something holds.
#[derive(Debug, Default)]
struct Found {
    key: String,
    /// Everything up to this sequence is in it.
    until: i64,
    bits: Bits,
}

/// What one connection remembers, the latest asked for last.
#[derive(Debug, Clone, Default)]
pub(super) struct Memory(Arc<Mutex<Vec<Found>>>);

impl Memory {
    fn all(&self) -> MutexGuard<'_, Vec<Found>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Takes it out; begun where it is new.
    fn take(&self, key: &str) -> Found {
        let mut all = self.all();
        let found = all.iter().position(|found| found.key == key).map(|place| all.remove(place));
        found.unwrap_or_else(|| Found { key: key.to_owned(), ..Found::default() })
    }

    /// Puts it at the end.
    fn put(&self, found: Found) {
        let mut all = self.all();
        if all.len() >= REMEMBERED {
            all.remove(0);
        }
        all.push(found);
    }

    /// What is remembered under the key.
    fn with<T>(&self, key: &str, f: impl FnOnce(&Bits) -> T) -> rusqlite::Result<T> {
        // The latest are at the end.
        let all = self.all();
        let found = all.iter().rev().find(|found| found.key == key);
        let found = found.ok_or_else(|| rusqlite::Error::UserFunctionError("that is not remembered".into()))?;
        Ok(f(&found.bits))
    }
}

/// Gives a connection its memory and `found(key, sequence)`, which looks into it.
pub(super) fn install(connection: &Connection) -> rusqlite::Result<Memory> {
    let memory = Memory::default();
    let of = memory.clone();
    let flags = FunctionFlags::SQLITE_UTF8 | FunctionFlags::SQLITE_DIRECTONLY;
    connection.create_scalar_function("found", 2, flags, move |context: &Context<'_>| {
        let sequence = context.get(1)?;
        of.with(context.get_raw(0).as_str()?, |bits| bits.holds(sequence))
    })?;
    Ok(memory)
}

/// Makes the reader remember, up to its open snapshot. `fill` brings the bits up to date from the sequence it is given, 0 for the first time.
pub(super) fn remember(
    reader: &Reader,
    key: &str,
    fill: impl FnOnce(i64, &mut Bits) -> rusqlite::Result<()>,
) -> rusqlite::Result<()> {
    let mut found = reader.memory().take(key);
    if found.until < reader.sequence() {
        // Where this fails, all of it is forgotten.
        fill(found.until, &mut found.bits)?;
        found.until = reader.sequence();
    }
    reader.memory().put(found);
    Ok(())
}

/// Makes the reader remember where the text is found; its key is the expression itself.
pub(super) fn remember_text(reader: &Reader, expression: &str) -> rusqlite::Result<()> {
    remember(reader, expression, |until, bits| {
        let mut statement =
            reader.connection().prepare_cached("SELECT rowid FROM search WHERE search MATCH ?1 AND rowid > ?2")?;
        let mut rows = statement.query((expression, until))?;
        while let Some(row) = rows.next()? {
            bits.add(row.get(0)?);
        }
        Ok(())
    })
}

/// In how many events the text is found, where that is remembered.
pub(super) fn count_known(reader: &Reader, expression: &str) -> rusqlite::Result<Option<i64>> {
    if !reader.memory().all().iter().any(|found| found.key == expression) {
        return Ok(None);
    }
    remember_text(reader, expression)?;
    reader.memory().with(expression, |bits| Some(bits.count(Range::default())))
}

/// Remembers the rows of a list that the events remembered under `key` lead to; says under which key. Where an event leads never changes, either.
/// `None` where the events are so many that a row is soon found to have one of them, unless the rows `without` any are asked for: of those
/// all events would be gone through, each time.
pub(super) fn remember_links<L: List>(reader: &Reader, key: &str, without: bool) -> rusqlite::Result<Option<String>> {
    let is_few = |events: &Bits| events.count(Range::default()) <= LINKED;
    if !without && !reader.memory().with(key, is_few)? {
        return Ok(None);
    }
    let name = format!("{} of {key}", L::LINK);
    remember(reader, &name, |until, links| {
        let events = recall(reader, key)?;
        let newer = Range { before: None, after: Some(until) };
        if events.count(newer) > LINKED {
            return walk_links::<L>(reader, until, &events, links);
        }
        let sql = format!("SELECT {} FROM events WHERE sequence = ?", L::LINK);
        let mut link = reader.connection().prepare_cached(&sql)?;
        for sequence in events.newest(newer, 0, usize::MAX) {
            links.extend(link.query_row([sequence], |row| row.get::<_, Option<i64>>(0))?);
        }
        Ok(())
    })?;
    Ok(Some(name))
}

/// Adds where these events lead: along the index, which is sooner than one by one where they are many.
fn walk_links<L: List>(reader: &Reader, until: i64, events: &Bits, links: &mut Bits) -> rusqlite::Result<()> {
    let sql = format!("SELECT sequence, {} FROM events INDEXED BY events_links WHERE sequence > ?", L::LINK);
    let mut walk = reader.connection().prepare_cached(&sql)?;
    let mut rows = walk.query([until])?;
    while let Some(row) = rows.next()? {
        if events.holds(row.get(0)?) {
            links.extend(row.get::<_, Option<i64>>(1)?);
        }
    }
    Ok(())
}

/// Where the text is found, newest first, as a JSON array; `None` where that is in more than `few` events. Remembered either way.
pub(super) fn few(reader: &Reader, expression: &str, few: i64) -> rusqlite::Result<Option<String>> {
    remember_text(reader, expression)?;
    few_under(reader, expression, few)
}

/// What is remembered under the key, highest first, as a JSON array; `None` where that is more than `few`.
pub(super) fn few_under(reader: &Reader, key: &str, few: i64) -> rusqlite::Result<Option<String>> {
    reader.memory().with(key, |bits| {
        if bits.count(Range::default()) > few {
            return None;
        }
        let all = bits.newest(Range::default(), 0, usize::MAX);
        Some(format!("[{}]", all.iter().map(i64::to_string).collect::<Vec<_>>().join(",")))
    })
}

/// A copy of what is remembered under the key.
pub(super) fn recall(reader: &Reader, key: &str) -> rusqlite::Result<Bits> {
    reader.memory().with(key, Bits::clone)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_asked_for_longest_ago_is_forgotten() {
        let memory = Memory::default();
        let ask = |key: &str| memory.put(memory.take(key));
        for n in 0..REMEMBERED {
            ask(&n.to_string());
        }
        ask("0");
        ask("one more");
        let left: Vec<String> = memory.all().iter().map(|found| found.key.clone()).collect();
        assert_eq!(left.len(), REMEMBERED);
        assert!(left.contains(&"0".to_owned()) && !left.contains(&"1".to_owned()), "{left:?}");
    }
}
