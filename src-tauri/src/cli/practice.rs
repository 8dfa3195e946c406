//! `practice`

use std::net::{Ipv4Addr, SocketAddr};
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anyhow::Context as _;
use api::wire::AddressFrom;

use super::arguments::{Front, Practice};
use super::out::note;
use super::{serve, window};
use crate::autostart::Start;
use crate::desktop::Opening;
use crate::practice::{Stream, Study, begin, default_data_folder, start_over};

pub(crate) fn run(data_dir: Option<PathBuf>, listen: serve::Told, ask: &Practice) -> anyhow::Result<ExitCode> {
    let folder = data_dir
        .or_else(default_data_folder)
        .context("this system names no folder for data: name one with --data-dir")?;
    if ask.start_over {
        start_over(&folder)?;
    }
    let with_window = !ask.serve && window::is_display_there();
    let claim = if ask.start_over { window::claim_after } else { |folder: &Path| window::claim(folder, false) };
    let lock = match with_window.then(|| claim(&folder)).transpose()? {
        Some(Err(code)) => return Ok(code),
        Some(Ok(lock)) => Some(lock),
        None => None,
    };
    let monitor = super::open(&folder)?;
    let _guard = crate::logging::start("info", Some(&folder));
    let practice = monitor.practice()?;
    let study = Study { scenario: ask.scenario, rate: ask.rate, seed: ask.seed };
    if !ask.no_past {
        begin(&monitor, &practice, study)?;
    }
    // What the environment says is for the real study.
    let named = listen.filter(|(_, from)| *from == AddressFrom::CommandLine).map(|(address, _)| address);
    match ask.listen.or(named) {
        Some(address) => monitor.use_address(address, AddressFrom::CommandLine),
        None => monitor.use_address(SocketAddr::from((Ipv4Addr::LOCALHOST, 0)), AddressFrom::Practice),
    }
    if let Some(lock) = lock {
        let start = Start::of(&folder, None, &Front::default());
        let opening = Opening { practice: Some((practice, study)), is_hidden: false, lock, start };
        return crate::desktop::run(monitor, opening);
    }
    if !ask.serve {
        note(window::NO_DISPLAY);
    }
    let mut stream = None;
    let outcome =
        serve::until_ended(&monitor, |at| match Stream::start(&monitor, &practice, study, study.dial(), at.address) {
            Ok(started) => stream = Some(started),
            Err(error) => tracing::error!(%error, "the simulated study cannot be started"),
        });
    if let Some(stream) = stream {
        stream.stop();
    }
    outcome
}
