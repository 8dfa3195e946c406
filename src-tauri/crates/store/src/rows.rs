//! The rows readers get: plain data, one struct a kind. Instants are microseconds since 1970-01-01T00:00:00Z.

mod event;
mod figures;
mod problem;
mod receiving;
mod subject;
mod upload;

pub use event::{AttemptRow, EventDetail, EventRow, Flags};
pub use figures::{ActRow, Changes, Counts, Ended};
pub use problem::{ProblemGroup, ProblemGroups, ProblemRow, StoryRow};
pub use receiving::{AwayRow, Checked, Pulse, RefusedDelivery, RejectionRow};
pub use subject::{KnownRow, RemarkRow, SubjectCounts, SubjectDetail, SubjectRow, WearRow};
pub use upload::{LifeStep, MOST_STEPS, UploadRow};
