//! What events mean for a study: the life of an upload, the life of a problem, subjects, the search language, time away, silence,
//! escalation, the clock.
//!
//! Pure: no I/O, and time comes in through [`Clock`]. How rows are stored is `store`'s business.

pub mod action;
pub mod away;
pub mod clock;
pub mod escalation;
pub mod problem;
pub mod query;
pub mod silence;
pub mod slug;
pub mod subject;
pub mod upload;

pub use action::Action;
pub use clock::Clock;
pub use problem::{ProblemKey, ProblemKind, ProblemState};
pub use query::Query;
pub use slug::Slug;
pub use upload::{Upload, UploadKey, UploadState};
