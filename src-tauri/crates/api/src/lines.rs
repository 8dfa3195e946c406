//! What `--json` prints: one object a line, the fields of the contract in its order, every one always present.

use serde::Serialize;

use crate::wire::{EventRow, ProblemRow, SubjectRow, UploadRow};

/// One line of `events --json`.
#[derive(Debug, Serialize)]
#[expect(missing_docs, reason = "the field names are the contract's")]
pub struct EventLine<'a> {
    pub sequence: i64,
    pub received_at: &'a str,
    pub webhook: &'a str,
    pub delivery_id: Option<&'a str>,
    pub vendor_webhook_id: Option<&'a str>,
    pub event: &'a str,
    pub status: Option<&'a str>,
    pub study_id: Option<&'a str>,
    pub site_id: Option<&'a str>,
    pub subject_id: Option<&'a str>,
    pub subject_identifier: Option<&'a str>,
    pub upload_id: Option<&'a str>,
    pub monitor_serial: Option<&'a str>,
    pub message: Option<&'a str>,
    pub first_epoch_utc: Option<&'a str>,
    pub first_epoch_subject: Option<&'a str>,
    pub last_epoch_utc: Option<&'a str>,
    pub last_epoch_subject: Option<&'a str>,
    pub authentication: &'a str,
    pub source_ip: Option<&'a str>,
    pub attempts: i64,
    pub flags: &'a [String],
    pub body_sha256: &'a str,
    /// Left out where it came by itself: CentrePoint does not say when it made what it sends.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub made_at: Option<&'a str>,
}

impl<'a> From<&'a EventRow> for EventLine<'a> {
    fn from(row: &'a EventRow) -> Self {
        Self {
            sequence: row.sequence,
            received_at: &row.received_at,
            webhook: &row.webhook,
            delivery_id: row.delivery_id.as_deref(),
            vendor_webhook_id: row.vendor_webhook_id.as_deref(),
            event: &row.event,
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
            authentication: &row.authentication,
            // Nobody sent what was brought in.
            source_ip: Some(row.source_ip.as_str()).filter(|ip| !ip.is_empty()),
            attempts: row.attempts,
            flags: &row.flags,
            body_sha256: &row.body_sha256,
            made_at: row.made_at.as_deref(),
        }
    }
}

/// One line of `uploads --json`.
#[derive(Debug, Serialize)]
#[expect(missing_docs, reason = "the field names are the contract's")]
pub struct UploadLine<'a> {
    pub webhook: &'a str,
    pub study_id: Option<&'a str>,
    pub subject_id: Option<&'a str>,
    pub upload_id: &'a str,
    pub state: &'a str,
    pub started_at: Option<&'a str>,
    pub finished_at: Option<&'a str>,
    pub message: Option<&'a str>,
    pub events: i64,
    pub problem: Option<&'a str>,
}

impl<'a> From<&'a UploadRow> for UploadLine<'a> {
    fn from(row: &'a UploadRow) -> Self {
        Self {
            webhook: &row.webhook,
            study_id: row.study_id.as_deref(),
            subject_id: row.subject_id.as_deref(),
            upload_id: &row.upload_id,
            state: &row.state,
            started_at: row.started_at.as_deref(),
            finished_at: row.finished_at.as_deref(),
            message: row.message.as_deref(),
            events: row.events,
            problem: row.problem.as_deref(),
        }
    }
}

/// One line of `problems --json`.
#[derive(Debug, Serialize)]
#[expect(missing_docs, reason = "the field names are the contract's")]
pub struct ProblemLine<'a> {
    pub id: i64,
    pub kind: &'a str,
    pub state: &'a str,
    pub webhook: &'a str,
    pub study_id: Option<&'a str>,
    pub subject_id: Option<&'a str>,
    pub upload_id: Option<&'a str>,
    pub message: Option<&'a str>,
    pub opened_at: &'a str,
    pub last_at: &'a str,
    pub events: i64,
    pub acknowledged_by: Option<&'a str>,
    pub note: Option<&'a str>,
}

impl<'a> From<&'a ProblemRow> for ProblemLine<'a> {
    fn from(row: &'a ProblemRow) -> Self {
        Self {
            id: row.id,
            kind: &row.kind,
            state: &row.state,
            webhook: &row.webhook,
            study_id: row.study_id.as_deref(),
            subject_id: row.subject_id.as_deref(),
            upload_id: row.upload_id.as_deref(),
            message: row.message.as_deref(),
            opened_at: &row.opened_at,
            last_at: &row.last_at,
            events: row.events,
            acknowledged_by: row.acknowledged_by.as_deref(),
            note: row.note.as_deref(),
        }
    }
}

/// One line of `subjects --json`.
#[derive(Debug, Serialize)]
#[expect(missing_docs, reason = "the field names are the contract's")]
pub struct SubjectLine<'a> {
    pub webhook: &'a str,
    pub study_id: Option<&'a str>,
    pub subject_id: Option<&'a str>,
    pub label: Option<&'a str>,
    pub site_id: Option<&'a str>,
    pub monitor_serial: Option<&'a str>,
    pub last_completed_at: Option<&'a str>,
    pub state: &'a str,
}

impl<'a> From<&'a SubjectRow> for SubjectLine<'a> {
    fn from(row: &'a SubjectRow) -> Self {
        Self {
            webhook: &row.webhook,
            study_id: row.study_id.as_deref(),
            subject_id: row.subject_id.as_deref(),
            label: row.label.as_deref(),
            site_id: row.site_id.as_deref(),
            monitor_serial: row.monitor_serial.as_deref(),
            last_completed_at: row.last_completed_at.as_deref(),
            state: &row.state,
        }
    }
}
