//! What can be changed about a run while it goes on.

use std::sync::{Mutex, PoisonError};

use crate::{Plan, Scenario};

/// How a run goes at the moment.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Pace {
    /// What kind of day it is.
    pub scenario: Scenario,
    /// Deliveries a second; 0: as fast as they are answered.
    pub rate: f64,
    /// Nothing is sent until it goes on.
    pub is_paused: bool,
}

impl Pace {
    /// As `plan` says.
    #[must_use]
    pub fn of(plan: &Plan) -> Self {
        Self { scenario: plan.scenario, rate: plan.rate, is_paused: false }
    }
}

/// Held by who steers and by the run.
#[derive(Debug)]
pub struct Dial(Mutex<Pace>);

impl Dial {
    /// One that stands at `pace`.
    #[must_use]
    pub fn new(pace: Pace) -> Self {
        Self(Mutex::new(pace))
    }

    /// Where it stands.
    pub fn pace(&self) -> Pace {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Turns it. A rate that is none (negative, infinite) is refused: `false`, and nothing changes.
    pub fn turn(&self, pace: Pace) -> bool {
        let is_rate = pace.rate >= 0.0 && pace.rate.is_finite();
        if is_rate {
            *self.0.lock().unwrap_or_else(PoisonError::into_inner) = pace;
        }
        is_rate
    }
}
