//! The validation handshake: find the code, judge whether it may be echoed in a header.

use crate::{Headers, json};

/// The event name of a handshake.
pub const EVENT: &str = "validation";
/// The header that carries the code, in the request and in our answer.
pub const HEADER: &str = "X-ActiGraph-Hook-Secret";
/// Longest code that is echoed, in bytes.
pub const MAX_CODE_BYTES: usize = 256;

/// A code fit for a header value: visible ASCII and inner spaces, 1 to [`MAX_CODE_BYTES`] bytes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Code(String);

impl Code {
    /// The code's text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// Why a handshake cannot be answered.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum NoCode {
    /// Neither the header nor the body has one.
    #[error("the handshake carries no validation code")]
    Missing,
    /// Control characters, non-ASCII or too long.
    #[error("the handshake's code could not be a header value")]
    Unsafe,
}

/// Whether these headers announce a handshake (`X-ActiGraph-Event: validation`, any casing, trailing commas ignored).
#[must_use]
pub fn is_handshake(headers: &Headers) -> bool {
    headers.event_name().is_some_and(|name| name.eq_ignore_ascii_case(EVENT))
}

/// The code to echo: from the header, else from the body's `ValidationCode`.
///
/// # Errors
/// When there is none, or it could not safely be a header value.
pub fn code(headers: &Headers, body: &[u8]) -> Result<Code, NoCode> {
    if let Some(value) = headers.all(HEADER).find(|value| !value.is_empty()) {
        return fit(value);
    }
    fit(code_of_body(body).ok_or(NoCode::Missing)?.as_bytes())
}

fn code_of_body(body: &[u8]) -> Option<String> {
    let mut code = None;
    let read = json::for_each_field(json::text(body).ok()?, |key, value| {
        if key.bytes().filter(|b| *b != b'_').map(|b| b.to_ascii_lowercase()).eq(*b"validationcode") {
            code = Some(value);
        }
    });
    read.ok()?;
    let code = code?;
    let text = json::string(code).map(std::borrow::Cow::into_owned);
    text.or_else(|| json::number(code).map(str::to_owned)).filter(|code| !code.is_empty())
}

/// Judges whether `code` survives being a header's value unchanged, and is nothing else there.
fn fit(code: &[u8]) -> Result<Code, NoCode> {
    let visible = code.iter().all(|b| matches!(b, b' '..=b'~'));
    let edges = [code.first(), code.last()];
    let fits = visible && code.len() <= MAX_CODE_BYTES && edges.iter().all(|edge| edge.is_some_and(|b| *b != b' '));
    let text = if fits { str::from_utf8(code).ok() } else { None };
    text.map(|text| Code(text.to_owned())).ok_or(NoCode::Unsafe)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn head(lines: &str) -> Headers {
        Headers::read_head(format!("POST /hooks/a HTTP/1.1\r\n{lines}\r\n").as_bytes()).1
    }

    #[test]
    fn a_handshake_is_known_by_its_event_name_in_any_casing_and_with_a_comma() {
        assert!(is_handshake(&head("x-actigraph-event: Validation, \r\n")));
        assert!(!is_handshake(&head("X-ActiGraph-Event: upload\r\n")));
        assert!(!is_handshake(&head("X-ActiGraph-Hook-Secret: abc\r\n")), "the code alone does not make a handshake");
    }

    #[test]
    fn the_header_comes_before_the_body() {
        let body = br#"{"WebhookId": "74", "ValidationCode": "of-the-body"}"#;
        assert_eq!(code(&head("X-ActiGraph-Hook-Secret: of the header\r\n"), body).unwrap().as_str(), "of the header");
        assert_eq!(code(&head(""), body).unwrap().as_str(), "of-the-body");
        assert_eq!(code(&head("X-ActiGraph-Hook-Secret:\r\n"), body).unwrap().as_str(), "of-the-body");
        assert_eq!(code(&head(""), br#"{"validation_code": 42}"#).unwrap().as_str(), "42");
    }

    #[test]
    fn no_code_is_told_from_an_unsafe_one() {
        assert_eq!(code(&head(""), b"{}"), Err(NoCode::Missing));
        assert_eq!(code(&head(""), b"not json"), Err(NoCode::Missing));
        assert_eq!(code(&head(""), br#"{"ValidationCode": ""}"#), Err(NoCode::Missing));
        assert_eq!(code(&head(""), br#"{"ValidationCode": {"a": 1}}"#), Err(NoCode::Missing));
        for escaped in [r"a\r\nSet-Cookie: b", r"a\u0000b", "é", " a", "a ", r"\t", r"\u007f"] {
            let body = format!(r#"{{"ValidationCode": "{escaped}"}}"#);
            assert_eq!(code(&head(""), body.as_bytes()), Err(NoCode::Unsafe), "{escaped} would not come back as it is");
        }
    }

    #[test]
    fn the_longest_code_has_256_bytes() {
        let of = |length: usize| code(&head(&format!("{HEADER}: {}\r\n", "x".repeat(length))), b"");
        assert_eq!(of(MAX_CODE_BYTES).unwrap().as_str().len(), MAX_CODE_BYTES);
        assert_eq!(of(MAX_CODE_BYTES + 1), Err(NoCode::Unsafe));
    }

    proptest! {
        #[test]
        fn whatever_is_echoed_can_be_a_header(value in any::<Vec<u8>>(), body in any::<Vec<u8>>()) {
            let headers = Headers(vec![crate::Header { name: HEADER.into(), value }]);
            if let Ok(code) = code(&headers, &body) {
                let (_, read) = Headers::read_head(&Headers(vec![crate::Header { name: HEADER.into(), value: code.as_str().into() }]).write_head(b""));
                prop_assert_eq!(read.all(HEADER).collect::<Vec<_>>(), [code.as_str().as_bytes()]);
            }
        }
    }
}
