//! How many events have the same repeated values, in all and block by block: gathered over a batch and written at its end.

use std::collections::{BTreeMap, HashMap};

use rusqlite::{Connection, OptionalExtension};

use super::codes;

/// Shapes remembered between batches; more are looked up in the table.
const REMEMBERED: usize = 16 * 1024;

/// An event's repeated values: webhook, event, status, study, site, failed, flags; 0 stands for none.
pub(super) type Shape = [i64; 7];

/// The numbers of shapes, given out in the order of the log.
#[derive(Debug, Default)]
pub(super) struct Shapes {
    known: HashMap<Shape, i64>,
}

impl Shapes {
    /// Keeps what is remembered within bounds.
    pub(super) fn begin(&mut self) {
        if self.known.len() > REMEMBERED {
            self.known.clear();
        }
    }

    /// After a transaction that was rolled back.
    pub(super) fn forget(&mut self) {
        self.known.clear();
    }

    /// The number of `shape`, added when new.
    pub(super) fn id(&mut self, connection: &Connection, shape: Shape) -> rusqlite::Result<i64> {
        if let Some(id) = self.known.get(&shape) {
            return Ok(*id);
        }
        let found = connection
            .prepare_cached(
                "SELECT id FROM shapes WHERE webhook = ?1 AND event = ?2 AND status = ?3 AND study = ?4 AND site = ?5
                     AND failed = ?6 AND flags = ?7",
            )?
            .query_row(shape, |row| row.get(0))
            .optional()?;
        let id = match found {
            Some(id) => id,
            None => connection
                .prepare_cached(
                    "INSERT INTO shapes (webhook, event, status, study, site, failed, flags, events)
                     VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, 0)",
                )?
                .insert(shape)?,
        };
        self.known.insert(shape, id);
        Ok(id)
    }
}

/// One shape in one block.
#[derive(Debug, Clone, Copy)]
struct Tally {
    events: i64,
    from_at: i64,
    to_at: i64,
}

/// What a batch adds.
#[derive(Debug, Default)]
pub(super) struct Tallies {
    added: BTreeMap<(i64, i64), Tally>,
}

impl Tallies {
    /// Counts one event of the shape with this number.
    pub(super) fn add(&mut self, sequence: i64, at: i64, shape: i64) {
        let tally = self.added.entry((sequence.div_euclid(codes::BLOCK), shape)).or_insert(Tally {
            events: 0,
            from_at: at,
            to_at: at,
        });
        tally.events += 1;
        tally.from_at = tally.from_at.min(at);
        tally.to_at = tally.to_at.max(at);
    }

    /// Writes what was added.
    pub(super) fn write(&self, connection: &Connection) -> rusqlite::Result<()> {
        let mut in_block = connection.prepare_cached(
            "INSERT INTO tallies (block, shape, events, from_at, to_at) VALUES (?1, ?2, ?3, ?4, ?5)
             ON CONFLICT (block, shape) DO UPDATE SET events = events + ?3, from_at = min(from_at, ?4), to_at = max(to_at, ?5)",
        )?;
        let mut in_all = connection.prepare_cached("UPDATE shapes SET events = events + ?2 WHERE id = ?1")?;
        for ((block, shape), Tally { events, from_at, to_at }) in &self.added {
            in_block.execute([block, shape, events, from_at, to_at])?;
            in_all.execute([shape, events])?;
        }
        Ok(())
    }
}
