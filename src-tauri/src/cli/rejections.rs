//! `rejections`

use std::process::ExitCode;

use api::Monitor;

use super::arguments::{Rejections, RejectionsAct};
use super::out::Out;
use super::table::{Local, Table, known};

pub(crate) fn run(monitor: &Monitor, ask: &Rejections, out: &mut Out) -> anyhow::Result<ExitCode> {
    if let Some(RejectionsAct::Recover { slug, dry_run }) = &ask.act {
        return recover(monitor, slug, *dry_run, ask.json, out);
    }
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
                row.accepted_at
                    .as_ref()
                    .map_or_else(|| row.reason.clone(), |at| format!("accepted {}", local.time(at))),
            ]);
        }
        table.print(out, "nothing was refused")?;
    }
    out.done()?;
    Ok(ExitCode::SUCCESS)
}

fn recover(monitor: &Monitor, slug: &str, dry_run: bool, json: bool, out: &mut Out) -> anyhow::Result<ExitCode> {
    let done = monitor.rejections_recover(slug, dry_run)?;
    if json {
        out.json(&done)?;
    } else if done.checkable {
        let what = if dry_run { "would be accepted" } else { "accepted" };
        let count = if dry_run { done.fitting } else { done.accepted };
        out.line(&format!("{count} {what}: the secret of {slug} fits them"))?;
        for (count, what) in [
            (done.known, "fit, but are in the history already: they came again"),
            (done.differing, "differ: they were signed with another secret, or not signed"),
            (done.without_body, "cannot be checked: their bodies are not kept any more"),
        ] {
            if count > 0 {
                out.line(&format!("{count} {what}"))?;
            }
        }
    } else {
        out.line(&format!(
            "nothing accepted: only signatures (HMAC) can be checked again; passwords and tokens of what {slug} refused are not kept"
        ))?;
    }
    out.done()?;
    Ok(ExitCode::SUCCESS)
}
