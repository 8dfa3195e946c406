//! What a certificate says: for which names, from when and until when.

use std::net::IpAddr;

use x509_parser::extensions::GeneralName;
use x509_parser::prelude::{FromDer as _, X509Certificate};

/// Names that are remembered of one certificate.
const MOST_NAMES: usize = 100;

/// How long before its end a certificate is spoken of: 30 days, in microseconds.
const AHEAD: i64 = 30 * 24 * 3_600 * 1_000_000;

/// The server's own certificate.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Certificate {
    /// The names and addresses it is for, at most 100.
    pub names: Vec<String>,
    /// From when on it is good, microseconds since 1970 UTC.
    pub not_before: i64,
    /// Until when, microseconds since 1970 UTC.
    pub not_after: i64,
    /// It is its own authority.
    pub self_signed: bool,
    /// How many more stand behind it in its file.
    pub behind: usize,
}

/// What a certificate is worth at some moment.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Standing {
    /// It is not good yet.
    NotYet,
    /// It is good.
    Good,
    /// It is good, for 30 days at most.
    EndsSoon,
    /// It is not good any more.
    Ended,
}

impl Certificate {
    /// Reads one, with `behind` more behind it.
    pub(super) fn read(der: &[u8], behind: usize) -> Result<Self, String> {
        let (_, read) = X509Certificate::from_der(der).map_err(|error| error.to_string())?;
        let micros = |time: x509_parser::time::ASN1Time| time.timestamp().saturating_mul(1_000_000);
        Ok(Self {
            names: names(&read),
            not_before: micros(read.validity().not_before),
            not_after: micros(read.validity().not_after),
            self_signed: read.subject() == read.issuer(),
            behind,
        })
    }

    /// What it is worth at `now`, microseconds since 1970 UTC.
    #[must_use]
    pub fn standing(&self, now: i64) -> Standing {
        if now < self.not_before {
            Standing::NotYet
        } else if now > self.not_after {
            Standing::Ended
        } else if self.not_after - now <= AHEAD {
            Standing::EndsSoon
        } else {
            Standing::Good
        }
    }

    /// Whether it is for `host`, a name or an address (IPv6 with or without brackets). A `*` stands for one label, at the
    /// beginning (RFC 6125, 6.4.3).
    #[must_use]
    pub fn covers(&self, host: &str) -> bool {
        let host = host.trim_end_matches('.').to_ascii_lowercase();
        if let Ok(address) = host.trim_matches(['[', ']']).parse::<IpAddr>() {
            return self.names.iter().any(|name| name.parse() == Ok(address));
        }
        let parent = host.split_once('.').filter(|(label, _)| !label.is_empty()).map(|(_, parent)| parent);
        self.names.iter().any(|name| {
            let name = name.to_ascii_lowercase();
            name == host || name.strip_prefix("*.").is_some_and(|rest| Some(rest) == parent)
        })
    }
}

/// Its alternative names; where there are none, the common name, which clients ignore and people read.
fn names(read: &X509Certificate<'_>) -> Vec<String> {
    let alternative = read.subject_alternative_name().ok().flatten();
    let mut names: Vec<String> = alternative
        .iter()
        .flat_map(|found| &found.value.general_names)
        .filter_map(|name| match name {
            GeneralName::DNSName(name) => Some((*name).to_owned()),
            GeneralName::IPAddress(bytes) => address(bytes).map(|address| address.to_string()),
            _ => None,
        })
        .collect();
    if names.is_empty() {
        names.extend(read.subject().iter_common_name().filter_map(|name| name.as_str().ok().map(str::to_owned)));
    }
    names.retain(|name| !name.is_empty() && name.len() <= 253 && !name.chars().any(char::is_control));
    names.truncate(MOST_NAMES);
    names
}

fn address(bytes: &[u8]) -> Option<IpAddr> {
    let four = <[u8; 4]>::try_from(bytes).map(IpAddr::from);
    four.or_else(|_| <[u8; 16]>::try_from(bytes).map(IpAddr::from)).ok()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::tls::testing::{DAY, Pem};

    fn of(names: &[&str]) -> Certificate {
        let names = names.iter().map(|name| (*name).to_owned()).collect();
        Certificate { names, not_before: 0, not_after: 100 * DAY, self_signed: false, behind: 1 }
    }

    #[test]
    fn names_and_addresses_are_covered_and_a_star_stands_for_one_label() {
        let certificate = of(&["Hooks.example.org", "*.study.example", "192.0.2.7", "2001:db8::1"]);
        for host in [
            "hooks.example.org",
            "HOOKS.EXAMPLE.ORG.",
            "a.study.example",
            "192.0.2.7",
            "2001:db8::1",
            "[2001:db8:0::1]",
        ] {
            assert!(certificate.covers(host), "{host}");
        }
        for host in [
            "example.org",
            "study.example",
            "a.b.study.example",
            ".study.example",
            "192.0.2.8",
            "evil.example",
            "",
            "*",
        ] {
            assert!(!certificate.covers(host), "{host}");
        }
    }

    #[test]
    fn it_is_spoken_of_thirty_days_ahead() {
        let certificate = of(&["a.example"]);
        for (day, standing) in [
            (-1, Standing::NotYet),
            (0, Standing::Good),
            (69, Standing::Good),
            (70, Standing::EndsSoon),
            (100, Standing::EndsSoon),
            (101, Standing::Ended),
        ] {
            assert_eq!(certificate.standing(day * DAY), standing, "{day}");
        }
    }

    #[test]
    fn what_it_says_is_read() {
        let pem = Pem::new();
        let pair = pem.write(&Pem::signed(&["a.example", "192.0.2.7", "2001:db8::1"])).read().unwrap();
        assert_eq!(pair.certificate.names, ["a.example", "192.0.2.7", "2001:db8::1"]);
        assert!(!pair.certificate.self_signed && pair.certificate.behind == 1);
        let alone = pem.write(&Pem::alone("b.example")).read().unwrap();
        assert!(alone.certificate.self_signed && alone.certificate.behind == 0);
    }

    proptest! {
        #[test]
        fn no_bytes_and_no_host_make_it_panic(bytes in proptest::collection::vec(any::<u8>(), 0..400), host in ".{0,40}") {
            let _ = Certificate::read(&bytes, 0);
            let _ = of(&["*.a", &host]).covers(&host);
        }
    }
}
