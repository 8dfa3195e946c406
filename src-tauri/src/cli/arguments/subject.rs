//! What can be typed about subjects.

use std::path::PathBuf;

use clap::{Args, Subcommand};

use super::named;

#[derive(Debug, Args)]
pub(crate) struct Subject {
    #[command(subcommand)]
    pub(crate) act: SubjectAct,
}

#[derive(Debug, Subcommand)]
pub(crate) enum SubjectAct {
    /// Show all that is known of one: values, uploads, problems, notes, wear time
    Show(SubjectShow),
    /// Its part in the study is over: it is never overdue again
    Finish(SubjectDetails),
    /// It does not wear the monitor: not overdue until that is over
    Leave(SubjectLeave),
    /// Uploads are awaited again from now on
    Resume(SubjectDetails),
    /// Write something down
    Note(SubjectDetails),
    /// Import a study's own list: who is expected, and their labels and sites
    Import(SubjectImport),
}

/// Where to look for a subject.
#[derive(Debug, Args)]
pub(crate) struct SubjectPlace {
    /// Of this webhook; needed where several have a subject of that id
    #[arg(long, value_name = "SLUG")]
    pub(crate) webhook: Option<String>,
    /// Of this study; needed where several have a subject of that id
    #[arg(long, value_name = "ID")]
    pub(crate) study_id: Option<String>,
}

#[derive(Debug, Args)]
pub(crate) struct SubjectShow {
    /// The subject's id, as `subjects` lists it; a label is none
    pub(crate) id: String,
    #[command(flatten)]
    pub(crate) place: SubjectPlace,
    /// Everything as one JSON object in one line
    #[arg(long)]
    pub(crate) json: bool,
}

/// Which subjects, and who does it.
#[derive(Debug, Args)]
pub(crate) struct SubjectDetails {
    /// The subjects' ids, as `subjects` lists them; a label is none
    #[arg(required = true, num_args = 1.., value_name = "ID")]
    pub(crate) ids: Vec<String>,
    #[command(flatten)]
    pub(crate) place: SubjectPlace,
    /// Who does it: the history keeps the name
    #[arg(long, value_name = "NAME", value_parser = named)]
    pub(crate) by: String,
    /// A remark
    #[arg(long, value_name = "TEXT", allow_hyphen_values = true)]
    pub(crate) note: Option<String>,
}

#[derive(Debug, Args)]
pub(crate) struct SubjectLeave {
    #[command(flatten)]
    pub(crate) details: SubjectDetails,
    /// The last day of it, like 2026-08-27; without one, until it is resumed
    #[arg(long, value_name = "DAY")]
    pub(crate) until: Option<String>,
}

#[derive(Debug, Args)]
pub(crate) struct SubjectImport {
    /// A CSV file whose first line names \"Subject ID\" or \"Label\" and perhaps \"Site\"; at most 5 MiB and 5,000 subjects
    pub(crate) file: PathBuf,
    /// The webhook whose subjects these are
    #[arg(long, value_name = "SLUG")]
    pub(crate) webhook: String,
    /// Only say what would change
    #[arg(long)]
    pub(crate) dry_run: bool,
    /// Who does it: the history keeps the name
    #[arg(long, value_name = "NAME", value_parser = named, required_unless_present = "dry_run")]
    pub(crate) by: Option<String>,
    /// What it does as one JSON object in one line
    #[arg(long)]
    pub(crate) json: bool,
}

#[cfg(test)]
mod tests {
    use clap::Parser as _;

    use crate::cli::arguments::Arguments;

    #[test]
    fn what_is_done_about_subjects_says_who_and_what_it_needs() {
        let parse = |line: &str| Arguments::try_parse_from(format!("x subject {line}").split(' '));
        for line in [
            "finish 000103 44732 --by Ann",
            "leave 000103 --by Ann --until 2026-08-27 --note -ill",
            "leave 000103 --webhook rome --study-id 189 --by Ann",
            "resume 000103 --by Ann",
            "note 000103 --by Ann --note called",
            "show 000103 --json",
            "import list.csv --webhook rome --dry-run",
            "import list.csv --webhook rome --by Ann --json",
        ] {
            assert!(parse(line).is_ok(), "{line}: {:?}", parse(line).err());
        }
        for line in [
            "finish --by Ann",
            "leave 000103",
            "note 000103",
            "import list.csv --webhook rome",
            "import list.csv --dry-run",
        ] {
            assert!(parse(line).is_err(), "{line}");
        }
    }
}
