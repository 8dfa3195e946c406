//! `doctor`

use std::process::ExitCode;

use api::Monitor;
use api::wire::{Check, CheckLevel};

use super::arguments::Doctor;
use super::out::{Out, note};

/// Checks the set-up and prints each check; exit 1 where something is red.
pub(crate) fn run(monitor: &Monitor, ask: &Doctor, out: &mut Out) -> anyhow::Result<ExitCode> {
    if let Some(server) = &ask.clock_from {
        monitor.set_clock_server(server)?;
    }
    let checkup = monitor.doctor_run(crate::doctor::outside(monitor), ask.authority.as_deref())?;
    if ask.text {
        out.line(checkup.text.trim_end())?;
    } else {
        for check in &checkup.checks {
            if ask.json { out.json(check)? } else { print(check, out)? }
        }
    }
    out.done()?;
    if checkup.is_red() {
        let red = checkup.checks.iter().filter(|check| check.level == CheckLevel::Red).count();
        note(&format!("{red} of {} checks found something wrong", checkup.checks.len()));
        return Ok(ExitCode::FAILURE);
    }
    Ok(ExitCode::SUCCESS)
}

fn print(check: &Check, out: &mut Out) -> std::io::Result<()> {
    let word = match check.level {
        CheckLevel::Green => "well   ",
        CheckLevel::Amber => "to know",
        CheckLevel::Red => "WRONG  ",
        CheckLevel::Running => "not made",
    };
    out.line(&format!("{word}  {}", check.title))?;
    out.line(&format!("         {}", check.found))?;
    check.next.iter().try_for_each(|next| out.line(&format!("         Next: {next}")))
}
