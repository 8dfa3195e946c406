//! Whether an address may be listened on without TLS. Only the judgement; saying it is the caller's business.

use std::net::SocketAddr;

use centrepoint::Authentication;

/// Whether `address` may be listened on in plain HTTP with these authentications (a non-loopback address is refused for Basic and OAuth2, warned of otherwise).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PlainHttp {
    /// Loopback: fine.
    Fine,
    /// Not loopback: say a warning.
    Warn,
    /// Not loopback, and a webhook would send credentials in the clear.
    Refuse,
}

/// See [`PlainHttp`]. An IPv4 address written as IPv6 (`::ffff:127.0.0.1`) is judged as what it is.
#[must_use]
pub fn plain_http(address: SocketAddr, authentications: &[Authentication]) -> PlainHttp {
    let in_the_clear = |kind: &Authentication| matches!(kind, Authentication::Basic | Authentication::OAuth2);
    if address.ip().to_canonical().is_loopback() {
        PlainHttp::Fine
    } else if authentications.iter().any(in_the_clear) {
        PlainHttp::Refuse
    } else {
        PlainHttp::Warn
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn judged(address: &str, kinds: &[Authentication]) -> PlainHttp {
        plain_http(address.parse().unwrap(), kinds)
    }

    #[test]
    fn loopback_is_fine_whatever_the_authentication() {
        for address in ["127.0.0.1:8737", "127.9.9.9:1", "[::1]:8737", "[::ffff:127.0.0.1]:80"] {
            assert_eq!(judged(address, &[Authentication::Basic, Authentication::OAuth2]), PlainHttp::Fine, "{address}");
        }
    }

    #[test]
    fn elsewhere_credentials_would_travel_in_the_clear() {
        for address in ["0.0.0.0:8737", "[::]:8737", "192.168.1.4:8737"] {
            assert_eq!(judged(address, &[]), PlainHttp::Warn, "{address}");
            assert_eq!(judged(address, &[Authentication::Hmac, Authentication::None]), PlainHttp::Warn, "{address}");
            assert_eq!(judged(address, &[Authentication::Hmac, Authentication::Basic]), PlainHttp::Refuse, "{address}");
            assert_eq!(judged(address, &[Authentication::OAuth2]), PlainHttp::Refuse, "{address}");
        }
    }
}
