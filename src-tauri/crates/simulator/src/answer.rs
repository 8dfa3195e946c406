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

impl Summary {
    /// What is known after the handshake.
    pub(crate) fn begun(handshake: Handshake) -> Self {
        let answers = BTreeMap::new();
        Self { handshake, sent: 0, answers, unanswered: 0, retries: 0, seconds: 0.0, errors: Vec::new() }
    }

    /// Counts one delivery.
    pub(crate) fn count(&mut self, answer: &Answer, error: Option<String>) {
        self.sent += 1;
        self.retries += u64::from(answer.attempts.saturating_sub(1));
        match answer.outcome {
            Outcome::Status(status) => *self.answers.entry(status).or_default() += 1,
            Outcome::NoAnswer(_) => self.unanswered += 1,
        }
        if let Some(error) = error
            && self.errors.len() < Self::MAX_ERRORS
            && !self.errors.contains(&error)
        {
            self.errors.push(error);
        }
    }
}

impl fmt::Display for Handshake {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Passed => f.write_str("passed"),
            Self::Failed(why) => write!(f, "failed: {why}"),
            Self::NoAnswer(why) => write!(f, "no answer: {why}"),
        }
    }
}

impl fmt::Display for Summary {
    /// A few lines for a person, without a line end after the last.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "handshake   {}", self.handshake)?;
        write!(f, "sent        {} in {:.1} s", self.sent, self.seconds)?;
        for (status, count) in &self.answers {
            write!(f, "\n  {status}       {count}")?;
        }
        if self.unanswered > 0 {
            write!(f, "\n  no answer {}", self.unanswered)?;
        }
        if self.retries > 0 {
            write!(f, "\nretries     {}", self.retries)?;
        }
        for error in &self.errors {
            write!(f, "\nsaid        {error}")?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn answer(outcome: Outcome, attempts: u32) -> Answer {
        let (event, delivery_id) = ("upload".into(), "a".into());
        Answer { number: 1, event, delivery_id, outcome, attempts, elapsed: Duration::ZERO }
    }

    #[test]
    fn a_summary_counts_and_says_what_a_person_wants_to_know() {
        let mut summary = Summary::begun(Handshake::Passed);
        assert!(summary.all_accepted(), "nothing was refused");
        for _ in 0..3 {
            summary.count(&answer(Outcome::Status(200), 1), None);
        }
        assert!(summary.all_accepted());
        for attempt in 0..9 {
            let why = format!("refused {}", attempt % 7);
            summary.count(&answer(Outcome::NoAnswer(why.clone()), 3), Some(why));
        }
        summary.count(&answer(Outcome::Status(401), 1), Some("refused 0".into()));
        summary.seconds = 1.25;
        assert!(!summary.all_accepted());
        assert_eq!(summary.errors.len(), Summary::MAX_ERRORS);
        let lines = "handshake   passed\nsent        13 in 1.2 s\n  200       3\n  401       1\n  no answer 9\nretries     18\n\
             said        refused 0\nsaid        refused 1\nsaid        refused 2\nsaid        refused 3\nsaid        refused 4";
        assert_eq!(summary.to_string(), lines);
    }
}
