//! What came of each webhook last, and in which hours something did, while a batch adds to it.

use std::collections::{BTreeMap, BTreeSet};

use rusqlite::{Connection, OptionalExtension, params};

use super::{Stuck, day, undo, undo_text};
use crate::view::codes;

/// The latest of one webhook.
#[derive(Debug)]
pub(in crate::view) struct Pulse {
    last_sequence: i64,
    last_at: i64,
    /// What people did about its silence since.
    pub(in crate::view) silence: Stuck,
}

/// By the webhook's word.
#[derive(Debug, Default)]
pub(in crate::view) struct Pulses {
    latest: BTreeMap<i64, Pulse>,
    hours: BTreeSet<(i64, i64)>,
}

impl Pulses {
    /// Something came of it: whatever was done about its silence is over.
    pub(in crate::view) fn heard(&mut self, webhook: i64, sequence: i64, at: i64) {
        self.latest.insert(webhook, Pulse { last_sequence: sequence, last_at: at, silence: Stuck::default() });
        self.hours.insert((webhook, at.div_euclid(codes::HOUR)));
    }

    /// The webhook of which this is the latest; `None` where something came since.
    pub(in crate::view) fn silent_since(
        &mut self,
        connection: &Connection,
        sequence: i64,
    ) -> rusqlite::Result<Option<&mut Pulse>> {
        let of_batch =
            self.latest.iter().find(|(_, pulse)| pulse.last_sequence == sequence).map(|(webhook, _)| *webhook);
        if let Some(webhook) = of_batch {
            return Ok(self.latest.get_mut(&webhook));
        }
        let read = |row: &rusqlite::Row<'_>| {
            let silence = Stuck {
                state: row.get(2)?,
                by: row.get(3)?,
                at: row.get(4)?,
                note: row.get(5)?,
                snoozed_until: row.get(6)?,
                follow_up: day(row.get(7)?),
                undo: undo(row.get(8)?),
            };
            Ok((row.get(0)?, Pulse { last_sequence: sequence, last_at: row.get(1)?, silence }))
        };
        let found = connection
            .prepare_cached(
                "SELECT webhook, last_at, silence_state, silence_by, silence_at, silence_note, silence_snoozed,
                     silence_follow_up, silence_undo
                 FROM pulses WHERE last_sequence = ?",
            )?
            .query_row([sequence], read)
            .optional()?;
        // What the batch has of this webhook came later.
        let Some((webhook, pulse)) = found.filter(|(webhook, _)| !self.latest.contains_key(webhook)) else {
            return Ok(None);
        };
        Ok(Some(self.latest.entry(webhook).or_insert(pulse)))
    }

    /// Writes them.
    pub(in crate::view) fn write(&self, connection: &Connection) -> rusqlite::Result<()> {
        let mut latest = connection.prepare_cached(
            "INSERT OR REPLACE INTO pulses (webhook, last_sequence, last_at, silence_state, silence_by, silence_at,
                 silence_note, silence_snoozed, silence_follow_up, silence_undo)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10)",
        )?;
        for (webhook, Pulse { last_sequence, last_at, silence }) in &self.latest {
            latest.execute(params![
                webhook,
                last_sequence,
                last_at,
                silence.state,
                silence.by,
                silence.at,
                silence.note,
                silence.snoozed_until,
                silence.follow_up.map(|day| day.to_string()),
                undo_text(silence.undo.as_ref()),
            ])?;
        }
        let mut hours = connection.prepare_cached("INSERT OR IGNORE INTO heard (webhook, hour) VALUES (?1, ?2)")?;
        for (webhook, hour) in &self.hours {
            hours.execute([webhook, hour])?;
        }
        Ok(())
    }
}
