//! How fast the projector works: at once while arrivals are few, giving way to intake while they are many. Pure: time comes in.

use std::time::Duration;

use super::Limits;

/// Arrivals per second up to which the view follows at once.
const COMFORTABLE: f64 = 2_000.0;
/// At most this many times its working time does it pause.
const MOST_PAUSES: f64 = 30.0;
/// No single pause is longer.
const LONGEST: Duration = Duration::from_secs(2);
/// Rows in one step while giving way: a step on a long history takes long enough for its pause to be cut short by [`LONGEST`] otherwise, and
/// then takes more of the computer than on a short one.
const GIVING_WAY_ROWS: usize = 512;
/// Between two batches under a steady trickle: a commit for each arrival would cost more than it shows.
const GATHER: Duration = Duration::from_millis(8);
/// What the rate is measured over.
const WINDOW: Duration = Duration::from_millis(200);

/// Rates measured so far.
#[derive(Debug, Default)]
pub(super) struct Pace {
    /// When the window began, and the log's newest sequence then.
    window: Option<(Duration, i64)>,
    per_second: f64,
}

impl Pace {
    /// Tells it where the log is at `now` (since any fixed moment).
    pub(super) fn observe(&mut self, now: Duration, newest: i64) {
        let Some((since, from)) = self.window else {
            self.window = Some((now, newest));
            return;
        };
        let elapsed = now.saturating_sub(since);
        if elapsed < WINDOW {
            return;
        }
        #[expect(clippy::cast_precision_loss, reason = "a rate needs no exact numbers")]
        let rows = newest.saturating_sub(from).max(0) as f64;
        self.per_second = rows / elapsed.as_secs_f64();
        self.window = Some((now, newest));
    }

    /// Whether more arrives than it comfortably follows.
    pub(super) fn gives_way(&self) -> bool {
        self.per_second > COMFORTABLE
    }

    /// How large the next step may be. Small ones while giving way: intake must not wait behind a long one.
    pub(super) fn limits(&self) -> Limits {
        if self.gives_way() { Limits { rows: GIVING_WAY_ROWS, bytes: 4 * 1024 * 1024 } } else { Limits::FULL_SPEED }
    }

    /// How long to rest after a step that took `worked` and left `behind` rows.
    pub(super) fn pause(&self, worked: Duration, behind: i64) -> Duration {
        if self.gives_way() {
            let factor = ((self.per_second - COMFORTABLE) / COMFORTABLE).min(MOST_PAUSES);
            worked.mul_f64(factor).min(LONGEST)
        } else if behind > 0 {
            Duration::ZERO
        } else {
            GATHER
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pace(per_second: i64) -> Pace {
        let mut pace = Pace::default();
        pace.observe(Duration::ZERO, 0);
        pace.observe(Duration::from_secs(1), per_second);
        pace
    }

    #[test]
    fn it_follows_at_once_while_arrivals_are_few() {
        assert!(!pace(1_000).gives_way());
        assert_eq!(pace(1_000).pause(Duration::from_millis(5), 10), Duration::ZERO, "it is behind: go on");
        assert!(pace(1_000).pause(Duration::from_millis(5), 0) <= Duration::from_millis(20));
    }

    #[test]
    fn it_rests_the_more_the_more_arrives() {
        let worked = Duration::from_millis(50);
        let (some, many) = (pace(4_000).pause(worked, 100), pace(30_000).pause(worked, 100));
        assert!(some < many, "{some:?} {many:?}");
        assert!(many <= LONGEST);
        assert!(pace(1_000_000).pause(Duration::from_hours(1), 1) <= LONGEST);
    }

    #[test]
    fn it_goes_back_to_full_speed_when_the_burst_is_over() {
        let mut pace = pace(30_000);
        assert!(pace.gives_way());
        pace.observe(Duration::from_millis(1_300), 30_000);
        assert!(!pace.gives_way());
    }
}
