//! Rows written outside the writer's queue, into a log that is being begun anew.

use centrepoint::BodyDigest;
use rusqlite::{Connection, params};
use study::Action;

use super::chain::Link;
use super::read::RawRow;

/// Writes one row of the log.
pub(super) const INSERT: &str =
    "INSERT INTO log (sequence, kind, at, webhook, authentication, source_ip, body_sha256, chain, head, body)
     VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10)";

/// The link of a row that was read, after `previous`.
pub(crate) fn link_of(row: &RawRow, previous: &[u8; 32]) -> [u8; 32] {
    Link {
        sequence: row.sequence,
        at: row.at,
        kind: row.kind.as_bytes(),
        webhook: row.webhook.as_deref().map(str::as_bytes),
        authentication: row.authentication.as_deref().map(str::as_bytes),
        source_ip: row.source_ip.as_deref().map(str::as_bytes),
        head: row.head_if_any(),
        body_sha256: &row.body_sha256.unwrap_or_default(),
    }
    .after(previous)
}

/// Writes a row as it was read, chained to `previous`; its link.
pub(crate) fn insert_raw(log: &Connection, row: &RawRow, previous: &[u8; 32]) -> rusqlite::Result<[u8; 32]> {
    let link = link_of(row, previous);
    log.prepare_cached(INSERT)?.execute(params![
        row.sequence,
        row.kind,
        row.at,
        row.webhook,
        row.authentication,
        row.source_ip,
        row.body_sha256.unwrap_or_default(),
        link,
        row.head_if_any(),
        row.body,
    ])?;
    Ok(link)
}

/// Writes an action as row `sequence`, chained to `previous`.
pub(crate) fn insert_action(
    log: &Connection,
    sequence: i64,
    at: i64,
    action: &Action,
    previous: &[u8; 32],
) -> rusqlite::Result<[u8; 32]> {
    let body = serde_json::to_vec(action).map_err(|error| rusqlite::Error::ToSqlConversionFailure(Box::new(error)))?;
    let row = RawRow {
        sequence,
        at,
        kind: super::ACTION.to_owned(),
        webhook: None,
        authentication: None,
        source_ip: None,
        body_sha256: Some(BodyDigest::of(&body).0),
        chain: None,
        head: Vec::new(),
        body,
    };
    insert_raw(log, &row, previous)
}

/// Whether the row says that the log was begun anew with it.
pub(crate) fn begins_anew(row: &RawRow) -> bool {
    row.kind == super::ACTION && matches!(serde_json::from_slice(&row.body), Ok(Action::LogBegun { .. }))
}
