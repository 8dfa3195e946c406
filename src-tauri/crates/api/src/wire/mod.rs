//! What crosses to the window, as JSON. Every type here has its TypeScript twin in `ui/src/ipc/bindings`, which a test keeps equal.
//!
//! Instants are RFC 3339 UTC with microseconds (`2026-08-22T14:05:33.123456Z`). Sequences and ids are numbers (a log stays far below 2^53 rows).

mod error;
mod event;
mod live;
mod problem;
mod settings;
mod today;
mod upload;
mod webhook;

pub use error::{ApiError, ErrorCode};
pub use event::{Attempt, EventDetail, EventPage, EventQuery, EventRow, HeaderLine, Rejection};
pub use live::{ExportProgress, ExportRequest, ExportState, LiveMessage};
pub use problem::{ProblemAct, ProblemActKind, ProblemDetail, ProblemPage, ProblemRow, StoryLine};
pub use settings::{About, Settings};
pub use today::{Bar, Counts, ReceiverState, ReceiverStatus, Today, TodayQuery};
pub use upload::{ListQuery, SubjectPage, SubjectRow, UploadPage, UploadRow};
pub use webhook::{Validation, WebhookAdded, WebhookForm, WebhookRow};
