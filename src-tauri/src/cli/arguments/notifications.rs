//! `notifications`

use clap::{Args, Subcommand};

#[derive(Debug, Args)]
pub(crate) struct Notifications {
    /// At most this many
    #[arg(long, value_name = "N", default_value_t = 100)]
    pub(crate) limit: u64,
    /// One JSON object a line
    #[arg(long, global = true)]
    pub(crate) json: bool,
    #[command(subcommand)]
    pub(crate) act: Option<NotificationsAct>,
}

#[derive(Debug, Subcommand)]
pub(crate) enum NotificationsAct {
    /// Mark all of them as read
    Read,
    /// Let nothing pop up for a while; what happens meanwhile comes as one at its end
    Mute {
        /// `hour`, `tomorrow` (the next morning), a day like 2026-08-27 (its morning), or `off`
        until: String,
    },
    /// Show one on this desktop, and say what it answers: exit 0 shown, 1 not
    Test,
}
