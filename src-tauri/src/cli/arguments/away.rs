//! `away`

use clap::{Args, Subcommand};

use super::named;

#[derive(Debug, Args)]
#[command(args_conflicts_with_subcommands = true)]
pub(crate) struct Away {
    /// At most this many
    #[arg(long, value_name = "N", default_value_t = 100)]
    pub(crate) limit: u64,
    /// One JSON object a line
    #[arg(long)]
    pub(crate) json: bool,
    #[command(subcommand)]
    pub(crate) act: Option<AwayAct>,
}

#[derive(Debug, Subcommand)]
pub(crate) enum AwayAct {
    /// Show what is known of one: what may have been missed, and the time to look for it in the portal
    Show {
        /// Its number
        #[arg(value_name = "NUMBER")]
        sequence: i64,
        /// As one JSON object in one line
        #[arg(long)]
        json: bool,
    },
    /// Say that what was to be done about them is done
    Check {
        /// Their numbers
        #[arg(required = true, value_name = "NUMBER")]
        sequences: Vec<i64>,
        /// Who did it: the history keeps the name
        #[arg(long, value_name = "NAME", value_parser = named)]
        by: String,
        /// A remark
        #[arg(long, value_name = "TEXT")]
        note: Option<String>,
    },
}
