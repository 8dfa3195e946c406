//! Receiving into a data folder: claims it, opens the log, starts the projector, listens, and ends all of it in good order.
//!
//! How a request is answered is `receiver`'s business, how it is kept `store`'s; here they are put together and watched over.

mod backups;
mod bulletin;
pub(crate) mod figures;
mod follow;
mod follower;
mod handles;
mod hooks;
mod intake;
pub(crate) mod place;
mod presence;
mod station;
mod status;
pub(crate) mod tls;
mod viewer;
mod warnings;
mod watcher;

use std::future::Future;
use std::net::SocketAddr;
use std::time::{Duration, Instant};

use receiver::PlainHttp;
use tokio::net::TcpListener;
use tokio::sync::watch;

use crate::Monitor;
use crate::escalation::Escalation;
use crate::wire::{ApiError, ReceiverState};
use place::Place;
pub(crate) use presence::Uptime;
use station::Station;
pub(crate) use status::is_trouble;
use tls::Care;

/// The port CentrePoint Monitor listens on unless told otherwise.
const DEFAULT_PORT: u16 = 8737;

/// Where connections are accepted, and how they are spoken to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct At {
    /// The address.
    pub address: SocketAddr,
    /// With TLS.
    pub secure: bool,
}

impl std::fmt::Display for At {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}://{}", if self.secure { "https" } else { "http" }, self.address)
    }
}

/// How long the app waits before it tries again to receive.
const RETRY: Duration = Duration::from_secs(5);

/// Receives until `shutdown` resolves. `listening` is told where, once connections are accepted. For the command line:
/// whatever stands in the way is an error, at once.
///
/// # Errors
/// That another process receives into this folder, that the address cannot be listened on, or that a file cannot be used, those of TLS
/// among them.
pub async fn serve(
    monitor: &Monitor,
    listening: impl FnOnce(At) + Send,
    shutdown: impl Future<Output = ()> + Send,
) -> Result<(), ApiError> {
    let lock = blocking(monitor, |monitor| Ok(monitor.folder().claim_receiver()?)).await?;
    let _figures = figures::start(monitor).await?;
    let care = blocking(monitor, Care::open).await?;
    let place = blocking(monitor, Monitor::place).await?;
    let listener = bind(monitor, place.address, care.is_secure()).await?;
    let station = blocking(monitor, move |monitor| Station::open(monitor, lock, care)).await?;
    let escalation = escalation(monitor);
    let outcome = station.run(listener, place, listening, shutdown).await;
    finish(escalation).await;
    outcome
}

/// What nobody sees to goes out from here on; without that, deliveries are received all the same.
fn escalation(monitor: &Monitor) -> Option<Escalation> {
    Escalation::start(monitor).inspect_err(|error| tracing::error!(%error, "nothing will escalate")).ok()
}

async fn finish(escalation: Option<Escalation>) {
    if let Some(escalation) = escalation {
        let ended = tokio::task::spawn_blocking(move || escalation.finish()).await;
        ended.unwrap_or_else(|error| tracing::error!(%error, "ending the escalation stopped at a fault"));
    }
}

/// Receives until `stop` turns true, and does not give up: what stands in the way is said in the receiver's status and tried again
/// every 5 s. While another process receives, it and its changes are shown; when that one ended, this one takes over. For the app.
pub async fn keep_serving(monitor: &Monitor, mut stop: watch::Receiver<bool>) {
    monitor.set_receiver(ReceiverState::Starting, None, None);
    // Beside the receiver, not within it: that it does not receive is one of the things to tell.
    let escalation = escalation(monitor);
    // Where another one was that ended.
    let mut left = None;
    // Having shown another one, it does not stand in that one's way when it comes back.
    let mut gives_way = false;
    while !*stop.borrow() {
        if viewer::is_elsewhere(monitor).await {
            gives_way = true;
            let shown = viewer::show(monitor, &mut stop).await;
            left = blocking(monitor, move |monitor| Ok(shown.after(monitor))).await.unwrap_or_default();
        } else if let Err(error) = serve_or_wait(monitor, left.as_ref(), gives_way, &mut stop).await
            && !viewer::is_elsewhere(monitor).await
        {
            not_receiving(monitor, &error);
            follow::until(monitor, RETRY, &mut stop).await;
        }
    }
    finish(escalation).await;
    monitor.set_receiver(ReceiverState::NotReceiving, Some("CentrePoint Monitor is closing."), None);
}

/// Where to receive now: where another one was `left`, until a person sets another address.
async fn now(monitor: &Monitor, left: Option<&Place>) -> Result<Place, ApiError> {
    let wanted = blocking(monitor, Monitor::place).await?;
    Ok(left.filter(|left| left.setting == wanted.setting).cloned().unwrap_or(wanted))
}

/// As [`serve`], but opens the history also while the address is taken, so that the window is live meanwhile; not where it
/// `gives_way`.
async fn serve_or_wait(
    monitor: &Monitor,
    left: Option<&Place>,
    gives_way: bool,
    stop: &mut watch::Receiver<bool>,
) -> Result<(), ApiError> {
    let lock = blocking(monitor, |monitor| Ok(monitor.folder().claim_receiver()?)).await?;
    // Its own, not those of another process that receives.
    let _figures = figures::keep(monitor);
    let care = blocking(monitor, Care::open).await?;
    let station = blocking(monitor, move |monitor| Station::open(monitor, lock, care)).await?;
    loop {
        let place = now(monitor, left).await;
        let outcome = match &place {
            Ok(place) => {
                monitor.set_address_from(place.from);
                bind(monitor, place.address, station.is_secure()).await
            }
            Err(error) => Err(error.clone()),
        };
        match (place, outcome) {
            (Ok(place), Ok(listener)) => {
                let mut stop = stop.clone();
                return station.run(listener, place, |_| {}, async move { stopped(&mut stop).await }).await;
            }
            (_, Err(error)) if gives_way => {
                station.close(false).await;
                return Err(error);
            }
            (place, Err(error)) => {
                not_receiving(monitor, &error);
                station.cannot_listen().await;
                wait_for_another(monitor, place.ok(), left, stop).await;
            }
            (Err(error), Ok(_)) => return Err(error),
        }
        if *stop.borrow() {
            station.close(true).await;
            return Ok(());
        }
    }
}

/// Waits before `place` is tried again: 5 s, less once a person has set another one, or `stop` turns true.
async fn wait_for_another(
    monitor: &Monitor,
    place: Option<Place>,
    left: Option<&Place>,
    stop: &mut watch::Receiver<bool>,
) {
    let until = Instant::now() + RETRY;
    while Instant::now() < until && tokio::time::timeout(follow::TICK, stopped(stop)).await.is_err() {
        if now(monitor, left).await.ok().is_some_and(|now| place.as_ref().is_some_and(|place| *place != now)) {
            return;
        }
    }
}

/// Says why nothing is received; into the log only what is new.
fn not_receiving(monitor: &Monitor, error: &ApiError) {
    if monitor.receiver_status().reason.as_deref() != Some(error.message.as_str()) {
        tracing::warn!(reason = %error, "not receiving");
    }
    monitor.set_receiver(ReceiverState::NotReceiving, Some(&error.message), None);
}

/// Resolves once `stop` is true, or nobody is left to say so.
async fn stopped(stop: &mut watch::Receiver<bool>) {
    // An error means that the other side is gone: that is a stop, too.
    let _ = stop.wait_for(|stop| *stop).await;
}

/// Listens on `address`, where plain HTTP may, or where it is `secure`.
async fn bind(monitor: &Monitor, address: SocketAddr, secure: bool) -> Result<TcpListener, ApiError> {
    match blocking(monitor, move |monitor| monitor.plain_http(address)).await? {
        PlainHttp::Fine => {}
        _ if secure => {}
        PlainHttp::Warn => {
            tracing::warn!(%address, "can be reached from other computers without TLS: put HTTPS in front");
        }
        PlainHttp::Refuse => return Err(ApiError::failed(place::too_open(address))),
    }
    TcpListener::bind(address).await.map_err(|error| ApiError::failed(place::cannot_listen(address, &error)))
}

/// Runs `work` where it may block.
async fn blocking<T: Send + 'static>(
    monitor: &Monitor,
    work: impl FnOnce(&Monitor) -> Result<T, ApiError> + Send + 'static,
) -> Result<T, ApiError> {
    let monitor = monitor.clone();
    match tokio::task::spawn_blocking(move || work(&monitor)).await {
        Ok(outcome) => outcome,
        Err(error) => Err(ApiError::failed(format!("the program stopped at a fault of its own: {error}"))),
    }
}

#[cfg(test)]
mod tests;
