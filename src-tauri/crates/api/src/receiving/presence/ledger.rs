//! Times away that are not in the log yet: begun, ended, joined where they are of one reason and close together, and handed on when they are over
//! for long enough. Pure.

use store::state::Away;
use study::away::{APART, Reason, SHORTEST};

/// At most so many wait; past that, one more of a reason joins the newest of it, however far apart they are.
const MOST: usize = 100;
/// Refusals of one webhook are joined over longer: a delivery an hour is a quiet study, and a stranger must not be able to fill the history.
const REFUSALS_APART: i64 = 3_600_000_000;

/// The times away, oldest first.
#[derive(Debug, Default)]
pub(super) struct Ledger {
    rows: Vec<Away>,
    /// Whether they differ from what was kept last.
    pub(super) changed: bool,
}

fn apart(reason: Reason) -> i64 {
    if reason == Reason::Refused { REFUSALS_APART } else { i64::try_from(APART.as_micros()).unwrap_or(i64::MAX) }
}

fn shortest() -> i64 {
    i64::try_from(SHORTEST.as_micros()).unwrap_or(i64::MAX)
}

impl Ledger {
    pub(super) fn of(rows: Vec<Away>) -> Self {
        Self { rows, changed: false }
    }

    pub(super) fn rows(&self) -> &[Away] {
        &self.rows
    }

    fn find(&mut self, reason: Reason, webhook: Option<&str>) -> Option<&mut Away> {
        self.rows.iter_mut().rev().find(|row| row.reason == reason && row.webhook.as_deref() == webhook)
    }

    pub(super) fn is_on(&self, reason: Reason, webhook: Option<&str>) -> bool {
        self.rows.iter().any(|row| row.is_on && row.reason == reason && row.webhook.as_deref() == webhook)
    }

    /// One begins at `at`, or goes on where the one before was over just now.
    pub(super) fn begin(&mut self, reason: Reason, webhook: Option<&str>, at: i64) {
        if !self.is_on(reason, webhook) {
            self.put(Away {
                reason,
                webhook: webhook.map(str::to_owned),
                from: at,
                to: at,
                is_on: true,
                times: 1,
                doubtful: false,
            });
        }
    }

    /// The one that is on is known to last up to `at`.
    pub(super) fn lasts(&mut self, reason: Reason, webhook: Option<&str>, at: i64) {
        if let Some(row) = self.find(reason, webhook)
            && row.is_on
            && row.to < at
        {
            row.to = at;
            self.changed = true;
        }
    }

    /// The one that is on ended at `at`; where the clock was set back below its beginning, its length is not known. A mere moment is none.
    pub(super) fn end(&mut self, reason: Reason, webhook: Option<&str>, at: i64) {
        let Some(row) = self.find(reason, webhook).filter(|row| row.is_on) else { return };
        row.is_on = false;
        row.doubtful |= at < row.from;
        row.to = at.max(row.to);
        self.changed = true;
        let shortest = shortest();
        self.rows
            .retain(|row| row.is_on || row.times > 1 || row.doubtful || row.to - row.from >= shortest || keeps(row));
    }

    /// One that is over already.
    pub(super) fn add(&mut self, row: Away) {
        if row.doubtful || row.to - row.from >= shortest() {
            self.put(row);
        }
    }

    fn put(&mut self, new: Away) {
        let full = self.rows.len() >= MOST;
        let apart = apart(new.reason);
        self.changed = true;
        let joined = self
            .find(new.reason, new.webhook.as_deref())
            .filter(|row| !row.is_on && (full || (new.from - row.to < apart && row.from - new.from < apart)));
        match joined {
            Some(row) => {
                row.from = row.from.min(new.from);
                row.to = row.to.max(new.to);
                row.is_on = new.is_on;
                row.times += new.times;
                row.doubtful |= new.doubtful;
            }
            None => self.rows.push(new),
        }
    }

    /// Takes those out that nothing can join any more.
    pub(super) fn due(&mut self, now: i64) -> Vec<Away> {
        let is_due = |row: &Away| !row.is_on && (now < row.to || now - row.to >= apart(row.reason));
        self.rows.iter().filter(|row| is_due(row)).cloned().collect()
    }

    /// These are in the log.
    pub(super) fn forget(&mut self, row: &Away) {
        self.rows.retain(|each| each != row);
        self.changed = true;
    }

    /// The process that knew of those that were on is gone: they ended when it was last known to live. Refusals go on: they are no matter of a
    /// process.
    pub(super) fn end_all(&mut self, at: i64) {
        let on: Vec<_> = self.rows.iter().filter(|row| row.is_on && row.reason != Reason::Refused).cloned().collect();
        for row in on {
            self.end(row.reason, row.webhook.as_deref(), at.max(row.from));
        }
    }
}

/// Whether even a moment of it counts: each delivery that was refused is one that is not there.
fn keeps(row: &Away) -> bool {
    row.reason == Reason::Refused
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const SECOND: i64 = 1_000_000;

    fn spans(ledger: &Ledger) -> Vec<(i64, i64, i64)> {
        ledger.rows().iter().map(|row| (row.from / SECOND, row.to / SECOND, row.times)).collect()
    }

    fn away(reason: Reason, from: i64, to: i64) -> Away {
        let (from, to) = (from * SECOND, to * SECOND);
        Away { reason, webhook: None, from, to, is_on: false, times: 1, doubtful: false }
    }

    #[test]
    fn a_flapping_port_is_one_period_and_goes_into_the_log_once_it_is_quiet() {
        let mut ledger = Ledger::default();
        for at in [100, 130, 160] {
            ledger.begin(Reason::NotListening, None, at * SECOND);
            ledger.begin(Reason::NotListening, None, (at + 1) * SECOND);
            ledger.end(Reason::NotListening, None, (at + 5) * SECOND);
            assert_eq!(ledger.due((at + 20) * SECOND), []);
        }
        assert_eq!(spans(&ledger), [(100, 165, 3)]);
        let due = ledger.due(225 * SECOND);
        assert_eq!(due.len(), 1, "a minute later");
        ledger.forget(&due[0]);
        assert_eq!(spans(&ledger), []);
    }

    #[test]
    fn a_moment_is_none_and_other_reasons_stay_apart() {
        let mut ledger = Ledger::default();
        ledger.add(away(Reason::Closed, 10, 11));
        ledger.begin(Reason::NotStored, None, 20 * SECOND);
        ledger.end(Reason::NotStored, None, 21 * SECOND);
        assert_eq!(spans(&ledger), []);
        ledger.add(away(Reason::Closed, 10, 13));
        ledger.add(away(Reason::Ended, 14, 19));
        ledger.add(away(Reason::Closed, 90, 95));
        assert_eq!(spans(&ledger), [(10, 13, 1), (14, 19, 1), (90, 95, 1)]);
    }

    #[test]
    fn a_clock_set_back_makes_a_length_doubtful_and_joins_nothing_far_away() {
        let mut ledger = Ledger::default();
        ledger.begin(Reason::NotStored, None, 10_000 * SECOND);
        ledger.end(Reason::NotStored, None, 400 * SECOND);
        let row = ledger.rows()[0].clone();
        assert_eq!((row.from, row.to, row.doubtful), (10_000 * SECOND, 10_000 * SECOND, true));
        ledger.add(away(Reason::NotStored, 500, 600));
        assert_eq!(ledger.rows().len(), 2, "hours apart by the clock");
        assert_eq!(ledger.due(450 * SECOND).len(), 2, "what lies ahead of the clock waits for nothing");
    }

    proptest! {
        /// Whatever flaps, the rows are bounded, none is inside out, and every moment away is within one of them.
        #[test]
        fn bounded_and_nothing_is_left_out(periods in proptest::collection::vec((0..40_000i64, 2..4_000i64, 0..2usize), 0..400)) {
            let mut ledger = Ledger::default();
            for (from, length, which) in &periods {
                ledger.add(away([Reason::Closed, Reason::Ended][*which], *from, from + length));
            }
            prop_assert!(ledger.rows().len() <= MOST + 2);
            prop_assert_eq!(ledger.rows().iter().map(|row| row.times).sum::<i64>(), i64::try_from(periods.len()).unwrap());
            for (from, length, which) in periods {
                let reason = [Reason::Closed, Reason::Ended][which];
                prop_assert!(ledger.rows().iter().any(|row| row.reason == reason
                    && row.from <= from * SECOND && row.to >= (from + length) * SECOND));
            }
        }
    }
}
