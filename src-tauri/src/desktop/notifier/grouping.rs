//! When a pop-up is due: a pure state machine. What it tells of is written down in the state, what it says is `api`'s, showing it is `bell`'s.

use std::time::Duration;

/// How long an opening waits for company.
const COMPANY: Duration = Duration::from_millis(500);
/// How long after a pop-up the next one waits, gathering what follows.
const REST: Duration = Duration::from_secs(30);

/// Decides when what waits is shown. Instants are durations of a monotonic clock since any fixed moment.
#[derive(Debug, Default)]
pub(super) struct Grouping {
    is_waiting: bool,
    /// While this lies ahead nothing is shown: company is awaited, or the last pop-up is fresh.
    not_before: Duration,
}

impl Grouping {
    /// There is something to show.
    pub(super) fn arrived(&mut self, now: Duration) {
        if !self.is_waiting {
            self.is_waiting = true;
            self.not_before = self.not_before.max(now + COMPANY);
        }
    }

    /// When [`Self::take`] will say yes; `None` while nothing waits.
    pub(super) fn due(&self) -> Option<Duration> {
        self.is_waiting.then_some(self.not_before)
    }

    /// Whether what waits is to be shown now. The next pop-up is then at least [`REST`] away.
    pub(super) fn take(&mut self, now: Duration) -> bool {
        if !self.is_waiting || now < self.not_before {
            return false;
        }
        self.is_waiting = false;
        self.not_before = now + REST;
        true
    }

    /// What could not be shown waits for the next pop-up, together with what comes meanwhile.
    pub(super) fn put_back(&mut self) {
        self.is_waiting = true;
    }

    /// The desktop that could not show anything can do so again: what waits need not rest.
    pub(super) fn rested(&mut self, now: Duration) {
        self.not_before = now + COMPANY;
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn at(millis: u64) -> Duration {
        Duration::from_millis(millis)
    }

    #[test]
    fn one_opening_waits_half_a_second_for_company() {
        let mut grouping = Grouping::default();
        grouping.arrived(at(1_000));
        assert_eq!(grouping.due(), Some(at(1_500)));
        assert!(!grouping.take(at(1_499)));
        assert!(grouping.take(at(1_500)));
        assert_eq!(grouping.due(), None, "shown once");
    }

    #[test]
    fn what_follows_within_half_a_minute_comes_at_its_end() {
        let mut grouping = Grouping::default();
        grouping.arrived(at(0));
        assert!(grouping.take(at(500)));
        for millis in [600, 9_000, 30_400] {
            grouping.arrived(at(millis));
        }
        assert_eq!(grouping.due(), Some(at(30_500)));
        assert!(!grouping.take(at(30_499)));
        assert!(grouping.take(at(30_500)));
        grouping.arrived(at(90_000));
        assert_eq!(grouping.due(), Some(at(90_500)), "after a rest it is as at first");
    }

    #[test]
    fn what_could_not_be_shown_comes_with_the_next_or_once_the_desktop_is_back() {
        let mut grouping = Grouping::default();
        grouping.arrived(at(0));
        assert!(grouping.take(at(500)));
        grouping.put_back();
        assert_eq!(grouping.due(), Some(at(30_500)));
        grouping.rested(at(2_000));
        assert_eq!(grouping.due(), Some(at(2_500)));
    }

    proptest! {
        #[test]
        fn two_pop_ups_are_half_a_minute_apart_and_nothing_is_forgotten(gaps in prop::collection::vec(0_u64..20_000, 1..80)) {
            let mut grouping = Grouping::default();
            let (mut now, mut told, mut shown) = (0, 0, Vec::new());
            for (count, gap) in gaps.iter().enumerate() {
                now += gap;
                grouping.arrived(at(now));
                if grouping.take(at(now)) {
                    shown.push(now);
                    told = count + 1;
                }
            }
            if let Some(due) = grouping.due() {
                prop_assert!(grouping.take(due));
                told = gaps.len();
            }
            prop_assert_eq!(told, gaps.len());
            prop_assert!(shown.windows(2).all(|two| two[1] - two[0] >= 30_000));
        }
    }
}
