//! `verify`

use std::process::ExitCode;

use api::Monitor;

use super::out::{Out, note};

pub(crate) fn run(monitor: &Monitor, out: &mut Out) -> anyhow::Result<ExitCode> {
    let found = monitor.verify(|_, _| {})?;
    let rows = found.rows;
    for loss in &found.losses {
        out.line(&format!("lost: {loss}"))?;
    }
    if found.differences.is_empty() {
        let head = found.head.map(|head| format!("; the chain ends with {head}")).unwrap_or_default();
        out.line(&format!("sound: {rows} {} checked{head}", if rows == 1 { "row" } else { "rows" }))?;
        out.done()?;
        return Ok(ExitCode::SUCCESS);
    }
    for difference in &found.differences {
        out.line(difference)?;
    }
    out.done()?;
    note(&format!(
        "error: the log is not as it was written ({rows} rows checked): keep it, and restore a backup beside it"
    ));
    Ok(ExitCode::FAILURE)
}
