//! Instants as the wire has them: microseconds since 1970 UTC in the rows, RFC 3339 with six digits outside.

use jiff::Timestamp;

/// `2026-08-22T14:05:33.123456Z`. What lies outside the years jiff knows is shown as the nearest instant it does know.
#[must_use]
pub fn rfc3339(micros: i64) -> String {
    format!("{:.6}", instant(micros))
}

/// The instant of `micros`, clamped to the years jiff knows.
#[must_use]
pub fn instant(micros: i64) -> Timestamp {
    let nearest = if micros < 0 { Timestamp::MIN } else { Timestamp::MAX };
    Timestamp::from_microsecond(micros).unwrap_or(nearest)
}

/// Microseconds of an RFC 3339 text; `None` when it is not one.
#[must_use]
pub fn micros(text: &str) -> Option<i64> {
    text.parse::<Timestamp>().ok().map(Timestamp::as_microsecond)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn six_digits_always_and_back_again() {
        assert_eq!(rfc3339(0), "1970-01-01T00:00:00.000000Z");
        assert_eq!(rfc3339(1_787_407_533_123_456), "2026-08-22T14:05:33.123456Z");
        assert_eq!(micros("2026-08-22T14:05:33.123456Z"), Some(1_787_407_533_123_456));
        assert_eq!(micros("2026-08-22T16:05:33.123456+02:00"), Some(1_787_407_533_123_456));
        assert_eq!(micros("yesterday"), None);
    }

    #[test]
    fn no_number_is_out_of_reach() {
        assert_eq!(rfc3339(i64::MIN), rfc3339(Timestamp::MIN.as_microsecond()));
        assert_eq!(rfc3339(i64::MAX), rfc3339(Timestamp::MAX.as_microsecond()));
    }
}
