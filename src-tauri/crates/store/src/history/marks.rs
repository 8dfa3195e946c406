//! Everything a query holds for, as bits: each term's are remembered and brought up to date, then joined. For queries that no single index
//! answers in order: without this, a page, a place or a count of theirs is a walk over everything that some term holds for.

use study::ProblemState;
use study::query::{Is, Key};

use super::bits::Bits;
use super::days::Days;
use super::drive::Ready;
use super::found::{recall, remember, remember_text};
use super::readers::Reader;
use super::sql::Sql;
use super::terms::{self, Exact, StuckBefore, Term, What};
use crate::rows::Flags;
use crate::view::codes;

/// What the query holds for, on the reader's snapshot.
pub(super) fn of(reader: &Reader, ready: &Ready) -> rusqlite::Result<Bits> {
    if ready.is_nothing() {
        return Ok(Bits::default());
    }
    let (excluded, wanted): (Vec<&Term>, Vec<&Term>) = ready.terms().iter().partition(|term| term.excluded);
    let mut all = None;
    for term in wanted {
        let held = term_bits(reader, &term.what, ready.stuck())?;
        match &mut all {
            None => all = Some(held),
            Some(all) => all.keep(&held),
        }
    }
    let mut all = match all {
        Some(all) => all,
        None => everything(reader)?,
    };
    for term in excluded {
        all.leave_out(&term_bits(reader, &term.what, ready.stuck())?);
    }
    if !ready.days().is_open() {
        all.keep(&received(reader, ready.days())?);
    }
    Ok(all)
}

/// What a term holds for.
fn term_bits(reader: &Reader, what: &What, stuck: StuckBefore) -> rusqlite::Result<Bits> {
    let key = match what {
        What::Text(expression) | What::Common(expression) => {
            remember_text(reader, expression)?;
            expression.clone()
        }
        What::Key(key, values) => remember_key(reader, *key, values)?,
        What::Is(all) => {
            let mut joined = Bits::default();
            for is in all {
                joined.join(&is_bits(reader, *is, stuck)?);
            }
            return Ok(joined);
        }
    };
    recall(reader, &key)
}

/// Remembers the events that have one of the values; says under which key. No expression of a text begins with a letter, as these do.
pub(super) fn remember_key(reader: &Reader, key: Key, values: &[Exact]) -> rusqlite::Result<String> {
    let name = if terms::word_column(key).is_some() {
        format!("{key} {:?}", values.iter().filter_map(|value| value.word).collect::<Vec<i64>>())
    } else {
        format!("{key} {:?}", values.iter().map(|value| &value.text).collect::<Vec<&String>>())
    };
    remember(reader, &name, |until, bits| {
        let what = What::Key(key, values.to_vec());
        let mut sql = Sql::new("SELECT e.sequence FROM events e");
        if let Some((index, column)) = terms::word_index(key) {
            // Answered by the column's index alone.
            for word in terms::word_values(values) {
                let mut sql = sql.clone();
                sql.push(" INDEXED BY ").push(index).push(" WHERE e.").push(column).push(" = ").bind(word);
                sql.push(" AND e.sequence > ").bind(until);
                add(reader, bits, &sql)?;
            }
            return Ok(());
        }
        sql.push(" WHERE e.sequence > ").bind(until).push(" AND e.sequence IN (");
        terms::lookup(&mut sql, &what, StuckBefore(0));
        sql.push(") AND ");
        terms::condition(&mut sql, &what, StuckBefore(0));
        add(reader, bits, &sql)
    })?;
    Ok(name)
}

fn is_bits(reader: &Reader, is: Is, stuck: StuckBefore) -> rusqlite::Result<Bits> {
    match is {
        Is::Open => standing(reader, ProblemState::Open, stuck),
        Is::Acknowledged => standing(reader, ProblemState::Acknowledged, stuck),
        Is::Resolved => standing(reader, ProblemState::Resolved, stuck),
        Is::Stuck => {
            let mut sql = Sql::default();
            terms::lookup(&mut sql, &What::Is(vec![Is::Stuck]), stuck);
            let mut bits = Bits::default();
            add(reader, &mut bits, &sql)?;
            Ok(bits)
        }
        Is::Silent => Ok(Bits::default()),
        Is::Error | Is::Repeat | Is::Unreadable => recall(reader, &remember_flag(reader, is)?),
    }
}

/// Remembers the events that failed, are repeats or are unreadable; says under which key.
pub(super) fn remember_flag(reader: &Reader, is: Is) -> rusqlite::Result<String> {
    let key = format!("is {}", is.as_str());
    remember(reader, &key, |until, bits| {
        let flag = match is {
            Is::Repeat => Some(Flags::REPEAT),
            Is::Unreadable => Some(Flags::UNREADABLE),
            _ => None,
        };
        let mut sql = Sql::new("SELECT sequence FROM events INDEXED BY ");
        match flag {
            Some(flag) => sql.push("events_flags WHERE flags <> 0 AND flags & ").bind(i64::from(flag)).push(" <> 0"),
            None => sql.push("events_failed WHERE failed = 1"),
        };
        sql.push(" AND sequence > ").bind(until);
        add(reader, bits, &sql)
    })?;
    Ok(key)
}

/// Events whose problem is in the state: the stored ones remembered, those of stuck uploads looked up, since the clock decides.
fn standing(reader: &Reader, state: ProblemState, stuck: StuckBefore) -> rusqlite::Result<Bits> {
    let code = codes::problem_state(state);
    let key = format!("problem {code}");
    remember(reader, &key, |until, bits| {
        if until == 0 {
            let mut sql = Sql::new(
                "SELECT e.sequence FROM events e INDEXED BY events_troubled
                 WHERE e.problem IS NOT NULL AND e.problem IN (SELECT id FROM problems WHERE state = ",
            );
            sql.bind(code).push(")");
            return add(reader, bits, &sql);
        }
        // An event that belongs to a problem also changes it: whatever changed since leads to all that is new.
        let mut changed = reader.connection().prepare_cached(
            "SELECT e.sequence, p.state FROM problems p INDEXED BY problems_last CROSS JOIN events e ON e.problem = p.id
             WHERE p.last_sequence > ?",
        )?;
        let mut rows = changed.query([until])?;
        while let Some(row) = rows.next()? {
            let sequence = row.get(0)?;
            if row.get::<_, i64>(1)? == code { bits.add(sequence) } else { bits.remove(sequence) }
        }
        Ok(())
    })?;
    let mut bits = recall(reader, &key)?;
    let mut sql = Sql::default();
    terms::stuck_lookup(&mut sql, state, stuck);
    add(reader, &mut bits, &sql)?;
    Ok(bits)
}

/// Every event there is: attempts and actions have sequences, too.
fn everything(reader: &Reader) -> rusqlite::Result<Bits> {
    let key = "everything";
    remember(reader, key, |until, bits| {
        let mut blocks = reader
            .connection()
            .prepare_cached("SELECT block, sum(events) FROM tallies WHERE block >= ? GROUP BY block")?;
        let mut rows = blocks.query([until.div_euclid(codes::BLOCK)])?;
        while let Some(row) = rows.next()? {
            let first = row.get::<_, i64>(0)?.saturating_mul(codes::BLOCK);
            let last = first.saturating_add(codes::BLOCK - 1);
            if row.get::<_, i64>(1)? == codes::BLOCK {
                bits.add_all(first, last);
            } else {
                let mut sql = Sql::new("SELECT sequence FROM events INDEXED BY events_links WHERE sequence BETWEEN ");
                sql.bind(first).push(" AND ").bind(last);
                add(reader, bits, &sql)?;
            }
        }
        Ok(())
    })?;
    recall(reader, key)
}

/// What was received in the days. Not remembered: blocks of the view's tallies are within or without, but for a few.
fn received(reader: &Reader, days: Days) -> rusqlite::Result<Bits> {
    let (from, to) = (days.from.unwrap_or(i64::MIN), days.to.unwrap_or(i64::MAX));
    let mut bits = Bits::default();
    let mut blocks = reader.connection().prepare_cached(
        "SELECT block, min(from_at) >= ?1 AND max(to_at) < ?2 FROM tallies GROUP BY block
         HAVING max(to_at) >= ?1 AND min(from_at) < ?2",
    )?;
    let mut rows = blocks.query([from, to])?;
    while let Some(row) = rows.next()? {
        let first = row.get::<_, i64>(0)?.saturating_mul(codes::BLOCK);
        let last = first.saturating_add(codes::BLOCK - 1);
        if row.get(1)? {
            bits.add_all(first, last);
        } else {
            let mut sql = Sql::new("SELECT e.sequence FROM events e WHERE e.sequence BETWEEN ");
            sql.bind(first).push(" AND ").bind(last);
            days.condition(&mut sql, "+e.received_at");
            add(reader, &mut bits, &sql)?;
        }
    }
    Ok(bits)
}

/// Adds the sequences that a statement gives.
fn add(reader: &Reader, bits: &mut Bits, sql: &Sql) -> rusqlite::Result<()> {
    let mut statement = reader.connection().prepare_cached(&sql.text)?;
    let mut rows = statement.query(sql.params())?;
    while let Some(row) = rows.next()? {
        bits.add(row.get(0)?);
    }
    Ok(())
}
