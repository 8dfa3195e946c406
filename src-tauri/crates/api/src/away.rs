//! When nothing could be received, what CentrePoint will have sent again by itself, and what is to be resent by hand.

use std::collections::BTreeSet;

use jiff::SignedDuration;
use store::history::WhichAway;
use store::rows::AwayRow;
use store::state::Away;
use study::Action;
use study::away::{Promise, Reason, Stretch, outlook};

use crate::Monitor;
use crate::problems::NOTE;
use crate::times::{instant, rfc3339};
use crate::wire::{ApiError, AwayCheck, Span, TimeAway, TimeAwayPage};

/// Rows asked for at most.
const MOST: usize = 10_000;
/// Rows one check may be about.
const MOST_CHECKED: usize = 500;
/// Rows Today shows; the others are counted.
const ON_TODAY: usize = 3;
/// Unchecked rows Today looks at.
const LOOKED_AT: usize = 200;
/// A period as long as this is said on Today; a shorter one is in the list, and on Today only where something is to be resent.
const WORTH_SAYING: SignedDuration = SignedDuration::from_mins(1);

impl Monitor {
    /// The newest `limit` times away and clocks that were set.
    ///
    /// # Errors
    /// `behind`, or what SQLite said.
    pub fn time_away(&self, limit: usize) -> Result<TimeAwayPage, ApiError> {
        let limit = limit.min(MOST);
        let found = self.history().away(WhichAway::All, limit.saturating_add(1))?;
        let mut rows = self.time_away_of(&found.rows)?;
        let more = rows.len() > limit;
        rows.truncate(limit);
        Ok(TimeAwayPage { sequence: found.sequence, rows, more })
    }

    /// Those nobody has seen to that are worth saying, the newest few and how many more, of everything or of what one webhook may have missed.
    pub(crate) fn away_today(&self, webhook: Option<&str>) -> Result<(Vec<TimeAway>, u32), ApiError> {
        let found = self.history().away(WhichAway::Unchecked, LOOKED_AT)?;
        let mut rows = self.time_away_of(&found.rows)?;
        let is_about = |row: &TimeAway| match (webhook, &row.webhook) {
            (Some(asked), Some(of)) => asked == of,
            _ => true,
        };
        rows.retain(|row| is_about(row) && is_worth_saying(row));
        let more = u32::try_from(rows.len().saturating_sub(ON_TODAY)).unwrap_or(u32::MAX);
        rows.truncate(ON_TODAY);
        Ok((rows, more))
    }

    /// A person has seen to these. They leave Today and stay in the history.
    ///
    /// # Errors
    /// `invalid` with the field, `not_found`, or why it could not be written.
    pub fn time_away_check(&self, check: &AwayCheck) -> Result<(), ApiError> {
        let sequences: BTreeSet<i64> = check.sequences.iter().copied().collect();
        if sequences.is_empty() || sequences.len() > MOST_CHECKED {
            return Err(ApiError::invalid("sequences", format!("choose 1 to {MOST_CHECKED} times away")));
        }
        let note = check.note.as_deref().map(str::trim).filter(|note| !note.is_empty());
        if note.is_some_and(|note| note.chars().count() > NOTE) {
            return Err(ApiError::invalid("note", format!("the note is longer than {NOTE} characters")));
        }
        let sequences: Vec<i64> = sequences.into_iter().collect();
        let rows = self.history().away_of(&sequences)?;
        if let Some(missing) = sequences.iter().find(|sequence| rows.iter().all(|row| row.sequence != **sequence)) {
            return Err(ApiError::not_found(format!("there is no time away {missing}")));
        }
        let by = self.who(&check.by)?;
        let unchecked = rows.iter().filter(|row| row.checked.is_none());
        let actions: Vec<Action> = unchecked
            .map(|row| Action::AwayChecked { away: row.sequence, by: by.clone(), note: note.map(str::to_owned) })
            .collect();
        if actions.is_empty() {
            return Err(ApiError::invalid("sequences", "somebody has checked this already"));
        }
        self.append(&actions)
    }

    /// How long nothing could be received since a moment: in how many periods, and for how many seconds in all.
    pub(crate) fn away_since(&self, since: i64, webhook: Option<&str>) -> Result<(i64, i64), ApiError> {
        let now = self.now();
        let rows = self.history().away(WhichAway::All, MOST)?.rows;
        let waiting = self.waiting(&rows)?;
        let new = waiting.iter().map(|row| (Some(row.reason), &row.webhook, stretch(row, now)));
        let old = rows.iter().map(|row| (row.why(), &row.webhook, row.stretch()));
        let (mut periods, mut seconds) = (0, 0);
        for (why, of, stretch) in new.chain(old) {
            let counts = why.is_some_and(|why| why != Reason::Damaged);
            let is_about = webhook.is_none() || of.is_none() || of.as_deref() == webhook;
            let (from, to) = (stretch.from.as_microsecond(), stretch.to.as_microsecond());
            if counts && is_about && to > since {
                periods += 1;
                seconds += (to - from.max(since)) / 1_000_000;
            }
        }
        Ok((periods, seconds))
    }

    /// By how much, in microseconds, the clock was set back over the moment `at`: by the newest time it was, 0 where it was not.
    pub(crate) fn set_back_over(&self, at: i64) -> Result<i64, ApiError> {
        let rows = self.history().away(WhichAway::All, LOOKED_AT)?.rows;
        let over = rows.iter().find(|row| !row.is_away() && row.to < at && at <= row.from);
        Ok(over.map_or(0, |row| row.from - row.to))
    }

    /// As the wire has them: first those that are not in the log yet, newest first, then `rows`.
    fn time_away_of(&self, rows: &[AwayRow]) -> Result<Vec<TimeAway>, ApiError> {
        let now = self.now();
        let waiting = self.waiting(rows)?;
        let earliest = rows.iter().map(|row| row.from).chain(waiting.iter().map(|row| row.from)).min();
        let mut all = match earliest {
            Some(earliest) => self.history().away_since(earliest)?,
            None => Vec::new(),
        };
        all.extend(waiting.iter().map(|row| stretch(row, now)));
        let new = waiting.iter().map(|row| {
            let told = Told { sequence: None, reason: row.reason.as_str(), why: Some(row.reason), is_on: row.is_on };
            let shell = AwayRow {
                sequence: 0,
                reason: String::new(),
                webhook: row.webhook.clone(),
                from: row.from,
                to: row.to,
                times: row.times,
                doubtful: row.doubtful,
                checked: None,
            };
            time_away(&told, &shell, stretch(row, now), &all)
        });
        let old = rows.iter().map(|row| {
            let told = Told { sequence: Some(row.sequence), reason: &row.reason, why: row.why(), is_on: false };
            time_away(&told, row, row.stretch(), &all)
        });
        Ok(new.chain(old).collect())
    }

    /// Those that are not in the log yet, newest first. `rows` are the newest there: what was written a moment ago is not forgotten yet.
    pub(crate) fn waiting(&self, rows: &[AwayRow]) -> Result<Vec<Away>, ApiError> {
        let mut waiting = self.state().away()?;
        waiting.reverse();
        waiting.retain(|row| !rows.iter().any(|logged| is_same(row, logged)));
        Ok(waiting)
    }
}

fn edge(text: Option<&String>, otherwise: i64) -> i64 {
    text.and_then(|text| crate::times::micros(text)).unwrap_or(otherwise)
}

fn is_same(row: &Away, logged: &AwayRow) -> bool {
    row.reason.as_str() == logged.reason
        && row.webhook == logged.webhook
        && (row.from, row.to) == (logged.from, logged.to)
}

/// One that is on lasts until now, refusals aside: those are known up to the latest.
pub(crate) fn stretch(row: &Away, now: i64) -> Stretch {
    let to = if row.is_on && row.reason != Reason::Refused { now.max(row.from) } else { row.to };
    Stretch::new(instant(row.from), instant(to))
}

/// What a row does not say itself.
struct Told<'a> {
    sequence: Option<i64>,
    reason: &'a str,
    why: Option<Reason>,
    is_on: bool,
}

fn time_away(told: &Told<'_>, row: &AwayRow, stretch: Stretch, all: &[Stretch]) -> TimeAway {
    let outlook = told.why.map(|why| outlook(stretch, why, all));
    let checked = row.checked.as_ref();
    TimeAway {
        sequence: told.sequence,
        reason: told.reason.to_owned(),
        webhook: row.webhook.clone(),
        from: Some(row.from).filter(|from| *from != 0).map(rfc3339),
        to: (!told.is_on).then(|| rfc3339(row.to)),
        times: row.times,
        doubtful: row.doubtful,
        promise: told.why.map(|why| promise(why).to_owned()),
        again_by: outlook.as_ref().and_then(|outlook| outlook.again_by).map(|at| rfc3339(at.as_microsecond())),
        resend: outlook.map_or_else(Vec::new, |outlook| {
            let span = |stretch: Stretch| Span {
                from: rfc3339(stretch.from.as_microsecond()),
                to: rfc3339(stretch.to.as_microsecond()),
            };
            outlook.resend.into_iter().map(span).collect()
        }),
        checked_at: checked.map(|checked| rfc3339(checked.at)),
        checked_by: checked.map(|checked| checked.by.clone()),
        note: checked.and_then(|checked| checked.note.clone()),
    }
}

fn promise(why: Reason) -> &'static str {
    match why.promise() {
        Promise::Documented => "documented",
        Promise::NotStated => "not_stated",
        Promise::None => "none",
    }
}

fn is_worth_saying(row: &TimeAway) -> bool {
    let (from, to) = (edge(row.from.as_ref(), 0), edge(row.to.as_ref(), i64::MAX));
    let length = SignedDuration::from_micros(to.saturating_sub(from));
    row.promise.is_none() || row.doubtful || !row.resend.is_empty() || length >= WORTH_SAYING
}

#[cfg(test)]
mod tests {
    use jiff::Timestamp;

    use super::*;
    use crate::testing::Bench;
    use crate::wire::{ChangesQuery, ErrorCode, TodayQuery};

    fn away(from: &str, to: &str, reason: Reason) -> Action {
        let at = |text: &str| -> Timestamp { text.parse().unwrap() };
        Action::TimeAway { from: at(from), to: at(to), reason, webhook: None, times: 1, doubtful: false }
    }

    fn check(sequences: &[i64], by: &str) -> AwayCheck {
        AwayCheck { sequences: sequences.to_vec(), by: by.to_owned(), note: Some(" resent ".to_owned()) }
    }

    #[test]
    fn a_period_stands_on_today_until_a_named_person_checked_it_and_stays_in_the_list() {
        let bench = Bench::new();
        let monitor = bench.monitor();
        let actions = [
            away("2026-08-19T08:00:00Z", "2026-08-22T08:00:00Z", Reason::Closed),
            away("2026-08-22T08:30:00Z", "2026-08-22T08:30:05Z", Reason::Closed),
            Action::ClockSet {
                from: "2026-08-22T11:00:00Z".parse().unwrap(),
                to: "2026-08-22T08:00:00Z".parse().unwrap(),
            },
        ];
        monitor.append(&actions).unwrap();
        let today = || monitor.today(&TodayQuery { days: 1, ..TodayQuery::default() }).unwrap();
        let said: Vec<_> = today().away.into_iter().map(|row| row.reason).collect();
        assert_eq!(said, ["clock_set", "closed"], "five seconds are in the list alone");
        let long = &monitor.time_away(10).unwrap().rows[2];
        assert_eq!((long.sequence, long.promise.as_deref()), (Some(1), Some("documented")));
        assert_eq!(long.again_by.as_deref(), Some("2026-08-23T10:00:00.000000Z"));
        let resend: Vec<_> = long.resend.iter().map(|span| (span.from.as_str(), span.to.as_str())).collect();
        assert_eq!(resend, [("2026-08-19T08:00:00.000000Z", "2026-08-20T09:00:00.000000Z")]);

        assert_eq!(monitor.time_away_check(&check(&[1], "")).unwrap_err().field.as_deref(), Some("by"));
        assert_eq!(monitor.time_away_check(&check(&[1, 99], "M. Rossi")).unwrap_err().code, ErrorCode::NotFound);
        assert_eq!(monitor.time_away_check(&check(&[], "M. Rossi")).unwrap_err().code, ErrorCode::Invalid);
        monitor.time_away_check(&check(&[1, 3], "M. Rossi")).unwrap();
        assert_eq!(monitor.time_away_check(&check(&[1], "")).unwrap_err().code, ErrorCode::Invalid, "once");
        assert_eq!(today().away, []);
        let page = monitor.time_away(10).unwrap();
        assert_eq!((page.rows.len(), page.more), (3, false));
        let row = &page.rows[2];
        assert_eq!((row.checked_by.as_deref(), row.note.as_deref()), (Some("M. Rossi"), Some("resent")));
        assert!(monitor.time_away(2).unwrap().more);
    }

    #[test]
    fn what_is_still_on_and_what_was_over_just_now_is_told_too() {
        let bench = Bench::new();
        let monitor = bench.monitor();
        let now = monitor.now();
        let row = |reason, from: i64, to: i64, is_on, webhook: Option<&str>| Away {
            reason,
            webhook: webhook.map(str::to_owned),
            from: now - from * 1_000_000,
            to: now - to * 1_000_000,
            is_on,
            times: 2,
            doubtful: false,
        };
        let waiting =
            [row(Reason::Closed, 7_200, 30, false, None), row(Reason::Refused, 7_200, 600, true, Some("rome"))];
        monitor.state().set_away(&waiting).unwrap();
        let rows = monitor.time_away(10).unwrap().rows;
        assert_eq!((rows[0].reason.as_str(), rows[0].to.as_deref(), rows[0].sequence), ("refused", None, None));
        assert_eq!(rows[0].promise.as_deref(), Some("not_stated"), "whether a refusal is sent again is not stated");
        assert_eq!(rows[0].resend[0].to, "2026-08-22T13:55:00.000000Z", "up to the latest that was refused");
        assert_eq!((rows[1].reason.as_str(), rows[1].times), ("closed", 2));
        // Another webhook's refusals are none of this one's business.
        assert_eq!(monitor.away_today(Some("oslo")).unwrap().0.len(), 1);
        assert_eq!(monitor.away_today(Some("rome")).unwrap().0.len(), 2);
    }

    #[test]
    fn a_retry_is_not_counted_on_where_it_met_another_period() {
        let bench = Bench::new();
        let days = ["20", "21", "22"];
        let actions = days.map(|day| {
            let at = |hour: &str| format!("2026-08-{day}T{hour}:00:00Z");
            away(&at("08"), &at("12"), Reason::Ended)
        });
        bench.monitor().append(&actions).unwrap();
        let rows = bench.monitor().time_away(10).unwrap().rows;
        assert_eq!(rows[2].resend.len(), 1, "each try of what failed on the first day met one");
        assert_eq!((rows[1].resend.len(), rows[0].resend.len()), (0, 0));
    }

    #[test]
    fn what_changed_since_counts_the_time_away_since() {
        let bench = Bench::new();
        let actions = [
            away("2026-08-20T08:00:00Z", "2026-08-20T09:00:00Z", Reason::Closed),
            away("2026-08-21T08:00:00Z", "2026-08-21T10:00:00Z", Reason::Ended),
        ];
        bench.monitor().append(&actions).unwrap();
        let ask = ChangesQuery { since: "2026-08-21T09:00:00Z".to_owned(), webhook: String::new() };
        let changes = bench.monitor().changes(&ask).unwrap();
        assert_eq!((changes.away, changes.away_seconds), (1, 3_600), "from the moment on");
    }

    #[test]
    fn a_log_that_lost_its_beginning_has_no_from() {
        let bench = Bench::new();
        bench.monitor().append(&[away("1970-01-01T00:00:00Z", "2026-08-21T10:00:00Z", Reason::Damaged)]).unwrap();
        let row = bench.monitor().time_away(1).unwrap().rows.remove(0);
        assert_eq!((row.from, row.again_by, row.promise.as_deref()), (None, None, Some("none")));
    }
}
