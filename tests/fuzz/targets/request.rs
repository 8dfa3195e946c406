//! From the bytes of a request to a verified one: accepted is exactly what a second, plainer reading of the rules accepts.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use centrepoint::authentication::sign;
use centrepoint::headers::{self, Header};
use centrepoint::{Credentials, Headers, Secret, TokenRequest, Unverified, handshake};

const SECRET: &str = "B3`MlG4sJR.X^-%w=oG_UrNBEpszl?";
const USERNAME: &str = "coordinator";

/// The first byte says which true credentials are put beside those in `data`: without that, none would ever be found. Then a head, an
/// empty line and a body.
pub(crate) fn check(data: &[u8]) {
    let Some((choice, message)) = data.split_first() else { return };
    let end = message.windows(4).position(|four| four == b"\r\n\r\n").unwrap_or(message.len());
    let (head, body) = (&message[..end], message.get(end + 4..).unwrap_or_default());
    let (request_line, mut headers) = Headers::read_head(head);
    let secret = || Secret::new(SECRET);
    let pair = STANDARD.encode(format!("{USERNAME}:{SECRET}"));
    match choice {
        b's' => headers.0.push(header(headers::SIGNATURE, sign(&secret(), body))),
        b'b' => headers.0.push(header("authorization", format!("Basic {pair}"))),
        b't' => headers.0.push(header("AUTHORIZATION", "bearer abc.def".to_owned())),
        _ => {}
    }
    let request = Unverified { headers: &headers, body };

    let signatures: Vec<&[u8]> = headers.all(headers::SIGNATURE).collect();
    let signed = signatures == [sign(&secret(), body).as_bytes()];
    assert_eq!(request.verify(&Credentials::Hmac { passcode: secret() }).is_ok(), signed);

    let authorizations: Vec<&[u8]> = headers.all("Authorization").collect();
    let named = authorizations.len() == 1 && behind(authorizations[0], b"basic ") == Some(pair.as_bytes());
    let basic = Credentials::Basic { username: USERNAME.to_owned(), password: secret() };
    assert_eq!(request.verify(&basic).is_ok(), named);

    let bearer = authorizations.len() == 1 && behind(authorizations[0], b"bearer ") == Some(b"abc.def");
    let known = |token: &[u8]| if token == b"abc.def" { Ok(()) } else { Err(centrepoint::Refusal::TokenUnknown) };
    assert_eq!(request.verify_token(known).is_ok(), bearer);

    kept(&request_line, &headers);
    echoed(&headers, body);
    if let Ok(token) = TokenRequest::read(&headers, body) {
        let _ = token.scope();
        assert!(!token.is_from(USERNAME, &Secret::new("another")) || !token.is_from(USERNAME, &secret()));
    }
}

fn header(name: &str, value: String) -> Header {
    Header { name: name.into(), value: value.into_bytes() }
}

/// What stands behind a scheme, whatever its casing, and the spaces after it.
fn behind<'a>(value: &'a [u8], scheme: &[u8]) -> Option<&'a [u8]> {
    let (begin, rest) = value.split_at_checked(scheme.len())?;
    begin.eq_ignore_ascii_case(scheme).then(|| rest.trim_ascii_start())
}

/// What is kept of a head has no credentials, and reads back as it was written.
fn kept(request_line: &[u8], headers: &Headers) {
    let masked = headers.masked();
    for value in masked.all("Authorization").chain(masked.all("Proxy-Authorization")) {
        let word = value.to_ascii_lowercase();
        assert!([&b"***"[..], b"basic ***", b"bearer ***"].contains(&word.as_slice()), "{}", value.escape_ascii());
    }
    assert_eq!(masked.0.len(), headers.0.len());
    // Once over, since a carriage return at an end is a space by then, and so no part of the value.
    let written = Headers::read_head(&masked.write_head(request_line));
    let once = written.1.write_head(&written.0);
    let (line, read) = Headers::read_head(&once);
    assert_eq!(read.write_head(&line), once);
}

/// A code that is echoed fits into a header.
fn echoed(headers: &Headers, body: &[u8]) {
    if let Ok(code) = handshake::code(headers, body) {
        let code = code.as_str().as_bytes();
        assert!((1..=handshake::MAX_CODE_BYTES).contains(&code.len()));
        assert!(code.iter().all(|byte| (0x20..0x7f).contains(byte)));
    }
}
