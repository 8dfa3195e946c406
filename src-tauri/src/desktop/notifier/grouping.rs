//! When a pop-up is due, and what it gathers: a pure state machine. What it says is `words`' business, showing it is `bell`'s.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use api::Unseen;

/// How long an opening waits for company.
const COMPANY: Duration = Duration::from_millis(500);
/// How long after a pop-up the next one waits, gathering what follows.
const REST: Duration = Duration::from_secs(30);
/// Studies and subjects told apart in one pop-up; past it they only raise the count of openings.
const TOLD_APART: usize = 10_000;

/// The openings of one pop-up.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Group {
    /// How many problems opened, by kind.
    pub(super) kinds: BTreeMap<String, u64>,
    /// The studies they are in.
    pub(super) studies: BTreeSet<String>,
    /// The subjects concerned, by study and id. At most [`TOLD_APART`].
    pub(super) subjects: BTreeSet<(Option<String>, String)>,
    /// The newest opening.
    pub(super) newest: Unseen,
}

impl Group {
    fn of(opening: Unseen) -> Self {
        let mut group =
            Self { kinds: BTreeMap::new(), studies: BTreeSet::new(), subjects: BTreeSet::new(), newest: opening };
        let opening = group.newest.clone();
        group.note(&opening);
        group
    }

    fn note(&mut self, opening: &Unseen) {
        *self.kinds.entry(opening.kind.clone()).or_default() += 1;
        if let Some(study) = &opening.study_id
            && self.studies.len() < TOLD_APART
        {
            self.studies.insert(study.clone());
        }
        if let Some(subject) = &opening.subject_id
            && self.subjects.len() < TOLD_APART
        {
            self.subjects.insert((opening.study_id.clone(), subject.clone()));
        }
    }

    fn add(&mut self, opening: Unseen) {
        self.note(&opening);
        if opening.sequence >= self.newest.sequence {
            self.newest = opening;
        }
    }

    /// All of `earlier` and all of this as one.
    fn merge(mut self, earlier: Self) -> Self {
        for (kind, count) in earlier.kinds {
            *self.kinds.entry(kind).or_default() += count;
        }
        self.studies.extend(earlier.studies);
        self.subjects.extend(earlier.subjects);
        if earlier.newest.sequence > self.newest.sequence {
            self.newest = earlier.newest;
        }
        self
    }

    /// How many problems opened in all.
    pub(super) fn count(&self) -> u64 {
        self.kinds.values().sum()
    }
}

/// Decides when what opened is shown. Instants are durations of a monotonic clock since any fixed moment.
#[derive(Debug, Default)]
pub(super) struct Grouping {
    pending: Option<Group>,
    /// While this lies ahead nothing is shown: company is awaited, or the last pop-up is fresh.
    not_before: Duration,
}

impl Grouping {
    /// A problem opened or reopened.
    pub(super) fn opened(&mut self, now: Duration, opening: Unseen) {
        if let Some(group) = &mut self.pending {
            group.add(opening);
        } else {
            self.pending = Some(Group::of(opening));
            self.not_before = self.not_before.max(now + COMPANY);
        }
    }

    /// When [`Self::take`] will give something; `None` while nothing waits.
    pub(super) fn due(&self) -> Option<Duration> {
        self.pending.as_ref().map(|_| self.not_before)
    }

    /// What is to be shown now, if anything. The next pop-up is then at least [`REST`] away.
    pub(super) fn take(&mut self, now: Duration) -> Option<Group> {
        if now < self.not_before {
            return None;
        }
        let group = self.pending.take()?;
        self.not_before = now + REST;
        Some(group)
    }

    /// A group that could not be shown waits for the next pop-up, together with what opens meanwhile.
    pub(super) fn put_back(&mut self, group: Group) {
        self.pending = Some(match self.pending.take() {
            Some(later) => later.merge(group),
            None => group,
        });
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::desktop::notifier::testing::opening;

    fn at(millis: u64) -> Duration {
        Duration::from_millis(millis)
    }

    #[test]
    fn one_opening_waits_half_a_second_for_company() {
        let mut grouping = Grouping::default();
        grouping.opened(at(1_000), opening(1));
        assert_eq!(grouping.due(), Some(at(1_500)));
        assert_eq!(grouping.take(at(1_499)), None);
        assert_eq!(grouping.take(at(1_500)).map(|group| group.count()), Some(1));
        assert_eq!(grouping.due(), None, "shown once");
    }

    #[test]
    fn what_comes_in_time_comes_along() {
        let mut grouping = Grouping::default();
        for sequence in 0..200 {
            grouping.opened(at(sequence), opening(i64::try_from(sequence).unwrap()));
        }
        let group = grouping.take(at(500)).unwrap();
        assert_eq!(group.count(), 200, "a storm is one pop-up");
        assert_eq!(group.newest.sequence, 199);
    }

    #[test]
    fn what_follows_within_thirty_seconds_comes_as_one_at_their_end() {
        let mut grouping = Grouping::default();
        grouping.opened(at(0), opening(1));
        grouping.take(at(500)).unwrap();
        grouping.opened(at(1_000), opening(2));
        grouping.opened(at(20_000), opening(3));
        assert_eq!(grouping.due(), Some(at(30_500)));
        assert_eq!(grouping.take(at(30_499)), None);
        assert_eq!(grouping.take(at(30_500)).map(|group| group.count()), Some(2));
    }

    #[test]
    fn after_a_quiet_while_the_next_waits_half_a_second_only() {
        let mut grouping = Grouping::default();
        grouping.opened(at(0), opening(1));
        grouping.take(at(500)).unwrap();
        grouping.opened(at(100_000), opening(2));
        assert_eq!(grouping.due(), Some(at(100_500)));
    }

    #[test]
    fn what_could_not_be_shown_is_counted_into_the_next() {
        let mut grouping = Grouping::default();
        grouping.opened(at(0), opening(1));
        let group = grouping.take(at(500)).unwrap();
        grouping.opened(at(600), opening(2));
        grouping.put_back(group);
        let next = grouping.take(at(30_500)).unwrap();
        assert_eq!((next.count(), next.newest.sequence), (2, 2));
    }

    proptest! {
        #[test]
        fn at_most_one_in_thirty_seconds_and_nothing_left_out(gaps in prop::collection::vec((0_u64..40_000, any::<bool>()), 1..60)) {
            let mut grouping = Grouping::default();
            let (mut now, mut opened, mut shown, mut last) = (0, 0, 0, None::<u64>);
            for (sequence, (gap, fails)) in gaps.iter().enumerate() {
                now += gap;
                if let Some(group) = grouping.take(at(now)) {
                    if let Some(last) = last {
                        prop_assert!(now - last >= 30_000, "pop-ups at {last} and {now}");
                    }
                    last = Some(now);
                    if *fails { grouping.put_back(group) } else { shown += group.count() }
                }
                grouping.opened(at(now), opening(i64::try_from(sequence).unwrap()));
                opened += 1;
            }
            let rest = grouping.take(at(now + 60_000)).map_or(0, |group| group.count());
            prop_assert_eq!(shown + rest, opened);
        }
    }
}
