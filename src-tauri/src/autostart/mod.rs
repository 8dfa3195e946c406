//! Starting with the computer, hidden: written where the system looks for it, and read from there each time, so that what was changed
//! from outside shows.

#[cfg(any(target_os = "linux", target_os = "freebsd", target_os = "openbsd", target_os = "netbsd"))]
mod entry;
#[cfg(any(target_os = "linux", target_os = "freebsd", target_os = "openbsd", target_os = "netbsd"))]
#[path = "xdg.rs"]
mod system;
#[cfg(not(any(target_os = "linux", target_os = "freebsd", target_os = "openbsd", target_os = "netbsd")))]
#[path = "registered.rs"]
mod system;

use std::ffi::OsString;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};

use anyhow::Context as _;
use sha2::{Digest as _, Sha256};

use crate::cli::Front;

/// What is to be started.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Start {
    /// What it goes by: another for each data folder.
    name: String,
    /// The program and its arguments.
    words: Vec<String>,
}

/// What the system starts.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Found {
    /// Nothing.
    Off,
    /// This.
    On,
    /// Something else under its name, and what.
    Other(String),
}

impl Start {
    /// This program on the data folder `folder`, with what it was told about where to receive.
    ///
    /// # Errors
    /// When the system does not say where this program is, or a name in it is no text.
    pub(crate) fn of(folder: &Path, listen: Option<SocketAddr>, front: &Front) -> anyhow::Result<Self> {
        let mut words = vec![text(program()?)?, "--hidden".to_owned()];
        let folder = whole(folder)?;
        let is_default =
            api::default_data_folder().is_some_and(|usual| whole(&usual).is_ok_and(|usual| usual == folder));
        let name = if is_default {
            "centrepoint-monitor".to_owned()
        } else {
            let digest = Sha256::digest(folder.as_os_str().as_encoded_bytes());
            let short = digest.iter().take(4).fold(0_u32, |short, byte| (short << 8) | u32::from(*byte));
            words.extend(["--data-dir".to_owned(), text(folder)?]);
            format!("centrepoint-monitor-{short:08x}")
        };
        if let Some(address) = listen {
            words.extend(["--listen".to_owned(), address.to_string()]);
        }
        if let (Some(certificate), Some(key)) = (&front.tls_cert, &front.tls_key) {
            words.extend(["--tls-cert".to_owned(), text(whole(certificate)?)?]);
            words.extend(["--tls-key".to_owned(), text(whole(key)?)?]);
        }
        if let Some(address) = front.metrics {
            words.extend(["--metrics".to_owned(), address.to_string()]);
        }
        Ok(Self { name, words })
    }

    /// What the system starts now.
    ///
    /// # Errors
    /// What the system said.
    pub(crate) fn look(&self) -> anyhow::Result<Found> {
        system::look(self)
    }

    /// From now on it starts with the computer, or no longer.
    ///
    /// # Errors
    /// What the system said.
    pub(crate) fn set(&self, is_on: bool) -> anyhow::Result<()> {
        if is_on { system::on(self) } else { system::off(self) }
    }
}

/// This program's file, where it can be found again after it was renewed.
fn program() -> anyhow::Result<PathBuf> {
    // An AppImage runs from a folder that is gone when it ends, and says where it is itself.
    if let Some(image) = std::env::var_os("APPIMAGE").filter(|path| Path::new(path).is_file()) {
        return Ok(image.into());
    }
    let program = std::env::current_exe().context("the system does not say where this program is")?;
    // What Linux calls a program whose file was replaced while it runs.
    let replaced = program.to_str().and_then(|path| path.strip_suffix(" (deleted)")).map(PathBuf::from);
    Ok(replaced.unwrap_or(program))
}

/// From the root on: where the program is started from differs from time to time.
fn whole(path: &Path) -> anyhow::Result<PathBuf> {
    std::fs::canonicalize(path)
        .or_else(|_| std::path::absolute(path))
        .with_context(|| format!("{} cannot be named from the root on", path.display()))
}

fn text(path: impl Into<OsString>) -> anyhow::Result<String> {
    let path: OsString = path.into();
    path.into_string().map_err(|path| anyhow::anyhow!("the name of {} is no text", Path::new(&path).display()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn two_folders_are_two_entries_and_what_was_told_goes_along() {
        let (one, two) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
        let of = |folder: &Path, listen: Option<&str>| {
            Start::of(folder, listen.map(|address| address.parse().unwrap()), &Front::default()).unwrap()
        };
        assert_ne!(of(one.path(), None).name, of(two.path(), None).name);
        let start = of(one.path(), Some("127.0.0.1:9000"));
        let folder = one.path().canonicalize().unwrap().display().to_string();
        assert_eq!(start.words[1..], ["--hidden", "--data-dir", &folder, "--listen", "127.0.0.1:9000"]);
        assert_eq!(start.name, of(one.path(), None).name);
        let usual = api::default_data_folder().unwrap();
        assert_eq!(of(&usual, None).words[1..], ["--hidden"]);
        assert_eq!(of(&usual, None).name, "centrepoint-monitor");
    }
}
