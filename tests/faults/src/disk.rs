//! One disk under test: a folder, its journal, and what is to fail.

use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use crate::journal::{Done, Files, Journal, Moment};
use crate::{Dice, vfs};

/// A call of SQLite's to its file system.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[expect(missing_docs, reason = "they are what they are called")]
pub enum Call {
    Open,
    Read,
    Write,
    Sync,
    Truncate,
    Delete,
    SharedMemory,
}

/// What the disk says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Errno {
    /// `ENOSPC`: there is no room. Meets what needs room, and writes a part of it first.
    NoRoom,
    /// `EIO`: the disk cannot.
    Io,
}

/// What is to fail.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Fault {
    /// From now on, the call that fails, the next one being 1; only calls that can fail so are counted.
    pub at: usize,
    /// Every later one, too, until [`Disk::heal`].
    pub for_good: bool,
    /// How.
    pub errno: Errno,
}

#[derive(Debug, Default)]
struct Plan {
    fault: Option<Fault>,
    counted: usize,
    failed: Vec<Call>,
}

/// A folder whose databases are watched.
#[derive(Debug)]
pub struct Disk {
    folder: PathBuf,
    journal: Mutex<Journal>,
    plan: Mutex<Plan>,
    weak: bool,
}

impl Disk {
    /// Watches every database that this process opens in `folder` from now on. What lies there is taken for durable.
    ///
    /// # Errors
    /// When the folder cannot be read.
    pub fn under(folder: &Path) -> std::io::Result<Arc<Self>> {
        Self::new(folder, false)
    }

    /// The same where `PRAGMA synchronous=FULL` of the log is taken for `NORMAL`: the control, which must lose something.
    ///
    /// # Errors
    /// When the folder cannot be read.
    pub fn weak(folder: &Path) -> std::io::Result<Arc<Self>> {
        Self::new(folder, true)
    }

    fn new(folder: &Path, weak: bool) -> std::io::Result<Arc<Self>> {
        let folder = folder.canonicalize()?;
        let journal = Mutex::new(Journal::of(read(&folder)?));
        let disk = Arc::new(Self { folder, journal, plan: Mutex::default(), weak });
        vfs::watch(&disk);
        Ok(disk)
    }

    /// Notes that `what` was said to somebody.
    pub fn say(&self, what: u64) {
        self.note(Done::Said(what));
    }

    /// The moment it is now.
    #[must_use]
    pub fn now(&self) -> Moment {
        self.journal().done.len()
    }

    /// What was said before `moment`.
    #[must_use]
    pub fn said_before(&self, moment: Moment) -> Vec<u64> {
        self.journal().said_before(moment)
    }

    /// What is on the disk when the power was cut at `moment`: what was synced, and an arbitrary part of the rest.
    #[must_use]
    pub fn cut(&self, moment: Moment, dice: &mut Dice) -> Files {
        self.journal().cut(moment, dice)
    }

    /// Lets a call fail.
    pub fn fail(&self, fault: Fault) {
        *self.plan() = Plan { fault: Some(fault), ..Plan::default() };
    }

    /// Nothing fails any more. Returns how many calls were counted since [`Disk::fail`], and those that failed.
    pub fn heal(&self) -> (usize, Vec<Call>) {
        let plan = std::mem::take(&mut *self.plan());
        (plan.counted, plan.failed)
    }

    /// The calls that failed so far since [`Disk::fail`].
    #[must_use]
    pub fn failures(&self) -> usize {
        self.plan().failed.len()
    }

    pub(crate) fn is_weak(&self) -> bool {
        self.weak
    }

    /// The name of `path` in the folder, where it lies in it.
    pub(crate) fn name(&self, path: &Path) -> Option<String> {
        let folder = path.parent()?;
        (folder == self.folder).then(|| path.file_name().unwrap_or_default().to_string_lossy().into_owned())
    }

    /// Counts the call in; how it fails, where it does.
    pub(crate) fn meets(&self, call: Call) -> Option<Errno> {
        let mut plan = self.plan();
        let fault = plan.fault?;
        let room = matches!(call, Call::Open | Call::Write | Call::SharedMemory);
        if fault.errno == Errno::NoRoom && !room {
            return None;
        }
        plan.counted += 1;
        let fails = if fault.for_good { plan.counted >= fault.at } else { plan.counted == fault.at };
        if fails {
            plan.failed.push(call);
        }
        fails.then_some(fault.errno)
    }

    pub(crate) fn note(&self, done: Done) {
        self.journal().done.push(done);
    }

    pub(crate) fn journal(&self) -> MutexGuard<'_, Journal> {
        self.journal.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn plan(&self) -> MutexGuard<'_, Plan> {
        self.plan.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The files of a folder. Shared memory is none: it does not outlive the computer.
fn read(folder: &Path) -> std::io::Result<Files> {
    let mut files = Files::new();
    for entry in std::fs::read_dir(folder)? {
        let entry = entry?;
        let name = entry.file_name().to_string_lossy().into_owned();
        if entry.file_type()?.is_file() && !name.ends_with("-shm") {
            files.insert(name, std::fs::read(entry.path())?);
        }
    }
    Ok(files)
}
