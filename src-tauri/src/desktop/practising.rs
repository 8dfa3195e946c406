//! The window's commands about practice: steering the simulated study, and going from a real window to one of practice and back. Each is a
//! process of its own, on a data folder of its own.

use std::path::Path;
use std::process::{Command, Stdio};
use std::sync::Arc;
use std::thread;
use std::time::{Duration, Instant};

use api::Monitor;
use api::wire::{ApiError, PracticeState};
use simulator::{Dial, Pace};
use tauri::{AppHandle, State};

use crate::practice::{beside, real_of};

/// How long a process that was started is watched: one that cannot open says so within this.
const WATCHED: Duration = Duration::from_millis(1_500);
/// The slowest and the fastest a person may have it, in deliveries a second.
const RATES: std::ops::RangeInclusive<f64> = 0.05..=50.0;

/// What steers the simulated study of this process; `None` in a real one.
pub(super) struct Practising(pub(super) Option<Arc<Dial>>);

impl Practising {
    fn dial(&self) -> Result<&Dial, ApiError> {
        self.0.as_deref().ok_or_else(|| ApiError::not_found("this is no practice"))
    }

    fn steer(&self, wanted: &PracticeState) -> Result<PracticeState, ApiError> {
        let dial = self.dial()?;
        let scenario =
            wanted.scenario.parse().map_err(|error: simulator::UnknownScenario| ApiError::failed(error.to_string()))?;
        if !RATES.contains(&wanted.rate) {
            return Err(ApiError::failed("so many deliveries a second cannot be simulated"));
        }
        dial.turn(Pace { scenario, rate: wanted.rate, is_paused: wanted.paused });
        Ok(state(dial.pace()))
    }
}

fn state(pace: Pace) -> PracticeState {
    PracticeState { scenario: pace.scenario.to_string(), rate: pace.rate, paused: pace.is_paused }
}

/// How the simulated study goes; null in a window of a real one.
#[tauri::command]
#[expect(clippy::needless_pass_by_value, reason = "Tauri hands its state over like this")]
pub(super) fn practice_state(practising: State<'_, Practising>) -> Option<PracticeState> {
    practising.0.as_deref().map(|dial| state(dial.pace()))
}

/// Steers it; how it goes then.
#[tauri::command]
#[expect(clippy::needless_pass_by_value, reason = "Tauri hands its state over like this")]
pub(super) fn practice_steer(
    practising: State<'_, Practising>,
    wanted: PracticeState,
) -> Result<PracticeState, ApiError> {
    practising.steer(&wanted)
}

/// Opens the practice that goes with this window's folder, in a window of its own.
#[tauri::command]
pub(super) async fn practice_open(monitor: State<'_, Monitor>) -> Result<(), ApiError> {
    let folder = beside(monitor.data_folder());
    apart(move || open(Some("practice"), Some(&folder), &[])).await
}

/// Opens the window of the real study and ends the practice.
#[tauri::command]
pub(super) async fn practice_leave(
    app: AppHandle,
    monitor: State<'_, Monitor>,
    practising: State<'_, Practising>,
) -> Result<(), ApiError> {
    practising.dial()?;
    let folder = real_of(monitor.data_folder());
    apart(move || open(None, folder.as_deref(), &[])).await?;
    app.exit(0);
    Ok(())
}

/// Empties the practice and begins it anew: another process does, once this one has ended.
#[tauri::command]
pub(super) async fn practice_start_over(
    app: AppHandle,
    monitor: State<'_, Monitor>,
    practising: State<'_, Practising>,
) -> Result<(), ApiError> {
    let pace = practising.dial()?.pace();
    let folder = monitor.data_folder().to_owned();
    let scenario = pace.scenario.to_string();
    apart(move || open(Some("practice"), Some(&folder), &["--start-over", "--scenario", &scenario])).await?;
    app.exit(0);
    Ok(())
}

/// Where it may wait.
async fn apart(work: impl FnOnce() -> Result<(), ApiError> + Send + 'static) -> Result<(), ApiError> {
    match tauri::async_runtime::spawn_blocking(work).await {
        Ok(answer) => answer,
        Err(error) => {
            tracing::error!(%error, "another window could not be opened");
            Err(ApiError::failed("the program stopped at a fault of its own; the history is safe"))
        }
    }
}

/// Starts this program anew, and watches it for a moment.
fn open(command: Option<&str>, folder: Option<&Path>, more: &[&str]) -> Result<(), ApiError> {
    let failed = |why: &dyn std::fmt::Display| ApiError::failed(format!("the window cannot be opened: {why}"));
    let program = std::env::current_exe().map_err(|error| failed(&error))?;
    let mut start = Command::new(program);
    // What this window was told about its own folder and its way in is not for the other.
    for name in ["CENTREPOINT_MONITOR_DATA_DIR", "CENTREPOINT_MONITOR_LISTEN", "CENTREPOINT_MONITOR_TRUSTED_PROXIES"] {
        start.env_remove(name);
    }
    start.args(command);
    if let Some(folder) = folder {
        start.arg("--data-dir").arg(folder);
    }
    start.args(more).stdin(Stdio::null()).stdout(Stdio::null());
    let mut child = start.spawn().map_err(|error| failed(&error))?;
    let since = Instant::now();
    while since.elapsed() < WATCHED {
        match child.try_wait() {
            Ok(Some(status)) if !status.success() => return Err(failed(&"it may be open already")),
            Ok(Some(_)) => return Ok(()),
            Ok(None) => thread::sleep(Duration::from_millis(50)),
            Err(error) => return Err(failed(&error)),
        }
    }
    // Whoever started a process has to ask how it ended.
    let waiting = thread::Builder::new().name("other-window".to_owned()).spawn(move || child.wait());
    if let Err(error) = waiting {
        tracing::warn!(%error, "the other window is not waited for");
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use simulator::Scenario;

    use super::*;

    #[test]
    fn a_practice_is_steered_within_bounds_and_a_real_study_not_at_all() {
        let dial = Dial::new(Pace { scenario: Scenario::Day, rate: 0.5, is_paused: false });
        let practising = Practising(Some(Arc::new(dial)));
        let wanted = PracticeState { scenario: "silence".to_owned(), rate: 3.0, paused: true };
        assert_eq!(practising.steer(&wanted).unwrap(), wanted);
        for (scenario, rate) in [("storm", 1.0), ("day", 0.0), ("day", f64::NAN), ("day", 1e9)] {
            let refused = PracticeState { scenario: scenario.to_owned(), rate, paused: false };
            assert!(practising.steer(&refused).is_err(), "{scenario} {rate}");
        }
        assert_eq!(state(practising.dial().unwrap().pace()), wanted, "what is refused changes nothing");
        assert!(Practising(None).steer(&wanted).is_err());
    }
}
