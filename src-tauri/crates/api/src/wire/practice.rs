//! Practice, as its window steers it.

use serde::{Deserialize, Serialize};
use ts_rs::TS;

/// How the simulated study goes.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, TS)]
pub struct PracticeState {
    /// `day`, `errors`, `burst` or `silence`.
    pub scenario: String,
    /// Deliveries a second.
    pub rate: f64,
    /// Nothing is sent until it goes on.
    pub paused: bool,
}
