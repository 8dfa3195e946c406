//! Which events a text is found in, remembered by a connection: one bit a sequence. A common word is found in a million events, and looking
//! there again for every row, page and count would take its time again. What an event says never changes, so only newer ones are added.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use rusqlite::Connection;
use rusqlite::functions::{Context, FunctionFlags};

use super::drive::Range;

/// Texts remembered by one connection; the one that was asked for longest ago goes. More than one question is made of.
const REMEMBERED: usize = 8;

/// Where a text is found.
#[derive(Debug, Default)]
struct Found {
    expression: String,
    /// Everything up to this sequence is in it.
    until: i64,
    bits: Vec<u64>,
}

impl Found {
    fn add(&mut self, sequence: i64) {
        let Some((place, bit)) = place(sequence) else { return };
        if self.bits.len() <= place {
            self.bits.resize(place + 1, 0);
        }
        self.bits[place] |= bit;
    }

    fn holds(&self, sequence: i64) -> bool {
        place(sequence).is_some_and(|(place, bit)| self.bits.get(place).is_some_and(|word| word & bit != 0))
    }

    /// The words of the bits within the range, newest first, each with its place.
    fn words(&self, range: Range) -> impl Iterator<Item = (usize, u64)> + '_ {
        let first = range.after.map_or(0, |after| after.saturating_add(1)).max(0);
        let last = range.before.map_or(i64::MAX, |before| before.saturating_sub(1));
        let most = i64::try_from(self.bits.len()).unwrap_or(i64::MAX).saturating_mul(64).saturating_sub(1);
        let last = last.min(most);
        let places = if first > last { 0..0 } else { index(first)..index(last) + 1 };
        places.rev().map(move |place| {
            let mut word = self.bits[place];
            if place == index(first) {
                word &= u64::MAX << (first % 64);
            }
            if place == index(last) {
                word &= u64::MAX >> (63 - last % 64);
            }
            (place, word)
        })
    }

    fn count(&self, range: Range) -> i64 {
        self.words(range).map(|(_, word)| i64::from(word.count_ones())).sum()
    }

    fn at(&self, range: Range, offset: i64) -> Option<i64> {
        let mut left = offset;
        for (place, mut word) in self.words(range) {
            let here = i64::from(word.count_ones());
            if here <= left {
                left -= here;
                continue;
            }
            for _ in 0..left {
                word &= !(1 << word.ilog2());
            }
            return i64::try_from(place).ok().map(|place| place * 64 + i64::from(word.ilog2()));
        }
        None
    }
}

fn index(sequence: i64) -> usize {
    usize::try_from(sequence / 64).unwrap_or(usize::MAX)
}

fn place(sequence: i64) -> Option<(usize, u64)> {
    let place = usize::try_from(sequence.div_euclid(64)).ok()?;
    Some((place, 1 << sequence.rem_euclid(64)))
}

/// What one connection remembers, the latest asked for last.
#[derive(Debug, Clone, Default)]
struct Texts(Arc<Mutex<Vec<Found>>>);

impl Texts {
    fn all(&self) -> MutexGuard<'_, Vec<Found>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Moves the text to the end, begun where it is new.
    fn begin(&self, expression: &str) -> i64 {
        let mut all = self.all();
        let found = all.iter().position(|found| found.expression == expression).map(|place| all.remove(place));
        if found.is_none() && all.len() >= REMEMBERED {
            all.remove(0);
        }
        let found = found.unwrap_or_else(|| Found { expression: expression.to_owned(), ..Found::default() });
        let until = found.until;
        all.push(found);
        until
    }

    /// What is remembered of the text that is the function's first argument.
    fn with<T>(&self, context: &Context<'_>, f: impl FnOnce(&mut Found) -> T) -> rusqlite::Result<T> {
        let expression = context.get_raw(0).as_str()?;
        let mut all = self.all();
        // The latest are at the end.
        let found = all.iter_mut().rev().find(|found| found.expression == expression);
        found.map(f).ok_or_else(|| rusqlite::Error::UserFunctionError("the text is not remembered".into()))
    }
}

fn range(context: &Context<'_>) -> rusqlite::Result<Range> {
    Ok(Range { after: context.get(1)?, before: context.get(2)? })
}

/// Gives a connection its memory and the functions that reach it.
pub(super) fn install(connection: &Connection) -> rusqlite::Result<()> {
    let texts = Texts::default();
    let flags = FunctionFlags::SQLITE_UTF8 | FunctionFlags::SQLITE_DIRECTONLY;
    let of = texts.clone();
    connection.create_scalar_function("found_begin", 1, flags, move |context| {
        let expression: String = context.get(0)?;
        Ok(of.begin(&expression))
    })?;
    let of = texts.clone();
    connection.create_scalar_function("found_add", 2, flags, move |context| {
        let sequence = context.get(1)?;
        of.with(context, |found| found.add(sequence)).map(|()| 1_i64)
    })?;
    let of = texts.clone();
    connection.create_scalar_function("found_until", 2, flags, move |context| {
        let until: i64 = context.get(1)?;
        of.with(context, |found| found.until = found.until.max(until)).map(|()| until)
    })?;
    let of = texts.clone();
    connection.create_scalar_function("found", 2, flags, move |context| {
        let sequence = context.get(1)?;
        of.with(context, |found| found.holds(sequence))
    })?;
    let of = texts.clone();
    connection.create_scalar_function("found_count", 3, flags, move |context| {
        let range = range(context)?;
        of.with(context, |found| found.count(range))
    })?;
    connection.create_scalar_function("found_at", 4, flags, move |context| {
        let (range, offset) = (range(context)?, context.get(3)?);
        texts.with(context, |found| found.at(range, offset))
    })
}

/// Makes the connection remember where the text is found, up to the open snapshot.
pub(super) fn remember(connection: &Connection, expression: &str) -> rusqlite::Result<()> {
    let position: i64 = connection.prepare_cached("SELECT sequence FROM position")?.query_row([], |row| row.get(0))?;
    let until: i64 = connection.prepare_cached("SELECT found_begin(?)")?.query_row([expression], |row| row.get(0))?;
    if until < position {
        connection
            .prepare_cached("SELECT sum(found_add(?1, rowid)) FROM search WHERE search MATCH ?1 AND rowid > ?2")?
            .query_row((expression, until), |_| Ok(()))?;
        connection.prepare_cached("SELECT found_until(?1, ?2)")?.query_row((expression, position), |_| Ok(()))?;
    }
    Ok(())
}

/// In how many events within the range a remembered text is found.
pub(super) fn count(connection: &Connection, expression: &str, range: Range) -> rusqlite::Result<i64> {
    connection
        .prepare_cached("SELECT found_count(?1, ?2, ?3)")?
        .query_row((expression, range.after, range.before), |row| row.get(0))
}

/// The sequence at this offset of those within the range, newest first.
pub(super) fn at(
    connection: &Connection,
    expression: &str,
    range: Range,
    offset: i64,
) -> rusqlite::Result<Option<i64>> {
    connection
        .prepare_cached("SELECT found_at(?1, ?2, ?3, ?4)")?
        .query_row((expression, range.after, range.before, offset), |row| row.get(0))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn bits_answer_as_a_sorted_list_does(
            sequences in proptest::collection::btree_set(1..400_i64, 0..80),
            after in proptest::option::of(-1..420_i64),
            before in proptest::option::of(-1..420_i64),
            offset in 0..90_i64,
        ) {
            let mut found = Found::default();
            for sequence in &sequences {
                found.add(*sequence);
            }
            let range = Range { before, after };
            let within = |sequence: &i64| after.is_none_or(|after| *sequence > after) && before.is_none_or(|before| *sequence < before);
            let list: Vec<i64> = sequences.iter().rev().copied().filter(within).collect();
            prop_assert_eq!(found.count(range), i64::try_from(list.len()).unwrap());
            prop_assert_eq!(found.at(range, offset), list.get(usize::try_from(offset).unwrap()).copied());
            for sequence in -1..420 {
                prop_assert_eq!(found.holds(sequence), sequences.contains(&sequence));
            }
        }
    }

    #[test]
    fn the_text_asked_for_longest_ago_is_forgotten() {
        let texts = Texts::default();
        for n in 0..REMEMBERED {
            texts.begin(&n.to_string());
        }
        texts.begin("0");
        texts.begin("one more");
        let left: Vec<String> = texts.all().iter().map(|found| found.expression.clone()).collect();
        assert_eq!(left.len(), REMEMBERED);
        assert!(left.contains(&"0".to_owned()) && !left.contains(&"1".to_owned()), "{left:?}");
    }
}
