//! How much room is left on the disk the data folder is on.

use std::path::Path;

const GIB: u64 = 1024 * 1024 * 1024;
/// Little in any case.
const LITTLE: u64 = GIB;
/// The share of the disk that is little, too, in percent …
const SHARE: u64 = 5;
/// … unless it is more than this: of a very large disk a small share lasts for years.
const SHARE_COUNTS_TO: u64 = 10 * GIB;

/// What a disk holds and has left, in bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Room {
    /// What this program may still write.
    pub left: u64,
    /// Everything.
    pub total: u64,
}

impl Room {
    /// Of the disk `path` is on.
    ///
    /// # Errors
    /// What the system said.
    pub fn of(path: &Path) -> std::io::Result<Self> {
        Ok(Self { left: fs4::available_space(path)?, total: fs4::total_space(path)? })
    }

    /// From how many bytes on the disk counts as nearly full: 1 GiB, or 5 % of the disk, of which at most 10 GiB count.
    #[must_use]
    pub fn little(self) -> u64 {
        (self.total / 100 * SHARE).clamp(LITTLE, SHARE_COUNTS_TO)
    }

    /// Whether it is nearly full; one that `was` is so until there is a tenth more, so that a warning does not come and go.
    #[must_use]
    pub fn is_little(self, was: bool) -> bool {
        let little = self.little();
        self.left < if was { little + little / 10 } else { little }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn little(left: u64, total: u64) -> bool {
        Room { left, total }.is_little(false)
    }

    #[test]
    fn a_gibibyte_or_a_twentieth_is_little_and_ten_gibibytes_never_are() {
        assert!(little(GIB - 1, 8 * GIB) && !little(GIB, 8 * GIB), "a small disk");
        assert!(little(4 * GIB, 100 * GIB) && !little(6 * GIB, 100 * GIB), "a twentieth");
        assert!(little(9 * GIB, 4096 * GIB) && !little(10 * GIB, 4096 * GIB), "a very large disk");
        assert!(little(0, 0) && !little(u64::MAX, u64::MAX));
    }

    #[test]
    fn a_warning_does_not_come_and_go() {
        let room = Room { left: GIB + GIB / 20, total: 8 * GIB };
        assert!(room.is_little(true) && !room.is_little(false));
        assert!(!Room { left: GIB + GIB / 10, ..room }.is_little(true));
    }

    #[test]
    fn the_disk_of_a_folder_is_asked() {
        let temp = tempfile::tempdir().unwrap();
        let room = Room::of(temp.path()).unwrap();
        assert!(room.left > 0 && room.left <= room.total, "{room:?}");
        assert!(Room::of(&temp.path().join("not there")).is_err());
    }
}
