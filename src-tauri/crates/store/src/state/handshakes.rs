//! Answered handshakes: the last one on its webhook, and the newest that came without the webhook's credentials.

use std::net::IpAddr;

use rusqlite::params;
use study::Slug;

use super::{Handshake, State, UnsignedHandshake};
use crate::StoreError;

/// Unsigned handshakes kept, all webhooks together; the oldest goes first.
const KEPT: i64 = 100;

impl State {
    /// Notes an answered handshake on its webhook; an unauthenticated one on a webhook with credentials also goes into the bounded list (newest 100).
    ///
    /// # Errors
    /// What SQLite said.
    pub fn note_handshake(
        &self,
        slug: &Slug,
        handshake: Handshake,
        source_ip: IpAddr,
        head: &[u8],
        body: &[u8],
    ) -> Result<(), StoreError> {
        self.change("noting a handshake", |transaction| {
            // A stranger's unsigned handshake must not undo a proven one.
            // Whatever the clock showed when the secret was changed, this one came after it.
            let sql = "UPDATE webhooks SET handshake_at = max(?2, validation_needed_at), handshake_authenticated = ?3
                WHERE slug = ?1 AND (?3 OR handshake_authenticated IS NOT 1 OR handshake_at < validation_needed_at)";
            transaction.prepare_cached(sql)?.execute(params![slug.as_str(), handshake.at, handshake.authenticated])?;
            if !handshake.authenticated {
                let sql = "INSERT INTO unsigned_handshakes (at, webhook, source_ip, head, body) VALUES (?, ?, ?, ?, ?)";
                let ip = source_ip.to_string();
                transaction.prepare_cached(sql)?.execute(params![handshake.at, slug.as_str(), ip, head, body])?;
                let sql = "DELETE FROM unsigned_handshakes WHERE id <= (SELECT max(id) FROM unsigned_handshakes) - ?";
                transaction.prepare_cached(sql)?.execute([KEPT])?;
            }
            Ok(())
        })
    }

    /// Handshakes seen without the webhook's credentials, newest first (at most 100).
    ///
    /// # Errors
    /// What SQLite said.
    pub fn unsigned_handshakes(&self) -> Result<Vec<UnsignedHandshake>, StoreError> {
        self.read("reading the handshakes", |connection| {
            let sql = "SELECT at, webhook, source_ip, head, body FROM unsigned_handshakes ORDER BY id DESC";
            let mut statement = connection.prepare_cached(sql)?;
            let rows = statement.query_map([], |row| {
                Ok(UnsignedHandshake {
                    at: row.get(0)?,
                    webhook: row.get(1)?,
                    source_ip: row.get(2)?,
                    head: row.get(3)?,
                    body: row.get(4)?,
                })
            })?;
            rows.collect()
        })
    }
}
