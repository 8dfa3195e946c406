//! The projector's statements, prepared once and held for a batch.

use rusqlite::{CachedStatement, Connection};

/// Everything a batch writes with. Lookups that most rows do not need are prepared where they are used.
pub(super) struct Statements<'c> {
    pub(super) find_body: CachedStatement<'c>,
    pub(super) find_delivery: CachedStatement<'c>,
    pub(super) insert_event: CachedStatement<'c>,
    pub(super) insert_search: CachedStatement<'c>,
    pub(super) find_upload: CachedStatement<'c>,
    pub(super) find_subject: CachedStatement<'c>,
    pub(super) find_problem: CachedStatement<'c>,
}

impl<'c> Statements<'c> {
    pub(super) fn prepare(connection: &'c Connection) -> rusqlite::Result<Self> {
        Ok(Self {
            find_body: connection.prepare_cached(
                "SELECT sequence, body_sha256 FROM events WHERE body_key = ?1 AND webhook = ?2 ORDER BY sequence",
            )?,
            find_delivery: connection.prepare_cached(
                "SELECT sequence, webhook, delivery_id, body_sha256 FROM events
                 WHERE delivery_key = ?1 AND body_key = ?2 ORDER BY sequence",
            )?,
            insert_event: connection.prepare_cached(
                "INSERT INTO events (sequence, received_at, webhook, event, status, study, site, subject, upload, problem,
                     vendor_webhook, source_ip, authentication, attempts, flags, failed, body_key, delivery_key,
                     body_sha256, delivery_id, subject_id, subject_identifier, upload_id, monitor_serial, message,
                     first_epoch_utc, first_epoch_subject, last_epoch_utc, last_epoch_subject, made_at)
                 VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, 1, ?14, ?15, ?16, ?17, ?18, ?19, ?20,
                     ?21, ?22, ?23, ?24, ?25, ?26, ?27, ?28, ?29)",
            )?,
            insert_search: connection.prepare_cached("INSERT INTO search (rowid, text) VALUES (?1, ?2)")?,
            find_upload: connection.prepare_cached(
                "SELECT id, subject, subject_id, state, started_at, started_sequence, finished_at, finished_sequence,
                     message, events, problem, last_at, last_sequence, stuck_state, stuck_by, stuck_at, stuck_note,
                     stuck_snoozed, stuck_follow_up, stuck_undo
                 FROM uploads WHERE upload_id = ?1 AND webhook = ?2 AND study = ?3",
            )?,
            find_subject: connection.prepare_cached(
                "SELECT id, learned_label, imported_label, site_id, monitor_serial, last_completed_at, first_at, last_at,
                     last_sequence, status
                 FROM subjects WHERE subject_id = ?1 AND webhook = ?2 AND study = ?3",
            )?,
            find_problem: connection.prepare_cached(
                "SELECT id FROM problems WHERE matter = ?1 AND webhook = ?2 AND kind = ?3",
            )?,
        })
    }
}
