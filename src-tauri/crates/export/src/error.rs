//! What can go wrong with an export, in words for the person who waits for it.

use store::StoreError;

/// What went wrong.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ExportError {
    /// It was cancelled; nothing stands under the final name.
    #[error("the export was cancelled; nothing was written")]
    Cancelled,
    /// The history could not be read.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The file could not be written.
    #[error("{path} cannot be written: {source}")]
    Write {
        /// Which file.
        path: String,
        /// The system's error.
        source: std::io::Error,
    },
}
