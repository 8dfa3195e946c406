//! The backups that are made by themselves: one a day in `backups/`, the newest seven kept.
//!
//! When one is due is a question of names alone, so neither a restart nor a clock that is set can ask for more than one of a day.

use std::path::PathBuf;

use jiff::Timestamp;
use jiff::civil::Date;

use super::{Made, Pace, Partial, make};
use crate::disk::Room;
use crate::sqlite::{beside, sync_folder};
use crate::{DataFolder, StoreError};

/// Backups kept.
pub const KEPT: usize = 7;

const BEGIN: &str = "centrepoint-monitor_";
const END: &str = ".db";
/// One that is being made; one that was interrupted is overwritten by the next.
const PARTIAL: &str = "backup.partial";

/// A backup that is kept.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Kept {
    /// The day it is of.
    pub day: Date,
    /// Where it is.
    pub path: PathBuf,
    /// In bytes.
    pub bytes: u64,
    /// When it was finished, microseconds since 1970 UTC.
    pub made_at: i64,
}

/// What became of today's.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Daily {
    /// There is one.
    Made,
    /// It was ended before it was whole; nothing is left of it.
    Stopped,
    /// The disk has too little room for one.
    NoRoom {
        /// What it would take, in bytes, the room that is to be left included.
        needed: u64,
        /// What there is.
        left: u64,
    },
}

/// `centrepoint-monitor_2026-08-22.db`
fn name_of(day: Date) -> String {
    format!("{BEGIN}{day}{END}")
}

/// The day in a name that is exactly one of ours.
fn day_of(name: &str) -> Option<Date> {
    let day = name.strip_prefix(BEGIN)?.strip_suffix(END)?.parse().ok()?;
    (name_of(day) == name).then_some(day)
}

/// In the order in which they were most likely made. One that is of a day still to come was made while the clock stood wrong, before or
/// now: either way before the one of today.
fn made_in_order(today: Date) -> impl Fn(&Date) -> (bool, Date) {
    move |day| (*day <= today, *day)
}

/// The days whose backups are too many, now that there is one of `today`.
fn too_many(mut days: Vec<Date>, today: Date) -> Vec<Date> {
    days.sort_unstable_by_key(made_in_order(today));
    days.truncate(days.len().saturating_sub(KEPT));
    days
}

/// Whether one of `today` is still to be made.
///
/// # Errors
/// That the folder cannot be read.
pub fn is_due(folder: &DataFolder, today: Date) -> Result<bool, StoreError> {
    Ok(kept(folder, today)?.iter().all(|kept| kept.day != today))
}

/// The backups there are, the newest first.
///
/// # Errors
/// That the folder cannot be read.
pub fn kept(folder: &DataFolder, today: Date) -> Result<Vec<Kept>, StoreError> {
    let io = |source| StoreError::Io {
        context: format!("the folder {} cannot be read", folder.backups().display()),
        source,
    };
    let entries = match std::fs::read_dir(folder.backups()) {
        Ok(entries) => entries,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(Vec::new()),
        Err(error) => return Err(io(error)),
    };
    let mut all = Vec::new();
    for entry in entries {
        let entry = entry.map_err(io)?;
        let Some(day) = entry.file_name().to_str().and_then(day_of) else { continue };
        // Not of what a link points to: that is nothing we made.
        let Ok(metadata) = entry.metadata() else { continue };
        if metadata.is_file() {
            let made_at = metadata.modified().ok().and_then(|at| Timestamp::try_from(at).ok()).unwrap_or_default();
            all.push(Kept { day, path: entry.path(), bytes: metadata.len(), made_at: made_at.as_microsecond() });
        }
    }
    let order = made_in_order(today);
    all.sort_unstable_by_key(|kept| std::cmp::Reverse(order(&kept.day)));
    Ok(all)
}

/// Makes the backup of `today` where there is none, beside a running receiver, whose log it does not hold up. Only when it is whole and
/// checked are those that are too many removed. `room`: what the disk has, where it could be asked.
///
/// # Errors
/// As [`super::backup`]. What was there before stays.
pub fn daily(folder: &DataFolder, today: Date, now: i64, room: Option<Room>, pace: &Pace) -> Result<Daily, StoreError> {
    if !is_due(folder, today)? {
        return Ok(Daily::Made);
    }
    let partial = Partial::at(folder.backups().join(PARTIAL));
    if let Some(short) = room.and_then(|room| no_room(room, size(folder))) {
        return Ok(short);
    }
    create(folder)?;
    if make(folder, &folder.backups().join(name_of(today)), &partial, now, pace)? == Made::Stopped {
        return Ok(Daily::Stopped);
    }
    prune(folder, today);
    Ok(Daily::Made)
}

fn create(folder: &DataFolder) -> Result<(), StoreError> {
    let path = folder.backups();
    let io = |source| StoreError::Io { context: format!("the folder {} cannot be made", path.display()), source };
    if path.is_dir() {
        return Ok(());
    }
    let mut builder = std::fs::DirBuilder::new();
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.create(&path).and_then(|()| sync_folder(folder.path())).map_err(io)
}

/// What a copy takes at most, in bytes, webhooks and settings aside.
fn size(folder: &DataFolder) -> u64 {
    let length = |path: PathBuf| std::fs::metadata(path).map_or(0, |metadata| metadata.len());
    length(folder.log()) + length(beside(&folder.log(), "-wal"))
}

fn no_room(room: Room, size: u64) -> Option<Daily> {
    let needed = size.saturating_add(room.little());
    (room.left < needed).then_some(Daily::NoRoom { needed, left: room.left })
}

fn prune(folder: &DataFolder, today: Date) {
    let days = match kept(folder, today) {
        Ok(kept) => kept.iter().map(|kept| kept.day).collect(),
        Err(error) => {
            tracing::warn!(%error, "old backups cannot be looked for");
            return;
        }
    };
    for day in too_many(days, today) {
        match std::fs::remove_file(folder.backups().join(name_of(day))) {
            Ok(()) => tracing::info!(%day, "an old backup was removed"),
            Err(error) => tracing::warn!(%day, %error, "an old backup cannot be removed"),
        }
    }
}

#[cfg(test)]
mod tests;
