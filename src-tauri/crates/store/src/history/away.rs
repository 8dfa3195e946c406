//! Times away as the log tells them, and clocks that were set. In the order of the log: by the clock they may stand otherwise.

use rusqlite::{Connection, Row};
use study::away::{Reason, Stretch};

use super::{History, Rows};
use crate::StoreError;
use crate::rows::{AwayRow, Checked};

const COLUMNS: &str = "sequence, reason, webhook, from_at, to_at, times, doubtful, checked_at, checked_by, note";

/// Which ones.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum WhichAway {
    /// All.
    All,
    /// Those nobody has seen to.
    Unchecked,
}

impl History {
    /// The newest `limit`, newest first.
    ///
    /// # Errors
    /// As [`Self::events`].
    pub fn away(&self, which: WhichAway, limit: usize) -> Result<Rows<AwayRow>, StoreError> {
        self.readers.ask("reading the times away", |reader| {
            let only = match which {
                WhichAway::All => "",
                WhichAway::Unchecked => "WHERE checked_at IS NULL",
            };
            let sql = format!("SELECT {COLUMNS} FROM away {only} ORDER BY sequence DESC LIMIT ?1");
            let mut statement = reader.connection().prepare_cached(&sql)?;
            let limit = i64::try_from(limit).unwrap_or(i64::MAX);
            let rows = statement.query_map([limit], row)?.collect::<rusqlite::Result<_>>()?;
            Ok(Rows { sequence: reader.sequence(), rows })
        })
    }

    /// Those with these sequences.
    ///
    /// # Errors
    /// As [`Self::events`].
    pub fn away_of(&self, ids: &[i64]) -> Result<Vec<AwayRow>, StoreError> {
        self.readers.ask("reading the times away", |reader| {
            let sql = format!("SELECT {COLUMNS} FROM away WHERE sequence = ?1");
            let mut statement = reader.connection().prepare_cached(&sql)?;
            let mut found = Vec::with_capacity(ids.len());
            for id in ids {
                for each in statement.query_map([id], row)? {
                    found.push(each?);
                }
            }
            Ok(found)
        })
    }

    /// All stretches in which nothing could be received that end after `since` (microseconds since 1970 UTC): by them is known which retries
    /// met another one.
    ///
    /// # Errors
    /// As [`Self::events`].
    pub fn away_since(&self, since: i64) -> Result<Vec<Stretch>, StoreError> {
        self.readers.ask("reading the times away", |reader| stretches(reader.connection(), since))
    }
}

pub(super) fn stretches(connection: &Connection, since: i64) -> rusqlite::Result<Vec<Stretch>> {
    let sql = format!("SELECT from_at, to_at FROM away WHERE to_at >= ?1 AND reason <> '{}'", AwayRow::CLOCK_SET);
    let mut statement = connection.prepare_cached(&sql)?;
    let read = |row: &Row<'_>| Ok(stretch(row.get(0)?, row.get(1)?));
    statement.query_map([since], read)?.collect()
}

fn stretch(from: i64, to: i64) -> Stretch {
    let instant = |micros| jiff::Timestamp::from_microsecond(micros).unwrap_or(jiff::Timestamp::MAX);
    Stretch::new(instant(from), instant(to))
}

fn row(row: &Row<'_>) -> rusqlite::Result<AwayRow> {
    let (at, by): (Option<i64>, Option<String>) = (row.get(7)?, row.get(8)?);
    let note = row.get(9)?;
    Ok(AwayRow {
        sequence: row.get(0)?,
        reason: row.get(1)?,
        webhook: row.get(2)?,
        from: row.get(3)?,
        to: row.get(4)?,
        times: row.get(5)?,
        doubtful: row.get(6)?,
        checked: at.zip(by).map(|(at, by)| Checked { at, by, note }),
    })
}

impl AwayRow {
    /// The stretch it is.
    #[must_use]
    pub fn stretch(&self) -> Stretch {
        stretch(self.from, self.to)
    }

    /// Why nothing could be received; `None` of a clock that was set.
    #[must_use]
    pub fn why(&self) -> Option<Reason> {
        self.is_away().then(|| Reason::from_word(&self.reason))
    }
}

#[cfg(test)]
mod tests {
    use study::Action;

    use super::*;
    use crate::fixture::{Fixture, HOUR, NOW};
    use crate::view;

    fn away(from: i64, to: i64, reason: Reason) -> Action {
        let instant = |micros| jiff::Timestamp::from_microsecond(micros).unwrap();
        Action::TimeAway { from: instant(from), to: instant(to), reason, webhook: None, times: 1, doubtful: false }
    }

    #[test]
    fn they_stand_in_the_order_of_the_log_and_checking_takes_them_off_the_unchecked() {
        let fixture = Fixture::new();
        let instant = |micros| jiff::Timestamp::from_microsecond(micros).unwrap();
        // The clock was set back by a day between the two: the order stays.
        fixture.act(&away(NOW - 3 * HOUR, NOW - HOUR, Reason::Closed));
        fixture.act(&Action::ClockSet { from: instant(NOW), to: instant(NOW - 24 * HOUR) });
        fixture.act(&away(NOW - 24 * HOUR, NOW - 23 * HOUR, Reason::Ended));
        let history = fixture.history();
        let listed = |which| -> Vec<(i64, String)> {
            let rows = history.away(which, 10).unwrap().rows;
            rows.into_iter().map(|row| (row.sequence, row.reason)).collect()
        };
        let all = [(3, "ended".to_owned()), (2, "clock_set".to_owned()), (1, "closed".to_owned())];
        assert_eq!(listed(WhichAway::All), all);
        assert_eq!(history.away(WhichAway::All, 1).unwrap().rows.len(), 1);
        assert_eq!(history.away_since(NOW - 2 * HOUR).unwrap().len(), 1, "neither the older one nor the clock");

        let checked = |by: &str| Action::AwayChecked { away: 1, by: by.to_owned(), note: Some("resent".to_owned()) };
        fixture.act(&checked("M. Rossi"));
        fixture.act(&checked("Somebody else"));
        assert_eq!(listed(WhichAway::Unchecked), all[..2]);
        assert_eq!(listed(WhichAway::All), all, "it stays in the history");
        let row = history.away_of(&[1, 99]).unwrap().remove(0);
        assert_eq!(row.checked.map(|checked| checked.by).as_deref(), Some("M. Rossi"), "the first who said so");

        let before = view::content_digest(&fixture.folder).unwrap();
        view::rebuild(&fixture.folder, |_, _| {}).unwrap();
        assert_eq!(view::content_digest(&fixture.folder).unwrap(), before, "derived anew, equal");
    }

    #[test]
    fn written_twice_it_is_told_once() {
        let fixture = Fixture::new();
        for _ in 0..2 {
            fixture.act(&away(NOW - 3 * HOUR, NOW - HOUR, Reason::Closed));
        }
        fixture.act(&away(NOW - 3 * HOUR, NOW - 2 * HOUR, Reason::Closed));
        assert_eq!(fixture.history().away(WhichAway::All, 10).unwrap().rows.len(), 2);
    }
}
