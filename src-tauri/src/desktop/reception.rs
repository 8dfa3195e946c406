//! The receiver of the app, on a runtime of its own: nothing the window does can hold it up.

use std::sync::Arc;
use std::thread::{self, JoinHandle};
use std::time::Duration;

use anyhow::Context as _;
use api::receiving::keep_serving;
use api::wire::{ReceiverState, ReceiverStatus};
use api::{Monitor, Practice};
use simulator::Dial;
use tauri::AppHandle;
use tokio::sync::watch;

use crate::practice::{Stream, Study};
use crate::signals;

/// How long a keychain that does not answer may keep the process from ending.
const LAST_CALL: Duration = Duration::from_secs(2);

/// The receiver at work.
pub(super) struct Reception {
    stop: watch::Sender<bool>,
    thread: JoinHandle<()>,
}

impl Reception {
    /// Starts it. A request of the system to end closes the app in good order.
    pub(super) fn start(
        monitor: &Monitor,
        practice: Option<(Practice, Study, Arc<Dial>)>,
        app: AppHandle,
    ) -> anyhow::Result<Self> {
        let (stop, stopped) = watch::channel(false);
        let runtime = tokio::runtime::Builder::new_multi_thread().thread_name("receiver").enable_all().build();
        let runtime = runtime.context("the receiver cannot be started")?;
        let ended = {
            let _inside = runtime.enter();
            signals::ended().context("the system's signals cannot be listened to")?
        };
        runtime.spawn(async move {
            ended.await;
            app.exit(0);
        });
        let monitor = monitor.clone();
        let work = move || {
            let streaming =
                practice.map(|(practice, study, dial)| runtime.spawn(stream(monitor.clone(), practice, study, dial)));
            runtime.block_on(keep_serving(&monitor, stopped));
            if let Some(streaming) = streaming {
                streaming.abort();
            }
            runtime.shutdown_timeout(LAST_CALL);
        };
        let thread = thread::Builder::new()
            .name("reception".to_owned())
            .spawn(work)
            .context("the receiver cannot be started")?;
        Ok(Self { stop, thread })
    }

    /// Stops accepting, finishes what is in flight, closes the files.
    pub(super) fn finish(self) {
        self.stop.send_replace(true);
        if self.thread.join().is_err() {
            tracing::error!("the receiver stopped at a fault");
        }
    }
}

/// Sends the simulated study once there is somebody to send it to, until this is dropped.
async fn stream(monitor: Monitor, practice: Practice, study: Study, dial: Arc<Dial>) {
    let mut receiver = monitor.watch_receiver();
    // This process itself: no other one is sent simulated deliveries.
    let is_here = |status: &ReceiverStatus| {
        status.state == ReceiverState::Receiving && status.address.is_some() && status.elsewhere.is_none()
    };
    let receiving = receiver.wait_for(is_here).await;
    let address = receiving.ok().and_then(|status| status.address.clone());
    let Some(address) = address.as_deref().and_then(|url| url.strip_prefix("http://")?.parse().ok()) else { return };
    match Stream::start(&monitor, &practice, study, dial, address) {
        Ok(_stream) => std::future::pending::<()>().await,
        Err(error) => tracing::error!(%error, "the simulated study cannot be started"),
    }
}
