//! `problems`

use std::process::ExitCode;

use api::Monitor;
use api::lines::ProblemLine;
use api::wire::{ListQuery, ProblemRow};

use super::arguments::List;
use super::list::walk;
use super::out::Out;
use super::table::{Local, Table, known};

pub(crate) fn run(monitor: &Monitor, ask: &List, out: &mut Out) -> anyhow::Result<ExitCode> {
    let page =
        |before, limit| monitor.problems(&ListQuery { query: ask.query.clone(), before, limit }).map(|page| page.rows);
    let key = |row: &ProblemRow| row.id;
    if ask.json {
        walk(ask.limit, page, key, |row| out.json(&ProblemLine::from(&row)))?;
    } else {
        let local = Local::of(monitor);
        let opened = local.heading("OPENED");
        let mut table =
            Table::new(["ID", "STATE", "KIND", &opened, "WEBHOOK", "STUDY", "SUBJECT", "UPLOAD", "BY", "MESSAGE"]);
        walk(ask.limit, page, key, |row| {
            table.row([
                row.id.to_string(),
                row.state.clone(),
                row.kind.clone(),
                local.time(&row.opened_at),
                row.webhook.clone(),
                known(row.study_id.as_ref()),
                known(row.subject_label.as_ref().or(row.subject_id.as_ref())),
                known(row.upload_id.as_ref()),
                known(row.acknowledged_by.as_ref()),
                known(row.message.as_ref()),
            ]);
            Ok(())
        })?;
        table.print(out, "no problems")?;
    }
    out.done()?;
    Ok(ExitCode::SUCCESS)
}
