//! What can be typed about problems.

use clap::{Args, Subcommand};

use super::named;

#[derive(Debug, Args)]
pub(crate) struct Problem {
    #[command(subcommand)]
    pub(crate) act: ProblemAct,
}

#[derive(Debug, Subcommand)]
pub(crate) enum ProblemAct {
    /// Take it on
    Acknowledge(ProblemDetails),
    /// Declare it over
    Resolve(ProblemDetails),
    /// Take that back
    Reopen(ProblemDetails),
    /// Write something down
    Note(ProblemDetails),
    /// Write down that somebody was spoken to
    Contact(ProblemContact),
    /// Put it aside until later; it keeps its state
    Snooze(ProblemSnooze),
    /// End that
    Wake(ProblemWho),
    /// Take the latest acknowledgement, resolution or snooze back, where nothing happened since
    Undo(ProblemWho),
}

/// Which problems, and who does it.
#[derive(Debug, Args)]
pub(crate) struct ProblemWho {
    /// The problems' ids, as `problems` lists them; that of a silent webhook is below 0
    #[arg(required = true, num_args = 1.., allow_negative_numbers = true)]
    pub(crate) ids: Vec<i64>,
    /// Who does it: the history keeps the name
    #[arg(long, value_name = "NAME", value_parser = named)]
    pub(crate) by: String,
}

#[derive(Debug, Args)]
pub(crate) struct ProblemContact {
    #[command(flatten)]
    pub(crate) who: ProblemWho,
    /// What was said
    #[arg(long, value_name = "TEXT", allow_hyphen_values = true)]
    pub(crate) text: String,
    /// The day to look again, like 2026-08-27
    #[arg(long, value_name = "DAY")]
    pub(crate) follow_up: Option<String>,
}

#[derive(Debug, Args)]
pub(crate) struct ProblemSnooze {
    #[command(flatten)]
    pub(crate) who: ProblemWho,
    /// Until when: a day (its 08:00 here) or a moment like 2026-08-27T08:00:00Z; at most a year ahead
    #[arg(long, value_name = "WHEN")]
    pub(crate) until: String,
}

#[derive(Debug, Args)]
pub(crate) struct ProblemDetails {
    #[command(flatten)]
    pub(crate) who: ProblemWho,
    /// A remark
    #[arg(long, value_name = "TEXT", allow_hyphen_values = true)]
    pub(crate) note: Option<String>,
}

#[cfg(test)]
mod tests {
    use clap::Parser as _;

    use crate::cli::arguments::Arguments;

    #[test]
    fn what_is_done_about_problems_says_who_and_what_it_needs() {
        let parse = |line: &str| Arguments::try_parse_from(format!("x problem {line}").split(' '));
        for line in [
            "snooze 7 8 --by Ann --until 2026-08-27",
            "contact 7 --by Ann --text -called --follow-up 2026-08-27",
            "contact 7 --by Ann --text called",
            "wake 7 --by Ann",
            "undo 7 --by Ann",
            "acknowledge 7 --by Ann --note called",
        ] {
            assert!(parse(line).is_ok(), "{line}");
        }
        for line in ["snooze 7 --by Ann", "contact 7 --by Ann", "undo --by Ann", "wake 7"] {
            assert!(parse(line).is_err(), "{line}");
        }
    }
}
