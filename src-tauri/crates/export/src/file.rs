//! A file that is replaced only by a whole one.

use std::ffi::OsString;
use std::fs::File;
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::sync::mpsc::{SyncSender, sync_channel};

use tempfile::{Builder, NamedTempFile};

use crate::ExportError;

/// Lets `write` fill a temporary file beside `path`, then syncs it and renames it over `path`. When anything fails, the
/// temporary file is removed and `path` is what it was.
pub(crate) fn replace(
    path: &Path,
    write: impl FnOnce(&mut (dyn Write + Send)) -> Result<u64, ExportError>,
) -> Result<u64, ExportError> {
    let failed = |source| ExportError::Write { path: path.display().to_string(), source };
    let target = resolved(path).map_err(failed)?;
    match std::fs::metadata(&target) {
        Ok(found) if found.is_dir() => return Err(failed(io::ErrorKind::IsADirectory.into())),
        // A rename would put a file in the place of the pipe or device.
        Ok(found) if !found.is_file() => return write(&mut File::options().write(true).open(&target).map_err(failed)?),
        _ => {}
    }
    let folder = match target.parent() {
        Some(folder) if !folder.as_os_str().is_empty() => folder,
        _ => Path::new("."),
    };
    let mut file = beside(folder, &target).map_err(failed)?;
    let early = file.as_file().try_clone().map_err(failed)?;
    let rows = std::thread::scope(|scope| {
        let (ask, asked) = sync_channel::<()>(1);
        scope.spawn(move || {
            for () in asked {
                // Only a beginning: an error shows again in the sync that counts.
                let _ = early.sync_data();
            }
        });
        write(&mut Early { file: file.as_file_mut(), ask, unasked: 0 })
    })?;
    file.as_file().sync_all().map_err(failed)?;
    file.persist(&target).map_err(|error| failed(error.error))?;
    sync_folder(folder).map_err(failed)?;
    Ok(rows)
}

/// After this many bytes the disk is set to work, so that little is left for the end.
const EARLY: usize = 32 * 1024 * 1024;

/// A file whose bytes begin their way to the disk while more are written. `ask` holds one wish at most: more would say the same.
struct Early<'f> {
    file: &'f mut File,
    ask: SyncSender<()>,
    unasked: usize,
}

impl Write for Early<'_> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let written = self.file.write(bytes)?;
        self.unasked += written;
        if self.unasked >= EARLY && self.ask.try_send(()).is_ok() {
            self.unasked = 0;
        }
        Ok(written)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.file.flush()
    }
}

/// Where a link leads, so that the file is replaced and not the link.
fn resolved(path: &Path) -> io::Result<PathBuf> {
    match path.canonicalize() {
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(path.to_owned()),
        found => found,
    }
}

/// A new file in `folder`, with the mode any new file of this person's gets: an export is made to be passed on.
fn beside(folder: &Path, target: &Path) -> io::Result<NamedTempFile> {
    let mut prefix = OsString::from(".");
    prefix.push(target.file_name().unwrap_or_default());
    let mut builder = Builder::new();
    builder.prefix(&prefix).suffix(".part");
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt as _;
        builder.permissions(std::fs::Permissions::from_mode(0o666));
    }
    builder.tempfile_in(folder)
}

/// Makes the rename durable, where the system can.
fn sync_folder(folder: &Path) -> io::Result<()> {
    if cfg!(unix) { File::open(folder)?.sync_all() } else { Ok(()) }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names(folder: &Path) -> Vec<String> {
        let mut names: Vec<_> =
            folder.read_dir().unwrap().map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
        names.sort();
        names
    }

    fn write_out(text: &str) -> impl FnOnce(&mut (dyn Write + Send)) -> Result<u64, ExportError> {
        move |out| {
            out.write_all(text.as_bytes()).unwrap();
            Ok(1)
        }
    }

    #[test]
    fn a_whole_file_takes_the_place_of_the_old_one() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("out.csv");
        assert_eq!(replace(&path, write_out("old")).unwrap(), 1);
        assert_eq!(replace(&path, write_out("new")).unwrap(), 1);
        assert_eq!(std::fs::read_to_string(&path).unwrap(), "new");
        assert_eq!(names(folder.path()), ["out.csv"], "nothing temporary is left");
    }

    #[test]
    fn what_fails_or_is_cancelled_leaves_everything_as_it_was() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("out.csv");
        let cancelled = |out: &mut (dyn Write + Send)| {
            out.write_all(b"half").unwrap();
            Err(ExportError::Cancelled)
        };
        assert!(matches!(replace(&path, cancelled), Err(ExportError::Cancelled)));
        assert!(names(folder.path()).is_empty());

        std::fs::write(&path, "old").unwrap();
        assert!(matches!(replace(&path, cancelled), Err(ExportError::Cancelled)));
        assert_eq!(std::fs::read_to_string(&path).unwrap(), "old");
        assert_eq!(names(folder.path()), ["out.csv"]);
    }

    #[test]
    fn a_folder_that_is_not_there_or_is_in_the_way_is_said_plainly() {
        let folder = tempfile::tempdir().unwrap();
        let missing = folder.path().join("missing/out.csv");
        let error = replace(&missing, write_out("x")).unwrap_err().to_string();
        assert!(error.contains("out.csv cannot be written: "), "{error}");
        let error = replace(folder.path(), write_out("x")).unwrap_err().to_string();
        assert!(error.ends_with("cannot be written: is a directory"), "{error}");
    }

    #[cfg(unix)]
    #[test]
    fn a_link_stays_a_link_and_a_device_a_device() {
        use std::os::unix::fs::{FileTypeExt as _, PermissionsExt as _};
        let folder = tempfile::tempdir().unwrap();
        let (real, link) = (folder.path().join("real.csv"), folder.path().join("link.csv"));
        std::fs::write(&real, "old").unwrap();
        std::os::unix::fs::symlink(&real, &link).unwrap();
        replace(&link, write_out("new")).unwrap();
        assert_eq!(std::fs::read_to_string(&real).unwrap(), "new");
        assert!(link.symlink_metadata().unwrap().is_symlink());
        assert_ne!(real.metadata().unwrap().permissions().mode() & 0o400, 0);

        replace(Path::new("/dev/null"), write_out("x")).unwrap();
        assert!(Path::new("/dev/null").metadata().unwrap().file_type().is_char_device());
    }
}
