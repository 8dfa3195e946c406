//! `rebuild`

use std::io::{IsTerminal as _, Write as _};
use std::process::ExitCode;

use api::Monitor;

use super::out::Out;

pub(crate) fn run(monitor: &Monitor, out: &mut Out) -> anyhow::Result<ExitCode> {
    let mut stderr = std::io::stderr();
    let shows = stderr.is_terminal();
    let rows = monitor.rebuild(|done, all| {
        if shows {
            // Nobody to tell is no reason to stop.
            let _ = write!(stderr, "\r{done} of {all} rows");
        }
    })?;
    if shows {
        let _ = writeln!(stderr);
    }
    out.line(&format!("rebuilt the view from {rows} {} of the log", if rows == 1 { "row" } else { "rows" }))?;
    out.done()?;
    Ok(ExitCode::SUCCESS)
}
