//! The hash chain: what each row's link covers, and how.
//!
//! Link = SHA-256(previous link, 32 zero bytes at first ‖ version byte 1 ‖ sequence ‖ at ‖ each other column as length and bytes).
//! Numbers are 8 bytes big-endian; the length of a column that is absent is 2^64 - 1. The body goes in by its SHA-256, which is a
//! column of its own: `verify` checks that one against the body.

use sha2::{Digest, Sha256};

/// The link before the first row.
pub(crate) const START: [u8; 32] = [0; 32];
const VERSION: u8 = 1;

/// What a link covers, borrowed from wherever the row is.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Link<'a> {
    pub(crate) sequence: i64,
    pub(crate) at: i64,
    pub(crate) kind: &'a [u8],
    pub(crate) webhook: Option<&'a [u8]>,
    pub(crate) authentication: Option<&'a [u8]>,
    pub(crate) source_ip: Option<&'a [u8]>,
    pub(crate) head: Option<&'a [u8]>,
    pub(crate) body_sha256: &'a [u8],
}

impl Link<'_> {
    /// This row's link after `previous`.
    pub(crate) fn after(&self, previous: &[u8; 32]) -> [u8; 32] {
        let mut hash = Sha256::new();
        hash.update(previous);
        hash.update([VERSION]);
        hash.update(self.sequence.to_be_bytes());
        hash.update(self.at.to_be_bytes());
        let columns =
            [Some(self.kind), self.webhook, self.authentication, self.source_ip, self.head, Some(self.body_sha256)];
        for column in columns {
            let length = column.map_or(u64::MAX, |bytes| bytes.len() as u64);
            hash.update(length.to_be_bytes());
            hash.update(column.unwrap_or_default());
        }
        hash.finalize().into()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn link() -> Link<'static> {
        Link {
            sequence: 1,
            at: 2,
            kind: b"arrival",
            webhook: Some(b"ab"),
            authentication: Some(b"c"),
            source_ip: None,
            head: Some(b""),
            body_sha256: &[9; 32],
        }
    }

    #[test]
    fn the_encoding_never_changes() {
        // Logs in the field are verified against it for ever.
        insta::assert_snapshot!(centrepoint::BodyDigest(link().after(&START)));
    }

    #[test]
    fn columns_cannot_flow_into_each_other() {
        let moved = Link { webhook: Some(b"a"), authentication: Some(b"bc"), ..link() };
        assert_ne!(link().after(&START), moved.after(&START));
        let absent = Link { head: None, ..link() };
        assert_ne!(link().after(&START), absent.after(&START), "absent is not empty");
    }
}
