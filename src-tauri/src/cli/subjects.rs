//! `subjects`

use std::process::ExitCode;

use api::Monitor;
use api::lines::SubjectLine;
use api::wire::{ListQuery, SubjectRow};

use super::arguments::List;
use super::list::walk;
use super::out::Out;
use super::table::{Local, Table, known};

pub(crate) fn run(monitor: &Monitor, ask: &List, out: &mut Out) -> anyhow::Result<ExitCode> {
    let page =
        |before, limit| monitor.subjects(&ListQuery { query: ask.query.clone(), before, limit }).map(|page| page.rows);
    let key = |row: &SubjectRow| row.key;
    if ask.json {
        walk(ask.limit, page, key, |row| out.json(&SubjectLine::from(&row)))?;
    } else {
        let local = Local::of(monitor);
        let completed = local.heading("LAST COMPLETED");
        let mut table = Table::new(["SUBJECT", "LABEL", "STATE", &completed, "WEBHOOK", "STUDY", "SITE", "MONITOR"]);
        walk(ask.limit, page, key, |row| {
            table.row([
                row.subject_id.clone().unwrap_or_default(),
                known(row.label.as_ref()),
                row.state.replace('_', " "),
                local.maybe(row.last_completed_at.as_ref()),
                row.webhook.clone(),
                known(row.study_id.as_ref()),
                known(row.site_id.as_ref()),
                known(row.monitor_serial.as_ref()),
            ]);
            Ok(())
        })?;
        table.print(out, "no subjects")?;
    }
    out.done()?;
    Ok(ExitCode::SUCCESS)
}
