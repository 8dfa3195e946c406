//! The way from the public address back to this very receiver.

use std::net::IpAddr;

use super::Finding;
use super::client::Unheard;
use super::site::{Miss, Site, Told, Way};
use crate::wire::ApiError;

/// How recent a delivery from outside says more than a connection that failed: a day, in microseconds.
const RECENT: i64 = 24 * 3_600 * 1_000_000;

pub(super) fn check(site: &Site) -> Finding {
    let Some(public) = site.public() else { return not_set(site) };
    match site.met(Way::Far) {
        Ok(told) => met(public, told),
        Err(miss) => not_met(site, public, miss),
    }
}

fn not_set(site: &Site) -> Finding {
    if site.monitor.is_practice().unwrap_or(false) {
        return Finding::green("This is a practice folder: nothing comes from the internet.");
    }
    let next = "Ask your IT person for an HTTPS address that leads to this computer, and enter it in Settings, under General: Public address.";
    let found = "No public address is entered, so CentrePoint has none to send to.";
    if came_lately(site).unwrap_or(false) {
        return Finding::amber(format!("{found} But deliveries from outside arrive, so there is one."), next);
    }
    Finding::red(found, next)
}

fn met(public: &str, told: &Told) -> Finding {
    let arrived = &told.report.path;
    if *arrived != told.path {
        return Finding::red(
            format!(
                "A request for {public}{} arrives here as {arrived}: what stands in front changes the path.",
                told.path
            ),
            "Let IT have the proxy or the tunnel pass paths on as they are (no prefix taken away or added).",
        );
    }
    if let Some(reason) = &told.doubt {
        return Finding::red(
            format!(
                "A request to {public} arrives at this very receiver, but nobody outside believes the certificate on the way ({reason}). CentrePoint does not send as long as it is so."
            ),
            "The check of the certificate says what is wrong with it, and what to do.",
        );
    }
    let only = if told.path == "/healthz" {
        ""
    } else {
        " What stands in front passes on the webhooks’ paths alone, which is fine."
    };
    Finding::green(format!("A request to {public} arrives at this very receiver.{only}"))
}

fn not_met(site: &Site, public: &str, miss: &Miss) -> Finding {
    let (found, next) = match miss {
        Miss::NoKey(error) => {
            return Finding::amber(
                format!("This cannot be told: {error}."),
                "Start CentrePoint Monitor, then check again.",
            );
        }
        Miss::Unheard(unheard) => return unheard_at(site, public, unheard),
        Miss::Redirected(status, to) => (
            format!("{public} answers {status} and sends on to “{to}”. CentrePoint does not follow."),
            "Enter the address it sends on to as the public address, or let IT take the redirect away.",
        ),
        Miss::Gateway(status) => (
            format!("The proxy or tunnel at {public} answers {status}: it does not reach this computer."),
            "See whether CentrePoint Monitor runs. Then let IT see whether the proxy or tunnel runs and passes on to the address and port in the first check.",
        ),
        Miss::Another(status) => (
            format!(
                "A CentrePoint Monitor answers at {public} ({status}), but not this one: or what stands in front takes unknown headers away."
            ),
            "Let IT see to which computer and port the address leads: perhaps to an old computer, or to another data folder.",
        ),
        Miss::Stranger(status, server) => {
            let server = server.as_ref().map_or_else(String::new, |server| format!(", as {server}"));
            return Finding::red(
                format!("Somebody else answers at {public} ({status}{server}), not this receiver."),
                "Let IT see where the address leads. A proxy has to pass on /hooks/ and /healthz to this computer, without a log-in or a page in between.",
            );
        }
    };
    Finding::red(found, next)
}

fn unheard_at(site: &Site, public: &str, unheard: &Unheard) -> Finding {
    let found = match unheard {
        Unheard::NoSuchHost => {
            return Finding::red(
                format!("The name in {public} is not known (DNS), or this computer is offline."),
                "See whether the address is spelled right and this computer is online. If so, let IT register the name.",
            );
        }
        Unheard::Tls(reason) => {
            return Finding::red(
                format!("At {public} no secure connection comes about ({reason})."),
                "The check of the certificate says what is wrong with it. CentrePoint will not send until that is mended.",
            );
        }
        Unheard::Refused => format!("Nobody listens at {public}: the connection is refused."),
        Unheard::TimedOut => format!("Nobody answers at {public} in time."),
        Unheard::Broken(reason) => format!("The connection to {public} breaks: {reason}."),
    };
    let next = format!(
        "Some networks do not let a computer reach itself by its public address. Open {public}/healthz on a phone that is not in this \
         network: if it shows \"status\": \"ok\", the way is fine. If not, let IT see whether the proxy or tunnel runs and the firewall lets it through."
    );
    match came_lately(site) {
        Ok(true) => Finding::amber(format!("{found} But deliveries from outside arrived within the last day."), next),
        Ok(false) | Err(_) => Finding::red(found, next),
    }
}

/// Whether the newest delivery came from another network, within a day.
fn came_lately(site: &Site) -> Result<bool, ApiError> {
    let Some(event) = site.monitor.newest_event("")? else { return Ok(false) };
    let from_outside = event.source_ip.parse::<IpAddr>().is_ok_and(|source| !is_near(source));
    Ok(from_outside && (site.monitor.now() - event.received_at).abs() <= RECENT)
}

/// An address that no sender on the internet has.
pub(super) fn is_near(address: IpAddr) -> bool {
    match address.to_canonical() {
        IpAddr::V4(address) => address.is_loopback() || address.is_private() || address.is_link_local(),
        IpAddr::V6(address) => address.is_loopback() || address.is_unique_local() || address.is_unicast_link_local(),
    }
}
