//! One window a data folder: the first holds `window.lock`, a second one leaves word in `window.wanted` and the first comes forward.
//!
//! Files alone, in the folder itself: it works without a session bus, on every system, and two folders are two programs.

use std::fs::{File, OpenOptions, TryLockError};
use std::io::{Read as _, Seek as _, Write as _};
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use store::DataFolder;

use crate::wire::ApiError;

/// How long a second window waits for the first to come forward, or to end.
const PATIENCE: Duration = Duration::from_secs(10);
/// How often it looks.
const LOOK_EVERY: Duration = Duration::from_millis(50);

/// Proof that this process has the folder's window; released when dropped or when the process dies.
#[derive(Debug)]
pub struct WindowLock {
    _file: File,
    wanted: PathBuf,
}

/// Whose window it is.
#[derive(Debug)]
pub enum Window {
    /// This process may open it.
    Ours(WindowLock),
    /// It is open already, and was brought forward where that was asked for.
    Theirs,
    /// Another process has it and does not answer: its number, 0 where it cannot be read.
    Silent(u32),
}

impl WindowLock {
    /// Whether somebody wants to see the window. Asked a few times a second.
    #[must_use]
    pub fn is_wanted(&self) -> bool {
        self.wanted.exists()
    }

    /// The window was brought forward: whoever wanted it is told.
    pub fn answered(&self) {
        if let Err(error) = std::fs::remove_file(&self.wanted) {
            tracing::warn!(%error, "window.wanted cannot be taken away");
        }
    }
}

/// Claims the window of the data folder at `path`, which is created when missing. Where another process has it, that one brings it
/// forward, if it `is_wanted`. Blocks until it did, for 10 s at most.
///
/// # Errors
/// When the folder cannot be used.
pub fn claim_window(path: &Path, is_wanted: bool) -> Result<Window, ApiError> {
    claim(DataFolder::open(path)?.path(), is_wanted, PATIENCE)
}

fn claim(folder: &Path, is_wanted: bool, patience: Duration) -> Result<Window, ApiError> {
    let (lock, wanted) = (folder.join("window.lock"), folder.join("window.wanted"));
    if let Some(ours) = try_claim(&lock, &wanted)? {
        return Ok(Window::Ours(ours));
    }
    if !is_wanted {
        return Ok(Window::Theirs);
    }
    std::fs::write(&wanted, "").map_err(|error| cannot(&wanted, &error))?;
    let since = Instant::now();
    while since.elapsed() < patience {
        std::thread::sleep(LOOK_EVERY);
        if !wanted.exists() {
            return Ok(Window::Theirs);
        }
        // It was about to end.
        if let Some(ours) = try_claim(&lock, &wanted)? {
            return Ok(Window::Ours(ours));
        }
    }
    let _ = std::fs::remove_file(&wanted);
    let mut number = String::new();
    // Where a lock keeps others from reading, the number stays unknown.
    let _ = File::open(&lock).and_then(|mut file| file.read_to_string(&mut number));
    Ok(Window::Silent(number.trim().parse().unwrap_or(0)))
}

fn try_claim(lock: &Path, wanted: &Path) -> Result<Option<WindowLock>, ApiError> {
    let file = OpenOptions::new().create(true).truncate(false).read(true).write(true).open(lock);
    let mut file = file.map_err(|error| cannot(lock, &error))?;
    match file.try_lock() {
        Ok(()) => {}
        Err(TryLockError::WouldBlock) => return Ok(None),
        Err(TryLockError::Error(error)) => return Err(cannot(lock, &error)),
    }
    // Left by one that gave up while nobody listened.
    let _ = std::fs::remove_file(wanted);
    let written = file.set_len(0).and_then(|()| file.rewind()).and_then(|()| write!(file, "{}", std::process::id()));
    if let Err(error) = written {
        tracing::debug!(%error, "the process number could not be written to window.lock");
    }
    Ok(Some(WindowLock { _file: file, wanted: wanted.to_owned() }))
}

fn cannot(path: &Path, error: &std::io::Error) -> ApiError {
    ApiError::failed(format!("{} cannot be used: {error}", path.display()))
}

#[cfg(test)]
mod tests {
    use super::*;

    const SHORT: Duration = Duration::from_millis(300);

    #[test]
    fn a_second_window_calls_the_first_and_one_of_another_folder_does_not() {
        let (one, two) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
        let Window::Ours(first) = claim(one.path(), true, SHORT).unwrap() else { panic!("nobody has it") };
        assert!(!first.is_wanted());
        assert!(matches!(claim(two.path(), true, SHORT).unwrap(), Window::Ours(_)));
        assert!(matches!(claim(one.path(), false, SHORT).unwrap(), Window::Theirs), "started hidden, it wants nothing");
        assert!(!first.is_wanted());

        let folder = one.path().to_owned();
        let second = std::thread::spawn(move || claim(&folder, true, PATIENCE).unwrap());
        while !first.is_wanted() {
            std::thread::sleep(Duration::from_millis(5));
        }
        first.answered();
        assert!(matches!(second.join().unwrap(), Window::Theirs));
        assert!(!first.is_wanted());
    }

    #[test]
    fn one_that_does_not_answer_is_named_and_one_that_ends_is_followed() {
        let temp = tempfile::tempdir().unwrap();
        let Window::Ours(first) = claim(temp.path(), true, SHORT).unwrap() else { panic!("nobody has it") };
        let Window::Silent(number) = claim(temp.path(), true, SHORT).unwrap() else { panic!("it does not answer") };
        assert_eq!(number, std::process::id());
        assert!(!first.is_wanted(), "who gave up wants nothing any more");
        let folder = temp.path().to_owned();
        let second = std::thread::spawn(move || claim(&folder, true, PATIENCE).unwrap());
        while !first.is_wanted() {
            std::thread::sleep(Duration::from_millis(5));
        }
        drop(first);
        let Window::Ours(next) = second.join().unwrap() else { panic!("the first has ended") };
        assert!(!next.is_wanted(), "its own wish is fulfilled");
    }
}
