//! A request's head as it came, byte for byte, once it is certain that it is the one hyper saw and that it is clear; what is kept of
//! it has its `Authorization` masked.

use centrepoint::{Header, Headers};
use http::request::Parts;

use crate::framing::{self, Unclear};
use crate::tap::{Framing, Tap};

/// hyper's own limit; a head with more never gets here.
const MAX_HEADERS: usize = 100;

/// The head of one request.
#[derive(Debug, Clone)]
pub(crate) struct Head {
    /// The headers in the order and casing they came in. Not masked: for checking, not for keeping.
    pub(crate) headers: Headers,
    /// Request line and headers up to the empty line, `Authorization` masked: what is kept.
    pub(crate) bytes: Vec<u8>,
}

/// The head of the request hyper has just read, from the tap.
///
/// # Errors
/// That it is unclear, or that the tap shows something else than hyper saw (then nobody can tell). The connection is to be
/// closed: what comes next may be a part of this.
pub(crate) fn take(tap: &Tap, parts: &Parts, body: Framing) -> Result<Head, Unclear> {
    tap.take(body, |noted| exact(noted, parts)).unwrap_or(Err(Unclear::Unknown))
}

/// Reads a head at the beginning of `noted`; how long it is, and the head, when it is the one in `parts`. An unclear one comes
/// first: hyper does not show all of such a head.
fn exact(noted: &[u8], parts: &Parts) -> Option<(usize, Result<Head, Unclear>)> {
    let mut lines = [httparse::EMPTY_HEADER; MAX_HEADERS];
    let mut request = httparse::Request::new(&mut lines);
    let Ok(httparse::Status::Complete(length)) = request.parse(noted) else { return None };
    if let Err(unclear) = framing::check(request.version?, request.headers) {
        return Some((length, Err(unclear)));
    }
    if request.method != Some(parts.method.as_str())
        || !is_target(request.path?, parts)
        || !same(request.headers, parts)
    {
        return None;
    }
    let headers = Headers(
        request
            .headers
            .iter()
            .map(|line| Header { name: line.name.as_bytes().to_vec(), value: line.value.to_vec() })
            .collect(),
    );
    // Empty lines before a request are tolerated (RFC 9112, 2.2) and no part of it.
    let begin = noted.iter().position(|byte| !matches!(byte, b'\r' | b'\n'))?;
    let bytes = masked(&noted[begin..length], &headers);
    Some((length, Ok(Head { headers, bytes })))
}

/// Whether `target` is the request target hyper read. hyper adds the slash a bare authority lacks; that is left to it.
fn is_target(target: &str, parts: &Parts) -> bool {
    match parts.uri.path_and_query() {
        Some(path) => target.ends_with(path.as_str()),
        None => true,
    }
}

/// Whether these are exactly hyper's headers: under each name the same values in the same order, and none besides.
fn same(lines: &[httparse::Header<'_>], parts: &Parts) -> bool {
    lines.len() == parts.headers.len()
        && lines.iter().enumerate().all(|(index, line)| {
            let earlier = lines[..index].iter().filter(|other| other.name.eq_ignore_ascii_case(line.name)).count();
            parts.headers.get_all(line.name).iter().nth(earlier).is_some_and(|value| value.as_bytes() == line.value)
        })
}

/// `block` with the lines of `Authorization` and `Proxy-Authorization` replaced by masked ones, everything else untouched.
/// `headers` are its headers, one for each line after the first.
fn masked(block: &[u8], headers: &Headers) -> Vec<u8> {
    if !headers.0.iter().any(is_credential) {
        return block.to_vec();
    }
    let masked = headers.masked();
    let mut kept = Vec::with_capacity(block.len());
    let mut lines = block.split_inclusive(|byte| *byte == b'\n');
    kept.extend_from_slice(lines.next().unwrap_or_default());
    for (index, line) in lines.enumerate() {
        match masked.0.get(index) {
            Some(header) if is_credential(header) => {
                kept.extend_from_slice(&header.name);
                kept.extend_from_slice(b": ");
                kept.extend_from_slice(&header.value);
                kept.extend_from_slice(if line.ends_with(b"\r\n") { b"\r\n" } else { b"\n" });
            }
            _ => kept.extend_from_slice(line),
        }
    }
    kept
}

fn is_credential(header: &Header) -> bool {
    header.name.eq_ignore_ascii_case(b"authorization") || header.name.eq_ignore_ascii_case(b"proxy-authorization")
}

#[cfg(test)]
mod tests {
    use http::Request;
    use proptest::prelude::*;

    use super::*;

    fn parts(method: &str, target: &str, headers: &[(&str, &str)]) -> Parts {
        let mut request = Request::builder().method(method).uri(target);
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        request.body(()).unwrap().into_parts().0
    }

    fn taken(noted: &[u8], parts: &Parts) -> Result<Head, Unclear> {
        let tap = Tap::default();
        tap.note(noted);
        take(&tap, parts, Framing::Length(0))
    }

    #[test]
    fn what_hyper_saw_is_kept_as_it_came() {
        let noted = b"\r\nPOST /hooks/a?x=1 HTTP/1.1\r\nhOST:  a\r\nX-Twice: 1\r\nx-other:\t2 \r\nX-TWICE:3\r\n\r\n";
        let parts =
            parts("POST", "/hooks/a?x=1", &[("host", "a"), ("x-twice", "1"), ("x-other", "2"), ("x-twice", "3")]);
        let head = taken(noted, &parts).unwrap();
        assert_eq!(head.bytes, &noted[2..], "byte for byte, less the empty line before it");
        let names: Vec<_> = head.headers.0.iter().map(|header| String::from_utf8_lossy(&header.name)).collect();
        assert_eq!(names, ["hOST", "X-Twice", "x-other", "X-TWICE"]);
    }

    #[test]
    fn a_head_that_is_not_the_one_hyper_saw_is_not_used() {
        let noted = b"POST /hooks/a HTTP/1.1\r\nHost: 1\r\nB: 2\r\n\r\n";
        assert!(taken(noted, &parts("POST", "/hooks/a", &[("host", "1"), ("b", "2")])).is_ok());
        for (why, parts) in [
            ("another target", parts("POST", "/hooks/b", &[("host", "1"), ("b", "2")])),
            ("another method", parts("PUT", "/hooks/a", &[("host", "1"), ("b", "2")])),
            ("another value", parts("POST", "/hooks/a", &[("host", "1"), ("b", "3")])),
            ("a header more", parts("POST", "/hooks/a", &[("host", "1"), ("b", "2"), ("c", "3")])),
            ("a header less", parts("POST", "/hooks/a", &[("host", "1")])),
            ("a name twice", parts("POST", "/hooks/a", &[("host", "1"), ("host", "2")])),
        ] {
            assert_eq!(taken(noted, &parts).unwrap_err(), Unclear::Unknown, "{why}");
        }
    }

    #[test]
    fn an_unclear_head_is_not_used_although_hyper_shows_a_clear_one() {
        let noted = b"POST /hooks/a HTTP/1.1\r\nHost: a\r\nContent-Length: 2\r\nContent-Length: 2\r\n\r\n";
        let parts = parts("POST", "/hooks/a", &[("host", "a"), ("content-length", "2")]);
        assert_eq!(taken(noted, &parts).unwrap_err(), Unclear::Lengths);
    }

    #[test]
    fn only_the_credential_lines_change() {
        let noted =
            b"POST / HTTP/1.1\r\nHost:  1\r\nAUTHORIZATION:   Basic cGFzcw==\r\nproxy-authorization: x\r\nb:2\r\n\r\n";
        let parts = parts(
            "POST",
            "/",
            &[("host", "1"), ("authorization", "Basic cGFzcw=="), ("proxy-authorization", "x"), ("b", "2")],
        );
        let head = taken(noted, &parts).unwrap();
        let text = String::from_utf8(head.bytes).unwrap();
        assert!(text.starts_with("POST / HTTP/1.1\r\nHost:  1\r\nAUTHORIZATION: Basic"), "{text}");
        assert!(text.ends_with("\r\nb:2\r\n\r\n"), "{text}");
        assert!(!text.contains("cGFzcw"), "the credentials are not kept: {text}");
        assert_eq!(head.headers.all("authorization").next(), Some(&b"Basic cGFzcw=="[..]), "but can be checked");
    }

    proptest! {
        #[test]
        fn arbitrary_bytes_never_panic_and_are_no_head(noted in proptest::collection::vec(any::<u8>(), 0..400)) {
            let parts = parts("POST", "/hooks/a", &[("host", "a")]);
            prop_assert!(taken(&noted, &parts).is_err());
        }

        #[test]
        fn nearly_heads_never_panic(noted in "(POST|GET) /[a-z]{0,3} HTTP/1\\.[01]\r?\n([A-Za-z]{1,4}:[ \t]{0,2}[ -~]{0,5}\r?\n){0,5}\r?\n?") {
            let parts = parts("POST", "/a", &[]);
            let _ = taken(noted.as_bytes(), &parts);
        }
    }
}
