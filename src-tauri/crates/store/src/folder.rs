//! The data folder: where each file is, and who holds it.

use std::fs::{File, OpenOptions, TryLockError};
use std::io::{Read, Seek, Write};
use std::path::{Path, PathBuf};
use std::time::Duration;

use crate::StoreError;

/// How often a receiver that finds its lock held tries once more, [`PAUSE`] apart: whoever only asks whether there is one
/// ([`DataFolder::receiver`]) holds it for a moment, and must not keep one from starting.
const TRIES: u32 = 4;
/// See [`TRIES`].
const PAUSE: Duration = Duration::from_millis(25);

/// The folder everything outside the keychain is kept in.
#[derive(Debug, Clone)]
pub struct DataFolder(PathBuf);

impl DataFolder {
    /// Opens `path`, creating it (0700 where the system knows modes) when missing.
    ///
    /// # Errors
    /// When it cannot be created, is not a folder, or is on a network drive.
    pub fn open(path: &Path) -> Result<Self, StoreError> {
        let at =
            |source| StoreError::Io { context: format!("the data folder {} cannot be used", path.display()), source };
        if let Some(kind) = crate::network::kind_of(path) {
            return Err(StoreError::NetworkDrive { folder: path.display().to_string(), kind });
        }
        if path.is_dir() {
            return Ok(Self(path.to_owned()));
        }
        let mut builder = std::fs::DirBuilder::new();
        builder.recursive(true);
        #[cfg(unix)]
        std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
        let parent = path.ancestors().skip(1).find(|folder| folder.is_dir()).unwrap_or(path);
        builder.create(path).map_err(at).map_err(|error| error.or_cannot_write(parent))?;
        Ok(Self(path.to_owned()))
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

    /// `backups/`
    #[must_use]
    pub fn backups(&self) -> PathBuf {
        self.0.join("backups")
    }

    /// Left by whoever met damage in the log: the receiver looks at it, and sets the log aside where it is so.
    pub(crate) fn log_mark(&self) -> PathBuf {
        self.0.join("log.damaged")
    }

    /// Left by a reader that met damage in the view: whoever derives next rebuilds it and takes the mark away.
    pub(crate) fn damage_mark(&self) -> PathBuf {
        self.0.join("view.damaged")
    }

    /// Claims the folder for a receiver (an exclusive file lock, released when dropped or when the process dies).
    ///
    /// # Errors
    /// [`StoreError::ReceiverRunning`], within a tenth of a second, when another process has it.
    pub fn claim_receiver(&self) -> Result<ReceiverLock, StoreError> {
        let path = self.receiver_lock();
        let mut outcome = lock(&path)?;
        for _ in 0..TRIES {
            if outcome.is_ok() {
                break;
            }
            std::thread::sleep(PAUSE);
            outcome = lock(&path)?;
        }
        match outcome {
            Ok(file) => {
                // The number only helps a person to find the process: not being able to write it stops nothing.
                if let Err(error) = write_pid(&file) {
                    tracing::warn!(%error, "the process number could not be written to receiver.lock");
                }
                Ok(ReceiverLock { _file: file })
            }
            Err(held) => {
                let folder = self.0.display();
                Err(StoreError::ReceiverRunning(match read_pid(held) {
                    0 => folder.to_string(),
                    whom => format!("{folder} (process {whom})"),
                }))
            }
        }
    }

    /// The number of the process that receives into this folder, 0 where it cannot be read; `None` while none does.
    ///
    /// # Errors
    /// What the system said.
    pub fn receiver(&self) -> Result<Option<u32>, StoreError> {
        let path = self.receiver_lock();
        if !path.exists() {
            return Ok(None);
        }
        let at = |source| StoreError::Io { context: format!("{} cannot be looked at", path.display()), source };
        let file = OpenOptions::new().read(true).open(&path).map_err(at)?;
        match file.try_lock_shared() {
            Ok(()) => Ok(None),
            Err(TryLockError::WouldBlock) => Ok(Some(read_pid(file))),
            Err(TryLockError::Error(source)) => Err(at(source)),
        }
    }

    fn receiver_lock(&self) -> PathBuf {
        self.0.join("receiver.lock")
    }

    /// Where the receiver says how it is, for a window of another process.
    #[must_use]
    pub fn bulletin(&self) -> PathBuf {
        self.0.join("receiver.json")
    }

    /// The right to write the view, `None` while someone else has it.
    pub(crate) fn try_claim_projector(&self) -> Result<Option<ProjectorLock>, StoreError> {
        Ok(lock(&self.0.join("projector.lock"))?.ok().map(|file| ProjectorLock { _file: file }))
    }
}

/// Opens and locks `path`; the inner error is the file that someone else holds.
fn lock(path: &Path) -> Result<Result<File, File>, StoreError> {
    let at = |source| StoreError::Io { context: format!("{} cannot be locked", path.display()), source };
    let file = OpenOptions::new().read(true).write(true).create(true).truncate(false).open(path).map_err(at);
    let file = file.map_err(|error| error.or_cannot_write(path.parent().unwrap_or(path)))?;
    match file.try_lock() {
        Ok(()) => Ok(Ok(file)),
        Err(TryLockError::WouldBlock) => Ok(Err(file)),
        Err(TryLockError::Error(source)) => Err(at(source)),
    }
}

/// The number in a lock that somebody holds; 0 where none can be read.
fn read_pid(mut held: File) -> u32 {
    let mut pid = String::new();
    let _ = held.read_to_string(&mut pid);
    pid.trim().parse().unwrap_or(0)
}

fn write_pid(mut file: &File) -> std::io::Result<()> {
    file.set_len(0)?;
    file.rewind()?;
    write!(file, "{}", std::process::id())
}

/// Proof that this process is the folder's receiver.
#[derive(Debug)]
pub struct ReceiverLock {
    _file: File,
}

/// Proof that the holder alone writes the view.
#[derive(Debug)]
pub(crate) struct ProjectorLock {
    _file: File,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_second_receiver_is_refused_until_the_first_is_gone() {
        let temp = tempfile::tempdir().unwrap();
        let folder = DataFolder::open(&temp.path().join("new/deep")).unwrap();
        let first = folder.claim_receiver().unwrap();
        let refused = folder.claim_receiver().unwrap_err().to_string();
        assert!(refused.contains(&std::process::id().to_string()), "the message names the process: {refused}");
        drop(first);
        folder.claim_receiver().unwrap();
    }

    #[test]
    fn who_asks_for_the_receiver_keeps_none_from_starting() {
        let temp = tempfile::tempdir().unwrap();
        let folder = DataFolder::open(temp.path()).unwrap();
        assert_eq!(folder.receiver().unwrap(), None);
        let first = folder.claim_receiver().unwrap();
        assert_eq!(folder.receiver().unwrap(), Some(std::process::id()));
        drop(first);
        let (asked, stop) = (folder.clone(), std::sync::Arc::new(std::sync::atomic::AtomicBool::new(false)));
        let ended = std::sync::Arc::clone(&stop);
        let asking = std::thread::spawn(move || {
            while !ended.load(std::sync::atomic::Ordering::Relaxed) {
                asked.receiver().unwrap();
                std::thread::sleep(Duration::from_millis(2));
            }
        });
        for _ in 0..200 {
            folder.claim_receiver().unwrap();
        }
        stop.store(true, std::sync::atomic::Ordering::Relaxed);
        asking.join().unwrap();
    }

    #[test]
    fn a_file_is_not_a_data_folder() {
        let temp = tempfile::NamedTempFile::new().unwrap();
        assert!(matches!(DataFolder::open(temp.path()), Err(StoreError::Io { .. })));
    }
}
