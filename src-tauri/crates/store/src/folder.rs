//! The data folder: where each file is, and who holds it.

use std::path::{Path, PathBuf};

use crate::StoreError;

/// The folder everything outside the keychain is kept in.
#[derive(Debug, Clone)]
pub struct DataFolder(PathBuf);

impl DataFolder {
    /// Opens `path`, creating it (0700 where the system knows modes) when missing.
    ///
    /// # Errors
    /// When it cannot be created or is not a folder.
    pub fn open(_path: &Path) -> Result<Self, StoreError> {
        todo!()
    }

    /// The folder.
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.0
    }

    /// `log.db`
    #[must_use]
    pub fn log(&self) -> PathBuf {
        self.0.join("log.db")
    }

    /// `view.db`
    #[must_use]
    pub fn view(&self) -> PathBuf {
        self.0.join("view.db")
    }

    /// `state.db`
    #[must_use]
    pub fn state(&self) -> PathBuf {
        self.0.join("state.db")
    }

    /// Claims the folder for a receiver (an exclusive file lock, released when dropped or when the process dies).
    ///
    /// # Errors
    /// [`StoreError::ReceiverRunning`], at once, when another process has it.
    pub fn claim_receiver(&self) -> Result<ReceiverLock, StoreError> {
        todo!()
    }
}

/// Proof that this process is the folder's receiver.
#[derive(Debug)]
pub struct ReceiverLock {
    _file: std::fs::File,
}
