//! Windows (the registry's Run key) and macOS (a launch agent).

use anyhow::Context as _;
use auto_launch::{AutoLaunch, AutoLaunchBuilder, MacOSLaunchMode, WindowsEnableMode};

use super::{Found, Start};

fn registration(start: &Start) -> anyhow::Result<AutoLaunch> {
    let words: Vec<String> = start.words.iter().map(|word| written(word)).collect();
    let (program, arguments) = words.split_first().context("there is nothing to start")?;
    let mut builder = AutoLaunchBuilder::new();
    builder.set_app_name(&start.name).set_app_path(program).set_args(arguments);
    builder.set_macos_launch_mode(MacOSLaunchMode::LaunchAgent).set_windows_enable_mode(WindowsEnableMode::CurrentUser);
    builder.build().context("the system cannot be asked what starts with it")
}

/// A word as it is kept: in a command line on Windows, in XML on macOS. The library writes it as it gets it.
fn written(word: &str) -> String {
    if cfg!(windows) {
        return if word.contains([' ', '\t']) { format!("\"{word}\"") } else { word.to_owned() };
    }
    word.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;")
}

pub(super) fn look(start: &Start) -> anyhow::Result<Found> {
    let is_on = registration(start)?.is_enabled().context("the system does not say what starts with it")?;
    Ok(if is_on { Found::On } else { Found::Off })
}

pub(super) fn on(start: &Start) -> anyhow::Result<()> {
    registration(start)?.enable().context("the system does not let this program start with it")
}

pub(super) fn off(start: &Start) -> anyhow::Result<()> {
    let registration = registration(start)?;
    if registration.is_enabled().unwrap_or(true) {
        registration.disable().context("the system still starts this program with it")?;
    }
    Ok(())
}
