//! A problem: something that wants a person. Its kinds, its states; which event it comes from is in [`signal`](mod@signal),
//! how it lives on in [`life`], which problems are the same trouble in [`family`](mod@family).

pub mod family;
pub mod life;
pub mod signal;

pub use family::family;
pub use life::{Change, Problem, Step, Undo, Undoable, step};
pub use signal::{ProblemKey, Signal, signal};

/// What kind of thing wants a person.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ProblemKind {
    /// An upload whose latest end is an error.
    UploadError,
    /// Raw processing or a data retrieval that failed.
    ProcessingError,
    /// An authentic delivery that is not a JSON object.
    Unreadable,
    /// An upload that started and has had no end for longer than the threshold. Computed when read, never opened by an event.
    StuckUpload,
    /// A whole webhook of which nothing came for longer than usual. Computed when read, never opened by an event; its id is minus the sequence
    /// of the latest delivery.
    Silence,
}

impl ProblemKind {
    /// `upload_error`, `processing_error`, `unreadable`, `stuck_upload` or `silence`.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::UploadError => "upload_error",
            Self::ProcessingError => "processing_error",
            Self::Unreadable => "unreadable",
            Self::StuckUpload => "stuck_upload",
            Self::Silence => "silence",
        }
    }
}

/// Where a problem is in its life.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum ProblemState {
    /// Nobody has looked yet.
    Open,
    /// A person has seen it and is on it.
    Acknowledged,
    /// Over: by a person, or by itself when the upload completed.
    Resolved,
}

impl ProblemState {
    /// `open`, `acknowledged` or `resolved`.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Open => "open",
            Self::Acknowledged => "acknowledged",
            Self::Resolved => "resolved",
        }
    }
}
