//! The data folder: can it be written to, is it on a disk of this computer, and is there room?

use std::io::{self, Write as _};
use std::path::Path;

use store::disk::Room;

use super::Finding;
use super::site::Site;

/// Less than this, and deliveries may be refused any moment: 50 MiB.
const HARDLY_ANY: u64 = 50 * 1024 * 1024;

pub(super) fn check(site: &Site) -> Finding {
    let folder = site.monitor.data_folder();
    let shown = folder.display();
    if let Some(kind) = store::network_kind(folder) {
        return Finding::red(
            format!("The data folder {shown} is on a network drive ({kind}): what is kept there is not safe."),
            "Close CentrePoint Monitor, move the folder to a disk of this computer, and name it with --data-dir.",
        );
    }
    if let Err(error) = try_to_write(folder) {
        return Finding::red(
            format!("The data folder {shown} cannot be written to: {error}."),
            "Let IT give this account the right to write there, or free room on the disk.",
        );
    }
    match Room::of(folder) {
        Ok(room) => judge(&shown.to_string(), room),
        Err(error) => Finding::amber(
            format!("The data folder {shown} can be written to. How much room is left cannot be told: {error}."),
            "See by hand how full the disk is.",
        ),
    }
}

fn judge(folder: &str, room: Room) -> Finding {
    let left = size(room.left);
    let next = "Free room on that disk, or let IT give it more.";
    if room.left < HARDLY_ANY {
        Finding::red(
            format!(
                "The disk is full: {left} are left in {folder}. Deliveries are refused with “try later” until there is room."
            ),
            next,
        )
    } else if room.is_little(false) {
        Finding::amber(format!("The disk is nearly full: {left} are left in {folder}."), next)
    } else {
        Finding::green(format!("The data folder {folder} can be written to, and {left} are left on its disk."))
    }
}

fn size(bytes: u64) -> String {
    const MIB: u64 = 1024 * 1024;
    const GIB: u64 = 1024 * MIB;
    if bytes >= GIB { format!("{} GB", bytes / GIB) } else { format!("{} MB", bytes / MIB) }
}

/// Writes a file, waits for the disk, and takes it away again.
fn try_to_write(folder: &Path) -> io::Result<()> {
    let path = folder.join(format!("self-test-{}.tmp", std::process::id()));
    let outcome = std::fs::File::create(&path).and_then(|mut file| {
        file.write_all(b"self test")?;
        file.sync_all()
    });
    let removed = std::fs::remove_file(&path);
    outcome.and(removed)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::wire::CheckLevel;

    const GIB: u64 = 1024 * 1024 * 1024;

    #[test]
    fn a_disk_that_fills_is_told_before_it_is_full() {
        for (left, level, words) in [
            (20 * GIB, CheckLevel::Green, "20 GB are left"),
            (GIB / 2, CheckLevel::Amber, "nearly full: 512 MB"),
            (1024, CheckLevel::Red, "full: 0 MB"),
        ] {
            let found = judge("/data", Room { left, total: 100 * GIB });
            assert!(found.level == level && found.found.contains(words), "{found:?}");
        }
    }

    #[test]
    fn a_folder_is_tried_and_left_as_it_was() {
        let folder = tempfile::tempdir().unwrap();
        try_to_write(folder.path()).unwrap();
        assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 0);
        assert!(try_to_write(&folder.path().join("not there")).is_err());
    }
}
