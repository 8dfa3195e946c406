//! When nothing could be received, and who has seen to it, in the order of the log.

use rusqlite::params;
use study::Action;

use super::apply::Batch;
use crate::log::read::RawRow;
use crate::rows::AwayRow;

impl Batch<'_> {
    /// A time away, a clock that was set, or that a person has seen to one.
    pub(super) fn absence(&mut self, raw: &RawRow, action: &Action) -> rusqlite::Result<()> {
        match action {
            Action::TimeAway { from, to, reason, webhook, times, doubtful } => {
                // Written twice where the receiver ended between writing it and noting that it did.
                let sql = "INSERT INTO away (sequence, at, reason, webhook, from_at, to_at, times, doubtful)
                    SELECT ?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8 WHERE NOT EXISTS
                        (SELECT 1 FROM away WHERE reason = ?3 AND webhook IS ?4 AND from_at = ?5 AND to_at = ?6)";
                let (from, to) = (from.as_microsecond(), to.as_microsecond());
                let values = params![raw.sequence, raw.at, reason.as_str(), webhook, from, to, times, doubtful];
                self.connection.prepare_cached(sql)?.execute(values).map(drop)
            }
            Action::ClockSet { from, to } => {
                let sql = "INSERT INTO away (sequence, at, reason, from_at, to_at, times, doubtful)
                    VALUES (?1, ?2, ?3, ?4, ?5, 1, 1)";
                let (from, to) = (from.as_microsecond(), to.as_microsecond());
                let values = params![raw.sequence, raw.at, AwayRow::CLOCK_SET, from, to];
                self.connection.prepare_cached(sql)?.execute(values).map(drop)
            }
            Action::AwayChecked { away, by, note } => {
                // The first one stands.
                let sql = "UPDATE away SET checked_at = ?2, checked_by = ?3, note = ?4
                    WHERE sequence = ?1 AND checked_at IS NULL";
                self.connection.prepare_cached(sql)?.execute(params![away, raw.at, by, note]).map(drop)
            }
            _ => Ok(()),
        }
    }
}
