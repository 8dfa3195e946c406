//! Which file a path leads to right now, to notice that it was deleted or replaced under an open connection.

use std::path::Path;

/// Equal as long as the path leads to the same file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct FileIdentity(u64, u64);

impl FileIdentity {
    /// `None` when nothing is there.
    ///
    /// Asked before each commit. A question for a file's times, as `std::fs::metadata` asks it, makes Linux give the next write of that file a time of
    /// its own (since 6.13), which costs more than a fifth of a commit; so only what is wanted is asked for.
    #[cfg(target_os = "linux")]
    pub(crate) fn of(path: &Path) -> Option<Self> {
        use rustix::fs::{AtFlags, CWD, StatxFlags, makedev, statx};
        match statx(CWD, path, AtFlags::empty(), StatxFlags::INO) {
            Ok(found) => Some(Self(makedev(found.stx_dev_major, found.stx_dev_minor), found.stx_ino)),
            // A sandbox or a kernel that does not know the call.
            Err(rustix::io::Errno::NOSYS | rustix::io::Errno::PERM) => Self::of_any(path),
            Err(_) => None,
        }
    }

    #[cfg(not(target_os = "linux"))]
    pub(crate) fn of(path: &Path) -> Option<Self> {
        Self::of_any(path)
    }

    fn of_any(path: &Path) -> Option<Self> {
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_is_known_again_and_another_in_its_place_is_not() {
        let folder = tempfile::tempdir().expect("a folder");
        let (path, other) = (folder.path().join("a"), folder.path().join("b"));
        assert_eq!(FileIdentity::of(&path), None);
        std::fs::write(&path, "one").expect("written");
        let first = FileIdentity::of(&path);
        assert!(first.is_some());
        assert_eq!(first, FileIdentity::of_any(&path), "however it is asked");
        std::fs::write(&path, "one and more").expect("written");
        assert_eq!(first, FileIdentity::of(&path));
        std::fs::write(&other, "two").expect("written");
        std::fs::rename(&other, &path).expect("renamed");
        #[cfg(unix)]
        assert_ne!(first, FileIdentity::of(&path));
    }
}
