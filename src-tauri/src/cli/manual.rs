//! `manual`, hidden: man pages and completions, made of the very arguments that are parsed, so that they cannot be of another version.

use std::fs::{self, File};
use std::io::BufWriter;
use std::path::Path;
use std::process::ExitCode;

use anyhow::Context as _;
use clap::{Command, CommandFactory as _};
use clap_complete::Shell;

use super::arguments::{Arguments, Manual};

/// The shells, and what each wants the file to be called.
const SHELLS: [(Shell, &str); 3] = [
    (Shell::Bash, "centrepoint-monitor"),
    (Shell::Zsh, "_centrepoint-monitor"),
    (Shell::Fish, "centrepoint-monitor.fish"),
];

/// Writes `man/*.1` and `completions/<shell>/…` into the folder.
pub(crate) fn run(ask: &Manual) -> anyhow::Result<ExitCode> {
    pages(&ask.folder.join("man")).context("the man pages cannot be written")?;
    completions(&ask.folder.join("completions")).context("the completions cannot be written")?;
    Ok(ExitCode::SUCCESS)
}

/// One page of the program and one of each command.
fn pages(folder: &Path) -> std::io::Result<()> {
    fs::create_dir_all(folder)?;
    let command = Arguments::command().disable_help_subcommand(true);
    clap_mangen::generate_to(command, folder)
}

/// The command line without what is hidden, which shells would offer all the same.
fn shown() -> Command {
    let whole = Arguments::command();
    let commands = whole.get_subcommands().filter(|command| !command.is_hide_set()).cloned();
    Command::new("centrepoint-monitor")
        .version(env!("CARGO_PKG_VERSION"))
        .args(whole.get_arguments().cloned())
        .subcommands(commands)
}

fn completions(folder: &Path) -> std::io::Result<()> {
    for (shell, name) in SHELLS {
        let folder = folder.join(shell.to_string());
        fs::create_dir_all(&folder)?;
        let mut command = shown();
        let mut file = BufWriter::new(File::create(folder.join(name))?);
        clap_complete::generate(shell, &mut command, "centrepoint-monitor", &mut file);
        std::io::Write::flush(&mut file)?;
    }
    Ok(())
}
