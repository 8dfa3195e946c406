//! What came back: one [`Answer`] a delivery, and the [`Summary`] of a run.

use std::collections::BTreeMap;
use std::fmt;
use std::time::Duration;

/// What came back for one delivery, its immediate retries included.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Answer {
    /// Its place in the stream, from 1.
    pub number: u64,
    /// The event's name.
    pub event: String,
    /// The delivery id.
    pub delivery_id: String,
    /// The answer, or why there was none.
    pub outcome: Outcome,
    /// How often it was sent, at least 1.
    pub attempts: u32,
    /// From the first byte sent to the last answer.
    pub elapsed: Duration,
}

/// The last attempt's end.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Outcome {
    /// An HTTP status.
    Status(u16),
    /// No answer: why, in the system's words.
    NoAnswer(String),
}

/// What became of the handshake.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Handshake {
    /// Answered 200 with the code.
    Passed,
    /// Answered, but not with 200, or not with the code.
    Failed(String),
    /// Not answered.
    NoAnswer(String),
}

/// What a run came to.
#[derive(Debug, Clone, PartialEq)]
pub struct Summary {
    /// What became of the handshake.
    pub handshake: Handshake,
    /// Deliveries sent, retries not counted.
    pub sent: u64,
    /// Deliveries by the HTTP status of their last answer.
    pub answers: BTreeMap<u16, u64>,
    /// Deliveries that were never answered.
    pub unanswered: u64,
    /// Further attempts made because an earlier one had no answer.
    pub retries: u64,
    /// How long the deliveries took, in seconds, the handshake not counted.
    pub seconds: f64,
    /// The first different error texts, at most [`Summary::MAX_ERRORS`].
    pub errors: Vec<String>,
}

impl Summary {
    /// How many different error texts are kept.
    pub const MAX_ERRORS: usize = 5;

    /// Whether the handshake passed and every delivery was answered 200.
    #[must_use]
    pub fn all_accepted(&self) -> bool {
        self.handshake == Handshake::Passed && self.answers.get(&200).copied().unwrap_or(0) == self.sent
    }
}

impl fmt::Display for Summary {
    fn fmt(&self, _f: &mut fmt::Formatter<'_>) -> fmt::Result {
        todo!()
    }
}
