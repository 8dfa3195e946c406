//! A delivery with the webhook's own secret, to oneself: is the secret readable, in use at the receiver, and does the proof survive the
//! way from outside? Not kept. The password of a Basic webhook is sent on this computer alone.

use std::net::IpAddr;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use centrepoint::authentication::sign;
use centrepoint::{Authentication, BodyDigest, Secret};
use receiver::probe::HookReport;
use secrets::Place;
use store::state::Webhook;

use super::Finding;
use super::site::{Site, Told, Way};

/// A body whose bytes a proxy that reads JSON would not leave alone.
pub(super) const BODY: &str = "{ \"SelfTest\":\t\"\u{e4}\\u00e4 /\\/\",  \"n\": 1.50 }\r\n";

/// What only the first delivery can show.
const PORTAL: &str = "Whether the portal has the same secret, only a delivery can show.";

pub(super) fn check(site: &Site, webhook: &Webhook) -> Finding {
    if webhook.authentication == Authentication::None {
        return Finding::amber(
            "There is nothing to check: this webhook accepts deliveries without proof.",
            "Choose Keyed-Hash HMAC, here and in the portal, so that nobody else can send.",
        );
    }
    let secret = match read(site, webhook) {
        Ok(secret) => secret,
        Err(reason) => {
            return Finding::red(
                format!("The secret cannot be read: {reason}."),
                "If the keychain is locked, unlock it. If the secret is missing, set it again in Settings, under Webhooks, and in the portal.",
            );
        }
    };
    if site.met(Way::Near).is_err() {
        return Finding::amber(
            "The secret can be read. Whether the receiver uses it cannot be told, since it does not answer.",
            "The first check says what to do.",
        );
    }
    let Some(proof) = proof(site, webhook, &secret) else { return from_report(site, webhook) };
    match send(site, webhook, Way::Near, &proof) {
        Err(finding) => finding,
        Ok(()) if webhook.authentication == Authentication::Hmac => from_far(site, webhook, &proof),
        Ok(()) => {
            Finding::green(format!("User name and password can be read, and the receiver accepts them. {PORTAL}"))
        }
    }
}

fn read(site: &Site, webhook: &Webhook) -> Result<Secret, String> {
    let place = webhook.secret_place.as_deref().and_then(Place::from_word).ok_or("it is missing")?;
    site.monitor.secrets().get(webhook.slug.as_str(), place).map_err(|error| error.to_string())
}

/// The header that proves [`BODY`]; `None` where none can be made, or it must not travel here.
fn proof(site: &Site, webhook: &Webhook, secret: &Secret) -> Option<(&'static str, String)> {
    match webhook.authentication {
        Authentication::Hmac => Some((centrepoint::headers::SIGNATURE, sign(secret, BODY.as_bytes()))),
        Authentication::Basic if is_loopback(&site.near) => {
            let pair = [webhook.username.as_deref().unwrap_or_default().as_bytes(), b":", secret.expose()].concat();
            Some(("Authorization", format!("Basic {}", STANDARD.encode(pair))))
        }
        _ => None,
    }
}

fn is_loopback(near: &str) -> bool {
    let authority = near.split_once("://").map_or(near, |(_, authority)| authority);
    let host = authority.rsplit_once(':').map_or(authority, |(host, _)| host).trim_matches(['[', ']']);
    host.parse::<IpAddr>().is_ok_and(|address| address.is_loopback())
}

/// What the receiver says without being shown the secret.
fn from_report(site: &Site, webhook: &Webhook) -> Finding {
    let told = site.ask(Way::Near, "POST", &format!("/hooks/{}", webhook.slug), &[], Some(BODY.as_bytes()));
    match told.ok().and_then(|told| told.report.hook) {
        Some(HookReport { verdict, reason, .. }) if verdict == "cannot_tell" => unreadable(reason),
        Some(_) => Finding::green(format!("The secret can be read, here and by the receiver. {PORTAL}")),
        None => Finding::amber(
            "The secret can be read. The receiver does not know this webhook yet.",
            "Check again in some seconds.",
        ),
    }
}

fn unreadable(reason: Option<String>) -> Finding {
    Finding::red(
        format!(
            "The receiver cannot read the secret: {}. Deliveries are answered “try later”.",
            reason.unwrap_or_default()
        ),
        "If the keychain is locked, unlock it. A receiver that runs without a desktop may have none: then set the secret again from there.",
    )
}

/// Sends [`BODY`] with its proof; what is wrong, where something is.
fn send(site: &Site, webhook: &Webhook, way: Way, proof: &(&'static str, String)) -> Result<(), Finding> {
    let headers = [(proof.0, proof.1.as_str()), ("Content-Type", "application/json")];
    let told = site.ask(way, "POST", &format!("/hooks/{}", webhook.slug), &headers, Some(BODY.as_bytes()));
    let told = told.map_err(|_| {
        Finding::amber(
            "A signed self test is not answered by this receiver.",
            "The checks of the port and of the way from the internet say what to do.",
        )
    })?;
    if !is_whole(&told) {
        return Err(Finding::red(
            "What stands in front changes the body of deliveries: no signature fits then, and each is refused.",
            "Let IT have the proxy or tunnel pass bodies on byte for byte (nothing rewritten, filtered or compressed anew).",
        ));
    }
    match told.report.hook {
        Some(hook) if hook.verdict == "verified" => Ok(()),
        Some(HookReport { verdict, reason, .. }) if verdict == "cannot_tell" => Err(unreadable(reason)),
        Some(HookReport { reason, .. }) if way == Way::Far => Err(Finding::red(
            format!("Signed deliveries do not pass from outside: {}.", reason.unwrap_or_default()),
            "Let IT have the proxy pass on all headers that begin with X-ActiGraph-.",
        )),
        Some(HookReport { reason, .. }) => Err(Finding::red(
            format!(
                "The receiver has another secret in use than the one that is kept: {}.",
                reason.unwrap_or_default()
            ),
            "Check again in some seconds: a change takes two. If it stays so, close CentrePoint Monitor and start it again.",
        )),
        None => Err(Finding::amber("The receiver does not know this webhook yet.", "Check again in some seconds.")),
    }
}

/// Whether the body arrived as it was sent.
pub(super) fn is_whole(told: &Told) -> bool {
    told.report.body_sha256 == crate::hex::hex(BodyDigest::of(BODY.as_bytes()).0)
}

fn from_far(site: &Site, webhook: &Webhook, proof: &(&'static str, String)) -> Finding {
    // Nothing that is signed goes to whoever shows a certificate that nobody vouches for: it could be sent here again.
    if site.far() != Some(Way::Far) {
        return Finding::green(format!("What is signed with the secret here is accepted here. {PORTAL}"));
    }
    match send(site, webhook, Way::Far, proof) {
        Ok(()) => {
            Finding::green(format!("What is signed with the secret is accepted, also by the public address. {PORTAL}"))
        }
        Err(finding) => finding,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_password_travels_on_this_computer_alone() {
        for near in ["http://127.0.0.1:8737", "http://[::1]:8737", "https://127.0.0.1:1"] {
            assert!(is_loopback(near), "{near}");
        }
        for far in ["http://192.168.1.5:8737", "https://hooks.example.org", "http://127.0.0.1.example.org:1", ""] {
            assert!(!is_loopback(far), "{far}");
        }
    }
}
