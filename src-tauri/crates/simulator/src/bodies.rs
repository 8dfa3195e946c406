//! The bodies of the five kinds, field by field in the vendor's order and spelling.

use jiff::Timestamp;
use serde::{Serialize, Serializer};

use crate::subjects::Subject;

/// An id as most events have it: a number where it looks like one and survives being one, else text.
pub(crate) struct Id<'a>(pub(crate) &'a str);

impl Serialize for Id<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self.0.parse::<u64>() {
            Ok(number) if number.to_string() == self.0 => serializer.serialize_u64(number),
            _ => serializer.serialize_str(self.0),
        }
    }
}

/// `2016-06-14T20:46:00.0000000`: how `upload` writes a time.
pub(crate) fn seven_digits(instant: Timestamp) -> String {
    instant.strftime("%Y-%m-%dT%H:%M:%S.0000000").to_string()
}

/// With `Z` or, where `plus` is set, `+00:00`: how the other events write a time.
pub(crate) fn with_zone(instant: Timestamp, plus: bool) -> String {
    format!("{}{}", instant.strftime("%Y-%m-%dT%H:%M:%S"), if plus { "+00:00" } else { "Z" })
}

/// The day of `instant` as a daily statistic names it.
pub(crate) fn day(instant: Timestamp) -> String {
    instant.strftime("%Y-%m-%dT00:00:00").to_string()
}

/// The JSON of a body.
pub(crate) fn json(body: &impl Serialize) -> Vec<u8> {
    serde_json::to_vec(body).expect("the bodies are plain structs of text and numbers, which are always JSON")
}

/// `upload`. All ids are strings here.
#[derive(Serialize, Default)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Upload<'a> {
    #[serde(rename = "uploadId")]
    pub(crate) id: String,
    pub(crate) study_id: &'a str,
    pub(crate) subject_id: String,
    pub(crate) status: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) message: Option<&'a str>,
    #[serde(flatten)]
    pub(crate) epochs: Option<Epochs>,
}

/// What a completed upload holds, in the study's time and the subject's.
#[derive(Serialize)]
pub(crate) struct Epochs {
    #[serde(rename = "firstEpochUTC")]
    first_utc: String,
    #[serde(rename = "firstEpochSubjectTZ")]
    first_subject: String,
    #[serde(rename = "lastEpochUTC")]
    last_utc: String,
    #[serde(rename = "lastEpochSubjectTZ")]
    last_subject: String,
}

impl Epochs {
    pub(crate) fn of(subject: &Subject, first: Timestamp, last: Timestamp) -> Self {
        Self {
            first_utc: seven_digits(first),
            first_subject: seven_digits(subject.local(first)),
            last_utc: seven_digits(last),
            last_subject: seven_digits(subject.local(last)),
        }
    }
}

/// `raw_processing_complete`.
#[derive(Serialize)]
pub(crate) struct RawProcessing<'a> {
    pub(crate) study_id: Id<'a>,
    pub(crate) subject_id: u32,
    pub(crate) subject_identifier: &'a str,
    pub(crate) monitor_serial: &'a str,
    pub(crate) created_at_utc: String,
    pub(crate) min_event_timestamp: String,
    pub(crate) max_event_timestamp: String,
    pub(crate) status: &'a str,
    pub(crate) error_message: Option<&'a str>,
}

/// `data_retrieval_complete`.
#[derive(Serialize)]
pub(crate) struct DataRetrieval<'a> {
    pub(crate) client_id: u32,
    pub(crate) tracking_id: String,
    pub(crate) study_id: Id<'a>,
    pub(crate) subject_id: u32,
    pub(crate) subject_identifier: &'a str,
    pub(crate) created_at_utc: String,
    pub(crate) started_at_utc: String,
    pub(crate) completed_at_utc: String,
    pub(crate) request_status: &'a str,
    pub(crate) error_message: Option<&'a str>,
    pub(crate) files: Vec<Retrieved<'a>>,
}

/// A file of a data retrieval.
#[derive(Serialize)]
pub(crate) struct Retrieved<'a> {
    pub(crate) monitor_serial: Option<&'a str>,
    pub(crate) file_type: &'a str,
    pub(crate) min_event_timestamp: String,
    pub(crate) max_event_timestamp: String,
    pub(crate) file_size: u64,
    pub(crate) file_index: u32,
    pub(crate) file_name: String,
}

/// `daily_statistics_complete`.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct DailyStatistics<'a> {
    pub(crate) id: u64,
    pub(crate) study_id: Id<'a>,
    pub(crate) site_id: u32,
    pub(crate) subject_id: u32,
    pub(crate) subject_identifier: &'a str,
    pub(crate) date: String,
    pub(crate) activity_monitor_serials: [&'a str; 1],
    pub(crate) epoch_aggregation: EpochAggregation,
    pub(crate) freedson_aggregations: [Named<'a>; 4],
}

/// The figures of a day.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct EpochAggregation {
    pub(crate) wear_minutes: u32,
    pub(crate) non_wear_minutes: u32,
    pub(crate) sleep_minutes: u32,
    pub(crate) awake_minutes: u32,
    pub(crate) wear_awake_minutes: u32,
    pub(crate) wear_sleep_minutes: u32,
    pub(crate) total_non_filtered_minutes: u32,
    pub(crate) x_counts: u64,
    pub(crate) y_counts: u64,
    pub(crate) z_counts: u64,
}

/// `cp2_daily_statistics_complete`.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Cp2DailyStatistics<'a> {
    pub(crate) study_id: Id<'a>,
    pub(crate) subject_id: u32,
    pub(crate) site_id: u32,
    pub(crate) day_stat_id: u64,
    pub(crate) subject_identifier: &'a str,
    pub(crate) date: String,
    pub(crate) epochs: u32,
    pub(crate) steps: u32,
    pub(crate) calories: f64,
    pub(crate) mets: f64,
    pub(crate) mvpa: u32,
    pub(crate) total_minutes: u32,
    pub(crate) wear_minutes: u32,
    pub(crate) awake_wear_minutes: u32,
    pub(crate) bouts: [Named<'a>; 2],
    pub(crate) cutpoints: [Named<'a>; 4],
}

/// A named count.
#[derive(Serialize, Clone, Copy)]
pub(crate) struct Named<'a> {
    pub(crate) name: &'a str,
    pub(crate) count: u32,
}
