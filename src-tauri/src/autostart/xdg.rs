//! Linux and its like: an entry in the autostart folder (freedesktop.org, Desktop Application Autostart Specification).

use std::io::ErrorKind;
use std::path::PathBuf;

use anyhow::Context as _;

use super::entry::{self, Entry};
use super::{Found, Start};

/// The entry's file.
fn file(start: &Start) -> anyhow::Result<PathBuf> {
    let folder = dirs::config_dir().context("this system names no folder for settings: set HOME")?;
    Ok(folder.join("autostart").join(format!("{}.desktop", start.name)))
}

pub(super) fn look(start: &Start) -> anyhow::Result<Found> {
    let file = file(start)?;
    let text = match std::fs::read(&file) {
        Ok(bytes) => String::from_utf8_lossy(&bytes).into_owned(),
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(Found::Off),
        Err(error) => return Err(error).with_context(|| format!("{} cannot be read", file.display())),
    };
    Ok(match entry::read(&text) {
        Entry::Disabled => Found::Off,
        Entry::Starts(words) if words == start.words => Found::On,
        Entry::Starts(words) => Found::Other(words.join(" ")),
        Entry::Unclear(exec) => Found::Other(exec),
    })
}

pub(super) fn on(start: &Start) -> anyhow::Result<()> {
    let file = file(start)?;
    let text = entry::write(&start.words).context("the name of the program or of a folder has a line break in it")?;
    let folder = file.parent().unwrap_or(&file);
    let draft = file.with_extension("desktop.part");
    // Whole or not at all.
    std::fs::create_dir_all(folder)
        .and_then(|()| std::fs::write(&draft, text))
        .and_then(|()| std::fs::rename(&draft, &file))
        .with_context(|| format!("{} cannot be written", file.display()))
}

pub(super) fn off(start: &Start) -> anyhow::Result<()> {
    let file = file(start)?;
    match std::fs::remove_file(&file) {
        Err(error) if error.kind() != ErrorKind::NotFound => {
            Err(error).with_context(|| format!("{} cannot be taken away", file.display()))
        }
        _ => Ok(()),
    }
}
