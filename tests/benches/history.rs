//! Folders to measure on: empty ones, and one with a long history, made once and kept beside the results.

use std::path::PathBuf;
use std::process::{Command, Stdio};

use anyhow::{Context as _, ensure};

use crate::harness::{Folder, PASSCODE, scrap};
use crate::load::SLUG;

/// A folder with the webhook that the load goes to.
pub(crate) fn empty() -> anyhow::Result<Folder> {
    let folder = Folder::new();
    add_webhook(&folder)?;
    Ok(folder)
}

/// The folder with `events` events itself: only to be read.
pub(crate) fn kept(events: usize) -> anyhow::Result<PathBuf> {
    let master = scrap().with_file_name("bench").join(format!("history-{events}"));
    if !master.join("whole").exists() {
        let _ = std::fs::remove_dir_all(&master);
        std::fs::create_dir_all(&master)?;
        let fill = example("fill")?;
        let status =
            Command::new(fill).arg(&master).arg(events.to_string()).stdout(std::process::Stdio::null()).status()?;
        ensure!(status.success(), "the history could not be made: {status}");
        std::fs::write(master.join("whole"), "")?;
    }
    Ok(master)
}

/// A copy of the folder with `events` events, the view included.
pub(crate) fn filled(events: usize) -> anyhow::Result<Folder> {
    let master = kept(events)?;
    let folder = Folder::new();
    // Derives the view, where it is missing or of another version.
    let mut ask = folder.bare_command();
    let asked = ask.arg("--data-dir").arg(&master).args(["events", "--limit", "1"]).stdout(Stdio::null()).status()?;
    ensure!(asked.success(), "the history cannot be read: {asked}");
    let copied = Command::new("cp").args(["-a", "--reflink=auto"]).arg(&master).arg(folder.path()).status()?;
    ensure!(copied.success(), "the history could not be copied: {copied}");
    add_webhook(&folder)?;
    // The copy goes to the disk now, not while something is measured.
    ensure!(Command::new("sync").status()?.success(), "the disk does not take it");
    Ok(folder)
}

fn add_webhook(folder: &Folder) -> anyhow::Result<()> {
    let arguments = ["webhook", "add", "Bench", "--slug", SLUG, "--auth", "hmac", "--secret-stdin"];
    let ran = folder.run_with(&arguments, PASSCODE.as_bytes());
    ensure!(ran.code == Some(0), "the webhook could not be added: {ran:?}");
    Ok(())
}

/// An example of the workspace, built beside this program.
pub(crate) fn example(name: &str) -> anyhow::Result<PathBuf> {
    let here = std::env::current_exe()?;
    let folder = here.ancestors().nth(2).context("cargo puts benches two folders deep")?;
    let path = folder.join("examples").join(name);
    ensure!(
        path.is_file(),
        "{} is not there: cargo build --release --package store --package centrepoint-monitor --examples",
        path.display()
    );
    Ok(path)
}
