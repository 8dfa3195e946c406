//! Bytes as text: digests, and bodies that may not be text at all.

use std::borrow::Cow;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use centrepoint::BodyDigest;

/// A body as one cell: as it is where it is UTF-8, else `base64:` and its base64 (standard alphabet, padded).
pub(crate) fn body(bytes: &[u8]) -> Cow<'_, str> {
    match std::str::from_utf8(bytes) {
        Ok(text) => Cow::Borrowed(text),
        Err(_) => Cow::Owned(format!("base64:{}", STANDARD.encode(bytes))),
    }
}

/// A digest as 64 lower-case hexadecimal digits.
pub(crate) fn hex(digest: &BodyDigest) -> [u8; 64] {
    const DIGITS: [u8; 16] = *b"0123456789abcdef";
    let mut digits = [0; 64];
    for (pair, byte) in digits.chunks_exact_mut(2).zip(digest.0) {
        pair[0] = DIGITS[usize::from(byte >> 4)];
        pair[1] = DIGITS[usize::from(byte & 15)];
    }
    digits
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hex_is_the_digest_as_it_displays() {
        let digest = BodyDigest::of(b"{}");
        assert_eq!(String::from_utf8(hex(&digest).to_vec()).unwrap(), digest.to_string());
    }

    #[test]
    fn a_body_that_is_text_stays_and_another_says_what_it_is() {
        assert_eq!(body("{\"ü\": 1}\r\n\0".as_bytes()), "{\"ü\": 1}\r\n\0");
        assert_eq!(body(b""), "");
        assert_eq!(body(b"\xff\xfe{"), "base64://57");
    }
}
