//! Which file a path leads to right now, to notice that it was deleted or replaced under an open connection.

use std::path::Path;

/// Equal as long as the path leads to the same file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct FileIdentity(u64, u64);

impl FileIdentity {
    /// `None` when nothing is there.
    pub(crate) fn of(path: &Path) -> Option<Self> {
        let metadata = std::fs::metadata(path).ok()?;
        Some(Self::from(&metadata))
    }

    #[cfg(unix)]
    fn from(metadata: &std::fs::Metadata) -> Self {
        use std::os::unix::fs::MetadataExt;
        Self(metadata.dev(), metadata.ino())
    }

    // Elsewhere an open file cannot be replaced, so that being there is enough.
    #[cfg(not(unix))]
    fn from(_metadata: &std::fs::Metadata) -> Self {
        Self(0, 0)
    }
}
