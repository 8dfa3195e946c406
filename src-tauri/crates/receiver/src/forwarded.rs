//! Where a request comes from: its peer, or where that is a trusted proxy, whom the proxy names (`X-Forwarded-For`, and
//! `Forwarded` of RFC 7239).
//!
//! Lists are walked from the right, where the nearest proxy writes: what stands left of the first address that is not a
//! trusted proxy's was written by a stranger, and is not even read.

use std::net::{IpAddr, Ipv6Addr, SocketAddr};

use centrepoint::Headers;

use crate::Networks;

/// The source of a request from `peer` with these headers.
///
/// A peer that is not trusted is the source itself, whatever it says. Where a trusted one names nobody, or says what is no
/// address, it counts itself. Where both headers are there and differ, too: it writes one, and passes the other on.
pub(crate) fn source(peer: IpAddr, headers: &Headers, trusted: &Networks) -> IpAddr {
    let peer = peer.to_canonical();
    if !trusted.contain(peer) {
        return peer;
    }
    let x_forwarded_for = walk(peer, headers, "x-forwarded-for", trusted, address);
    let forwarded = walk(peer, headers, "forwarded", trusted, forwarded_for);
    match (x_forwarded_for, forwarded) {
        (None, None) => peer,
        (Some(source), None) | (None, Some(source)) => source,
        (Some(one), Some(other)) => {
            if one == other {
                one
            } else {
                peer
            }
        }
    }
}

/// The rightmost address that is not a trusted proxy's, in the lists under `name`; `None` without such a header. Where an element
/// is none, the hop that wrote it; where all are trusted, the farthest.
fn walk(
    peer: IpAddr,
    headers: &Headers,
    name: &str,
    trusted: &Networks,
    read: fn(&[u8]) -> Option<IpAddr>,
) -> Option<IpAddr> {
    // Values of one name are one list, in their order (RFC 9110, 5.3).
    let lines: Vec<&[u8]> = headers.all(name).collect();
    if lines.is_empty() {
        return None;
    }
    let mut hop = peer;
    for element in lines.iter().rev().flat_map(|line| line.rsplit(|byte| *byte == b',')) {
        let Some(address) = read(element.trim_ascii()) else { break };
        hop = address.to_canonical();
        if !trusted.contain(hop) {
            break;
        }
    }
    Some(hop)
}

/// An element of `Forwarded`: pairs with exactly one `for`. Commas and semicolons within quotes are not understood: no address
/// has any.
fn forwarded_for(element: &[u8]) -> Option<IpAddr> {
    let mut found = None;
    for pair in element.split(|byte| *byte == b';') {
        let at = pair.iter().position(|byte| *byte == b'=')?;
        let (name, value) = (pair[..at].trim_ascii(), pair[at + 1..].trim_ascii());
        let value = unquoted(value)?;
        if name.eq_ignore_ascii_case(b"for") && found.replace(address(value)?).is_some() {
            return None;
        }
    }
    found
}

/// A token, or what stands between the quotes. `None` for an empty one, one with quotes within, and one that was cut.
fn unquoted(value: &[u8]) -> Option<&[u8]> {
    let inner = match value {
        [b'"', inner @ .., b'"'] => inner,
        other => other,
    };
    (!inner.is_empty() && !inner.iter().any(|byte| matches!(byte, b'"' | b'\\'))).then_some(inner)
}

/// An address as proxies write it: `203.0.113.4`, `203.0.113.4:443`, `2001:db8::1`, `[2001:db8::1]`, `[2001:db8::1]:443`.
fn address(text: &[u8]) -> Option<IpAddr> {
    let text = std::str::from_utf8(text).ok()?;
    if let Ok(address) = text.parse::<IpAddr>() {
        return Some(address);
    }
    if let Some(inner) = text.strip_prefix('[').and_then(|text| text.strip_suffix(']')) {
        return inner.parse::<Ipv6Addr>().ok().map(IpAddr::V6);
    }
    // A zone belongs to the computer that wrote it.
    text.parse::<SocketAddr>().ok().filter(|_| !text.contains('%')).map(|address| address.ip())
}

#[cfg(test)]
mod tests {
    use std::net::Ipv4Addr;

    use centrepoint::Header;
    use proptest::prelude::*;

    use super::*;

    const PROXY: &str = "10.0.0.1";
    const SENDER: &str = "13.82.60.74";

    fn headers(lines: &[(&str, &str)]) -> Headers {
        Headers(lines.iter().map(|(name, value)| Header { name: (*name).into(), value: (*value).into() }).collect())
    }

    fn from(peer: &str, lines: &[(&str, &str)]) -> String {
        let trusted = Networks::of(["10.0.0.0/8", "2001:db8:1::/48"]);
        source(peer.parse().unwrap(), &headers(lines), &trusted).to_string()
    }

    #[test]
    fn only_a_trusted_proxy_is_believed() {
        let lines = [("X-Forwarded-For", SENDER), ("Forwarded", "for=13.82.60.74")];
        assert_eq!(from("203.0.113.9", &lines), "203.0.113.9");
        assert_eq!(from("127.0.0.1", &lines), "127.0.0.1", "this computer is none unless named");
        assert_eq!(from(PROXY, &lines), SENDER);
        assert_eq!(from("::ffff:10.0.0.1", &lines), SENDER, "IPv4 written as IPv6");
        assert_eq!(from(PROXY, &[]), PROXY, "it names nobody");
    }

    #[test]
    fn the_rightmost_address_that_is_not_a_proxys_counts() {
        for (value, expected) in [
            ("13.82.60.74", SENDER),
            ("1.1.1.1, 13.82.60.74", SENDER),
            ("13.68.136.18,13.82.60.74,10.9.9.9", SENDER),
            ("nonsense \"\\, 13.82.60.74, 10.9.9.9", SENDER),
            ("10.2.2.2, 10.9.9.9", "10.2.2.2"),
            ("13.82.60.74:51234", SENDER),
            ("::ffff:13.82.60.74", SENDER),
            ("2001:db8:2::7", "2001:db8:2::7"),
            ("[2001:db8:2::7]", "2001:db8:2::7"),
            ("[2001:db8:2::7]:443", "2001:db8:2::7"),
            ("2001:db8:2::7, 2001:db8:1::1", "2001:db8:2::7"),
        ] {
            assert_eq!(from(PROXY, &[("x-forwarded-for", value)]), expected, "{value}");
        }
        let lines = [("X-Forwarded-For", "1.1.1.1"), ("Other", "x"), ("x-forwarded-for", "13.82.60.74, 10.9.9.9")];
        assert_eq!(from(PROXY, &lines), SENDER, "lines of one name are one list");
    }

    #[test]
    fn forwarded_is_read_as_its_standard_says() {
        for (value, expected) in [
            ("for=13.82.60.74", SENDER),
            ("For = 13.82.60.74;proto=https;by=10.0.0.1", SENDER),
            ("for=\"13.82.60.74:47011\"", SENDER),
            ("for=\"[2001:db8:2::7]\"", "2001:db8:2::7"),
            ("for=\"[2001:db8:2::7]:4711\"", "2001:db8:2::7"),
            ("for=1.1.1.1, for=13.82.60.74;host=\"a.example:443\"", SENDER),
            ("for=1.1.1.1;by=\", for=13.82.60.74", SENDER),
            ("for=13.82.60.74, for=10.9.9.9", SENDER),
        ] {
            assert_eq!(from(PROXY, &[("Forwarded", value)]), expected, "{value}");
        }
    }

    #[test]
    fn where_it_says_what_is_no_address_the_proxy_itself_counts() {
        for value in [
            "",
            ",",
            "13.82.60.74,",
            "unknown",
            "13.82.60",
            "fe80::1%eth0",
            "13.82.60.74 13.82.60.74",
            "[13.82.60.74]",
            "13.82.60.74:x",
        ] {
            assert_eq!(from(PROXY, &[("X-Forwarded-For", value)]), PROXY, "{value}");
        }
        for value in [
            "",
            "13.82.60.74",
            "for=",
            "for=unknown",
            "for=_hidden",
            "for=\"13.82.60.74",
            "for=13.82.60.74\"",
            "for=\"13.82.60\\.74\"",
            "for=13.82.60.74;for=13.82.60.74",
            "for=13.82.60.74;",
            "for=13.82.60.74;by=\"",
            "proto=https",
            "host=\"a, for=1.1.1.1\"",
            "host=\"a, for=1.1.1.1;b=\\\"\"",
            "for=13.82.60.74,",
        ] {
            assert_eq!(from(PROXY, &[("Forwarded", value)]), PROXY, "{value}");
        }
        assert_eq!(from(PROXY, &[("X-Forwarded-For", "unknown, 10.9.9.9")]), "10.9.9.9", "the hop that wrote it");
    }

    #[test]
    fn a_header_that_the_proxy_only_passes_on_does_not_win() {
        let spoofed = [("Forwarded", "for=13.82.60.74"), ("X-Forwarded-For", "203.0.113.9")];
        assert_eq!(from(PROXY, &spoofed), PROXY);
        let spoofed = [("Forwarded", "for=203.0.113.9"), ("X-Forwarded-For", SENDER)];
        assert_eq!(from(PROXY, &spoofed), PROXY);
    }

    /// An address no proxy of the tests has.
    fn stranger() -> impl Strategy<Value = IpAddr> {
        prop_oneof![
            any::<u32>().prop_map(|bits| IpAddr::V4(Ipv4Addr::from(bits | 0x8000_0000))),
            any::<u64>().prop_map(|bits| IpAddr::V6(Ipv6Addr::from((0x2001_0db8_0002 << 80) | u128::from(bits)))),
        ]
    }

    fn as_forwarded(address: IpAddr, port: Option<u16>) -> String {
        match (address, port) {
            (IpAddr::V4(address), None) => format!("for={address}"),
            (IpAddr::V4(address), Some(port)) => format!("for=\"{address}:{port}\";proto=https"),
            (IpAddr::V6(address), None) => format!("proto=https;for=\"[{address}]\""),
            (IpAddr::V6(address), Some(port)) => format!("For=\"[{address}]:{port}\""),
        }
    }

    proptest! {
        #[test]
        fn what_a_stranger_wrote_on_the_left_never_wins(
            spoofed in proptest::collection::vec(any::<u8>(), 0..60),
            lines in proptest::collection::vec("[ -~]{0,30}", 0..3),
            sender in stranger(),
            port: Option<u16>,
            hops in 0_u8..3,
            line_of_its_own: bool,
        ) {
            let trusted = Networks::of(["10.0.0.0/8"]);
            let hops: Vec<IpAddr> = (0..hops).map(|hop| IpAddr::V4(Ipv4Addr::new(10, 0, 1, hop))).collect();
            let list = |write: &dyn Fn(IpAddr) -> String| {
                std::iter::once(sender).chain(hops.iter().copied()).map(write).collect::<Vec<_>>().join(", ")
            };
            let plain = list(&|address| address.to_string());
            let standard = list(&|address| as_forwarded(address, port));
            for (name, written) in [("X-Forwarded-For", plain), ("Forwarded", standard)] {
                let mut headers = Headers(
                    lines.iter().map(|line| Header { name: name.into(), value: line.clone().into_bytes() }).collect(),
                );
                if line_of_its_own {
                    headers.0.push(Header { name: name.into(), value: spoofed.clone() });
                    headers.0.push(Header { name: name.to_lowercase().into_bytes(), value: written.into_bytes() });
                } else {
                    let value = [spoofed.as_slice(), b", ", written.as_bytes()].concat();
                    headers.0.push(Header { name: name.into(), value });
                }
                prop_assert_eq!(source(PROXY.parse().unwrap(), &headers, &trusted), sender);
            }
        }

        #[test]
        fn arbitrary_headers_never_panic_and_an_untrusted_peer_is_itself(
            one in proptest::collection::vec(any::<u8>(), 0..80),
            other in "(for|by|For)?=?[\"\\[]?[0-9a-f:.]{0,20}[\\]\"]?[;,]?(for=[0-9.\"]{0,12})?",
            peer in stranger(),
        ) {
            let headers = Headers(vec![
                Header { name: b"Forwarded".to_vec(), value: one.clone() },
                Header { name: b"Forwarded".to_vec(), value: other.clone().into_bytes() },
                Header { name: b"X-Forwarded-For".to_vec(), value: one },
                Header { name: b"X-Forwarded-For".to_vec(), value: other.into_bytes() },
            ]);
            let trusted = Networks::of(["10.0.0.0/8"]);
            let _ = source(PROXY.parse().unwrap(), &headers, &trusted);
            prop_assert_eq!(source(peer, &headers, &trusted), peer.to_canonical());
        }
    }
}
