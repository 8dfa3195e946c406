//! Refused requests, each a row of its own, bounded per webhook and reason and in the weight of their bodies.

use std::collections::BTreeSet;
use std::net::{IpAddr, Ipv4Addr};

use rusqlite::{OptionalExtension as _, Transaction, params};
use study::Slug;

use super::{NewRejection, State, settings};
use crate::StoreError;
use crate::rows::{RefusedDelivery, RejectionRow};

/// Rejections kept per webhook and code; the oldest goes first.
pub(super) const KEPT: i64 = 2000;
/// Bytes of all kept bodies together; the oldest bodies are given up first, their rows stay.
pub(super) const BODY_BYTES: i64 = 64 * 1024 * 1024;

impl State {
    /// Keeps rejections, within their bounds (newest 2,000 per webhook and code; bodies within 64 MiB in all). One transaction for the slice.
    ///
    /// # Errors
    /// What SQLite said.
    pub fn reject(&self, rejections: &[NewRejection]) -> Result<(), StoreError> {
        self.reject_within(rejections, KEPT, BODY_BYTES)
    }

    pub(super) fn reject_within(
        &self,
        rejections: &[NewRejection],
        kept: i64,
        body_bytes: i64,
    ) -> Result<(), StoreError> {
        if rejections.is_empty() {
            return Ok(());
        }
        self.change("keeping rejections", |transaction| {
            let mut weight: i64 =
                transaction.query_row("SELECT rejection_body_bytes FROM bookkeeping", [], |row| row.get(0))?;
            weight += insert(transaction, rejections)?;
            let touched: BTreeSet<_> = rejections.iter().map(|each| (each.webhook.as_str(), each.code)).collect();
            for (webhook, code) in touched {
                weight -= drop_oldest(transaction, webhook, code, kept)?;
            }
            weight -= drop_bodies(transaction, weight - body_bytes)?;
            transaction.execute("UPDATE bookkeeping SET rejection_body_bytes = ?", [weight]).map(drop)
        })
    }

    /// Rejections, newest first.
    ///
    /// # Errors
    /// What SQLite said.
    pub fn rejections(&self, limit: usize) -> Result<Vec<RejectionRow>, StoreError> {
        self.read("reading the rejections", |connection| {
            let mut statement = connection.prepare_cached(
                "SELECT id, received_at, webhook, status, reason, source_ip, delivery_id, event, size, accepted_at
                 FROM rejections ORDER BY id DESC LIMIT ?",
            )?;
            let rows = statement.query_map([i64::try_from(limit).unwrap_or(i64::MAX)], |row| {
                Ok(RejectionRow {
                    id: row.get(0)?,
                    received_at: row.get(1)?,
                    webhook: row.get(2)?,
                    status: row.get(3)?,
                    reason: row.get(4)?,
                    source_ip: row.get(5)?,
                    delivery_id: row.get(6)?,
                    event: row.get(7)?,
                    size: row.get(8)?,
                    accepted_at: row.get(9)?,
                })
            })?;
            rows.collect()
        })
    }
}

impl State {
    /// Deliveries to a webhook that were answered 401 and not accepted since, whose body is there as it came: of those after the rejection
    /// `after` the first `limit`, oldest first.
    ///
    /// # Errors
    /// What SQLite said.
    pub fn refused_deliveries(
        &self,
        slug: &Slug,
        after: i64,
        limit: usize,
    ) -> Result<Vec<RefusedDelivery>, StoreError> {
        self.read("reading refused deliveries", |connection| {
            let sql = format!(
                "SELECT id, received_at, source_ip, head, body FROM rejections
                 WHERE webhook = ?1 AND id > ?2 AND {REFUSED} AND {WHOLE} ORDER BY id LIMIT ?3"
            );
            let mut statement = connection.prepare_cached(&sql)?;
            let limit = i64::try_from(limit).unwrap_or(i64::MAX);
            let rows = statement.query_map(params![slug.as_str(), after, limit], |row| {
                let source: String = row.get(2)?;
                Ok(RefusedDelivery {
                    id: row.get(0)?,
                    received_at: row.get(1)?,
                    source_ip: source.parse().unwrap_or(IpAddr::V4(Ipv4Addr::UNSPECIFIED)),
                    head: row.get(3)?,
                    body: row.get::<_, Option<Vec<u8>>>(4)?.unwrap_or_default(),
                })
            })?;
            rows.collect()
        })
    }

    /// The newest refusal of a webhook that names a delivery or an event, handshakes without a code aside, and that was not accepted since:
    /// when, and why.
    ///
    /// # Errors
    /// What SQLite said.
    pub fn last_refusal(&self, slug: &Slug) -> Result<Option<(i64, String)>, StoreError> {
        self.read("reading the last refusal", |connection| {
            let mut statement = connection.prepare_cached(
                "SELECT received_at, reason FROM rejections
                 WHERE webhook = ?1 AND accepted_at IS NULL AND (delivery_id IS NOT NULL OR event IS NOT NULL)
                 ORDER BY id DESC LIMIT 1",
            )?;
            statement.query_row([slug.as_str()], |row| Ok((row.get(0)?, row.get(1)?))).optional()
        })
    }

    /// How many deliveries to a webhook were answered 401 and cannot be checked again, since their body was given up or held a secret.
    ///
    /// # Errors
    /// What SQLite said.
    pub fn refused_without_body(&self, slug: &Slug) -> Result<i64, StoreError> {
        self.read("counting refused deliveries", |connection| {
            let sql = format!("SELECT count(*) FROM rejections WHERE webhook = ?1 AND {REFUSED} AND NOT ({WHOLE})");
            connection.prepare_cached(&sql)?.query_row([slug.as_str()], |row| row.get(0))
        })
    }

    /// Marks rejections as accepted after all, at `at`.
    ///
    /// # Errors
    /// What SQLite said.
    pub fn rejections_accepted(&self, ids: &[i64], at: i64) -> Result<(), StoreError> {
        self.change("marking refused deliveries as accepted", |transaction| {
            let sql = "UPDATE rejections SET accepted_at = ?2 WHERE id = ?1 AND accepted_at IS NULL";
            let mut statement = transaction.prepare_cached(sql)?;
            for id in ids {
                statement.execute(params![id, at])?;
            }
            Ok(())
        })
    }
}

/// Refused for its proof alone, a delivery and no token request, and not accepted since.
const REFUSED: &str = "status = 401 AND code <> 'token_client_refused' AND accepted_at IS NULL";

/// Its body is there as it came.
const WHOLE: &str = "coalesce(length(body), 0) = size";

/// Returns the weight of the bodies.
fn insert(transaction: &Transaction<'_>, rejections: &[NewRejection]) -> rusqlite::Result<i64> {
    let mut statement = transaction.prepare_cached(
        "INSERT INTO rejections (received_at, webhook, code, status, reason, source_ip, delivery_id, event, size, head, body)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11)",
    )?;
    let mut weight = 0;
    for rejection in rejections {
        let body = (!rejection.body.is_empty()).then_some(&rejection.body);
        weight += i64::try_from(rejection.body.len()).unwrap_or(i64::MAX);
        statement.execute(params![
            rejection.received_at,
            rejection.webhook.as_str(),
            rejection.code,
            rejection.status,
            rejection.reason,
            rejection.source_ip.to_string(),
            rejection.delivery_id,
            rejection.event,
            rejection.size,
            rejection.head,
            body,
        ])?;
    }
    Ok(weight)
}

/// Keeps the newest `kept` of this webhook and code; returns the weight of the bodies that went.
fn drop_oldest(transaction: &Transaction<'_>, webhook: &str, code: &str, kept: i64) -> rusqlite::Result<i64> {
    let mut statement = transaction.prepare_cached(
        "DELETE FROM rejections WHERE webhook = ?1 AND code = ?2 AND id <=
             (SELECT id FROM rejections WHERE webhook = ?1 AND code = ?2 ORDER BY id DESC LIMIT 1 OFFSET ?3)
         RETURNING coalesce(length(body), 0)",
    )?;
    let weights = statement.query_map(params![webhook, code, kept], |row| row.get(0))?;
    let weights: Vec<i64> = weights.collect::<rusqlite::Result<_>>()?;
    if !weights.is_empty() {
        settings::add(transaction, "rejections_dropped", i64::try_from(weights.len()).unwrap_or(i64::MAX))?;
    }
    Ok(weights.iter().sum())
}

/// Gives up the oldest bodies until at least `excess` bytes are gone; returns how many went.
fn drop_bodies(transaction: &Transaction<'_>, excess: i64) -> rusqlite::Result<i64> {
    let (mut gone, mut bodies) = (0, 0);
    let mut oldest = transaction
        .prepare_cached("SELECT id, length(body) FROM rejections WHERE body IS NOT NULL ORDER BY id LIMIT 1")?;
    let mut empty = transaction.prepare_cached("UPDATE rejections SET body = NULL WHERE id = ?")?;
    while gone < excess {
        let (id, weight): (i64, i64) = oldest.query_row([], |row| Ok((row.get(0)?, row.get(1)?)))?;
        empty.execute([id])?;
        gone += weight;
        bodies += 1;
    }
    if bodies > 0 {
        settings::add(transaction, "rejection_bodies_dropped", bodies)?;
    }
    Ok(gone)
}
