//! A backup: one file with the log and, as `state_…` tables, the webhooks and the settings. The view is left out: it is derived.
//!
//! The file is an ordinary log: put in place of `log.db`, it is one. Secrets are not in it: they are in the keychain.

use std::path::{Path, PathBuf};
use std::time::Duration;

use rusqlite::Connection;

use crate::log::{file as log_file, verify_connection};
use crate::sqlite::{During, sync_folder};
use crate::{DataFolder, StoreError};

/// The tables of the state that go along.
const STATE_TABLES: [&str; 2] = ["webhooks", "settings"];

/// Copies the log and the settings as they are now into the new file `target`, and checks the copy. Works beside a running
/// receiver. An unfinished copy never stands under the final name.
///
/// # Errors
/// [`StoreError::Refused`] when `target` exists or the copy turns out not to be sound; what the system or SQLite said.
pub fn backup(folder: &DataFolder, target: &Path) -> Result<(), StoreError> {
    let io = |source| StoreError::Io { context: format!("{} cannot be written", target.display()), source };
    if target.exists() {
        return Err(StoreError::Refused(format!("{} exists already: choose another name", target.display())));
    }
    log_file::prepare(folder)?;
    let partial = Partial::beside(target);
    copy(folder, &partial.0)?;
    check(&partial.0)?;
    std::fs::File::open(&partial.0).and_then(|file| file.sync_all()).map_err(io)?;
    // A link fails where the name was taken meanwhile, a rename would replace; not every file system has links.
    let linked = std::fs::hard_link(&partial.0, target);
    match linked {
        Err(error) if error.kind() == std::io::ErrorKind::AlreadyExists => {
            return Err(StoreError::Refused(format!("{} exists already: choose another name", target.display())));
        }
        Err(_) => std::fs::rename(&partial.0, target).map_err(io)?,
        Ok(()) => {}
    }
    sync_folder(target.parent().filter(|parent| !parent.as_os_str().is_empty()).unwrap_or(Path::new("."))).map_err(io)
}

fn copy(folder: &DataFolder, partial: &Path) -> Result<(), StoreError> {
    let context = "copying the log";
    let log = log_file::reader(folder).during(context)?;
    // One snapshot: rows that are committed meanwhile do not make the copy begin again.
    let snapshot = log.unchecked_transaction().during(context)?;
    log_file::newest(&snapshot).during(context)?;
    snapshot.backup("main", partial, None::<fn(rusqlite::backup::Progress)>).during(context)?;
    drop(snapshot);

    let context = "copying the settings";
    let copy = Connection::open(partial).during(context)?;
    copy.busy_timeout(Duration::from_secs(5)).during(context)?;
    // One file, nothing beside it.
    copy.pragma_update_and_check(None, "journal_mode", "delete", |_| Ok(())).during(context)?;
    if folder.state().exists() {
        copy.execute("ATTACH ?1 AS state", [folder.state().to_string_lossy()]).during(context)?;
        for table in STATE_TABLES {
            let sql = format!(
                "DROP TABLE IF EXISTS main.state_{table}; CREATE TABLE main.state_{table} AS SELECT * FROM state.{table}"
            );
            copy.execute_batch(&sql).during(context)?;
        }
        copy.execute_batch("DETACH state").during(context)?;
    }
    copy.close().map_err(|(_, source)| StoreError::Sqlite { context, source })
}

fn check(partial: &Path) -> Result<(), StoreError> {
    let copy = Connection::open(partial).during("checking the copy")?;
    let verdict = verify_connection(&copy, |_, _| ())?;
    match verdict.differences.first() {
        None => Ok(()),
        Some(first) => Err(StoreError::Refused(format!("the log is not sound, no backup was written: {first}"))),
    }
}

/// The copy while it is made; removed when dropped.
struct Partial(PathBuf);

impl Partial {
    fn beside(target: &Path) -> Self {
        let mut name = target.file_name().unwrap_or_default().to_owned();
        name.push(format!(".{}.partial", std::process::id()));
        let path = target.with_file_name(name);
        let _ = std::fs::remove_file(&path);
        Self(path)
    }
}

impl Drop for Partial {
    fn drop(&mut self) {
        let _ = std::fs::remove_file(&self.0);
        let mut journal = self.0.clone().into_os_string();
        journal.push("-journal");
        let _ = std::fs::remove_file(journal);
    }
}

#[cfg(test)]
mod tests;
