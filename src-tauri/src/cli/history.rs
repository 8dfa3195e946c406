//! `history import|fetch`

use std::process::ExitCode;

use api::Monitor;
use api::wire::{HistoryApi, HistoryImport, HistoryLine, HistoryReport};

use super::arguments::{History, HistoryAct, HistoryWhat};
use super::out::{Out, note};
use super::table::{Local, Table, known};

/// Lines shown; `--json` has more.
const SHOWN: usize = 100;

pub(crate) fn run(monitor: &Monitor, ask: History, out: &mut Out) -> anyhow::Result<ExitCode> {
    let (what, request) = match ask.act {
        HistoryAct::Import(ask) => {
            let files = ask.files.iter().map(|file| file.display().to_string()).collect();
            (ask.what, HistoryImport { files, ..HistoryImport::default() })
        }
        HistoryAct::Fetch(ask) => {
            let api = HistoryApi {
                token_url: ask.token_url,
                api_url: ask.api_url,
                client_id: ask.client_id,
                secret: super::secret::read()?,
                scope: ask.scope,
                study_id: ask.study_id,
                webhook_id: ask.webhook_id,
            };
            (ask.what, HistoryImport { api: Some(api), ..HistoryImport::default() })
        }
    };
    let HistoryWhat { webhook, from, to, any_webhook, dry_run, by, json } = what;
    let by = by.unwrap_or_default();
    let report = monitor.history_import(&HistoryImport { webhook, from, to, any_webhook, dry_run, by, ..request })?;
    if json {
        out.json(&report)?;
    } else {
        tell(&report, &Local::of(monitor), out)?;
    }
    out.done()?;
    Ok(ExitCode::SUCCESS)
}

fn tell(report: &HistoryReport, local: &Local, out: &mut Out) -> anyhow::Result<()> {
    let heading = local.heading("MADE");
    let mut table = Table::new([heading.as_str(), "EVENT", "STATUS", "SUBJECT", "UPLOAD", "OUTCOME"]);
    for row in report.lines.iter().take(SHOWN) {
        table.row([
            local.maybe(row.created_at.as_ref()),
            known(row.event.as_ref()),
            known(row.status.as_ref()),
            known(row.subject_id.as_ref()),
            known(row.upload_id.as_ref()),
            outcome(row, report.dry_run),
        ]);
    }
    if !report.lines.is_empty() {
        table.print(out, "")?;
        let more = report.lines.len().saturating_sub(SHOWN) as u64 + report.more;
        if more > 0 {
            out.line(&format!("and {more} more"))?;
        }
    }
    for warning in &report.warnings {
        note(warning);
    }
    Ok(out.line(&summary(report))?)
}

fn outcome(row: &HistoryLine, is_dry: bool) -> String {
    let added = if is_dry { "would be added" } else { "added" };
    let what = match row.outcome.as_str() {
        "new" => added.to_owned(),
        "older" => format!("{added}; something newer is known, so it changes no state"),
        "other" => "left out".to_owned(),
        _ => "cannot be used".to_owned(),
    };
    row.reason.as_ref().map_or_else(|| what.clone(), |reason| format!("{what}: {reason}"))
}

fn summary(report: &HistoryReport) -> String {
    let added = if report.dry_run { "would add" } else { "added" };
    let mut parts = vec![format!("{added} {} of {}", report.added, report.items)];
    let mut part = |count: u64, what: &str| {
        if count > 0 {
            parts.push(format!("{count} {what}"));
        }
    };
    part(report.older, "of these older than what is known");
    part(report.known, "already there");
    part(report.same_content, "already there (same content)");
    part(report.validations, "handshakes");
    part(report.outside, "outside the time asked for");
    part(report.other, "of another webhook or study");
    part(report.unusable, "cannot be used");
    let stopped = if report.stopped { "; stopped before the end" } else { "" };
    parts.join(", ") + stopped
}
