//! `autostart`

use std::path::Path;
use std::process::ExitCode;
use std::sync::Arc;

use api::Monitor;
use study::clock::SystemClock;

use super::arguments::{Autostart, AutostartAct, Front};
use super::out::Out;
use super::serve::Told;
use crate::autostart::{Found, Start};

pub(crate) fn run(
    folder: &Path,
    listen: Told,
    front: &Front,
    ask: &Autostart,
    out: &mut Out,
) -> anyhow::Result<ExitCode> {
    let act = ask.act.unwrap_or(AutostartAct::Status);
    if act == AutostartAct::On && Monitor::open(folder, Arc::new(SystemClock))?.is_practice()? {
        anyhow::bail!("{} is a practice folder: it is not started with the computer", folder.display());
    }
    let start = Start::of(folder, listen.map(|(address, _)| address), front)?;
    match act {
        AutostartAct::On => start.set(true)?,
        AutostartAct::Off => start.set(false)?,
        AutostartAct::Status => {}
    }
    out.line(&words(&start.look()?, folder))?;
    out.done()?;
    Ok(ExitCode::SUCCESS)
}

fn words(found: &Found, folder: &Path) -> String {
    let folder = folder.display();
    match found {
        Found::On => format!("on: starts with the computer, hidden, on {folder}"),
        Found::Off => format!("off: does not start with the computer on {folder}"),
        Found::Other(other) => format!("other: with the computer starts {other}"),
    }
}
