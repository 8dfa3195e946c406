//! What a body says: the five known kinds and unknown ones, read into one [`Event`].
//!
//! Top-level fields are read as raw JSON and converted one by one, so a strange value costs that field alone
//! and ids keep their exact digits. What an event means for an upload or a problem is `study`'s business.

use std::fmt;

/// The kind of an event, from `X-ActiGraph-Event`, else guessed from the body's fields.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum EventKind {
    /// `upload`: the final step of the pipeline.
    Upload,
    /// `raw_processing_complete`: the first step.
    RawProcessingComplete,
    /// `data_retrieval_complete`.
    DataRetrievalComplete,
    /// `daily_statistics_complete`.
    DailyStatisticsComplete,
    /// `cp2_daily_statistics_complete`.
    Cp2DailyStatisticsComplete,
    /// `validation`: the handshake.
    Validation,
    /// A name this version does not know, as sent.
    Unknown(String),
}

impl EventKind {
    /// The kind a name stands for; known names in any casing.
    #[must_use]
    pub fn from_name(_name: &str) -> Self {
        todo!()
    }

    /// The name, as CentrePoint writes it.
    #[must_use]
    pub fn as_str(&self) -> &str {
        todo!()
    }
}

impl fmt::Display for EventKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// One event's fields, all text as sent; `None` where absent, null or of a type that makes no sense there.
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
    /// The monitor's serial when there is exactly one: `monitor_serial`, one entry of `activityMonitorSerials`, or the one serial among `files[]`.
    pub monitor_serial: Option<String>,
    /// `message` or `error_message`.
    pub message: Option<String>,
    /// `firstEpochUTC` as sent (upload; also `min_event_timestamp`? no: only what the field names say).
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
pub fn is_object(_body: &[u8]) -> Result<(), Unreadable> {
    todo!()
}

/// Reads `body` as the event `name` announces (the header's event name).
///
/// # Errors
/// When the body is not a JSON object.
pub fn read(_name: Option<&str>, _body: &[u8]) -> Result<Event, Unreadable> {
    todo!()
}

/// The words worth finding in a body: every string and number among its values (keys left out), separated by spaces, at most `limit` bytes. Empty when unreadable.
#[must_use]
pub fn searchable_text(_body: &[u8], _limit: usize) -> String {
    todo!()
}
