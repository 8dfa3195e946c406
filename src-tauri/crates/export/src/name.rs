//! The name a new export is offered under.

use crate::time::civil;
use crate::{Format, time};

/// Longest study id that goes into a name, in characters.
const STUDY_MAX: usize = 64;

/// `study-189_events_2026-08-22T1405Z.csv`: the study's id where all exported events have one and the same known from the webhooks, else `events_…`. `now` is microseconds since 1970 UTC.
///
/// Characters of a study id that a file name cannot have everywhere become `-`.
#[must_use]
pub fn default_name(study_id: Option<&str>, format: Format, now: i64) -> String {
    let time::Civil { year, month, day, hour, minute, .. } = civil(now);
    let kind = match format {
        Format::Csv(_) => "csv",
        Format::Xlsx => "xlsx",
        Format::JsonLines => "jsonl",
    };
    let plain = |letter: char| if letter.is_ascii_alphanumeric() || letter == '_' { letter } else { '-' };
    let study: String = study_id.unwrap_or_default().trim().chars().take(STUDY_MAX).map(plain).collect();
    let study = if study.is_empty() { study } else { format!("study-{study}_") };
    format!("{study}events_{year:04}-{month:02}-{day:02}T{hour:02}{minute:02}Z.{kind}")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Profile;

    /// 2026-08-22T14:05:33.123456Z
    const NOW: i64 = 1_787_407_533_123_456;

    #[test]
    fn it_says_the_study_and_the_minute() {
        let csv = Format::Csv(Profile::Excel);
        assert_eq!(default_name(Some("189"), csv, NOW), "study-189_events_2026-08-22T1405Z.csv");
        assert_eq!(default_name(None, csv, NOW), "events_2026-08-22T1405Z.csv");
        assert_eq!(default_name(Some(" "), csv, NOW), "events_2026-08-22T1405Z.csv");
        assert_eq!(default_name(Some("189"), Format::Xlsx, NOW), "study-189_events_2026-08-22T1405Z.xlsx");
        assert_eq!(default_name(Some("1"), Format::JsonLines, NOW), "study-1_events_2026-08-22T1405Z.jsonl");
    }

    #[test]
    fn a_study_id_cannot_lead_elsewhere() {
        let name = default_name(Some("../a\\b:c?\0ü"), Format::JsonLines, NOW);
        assert_eq!(name, "study----a-b-c---_events_2026-08-22T1405Z.jsonl");
        assert!(default_name(Some(&"9".repeat(500)), Format::JsonLines, NOW).len() < 128);
    }
}
