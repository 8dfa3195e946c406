//! `after:` and `before:` as instants in the viewer's zone, and the part of the log that can hold them.

use jiff::civil::Date;
use jiff::tz::TimeZone;
use rusqlite::{Connection, OptionalExtension};
use study::Query;

use super::sql::Sql;
use crate::view::codes;

/// From (included) and to (excluded), microseconds since 1970 UTC; `None` where open.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Days {
    pub(super) from: Option<i64>,
    pub(super) to: Option<i64>,
}

impl Days {
    /// The same key twice is OR: the earliest `after`, the latest `before`.
    pub(super) fn of(query: &Query, zone: &TimeZone) -> Self {
        Self {
            from: query.after.iter().min().map(|day| start(*day, zone)),
            to: query.before.iter().max().map(|day| start(*day, zone)),
        }
    }

    pub(super) fn is_open(self) -> bool {
        self.from.is_none() && self.to.is_none()
    }

    /// A condition on a column of instants, ` AND …` for each bound there is.
    pub(super) fn condition(self, sql: &mut Sql, column: &str) {
        if let Some(from) = self.from {
            sql.push(" AND ").push(column).push(" >= ").bind(from);
        }
        if let Some(to) = self.to {
            sql.push(" AND ").push(column).push(" < ").bind(to);
        }
    }

    /// The same days, all bounds moved back by `micros`.
    pub(super) fn earlier_by(self, micros: i64) -> Self {
        let back = |bound: Option<i64>| bound.map(|bound| bound.saturating_sub(micros));
        Self { from: back(self.from), to: back(self.to) }
    }

    /// First and last sequence received in these days or beside them; `None` when there is none. Sequences ascend with time but
    /// for clocks that were set, so this is a bound, not the answer.
    pub(super) fn sequences(self, connection: &Connection) -> rusqlite::Result<Option<(i64, i64)>> {
        let hour = |instant: i64| instant.div_euclid(codes::HOUR);
        let found: Option<(Option<i64>, Option<i64>)> = connection
            .prepare_cached("SELECT min(first), max(last) FROM hours WHERE hour >= ?1 AND hour <= ?2")?
            .query_row([self.from.map_or(i64::MIN, hour), self.to.map_or(i64::MAX, hour)], |row| {
                Ok((row.get(0)?, row.get(1)?))
            })
            .optional()?;
        Ok(found.and_then(|(first, last)| first.zip(last)))
    }
}

/// The day's first instant in the zone (not always midnight).
fn start(day: Date, zone: &TimeZone) -> i64 {
    day.to_zoned_datetime(zone.clone())
        .and_then(|zoned| zoned.start_of_day())
        // Only the first and the last day of the calendar have no instant in some zone.
        .map_or(if day.year() > 0 { i64::MAX } else { i64::MIN }, |zoned| zoned.timestamp().as_microsecond())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn days_begin_in_the_viewers_zone() {
        let zone = TimeZone::get("Europe/London").unwrap();
        let instant = |text: &str| text.parse::<jiff::Timestamp>().unwrap().as_microsecond();
        assert_eq!(start(jiff::civil::date(2026, 8, 22), &zone), instant("2026-08-21T23:00:00Z"));
        assert_eq!(start(jiff::civil::date(2026, 1, 22), &zone), instant("2026-01-22T00:00:00Z"));
        // Midnight does not exist on the day the clocks go forward there.
        let beirut = TimeZone::get("Asia/Beirut").unwrap();
        assert_eq!(start(jiff::civil::date(2022, 3, 27), &beirut), instant("2022-03-26T22:00:00Z"));
        assert_eq!(start(Date::MAX, &TimeZone::fixed(jiff::tz::offset(-12))), i64::MAX);
    }
}
