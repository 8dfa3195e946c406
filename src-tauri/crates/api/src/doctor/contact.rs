//! What was heard of CentrePoint last, webhook by webhook.

use store::state::Webhook;

use super::Finding;
use super::site::Site;
use crate::times::instant;
use crate::wire::{Waiting, WaitingFor};

pub(super) fn check(site: &Site, webhook: &Webhook) -> Finding {
    let waiting = match site.monitor.waiting_for(webhook) {
        Ok(waiting) => waiting,
        Err(error) => return Finding::unseen(&error),
    };
    match waiting {
        Some(waiting) => still(&waiting, webhook),
        None => match site.monitor.newest_event(webhook.slug.as_str()) {
            Ok(Some(event)) => since(&moment(event.received_at), site.monitor.last_refusal(webhook, event.received_at)),
            Ok(None) => Finding::green("Deliveries arrive."),
            Err(error) => Finding::unseen(&error),
        },
    }
}

fn since(last: &str, refused: Result<Option<(i64, String)>, crate::wire::ApiError>) -> Finding {
    match refused {
        Ok(Some((at, reason))) => Finding::red(
            format!("Deliveries arrived until {last}; since then one was refused, on {}: {reason}.", moment(at)),
            advice(&reason),
        ),
        _ => Finding::green(format!("Deliveries arrive; the last one on {last}.")),
    }
}

fn still(waiting: &Waiting, webhook: &Webhook) -> Finding {
    match waiting.state {
        WaitingFor::NeverContacted => Finding::amber(
            "CentrePoint has never contacted this webhook.",
            "Register the target URL and the secret in the CentrePoint portal; it then makes a handshake at once.",
        ),
        WaitingFor::HandshakeSeen if waiting.signed == Some(true) => {
            Finding::green("The handshake came, with the right proof. The first delivery comes with the next upload.")
        }
        WaitingFor::HandshakeSeen => Finding::green(
            "The handshake came, without a proof, as CentrePoint may do. The first delivery will show whether the secret is the same on both sides.",
        ),
        WaitingFor::Refused => {
            let reason = waiting.reason.clone().unwrap_or_default();
            let name = &webhook.name;
            Finding::red(format!("Deliveries to {name} come, but are refused: {reason}."), advice(&reason))
        }
    }
}

/// What to do about a refusal, by the words it was kept with.
fn advice(reason: &str) -> &'static str {
    let has = |part: &str| reason.contains(part);
    if has("signature differs") || has("password differ") || has("client") {
        "Set the same secret on both sides: edit the webhook here, and type the secret into the portal anew. What was refused can then be accepted under Settings, Webhooks."
    } else if has("no signature") || has("no user name") || has("no access token") {
        "In the portal, choose the same kind of authentication as this webhook has here."
    } else if has("allowed addresses") {
        "If a proxy or tunnel stands in front, enter it in Settings, under General: Trusted proxies. Otherwise correct the webhook’s list of addresses."
    } else if has("disabled") {
        "Switch the webhook on in Settings, under Webhooks."
    } else {
        "Settings, under Webhooks, lists what was refused and why. Show it to your IT person."
    }
}

fn moment(micros: i64) -> String {
    instant(micros).strftime("%-d %B %Y, %H:%M UTC").to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_reason_has_its_own_next_step() {
        let said = |reason: &str| advice(reason);
        assert!(said("signature differs: is the secret the one in the portal?").contains("same secret"));
        assert!(
            said("no signature: is the webhook set to Keyed-Hash HMAC in the portal?")
                .contains("kind of authentication")
        );
        assert!(said("10.0.0.1 is not on the webhook's list of allowed addresses").contains("Trusted proxies"));
        assert!(said("the webhook is disabled here").contains("Switch the webhook on"));
        assert!(said("something else").contains("IT person"));
    }
}
