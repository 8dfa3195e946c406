//! Whether the receiver listens: this process, another one on the same folder, or somebody else where it should be.

use store::StoreError;

use super::client::Unheard;
use super::site::{Miss, Site, Way};
use super::{Finding, holder};
use crate::wire::ReceiverState;

pub(super) fn check(site: &Site) -> Finding {
    let near = &site.near;
    let status = site.monitor.receiver_status();
    match (site.met(Way::Near), status.state) {
        (Ok(_), ReceiverState::Failing) => Finding::red(
            format!("The receiver answers at {near}, but something is wrong: {}", status.reason.unwrap_or_default()),
            "Do what it says there; deliveries may be refused until then.",
        ),
        (Ok(_), ReceiverState::Receiving | ReceiverState::Starting) => {
            Finding::green(format!("The receiver of this program answers at {near}."))
        }
        (Ok(_), ReceiverState::NotReceiving) => healthy(site),
        (Err(miss), _) => not_met(site, miss, status.reason),
    }
}

/// The receiver of another process answers: whether it can keep deliveries.
fn healthy(site: &Site) -> Finding {
    let near = &site.near;
    let url = format!("{near}/healthz");
    match super::client::ask("GET", &url, &[], None, super::client::Judged::ByKey) {
        Ok(said) if said.status == 503 => Finding::red(
            format!("A receiver of this folder answers at {near}, but cannot keep deliveries."),
            "See its own window or log for why: often the disk is full. CentrePoint is told to try again.",
        ),
        _ => {
            Finding::green(format!("A receiver of this data folder, another process than this one, answers at {near}."))
        }
    }
}

fn not_met(site: &Site, miss: &Miss, reason: Option<String>) -> Finding {
    let near = &site.near;
    match miss {
        Miss::Unheard(Unheard::Refused) | Miss::NoKey(_) if !is_claimed(site) => Finding::red(
            match reason.filter(|_| !matches!(miss, Miss::NoKey(_))) {
                Some(reason) => format!("Nobody listens at {near}: no receiver runs. {reason}"),
                None => format!("No receiver runs on this data folder, so nothing listens at {near} for it."),
            },
            "Start CentrePoint Monitor, or `centrepoint-monitor serve` where there is no window, and check again.",
        ),
        Miss::NoKey(error) => Finding::amber(
            format!("A receiver runs on this data folder, but it cannot be asked: {error}."),
            "Close CentrePoint Monitor and start it again, then check again.",
        ),
        Miss::Unheard(Unheard::Refused) => Finding::red(
            format!("A receiver holds this data folder, but does not listen at {near}."),
            "Look into its window or its log for why: often another program has its port. Close that one, or start CentrePoint Monitor again.",
        ),
        Miss::Unheard(Unheard::TimedOut) => Finding::red(
            format!("Somebody listens at {near}, but does not answer."),
            "Close CentrePoint Monitor and start it again. If it stays so, restart the computer.",
        ),
        other => Finding::red(
            format!("{near} belongs to another program{}, and not to this receiver{}.", named(near), detail(other)),
            "Close that program, or have CentrePoint Monitor listen on another port (Settings, General, or --listen), and let IT point the proxy or the tunnel there.",
        ),
    }
}

fn named(near: &str) -> String {
    let port = near.rsplit(':').next().and_then(|port| port.parse().ok());
    port.and_then(holder::of).map_or_else(String::new, |name| format!(" ({name})"))
}

fn detail(miss: &Miss) -> String {
    match miss {
        Miss::Another(_) => ": it is a CentrePoint Monitor with another data folder, or one that was started before this one was updated".to_owned(),
        Miss::Stranger(status, Some(server)) => format!(": it answers {status} as {server}"),
        Miss::Stranger(status, None) => format!(": it answers {status}"),
        _ => String::new(),
    }
}

/// Whether a process receives into the folder.
fn is_claimed(site: &Site) -> bool {
    matches!(site.monitor.folder().claim_receiver(), Err(StoreError::ReceiverRunning(_)))
}
