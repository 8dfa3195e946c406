//! Events, their deliveries' bytes, and refusals.

use serde::{Deserialize, Serialize};
use ts_rs::TS;

/// One event. Fields as in `events --json`, and what the lists show beside them.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, TS)]
#[expect(missing_docs, reason = "the field names are the contract's")]
pub struct EventRow {
    #[ts(type = "number")]
    pub sequence: i64,
    pub received_at: String,
    pub webhook: String,
    pub delivery_id: Option<String>,
    pub vendor_webhook_id: Option<String>,
    pub event: String,
    pub status: Option<String>,
    pub study_id: Option<String>,
    pub site_id: Option<String>,
    pub subject_id: Option<String>,
    pub subject_identifier: Option<String>,
    pub upload_id: Option<String>,
    pub monitor_serial: Option<String>,
    pub message: Option<String>,
    pub first_epoch_utc: Option<String>,
    pub first_epoch_subject: Option<String>,
    pub last_epoch_utc: Option<String>,
    pub last_epoch_subject: Option<String>,
    pub authentication: String,
    pub source_ip: String,
    #[ts(type = "number")]
    pub attempts: i64,
    pub flags: Vec<String>,
    pub body_sha256: String,
    /// When CentrePoint made it, where it never came and was brought in from CentrePoint's history; never later than `received_at`.
    pub made_at: Option<String>,
    /// `open`, `acknowledged` or `resolved`, where it belongs to a problem.
    pub problem_state: Option<String>,
    #[ts(type = "number | null")]
    pub problem_id: Option<i64>,
    /// The subject's label as it is known by now, also where this event did not carry it.
    pub subject_label: Option<String>,
}

/// Which events.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize, TS)]
pub struct EventQuery {
    /// The search box's text.
    pub query: String,
    /// Only older than this sequence.
    #[ts(type = "number | null")]
    pub before: Option<i64>,
    /// Only newer than this sequence.
    #[ts(type = "number | null")]
    pub after: Option<i64>,
    /// Only up to this sequence, itself included: keeps places still while new events come.
    #[ts(type = "number | null")]
    pub until: Option<i64>,
    /// Skip this many of the newest that match: any place of a list of a million is one question away. Not with `before` or `after`.
    #[ts(type = "number | null")]
    pub offset: Option<i64>,
    /// At most this many, 1 to 1,000.
    pub limit: u32,
    /// Whether to count all that match (for the footer); with `until`, up to there; with `after`, only what is newer.
    pub count: bool,
}

/// A page of events, newest first.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, TS)]
pub struct EventPage {
    /// Everything up to this sequence was considered.
    #[ts(type = "number")]
    pub sequence: i64,
    /// The rows.
    pub rows: Vec<EventRow>,
    /// How many match in all, when asked for.
    #[ts(type = "number | null")]
    pub total: Option<i64>,
}

/// One header line as received.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, TS)]
pub struct HeaderLine {
    /// In the casing received.
    pub name: String,
    /// The value; bytes that are not UTF-8 shown as U+FFFD.
    pub value: String,
}

/// One attempt of a delivery.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, TS)]
pub struct Attempt {
    /// Its place in the log.
    #[ts(type = "number")]
    pub sequence: i64,
    /// When it was received.
    pub received_at: String,
    /// Where it came from.
    pub source_ip: String,
}

/// An event with everything the log knows of it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, TS)]
pub struct EventDetail {
    /// The event.
    pub row: EventRow,
    /// `POST /hooks/… HTTP/1.1`
    pub request_line: String,
    /// The headers, in order, as received; `Authorization` masked.
    pub headers: Vec<HeaderLine>,
    /// The body as text, where it is UTF-8.
    pub body_text: Option<String>,
    /// The body's bytes in base64.
    pub body_base64: String,
    /// Its size in bytes.
    pub body_bytes: u32,
    /// All attempts, oldest first.
    pub attempts: Vec<Attempt>,
    /// The row's link in the hash chain, 64 hexadecimal digits.
    pub chain: String,
    /// It was authenticated by the credentials the webhook had before.
    pub by_former_secret: bool,
    /// When it first came, where it was refused then and accepted later.
    pub first_refused_at: Option<String>,
    /// What came out of checking its signature then: `verified`, `differs`, `unsigned`, `unchecked`.
    pub history_check: Option<String>,
    /// Why deriving it failed, where it did.
    pub fault: Option<String>,
    /// When the problem it belongs to was acknowledged, by whom, and its note.
    pub acknowledged_by: Option<String>,
    /// See above.
    pub acknowledged_at: Option<String>,
    /// See above.
    pub note: Option<String>,
}

/// One refused request. Fields as in `rejections --json`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, TS)]
#[expect(missing_docs, reason = "the field names are the contract's")]
pub struct Rejection {
    pub received_at: String,
    pub webhook: String,
    pub status: u16,
    pub reason: String,
    pub source_ip: String,
    pub delivery_id: Option<String>,
    pub event: Option<String>,
    #[ts(type = "number")]
    pub size: i64,
    /// When it was accepted after all, see [`Recovery`]; left out where it was not.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[ts(optional)]
    pub accepted_at: Option<String>,
}

/// Refused deliveries of one webhook, checked again by its present secret.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, TS)]
pub struct Recovery {
    /// The webhook.
    pub webhook: String,
    /// Whether its deliveries can be checked again at all: only signatures can, passwords and tokens of what was refused are not kept.
    pub checkable: bool,
    /// Deliveries that the present secret fits and that are not in the history: what is accepted, or would be.
    pub fitting: u32,
    /// Deliveries that it fits, but that came again and are in the history already.
    pub known: u32,
    /// Refused ones that it does not fit either.
    pub differing: u32,
    /// Refused ones whose body is not kept any more.
    pub without_body: u32,
    /// Deliveries that were accepted just now: 0 where it was only asked.
    pub accepted: u32,
}
