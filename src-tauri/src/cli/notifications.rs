//! `notifications`, `notifications read`, `notifications mute`, `notifications test`

use std::process::ExitCode;

use api::Monitor;
use api::wire::NotificationRow;

use super::arguments::{Notifications, NotificationsAct};
use super::out::Out;
use super::table::{Local, Table};

pub(crate) fn run(monitor: &Monitor, ask: &Notifications, out: &mut Out) -> anyhow::Result<ExitCode> {
    let mut code = ExitCode::SUCCESS;
    match &ask.act {
        None => list(monitor, ask, out)?,
        Some(NotificationsAct::Read) => {
            monitor.notifications_read(&[])?;
            out.line("all of them are read")?;
        }
        Some(NotificationsAct::Mute { until }) => match monitor.notifications_mute(until)? {
            Some(end) => out.line(&format!("nothing pops up until {}", Local::of(monitor).time(&end)))?,
            None => out.line("pop-ups come again")?,
        },
        Some(NotificationsAct::Test) => {
            let test = crate::desktop::try_pop_up()?;
            if ask.json {
                out.json(&test)?;
            } else {
                out.line(&test.said)?;
            }
            if test.outcome != "shown" {
                code = ExitCode::FAILURE;
            }
        }
    }
    out.done()?;
    Ok(code)
}

fn list(monitor: &Monitor, ask: &Notifications, out: &mut Out) -> anyhow::Result<()> {
    let page = monitor.notifications(usize::try_from(ask.limit).unwrap_or(usize::MAX))?;
    if ask.json {
        return page.rows.iter().try_for_each(|row| out.json(row));
    }
    let local = Local::of(monitor);
    let at = local.heading("DUE");
    let mut table = Table::new([&at, "READ", "WHAT", "POP-UP"]);
    for row in &page.rows {
        let read = if row.read { "yes" } else { "no" };
        table.row([local.time(&row.at), read.to_owned(), row.title.clone(), words(row, &local)]);
    }
    Ok(table.print(out, "there was nothing to tell")?)
}

/// Why it popped up, or why not.
fn words(row: &NotificationRow, local: &Local) -> String {
    let detail = row.detail.as_deref().unwrap_or_default();
    let held = match row.held_by.as_deref() {
        Some("muted") => "muted",
        Some(_) => "quiet hours",
        None => "",
    };
    let outcome = match row.outcome.as_deref() {
        Some("shown") => {
            let at = row.told_at.as_ref().map(|at| local.time(at)).unwrap_or_default();
            format!("shown by {detail}, {at}")
        }
        Some("off") => "switched off".to_owned(),
        Some("settled") => "over before it popped up".to_owned(),
        Some("no_service") => format!("this desktop shows none: {detail}"),
        Some("refused") => format!("the desktop did not take it: {detail}"),
        Some("no_answer") => "the desktop did not answer".to_owned(),
        Some(other) => other.to_owned(),
        None if row.stage == "held" => "comes at their end".to_owned(),
        None => "about to".to_owned(),
    };
    if held.is_empty() { outcome } else { format!("{held}; {outcome}") }
}
