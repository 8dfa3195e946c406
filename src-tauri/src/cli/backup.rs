//! `backup`

use std::process::ExitCode;

use api::Monitor;

use super::arguments::Backup;
use super::out::Out;

pub(crate) fn run(monitor: &Monitor, ask: &Backup, out: &mut Out) -> anyhow::Result<ExitCode> {
    monitor.backup(&ask.file)?;
    out.line(&format!(
        "copied the log and the settings to {}, and checked the copy; secrets are not in it",
        ask.file.display()
    ))?;
    out.done()?;
    Ok(ExitCode::SUCCESS)
}
