//! What stands in front: does it say whom it forwards for, is it believed, and does it leave bytes and headers as they are?

use receiver::probe::Report;

use super::path::is_near;
use super::site::{Site, Way};
use super::{Finding, signature};

/// Headers that a delivery is nothing without.
const NEEDED: [&str; 4] = [
    centrepoint::headers::EVENT,
    centrepoint::headers::DELIVERY,
    centrepoint::headers::WEBHOOK_ID,
    centrepoint::headers::SIGNATURE,
];

pub(super) fn check(site: &Site) -> Finding {
    if site.public().is_none() || site.met(Way::Far).is_err() {
        return Finding::amber(
            "This cannot be told: no request gets here by the public address.",
            "The check of the way from the internet says what to do first.",
        );
    }
    let mut headers: Vec<(&str, &str)> = NEEDED.iter().map(|name| (*name, "self-test")).collect();
    headers.push(("Content-Type", "application/json"));
    let path =
        site.webhooks.first().map_or_else(|| "/healthz".to_owned(), |webhook| format!("/hooks/{}", webhook.slug));
    let told = match site.ask(Way::Far, "POST", &path, &headers, Some(signature::BODY.as_bytes())) {
        Ok(told) => told,
        Err(miss) => {
            return Finding::red(
                format!("Requests get here, but a POST as CentrePoint sends it does not ({miss:?})."),
                "Let IT have the proxy pass on POST requests for /hooks/ as they are.",
            );
        }
    };
    if !signature::is_whole(&told) {
        return Finding::red(
            "What stands in front changes the body of deliveries: no signature fits then, and each is refused.",
            "Let IT have the proxy or tunnel pass bodies on byte for byte (nothing rewritten, filtered or compressed anew).",
        );
    }
    let arrived = |name: &&&str| !told.report.headers.iter().any(|known| known.eq_ignore_ascii_case(name));
    let missing: Vec<&str> = NEEDED.iter().filter(arrived).copied().collect();
    if !missing.is_empty() {
        return Finding::red(
            format!("What stands in front takes headers away: {}.", missing.join(", ")),
            "Let IT have the proxy pass on all headers that begin with X-ActiGraph-.",
        );
    }
    whom(site, &told.report)
}

/// Whether it is known from whom deliveries come, and whether that matters here.
fn whom(site: &Site, report: &Report) -> Finding {
    let lists = site.webhooks.iter().any(|webhook| !webhook.allow.is_empty());
    let whole = "Bodies and headers arrive as they were sent.";
    let peer = report.peer;
    match (report.trusted, report.forwarded.is_empty(), is_near(peer)) {
        (true, false, _) if report.source != peer => Finding::green(format!(
            "{whole} The proxy at {peer} is believed, and says that this test came from {}.",
            report.source
        )),
        (true, _, _) => {
            let found = format!("{whole} The proxy at {peer} is trusted, but does not say whom it forwards for.");
            let next = "Let IT have it set X-Forwarded-For.";
            if lists {
                Finding::red(format!("{found} A webhook’s list of allowed addresses then refuses everything."), next)
            } else {
                Finding::amber(found, next)
            }
        }
        (false, false, _) => {
            let found = format!(
                "{whole} A proxy at {peer} says whom it forwards for, but is not among the trusted ones, so that all deliveries count as from {peer}."
            );
            let next =
                format!("If {peer} is your proxy or tunnel, enter it in Settings, under General: Trusted proxies.");
            if lists {
                Finding::red(format!("{found} A webhook’s list of allowed addresses then refuses them."), next)
            } else {
                Finding::amber(found, next)
            }
        }
        (false, true, true) => {
            let found = format!("{whole} Requests come from {peer}, and nothing says whom they are forwarded for.");
            let next = "Let IT have the proxy or tunnel set X-Forwarded-For, then enter it in Settings, under General: Trusted proxies.";
            if lists {
                Finding::red(format!("{found} A webhook’s list of allowed addresses cannot work like this."), next)
            } else {
                Finding::amber(found, next)
            }
        }
        (false, true, false) => {
            Finding::green(format!("{whole} Nothing seems to stand in front: this test came from {peer}."))
        }
    }
}
