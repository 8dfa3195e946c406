//! What a body says: the five known kinds and unknown ones, read into one [`Event`].
//!
//! Top-level fields are read as raw JSON and converted one by one, so a strange value costs that field alone
//! and ids keep their exact digits. What an event means for an upload or a problem is `study`'s business.

mod kind;
mod read;
mod words;

pub use kind::EventKind;
pub use read::read;
pub use words::searchable_text;

/// One event's fields, all text as sent; `None` where absent, null, empty or of a type that makes no sense there.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Event {
    /// What kind of event it is.
    pub kind: EventKind,
    /// `status` or `request_status`, lower case.
    pub status: Option<String>,
    /// `studyId` / `study_id`.
    pub study_id: Option<String>,
    /// `siteId` / `site_id`.
    pub site_id: Option<String>,
    /// `subjectId` / `subject_id`.
    pub subject_id: Option<String>,
    /// `subjectIdentifier` / `subject_identifier`.
    pub subject_identifier: Option<String>,
    /// `uploadId` / `upload_id`.
    pub upload_id: Option<String>,
    /// The monitor's serial when there is exactly one: `monitor_serial`, the one among `activityMonitorSerials`, or the
    /// one among `files[]`. The same serial several times is one.
    pub monitor_serial: Option<String>,
    /// `message` or `error_message`.
    pub message: Option<String>,
    /// `firstEpochUTC` as sent.
    pub first_epoch_utc: Option<String>,
    /// `firstEpochSubjectTZ` as sent.
    pub first_epoch_subject: Option<String>,
    /// `lastEpochUTC` as sent.
    pub last_epoch_utc: Option<String>,
    /// `lastEpochSubjectTZ` as sent.
    pub last_epoch_subject: Option<String>,
    /// `tracking_id` of a data retrieval.
    pub tracking_id: Option<String>,
    /// `min_event_timestamp` as sent (raw processing).
    pub min_event_timestamp: Option<String>,
    /// `max_event_timestamp` as sent (raw processing).
    pub max_event_timestamp: Option<String>,
    /// `date` of a daily statistic, subject's zone, as sent.
    pub date: Option<String>,
    /// Wear minutes of a daily statistic (`epochAggregation.wearMinutes` or `wearMinutes`), as sent.
    pub wear_minutes: Option<String>,
}

impl Event {
    /// The subject's day (`2026-08-21`) and the minutes worn on it, from a daily statistic of either kind. `None` where one of them is
    /// missing or makes no sense (no day of the calendar, no number of minutes a day can have): no data is not zero.
    #[must_use]
    pub fn wear(&self) -> Option<(&str, i64)> {
        if !matches!(self.kind, EventKind::DailyStatisticsComplete | EventKind::Cp2DailyStatisticsComplete) {
            return None;
        }
        // A time behind the day is passed over: the day is the subject's own.
        let date = self.date.as_deref()?;
        let day = date.get(..10).filter(|_| date.len() == 10 || date.as_bytes().get(10) == Some(&b'T'))?;
        day.parse::<jiff::civil::Date>().ok()?;
        let minutes: f64 = self.wear_minutes.as_deref()?.parse().ok()?;
        #[expect(clippy::cast_possible_truncation, reason = "at most a day's minutes")]
        (0.0..=MINUTES_OF_A_DAY).contains(&minutes).then(|| (day, minutes.round() as i64))
    }
}

/// Minutes of the longest day a statistic can be about: 25 hours, where clocks go back.
const MINUTES_OF_A_DAY: f64 = 1_500.0;

/// Why a body is not an event.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Unreadable {
    /// Not UTF-8.
    #[error("the body is not UTF-8 text")]
    NotUtf8,
    /// Not JSON.
    #[error("the body is not JSON")]
    NotJson,
    /// JSON, but not an object.
    #[error("the body is JSON, but not an object")]
    NotAnObject,
}

/// Whether `body` is a JSON object (a UTF-8 BOM before it is fine), without reading its fields. Linear time, no recursion.
///
/// # Errors
/// Why it is not.
pub fn is_object(body: &[u8]) -> Result<(), Unreadable> {
    crate::json::check_object(crate::json::text(body)?)
}

#[cfg(test)]
mod tests;
