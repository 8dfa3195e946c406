//! The file system that SQLite sees: the system's own, every call passed through, with a word to the [`Disk`] it concerns.
//!
//! The only file with unsafe code. SQLite calls through a table of C functions with pointers that it alone hands out: each function
//! here is called by SQLite with what its documentation promises (<https://sqlite.org/c3ref/io_methods.html>,
//! <https://sqlite.org/c3ref/vfs.html>), and passes on to the system's file system what that gave it.

#![expect(unsafe_code, reason = "SQLite's interface to files is C, and rusqlite has no safe one")]

use std::ffi::{CStr, OsStr, c_char, c_int, c_void};
use std::mem::size_of;
use std::os::unix::ffi::OsStrExt as _;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicPtr, Ordering};
use std::sync::{Arc, Mutex, Once, PoisonError, Weak};

use rusqlite::ffi;

use crate::disk::{Call, Disk, Errno};
use crate::journal::Done;

/// The system's own file system.
static SYSTEM: AtomicPtr<ffi::sqlite3_vfs> = AtomicPtr::new(std::ptr::null_mut());
static DISKS: Mutex<Vec<Weak<Disk>>> = Mutex::new(Vec::new());

/// An open file as SQLite keeps it; the system's own stands right behind it.
#[repr(C)]
struct File {
    base: ffi::sqlite3_file,
    /// `None`: not in a watched folder.
    watched: *mut Watched,
    /// What follows is aligned as SQLite's own are.
    _align: [u64; 0],
}

struct Watched {
    disk: Arc<Disk>,
    file: usize,
    is_log: bool,
    /// A new journal: the system syncs its folder with it the first time.
    folder_too: bool,
}

static METHODS: ffi::sqlite3_io_methods = ffi::sqlite3_io_methods {
    iVersion: 2,
    xClose: Some(close),
    xRead: Some(read),
    xWrite: Some(write),
    xTruncate: Some(truncate),
    xSync: Some(sync),
    xFileSize: Some(file_size),
    xLock: Some(lock),
    xUnlock: Some(unlock),
    xCheckReservedLock: Some(check_reserved_lock),
    xFileControl: Some(file_control),
    xSectorSize: Some(sector_size),
    xDeviceCharacteristics: Some(device_characteristics),
    xShmMap: Some(shm_map),
    xShmLock: Some(shm_lock),
    xShmBarrier: Some(shm_barrier),
    xShmUnmap: Some(shm_unmap),
    xFetch: None,
    xUnfetch: None,
};

/// From now on SQLite's calls for files in the disk's folder are told to it.
pub(crate) fn watch(disk: &Arc<Disk>) {
    static REGISTERED: Once = Once::new();
    REGISTERED.call_once(register);
    let mut disks = DISKS.lock().unwrap_or_else(PoisonError::into_inner);
    disks.retain(|disk| disk.strong_count() > 0);
    disks.push(Arc::downgrade(disk));
}

fn register() {
    // SAFETY: SQLite's own default file system is there for as long as the process, and a copy of its table is one, too: its other
    // functions look at nothing of it that differs. The new table and its name are never freed.
    unsafe {
        let system = ffi::sqlite3_vfs_find(std::ptr::null());
        SYSTEM.store(system, Ordering::Release);
        let ours = Box::leak(Box::new(ffi::sqlite3_vfs { ..*system }));
        ours.zName = c"faults".as_ptr();
        ours.pNext = std::ptr::null_mut();
        ours.szOsFile = c_int::try_from(size_of::<File>()).expect("it is small") + (*system).szOsFile;
        ours.xOpen = Some(open);
        ours.xDelete = Some(delete);
        assert_eq!(ffi::sqlite3_vfs_register(ours, 1), ffi::SQLITE_OK, "SQLite takes another file system");
    }
}

/// The path of a name of SQLite's.
///
/// # Safety
/// `name` is a text that ends with a zero.
unsafe fn path(name: *const c_char) -> PathBuf {
    // SAFETY: as promised above.
    Path::new(OsStr::from_bytes(unsafe { CStr::from_ptr(name) }.to_bytes())).to_owned()
}

fn disk_of(path: &Path) -> Option<(Arc<Disk>, String)> {
    let disks = DISKS.lock().unwrap_or_else(PoisonError::into_inner);
    disks.iter().filter_map(Weak::upgrade).find_map(|disk| disk.name(path).map(|name| (Arc::clone(&disk), name)))
}

/// # Safety
/// `file` is one that [`open`] opened.
unsafe fn watched<'a>(file: *mut ffi::sqlite3_file) -> Option<&'a mut Watched> {
    // SAFETY: `open` put a file of ours there; SQLite uses one file on one thread at a time.
    unsafe { (*file.cast::<File>()).watched.as_mut() }
}

/// The system's file behind ours, and its functions.
///
/// # Safety
/// `file` is one that [`open`] opened.
unsafe fn real<'a>(file: *mut ffi::sqlite3_file) -> (*mut ffi::sqlite3_file, &'a ffi::sqlite3_io_methods) {
    // SAFETY: SQLite gave as much room as `szOsFile` asks for, and the system's file was opened in what follows ours.
    unsafe {
        let real = file.cast::<File>().add(1).cast::<ffi::sqlite3_file>();
        (real, &*(*real).pMethods)
    }
}

unsafe extern "C" fn open(
    _vfs: *mut ffi::sqlite3_vfs,
    name: *const c_char,
    file: *mut ffi::sqlite3_file,
    flags: c_int,
    out_flags: *mut c_int,
) -> c_int {
    // SAFETY: SQLite's promises for `xOpen`; a name, where there is one, outlives the file.
    unsafe {
        let ours = file.cast::<File>();
        (*ours).base.pMethods = std::ptr::null();
        (*ours).watched = std::ptr::null_mut();
        let path = (!name.is_null()).then(|| path(name));
        let disk = path.as_deref().and_then(disk_of);
        let is_new = path.as_deref().is_some_and(|path| !path.exists());
        if let Some((disk, _)) = &disk
            && (is_new || flags & ffi::SQLITE_OPEN_CREATE != 0)
            && disk.meets(Call::Open).is_some()
        {
            return ffi::SQLITE_CANTOPEN;
        }
        let system = SYSTEM.load(Ordering::Acquire);
        let real = ours.add(1).cast::<ffi::sqlite3_file>();
        let code = (*system).xOpen.expect("it is there")(system, name, real, flags, out_flags);
        if code != ffi::SQLITE_OK {
            return code;
        }
        (*ours).base.pMethods = &raw const METHODS;
        if let Some((disk, name)) = disk {
            let journals = ffi::SQLITE_OPEN_WAL | ffi::SQLITE_OPEN_MAIN_JOURNAL | ffi::SQLITE_OPEN_SUPER_JOURNAL;
            let folder_too = is_new && flags & journals != 0;
            let is_log = name == "log.db";
            let file = {
                let mut journal = disk.journal();
                if is_new {
                    // A file that went away without SQLite leaves its name behind.
                    journal.delete(&name);
                }
                journal.open(&name)
            };
            (*ours).watched = Box::into_raw(Box::new(Watched { disk, file, is_log, folder_too }));
        }
        ffi::SQLITE_OK
    }
}

unsafe extern "C" fn delete(_vfs: *mut ffi::sqlite3_vfs, name: *const c_char, sync_folder: c_int) -> c_int {
    // SAFETY: SQLite's promises for `xDelete`.
    unsafe {
        let disk = disk_of(&path(name));
        if let Some((disk, _)) = &disk
            && disk.meets(Call::Delete).is_some()
        {
            return ffi::SQLITE_IOERR_DELETE;
        }
        let system = SYSTEM.load(Ordering::Acquire);
        let code = (*system).xDelete.expect("it is there")(system, name, 0);
        if let Some((disk, name)) = disk
            && code == ffi::SQLITE_OK
        {
            disk.journal().delete(&name);
            if sync_folder != 0 {
                disk.note(Done::SyncedFolder);
            }
        }
        code
    }
}

unsafe extern "C" fn close(file: *mut ffi::sqlite3_file) -> c_int {
    // SAFETY: SQLite's promises for `xClose`: it is called once, and last.
    unsafe {
        let watched = std::mem::replace(&mut (*file.cast::<File>()).watched, std::ptr::null_mut());
        if !watched.is_null() {
            drop(Box::from_raw(watched));
        }
        let (real, methods) = real(file);
        methods.xClose.expect("it is there")(real)
    }
}

unsafe extern "C" fn read(file: *mut ffi::sqlite3_file, to: *mut c_void, count: c_int, at: i64) -> c_int {
    // SAFETY: SQLite's promises for `xRead`.
    unsafe {
        if let Some(watched) = watched(file)
            && watched.disk.meets(Call::Read).is_some()
        {
            return ffi::SQLITE_IOERR_READ;
        }
        let (real, methods) = real(file);
        methods.xRead.expect("it is there")(real, to, count, at)
    }
}

unsafe extern "C" fn write(file: *mut ffi::sqlite3_file, from: *const c_void, count: c_int, at: i64) -> c_int {
    // SAFETY: SQLite's promises for `xWrite`: `from` has `count` bytes.
    unsafe {
        let (real, methods) = real(file);
        let write = methods.xWrite.expect("it is there");
        let Some(watched) = watched(file) else { return write(real, from, count, at) };
        let fault = watched.disk.meets(Call::Write);
        let count = match fault {
            None => count,
            // As much as there is room for.
            Some(Errno::NoRoom) => count / 2,
            Some(Errno::Io) => return ffi::SQLITE_IOERR_WRITE,
        };
        let code = write(real, from, count, at);
        if code == ffi::SQLITE_OK {
            let bytes = std::slice::from_raw_parts(from.cast::<u8>(), usize::try_from(count).expect("not below zero"));
            let at = usize::try_from(at).expect("not below zero");
            watched.disk.note(Done::Wrote { file: watched.file, at, bytes: bytes.to_vec() });
        }
        if fault.is_some() { ffi::SQLITE_FULL } else { code }
    }
}

unsafe extern "C" fn truncate(file: *mut ffi::sqlite3_file, size: i64) -> c_int {
    // SAFETY: SQLite's promises for `xTruncate`.
    unsafe {
        let (real, methods) = real(file);
        if let Some(watched) = watched(file) {
            if watched.disk.meets(Call::Truncate).is_some() {
                return ffi::SQLITE_IOERR_TRUNCATE;
            }
            let size = usize::try_from(size).expect("not below zero");
            watched.disk.note(Done::Cut { file: watched.file, size });
        }
        methods.xTruncate.expect("it is there")(real, size)
    }
}

unsafe extern "C" fn sync(file: *mut ffi::sqlite3_file, flags: c_int) -> c_int {
    // SAFETY: SQLite's promises for `xSync`.
    unsafe {
        let Some(watched) = watched(file) else {
            let (real, methods) = real(file);
            return methods.xSync.expect("it is there")(real, flags);
        };
        if watched.disk.meets(Call::Sync).is_some() {
            watched.disk.note(Done::NotSynced { file: watched.file });
            return ffi::SQLITE_IOERR_FSYNC;
        }
        // Only noted: the computer is not going to be switched off.
        watched.disk.note(Done::Synced { file: watched.file });
        if std::mem::take(&mut watched.folder_too) {
            watched.disk.note(Done::SyncedFolder);
        }
        ffi::SQLITE_OK
    }
}

unsafe extern "C" fn shm_map(
    file: *mut ffi::sqlite3_file,
    page: c_int,
    size: c_int,
    extend: c_int,
    to: *mut *mut c_void,
) -> c_int {
    // SAFETY: SQLite's promises for `xShmMap`.
    unsafe {
        if let Some(watched) = watched(file)
            && extend != 0
            && watched.disk.meets(Call::SharedMemory).is_some()
        {
            *to = std::ptr::null_mut();
            return ffi::SQLITE_IOERR_SHMSIZE;
        }
        let (real, methods) = real(file);
        methods.xShmMap.expect("it is there")(real, page, size, extend, to)
    }
}

unsafe extern "C" fn file_control(file: *mut ffi::sqlite3_file, operation: c_int, argument: *mut c_void) -> c_int {
    // SAFETY: SQLite's promises for `xFileControl`; of a pragma the argument is four texts, the third its value, which is SQLite's own
    // copy of what was typed (https://sqlite.org/c3ref/c_fcntl_begin_atomic_write.html#sqlitefcntlpragma).
    unsafe {
        if operation == ffi::SQLITE_FCNTL_PRAGMA
            && watched(file).is_some_and(|watched| watched.disk.is_weak() && watched.is_log)
        {
            let texts = argument.cast::<*mut c_char>();
            let (name, value) = (*texts.add(1), *texts.add(2));
            if !name.is_null()
                && !value.is_null()
                && CStr::from_ptr(name) == c"synchronous"
                && CStr::from_ptr(value) == c"FULL"
            {
                // "1" is NORMAL, and shorter.
                value.write(b'1'.cast_signed());
                value.add(1).write(0);
            }
        }
        let (real, methods) = real(file);
        methods.xFileControl.expect("it is there")(real, operation, argument)
    }
}

unsafe extern "C" fn file_size(file: *mut ffi::sqlite3_file, size: *mut i64) -> c_int {
    // SAFETY: passed on as it came.
    unsafe {
        let (real, methods) = real(file);
        methods.xFileSize.expect("it is there")(real, size)
    }
}

unsafe extern "C" fn lock(file: *mut ffi::sqlite3_file, level: c_int) -> c_int {
    // SAFETY: passed on as it came.
    unsafe {
        let (real, methods) = real(file);
        methods.xLock.expect("it is there")(real, level)
    }
}

unsafe extern "C" fn unlock(file: *mut ffi::sqlite3_file, level: c_int) -> c_int {
    // SAFETY: passed on as it came.
    unsafe {
        let (real, methods) = real(file);
        methods.xUnlock.expect("it is there")(real, level)
    }
}

unsafe extern "C" fn check_reserved_lock(file: *mut ffi::sqlite3_file, held: *mut c_int) -> c_int {
    // SAFETY: passed on as it came.
    unsafe {
        let (real, methods) = real(file);
        methods.xCheckReservedLock.expect("it is there")(real, held)
    }
}

unsafe extern "C" fn sector_size(file: *mut ffi::sqlite3_file) -> c_int {
    // SAFETY: passed on as it came.
    unsafe {
        let (real, methods) = real(file);
        methods.xSectorSize.expect("it is there")(real)
    }
}

unsafe extern "C" fn device_characteristics(file: *mut ffi::sqlite3_file) -> c_int {
    // SAFETY: passed on as it came.
    unsafe {
        let (real, methods) = real(file);
        methods.xDeviceCharacteristics.expect("it is there")(real)
    }
}

unsafe extern "C" fn shm_lock(file: *mut ffi::sqlite3_file, at: c_int, count: c_int, flags: c_int) -> c_int {
    // SAFETY: passed on as it came.
    unsafe {
        let (real, methods) = real(file);
        methods.xShmLock.expect("it is there")(real, at, count, flags)
    }
}

unsafe extern "C" fn shm_barrier(file: *mut ffi::sqlite3_file) {
    // SAFETY: passed on as it came.
    unsafe {
        let (real, methods) = real(file);
        methods.xShmBarrier.expect("it is there")(real);
    }
}

unsafe extern "C" fn shm_unmap(file: *mut ffi::sqlite3_file, delete: c_int) -> c_int {
    // SAFETY: passed on as it came.
    unsafe {
        let (real, methods) = real(file);
        methods.xShmUnmap.expect("it is there")(real, delete)
    }
}
