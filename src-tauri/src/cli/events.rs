//! `events`

use std::process::ExitCode;

use api::Monitor;
use api::lines::EventLine;
use api::wire::{EventQuery, EventRow};

use super::arguments::List;
use super::list::walk;
use super::out::Out;
use super::table::{Local, Table, known};

pub(crate) fn run(monitor: &Monitor, ask: &List, out: &mut Out) -> anyhow::Result<ExitCode> {
    let page = |before, limit| {
        let query = EventQuery { query: ask.query.clone(), before, limit, ..EventQuery::default() };
        monitor.events(&query).map(|page| page.rows)
    };
    let key = |row: &EventRow| row.sequence;
    if ask.json {
        walk(ask.limit, page, key, |row| out.json(&EventLine::from(&row)))?;
    } else {
        let local = Local::of(monitor);
        let received = local.heading("RECEIVED");
        let mut table = Table::new([
            "SEQUENCE", &received, "WEBHOOK", "EVENT", "STATUS", "SUBJECT", "UPLOAD", "ATTEMPTS", "MESSAGE",
        ]);
        walk(ask.limit, page, key, |row| {
            let subject = row.subject_identifier.as_ref().or(row.subject_id.as_ref());
            table.row([
                row.sequence.to_string(),
                local.time(&row.received_at),
                row.webhook.clone(),
                row.event.clone(),
                known(row.status.as_ref()),
                known(subject),
                known(row.upload_id.as_ref()),
                row.attempts.to_string(),
                known(row.message.as_ref()),
            ]);
            Ok(())
        })?;
        table.print(out, "no events")?;
    }
    out.done()?;
    Ok(ExitCode::SUCCESS)
}
