//! Events: pages of them, and one with everything the log knows of it.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use centrepoint::Headers;
use store::Mark;
use store::history::Page;
use store::rows;

use crate::hex::hex;
use crate::times::rfc3339;
use crate::wire::{ApiError, Attempt, EventDetail, EventPage, EventQuery, EventRow, HeaderLine};
use crate::{Monitor, query};

/// The most rows of one page.
pub(crate) const PAGE: u32 = 1_000;

impl Monitor {
    /// A page of events, newest first.
    ///
    /// # Errors
    /// `query` with the place, `behind`, or what SQLite said.
    pub fn events(&self, ask: &EventQuery) -> Result<EventPage, ApiError> {
        let query = query::parse(&ask.query)?;
        let lens = self.lens()?;
        let limit = ask.limit.clamp(1, PAGE) as usize;
        let total = if ask.count {
            Some(self.history().count_events_within(&query, ask.after, ask.until, &lens)?)
        } else {
            None
        };
        let until = ask.until.map(|until| until.saturating_add(1));
        let before = ask.before.into_iter().chain(until).min();
        let offset = if ask.before.is_none() && ask.after.is_none() { ask.offset.unwrap_or(0) } else { 0 };
        let page = Page { query, before, after: ask.after, limit };
        let rows = self.history().events_from(&page, offset, &lens)?;
        Ok(EventPage { sequence: rows.sequence, rows: rows.rows.into_iter().map(event_row).collect(), total })
    }

    /// The event of this sequence; an attempt's sequence finds its event.
    ///
    /// # Errors
    /// `not_found`, `behind`, or what SQLite said.
    pub fn event(&self, sequence: i64) -> Result<EventDetail, ApiError> {
        let found = self.history().event(sequence, &self.lens()?)?;
        found.map(detail).ok_or_else(|| ApiError::not_found(format!("there is no event {sequence}")))
    }
}

/// The wire's form of a row.
pub(crate) fn event_row(row: rows::EventRow) -> EventRow {
    EventRow {
        sequence: row.sequence,
        received_at: rfc3339(row.received_at),
        webhook: row.webhook,
        delivery_id: row.delivery_id,
        vendor_webhook_id: row.vendor_webhook_id,
        event: row.event,
        status: row.status,
        study_id: row.study_id,
        site_id: row.site_id,
        subject_id: row.subject_id,
        subject_identifier: row.subject_identifier,
        upload_id: row.upload_id,
        monitor_serial: row.monitor_serial,
        message: row.message,
        first_epoch_utc: row.first_epoch_utc,
        first_epoch_subject: row.first_epoch_subject,
        last_epoch_utc: row.last_epoch_utc,
        last_epoch_subject: row.last_epoch_subject,
        authentication: row.authentication.to_string(),
        source_ip: row.source_ip,
        attempts: row.attempts,
        flags: row.flags.words().into_iter().map(str::to_owned).collect(),
        body_sha256: row.body_sha256.to_string(),
        made_at: row.made_at.map(rfc3339),
        problem_state: row.problem_state.map(|state| state.as_str().to_owned()),
        problem_id: row.problem_id,
        subject_label: row.subject_label,
    }
}

fn detail(found: rows::EventDetail) -> EventDetail {
    let (request_line, headers) = Headers::read_head(&found.head);
    let lossy = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    EventDetail {
        request_line: lossy(&request_line),
        headers: headers
            .0
            .iter()
            .map(|line| HeaderLine { name: lossy(&line.name), value: lossy(&line.value) })
            .collect(),
        body_text: str::from_utf8(&found.body).ok().map(str::to_owned),
        body_base64: STANDARD.encode(&found.body),
        body_bytes: u32::try_from(found.body.len()).unwrap_or(u32::MAX),
        attempts: found.attempts.into_iter().map(attempt).collect(),
        chain: hex(found.chain),
        first_refused_at: match found.mark {
            Mark::Recovered { first_at } => Some(rfc3339(first_at)),
            _ => None,
        },
        history_check: match found.mark {
            Mark::History { check, .. } => Some(check.as_str().to_owned()),
            _ => None,
        },
        by_former_secret: found.mark == Mark::Former,
        fault: found.fault,
        acknowledged_by: found.row.acknowledged_by.clone(),
        acknowledged_at: found.row.acknowledged_at.map(rfc3339),
        note: found.row.note.clone(),
        row: event_row(found.row),
    }
}

fn attempt(row: rows::AttemptRow) -> Attempt {
    Attempt { sequence: row.sequence, received_at: rfc3339(row.received_at), source_ip: row.source_ip }
}
