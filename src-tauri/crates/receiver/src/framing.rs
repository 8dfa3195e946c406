//! Whether a head says exactly once how long its message is and whom it is for (RFC 9112, 3.2 and 6.3).
//!
//! A proxy in front might read an unclear head differently, and take for one request what is two here. hyper is lenient with
//! some of these: it takes equal lengths twice for one, forgets a length beside chunks, and needs no host.

use http::uri::Authority;

/// What is not clear about a head.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Unclear {
    /// `Content-Length` more than once, the same number or not.
    Lengths,
    /// `Content-Length` beside `Transfer-Encoding`.
    LengthAndEncoding,
    /// A `Transfer-Encoding` other than `chunked`, once.
    Encoding,
    /// No `Host` in HTTP/1.1.
    HostMissing,
    /// `Host` more than once.
    Hosts,
    /// A `Host` that is not one.
    Host,
    /// The head is not the one hyper saw, so none of this can be told.
    Unknown,
}

/// Whether a head with these lines is clear. `minor` is the version's: 0 or 1.
pub(crate) fn check(minor: u8, lines: &[httparse::Header<'_>]) -> Result<(), Unclear> {
    let all = |name: &'static str| lines.iter().filter(move |line| line.name.eq_ignore_ascii_case(name));
    let lengths = all("content-length").count();
    let mut encodings = all("transfer-encoding");
    match (lengths, encodings.next()) {
        (0 | 1, None) => {}
        (0, Some(encoding)) => {
            if !encoding.value.eq_ignore_ascii_case(b"chunked") || encodings.next().is_some() {
                return Err(Unclear::Encoding);
            }
        }
        (_, None) => return Err(Unclear::Lengths),
        (_, Some(_)) => return Err(Unclear::LengthAndEncoding),
    }
    let mut hosts = all("host");
    match hosts.next() {
        // HTTP/1.0 knows no Host: some load balancers ask for the health that way.
        None if minor == 0 => Ok(()),
        None => Err(Unclear::HostMissing),
        Some(_) if hosts.next().is_some() => Err(Unclear::Hosts),
        Some(host) if is_host(host.value) => Ok(()),
        Some(_) => Err(Unclear::Host),
    }
}

/// A host with or without a port, or nothing (RFC 9110, 7.2).
fn is_host(value: &[u8]) -> bool {
    value.is_empty() || (!value.contains(&b'@') && Authority::try_from(value).is_ok())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn judged(minor: u8, head: &[(&'static str, &'static str)]) -> Result<(), Unclear> {
        let lines: Vec<_> =
            head.iter().map(|(name, value)| httparse::Header { name, value: value.as_bytes() }).collect();
        check(minor, &lines)
    }

    #[test]
    fn clear_heads_are_clear() {
        for host in ["a", "hooks.example.org", "a_b.example:8737", "192.0.2.1", "[2001:db8::1]:443", ""] {
            assert_eq!(judged(1, &[("hOsT", host)]), Ok(()), "{host}");
        }
        assert_eq!(judged(1, &[("Host", "a"), ("CONTENT-LENGTH", "2")]), Ok(()));
        assert_eq!(judged(1, &[("Transfer-Encoding", "Chunked"), ("Host", "a")]), Ok(()));
        assert_eq!(judged(0, &[]), Ok(()), "HTTP/1.0 knows no Host");
    }

    #[test]
    fn each_way_to_be_unclear_is_known() {
        let (host, length, chunked) = (("Host", "a"), ("Content-Length", "2"), ("Transfer-Encoding", "chunked"));
        for (lines, unclear) in [
            (vec![host, length, length], Unclear::Lengths),
            (vec![host, length, ("content-length", "3")], Unclear::Lengths),
            (vec![host, length, chunked], Unclear::LengthAndEncoding),
            (vec![host, chunked, length], Unclear::LengthAndEncoding),
            (vec![host, chunked, chunked], Unclear::Encoding),
            (vec![host, ("Transfer-Encoding", "gzip, chunked")], Unclear::Encoding),
            (vec![length], Unclear::HostMissing),
            (vec![host, host], Unclear::Hosts),
            (vec![host, ("HOST", "b")], Unclear::Hosts),
            (vec![("Host", "a, b")], Unclear::Host),
            (vec![("Host", "me@a")], Unclear::Host),
            (vec![("Host", "a/b")], Unclear::Host),
        ] {
            assert_eq!(judged(1, &lines), Err(unclear), "{lines:?}");
        }
        assert_eq!(judged(0, &[host, host]), Err(Unclear::Hosts), "twice is unclear in any version");
    }
}
