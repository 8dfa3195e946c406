//! Figures for a monitoring system: counted by the receiver, looked at when somebody asks, and served on this computer alone, where that is wanted.
//!
//! What a figure is called and how it is written is `metrics`' business.

use std::net::SocketAddr;
use std::sync::{Mutex, OnceLock, PoisonError};
use std::time::Duration;

use metrics::{Figures, Listener, Now};
use tokio::task::JoinHandle;

use crate::Monitor;
use crate::wire::{ApiError, ReceiverState};

/// How often it is looked whether they are wanted elsewhere, and tried again where they could not be served.
const LOOK_EVERY: Duration = Duration::from_secs(2);

/// Rows of the log that the view may be behind for problems to be counted: it catches up with them within a second.
const NEAR: i64 = 1_000;

/// The figures of a process, and where they are served.
#[derive(Debug, Default)]
pub(crate) struct Monitoring {
    pub(crate) figures: Figures,
    /// Named at the start of this process: stands above the setting.
    told: OnceLock<SocketAddr>,
    /// Why they are not served where they are wanted.
    trouble: Mutex<Option<String>>,
}

impl Monitoring {
    /// What stands in the way, as a warning.
    pub(super) fn words(&self) -> Option<String> {
        self.trouble.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    fn set_trouble(&self, trouble: Option<String>) {
        *self.trouble.lock().unwrap_or_else(PoisonError::into_inner) = trouble;
    }
}

/// The address a setting or a person names; `None` where it is empty.
///
/// # Errors
/// What is wrong with it, as a sentence.
pub(crate) fn address(text: &str) -> Result<Option<SocketAddr>, String> {
    if text.is_empty() {
        return Ok(None);
    }
    let address = text.parse().map_err(|_| format!("{text} is not an address with a port, such as 127.0.0.1:9737"))?;
    metrics::may_listen(address).map_err(|error| error.to_string())?;
    Ok(Some(address))
}

impl Monitor {
    /// Serves figures for monitoring at `address` as long as this process receives, whatever the settings say.
    ///
    /// # Errors
    /// Where it can be reached from other computers.
    pub fn use_metrics(&self, address: SocketAddr) -> Result<(), ApiError> {
        metrics::may_listen(address).map_err(|error| ApiError::failed(error.to_string()))?;
        let _ = self.monitoring().told.set(address);
        Ok(())
    }

    /// Everything, as text; `None` where it cannot be written.
    fn figures_text(&self) -> Option<String> {
        self.monitoring().figures.text(env!("CARGO_PKG_VERSION"), &self.figures_now()).ok()
    }

    /// What stands now. What cannot be known now is left out: a figure that is made up would be worse than none.
    fn figures_now(&self) -> Now {
        let status = self.receiver_status();
        // A question waits for the view. Who watches waits for seconds, and wants the other figures most while it is far behind.
        let is_near = status.rebuilding.is_none() && status.behind <= NEAR;
        let history = is_near.then(|| self.lens()).and_then(Result::ok).and_then(|lens| {
            let counts = self.history().counts_of(None, self.now(), &lens).ok()?;
            counts.rows.into_iter().next()
        });
        let last = self.last_arrival_at().or(history.as_ref().and_then(|counts| counts.last_arrival_at));
        let room = store::disk::Room::of(self.data_folder()).ok();
        let webhooks = self.state().webhooks().unwrap_or_default();
        let slugs = webhooks.into_iter().filter(|webhook| !webhook.removed).map(|webhook| webhook.slug.to_string());
        Now {
            state: match status.state {
                ReceiverState::Starting => "starting",
                ReceiverState::Receiving => "receiving",
                ReceiverState::Failing => "failing",
                ReceiverState::NotReceiving => "not_receiving",
            },
            webhooks: slugs.collect(),
            queued_rows: self.held_log().map(|log| log.queued() as u64),
            behind_rows: Some(status.behind),
            open_problems: history.map(|counts| counts.open_problems),
            last_delivery_age_seconds: last.map(|at| self.age_seconds(at)),
            disk_bytes: room.map(|room| (room.left, room.total)),
        }
    }

    #[expect(clippy::cast_precision_loss, reason = "an age in microseconds is exact for some 285 years")]
    fn age_seconds(&self, at: i64) -> f64 {
        self.now().saturating_sub(at) as f64 / 1e6
    }
}

/// Figures being served, or about to be: until this is dropped.
pub(super) struct Serving(JoinHandle<()>);

impl Drop for Serving {
    fn drop(&mut self) {
        self.0.abort();
    }
}

/// Serves figures where they are wanted. For the command line: where the start of the process named an address, what stands in the way is an error,
/// at once.
pub(super) async fn start(monitor: &Monitor) -> Result<Serving, ApiError> {
    let first = match monitor.monitoring().told.get() {
        Some(address) => Some(Listener::bind(*address).await.map_err(|error| ApiError::failed(error.to_string()))?),
        None => None,
    };
    Ok(Serving(tokio::spawn(follow(monitor.clone(), first))))
}

/// The same, but what stands in the way is a warning, and tried again. For the app.
pub(super) fn keep(monitor: &Monitor) -> Serving {
    Serving(tokio::spawn(follow(monitor.clone(), None)))
}

/// Serves at `first`, and wherever they are wanted from then on.
async fn follow(monitor: Monitor, first: Option<Listener>) {
    let mut serving: Option<(SocketAddr, Task)> = None;
    if let (Some(listener), Some(told)) = (first, monitor.monitoring().told.get()) {
        serving = Some((*told, begin(&monitor, listener)));
    }
    loop {
        if let Ok(wanted) = wanted(&monitor).await
            && serving.as_ref().map(|(address, _)| *address) != wanted
        {
            // The old one is let go first: the new address may differ in nothing but how it is written.
            drop(serving.take());
            serving = if let Some(address) = wanted {
                bound(&monitor, address).await.map(|task| (address, task))
            } else {
                monitor.monitoring().set_trouble(None);
                None
            };
        }
        tokio::time::sleep(LOOK_EVERY).await;
    }
}

/// Where they are wanted.
async fn wanted(monitor: &Monitor) -> Result<Option<SocketAddr>, ApiError> {
    if let Some(told) = monitor.monitoring().told.get() {
        return Ok(Some(*told));
    }
    let settings = super::blocking(monitor, Monitor::settings).await?;
    // What was kept was checked; from another version it may say what this one does not understand.
    Ok(address(&settings.metrics_address).unwrap_or_default())
}

async fn bound(monitor: &Monitor, address: SocketAddr) -> Option<Task> {
    let outcome = Listener::bind(address).await;
    let trouble = outcome.as_ref().err().map(|error| format!("{}.", capital(&error.to_string())));
    if trouble != monitor.monitoring().words()
        && let Some(reason) = &trouble
    {
        tracing::warn!(reason, "figures for monitoring are not served");
    }
    monitor.monitoring().set_trouble(trouble);
    outcome.ok().map(|listener| begin(monitor, listener))
}

/// Serves until it is dropped.
struct Task(JoinHandle<()>);

impl Drop for Task {
    fn drop(&mut self) {
        self.0.abort();
    }
}

fn begin(monitor: &Monitor, listener: Listener) -> Task {
    if let Ok(address) = listener.address() {
        tracing::info!(address = %format_args!("http://{address}/metrics"), "figures for monitoring");
    }
    let monitor = monitor.clone();
    Task(tokio::spawn(listener.serve(move || monitor.figures_text())))
}

/// As the beginning of a sentence.
fn capital(text: &str) -> String {
    let mut letters = text.chars();
    letters.next().map_or_else(String::new, |first| first.to_uppercase().chain(letters).collect())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::Bench;

    #[test]
    fn only_an_address_of_this_computer_is_taken() {
        assert_eq!(address(""), Ok(None), "empty is off");
        assert!(address("127.0.0.1:9737").is_ok_and(|address| address.is_some()));
        for (text, part) in
            [("0.0.0.0:9737", "other computers"), ("9737", "with a port"), ("localhost:9737", "with a port")]
        {
            assert!(address(text).unwrap_err().contains(part), "{text}");
        }
        let bench = Bench::new();
        let open = bench.monitor().use_metrics("192.0.2.1:9737".parse().unwrap()).unwrap_err();
        assert!(open.message.contains("127.0.0.1:9737"), "{open}");
    }

    #[test]
    fn what_stands_is_looked_at_and_what_is_not_known_left_out() {
        let bench = Bench::new();
        let monitor = bench.monitor();
        let text = monitor.figures_text().unwrap();
        assert!(text.contains("centrepoint_monitor_receiver_state{state=\"not_receiving\"} 1"), "{text}");
        assert!(text.contains("centrepoint_monitor_problems_open 0"), "{text}");
        assert!(
            !text.contains("last_delivery") && !text.contains("write_queue"),
            "nothing came, no log is open: {text}"
        );
        monitor.note_arrival(monitor.now());
        bench.later(90);
        assert!(monitor.figures_text().unwrap().contains("centrepoint_monitor_last_delivery_age_seconds 90.0"));
    }

    async fn is_served(address: SocketAddr) -> bool {
        tokio::net::TcpStream::connect(address).await.is_ok()
    }

    async fn until(what: &str, mut holds: impl AsyncFnMut() -> bool) {
        for _ in 0..400 {
            if holds().await {
                return;
            }
            tokio::time::sleep(Duration::from_millis(25)).await;
        }
        panic!("waited in vain for {what}");
    }

    #[tokio::test]
    async fn the_setting_is_followed_and_a_taken_address_is_a_warning_that_goes_by_itself() {
        let bench = Bench::new();
        let monitor = bench.monitor();
        let holder = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
        let address = holder.local_addr().unwrap();
        let set = |text: &str| {
            let settings = crate::wire::Settings { metrics_address: text.to_owned(), ..monitor.settings().unwrap() };
            monitor.settings_set(&settings).unwrap();
        };
        set(&address.to_string());
        let _serving = keep(monitor);
        until("the warning", async || monitor.monitoring().words().is_some()).await;
        assert!(monitor.monitoring().words().unwrap().starts_with("Figures for monitoring cannot be served at"));
        drop(holder);
        until("the figures", async || is_served(address).await).await;
        until("the warning to go", async || monitor.monitoring().words().is_none()).await;
        set("");
        until("the end of them", async || !is_served(address).await).await;
    }
}
