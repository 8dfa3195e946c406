//! Looking after the files: checking them, deriving the view anew, copying them.

use std::path::Path;

use store::backup::daily;

use crate::Monitor;
use crate::hex::hex;
use crate::times::rfc3339;
use crate::wire::{ApiError, BackupFile, Backups};

/// What a check found.
#[derive(Debug, Clone)]
pub struct Soundness {
    /// Rows checked.
    pub rows: i64,
    /// The chain's last link, 64 hexadecimal digits; `None` for an empty log.
    pub head: Option<String>,
    /// Everything that differs, in plain words; empty means sound.
    pub differences: Vec<String>,
    /// What was lost and is known to be: where a damaged log was begun anew, and what could be salvaged.
    pub losses: Vec<String>,
}

impl Monitor {
    /// Checks the log's file and its whole chain. `progress` gets rows done and rows in all.
    ///
    /// # Errors
    /// When the file cannot be read at all.
    pub fn verify(&self, progress: impl FnMut(i64, i64)) -> Result<Soundness, ApiError> {
        let verdict = store::log::verify(self.folder(), progress)?;
        let store::log::Verdict { rows, head, differences, losses, .. } = verdict;
        Ok(Soundness { rows, head: head.map(hex), differences, losses })
    }

    /// Derives the view anew from the log. Returns the rows. Not beside a running receiver.
    ///
    /// # Errors
    /// That the receiver must be stopped first, or what SQLite said.
    pub fn rebuild(&self, progress: impl FnMut(i64, i64)) -> Result<i64, ApiError> {
        Ok(store::view::rebuild(self.folder(), progress)?)
    }

    /// Copies the log and the settings into one new file and checks the copy.
    ///
    /// # Errors
    /// When the file exists, cannot be written, or the copy is not sound.
    pub fn backup(&self, path: &Path) -> Result<(), ApiError> {
        Ok(store::backup::backup(self.folder(), path, self.now())?)
    }

    /// The backups that were made by themselves.
    ///
    /// # Errors
    /// That their folder cannot be read.
    pub fn backups(&self) -> Result<Backups, ApiError> {
        let all = daily::kept(self.folder(), self.local_date())?;
        let latest = all.first().map(|latest| BackupFile {
            name: latest.path.file_name().unwrap_or_default().to_string_lossy().into_owned(),
            bytes: latest.bytes,
            made_at: rfc3339(latest.made_at),
        });
        Ok(Backups {
            folder: self.folder().backups().display().to_string(),
            latest,
            count: count(all.len()),
            kept: count(daily::KEPT),
        })
    }
}

fn count(backups: usize) -> u32 {
    u32::try_from(backups).unwrap_or(u32::MAX)
}
