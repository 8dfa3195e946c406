//! Times as the vendor writes them, and the instant they mean where that can be known.

use jiff::civil::DateTime;
use jiff::{Timestamp, tz::TimeZone};

/// Microseconds since 1970-01-01T00:00:00Z of a vendor time that is UTC: `2016-06-14T20:46:00.0000000` (a `…UTC` field, no zone),
/// `…Z` or `…+00:00` or any other offset. `None` where it is not such a time. Subject-local times have no usable zone: do not pass them.
/// Digits beyond the microsecond are cut off, not rounded.
#[must_use]
pub fn utc_micros(text: &str) -> Option<i64> {
    let text = text.trim();
    // A date alone is a day, not an instant.
    let (_, time) = text.split_once(['T', 't', ' ']).filter(|(_, time)| !time.is_empty())?;
    let has_zone = time.contains(['Z', 'z', '+', '-', '[']);
    let instant: Timestamp =
        if has_zone { text.parse().ok()? } else { TimeZone::UTC.to_timestamp(text.parse::<DateTime>().ok()?).ok()? };
    i64::try_from(instant.as_nanosecond().div_euclid(1_000)).ok()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// 2016-06-14T20:46:00Z.
    const INSTANT: i64 = 1_465_937_160_000_000;

    #[test]
    fn every_variant_the_vendor_writes_is_the_same_instant() {
        for text in [
            "2016-06-14T20:46:00.0000000",
            "2016-06-14T20:46:00",
            "2016-06-14T20:46:00Z",
            "2016-06-14T20:46:00.000+00:00",
            "2016-06-14T22:46:00.0000000+02:00",
            "2016-06-14 20:46:00Z",
        ] {
            assert_eq!(utc_micros(text), Some(INSTANT), "{text}");
        }
    }

    #[test]
    fn the_seventh_digit_is_cut_off() {
        assert_eq!(utc_micros("2016-06-14T20:46:00.1234569"), Some(INSTANT + 123_456));
        assert_eq!(utc_micros("1969-12-31T23:59:59.9999999Z"), Some(-1), "before 1970 too, towards the past");
    }

    #[test]
    fn what_is_not_an_instant_is_none() {
        for text in [
            "",
            "T",
            "2016-06-14",
            "2016-06-14T",
            "20:46:00",
            "2016-13-14T20:46:00Z",
            "2016-02-30T00:00:00",
            "soon",
            "0",
        ] {
            assert_eq!(utc_micros(text), None, "{text}");
        }
    }

    proptest! {
        #[test]
        fn any_text_is_read_without_panic(text in any::<String>(), digits in "[0-9TZ:.+ -]{0,40}") {
            let _ = utc_micros(&text);
            let _ = utc_micros(&digits);
        }

        #[test]
        fn an_instant_reads_back(micros in -60_000_000_000_000_000_i64..200_000_000_000_000_000) {
            let instant = Timestamp::from_microsecond(micros).unwrap();
            prop_assert_eq!(utc_micros(&instant.to_string()), Some(micros));
            let bare = instant.to_string();
            prop_assert_eq!(utc_micros(bare.trim_end_matches('Z')), Some(micros));
        }
    }
}
