//! `away`, `away show`, `away check`

use std::process::ExitCode;

use api::Monitor;
use api::wire::{AwayCheck, AwayGap, TimeAway};

use super::arguments::{Away, AwayAct};
use super::out::Out;
use super::table::{Local, Table, known};

pub(crate) fn run(monitor: &Monitor, ask: &Away, out: &mut Out) -> anyhow::Result<ExitCode> {
    match &ask.act {
        Some(AwayAct::Check { sequences, by, note }) => {
            let check = AwayCheck { sequences: sequences.clone(), by: by.clone(), note: note.clone() };
            monitor.time_away_check(&check)?;
            out.line("checked")?;
        }
        Some(AwayAct::Show { sequence, json }) => {
            let gap = monitor.away_gap_of(*sequence)?;
            if *json { out.json(&gap)? } else { tell(&gap, &Local::of(monitor), out)? }
        }
        None => list(monitor, ask, out)?,
    }
    out.done()?;
    Ok(ExitCode::SUCCESS)
}

fn list(monitor: &Monitor, ask: &Away, out: &mut Out) -> anyhow::Result<()> {
    let page = monitor.time_away(usize::try_from(ask.limit).unwrap_or(usize::MAX))?;
    if ask.json {
        return page.rows.iter().try_for_each(|row| out.json(row));
    }
    let local = Local::of(monitor);
    let from = local.heading("FROM");
    let mut table = Table::new(["NUMBER", &from, "TO", "WEBHOOK", "CHECKED", "WHY"]);
    for row in &page.rows {
        let time = |at: Option<&String>, otherwise: &str| at.map_or(otherwise.to_owned(), |at| local.time(at));
        table.row([
            row.sequence.map_or("new".to_owned(), |sequence| sequence.to_string()),
            time(row.from.as_ref(), "the beginning"),
            time(row.to.as_ref(), "still on"),
            row.webhook.clone().unwrap_or_else(|| "all".to_owned()),
            row.checked_by.clone().unwrap_or_else(|| "no".to_owned()),
            words(row, &local),
        ]);
    }
    Ok(table.print(out, "there was no time away")?)
}

/// What to look for in the portal, and when.
fn tell(gap: &AwayGap, local: &Local, out: &mut Out) -> anyhow::Result<()> {
    out.line("look in the portal, among the webhook's deliveries, for those sent")?;
    for window in &gap.windows {
        let from = window.from.as_deref().unwrap_or("the beginning");
        out.line(&format!("  from {from} to {} ({})", window.to, window.zone))?;
    }
    let mut uploads = Table::new(["UPLOAD", "SUBJECT", "WEBHOOK", &local.heading("STARTED, NO END SINCE")]);
    for row in &gap.uploads {
        let subject = known(row.subject_id.as_ref());
        uploads.row([row.upload_id.clone(), subject, row.webhook.clone(), local.maybe(row.started_at.as_ref())]);
    }
    uploads.print(out, "no upload that started before has no end")?;
    let mut subjects = Table::new(["SUBJECT", "WEBHOOK", &local.heading("OVERDUE, LAST COMPLETED")]);
    for row in &gap.subjects {
        subjects.row([
            known(row.subject_id.as_ref()),
            row.webhook.clone(),
            local.maybe(row.last_completed_at.as_ref()),
        ]);
    }
    subjects.print(out, "no subject is overdue since")?;
    let more = u64::from(gap.more_uploads) + u64::from(gap.more_subjects);
    if more > 0 {
        out.line(&format!("and {more} more"))?;
    }
    Ok(out.line(&format!("brought in from CentrePoint's history by now: {}", gap.brought_in))?)
}

fn words(row: &TimeAway, local: &Local) -> String {
    let why = match row.reason.as_str() {
        "closed" => "closed",
        "ended" => "ended without a word",
        "asleep" => "the computer slept, or the program was stopped",
        "not_listening" => "could not listen: the port was in use",
        "not_stored" => "deliveries could not be kept: answered 503",
        "no_secret" => "the secret could not be read: answered 503",
        "refused" => "every delivery was refused",
        "damaged" => "the log was damaged: deliveries may be lost",
        "clock_set" => "the computer's clock was set",
        other => other,
    };
    let mut words = vec![why.to_owned()];
    if row.times > 1 {
        words.push(format!("{} times", row.times));
    }
    if row.doubtful && row.promise.is_some() {
        words.push("the clock was set meanwhile: times are doubtful".to_owned());
    }
    for span in &row.resend {
        words.push(format!("resend in the portal: {} to {}", local.time(&span.from), local.time(&span.to)));
    }
    let by = row.again_by.as_ref().filter(|_| row.promise.as_deref() == Some("documented"));
    words.extend(by.map(|by| format!("what is sent again by itself comes by {}", local.time(by))));
    words.join("; ")
}
