//! What can be typed about webhooks.

use clap::{Args, Subcommand};

use super::Auth;

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
    /// Say when its silence is a problem, or change that
    Silence {
        slug: String,
        /// `automatic`: by the rhythm it had. A number of hours without anything. `off`: never
        #[arg(value_name = "automatic|HOURS|off")]
        rule: Option<String>,
    },
    /// Forget its secret and answer 404; its deliveries stay, its slug is not used again
    Remove { slug: String },
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
    /// For how many hours the secret that is replaced is still accepted beside the new one, 0 to 720 [default: 72]. Without a new
    /// secret: how many hours are left to the one that was replaced; 0 ends it at once
    #[arg(long, value_name = "HOURS")]
    pub(crate) keep_old_hours: Option<u32>,
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
    /// Days without a completed upload after which a subject is overdue, 1 to 365; 3 unless told
    #[arg(long, value_name = "DAYS")]
    pub(crate) overdue_days: Option<u32>,
    /// Days after which it is late: more than that; 5 unless told
    #[arg(long, value_name = "DAYS")]
    pub(crate) late_days: Option<u32>,
    /// Minutes from which a day counts as worn, 1 to 1440; 600 unless told
    #[arg(long, value_name = "MINUTES")]
    pub(crate) wear_minutes: Option<u32>,
}
