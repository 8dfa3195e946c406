//! What can be typed about escalation.

use clap::{Args, Subcommand, ValueEnum};

#[derive(Debug, Args)]
pub(crate) struct Escalation {
    /// One JSON object a line
    #[arg(long, global = true)]
    pub(crate) json: bool,
    #[command(subcommand)]
    pub(crate) act: EscalationAct,
}

#[derive(Debug, Subcommand)]
pub(crate) enum EscalationAct {
    /// What goes out when nobody sees to a problem, and what went
    Status,
    /// Send a test by each way that is set up, and say what the servers answered
    Test,
    /// Switch it on: what goes out, and after how long
    On(EscalationOn),
    /// Switch it off; how e-mail and chat are set up stays
    Off,
    /// Set e-mail up, or take it away
    Mail(EscalationMail),
    /// Set the incoming webhook of a chat up (its address is a secret: --secret-stdin), or take it away
    Chat(EscalationChat),
}

/// What can go out.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
#[value(rename_all = "snake_case")]
pub(crate) enum EscalationKind {
    /// Upload errors, processing errors, unreadable deliveries
    Errors,
    /// Stuck uploads
    Stuck,
    /// Silent webhooks
    Silence,
    /// That nothing can be received
    NotReceiving,
}

#[derive(Debug, Args)]
pub(crate) struct EscalationOn {
    /// Hours after which a problem nobody acknowledged goes out; 4 unless told
    #[arg(long, value_name = "HOURS")]
    pub(crate) after_hours: Option<f64>,
    /// What goes out, with commas between; all unless told
    #[arg(long, value_delimiter = ',')]
    pub(crate) kinds: Vec<EscalationKind>,
    /// Whether subjects and the vendor's messages are named; not unless told
    #[arg(long, value_name = "true|false")]
    pub(crate) subjects: Option<bool>,
}

#[derive(Debug, Args)]
pub(crate) struct EscalationMail {
    /// The mail server's name
    #[arg(long, required_unless_present = "remove")]
    pub(crate) host: Option<String>,
    /// Its port; 465 with tls, 587 with starttls, 25 with none unless told
    #[arg(long)]
    pub(crate) port: Option<u16>,
    /// How the way to it is kept from others; none on this computer alone
    #[arg(long, value_name = "tls|starttls|none", default_value = "starttls")]
    pub(crate) security: String,
    /// The user's name, where it asks for one
    #[arg(long, default_value = "")]
    pub(crate) username: String,
    /// The password is all of standard input, less one final line end; the one there is stays unless told
    #[arg(long)]
    pub(crate) secret_stdin: bool,
    /// The sender
    #[arg(long, required_unless_present = "remove")]
    pub(crate) from: Option<String>,
    /// Whom it goes to; may be repeated
    #[arg(long, required_unless_present = "remove")]
    pub(crate) to: Vec<String>,
    /// Take it away, and forget its password
    #[arg(long, conflicts_with_all = ["host", "secret_stdin", "from", "to"])]
    pub(crate) remove: bool,
}

#[derive(Debug, Args)]
pub(crate) struct EscalationChat {
    /// The address is all of standard input, less one final line end
    #[arg(long, required_unless_present = "remove")]
    pub(crate) secret_stdin: bool,
    /// Take it away, and forget its address
    #[arg(long, conflicts_with = "secret_stdin")]
    pub(crate) remove: bool,
}
