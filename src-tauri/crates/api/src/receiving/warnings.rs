//! What there is to know beside the receiver's state: of the webhooks, of the disk, of the certificate, of backups, of who keeps the log from being tidied,
//! of a view that stands still.

use std::sync::Arc;
use std::time::{Duration, Instant};

use store::Log;
use store::disk::Room;

use super::backups::Trouble;
use crate::Monitor;

/// How often the disk is looked at.
const LOOK_EVERY: Duration = Duration::from_secs(30);
/// How long the view may stand still while something waits to be shown: it rests for two seconds at most.
const STANDS_STILL: Duration = Duration::from_secs(if cfg!(test) { 2 } else { 30 });

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
    /// Up to where the view was when it last moved, and when that was seen; `None` while it shows everything.
    still: Option<(i64, Instant)>,
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
        let shown = monitor.board().pulse.borrow().sequence;
        let mut all = Vec::new();
        all.extend(self.stands_still(shown, log.newest(), Instant::now()).then(|| STILL.to_owned()));
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

    /// Whether something is kept and not shown, and the view does not get on with it.
    fn stands_still(&mut self, shown: i64, kept: i64, now: Instant) -> bool {
        if shown >= kept {
            self.still = None;
            return false;
        }
        match self.still {
            Some((position, since)) if position == shown => now.saturating_duration_since(since) >= STANDS_STILL,
            _ => {
                self.still = Some((shown, now));
                false
            }
        }
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

/// What to tell of a view that stands still. Not of how much it lacks: that would be another warning each time.
const STILL: &str = "What arrives is kept, but the newest of it is not shown: what you see here is out of date. Close the program and start it \
    again; where this comes back, see whether there is room on the disk and whether the data folder can be written to.";

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
    fn a_view_that_stands_still_is_told_of_until_it_moves() {
        let mut warnings = Warnings::default();
        let start = Instant::now();
        let mut at =
            |seconds: u64, shown, kept| warnings.stands_still(shown, kept, start + Duration::from_secs(seconds));
        assert!(!at(0, 5, 5) && !at(600, 5, 5), "nothing waits, however long nothing arrives");
        assert!(!at(601, 5, 6) && !at(602, 5, 9), "a moment behind is nothing to tell of");
        assert!(at(603, 5, 9) && at(700, 5, 12));
        assert!(!at(701, 6, 12), "it moves");
        assert!(at(704, 6, 12));
        assert!(!at(705, 12, 12));
    }

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
