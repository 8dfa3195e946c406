//! `problem acknowledge|resolve|reopen|note`

use std::process::ExitCode;

use api::Monitor;
use api::wire::{ProblemAct, ProblemActKind};

use super::arguments::{self, Problem};
use super::out::Out;

pub(crate) fn run(monitor: &Monitor, ask: Problem, out: &mut Out) -> anyhow::Result<ExitCode> {
    let (act, details, done) = match ask.act {
        arguments::ProblemAct::Acknowledge(details) => (ProblemActKind::Acknowledge, details, "acknowledged"),
        arguments::ProblemAct::Resolve(details) => (ProblemActKind::Resolve, details, "resolved"),
        arguments::ProblemAct::Reopen(details) => (ProblemActKind::Reopen, details, "reopened"),
        arguments::ProblemAct::Note(details) => (ProblemActKind::Note, details, "noted"),
    };
    let acted =
        monitor.problem_act(&ProblemAct { ids: details.ids, act, by: details.by, note: details.note, until: None })?;
    let count = acted.ids.len();
    out.line(&format!("{done}: {count} {}", if count == 1 { "problem" } else { "problems" }))?;
    out.done()?;
    Ok(ExitCode::SUCCESS)
}
