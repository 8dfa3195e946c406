//! Sets of sequences, one bit each: a million events are 128 KiB, so that sets are joined, counted and gone through in microseconds.

use super::drive::Range;

/// A set of sequences (0 and up; others are left out).
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Bits {
    words: Vec<u64>,
}

impl Bits {
    pub(super) fn add(&mut self, sequence: i64) {
        let Some((place, bit)) = place(sequence) else { return };
        if self.words.len() <= place {
            self.words.resize(place + 1, 0);
        }
        self.words[place] |= bit;
    }

    /// Adds every sequence from `first` to `last`, both included.
    pub(super) fn add_all(&mut self, first: i64, last: i64) {
        if last < first.max(0) {
            return;
        }
        let (first, last) = (first.max(0), last.max(0));
        if self.words.len() <= index(last) {
            self.words.resize(index(last) + 1, 0);
        }
        for place in index(first)..=index(last) {
            self.words[place] |= mask(place, first, last);
        }
    }

    pub(super) fn remove(&mut self, sequence: i64) {
        if let Some((place, bit)) = place(sequence)
            && let Some(word) = self.words.get_mut(place)
        {
            *word &= !bit;
        }
    }

    pub(super) fn holds(&self, sequence: i64) -> bool {
        place(sequence).is_some_and(|(place, bit)| self.words.get(place).is_some_and(|word| word & bit != 0))
    }

    /// Leaves what `other` holds, too.
    pub(super) fn keep(&mut self, other: &Self) {
        self.words.truncate(other.words.len());
        self.words.iter_mut().zip(&other.words).for_each(|(word, other)| *word &= other);
    }

    /// Adds what `other` holds.
    pub(super) fn join(&mut self, other: &Self) {
        if self.words.len() < other.words.len() {
            self.words.resize(other.words.len(), 0);
        }
        self.words.iter_mut().zip(&other.words).for_each(|(word, other)| *word |= other);
    }

    /// Removes what `other` holds.
    pub(super) fn leave_out(&mut self, other: &Self) {
        self.words.iter_mut().zip(&other.words).for_each(|(word, other)| *word &= !other);
    }

    /// How many are within the range.
    pub(super) fn count(&self, range: Range) -> i64 {
        self.within(range).map(|(_, word)| i64::from(word.count_ones())).sum()
    }

    /// Those within the range without the newest `offset`, newest first, at most `limit`.
    pub(super) fn newest(&self, range: Range, offset: i64, limit: usize) -> Vec<i64> {
        let (mut left, mut all) = (offset.max(0), Vec::new());
        for (place, mut word) in self.within(range) {
            let here = i64::from(word.count_ones());
            if here <= left {
                left -= here;
                continue;
            }
            while word != 0 {
                let bit = word.ilog2();
                word &= !(1 << bit);
                if left > 0 {
                    left -= 1;
                    continue;
                }
                if all.len() >= limit {
                    return all;
                }
                all.extend(i64::try_from(place).ok().map(|place| place * 64 + i64::from(bit)));
            }
        }
        all
    }

    /// The words of the bits within the range, newest first, each with its place.
    fn within(&self, range: Range) -> impl Iterator<Item = (usize, u64)> + '_ {
        let first = range.after.map_or(0, |after| after.saturating_add(1)).max(0);
        let last = range.before.map_or(i64::MAX, |before| before.saturating_sub(1));
        let most = i64::try_from(self.words.len()).unwrap_or(i64::MAX).saturating_mul(64).saturating_sub(1);
        let last = last.min(most);
        let places = if first > last { 0..0 } else { index(first)..index(last) + 1 };
        places.rev().map(move |place| (place, self.words[place] & mask(place, first, last)))
    }
}

impl Extend<i64> for Bits {
    fn extend<I: IntoIterator<Item = i64>>(&mut self, sequences: I) {
        sequences.into_iter().for_each(|sequence| self.add(sequence));
    }
}

/// The bits of the word at `place` that are of `first` to `last`; the word is one of theirs.
fn mask(place: usize, first: i64, last: i64) -> u64 {
    let from = if place == index(first) { u64::MAX << (first % 64) } else { u64::MAX };
    let to = if place == index(last) { u64::MAX >> (63 - last % 64) } else { u64::MAX };
    from & to
}

fn index(sequence: i64) -> usize {
    usize::try_from(sequence / 64).unwrap_or(usize::MAX)
}

fn place(sequence: i64) -> Option<(usize, u64)> {
    let place = usize::try_from(sequence.div_euclid(64)).ok()?;
    Some((place, 1 << sequence.rem_euclid(64)))
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use proptest::prelude::*;

    use super::*;

    fn bits(sequences: &BTreeSet<i64>) -> Bits {
        let mut bits = Bits::default();
        bits.extend(sequences.iter().copied());
        bits
    }

    fn all(bits: &Bits) -> BTreeSet<i64> {
        bits.newest(Range::default(), 0, usize::MAX).into_iter().collect()
    }

    proptest! {
        #[test]
        fn bits_answer_as_a_sorted_list_does(
            sequences in prop::collection::btree_set(1..400_i64, 0..80),
            after in prop::option::of(-1..420_i64),
            before in prop::option::of(-1..420_i64),
            offset in 0..90_i64,
            limit in 0..90_usize,
        ) {
            let found = bits(&sequences);
            let range = Range { before, after };
            let within = |sequence: &i64| after.is_none_or(|after| *sequence > after) && before.is_none_or(|before| *sequence < before);
            let list: Vec<i64> = sequences.iter().rev().copied().filter(within).collect();
            prop_assert_eq!(found.count(range), i64::try_from(list.len()).unwrap());
            let page: Vec<i64> = list.iter().copied().skip(usize::try_from(offset).unwrap()).take(limit).collect();
            prop_assert_eq!(found.newest(range, offset, limit), page);
            for sequence in -1..420 {
                prop_assert_eq!(found.holds(sequence), sequences.contains(&sequence));
            }
        }

        #[test]
        fn bits_are_joined_as_sets_are(
            one in prop::collection::btree_set(0..300_i64, 0..60),
            other in prop::collection::btree_set(0..400_i64, 0..60),
            (first, last) in (-5..400_i64, -5..400_i64),
        ) {
            let with = |change: &dyn Fn(&mut Bits)| {
                let mut changed = bits(&one);
                change(&mut changed);
                all(&changed)
            };
            let others = bits(&other);
            prop_assert_eq!(with(&|bits| bits.keep(&others)), &one & &other);
            prop_assert_eq!(with(&|bits| bits.join(&others)), &one | &other);
            prop_assert_eq!(with(&|bits| bits.leave_out(&others)), &one - &other);
            prop_assert_eq!(with(&|bits| other.iter().for_each(|sequence| bits.remove(*sequence))), &one - &other);
            let run: BTreeSet<i64> = (first.max(0)..=last).collect();
            prop_assert_eq!(with(&|bits| bits.add_all(first, last)), &one | &run);
        }
    }
}
