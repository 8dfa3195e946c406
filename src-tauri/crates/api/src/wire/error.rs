//! Errors over IPC: a code only where the window acts on it, and a sentence for the person.

use serde::Serialize;
use ts_rs::TS;

/// What the window does about an error.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, TS)]
#[serde(rename_all = "snake_case")]
pub enum ErrorCode {
    /// The query could not be understood: mark the place in the search box.
    Query,
    /// A field of a form is not right: mark it.
    Invalid,
    /// It is not there (any more): go back to the list.
    NotFound,
    /// The view is still catching up: keep what is shown and ask again.
    Behind,
    /// Anything else: say the message.
    Failed,
}

/// An error as the window gets it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, TS, thiserror::Error)]
#[error("{message}")]
pub struct ApiError {
    /// What to do about it.
    pub code: ErrorCode,
    /// What happened, in plain words.
    pub message: String,
    /// With `query`: first and one past the last character of what was not understood.
    pub span: Option<(usize, usize)>,
    /// With `invalid`: the form's field.
    pub field: Option<String>,
}
