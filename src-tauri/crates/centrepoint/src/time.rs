//! Times as the vendor writes them, and the instant they mean where that can be known.

/// Microseconds since 1970-01-01T00:00:00Z of a vendor time that is UTC: `2016-06-14T20:46:00.0000000` (a `…UTC` field, no zone),
/// `…Z` or `…+00:00` or any other offset. `None` where it is not such a time. Subject-local times have no usable zone: do not pass them.
#[must_use]
pub fn utc_micros(_text: &str) -> Option<i64> {
    todo!()
}
