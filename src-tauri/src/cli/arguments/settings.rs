//! `settings`

use std::path::PathBuf;

use clap::{Args, Subcommand};

use super::named;

#[derive(Debug, Args)]
pub(crate) struct Settings {
    #[command(subcommand)]
    pub(crate) act: SettingsAct,
}

#[derive(Debug, Subcommand)]
pub(crate) enum SettingsAct {
    /// Write settings and webhooks into a new file, without any secret
    Export {
        /// The new file
        file: PathBuf,
    },
    /// Show what a file with settings changes, and with --yes make it so; secrets are set afterwards
    Import {
        /// The file
        file: PathBuf,
        /// Yes, change it
        #[arg(long)]
        yes: bool,
        /// Who does it: the history keeps the name [default: who uses this computer, by the settings]
        #[arg(long, value_name = "NAME", value_parser = named)]
        by: Option<String>,
        /// What it changes as one JSON object in one line
        #[arg(long)]
        json: bool,
    },
}
