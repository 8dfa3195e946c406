//! The columns of an export and what of an event stands in each: the one place that knows their order, for CSV and for XLSX.

use std::io;

use store::rows::EventRow;

use crate::text;

/// The header line, without `body`.
pub(crate) const HEADER: &str = "sequence,received_at_utc,received_at_local,local_time_zone,webhook,delivery_id,vendor_webhook_id,event,status,study_id,site_id,subject_id,subject_identifier,upload_id,monitor_serial,message,first_epoch_utc,first_epoch_subject,last_epoch_utc,last_epoch_subject,authentication,source_ip,attempts,flags,body_sha256,problem_state,acknowledged_by,acknowledged_at_utc,note";

/// What takes a row's cells, from left to right.
pub(crate) trait Cells {
    /// A whole number.
    fn number(&mut self, number: i64) -> io::Result<()>;
    /// A text of the sender's or of a person's; empty where there is none.
    fn text(&mut self, text: &str) -> io::Result<()>;
    /// A text of this program's, in ASCII.
    fn plain(&mut self, text: &[u8]) -> io::Result<()>;
    /// An instant in UTC, microseconds since 1970.
    fn utc(&mut self, micros: Option<i64>) -> io::Result<()>;
    /// The two cells of when it was received where the webhook's study is: the time, and the zone.
    fn local(&mut self, row: &EventRow) -> io::Result<()>;
}

/// Hands over every cell of `row`, the body last where it goes along.
pub(crate) fn fill(cells: &mut impl Cells, row: &EventRow, body: Option<&[u8]>) -> io::Result<()> {
    cells.number(row.sequence)?;
    cells.utc(Some(row.received_at))?;
    cells.local(row)?;
    cells.text(&row.webhook)?;
    cells.text(row.delivery_id.as_deref().unwrap_or_default())?;
    cells.text(row.vendor_webhook_id.as_deref().unwrap_or_default())?;
    cells.text(&row.event)?;
    cells.text(row.status.as_deref().unwrap_or_default())?;
    cells.text(row.study_id.as_deref().unwrap_or_default())?;
    cells.text(row.site_id.as_deref().unwrap_or_default())?;
    cells.text(row.subject_id.as_deref().unwrap_or_default())?;
    cells.text(row.subject_identifier.as_deref().unwrap_or_default())?;
    cells.text(row.upload_id.as_deref().unwrap_or_default())?;
    cells.text(row.monitor_serial.as_deref().unwrap_or_default())?;
    cells.text(row.message.as_deref().unwrap_or_default())?;
    cells.text(row.first_epoch_utc.as_deref().unwrap_or_default())?;
    cells.text(row.first_epoch_subject.as_deref().unwrap_or_default())?;
    cells.text(row.last_epoch_utc.as_deref().unwrap_or_default())?;
    cells.text(row.last_epoch_subject.as_deref().unwrap_or_default())?;
    cells.text(row.authentication.as_str())?;
    cells.text(&row.source_ip)?;
    cells.number(row.attempts)?;
    cells.text(&row.flags.words().join(";"))?;
    cells.plain(&text::hex(&row.body_sha256))?;
    cells.text(row.problem_state.map(study::ProblemState::as_str).unwrap_or_default())?;
    cells.text(row.acknowledged_by.as_deref().unwrap_or_default())?;
    cells.utc(row.acknowledged_at)?;
    cells.text(row.note.as_deref().unwrap_or_default())?;
    if let Some(body) = body {
        cells.text(&text::body(body))?;
    }
    Ok(())
}
