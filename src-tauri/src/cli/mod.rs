//! The command line: parses, calls `api`, prints. One file a command; nothing is decided here that a window could not ask for.

mod arguments;
mod autostart;
mod away;
mod backup;
mod doctor;
mod escalation;
mod events;
mod export;
mod failure;
mod history;
mod list;
mod manual;
mod notifications;
mod out;
mod practice;
mod problem;
mod problems;
mod rebuild;
mod rejections;
mod secret;
mod serve;
mod settings;
mod silence;
mod simulate;
mod subject;
mod subjects;
mod table;
mod uploads;
mod verify;
mod webhook;
mod window;

use std::path::PathBuf;
use std::process::ExitCode;
use std::sync::Arc;

use anyhow::Context as _;
use api::Monitor;
use api::wire::AddressFrom;
use clap::parser::ValueSource;
use clap::{CommandFactory as _, FromArgMatches as _};
use study::clock::SystemClock;

pub(crate) use arguments::Front;
pub(crate) use arguments::LogFormat;
use arguments::{Arguments, Command};

/// Parses the arguments and does what they say. The exit code: 0 done, 1 failed, 2 not understood.
pub(crate) fn main() -> ExitCode {
    // clap ends the process itself for --help, --version and what it does not understand: nothing is open yet.
    let matches = Arguments::command().get_matches();
    let is_of_environment = matches.value_source("listen") == Some(ValueSource::EnvVariable);
    let arguments = Arguments::from_arg_matches(&matches).unwrap_or_else(|error| error.exit());
    match run(arguments, is_of_environment) {
        Ok(code) => code,
        Err(error) => failure::say(&error),
    }
}

/// `is_of_environment`: where to listen was not typed.
fn run(arguments: Arguments, is_of_environment: bool) -> anyhow::Result<ExitCode> {
    let Arguments { data_dir, listen, front, hidden, log, command } = arguments;
    let from = if is_of_environment { AddressFrom::Environment } else { AddressFrom::CommandLine };
    let listen = listen.map(|address| (address, from));
    crate::logging::choose(log.log_level, log.log_format.unwrap_or_default());
    let Some(command) = command else { return window::run(&folder(data_dir)?, listen, &front, hidden) };
    match command {
        Command::Serve(ask) => {
            let listen = ask.listen.map(|address| (address, AddressFrom::CommandLine)).or(listen);
            return serve::run(&folder(data_dir)?, listen, &ask.front.or(front));
        }
        Command::Practice(ask) => return practice::run(data_dir, listen, &ask),
        _ => {}
    }
    if let Command::Manual(ask) = command {
        return manual::run(&ask);
    }
    let _guard = crate::logging::start("warn", None);
    // Sends over the network only: there is no folder to open.
    if let Command::Simulate(ask) = command {
        return simulate::run(ask);
    }
    let out = &mut out::Out::new();
    if let Command::Autostart(ask) = command {
        return autostart::run(&folder(data_dir)?, listen, &front, &ask, out);
    }
    let monitor = open(&folder(data_dir)?)?;
    match command {
        Command::Serve(_)
        | Command::Practice(_)
        | Command::Simulate(_)
        | Command::Autostart(_)
        | Command::Manual(_) => unreachable!("taken above"),
        Command::Webhook(ask) => webhook::run(&monitor, ask, out),
        Command::Events(ask) => events::run(&monitor, &ask, out),
        Command::Uploads(ask) => uploads::run(&monitor, &ask, out),
        Command::Escalation(ask) => escalation::run(&monitor, ask, out),
        Command::Problems(ask) => problems::run(&monitor, &ask, out),
        Command::Problem(ask) => problem::run(&monitor, ask, out),
        Command::Subjects(ask) => subjects::run(&monitor, &ask, out),
        Command::Subject(ask) => subject::run(&monitor, ask, out),
        Command::Rejections(ask) => rejections::run(&monitor, &ask, out),
        Command::Away(ask) => away::run(&monitor, &ask, out),
        Command::Notifications(ask) => notifications::run(&monitor, &ask, out),
        Command::History(ask) => history::run(&monitor, ask, out),
        Command::Settings(ask) => settings::run(&monitor, ask, out),
        Command::Export(ask) => export::run(&monitor, &ask),
        Command::Doctor(ask) => doctor::run(&monitor, &ask, out),
        Command::Verify => verify::run(&monitor, out),
        Command::Rebuild => rebuild::run(&monitor, out),
        Command::Backup(ask) => backup::run(&monitor, &ask, out),
    }
}

/// The data folder: as told, else the system's.
fn folder(told: Option<PathBuf>) -> anyhow::Result<PathBuf> {
    told.or_else(api::default_data_folder).context("this system names no folder for data: name one with --data-dir")
}

/// For a process that is about to receive.
fn open_to_receive(folder: &std::path::Path) -> anyhow::Result<Monitor> {
    Ok(Monitor::open_to_receive(folder, Arc::new(SystemClock))?)
}

fn open(folder: &std::path::Path) -> anyhow::Result<Monitor> {
    Ok(Monitor::open(folder, Arc::new(SystemClock))?)
}
