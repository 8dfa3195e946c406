//! What is noted about a webhook's former credentials while they are accepted beside the present ones.

use rusqlite::params;
use study::Slug;

use super::State;
use crate::StoreError;

impl State {
    /// Notes that a webhook's former credentials proved a delivery at `at`.
    ///
    /// # Errors
    /// What SQLite said.
    pub fn note_former_used(&self, slug: &Slug, at: i64) -> Result<(), StoreError> {
        self.change("noting the use of a former secret", |transaction| {
            let sql = "UPDATE webhooks SET former_used_at = max(coalesce(former_used_at, ?2), ?2)
                WHERE slug = ?1 AND former_place IS NOT NULL";
            transaction.prepare_cached(sql)?.execute(params![slug.as_str(), at]).map(drop)
        })
    }

    /// Takes the former credentials of that version off a webhook, their secret being forgotten.
    ///
    /// # Errors
    /// What SQLite said.
    pub fn former_forgotten(&self, slug: &Slug, version: i64) -> Result<(), StoreError> {
        self.change("forgetting a former secret", |transaction| {
            let sql = "UPDATE webhooks SET former_place = NULL, former_version = NULL, former_name = NULL,
                    former_until = NULL, former_used_at = NULL
                WHERE slug = ?1 AND former_version = ?2";
            transaction.prepare_cached(sql)?.execute(params![slug.as_str(), version]).map(drop)
        })
    }
}
