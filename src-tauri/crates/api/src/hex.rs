//! Digests as people read them.

use std::fmt::Write as _;

/// 64 lower-case hexadecimal digits.
pub(crate) fn hex(digest: [u8; 32]) -> String {
    digest.iter().fold(String::with_capacity(64), |mut text, byte| {
        // Writing into a text cannot fail.
        let _ = write!(text, "{byte:02x}");
        text
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_byte_is_two_digits() {
        let mut digest = [0; 32];
        (digest[0], digest[31]) = (1, 255);
        assert_eq!(hex(digest), format!("01{}ff", "00".repeat(30)));
    }
}
