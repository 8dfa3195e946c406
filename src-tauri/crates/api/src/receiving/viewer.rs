//! While another process of this computer receives into the folder: how that one is, shown as it says itself, until it ended.
//!
//! Who takes over, and where, is the caller's business.

use std::net::SocketAddr;
use std::time::{Duration, Instant};

use receiver::tls::Files;
use tokio::sync::watch;

use super::bulletin::{self, BEAT, Posted};
use super::place::{self, Place};
use super::{blocking, follow, stopped};
use crate::Monitor;
use crate::wire::{AddressFrom, ReceiverState, ReceiverStatus};

/// How long nobody receives before it is taken over: a service that is only started again is there within it.
const GRACE: Duration = Duration::from_secs(3);
/// A receiver that has said nothing for so long does not receive: it is stopped, or its computer has other worries.
const SILENCE: Duration = BEAT.saturating_mul(3);

/// Said while nobody receives for a moment.
const TAKING_OVER: &str =
    "The service on this computer that received has ended. This window takes over within seconds.";

/// Where the one that ended was to be reached.
#[derive(Debug, Default)]
pub(super) struct Left {
    address: Option<SocketAddr>,
    /// The settings said so, or nobody: they say where this process is to receive, too.
    by_settings: bool,
    tls: Option<Files>,
}

impl Left {
    fn of(status: &ReceiverStatus) -> Self {
        let told = status.tls.as_ref().filter(|tls| tls.told);
        Self {
            address: status.address.as_deref().and_then(place::of_url).map(|(address, _)| address),
            by_settings: matches!(status.address_from, Some(AddressFrom::Setting | AddressFrom::Default)),
            tls: told.map(|tls| Files { certificate: (&tls.certificate).into(), key: (&tls.key).into() }),
        }
    }

    /// Where this process goes on, where that is not where the settings say: where deliveries are sent to, and as they are sent, unless a person
    /// said otherwise here.
    pub(super) fn after(self, monitor: &Monitor) -> Option<Place> {
        let address = self.address.filter(|_| monitor.told_address().is_none())?;
        if let Some(files) = self.tls {
            monitor.tell_tls(files);
        }
        if self.by_settings {
            return None;
        }
        let setting = monitor.settings().map(|settings| settings.listen_address).unwrap_or_default();
        Some(Place { address, from: AddressFrom::Before, setting })
    }
}

/// Whether another process receives.
pub(super) async fn is_elsewhere(monitor: &Monitor) -> bool {
    blocking(monitor, |monitor| Ok(monitor.folder().receiver()?)).await.is_ok_and(|holder| holder.is_some())
}

/// Shows it until it ended for [`GRACE`], or `stop` turns true.
pub(super) async fn show(monitor: &Monitor, stop: &mut watch::Receiver<bool>) -> Left {
    tracing::info!("another process receives: this one shows what it keeps");
    let (mut life, mut left, mut version, mut ended) = (Life::default(), Left::default(), None, None::<Instant>);
    loop {
        let before = version;
        let looked = blocking(monitor, move |monitor| {
            let holder = monitor.folder().receiver()?;
            let posted = bulletin::read(monitor.folder());
            Ok((holder, posted))
        });
        match looked.await {
            Ok((Some(holder), posted)) => {
                ended = None;
                let status = life.status(holder, posted, Instant::now());
                // What it said while it was receiving: at its end it has no address any more.
                if status.address.is_some() {
                    left = Left::of(&status);
                }
                monitor.show_receiver(status);
            }
            Ok((None, _)) => {
                let since = *ended.get_or_insert_with(Instant::now);
                monitor.set_receiver(ReceiverState::Starting, Some(TAKING_OVER), None);
                if since.elapsed() >= GRACE {
                    tracing::info!(address = ?left.address, "nobody receives any more: this process takes over");
                    return left;
                }
            }
            Err(error) => tracing::debug!(%error, "whether another process receives cannot be seen for now"),
        }
        match blocking(monitor, move |monitor| follow::look(monitor, before)).await {
            Ok(now) => version = Some(now),
            Err(error) => tracing::debug!(%error, "nothing can be seen for now"),
        }
        if tokio::time::timeout(follow::TICK, stopped(stop)).await.is_ok() {
            return left;
        }
    }
}

/// What is known of the other one, and how long it has said nothing new.
#[derive(Debug, Default)]
struct Life {
    last: Option<(Posted, Instant)>,
    /// Since when whoever holds the lock has said nothing that could be read.
    silent: Option<Instant>,
}

impl Life {
    /// How the process `holder` is, of what is `posted`. What another process said does not count.
    fn status(&mut self, holder: u32, posted: Option<Posted>, now: Instant) -> ReceiverStatus {
        let is_its = |posted: &Posted| holder == 0 || posted.process == holder;
        if let Some(posted) = posted.filter(is_its) {
            let is_new = self.last.as_ref().is_none_or(|(last, _)| *last != posted);
            if is_new {
                self.last = Some((posted, now));
            }
        }
        let known = self.last.as_ref().filter(|(posted, _)| is_its(posted));
        let Some((posted, heard)) = known else {
            let silent = *self.silent.get_or_insert(now);
            return unknown(holder, now.duration_since(silent) >= SILENCE);
        };
        self.silent = None;
        let status = ReceiverStatus { elsewhere: Some(posted.process), ..posted.status.clone() };
        if now.duration_since(*heard) < SILENCE {
            return status;
        }
        ReceiverStatus { state: ReceiverState::Failing, reason: Some(silence(posted.process)), ..status }
    }
}

fn silence(process: u32) -> String {
    format!(
        "The service on this computer (process {process}) has given no sign of life for {} s, so deliveries may not be received. End it, \
         and this window takes over; or have it started again.",
        SILENCE.as_secs()
    )
}

/// The one that receives has said nothing yet.
fn unknown(holder: u32, is_overdue: bool) -> ReceiverStatus {
    let (state, reason) = if is_overdue {
        let words = "The service on this computer does not say how it is: it may be of an older version, or stuck. Whether deliveries are \
                     received shows in Events.";
        (ReceiverState::Failing, Some(words.to_owned()))
    } else {
        (ReceiverState::Starting, None)
    };
    ReceiverStatus {
        state,
        since: None,
        reason,
        address: None,
        address_from: None,
        last_arrival_at: None,
        behind: 0,
        rebuilding: None,
        tls: None,
        warnings: Vec::new(),
        notices: Vec::new(),
        elsewhere: Some(holder),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::Bench;
    use crate::wire::{TlsStanding, TlsStatus};

    fn posted(process: u32, beat: u64, state: ReceiverState) -> Posted {
        Posted { process, beat, status: ReceiverStatus { state, elsewhere: None, ..unknown(0, false) } }
    }

    #[test]
    fn it_is_as_it_says_until_it_says_nothing_any_more() {
        let (mut life, start) = (Life::default(), Instant::now());
        let later = |seconds| start + Duration::from_secs(seconds);
        let receiving = |beat| Some(posted(7, beat, ReceiverState::Receiving));
        // What is there is of one that ended.
        let of_another = Some(posted(3, 9, ReceiverState::Receiving));
        assert_eq!(life.status(7, of_another.clone(), start).state, ReceiverState::Starting);
        assert_eq!(life.status(7, of_another, later(31)).state, ReceiverState::Failing, "not taken for a good sign");
        let status = life.status(7, receiving(1), later(32));
        assert_eq!((status.state, status.elsewhere), (ReceiverState::Receiving, Some(7)));
        assert_eq!(life.status(7, None, later(33)).state, ReceiverState::Receiving, "half written for a moment");
        assert_eq!(life.status(7, receiving(1), later(61)).state, ReceiverState::Receiving);
        let silent = life.status(7, receiving(1), later(62));
        assert_eq!(silent.state, ReceiverState::Failing);
        assert!(silent.reason.unwrap().contains("process 7"));
        assert_eq!(life.status(7, receiving(2), later(63)).state, ReceiverState::Receiving, "it is back");
        assert_eq!(
            life.status(8, receiving(2), later(64)).state,
            ReceiverState::Starting,
            "another one took its place"
        );
    }

    #[test]
    fn who_takes_over_is_where_deliveries_are_sent_unless_told_otherwise() {
        let bench = Bench::new();
        let tls = TlsStatus {
            certificate: "/c.pem".to_owned(),
            key: "/k.pem".to_owned(),
            told: true,
            names: Vec::new(),
            not_before: String::new(),
            not_after: String::new(),
            standing: TlsStanding::Good,
            remarks: Vec::new(),
        };
        let status = ReceiverStatus {
            address: Some("https://0.0.0.0:8443".to_owned()),
            tls: Some(Box::new(tls)),
            ..unknown(7, false)
        };
        let told = bench.another();
        told.use_address("127.0.0.1:9999".parse().unwrap(), AddressFrom::CommandLine);
        assert_eq!(Left::of(&status).after(&told), None);
        assert!(told.told_tls().is_none());
        assert_eq!(Left::default().after(bench.monitor()), None);
        let place = Left::of(&status).after(bench.monitor()).unwrap();
        assert_eq!((place.address, place.from), ("0.0.0.0:8443".parse().unwrap(), AddressFrom::Before));
        assert_eq!(bench.monitor().told_tls().unwrap().key.to_str(), Some("/k.pem"));
        let by_settings = ReceiverStatus { address_from: Some(AddressFrom::Setting), ..status };
        assert_eq!(Left::of(&by_settings).after(bench.monitor()), None, "they say it here, too, as they are by now");
    }
}
