//! `rejections`

use std::process::ExitCode;

use api::Monitor;

use super::arguments::Rejections;
use super::out::Out;
use super::table::{Local, Table, known};

pub(crate) fn run(monitor: &Monitor, ask: &Rejections, out: &mut Out) -> anyhow::Result<ExitCode> {
    let rows = monitor.rejections(usize::try_from(ask.limit).unwrap_or(usize::MAX))?;
    if ask.json {
        rows.iter().try_for_each(|row| out.json(row))?;
    } else {
        let local = Local::of(monitor);
        let received = local.heading("RECEIVED");
        let mut table = Table::new([&received, "WEBHOOK", "STATUS", "FROM", "EVENT", "BYTES", "REASON"]);
        for row in &rows {
            table.row([
                local.time(&row.received_at),
                row.webhook.clone(),
                row.status.to_string(),
                row.source_ip.clone(),
                known(row.event.as_ref()),
                row.size.to_string(),
                row.reason.clone(),
            ]);
        }
        table.print(out, "nothing was refused")?;
    }
    out.done()?;
    Ok(ExitCode::SUCCESS)
}
