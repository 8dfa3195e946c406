//! Whether a webhook's deliveries are all refused: since when, and up to when.
//!
//! Counts what looks like CentrePoint's (it has a delivery id) and was answered 401, 403 or 410. A stranger can make that up: what it costs is one
//! line an hour, and never a delivery.

use std::collections::HashMap;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};

use store::state::NewRejection;

/// So many in a row, without one accepted, are a time in which everything was refused.
const IN_A_ROW: u32 = 3;
/// Two are enough where they are so far apart, in microseconds.
const LASTING: i64 = 600_000_000;
/// After so long without another one it is over, in microseconds: the vendor would have sent again.
const SILENCE: i64 = 26 * 3_600_000_000;
/// Webhooks looked at, at most.
const MOST: usize = 1_000;

/// A webhook's refusals without one delivery accepted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Run {
    pub(super) since: i64,
    pub(super) last: i64,
    count: u32,
    /// A delivery was accepted after them, or nothing came any more.
    pub(super) is_over: bool,
}

impl Run {
    /// Whether it is one at all, and not a lone delivery.
    pub(super) fn counts(&self) -> bool {
        self.count >= IN_A_ROW || (self.count >= 2 && self.last - self.since >= LASTING)
    }
}

/// The runs by webhook.
#[derive(Debug, Default)]
pub(in crate::receiving) struct Refusals {
    runs: Mutex<HashMap<String, Run>>,
    /// How many there are: an accepted delivery looks no further while there is none.
    webhooks: AtomicUsize,
}

impl Refusals {
    fn runs(&self) -> MutexGuard<'_, HashMap<String, Run>> {
        self.runs.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// A request was refused.
    pub(in crate::receiving) fn refused(&self, rejection: &NewRejection) {
        if matches!(rejection.status, 401 | 403 | 410) && rejection.delivery_id.is_some() {
            self.note(rejection.webhook.as_str(), rejection.received_at);
        }
    }

    fn note(&self, slug: &str, at: i64) {
        let mut runs = self.runs();
        if !runs.contains_key(slug) && runs.len() >= MOST {
            return;
        }
        let fresh = Run { since: at, last: at, count: 0, is_over: false };
        let run = runs.entry(slug.to_owned()).or_insert(fresh);
        if run.is_over && !run.counts() {
            *run = fresh;
        }
        // One that is over and was not looked at yet goes on.
        run.is_over = false;
        run.count = run.count.saturating_add(1);
        run.since = run.since.min(at);
        run.last = run.last.max(at);
        self.webhooks.store(runs.len(), Ordering::Release);
    }

    /// A delivery was accepted.
    pub(in crate::receiving) fn accepted(&self, slug: &str) {
        if self.webhooks.load(Ordering::Acquire) == 0 {
            return;
        }
        let mut runs = self.runs();
        if let Some(run) = runs.get_mut(slug) {
            run.is_over = true;
            if !run.counts() {
                runs.remove(slug);
            }
        }
        self.webhooks.store(runs.len(), Ordering::Release);
    }

    /// Whether there is nothing to look at.
    pub(super) fn is_empty(&self) -> bool {
        self.webhooks.load(Ordering::Acquire) == 0
    }

    /// What was on when the process before this one ended.
    pub(super) fn restore(&self, slug: &str, since: i64, last: i64) {
        let mut runs = self.runs();
        runs.insert(slug.to_owned(), Run { since, last, count: IN_A_ROW, is_over: false });
        self.webhooks.store(runs.len(), Ordering::Release);
    }

    /// The runs that count; those that are over are forgotten with that. `is_there` says whether a webhook still is.
    pub(super) fn look(&self, now: i64, is_there: impl Fn(&str) -> bool) -> Vec<(String, Run)> {
        let mut runs = self.runs();
        for (slug, run) in runs.iter_mut() {
            run.is_over |= now - run.last > SILENCE || !is_there(slug);
        }
        let mut found: Vec<_> =
            runs.iter().filter(|(_, run)| run.counts()).map(|(slug, run)| (slug.clone(), *run)).collect();
        found.sort_by(|one, other| one.0.cmp(&other.0));
        runs.retain(|_, run| !run.is_over);
        self.webhooks.store(runs.len(), Ordering::Release);
        found
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(refusals: &Refusals, now: i64) -> Vec<(i64, i64, bool)> {
        refusals.look(now, |_| true).into_iter().map(|(_, run)| (run.since, run.last, run.is_over)).collect()
    }

    #[test]
    fn three_in_a_row_count_and_one_accepted_ends_them() {
        let refusals = Refusals::default();
        refusals.note("rome", 10);
        refusals.note("rome", 20);
        assert_eq!(found(&refusals, 20), [], "a lone delivery or two are a matter of the list of refusals");
        refusals.note("rome", 30);
        assert_eq!(found(&refusals, 30), [(10, 30, false)]);
        refusals.accepted("oslo");
        assert_eq!(found(&refusals, 40), [(10, 30, false)], "another webhook");
        refusals.accepted("rome");
        assert_eq!(found(&refusals, 40), [(10, 30, true)]);
        assert_eq!(found(&refusals, 40), [], "said once");
        refusals.note("rome", 50);
        refusals.accepted("rome");
        refusals.note("rome", 60);
        refusals.note("rome", 70);
        assert_eq!(found(&refusals, 70), [], "an accepted one in between begins anew");
        refusals.note("rome", 80);
        assert_eq!(found(&refusals, 80), [(60, 80, false)]);
    }

    #[test]
    fn two_far_apart_count_and_silence_or_a_removed_webhook_ends_them() {
        let refusals = Refusals::default();
        refusals.note("rome", 0);
        refusals.note("rome", LASTING);
        assert_eq!(found(&refusals, LASTING + SILENCE), [(0, LASTING, false)]);
        assert_eq!(found(&refusals, LASTING + SILENCE + 1), [(0, LASTING, true)]);
        refusals.restore("rome", 5, 6);
        assert_eq!(found(&refusals, 6), [(5, 6, false)], "it goes on in the next process");
        assert!(refusals.look(7, |_| false)[0].1.is_over);
    }
}
