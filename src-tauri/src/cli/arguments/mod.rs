//! What can be typed: the commands and their options, with the sentences of `--help`.

mod away;
mod escalation;
mod history;
mod notifications;
mod problem;
mod settings;
mod subject;
mod webhook;

use std::net::SocketAddr;
use std::path::PathBuf;

use clap::{Args, Parser, Subcommand, ValueEnum};

pub(crate) use away::{Away, AwayAct};
pub(crate) use escalation::{Escalation, EscalationAct, EscalationKind, EscalationMail, EscalationOn};
pub(crate) use history::{History, HistoryAct, HistoryWhat};
pub(crate) use notifications::{Notifications, NotificationsAct};
pub(crate) use problem::{Problem, ProblemAct};
pub(crate) use settings::{Settings, SettingsAct};
pub(crate) use subject::{Subject, SubjectAct, SubjectImport, SubjectPlace, SubjectShow};
pub(crate) use webhook::{Webhook, WebhookAct, WebhookAdd, WebhookDetails, WebhookEdit};

/// Receives ActiGraph CentrePoint webhooks, keeps every delivery, and tells who needs them. Independent of ActiGraph.
///
/// Without a command it opens the window.
#[derive(Debug, Parser)]
#[command(name = "centrepoint-monitor", version, max_term_width = 120)]
pub(crate) struct Arguments {
    /// The folder everything is kept in; the system's folder for local data unless told
    #[arg(long, global = true, env = "CENTREPOINT_MONITOR_DATA_DIR", value_name = "DIR")]
    pub(crate) data_dir: Option<PathBuf>,
    /// Where to receive, as long as this process runs, whatever the settings say [default: as the settings say, else 127.0.0.1:8737]
    #[arg(long, env = "CENTREPOINT_MONITOR_LISTEN", value_name = "ADDRESS:PORT")]
    pub(crate) listen: Option<SocketAddr>,
    #[command(flatten)]
    pub(crate) front: Front,
    /// Open without showing the window: it is in the tray, or minimised where there is none
    #[arg(long)]
    pub(crate) hidden: bool,
    #[command(flatten)]
    pub(crate) log: Log,
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
    /// Send what nobody acknowledges by e-mail or to a chat
    Escalation(Escalation),
    /// List problems, newest first
    Problems(List),
    /// Do something about problems: acknowledge, resolve, snooze, note, …
    Problem(Problem),
    /// List subjects, latest activity first
    Subjects(List),
    /// Do something about subjects: finish, leave, note, import a list, …
    Subject(Subject),
    /// List refused requests, newest first; accept those that fit by now
    Rejections(Rejections),
    /// List when nothing could be received, newest first, and what is to be resent
    Away(Away),
    /// List notifications, newest first, and whether each popped up; mute them; try one
    Notifications(Notifications),
    /// Bring in what CentrePoint's own history of a webhook has and this one has not
    History(History),
    /// Take settings and webhooks from one computer to another, without secrets
    Settings(Settings),
    /// Write events into a file, oldest first
    Export(Export),
    /// Send what CentrePoint would send, handshake first
    Simulate(Simulate),
    /// Try everything out on a simulated study, in a folder of its own
    Practice(Practice),
    /// Check the set-up, from the port to the first delivery: exit 0 all well, 1 something is wrong
    Doctor(Doctor),
    /// Check the file and the log: exit 0 sound, 1 differs
    Verify,
    /// Derive the view anew from the log; not beside a running receiver
    Rebuild,
    /// Copy the log and the settings into a new file, checked
    Backup(Backup),
    /// Start the window with the computer, hidden, or no longer
    Autostart(Autostart),
    /// Write the man pages and what shells complete by into a folder; for whoever packages the program
    #[command(hide = true)]
    Manual(Manual),
}

#[derive(Debug, Args)]
pub(crate) struct Serve {
    /// Where to receive, as long as this process runs, whatever the settings say; port 0 takes a free one; also as `CENTREPOINT_MONITOR_LISTEN`
    /// [default: as the settings say, else 127.0.0.1:8737]
    #[arg(long, value_name = "ADDRESS:PORT")]
    pub(crate) listen: Option<SocketAddr>,
    #[command(flatten)]
    pub(crate) front: Front,
}

/// What stands in front of the receiver.
#[derive(Debug, Default, Args)]
pub(crate) struct Front {
    /// A proxy or tunnel in front that is believed when it says whom it forwards for (X-Forwarded-For, Forwarded): an address
    /// or a range; may be repeated. Kept as a setting; `none` trusts nobody any more
    #[arg(long, env = "CENTREPOINT_MONITOR_TRUSTED_PROXIES", value_name = "CIDR", value_delimiter = ',')]
    pub(crate) trusted_proxy: Vec<String>,
    /// Serve HTTPS with the certificate in this PEM file, those that lead to its authority behind it; read again when it changes. As long
    /// as this process runs, whatever the settings say
    #[arg(long, value_name = "FILE", requires = "tls_key")]
    pub(crate) tls_cert: Option<PathBuf>,
    /// The PEM file with its key, without a password
    #[arg(long, value_name = "FILE", requires = "tls_cert")]
    pub(crate) tls_key: Option<PathBuf>,
    /// Serve figures for a monitoring system (Prometheus) at /metrics of this loopback address, such as 127.0.0.1:9737. As long as this process
    /// runs, whatever the settings say
    #[arg(long, env = "CENTREPOINT_MONITOR_METRICS", value_name = "ADDRESS:PORT")]
    pub(crate) metrics: Option<SocketAddr>,
}

/// How the program's own log is written.
#[derive(Debug, Default, Args)]
pub(crate) struct Log {
    /// What is logged: error, warn, info, debug, trace, or by part: info,receiver=debug [default: info while receiving, else warn]
    #[arg(long, global = true, env = "CENTREPOINT_MONITOR_LOG", value_name = "LEVEL", value_parser = crate::logging::level)]
    pub(crate) log_level: Option<String>,
    /// One line of text or one JSON object for each thing that happened [default: text]
    #[arg(long, global = true, env = "CENTREPOINT_MONITOR_LOG_FORMAT", value_name = "FORMAT")]
    pub(crate) log_format: Option<LogFormat>,
}

/// How a line of the program's own log is written.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, ValueEnum)]
pub(crate) enum LogFormat {
    /// For people
    #[default]
    Text,
    /// One object a line, for programs
    Json,
}

impl Front {
    /// What is told here; what is not, as told before.
    pub(crate) fn or(self, before: Self) -> Self {
        let (tls_cert, tls_key) =
            if self.tls_cert.is_some() { (self.tls_cert, self.tls_key) } else { (before.tls_cert, before.tls_key) };
        let trusted_proxy = if self.trusted_proxy.is_empty() { before.trusted_proxy } else { self.trusted_proxy };
        Self { trusted_proxy, tls_cert, tls_key, metrics: self.metrics.or(before.metrics) }
    }
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
    #[arg(long, global = true)]
    pub(crate) json: bool,
    #[command(subcommand)]
    pub(crate) act: Option<RejectionsAct>,
}

#[derive(Debug, Subcommand)]
pub(crate) enum RejectionsAct {
    /// Check a webhook's refused deliveries again by its present secret, and accept those that it fits
    Recover {
        /// Which webhook
        slug: String,
        /// Only say what would be accepted
        #[arg(long)]
        dry_run: bool,
    },
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

/// A name that is not blank: nobody acts under another person's name by leaving theirs out.
fn named(text: &str) -> Result<String, &'static str> {
    if text.trim().is_empty() { Err("say who is doing this") } else { Ok(text.to_owned()) }
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
    /// The file format; `xlsx` cuts a text longer than its cells can be, 32,767 characters, and marks it
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
    /// OAuth2's client id; its token comes from `token` below the webhook's address
    #[arg(long)]
    pub(crate) client_id: Option<String>,
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
    /// Empty the practice folder first; a folder that is not one is left as it is
    #[arg(long)]
    pub(crate) start_over: bool,
    /// Begin without the two weeks that are made up for a practice without a history
    #[arg(long)]
    pub(crate) no_past: bool,
    /// What kind of day: day, errors, burst or silence
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
pub(crate) struct Doctor {
    /// One JSON object a line
    #[arg(long, conflicts_with = "text")]
    pub(crate) json: bool,
    /// As a text to send to IT; it holds no secret
    #[arg(long)]
    pub(crate) text: bool,
    /// The HTTPS server whose clock this computer's is compared with, from now on; empty: CentrePoint's
    #[arg(long, value_name = "URL")]
    pub(crate) clock_from: Option<String>,
    /// Believe this authority's certificates, too, for this check: its own in PEM form. For trying a set-up before its real certificate is
    /// there (Let's Encrypt's staging); CentrePoint believes public authorities alone
    #[arg(long, value_name = "FILE")]
    pub(crate) authority: Option<PathBuf>,
}

#[derive(Debug, Args)]
pub(crate) struct Backup {
    /// The new file
    pub(crate) file: PathBuf,
}

#[derive(Debug, Args)]
pub(crate) struct Autostart {
    /// Switch it on or off, or only say which it is
    pub(crate) act: Option<AutostartAct>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum AutostartAct {
    On,
    Off,
    Status,
}

#[derive(Debug, Args)]
pub(crate) struct Manual {
    /// The folder, created when missing
    pub(crate) folder: PathBuf,
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
    fn certificate_and_key_are_named_together_before_or_after_the_command() {
        for line in
            [["x", "--tls-cert", "c", "--tls-key", "k", "serve"], ["x", "serve", "--tls-cert", "c", "--tls-key", "k"]]
        {
            let arguments = Arguments::try_parse_from(line).unwrap();
            let Some(Command::Serve(ask)) = arguments.command else { panic!("it is serve") };
            let front = ask.front.or(arguments.front);
            assert_eq!((front.tls_cert, front.tls_key), (Some("c".into()), Some("k".into())));
        }
        for line in [["x", "--tls-cert", "c"], ["x", "--tls-key", "k"]] {
            let error = Arguments::try_parse_from(line).unwrap_err().to_string();
            assert!(error.contains("--tls-cert <FILE>") && error.contains("--tls-key <FILE>"), "{error}");
        }
    }

    #[test]
    fn how_to_log_is_accepted_before_and_after_the_command_and_checked() {
        for line in [
            ["x", "--log-format", "json", "--log-level", "info,receiver=debug", "serve"],
            ["x", "serve", "--log-format", "json", "--log-level", "info,receiver=debug"],
        ] {
            let Log { log_level, log_format } = Arguments::try_parse_from(line).unwrap().log;
            assert_eq!((log_level.as_deref(), log_format), (Some("info,receiver=debug"), Some(LogFormat::Json)));
        }
        for wrong in [["x", "--log-format", "yaml"], ["x", "--log-level", "loud=very=much"]] {
            assert!(Arguments::try_parse_from(wrong).is_err(), "{wrong:?}");
        }
    }

    #[test]
    fn a_query_may_begin_with_a_minus() {
        let arguments = Arguments::try_parse_from(["x", "events", "--query", "-status:error"]).unwrap();
        assert!(matches!(arguments.command, Some(Command::Events(List { query, .. })) if query == "-status:error"));
    }
}
