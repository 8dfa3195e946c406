//! CentrePoint Monitor: picks the window or the command line. What they do is in `desktop` and `cli`.

#![cfg_attr(not(debug_assertions), windows_subsystem = "windows")]

use std::process::ExitCode;

mod autostart;
mod cli;
mod desktop;
mod doctor;
mod logging;
mod practice;
mod signals;

fn main() -> ExitCode {
    cli::main()
}
