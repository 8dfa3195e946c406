//! What whoever brings in CentrePoint's history of a webhook asks: what is here already, and what is newer than what is brought in.

use centrepoint::BodyDigest;
use rusqlite::{OptionalExtension, params};
use study::{Slug, UploadKey};

use super::History;
use crate::StoreError;
use crate::view::codes;

/// Deliveries of one id that are compared: the id is normally a GUID of one delivery.
const MOST_OF_ONE_ID: i64 = 20;
/// The newest events of a webhook by which it is known which of CentrePoint's webhooks it is.
const LOOKED_AT: i64 = 200;

/// The latest end of an upload.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct UploadEnd {
    /// The event's sequence.
    pub sequence: i64,
    /// When it was received, or made where it came from CentrePoint's history; microseconds since 1970 UTC.
    pub at: i64,
}

impl History {
    /// The event of that delivery id (where it has one) and body to that webhook: another arrival of it would be an attempt.
    ///
    /// # Errors
    /// As [`Self::events`].
    pub fn find_delivery(
        &self,
        webhook: &Slug,
        delivery_id: Option<&str>,
        body: &BodyDigest,
    ) -> Result<Option<i64>, StoreError> {
        self.readers.ask("looking for a delivery", |reader| {
            let sql = "SELECT e.sequence FROM events e JOIN words w ON w.id = e.webhook
                WHERE e.body_key = ?1 AND w.text = ?2 AND e.body_sha256 = ?3 AND (?4 IS NULL OR e.delivery_id = ?4)
                ORDER BY e.sequence LIMIT 1";
            let mut statement = reader.connection().prepare_cached(sql)?;
            statement
                .query_row(params![codes::body_key(&body.0), webhook.as_str(), body.0, delivery_id], |row| row.get(0))
                .optional()
        })
    }

    /// Events of that delivery id to that webhook with their bodies, whatever these are; at most 20.
    ///
    /// # Errors
    /// As [`Self::events`].
    pub fn bodies_of(&self, webhook: &Slug, delivery_id: &str) -> Result<Vec<(i64, Vec<u8>)>, StoreError> {
        self.readers.ask("looking for a delivery", |reader| {
            let sql = "SELECT e.sequence, l.body FROM events e JOIN words w ON w.id = e.webhook
                JOIN log.log l ON l.sequence = e.sequence
                WHERE e.delivery_key = ?1 AND w.text = ?2 AND e.delivery_id = ?3 ORDER BY e.sequence LIMIT ?4";
            let mut statement = reader.connection().prepare_cached(sql)?;
            let key = codes::delivery_key(delivery_id);
            let rows = statement.query_map(params![key, webhook.as_str(), delivery_id, MOST_OF_ONE_ID], |row| {
                Ok((row.get(0)?, row.get::<_, Option<Vec<u8>>>(1)?.unwrap_or_default()))
            })?;
            rows.collect()
        })
    }

    /// The latest end of an upload, where it has one.
    ///
    /// # Errors
    /// As [`Self::events`].
    pub fn upload_end(&self, upload: &UploadKey) -> Result<Option<UploadEnd>, StoreError> {
        self.readers.ask("looking for an upload", |reader| {
            let sql = "SELECT finished_sequence, finished_at FROM uploads
                WHERE upload_id = ?1 AND webhook = (SELECT id FROM words WHERE text = ?2)
                    AND study = coalesce((SELECT id FROM words WHERE text = ?3), 0)";
            let mut statement = reader.connection().prepare_cached(sql)?;
            let end = statement
                .query_row(params![upload.upload_id, upload.webhook, upload.study_id], |row| {
                    Ok((row.get::<_, Option<i64>>(0)?, row.get::<_, Option<i64>>(1)?))
                })
                .optional()?;
            Ok(end.and_then(|(sequence, at)| Some(UploadEnd { sequence: sequence?, at: at? })))
        })
    }

    /// CentrePoint's ids of the webhook, as its newest 200 events name them.
    ///
    /// # Errors
    /// As [`Self::events`].
    pub fn vendor_webhooks(&self, webhook: &Slug) -> Result<Vec<String>, StoreError> {
        self.readers.ask("looking for a webhook's id", |reader| {
            let sql = "SELECT DISTINCT w.text FROM
                    (SELECT vendor_webhook FROM events WHERE webhook = (SELECT id FROM words WHERE text = ?1)
                     ORDER BY sequence DESC LIMIT ?2) e
                JOIN words w ON w.id = e.vendor_webhook ORDER BY w.text";
            let mut statement = reader.connection().prepare_cached(sql)?;
            statement.query_map(params![webhook.as_str(), LOOKED_AT], |row| row.get(0))?.collect()
        })
    }

    /// How many events that CentrePoint made from one instant up to another (microseconds since 1970 UTC) were brought in from its history, of
    /// all webhooks or of one.
    ///
    /// # Errors
    /// As [`Self::events`].
    pub fn count_brought_in(&self, webhook: Option<&str>, from: i64, to: i64) -> Result<i64, StoreError> {
        self.readers.ask("counting what was brought in", |reader| {
            let sql = "SELECT count(*) FROM events WHERE made_at BETWEEN ?1 AND ?2
                AND (?3 IS NULL OR webhook = (SELECT id FROM words WHERE text = ?3))";
            reader.connection().prepare_cached(sql)?.query_row(params![from, to, webhook], |row| row.get(0))
        })
    }

    /// The view's position: everything up to this sequence is considered in an answer given now, and all that was acknowledged before.
    ///
    /// # Errors
    /// As [`Self::events`].
    pub fn position(&self) -> Result<i64, StoreError> {
        self.readers.ask("asking for the position", |reader| Ok(reader.sequence()))
    }
}
