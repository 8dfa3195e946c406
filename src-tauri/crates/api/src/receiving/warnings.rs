//! What there is to know beside the receiver's state: of the webhooks, of the disk, of the certificate, of backups, of who keeps the log from being tidied.

use std::sync::Arc;
use std::time::{Duration, Instant};

use store::Log;
use store::disk::Room;

use super::backups::Trouble;
use crate::Monitor;

/// How often the disk is looked at.
const LOOK_EVERY: Duration = Duration::from_secs(30);

/// Gathers the warnings. Each stands as long as its reason does.
#[derive(Default)]
pub(super) struct Warnings {
    webhooks: Vec<String>,
    tls: Vec<String>,
    /// Why it does not listen where the settings say.
    address: Option<String>,
    /// Why the state cannot be read, while it cannot.
    state: Option<String>,
    looked: Option<Instant>,
    /// What the disk has left, while that is little.
    little: Option<Room>,
    backups: Arc<Trouble>,
}

impl Warnings {
    /// None yet; those about backups come from `backups`.
    pub(super) fn with(backups: Arc<Trouble>) -> Self {
        Self { backups, ..Self::default() }
    }

    /// What there is to know about the webhooks.
    pub(super) fn of_webhooks(&mut self, warnings: Vec<String>) {
        self.webhooks = warnings;
    }

    /// What there is to know about the certificate.
    pub(super) fn of_tls(&mut self, warnings: Vec<String>) {
        self.tls = warnings;
    }

    /// Why it does not listen where the settings say.
    pub(super) fn of_address(&mut self, trouble: Option<String>) {
        self.address = trouble;
    }

    /// Whether the state could be read just now.
    pub(super) fn of_state(&mut self, trouble: Option<String>) {
        self.state = trouble;
    }

    /// Looks, and tells what there is to know now.
    pub(super) fn look(&mut self, monitor: &Monitor, log: &Log) {
        if self.looked.is_none_or(|looked| looked.elapsed() >= LOOK_EVERY) {
            self.looked = Some(Instant::now());
            self.little = self.little_room(Room::of(monitor.data_folder()));
        }
        let mut all = Vec::new();
        all.extend(self.little.map(little_words));
        all.extend(log.held_back().map(held_words));
        all.extend(self.backups.words());
        all.extend(monitor.monitoring().words());
        all.extend(self.state.as_deref().map(state_words));
        all.extend(self.address.clone());
        all.extend(self.tls.iter().cloned());
        all.extend(self.webhooks.iter().cloned());
        monitor.set_warnings(all);
    }

    fn little_room(&self, room: std::io::Result<Room>) -> Option<Room> {
        let was = self.little.is_some();
        match room {
            Ok(room) if room.is_little(was) => {
                if !was {
                    tracing::warn!(left_bytes = room.left, total_bytes = room.total, "little room is left on the disk");
                }
                Some(room)
            }
            Ok(_) => {
                if was {
                    tracing::info!("there is room on the disk again");
                }
                None
            }
            Err(error) => {
                tracing::debug!(%error, "the disk cannot be asked how full it is");
                self.little
            }
        }
    }
}

fn little_words(room: Room) -> String {
    format!(
        "Less than {} is left on the disk with the data folder ({}): make room before deliveries cannot be kept.",
        size(room.little()),
        size(room.left)
    )
}

fn held_words(bytes: u64) -> String {
    format!(
        "Another program, or an export whose lines nobody takes, keeps log.db open and reads in it, so that {} cannot be tidied away and more is added with every delivery. \
         Nothing is lost: end it (a database viewer, a backup program, a command), and it is tidied by itself.",
        size(bytes)
    )
}

fn state_words(reason: &str) -> String {
    format!(
        "The file with webhooks and settings (state.db) cannot be read: {reason}. Deliveries are kept as before, changes and refusals are \
         not: close the program and start it again, and what can be read is brought over."
    )
}

/// `1.0 GiB`, `96 MiB`
pub(super) fn size(bytes: u64) -> String {
    let mebibytes = bytes / (1024 * 1024);
    if mebibytes < 1024 {
        format!("{mebibytes} MiB")
    } else {
        format!("{}.{} GiB", mebibytes / 1024, mebibytes % 1024 * 10 / 1024)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const GIB: u64 = 1024 * 1024 * 1024;

    #[test]
    fn a_warning_about_the_disk_comes_and_goes_by_itself() {
        let mut warnings = Warnings::default();
        let full = |left| Ok(Room { left, total: 10 * GIB });
        for (left, is_said) in [(5 * GIB, false), (GIB / 2, true), (GIB, true), (3 * GIB, false)] {
            warnings.little = warnings.little_room(full(left));
            assert_eq!(warnings.little.is_some(), is_said, "{left}");
        }
        warnings.little = warnings.little_room(full(GIB / 2));
        let cannot = Err(std::io::ErrorKind::PermissionDenied.into());
        assert!(warnings.little_room(cannot).is_some(), "what is not known changes nothing");
        let words = little_words(Room { left: GIB / 2, total: 10 * GIB });
        assert!(words.starts_with("Less than 1.0 GiB is left") && words.contains("(512 MiB)"), "{words}");
    }
}
