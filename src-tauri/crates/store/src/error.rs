//! What can go wrong with the history, in words for the person who reads them.

impl StoreError {
    /// This error, or where `folder` cannot be written to at all, that: it is why. Tried with a file of its own, since to open a database
    /// beside SQLite would give up this process's locks on it.
    pub(crate) fn or_cannot_write(self, folder: &std::path::Path) -> Self {
        let probe = folder.join(format!(".writable-{}", std::process::id()));
        match std::fs::File::create_new(&probe) {
            Ok(_) => {
                let _ = std::fs::remove_file(probe);
                self
            }
            Err(source) if says_read_only(&source) => {
                Self::CannotWrite { folder: folder.display().to_string(), source }
            }
            Err(_) => self,
        }
    }
}

fn says_read_only(error: &std::io::Error) -> bool {
    use std::io::ErrorKind::{PermissionDenied, ReadOnlyFilesystem};
    matches!(error.kind(), PermissionDenied | ReadOnlyFilesystem)
}

/// An error of the store.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum StoreError {
    /// The file was written by a newer version; it is left untouched.
    #[error(
        "{file} was written by a newer version of CentrePoint Monitor (format {found}, this version knows {known}): please update; nothing was changed"
    )]
    Newer {
        /// File name.
        file: String,
        /// Its format.
        found: i64,
        /// The newest format known here.
        known: i64,
    },
    /// Another process receives into this folder.
    #[error(
        "CentrePoint Monitor is already receiving into {0}: close it there first, or choose another folder with --data-dir"
    )]
    ReceiverRunning(String),
    /// The data folder is another computer's disk.
    #[error(
        "{folder} is on a network drive ({kind}), where files cannot be locked and synced reliably and the history could be damaged: \
         choose a folder on a disk of this computer with --data-dir"
    )]
    NetworkDrive {
        /// The data folder.
        folder: String,
        /// What kind of drive.
        kind: String,
    },
    /// The data folder cannot be written to.
    #[error(
        "the data folder {folder} cannot be written to ({source}), and the history is kept there: make it writable, or choose another with \
         --data-dir"
    )]
    CannotWrite {
        /// The data folder.
        folder: String,
        /// The system's error.
        source: std::io::Error,
    },
    /// The log cannot be used; only whoever receives sets it aside.
    #[error(
        "log.db is damaged ({0}); nothing was touched. Start the window, or `centrepoint-monitor serve`: it is set aside, begun anew, and \
         what can be read of it is brought over"
    )]
    LogDamaged(String),
    /// The state cannot be used; only whoever receives sets it aside, at its start.
    #[error(
        "state.db is damaged ({0}); nothing was touched. Close the program and start the window, or `centrepoint-monitor serve`: it is set \
         aside and begun anew with what can be read of it"
    )]
    StateDamaged(String),
    /// The operation needs the receiver to be stopped.
    #[error("the receiver is running on this folder: stop it first")]
    StopReceiverFirst,
    /// The view did not get as far as the question needs in time.
    #[error("the view is {behind} rows behind the log and did not catch up in time: try again shortly")]
    Behind {
        /// Rows still to be derived.
        behind: i64,
    },
    /// A named thing is not there or already there; the text says which.
    #[error("{0}")]
    Refused(String),
    /// SQLite.
    #[error("{context}: {source}")]
    Sqlite {
        /// What was being done, in plain words.
        context: &'static str,
        /// SQLite's error.
        source: rusqlite::Error,
    },
    /// A file operation.
    #[error("{context}: {source}")]
    Io {
        /// What was being done, with the path.
        context: String,
        /// The system's error.
        source: std::io::Error,
    },
}
