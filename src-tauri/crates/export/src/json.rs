//! An event as JSON: the one place that knows its fields and their order, for `events --json` and for JSON Lines.

use std::borrow::Cow;

use serde::{Serialize, Serializer};
use store::rows::EventRow;

use crate::{text, time};

/// `row` as the event of the command line's contract: every field present, null where unknown.
#[must_use]
pub fn event_json(row: &EventRow) -> impl Serialize + '_ {
    EventJson::new(row, None)
}

/// An event, with its body where that goes along.
#[derive(Serialize)]
pub(crate) struct EventJson<'a> {
    sequence: i64,
    received_at: Instant,
    webhook: &'a str,
    delivery_id: Option<&'a str>,
    vendor_webhook_id: Option<&'a str>,
    event: Option<&'a str>,
    status: Option<&'a str>,
    study_id: Option<&'a str>,
    site_id: Option<&'a str>,
    subject_id: Option<&'a str>,
    subject_identifier: Option<&'a str>,
    upload_id: Option<&'a str>,
    monitor_serial: Option<&'a str>,
    message: Option<&'a str>,
    first_epoch_utc: Option<&'a str>,
    first_epoch_subject: Option<&'a str>,
    last_epoch_utc: Option<&'a str>,
    last_epoch_subject: Option<&'a str>,
    authentication: &'static str,
    source_ip: Option<&'a str>,
    attempts: i64,
    flags: Vec<&'static str>,
    body_sha256: Hex,
    /// Left out where it came by itself.
    #[serde(skip_serializing_if = "Option::is_none")]
    made_at: Option<Instant>,
    #[serde(skip_serializing_if = "Option::is_none")]
    body: Option<Cow<'a, str>>,
}

impl<'a> EventJson<'a> {
    pub(crate) fn new(row: &'a EventRow, body: Option<&'a [u8]>) -> Self {
        Self {
            sequence: row.sequence,
            received_at: Instant(row.received_at),
            webhook: &row.webhook,
            delivery_id: row.delivery_id.as_deref(),
            vendor_webhook_id: row.vendor_webhook_id.as_deref(),
            event: Some(row.event.as_str()).filter(|name| !name.is_empty()),
            status: row.status.as_deref(),
            study_id: row.study_id.as_deref(),
            site_id: row.site_id.as_deref(),
            subject_id: row.subject_id.as_deref(),
            subject_identifier: row.subject_identifier.as_deref(),
            upload_id: row.upload_id.as_deref(),
            monitor_serial: row.monitor_serial.as_deref(),
            message: row.message.as_deref(),
            first_epoch_utc: row.first_epoch_utc.as_deref(),
            first_epoch_subject: row.first_epoch_subject.as_deref(),
            last_epoch_utc: row.last_epoch_utc.as_deref(),
            last_epoch_subject: row.last_epoch_subject.as_deref(),
            authentication: row.authentication.as_str(),
            source_ip: Some(row.source_ip.as_str()).filter(|ip| !ip.is_empty()),
            attempts: row.attempts,
            flags: row.flags.words(),
            body_sha256: Hex(text::hex(&row.body_sha256)),
            made_at: row.made_at.map(Instant),
            body: body.map(text::body),
        }
    }
}

/// RFC 3339, UTC, microseconds.
struct Instant(i64);

impl Serialize for Instant {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut written = Vec::with_capacity(27);
        time::push_utc(&mut written, self.0);
        serialize_ascii(&written, serializer)
    }
}

struct Hex([u8; 64]);

impl Serialize for Hex {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serialize_ascii(&self.0, serializer)
    }
}

fn serialize_ascii<S: Serializer>(bytes: &[u8], serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_str(std::str::from_utf8(bytes).map_err(serde::ser::Error::custom)?)
}
