//! How the errors of the rooms below become the one error a window or a command line gets.

use store::{NotDurable, StoreError};

use crate::wire::{ApiError, ErrorCode};

impl ApiError {
    /// Something went wrong that only a person can do something about.
    #[must_use]
    pub fn failed(message: impl Into<String>) -> Self {
        Self { code: ErrorCode::Failed, message: message.into(), span: None, field: None }
    }

    /// A field of a form is not right.
    #[must_use]
    pub fn invalid(field: &str, message: impl Into<String>) -> Self {
        Self { code: ErrorCode::Invalid, message: message.into(), span: None, field: Some(field.to_owned()) }
    }

    /// It is not there.
    #[must_use]
    pub fn not_found(message: impl Into<String>) -> Self {
        Self { code: ErrorCode::NotFound, message: message.into(), span: None, field: None }
    }
}

impl From<StoreError> for ApiError {
    fn from(error: StoreError) -> Self {
        let code = match error {
            StoreError::Behind { .. } => ErrorCode::Behind,
            _ => ErrorCode::Failed,
        };
        Self { code, message: error.to_string(), span: None, field: None }
    }
}

impl From<NotDurable> for ApiError {
    fn from(error: NotDurable) -> Self {
        Self::failed(format!("it could not be written into the history, so nothing was changed: {error}"))
    }
}

impl From<study::query::QueryError> for ApiError {
    fn from(error: study::query::QueryError) -> Self {
        let span = Some((error.start, error.end));
        Self { code: ErrorCode::Query, message: error.to_string(), span, field: None }
    }
}

impl From<secrets::SecretError> for ApiError {
    fn from(error: secrets::SecretError) -> Self {
        Self::failed(error.to_string())
    }
}
