//! Practice: a simulated study that streams into a receiver of this process, for as long as it runs.

use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

use api::wire::ApiError;
use api::{Monitor, PastDelivery, Practice};
use simulator::{Dial, Pace, Plan, Scenario};

/// How the study is simulated.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Study {
    pub(crate) scenario: Scenario,
    /// Deliveries a second.
    pub(crate) rate: f64,
    pub(crate) seed: u64,
}

impl Study {
    /// What steers it while it goes on.
    pub(crate) fn dial(self) -> Arc<Dial> {
        Arc::new(Dial::new(Pace { scenario: self.scenario, rate: self.rate, is_paused: false }))
    }
}

/// What the name of a practice folder ends with.
const SUFFIX: &str = "-practice";
/// How long a folder that is still in use is waited for before it is emptied.
const LEAVING: Duration = Duration::from_secs(20);

/// The practice folder unless told otherwise: beside the real one.
pub(crate) fn default_data_folder() -> Option<PathBuf> {
    api::default_data_folder().map(|folder| beside(&folder))
}

/// The practice folder that goes with a real one.
pub(crate) fn beside(real: &Path) -> PathBuf {
    let mut name = real.file_name().unwrap_or_default().to_owned();
    name.push(SUFFIX);
    real.with_file_name(name)
}

/// The real folder that a practice folder goes with; `None` where its name does not say: the usual one.
pub(crate) fn real_of(practice: &Path) -> Option<PathBuf> {
    let name = practice.file_name()?.to_str()?.strip_suffix(SUFFIX)?;
    (!name.is_empty()).then(|| practice.with_file_name(name))
}

/// Empties a practice folder, once whoever leaves it has left: the receiver, and the web view's processes, which write to it a moment longer.
pub(crate) fn start_over(folder: &Path) -> Result<(), ApiError> {
    let in_use =
        |error: &ApiError| ["already receiving", "cannot be emptied"].iter().any(|it| error.message.contains(it));
    let since = Instant::now();
    loop {
        match api::practice_empty(folder) {
            Err(error) if since.elapsed() < LEAVING && in_use(&error) => {
                tracing::debug!(%error, "the practice folder is still in use");
                thread::sleep(Duration::from_millis(200));
            }
            outcome => return outcome,
        }
    }
}

/// Gives a practice without a history its past.
pub(crate) fn begin(monitor: &Monitor, practice: &Practice, study: Study) -> Result<usize, ApiError> {
    let now = api::times::instant(monitor.now());
    let past = simulator::past(&practice.study_id, study.seed, now).map(|delivery| PastDelivery {
        at: delivery.at,
        event: delivery.event,
        id: delivery.id,
        headers: delivery.headers,
        body: delivery.body,
    });
    monitor.practice_past(practice, past)
}

/// A study that is being sent. Dropping it does not stop it; [`Stream::stop`] does.
pub(crate) struct Stream {
    stop: Arc<AtomicBool>,
    thread: JoinHandle<()>,
}

impl Stream {
    /// Sends to the receiver at `address` until stopped, as `dial` says.
    pub(crate) fn start(
        monitor: &Monitor,
        practice: &Practice,
        study: Study,
        dial: Arc<Dial>,
        address: SocketAddr,
    ) -> std::io::Result<Self> {
        let plan = Plan {
            url: format!("http://{address}{}", practice.path),
            credentials: practice.credentials.clone(),
            vendor_webhook_id: "15".to_owned(),
            study_id: practice.study_id.clone(),
            scenario: study.scenario,
            count: None,
            rate: study.rate,
            seed: study.seed,
            start: api::times::instant(monitor.now()),
        };
        let stop = Arc::new(AtomicBool::new(false));
        let stopped = Arc::clone(&stop);
        let thread = thread::Builder::new().name("practice".to_owned()).spawn(move || {
            // The receiver hears of a new secret within two seconds: until then a refused handshake is no surprise.
            for _ in 0..10 {
                match simulator::run_steered(&plan, &dial, &stopped, &mut |_| {}) {
                    Ok(summary) if summary.sent == 0 && !stopped.load(Ordering::Relaxed) => {
                        thread::sleep(Duration::from_millis(500));
                    }
                    Ok(_) => return,
                    Err(error) => return tracing::error!(%error, "nothing can be simulated"),
                }
            }
            tracing::error!("the simulated study was not let in");
        })?;
        Ok(Self { stop, thread })
    }

    /// Ends it. Waits for what is under way.
    pub(crate) fn stop(self) {
        self.stop.store(true, Ordering::Relaxed);
        if self.thread.join().is_err() {
            tracing::error!("the simulated study stopped at a fault");
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_practice_folder_stands_beside_the_real_one_and_leads_back() {
        for real in ["/home/rossi/.local/share/centrepoint-monitor", "/srv/study 189", "relative"] {
            let practice = beside(Path::new(real));
            assert_ne!(practice, Path::new(real));
            assert_eq!(real_of(&practice).as_deref(), Some(Path::new(real)));
        }
        assert_eq!(real_of(Path::new("/tmp/elsewhere")), None);
        assert_eq!(real_of(Path::new("/tmp/-practice")), None);
    }

    #[test]
    fn a_folder_that_is_still_written_to_is_emptied_once_that_ends() {
        let folder = tempfile::tempdir().unwrap();
        let monitor = Monitor::open(folder.path(), Arc::new(study::clock::SystemClock)).unwrap();
        monitor.practice().unwrap();
        drop(monitor);
        // The web view of the window before: it goes a moment after the receiver.
        let view = folder.path().join("webview");
        let writing = thread::spawn(move || {
            let since = Instant::now();
            for number in 0.. {
                if since.elapsed() > Duration::from_millis(500) {
                    break;
                }
                let _ = std::fs::create_dir_all(&view);
                let _ = std::fs::write(view.join(format!("{number}")), "");
            }
        });
        thread::sleep(Duration::from_millis(50));
        let outcome = start_over(folder.path());
        writing.join().unwrap();
        outcome.unwrap();
        assert!(!folder.path().join("state.db").exists(), "it is emptied to its mark, which goes last");
    }
}
