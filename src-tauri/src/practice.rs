//! Practice: a simulated study that streams into a receiver of this process, for as long as it runs.

use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::{self, JoinHandle};
use std::time::Duration;

use api::{Monitor, Practice};
use simulator::{Plan, Scenario};

/// How the study is simulated.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Study {
    pub(crate) scenario: Scenario,
    /// Deliveries a second.
    pub(crate) rate: f64,
    pub(crate) seed: u64,
}

/// The practice folder unless told otherwise: beside the real one.
pub(crate) fn default_data_folder() -> Option<PathBuf> {
    api::default_data_folder().map(|folder| folder.with_file_name("centrepoint-monitor-practice"))
}

/// A study that is being sent. Dropping it does not stop it; [`Stream::stop`] does.
pub(crate) struct Stream {
    stop: Arc<AtomicBool>,
    thread: JoinHandle<()>,
}

impl Stream {
    /// Sends to the receiver at `address` until stopped.
    pub(crate) fn start(
        monitor: &Monitor,
        practice: &Practice,
        study: Study,
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
                match simulator::run(&plan, &stopped, &mut |_| {}) {
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
