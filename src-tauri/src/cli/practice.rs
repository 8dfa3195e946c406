//! `practice`

use std::net::{Ipv4Addr, SocketAddr};
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anyhow::Context as _;
use api::receiving::Place;

use super::arguments::{Front, Practice};
use super::out::note;
use super::{serve, window};
use crate::autostart::Start;
use crate::desktop::Opening;
use crate::practice::{Stream, Study, begin, default_data_folder, start_over};

pub(crate) fn run(data_dir: Option<PathBuf>, listen: Option<SocketAddr>, ask: &Practice) -> anyhow::Result<ExitCode> {
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
    let address = ask.listen.or(listen).unwrap_or_else(|| SocketAddr::from((Ipv4Addr::LOCALHOST, 0)));
    if let Some(lock) = lock {
        let place = Place { address, is_told: true };
        let start = Start::of(&folder, None, &Front::default());
        let opening = Opening { place, practice: Some((practice, study)), is_hidden: false, lock, start };
        return crate::desktop::run(monitor, opening);
    }
    if !ask.serve {
        note(window::NO_DISPLAY);
    }
    let mut stream = None;
    let outcome = serve::until_ended(&monitor, address, |at| {
        match Stream::start(&monitor, &practice, study, study.dial(), at.address) {
            Ok(started) => stream = Some(started),
            Err(error) => tracing::error!(%error, "the simulated study cannot be started"),
        }
    });
    if let Some(stream) = stream {
        stream.stop();
    }
    outcome
}
