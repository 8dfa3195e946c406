//! `subject show|finish|leave|resume|note|import`

use std::process::ExitCode;

use api::wire::{ImportReport, SubjectAct as Act, SubjectActKind, SubjectDetail, SubjectImport as Import};
use api::{Monitor, SubjectsNamed};

use super::arguments::{Subject, SubjectAct, SubjectImport, SubjectPlace, SubjectShow};
use super::out::{Out, note};
use super::table::{Local, Table, known};

pub(crate) fn run(monitor: &Monitor, ask: Subject, out: &mut Out) -> anyhow::Result<ExitCode> {
    let (act, details, until, done) = match ask.act {
        SubjectAct::Show(ask) => return show(monitor, ask, out),
        SubjectAct::Import(ask) => return import(monitor, ask, out),
        SubjectAct::Finish(details) => (SubjectActKind::Finish, details, None, "finished"),
        SubjectAct::Leave(leave) => (SubjectActKind::Leave, leave.details, leave.until, "on leave"),
        SubjectAct::Resume(details) => (SubjectActKind::Resume, details, None, "resumed"),
        SubjectAct::Note(details) => (SubjectActKind::Note, details, None, "noted"),
    };
    let keys = monitor.subject_keys(&named(details.ids, details.place))?;
    let count = monitor.subject_act(&Act { keys, act, by: details.by, until, note: details.note })?.len();
    out.line(&format!("{done}: {}", subjects(count)))?;
    out.done()?;
    Ok(ExitCode::SUCCESS)
}

fn named(ids: Vec<String>, place: SubjectPlace) -> SubjectsNamed {
    SubjectsNamed { ids, webhook: place.webhook, study_id: place.study_id }
}

fn subjects(count: usize) -> String {
    format!("{count} {}", if count == 1 { "subject" } else { "subjects" })
}

fn show(monitor: &Monitor, ask: SubjectShow, out: &mut Out) -> anyhow::Result<ExitCode> {
    let keys = monitor.subject_keys(&named(vec![ask.id], ask.place))?;
    for key in keys {
        let detail = monitor.subject(key)?;
        if ask.json {
            out.json(&detail)?;
        } else {
            tell(&detail, &Local::of(monitor), out)?;
        }
    }
    out.done()?;
    Ok(ExitCode::SUCCESS)
}

/// What stands in the window's pane, as lines.
fn tell(detail: &SubjectDetail, local: &Local, out: &mut Out) -> std::io::Result<()> {
    let row = &detail.row;
    let mut facts = Table::new(["SUBJECT", row.subject_id.as_deref().unwrap_or_default()]);
    let mut state = row.state.replace('_', " ");
    if let Some(day) = &row.on_leave_until {
        state = format!("{state} until {day}");
    }
    let mut fact = |what: &str, value: String| facts.row([what.to_owned(), value]);
    fact("label", known(row.label.as_ref()));
    fact("state", state);
    fact(&local.heading("last completed"), local.maybe(row.last_completed_at.as_ref()));
    fact("webhook", row.webhook.clone());
    fact("study", known(row.study_id.as_ref()));
    fact("site", known(row.site_id.as_ref()));
    fact("monitor", known(row.monitor_serial.as_ref()));
    fact("expected", if row.expected { "yes, on an imported list" } else { "no" }.to_owned());
    fact("uploads", row.uploads.to_string());
    fact("open problems", row.open_problems.to_string());
    for known in &detail.known {
        if let Some(conflict) = &known.conflict {
            fact("in question", format!("{} {}: {conflict}", known.what, known.value));
        }
    }
    let worn = detail.wear.iter().filter(|day| day.minutes >= detail.wear_threshold).count();
    fact("days worn", format!("{worn} of {} with data, from {} minutes on", detail.wear.len(), detail.wear_threshold));
    facts.print(out, "")?;
    if detail.notes.is_empty() {
        return Ok(());
    }
    let mut notes = Table::new([local.heading("WHEN").as_str(), "WHAT", "BY", "TEXT"]);
    for line in &detail.notes {
        let what = line.what.replace('_', " ");
        let what = line.until.as_ref().map_or_else(|| what.clone(), |day| format!("{what} until {day}"));
        notes.row([local.time(&line.at), what, known(line.by.as_ref()), known(line.text.as_ref())]);
    }
    out.line("")?;
    notes.print(out, "")
}

fn import(monitor: &Monitor, ask: SubjectImport, out: &mut Out) -> anyhow::Result<ExitCode> {
    let request = Import {
        path: ask.file.display().to_string(),
        webhook: ask.webhook,
        dry_run: ask.dry_run,
        by: ask.by.unwrap_or_default(),
    };
    let report = monitor.subjects_import(&request)?;
    if ask.json {
        out.json(&report)?;
    } else if report.problems.is_empty() {
        out.line(&said(&report, ask.dry_run))?;
    }
    out.done()?;
    if report.problems.is_empty() {
        return Ok(ExitCode::SUCCESS);
    }
    for problem in &report.problems {
        note(&format!("line {}: {}", problem.line, problem.message));
    }
    note("error: nothing was imported: a list is taken as a whole or not at all");
    Ok(ExitCode::FAILURE)
}

fn said(report: &ImportReport, is_dry: bool) -> String {
    let done = if is_dry { "would import" } else { "imported" };
    let (rows, new, changed) = (report.rows, report.new, report.changed);
    let columns = report.columns.join(", ");
    format!("{done} {}: {new} new, {changed} changed ({columns})", subjects(rows as usize))
}
