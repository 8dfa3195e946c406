//! Instants as text, written digit by digit: an export formats millions of them. Zones come from jiff, one look-up a quarter of an hour.

use jiff::Timestamp;
use jiff::tz::TimeZone;

const SECOND: i64 = 1_000_000;
const DAY: i64 = 86_400 * SECOND;
/// How long an offset is taken to hold once both ends of the slice have it. Zones change on quarters of an hour.
const SLICE: i64 = 900 * SECOND;

/// A date and a time of day, no zone. Years 0000 to 9999.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Civil {
    pub(crate) year: i64,
    pub(crate) month: i64,
    pub(crate) day: i64,
    pub(crate) hour: i64,
    pub(crate) minute: i64,
    pub(crate) second: i64,
    pub(crate) micro: i64,
}

/// The earliest and latest instants that can be written: years 0000 to 9999.
const FIRST: i64 = -62_167_219_200 * SECOND;
const LAST: i64 = 253_402_300_800 * SECOND - 1;

/// `micros` since 1970 on the calendar of UTC. Instants outside of years 0000 to 9999 become the nearest one within.
pub(crate) fn civil(micros: i64) -> Civil {
    let micros = micros.clamp(FIRST, LAST);
    let (days, rest) = (micros.div_euclid(DAY), micros.rem_euclid(DAY));
    // Days counted from 0000-03-01, so that the leap day is the last of its year; 146,097 days are 400 years.
    let shifted = days + 719_468;
    let (era, of_era) = (shifted.div_euclid(146_097), shifted.rem_euclid(146_097));
    let year_of_era = (of_era - of_era / 1_460 + of_era / 36_524 - of_era / 146_096) / 365;
    let day_of_year = of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let from_march = (5 * day_of_year + 2) / 153;
    let month = if from_march < 10 { from_march + 3 } else { from_march - 9 };
    Civil {
        year: era * 400 + year_of_era + i64::from(month <= 2),
        month,
        day: day_of_year - (153 * from_march + 2) / 5 + 1,
        hour: rest / (3_600 * SECOND),
        minute: rest / (60 * SECOND) % 60,
        second: rest / SECOND % 60,
        micro: rest % SECOND,
    }
}

/// Appends `2026-08-22T14:05:33.123456Z`.
pub(crate) fn push_utc(out: &mut Vec<u8>, micros: i64) {
    let civil = civil(micros);
    push_seconds(out, civil, b'T');
    push_fraction(out, civil.micro);
    out.push(b'Z');
}

/// Appends `2026-08-22T16:05:33.123456+02:00`, for an offset in seconds.
pub(crate) fn push_rfc3339(out: &mut Vec<u8>, micros: i64, offset: i32) {
    let civil = civil(micros.saturating_add(i64::from(offset) * SECOND));
    push_seconds(out, civil, b'T');
    push_fraction(out, civil.micro);
    push_offset(out, offset);
}

/// Appends `2026-08-22 16:05:33`, for an offset in seconds.
pub(crate) fn push_spreadsheet(out: &mut Vec<u8>, micros: i64, offset: i32) {
    push_seconds(out, civil(micros.saturating_add(i64::from(offset) * SECOND)), b' ');
}

/// Appends `+02:00`. Seconds of an offset (before standard time) are left out, as RFC 3339 has no room for them.
fn push_offset(out: &mut Vec<u8>, offset: i32) {
    let minutes = i64::from(offset).abs() / 60;
    out.push(if offset < 0 { b'-' } else { b'+' });
    push_two(out, minutes / 60);
    out.push(b':');
    push_two(out, minutes % 60);
}

fn push_seconds(out: &mut Vec<u8>, civil: Civil, between: u8) {
    push_two(out, civil.year / 100);
    push_two(out, civil.year % 100);
    out.push(b'-');
    push_two(out, civil.month);
    out.push(b'-');
    push_two(out, civil.day);
    out.push(between);
    push_two(out, civil.hour);
    out.push(b':');
    push_two(out, civil.minute);
    out.push(b':');
    push_two(out, civil.second);
}

fn push_fraction(out: &mut Vec<u8>, micro: i64) {
    out.push(b'.');
    push_two(out, micro / 10_000);
    push_two(out, micro / 100 % 100);
    push_two(out, micro % 100);
}

/// The last two decimal digits of `number`, which is not negative.
fn push_two(out: &mut Vec<u8>, number: i64) {
    out.push(digit(number / 10 % 10));
    out.push(digit(number % 10));
}

fn digit(number: i64) -> u8 {
    b'0' + u8::try_from(number).unwrap_or_default()
}

/// A zone, its name for the column, and the offset that held last.
#[derive(Debug, Clone)]
pub(crate) struct Zone {
    rules: TimeZone,
    name: String,
    slice: i64,
    offset: i32,
}

impl Zone {
    pub(crate) fn new(zone: TimeZone) -> Self {
        let name = match (zone.iana_name(), zone.to_fixed_offset()) {
            (Some(name), _) => name.to_owned(),
            (None, Ok(offset)) => {
                let mut name = Vec::new();
                push_offset(&mut name, offset.seconds());
                String::from_utf8_lossy(&name).into_owned()
            }
            (None, Err(_)) => String::new(),
        };
        Self { rules: zone, name, slice: i64::MIN, offset: 0 }
    }

    /// Its IANA name, else its offset (`+02:00`) where that is fixed, else empty.
    pub(crate) fn name(&self) -> &str {
        &self.name
    }

    /// The offset from UTC at `micros`, in seconds.
    pub(crate) fn offset(&mut self, micros: i64) -> i32 {
        let slice = micros.div_euclid(SLICE);
        if slice != self.slice {
            let begin = self.look_up(slice.saturating_mul(SLICE));
            let end = self.look_up(slice.saturating_mul(SLICE).saturating_add(SLICE - 1));
            if begin != end {
                return self.look_up(micros);
            }
            (self.slice, self.offset) = (slice, begin);
        }
        self.offset
    }

    fn look_up(&self, micros: i64) -> i32 {
        Timestamp::from_microsecond(micros).map_or(0, |instant| self.rules.to_offset(instant).seconds())
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn text(push: impl FnOnce(&mut Vec<u8>)) -> String {
        let mut out = Vec::new();
        push(&mut out);
        String::from_utf8(out).unwrap()
    }

    /// 2026-08-22T14:05:33.123456Z
    const NOW: i64 = 1_787_407_533_123_456;

    #[test]
    fn the_forms() {
        assert_eq!(text(|out| push_utc(out, NOW)), "2026-08-22T14:05:33.123456Z");
        assert_eq!(text(|out| push_rfc3339(out, NOW, 7_200)), "2026-08-22T16:05:33.123456+02:00");
        assert_eq!(text(|out| push_rfc3339(out, NOW, -12_600)), "2026-08-22T10:35:33.123456-03:30");
        assert_eq!(text(|out| push_spreadsheet(out, NOW, 7_200)), "2026-08-22 16:05:33");
        assert_eq!(text(|out| push_utc(out, i64::MAX)), "9999-12-31T23:59:59.999999Z");
        assert_eq!(text(|out| push_utc(out, i64::MIN)), "0000-01-01T00:00:00.000000Z");
    }

    #[test]
    fn zones_have_a_name() {
        assert_eq!(Zone::new(TimeZone::get("Europe/Berlin").unwrap()).name(), "Europe/Berlin");
        assert_eq!(Zone::new(TimeZone::UTC).name(), "UTC");
        assert_eq!(Zone::new(TimeZone::fixed(jiff::tz::offset(-5))).name(), "-05:00");
    }

    proptest! {
        #[test]
        fn utc_is_what_jiff_says(micros in -62_135_596_800_000_000_i64..253_402_207_200_000_000) {
            let expected = format!("{:.6}", Timestamp::from_microsecond(micros).unwrap());
            prop_assert_eq!(text(|out| push_utc(out, micros)), expected);
        }

        #[test]
        fn offsets_are_what_jiff_says(around in 0_i64..4_102_444_800, steps in proptest::collection::vec(-4_000_i64..4_000, 1..40)) {
            // Chatham: offsets of quarters of an hour, summer time in the south.
            let chatham = TimeZone::get("Pacific/Chatham").unwrap();
            let mut zone = Zone::new(chatham.clone());
            for step in steps {
                let micros = (around + step) * SECOND;
                let expected = chatham.to_offset(Timestamp::from_microsecond(micros).unwrap()).seconds();
                prop_assert_eq!(zone.offset(micros), expected);
            }
        }

        #[test]
        fn no_instant_panics(micros in any::<i64>(), offset in -93_599_i32..=93_599) {
            text(|out| push_rfc3339(out, micros, offset));
            text(|out| push_spreadsheet(out, micros, offset));
            Zone::new(TimeZone::get("America/New_York").unwrap()).offset(micros);
        }
    }
}
