//! `uploads`

use std::process::ExitCode;

use api::Monitor;
use api::lines::UploadLine;
use api::wire::{ListQuery, UploadRow};

use super::arguments::List;
use super::list::walk;
use super::out::Out;
use super::table::{Local, Table, known};

pub(crate) fn run(monitor: &Monitor, ask: &List, out: &mut Out) -> anyhow::Result<ExitCode> {
    let page =
        |before, limit| monitor.uploads(&ListQuery { query: ask.query.clone(), before, limit }).map(|page| page.rows);
    let key = |row: &UploadRow| row.key;
    if ask.json {
        walk(ask.limit, page, key, |row| out.json(&UploadLine::from(&row)))?;
    } else {
        let local = Local::of(monitor);
        let (started, finished) = (local.heading("STARTED"), local.heading("FINISHED"));
        let mut table =
            Table::new(["UPLOAD", "STATE", &started, &finished, "WEBHOOK", "STUDY", "SUBJECT", "PROBLEM", "MESSAGE"]);
        walk(ask.limit, page, key, |row| {
            let state = if row.stuck { "started, stuck".to_owned() } else { row.state.clone() };
            table.row([
                row.upload_id.clone(),
                state,
                local.maybe(row.started_at.as_ref()),
                local.maybe(row.finished_at.as_ref()),
                row.webhook.clone(),
                known(row.study_id.as_ref()),
                known(row.subject_label.as_ref().or(row.subject_id.as_ref())),
                known(row.problem.as_ref()),
                known(row.message.as_ref()),
            ]);
            Ok(())
        })?;
        table.print(out, "no uploads")?;
    }
    out.done()?;
    Ok(ExitCode::SUCCESS)
}
