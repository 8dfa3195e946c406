//! Certificates: the one that CentrePoint sees, and the one this program serves.

use std::time::Duration;

use receiver::tls::{Certificate, Doubt, Roots, Seen, Standing, Unseen, look};

use super::Finding;
use super::site::Site;
use crate::times::instant;

/// How long each step of a look may take.
const LIMIT: Duration = Duration::from_secs(4);

/// As seen at the public address.
pub(super) fn outside(site: &Site) -> Finding {
    let Some(public) = site.public() else {
        return Finding::amber(
            "This cannot be told: no public address is entered.",
            "Enter it in Settings, under General.",
        );
    };
    let (host, port) = host_and_port(public);
    let seen = |roots: &Roots| look(&host, port, roots, site.monitor.now(), LIMIT);
    match seen(&site.roots) {
        Ok(Seen { certificate, doubt: None }) => good(site, &certificate, "public authorities vouch for it."),
        Ok(Seen { certificate, doubt: Some(doubt) }) => match site.named.as_ref().map(seen) {
            Some(Ok(Seen { certificate, doubt: None })) => good(
                site,
                &certificate,
                "the authority that was named for this check vouches for it. CentrePoint believes public authorities alone.",
            ),
            _ => doubted(&host, &certificate, &doubt),
        },
        Err(Unseen::NoTls(reason)) => Finding::red(
            format!("{host}, port {port}, does not speak HTTPS: {reason}."),
            "Let IT serve HTTPS there: CentrePoint sends to nothing else.",
        ),
        Err(unseen) => Finding::amber(
            format!("This cannot be told: {unseen}."),
            "The check of the way from the internet says what to do first.",
        ),
    }
}

fn good(site: &Site, certificate: &Certificate, who: &str) -> Finding {
    let until = day(certificate.not_after);
    match certificate.standing(site.monitor.now()) {
        Standing::EndsSoon => Finding::amber(
            format!("The certificate is good, but ends on {until}."),
            "Let IT have it renewed. After that day nothing arrives.",
        ),
        _ => Finding::green(format!("The certificate is good until {until}, and {who}")),
    }
}

fn doubted(host: &str, certificate: &Certificate, doubt: &Doubt) -> Finding {
    let names = certificate.names.iter().take(3).cloned().collect::<Vec<_>>().join(", ");
    let (found, next) = match doubt {
        Doubt::Ended => (
            format!("The certificate ended on {}.", day(certificate.not_after)),
            "Let IT have it renewed now. What does not arrive within two days must be resent by hand in the portal.",
        ),
        Doubt::NotYet => (
            format!("The certificate is good only from {} on.", day(certificate.not_before)),
            "See whether this computer’s clock is right; if it is, let IT see to the certificate.",
        ),
        Doubt::OtherName => (
            format!("The certificate is for {names}, not for {host}."),
            "Let IT have one for this name, or correct the public address in Settings, under General.",
        ),
        Doubt::SelfSigned => (
            "The certificate is its own authority (self-signed): nobody outside believes it.".to_owned(),
            "Let IT get one from a public authority, for example Let’s Encrypt.",
        ),
        Doubt::ChainMissing => (
            "The certificate comes alone, without those that lead to a public authority, or its authority is not a public one.".to_owned(),
            "Let IT serve the whole chain (often the file fullchain.pem instead of cert.pem).",
        ),
        Doubt::UnknownAuthority => (
            "The certificate is from an authority that only your own network knows.".to_owned(),
            "Let IT get one from a public authority: CentrePoint does not know yours. If a firewall here opens secure connections, check from another network.",
        ),
        Doubt::Other(reason) => (
            format!("The certificate is not believed: {reason}."),
            "Show this to your IT person.",
        ),
    };
    Finding::red(format!("{found} CentrePoint does not send as long as it is so."), next)
}

/// The pair that this program serves.
pub(super) fn own(site: &Site) -> Finding {
    let chosen = match site.monitor.tls_chosen() {
        Ok(Some(chosen)) => chosen,
        Ok(None) => return Finding::green("TLS is off here."),
        Err(error) => return Finding::unseen(&error),
    };
    let certificate = match chosen.files.certificate() {
        Ok(certificate) => certificate,
        Err(unusable) => {
            return Finding::red(
                format!("The files for TLS cannot be used: {unusable}."),
                "Put the right files there: they are read again by themselves. Until then the ones from before are served, and a new start fails.",
            );
        }
    };
    let until = day(certificate.not_after);
    match certificate.standing(site.monitor.now()) {
        Standing::Good => {
            Finding::green(format!("The certificate in {} is good until {until}.", chosen.files.certificate.display()))
        }
        Standing::EndsSoon => Finding::amber(
            format!("The certificate in {} ends on {until}.", chosen.files.certificate.display()),
            "Let IT have it renewed; new files are taken by themselves.",
        ),
        Standing::Ended => Finding::red(
            format!("The certificate in {} ended on {until}.", chosen.files.certificate.display()),
            "Let IT have it renewed now; new files are taken by themselves.",
        ),
        Standing::NotYet => Finding::red(
            format!(
                "The certificate in {} is good only from {} on.",
                chosen.files.certificate.display(),
                day(certificate.not_before)
            ),
            "See whether this computer’s clock is right.",
        ),
    }
}

fn day(micros: i64) -> String {
    instant(micros).strftime("%-d %B %Y").to_string()
}

/// Of `https://host:port`; an IPv6 address without its brackets.
pub(super) fn host_and_port(public: &str) -> (String, u16) {
    const HTTPS: u16 = 443;
    let authority = public.strip_prefix("https://").unwrap_or(public);
    if let Some((host, rest)) = authority.strip_prefix('[').and_then(|rest| rest.split_once(']')) {
        return (host.to_owned(), rest.strip_prefix(':').and_then(|port| port.parse().ok()).unwrap_or(HTTPS));
    }
    match authority.split_once(':') {
        Some((host, port)) => (host.to_owned(), port.parse().unwrap_or(HTTPS)),
        None => (authority.to_owned(), HTTPS),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_is_taken_apart() {
        for (public, host, port) in [
            ("https://a.example", "a.example", 443),
            ("https://a.example:8443", "a.example", 8443),
            ("https://[2001:db8::1]:8443", "2001:db8::1", 8443),
            ("https://[2001:db8::1]", "2001:db8::1", 443),
        ] {
            assert_eq!(host_and_port(public), (host.to_owned(), port), "{public}");
        }
    }
}
