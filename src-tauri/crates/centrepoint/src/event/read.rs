//! From a body's bytes to an [`Event`], in one pass over its top-level fields.

use std::borrow::Cow;

use super::{Event, EventKind, Unreadable};
use crate::json;

/// Longest key that is looked at, underscores left out; every known one is shorter.
const MAX_KEY_BYTES: usize = 24;

/// The raw values of the fields an [`Event`] is made of; the last of a repeated key stands.
#[derive(Default)]
struct Fields<'a> {
    status: Option<&'a str>,
    request_status: Option<&'a str>,
    study_id: Option<&'a str>,
    site_id: Option<&'a str>,
    subject_id: Option<&'a str>,
    subject_identifier: Option<&'a str>,
    upload_id: Option<&'a str>,
    monitor_serial: Option<&'a str>,
    activity_monitor_serials: Option<&'a str>,
    files: Option<&'a str>,
    message: Option<&'a str>,
    error_message: Option<&'a str>,
    first_epoch_utc: Option<&'a str>,
    first_epoch_subject: Option<&'a str>,
    last_epoch_utc: Option<&'a str>,
    last_epoch_subject: Option<&'a str>,
    tracking_id: Option<&'a str>,
    created_at_utc: Option<&'a str>,
    min_event_timestamp: Option<&'a str>,
    max_event_timestamp: Option<&'a str>,
    date: Option<&'a str>,
    day_stat_id: Option<&'a str>,
    epoch_aggregation: Option<&'a str>,
    wear_minutes: Option<&'a str>,
}

impl<'a> Fields<'a> {
    fn read(text: &'a str) -> Result<Self, Unreadable> {
        let mut fields = Self::default();
        json::for_each_field(text, |key, value| {
            if let Some(slot) = fields.slot(key) {
                *slot = Some(value);
            }
        })?;
        Ok(fields)
    }

    /// Where the value of `key` goes, whatever its casing and with or without underscores.
    fn slot(&mut self, key: &str) -> Option<&mut Option<&'a str>> {
        let mut plain = [0; MAX_KEY_BYTES];
        Some(match plain_key(key, &mut plain)? {
            b"status" => &mut self.status,
            b"requeststatus" => &mut self.request_status,
            b"studyid" => &mut self.study_id,
            b"siteid" => &mut self.site_id,
            b"subjectid" => &mut self.subject_id,
            b"subjectidentifier" => &mut self.subject_identifier,
            b"uploadid" => &mut self.upload_id,
            b"monitorserial" => &mut self.monitor_serial,
            b"activitymonitorserials" => &mut self.activity_monitor_serials,
            b"files" => &mut self.files,
            b"message" => &mut self.message,
            b"errormessage" => &mut self.error_message,
            b"firstepochutc" => &mut self.first_epoch_utc,
            b"firstepochsubjecttz" => &mut self.first_epoch_subject,
            b"lastepochutc" => &mut self.last_epoch_utc,
            b"lastepochsubjecttz" => &mut self.last_epoch_subject,
            b"trackingid" => &mut self.tracking_id,
            b"createdatutc" => &mut self.created_at_utc,
            b"mineventtimestamp" => &mut self.min_event_timestamp,
            b"maxeventtimestamp" => &mut self.max_event_timestamp,
            b"date" => &mut self.date,
            b"daystatid" => &mut self.day_stat_id,
            b"epochaggregation" => &mut self.epoch_aggregation,
            b"wearminutes" => &mut self.wear_minutes,
            _ => return None,
        })
    }

    /// The kind these fields belong to, where the header does not say. The presence of a field counts, not its value.
    fn guess(&self) -> EventKind {
        if self.upload_id.is_some() {
            EventKind::Upload
        } else if self.request_status.is_some() {
            EventKind::DataRetrievalComplete
        } else if self.day_stat_id.is_some() {
            EventKind::Cp2DailyStatisticsComplete
        } else if self.epoch_aggregation.is_some() {
            EventKind::DailyStatisticsComplete
        } else if self.monitor_serial.is_some() && self.created_at_utc.is_some() && self.status.is_some() {
            EventKind::RawProcessingComplete
        } else {
            EventKind::unnamed()
        }
    }

    fn one_serial(&self) -> Option<String> {
        let of_files = || {
            let files = json::elements(self.files?);
            // A file without a serial (null) takes nothing away from those that have one.
            one(files.into_iter().filter_map(|file| id(Fields::read(file).ok()?.monitor_serial)))
        };
        let listed = || one(json::elements(self.activity_monitor_serials?).into_iter().filter_map(|raw| id(Some(raw))));
        id(self.monitor_serial).or_else(listed).or_else(of_files)
    }

    fn wear_minutes(&self) -> Option<String> {
        let inner = self.epoch_aggregation.and_then(|raw| Fields::read(raw).ok()?.wear_minutes);
        id(inner).or_else(|| id(self.wear_minutes))
    }
}

/// `key` in lower case without underscores; `None` when it is longer than any known key.
fn plain_key<'b>(key: &str, buffer: &'b mut [u8; MAX_KEY_BYTES]) -> Option<&'b [u8]> {
    let mut length = 0;
    for byte in key.bytes().filter(|byte| *byte != b'_') {
        *buffer.get_mut(length)? = byte.to_ascii_lowercase();
        length += 1;
    }
    buffer.get(..length)
}

/// The only value, however often it is repeated.
fn one(mut values: impl Iterator<Item = String>) -> Option<String> {
    let first = values.next()?;
    values.all(|value| value == first).then_some(first)
}

/// A string or a number, exactly as written; blank is none.
fn id(raw: Option<&str>) -> Option<String> {
    let raw = raw?;
    json::number(raw).map(str::to_owned).or_else(|| words(Some(raw)))
}

/// A string, exactly as written; blank is none.
fn words(raw: Option<&str>) -> Option<String> {
    let text = json::string(raw?)?;
    (!text.trim().is_empty()).then(|| Cow::into_owned(text))
}

/// Reads `body` as the event `name` announces (the header's event name); without a name, the fields tell the kind.
///
/// # Errors
/// When the body is not a JSON object.
pub fn read(name: Option<&str>, body: &[u8]) -> Result<Event, Unreadable> {
    let fields = Fields::read(json::text(body)?)?;
    let name = name.map(crate::headers::without_trailing_commas).filter(|name| !name.is_empty());
    let status = words(fields.status).or_else(|| words(fields.request_status));
    Ok(Event {
        kind: name.map_or_else(|| fields.guess(), EventKind::from_name),
        status: status.map(|status| status.trim().to_lowercase()),
        study_id: id(fields.study_id),
        site_id: id(fields.site_id),
        subject_id: id(fields.subject_id),
        subject_identifier: id(fields.subject_identifier),
        upload_id: id(fields.upload_id),
        monitor_serial: fields.one_serial(),
        message: words(fields.message).or_else(|| words(fields.error_message)),
        first_epoch_utc: words(fields.first_epoch_utc),
        first_epoch_subject: words(fields.first_epoch_subject),
        last_epoch_utc: words(fields.last_epoch_utc),
        last_epoch_subject: words(fields.last_epoch_subject),
        tracking_id: id(fields.tracking_id),
        min_event_timestamp: words(fields.min_event_timestamp),
        max_event_timestamp: words(fields.max_event_timestamp),
        date: words(fields.date),
        wear_minutes: fields.wear_minutes(),
    })
}
