//! `problem acknowledge|resolve|reopen|note|contact|snooze|wake|undo`

use std::process::ExitCode;

use anyhow::Context as _;
use api::Monitor;
use api::wire::{ApiError, ProblemAct, ProblemActKind};
use jiff::civil::Date;
use jiff::tz::TimeZone;

use super::arguments::{self, Problem};
use super::out::Out;

/// The hour of a day at which a problem put aside until that day comes back.
const MORNING: i8 = 8;

pub(crate) fn run(monitor: &Monitor, ask: Problem, out: &mut Out) -> anyhow::Result<ExitCode> {
    use arguments::ProblemAct as Ask;

    let (act, who, note, until, done) = match ask.act {
        Ask::Acknowledge(details) => (ProblemActKind::Acknowledge, details.who, details.note, None, "acknowledged"),
        Ask::Resolve(details) => (ProblemActKind::Resolve, details.who, details.note, None, "resolved"),
        Ask::Reopen(details) => (ProblemActKind::Reopen, details.who, details.note, None, "reopened"),
        Ask::Note(details) => (ProblemActKind::Note, details.who, details.note, None, "noted"),
        Ask::Contact(said) => (ProblemActKind::Contact, said.who, Some(said.text), said.follow_up, "contact noted"),
        Ask::Snooze(aside) => {
            let until = moment(&aside.until, monitor.zone())?;
            (ProblemActKind::Snooze, aside.who, None, Some(until), "put aside")
        }
        Ask::Wake(who) => (ProblemActKind::Wake, who, None, None, "woken"),
        Ask::Undo(who) => (ProblemActKind::TakeBack, who, None, None, "taken back"),
    };
    let acted = monitor.problem_act(&ProblemAct { ids: who.ids, act, by: who.by, note, until });
    let acted = acted.map_err(|error| worded(error, act))?;
    let count = acted.ids.len();
    out.line(&format!("{done}: {count} {}", if count == 1 { "problem" } else { "problems" }))?;
    out.done()?;
    Ok(ExitCode::SUCCESS)
}

/// The fields of a contact have options of their own.
fn worded(error: ApiError, act: ProblemActKind) -> ApiError {
    let field = match (act, error.field.as_deref()) {
        (ProblemActKind::Contact, Some("note")) => Some("text".to_owned()),
        (ProblemActKind::Contact, Some("until")) => Some("follow_up".to_owned()),
        _ => error.field.clone(),
    };
    ApiError { field, ..error }
}

/// A day as the moment its morning begins here; anything else as it is, for `api` to judge.
fn moment(text: &str, zone: TimeZone) -> anyhow::Result<String> {
    let Some(day) = text.parse::<Date>().ok().filter(|day| day.to_string() == text) else {
        return Ok(text.to_owned());
    };
    let morning = day.at(MORNING, 0, 0, 0).to_zoned_datetime(zone);
    Ok(morning.with_context(|| format!("{text} is outside the years this program knows"))?.timestamp().to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_wrong_about_a_contact_is_said_by_its_options() {
        let error = |act, field| worded(ApiError::invalid(field, "no"), act).field;
        assert_eq!(error(ProblemActKind::Contact, "note").as_deref(), Some("text"));
        assert_eq!(error(ProblemActKind::Contact, "until").as_deref(), Some("follow_up"));
        assert_eq!(error(ProblemActKind::Snooze, "until").as_deref(), Some("until"));
    }

    #[test]
    fn a_day_is_its_morning_where_the_computer_is() {
        let rome = || TimeZone::get("Europe/Rome").unwrap();
        assert_eq!(moment("2026-08-27", rome()).unwrap(), "2026-08-27T06:00:00Z");
        assert_eq!(moment("2026-12-27", rome()).unwrap(), "2026-12-27T07:00:00Z");
        for text in ["2026-08-27T08:00:00Z", "2026-08-27T08:00:00+02:00", "Thursday", ""] {
            assert_eq!(moment(text, rome()).unwrap(), text, "not a day: not touched");
        }
    }
}
