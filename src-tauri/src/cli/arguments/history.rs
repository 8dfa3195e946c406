//! `history`

use std::path::PathBuf;

use clap::{Args, Subcommand};

use super::named;

#[derive(Debug, Args)]
pub(crate) struct History {
    #[command(subcommand)]
    pub(crate) act: HistoryAct,
}

#[derive(Debug, Subcommand)]
pub(crate) enum HistoryAct {
    /// Add what files with answers of CentrePoint's API have and this history has not
    Import(HistoryFiles),
    /// Ask CentrePoint's API and add what it has and this history has not
    Fetch(HistoryFetch),
}

/// What both have.
#[derive(Debug, Args)]
pub(crate) struct HistoryWhat {
    /// The webhook whose history it is
    #[arg(long, value_name = "SLUG")]
    pub(crate) webhook: String,
    /// Only deliveries made from this instant on, like 2026-08-21T18:00:00Z
    #[arg(long, value_name = "INSTANT")]
    pub(crate) from: Option<String>,
    /// Only deliveries made up to this instant
    #[arg(long, value_name = "INSTANT")]
    pub(crate) to: Option<String>,
    /// Also deliveries that name another webhook of CentrePoint's, or another study, than those that are here
    #[arg(long)]
    pub(crate) any_webhook: bool,
    /// Only say what would be added
    #[arg(long)]
    pub(crate) dry_run: bool,
    /// Who does it: the history keeps the name
    #[arg(long, value_name = "NAME", value_parser = named, required_unless_present = "dry_run")]
    pub(crate) by: Option<String>,
    /// What it does as one JSON object in one line
    #[arg(long)]
    pub(crate) json: bool,
}

#[derive(Debug, Args)]
pub(crate) struct HistoryFiles {
    /// JSON files: pages as the API answers them, lists of pages, or lists of items; at most 64 MiB each
    #[arg(required = true, value_name = "FILE")]
    pub(crate) files: Vec<PathBuf>,
    #[command(flatten)]
    pub(crate) what: HistoryWhat,
}

#[derive(Debug, Args)]
pub(crate) struct HistoryFetch {
    /// CentrePoint's id of the study
    #[arg(long, value_name = "ID")]
    pub(crate) study_id: String,
    /// CentrePoint's id of the webhook, as the portal shows it
    #[arg(long, value_name = "ID")]
    pub(crate) webhook_id: String,
    /// Where CentrePoint gives access tokens
    #[arg(long, value_name = "URL")]
    pub(crate) token_url: String,
    /// Where CentrePoint's API is; /centrepoint/v3 is put behind it
    #[arg(long, value_name = "URL")]
    pub(crate) api_url: String,
    /// The API client's id
    #[arg(long, value_name = "ID")]
    pub(crate) client_id: String,
    /// The client's secret is all of standard input, less one final line end
    #[arg(long, required = true)]
    pub(crate) secret_stdin: bool,
    /// What the token is for
    #[arg(long, value_name = "SCOPE", default_value = "CentrePoint")]
    pub(crate) scope: String,
    #[command(flatten)]
    pub(crate) what: HistoryWhat,
}

#[cfg(test)]
mod tests {
    use clap::Parser as _;

    use crate::cli::arguments::Arguments;

    #[test]
    fn an_import_says_who_unless_it_only_asks() {
        let parse = |line: &str| Arguments::try_parse_from(format!("x history {line}").split(' '));
        let fetch = "fetch --webhook rome --study-id 189 --webhook-id 15 --token-url https://a/t --api-url https://b --client-id me";
        for line in [
            "import one.json two.json --webhook rome --by Ann --json".to_owned(),
            "import one.json --webhook rome --dry-run --from 2026-08-21T18:00:00Z".to_owned(),
            format!("{fetch} --secret-stdin --dry-run"),
            format!("{fetch} --secret-stdin --by Ann --scope Other"),
        ] {
            assert!(parse(&line).is_ok(), "{line}: {:?}", parse(&line).err());
        }
        for line in [
            "import --webhook rome --by Ann".to_owned(),
            "import one.json --by Ann".to_owned(),
            "import one.json --webhook rome".to_owned(),
            format!("{fetch} --by Ann"),
            format!("{fetch} --secret-stdin"),
        ] {
            assert!(parse(&line).is_err(), "{line}");
        }
    }
}
