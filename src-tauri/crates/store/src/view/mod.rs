//! The view: derived from the log by one projector, position and rows in one transaction; deletable at any time.
//!
//! What rows mean is `study`'s business; questions to the view are `history`'s.

mod absences;
mod acts;
mod apply;
mod catch_up;
mod checkpoints;
pub(crate) mod codes;
mod derive;
mod digest;
pub(crate) mod file;
mod folded;
mod pace;
mod people;
mod projector;
mod statements;
mod tallies;
mod words;

pub(crate) use catch_up::Deriver;
use catch_up::Limits;
pub use catch_up::rebuild;
pub use digest::content_digest;
pub(crate) use file::{VERSION, mark_damaged};
pub use projector::Projector;

/// What changed, told after the view's commit.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Change {
    /// The view holds everything up to this sequence.
    pub sequence: i64,
    /// Rows of the log not derived yet.
    pub behind: i64,
    /// Ids of problems that opened or reopened in this step, with the sequence that did it; at most 1,000, the rest is only counted.
    pub opened: Vec<Opening>,
    /// How many opened in all.
    pub opened_count: u64,
    /// A rebuild is going on: sequence reached and sequence to reach.
    pub rebuilding: Option<(i64, i64)>,
}

/// A problem that opened or reopened.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Opening {
    /// The problem's id.
    pub problem: i64,
    /// The log row that opened it.
    pub sequence: i64,
}

/// [`Change::opened`] holds at most this many.
pub(crate) const MOST_OPENINGS: usize = 1000;

#[cfg(test)]
mod tests;
