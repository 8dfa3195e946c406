//! Addresses and networks, and who may send to a webhook. What is not one is refused where it is typed (`api`).

use std::net::IpAddr;
use std::sync::Arc;

use ipnet::{IpNet, Ipv4Net};

/// The word for the addresses CentrePoint connects from.
const VENDOR: &str = "vendor";

/// Networks and single addresses. Cheap to clone.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Networks(Arc<[IpNet]>);

impl Networks {
    /// Those of `words` that are addresses or networks; others are left out.
    #[must_use]
    pub fn of<'a>(words: impl IntoIterator<Item = &'a str>) -> Self {
        Self(words.into_iter().filter_map(network).collect())
    }

    /// Whether `word` is an address or a network: `203.0.113.4`, `203.0.113.0/24`, `2001:db8::/32`.
    #[must_use]
    pub fn is_one(word: &str) -> bool {
        network(word).is_some()
    }

    /// Whether `word` is a network that holds every address of its family.
    #[must_use]
    pub fn is_everything(word: &str) -> bool {
        network(word).is_some_and(|network| network.prefix_len() == 0)
    }

    /// Whether `address` is in one of them. An IPv4 address written as IPv6 (`::ffff:203.0.113.4`) is what it is.
    #[must_use]
    pub fn contain(&self, address: IpAddr) -> bool {
        let address = address.to_canonical();
        self.0.iter().any(|network| network.contains(&address))
    }

    /// Whether there is none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

/// Who may send to a webhook.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub enum Allow {
    /// Whoever can.
    #[default]
    Everyone,
    /// Who sends from one of these.
    Only(Networks),
}

impl Allow {
    /// What a list says: `vendor` for the addresses CentrePoint connects from, and addresses and networks. An empty one allows
    /// everyone; one in which nothing can be read, nobody.
    #[must_use]
    pub fn of(words: &[String]) -> Self {
        if words.is_empty() {
            return Self::Everyone;
        }
        let vendor = words.iter().any(|word| word == VENDOR);
        let senders =
            centrepoint::SENDERS.into_iter().filter(|_| vendor).map(|address| IpNet::from(IpAddr::from(address)));
        Self::Only(Networks(senders.chain(words.iter().filter_map(|word| network(word))).collect()))
    }

    /// Whether `word` may stand in a list.
    #[must_use]
    pub fn is_word(word: &str) -> bool {
        word == VENDOR || Networks::is_one(word)
    }

    /// Whether `address` may send.
    #[must_use]
    pub fn allows(&self, address: IpAddr) -> bool {
        match self {
            Self::Everyone => true,
            Self::Only(networks) => networks.contain(address),
        }
    }
}

/// Reads one. IPv4 written as IPv6 becomes IPv4.
fn network(word: &str) -> Option<IpNet> {
    let network =
        if word.contains('/') { word.parse::<IpNet>().ok()? } else { IpNet::from(word.parse::<IpAddr>().ok()?) };
    if let IpNet::V6(wide) = network
        && let (Some(address), Some(prefix)) = (wide.addr().to_ipv4_mapped(), wide.prefix_len().checked_sub(96))
    {
        return Ipv4Net::new(address, prefix).ok().map(IpNet::V4);
    }
    Some(network)
}

#[cfg(test)]
mod tests {
    use std::net::Ipv4Addr;

    use proptest::prelude::*;

    use super::*;

    fn allow(words: &[&str]) -> Allow {
        Allow::of(&words.iter().map(|word| (*word).to_owned()).collect::<Vec<_>>())
    }

    fn allows(words: &[&str], address: &str) -> bool {
        allow(words).allows(address.parse().unwrap())
    }

    #[test]
    fn an_empty_list_allows_everyone_and_an_unreadable_one_nobody() {
        assert!(allows(&[], "203.0.113.4") && allows(&[], "2001:db8::1"));
        assert!(!allows(&["example.org"], "203.0.113.4"));
        assert!(!allows(&[""], "203.0.113.4"));
    }

    #[test]
    fn vendor_is_the_nine_addresses_and_no_others() {
        for address in centrepoint::SENDERS.map(Ipv4Addr::from) {
            assert!(allow(&["vendor"]).allows(address.into()), "{address}");
            assert!(allow(&["vendor"]).allows(address.to_ipv6_mapped().into()), "{address} as IPv6");
        }
        for other in ["13.82.60.75", "40.87.40.13", "127.0.0.1", "::1"] {
            assert!(!allows(&["vendor"], other), "{other}");
        }
        assert!(allows(&["vendor", "10.0.0.0/8"], "10.1.2.3") && allows(&["10.0.0.0/8", "vendor"], "13.68.136.18"));
    }

    #[test]
    fn networks_hold_what_is_in_them() {
        assert!(allows(&["203.0.113.0/24"], "203.0.113.255") && !allows(&["203.0.113.0/24"], "203.0.114.0"));
        assert!(allows(&["203.0.113.77/24"], "203.0.113.1"), "bits of a host do not matter");
        assert!(allows(&["203.0.113.4"], "203.0.113.4") && !allows(&["203.0.113.4"], "203.0.113.5"));
        assert!(allows(&["2001:db8::/32"], "2001:db8:ffff::1") && !allows(&["2001:db8::/32"], "2001:db9::"));
        assert!(allows(&["::ffff:203.0.113.0/120"], "203.0.113.9"), "IPv4 written as IPv6");
        assert!(allows(&["::ffff:203.0.113.4"], "203.0.113.4") && allows(&["203.0.113.4"], "::ffff:203.0.113.4"));
        assert!(!allows(&["::/0"], "203.0.113.4") && !allows(&["0.0.0.0/0"], "2001:db8::1"), "each its own family");
    }

    #[test]
    fn what_is_none_is_known() {
        for right in ["vendor", "203.0.113.4", "203.0.113.0/24", "2001:db8::/32", "::1", "0.0.0.0/0"] {
            assert!(Allow::is_word(right), "{right}");
        }
        for wrong in [
            "",
            "Vendor",
            "300.1.1.1",
            "10.0.0.0/",
            "10.0.0.0/33",
            "10.0.0.0/-1",
            "10.0.0.0/+8",
            "2001:db8::/129",
            "a.org",
            "10.0.0.0/8 ",
            "1.2.3.4:5",
        ] {
            assert!(!Allow::is_word(wrong), "{wrong}");
        }
        assert!(Networks::is_everything("0.0.0.0/0") && Networks::is_everything("::/0"));
        assert!(!Networks::is_everything("0.0.0.0") && !Networks::is_everything("10.0.0.0/8"));
    }

    proptest! {
        #[test]
        fn a_network_is_its_first_bits(base: u32, prefix in 0_u32..=32, address: u32) {
            let word = format!("{}/{prefix}", Ipv4Addr::from(base));
            let inside = prefix == 0 || base >> (32 - prefix) == address >> (32 - prefix);
            let address = Ipv4Addr::from(address);
            prop_assert_eq!(Networks::of([word.as_str()]).contain(address.into()), inside);
            prop_assert_eq!(Networks::of([word.as_str()]).contain(address.to_ipv6_mapped().into()), inside);
        }

        #[test]
        fn arbitrary_words_never_panic(word in ".{0,40}") {
            let _ = (Allow::is_word(&word), Allow::of(&[word]));
        }
    }
}
