//! What can be typed: the commands and their options, with the sentences of `--help`.

use std::net::SocketAddr;
use std::path::PathBuf;

use clap::{Args, Parser, Subcommand, ValueEnum};

/// Receives ActiGraph CentrePoint webhooks, keeps every delivery, and tells who needs them. Independent of ActiGraph.
///
/// Without a command it opens the window.
#[derive(Debug, Parser)]
#[command(name = "centrepoint-monitor", version, max_term_width = 120)]
pub(crate) struct Arguments {
    /// The folder everything is kept in; the system's folder for local data unless told
    #[arg(long, global = true, env = "CENTREPOINT_MONITOR_DATA_DIR", value_name = "DIR")]
    pub(crate) data_dir: Option<PathBuf>,
    /// Where to receive [default: 127.0.0.1:8737]
    #[arg(long, value_name = "ADDRESS:PORT")]
    pub(crate) listen: Option<SocketAddr>,
    #[command(subcommand)]
    pub(crate) command: Option<Command>,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Receive without a window
    Serve(Serve),
    /// Set up webhooks
    Webhook(Webhook),
    /// List events, newest first
    Events(List),
    /// List uploads, latest first
    Uploads(List),
    /// List problems, newest first
    Problems(List),
    /// Do something about problems: acknowledge, resolve, snooze, note, …
    Problem(Problem),
    /// List subjects, latest activity first
    Subjects(List),
    /// List refused requests, newest first
    Rejections(Rejections),
    /// Write events into a file, oldest first
    Export(Export),
    /// Send what CentrePoint would send, handshake first
    Simulate(Simulate),
    /// Try everything out on a simulated study, in a folder of its own
    Practice(Practice),
    /// Check the file and the log: exit 0 sound, 1 differs
    Verify,
    /// Derive the view anew from the log; not beside a running receiver
    Rebuild,
    /// Copy the log and the settings into a new file, checked
    Backup(Backup),
}

#[derive(Debug, Args)]
pub(crate) struct Serve {
    /// Where to receive; port 0 takes a free one [default: 127.0.0.1:8737]
    #[arg(long, value_name = "ADDRESS:PORT")]
    pub(crate) listen: Option<SocketAddr>,
}

#[derive(Debug, Args)]
pub(crate) struct List {
    /// Only what this finds: words, "a phrase", -word, status:error, after:2026-08-01, is:open, …
    #[arg(long, value_name = "QUERY", default_value = "", hide_default_value = true, allow_hyphen_values = true)]
    pub(crate) query: String,
    /// At most this many
    #[arg(long, value_name = "N", default_value_t = 100)]
    pub(crate) limit: u64,
    /// One JSON object a line
    #[arg(long)]
    pub(crate) json: bool,
}

#[derive(Debug, Args)]
pub(crate) struct Rejections {
    /// At most this many
    #[arg(long, value_name = "N", default_value_t = 100)]
    pub(crate) limit: u64,
    /// One JSON object a line
    #[arg(long)]
    pub(crate) json: bool,
}

#[derive(Debug, Args)]
pub(crate) struct Webhook {
    /// One JSON object a line
    #[arg(long, global = true)]
    pub(crate) json: bool,
    #[command(subcommand)]
    pub(crate) act: WebhookAct,
}

#[derive(Debug, Subcommand)]
pub(crate) enum WebhookAct {
    /// Add one
    Add(WebhookAdd),
    /// List them
    List,
    /// Change one; what is not named stays as it is
    Edit(WebhookEdit),
    /// Answer 410 until it is enabled again
    Disable { slug: String },
    /// Accept deliveries again
    Enable { slug: String },
    /// Forget its secret and answer 404; its deliveries stay, its slug is not used again
    Remove { slug: String },
}

/// How deliveries prove themselves.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Auth {
    None,
    Basic,
    Hmac,
    #[value(name = "oauth2")]
    OAuth2,
}

impl Auth {
    pub(crate) fn word(self) -> &'static str {
        match self {
            Self::None => "none",
            Self::Basic => "basic",
            Self::Hmac => "hmac",
            Self::OAuth2 => "oauth2",
        }
    }
}

#[derive(Debug, Args)]
pub(crate) struct WebhookAdd {
    /// What people call it
    pub(crate) name: String,
    /// The last part of its path: a-z, 0-9 and -
    #[arg(long)]
    pub(crate) slug: String,
    #[command(flatten)]
    pub(crate) details: WebhookDetails,
}

#[derive(Debug, Args)]
pub(crate) struct WebhookEdit {
    /// Which one
    pub(crate) slug: String,
    /// What people call it
    #[arg(long)]
    pub(crate) name: Option<String>,
    #[command(flatten)]
    pub(crate) details: WebhookDetails,
    /// Yes, turn authentication off
    #[arg(long)]
    pub(crate) yes: bool,
}

#[derive(Debug, Args)]
pub(crate) struct WebhookDetails {
    /// How deliveries prove themselves, as set in the portal
    #[arg(long)]
    pub(crate) auth: Option<Auth>,
    /// Basic's user name
    #[arg(long)]
    pub(crate) username: Option<String>,
    /// OAuth2's client id
    #[arg(long)]
    pub(crate) client_id: Option<String>,
    /// The secret is all of standard input, less one final line end
    #[arg(long)]
    pub(crate) secret_stdin: bool,
    /// CentrePoint's study id
    #[arg(long)]
    pub(crate) study_id: Option<String>,
    /// The study's time zone, a name like Europe/Rome; the computer's unless told
    #[arg(long, value_name = "IANA")]
    pub(crate) time_zone: Option<String>,
    /// Allowed source addresses: `vendor`, an address or a range; may be repeated
    #[arg(long, value_name = "vendor|CIDR")]
    pub(crate) allow: Vec<String>,
}

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

/// A name that is not blank: nobody acts under another person's name by leaving theirs out.
fn named(text: &str) -> Result<String, &'static str> {
    if text.trim().is_empty() { Err("say who is doing this") } else { Ok(text.to_owned()) }
}

/// Which problems, and who does it.
#[derive(Debug, Args)]
pub(crate) struct ProblemWho {
    /// The problems' ids, as `problems` lists them
    #[arg(required = true, num_args = 1..)]
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

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Format {
    Csv,
    Xlsx,
    Jsonl,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Profile {
    Excel,
    Analysis,
}

#[derive(Debug, Args)]
pub(crate) struct Export {
    /// Only what this finds; all events unless told
    #[arg(long, value_name = "QUERY", default_value = "", hide_default_value = true, allow_hyphen_values = true)]
    pub(crate) query: String,
    /// The file format
    #[arg(long, default_value = "csv")]
    pub(crate) format: Format,
    /// For CSV: `excel` for a spreadsheet, `analysis` for a program
    #[arg(long, default_value = "excel")]
    pub(crate) profile: Profile,
    /// With the deliveries' bodies
    #[arg(long)]
    pub(crate) with_body: bool,
    /// The file; - is standard output
    #[arg(long, value_name = "FILE|-")]
    pub(crate) output: PathBuf,
}

#[derive(Debug, Args)]
pub(crate) struct Simulate {
    /// The webhook's address
    #[arg(long, value_name = "URL")]
    pub(crate) to: String,
    /// How to authenticate
    #[arg(long, default_value = "none")]
    pub(crate) auth: Auth,
    /// Basic's user name
    #[arg(long)]
    pub(crate) username: Option<String>,
    /// The secret is all of standard input, less one final line end
    #[arg(long)]
    pub(crate) secret_stdin: bool,
    /// What kind of day: day, errors or burst
    #[arg(long, default_value = "day")]
    pub(crate) scenario: simulator::Scenario,
    /// How many deliveries; 0: until Ctrl-C
    #[arg(long, value_name = "N", default_value_t = 100)]
    pub(crate) count: u64,
    /// Deliveries a second; 0: as fast as they are answered
    #[arg(long, value_name = "N", default_value_t = 10.0)]
    pub(crate) rate: f64,
    /// The same seed sends the same
    #[arg(long, value_name = "N", default_value_t = 1)]
    pub(crate) seed: u64,
    /// The study every event belongs to
    #[arg(long, value_name = "ID", default_value = "189")]
    pub(crate) study_id: String,
}

#[derive(Debug, Args)]
pub(crate) struct Practice {
    /// Without a window
    #[arg(long)]
    pub(crate) serve: bool,
    /// Where to receive [default: a free port of this computer]
    #[arg(long, value_name = "ADDRESS:PORT")]
    pub(crate) listen: Option<SocketAddr>,
    /// What kind of day: day, errors or burst
    #[arg(long, default_value = "day")]
    pub(crate) scenario: simulator::Scenario,
    /// Deliveries a second
    #[arg(long, value_name = "N", default_value_t = 0.5)]
    pub(crate) rate: f64,
    /// The same seed sends the same
    #[arg(long, value_name = "N", default_value_t = 1)]
    pub(crate) seed: u64,
}

#[derive(Debug, Args)]
pub(crate) struct Backup {
    /// The new file
    pub(crate) file: PathBuf,
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory as _;

    use super::*;

    #[test]
    fn the_commands_fit_together() {
        Arguments::command().debug_assert();
    }

    #[test]
    fn the_data_folder_is_accepted_before_and_after_the_command() {
        for line in [["x", "--data-dir", "/d", "verify"], ["x", "verify", "--data-dir", "/d"]] {
            let arguments = Arguments::try_parse_from(line).unwrap();
            assert_eq!(arguments.data_dir, Some(PathBuf::from("/d")));
        }
    }

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

    #[test]
    fn a_query_may_begin_with_a_minus() {
        let arguments = Arguments::try_parse_from(["x", "events", "--query", "-status:error"]).unwrap();
        assert!(matches!(arguments.command, Some(Command::Events(List { query, .. })) if query == "-status:error"));
    }
}
