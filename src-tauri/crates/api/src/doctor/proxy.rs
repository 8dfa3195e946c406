//! What stands in front: does it say whom it forwards for, is it believed, and does it leave bytes and headers as they are?

use std::net::IpAddr;

use receiver::probe::Report;

use super::path::is_near;
use super::site::Site;
use super::{Finding, signature};

/// Headers that a delivery is nothing without.
const NEEDED: [&str; 4] = [
    centrepoint::headers::EVENT,
    centrepoint::headers::DELIVERY,
    centrepoint::headers::WEBHOOK_ID,
    centrepoint::headers::SIGNATURE,
];

pub(super) fn check(site: &Site) -> Finding {
    let Some(way) = site.far() else {
        return Finding::amber(
            "This cannot be told: no request gets here by the public address.",
            "The check of the way from the internet says what to do first.",
        );
    };
    let mut headers: Vec<(&str, &str)> = NEEDED.iter().map(|name| (*name, "self-test")).collect();
    headers.push(("Content-Type", "application/json"));
    let path =
        site.webhooks.first().map_or_else(|| "/healthz".to_owned(), |webhook| format!("/hooks/{}", webhook.slug));
    let told = match site.ask(way, "POST", &path, &headers, Some(signature::BODY.as_bytes())) {
        Ok(told) => told,
        Err(miss) => {
            return Finding::red(
                format!("Requests get here, but a POST as CentrePoint sends it does not: {miss}."),
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
    const WHOLE: &str = "Bodies and headers arrive as they were sent.";
    const NAME: &str = "Let IT have the proxy or tunnel set X-Forwarded-For.";
    const TRUST: &str = "enter it in Settings, under General: Trusted proxies";
    let peer = report.peer;
    let (found, next) = match (report.trusted, report.forwarded.is_empty(), is_near(peer)) {
        (true, false, _) if report.source != peer || names(report, peer) => {
            let source = report.source;
            return Finding::green(format!(
                "{WHOLE} The proxy at {peer} is believed, and says that this test came from {source}."
            ));
        }
        (true, false, _) => {
            (format!("The proxy at {peer} is trusted, but what it says cannot be read."), NAME.to_owned())
        }
        (true, true, _) => {
            (format!("The proxy at {peer} is trusted, but does not say whom it forwards for."), NAME.to_owned())
        }
        (false, false, _) => (
            format!(
                "A proxy at {peer} says whom it forwards for, but is not trusted: all deliveries count as from {peer}."
            ),
            format!("If {peer} is your proxy or tunnel, {TRUST}."),
        ),
        (false, true, true) => (
            format!("Requests come from {peer}, and nothing says whom they are forwarded for."),
            format!("{NAME} Then {TRUST}."),
        ),
        (false, true, false) => {
            return Finding::green(format!("{WHOLE} Nothing seems to stand in front: this test came from {peer}."));
        }
    };
    if site.webhooks.iter().any(|webhook| !webhook.allow.is_empty()) {
        return Finding::red(format!("{found} A webhook’s list of allowed addresses cannot work like this."), next);
    }
    Finding::amber(format!("{WHOLE} {found}"), next)
}

/// The proxy names its own address: the test came from the very computer it runs on.
fn names(report: &Report, peer: IpAddr) -> bool {
    let mut words = report.forwarded.iter().flat_map(|text| text.split([',', ';', '=', ' ', '"']));
    words.any(|word| word.parse() == Ok(peer))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::Bench;
    use crate::wire::CheckLevel;

    fn judged(trusted: bool, peer: &str, source: &str, forwarded: &[&str]) -> (CheckLevel, String) {
        let bench = Bench::new();
        let report = Report {
            method: "POST".to_owned(),
            path: "/hooks/a".to_owned(),
            peer: peer.parse().unwrap(),
            trusted,
            source: source.parse().unwrap(),
            forwarded: forwarded.iter().map(|text| (*text).to_owned()).collect(),
            headers: Vec::new(),
            body_sha256: String::new(),
            hook: None,
        };
        let found = whom(&Site::of(bench.monitor()).unwrap(), &report);
        (found.level, found.found)
    }

    #[test]
    fn each_kind_of_proxy_is_told() {
        let far = "198.51.100.7";
        for (trusted, peer, source, forwarded, level, words) in [
            (true, "10.0.0.1", far, &[far][..], CheckLevel::Green, "this test came from 198.51.100.7"),
            (true, "127.0.0.1", "127.0.0.1", &["127.0.0.1"], CheckLevel::Green, "is believed"),
            (true, "127.0.0.1", "127.0.0.1", &["for=127.0.0.1;proto=https"], CheckLevel::Green, "is believed"),
            (true, "10.0.0.1", "10.0.0.1", &["unknown"], CheckLevel::Amber, "cannot be read"),
            (true, "10.0.0.1", "10.0.0.1", &[], CheckLevel::Amber, "does not say"),
            (false, "10.0.0.1", "10.0.0.1", &[far], CheckLevel::Amber, "is not trusted"),
            (false, "10.0.0.1", "10.0.0.1", &[], CheckLevel::Amber, "nothing says"),
            (false, far, far, &[], CheckLevel::Green, "Nothing seems to stand in front"),
        ] {
            let (found, said) = judged(trusted, peer, source, forwarded);
            assert!(found == level && said.contains(words), "{words}: {found:?} {said}");
        }
    }
}
