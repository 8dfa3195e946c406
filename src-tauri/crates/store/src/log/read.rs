//! Rows of the log as they stand in the file, read in ascending order; tolerant, since one odd row must not stop the rest.

use rusqlite::{Connection, Row};

use crate::sqlite::lossy;

/// One row, not yet judged.
#[derive(Debug, Clone)]
pub(crate) struct RawRow {
    pub(crate) sequence: i64,
    pub(crate) at: i64,
    pub(crate) kind: String,
    pub(crate) webhook: Option<String>,
    pub(crate) authentication: Option<String>,
    pub(crate) source_ip: Option<String>,
    /// `None` when it is not 32 bytes.
    pub(crate) body_sha256: Option<[u8; 32]>,
    pub(crate) chain: Option<[u8; 32]>,
    pub(crate) head: Vec<u8>,
    pub(crate) body: Vec<u8>,
}

const SELECT: &str = "SELECT sequence, at, kind, webhook, authentication, source_ip, body_sha256, chain, head, body
    FROM log WHERE sequence > ?1 ORDER BY sequence LIMIT ?2";

impl RawRow {
    /// The head as its column has it: actions have none.
    pub(crate) fn head_if_any(&self) -> Option<&[u8]> {
        (self.kind != super::ACTION).then_some(&self.head)
    }

    /// Reads the columns in the order of [`SELECT`].
    pub(crate) fn of(row: &Row<'_>) -> rusqlite::Result<Self> {
        let blob = |column| -> rusqlite::Result<Vec<u8>> {
            Ok(row.get_ref(column)?.as_bytes_or_null().ok().flatten().unwrap_or_default().to_vec())
        };
        let digest = |column| -> rusqlite::Result<Option<[u8; 32]>> {
            Ok(row.get_ref(column)?.as_blob().ok().and_then(|bytes| bytes.try_into().ok()))
        };
        Ok(Self {
            sequence: row.get(0)?,
            at: row.get(1)?,
            kind: lossy(row, 2)?.unwrap_or_default(),
            webhook: lossy(row, 3)?,
            authentication: lossy(row, 4)?,
            source_ip: lossy(row, 5)?,
            body_sha256: digest(6)?,
            chain: digest(7)?,
            head: blob(8)?,
            body: blob(9)?,
        })
    }
}

/// Up to `rows` rows after `after`, less once `bytes` are reached; in memory, so that the file's snapshot is held for as short as possible.
pub(crate) fn read_after(
    connection: &Connection,
    after: i64,
    rows: usize,
    bytes: usize,
) -> rusqlite::Result<Vec<RawRow>> {
    let mut statement = connection.prepare_cached(SELECT)?;
    let limit = i64::try_from(rows).unwrap_or(i64::MAX);
    let mut found = statement.query([after, limit])?;
    let mut all = Vec::new();
    let mut weight = 0;
    while let Some(row) = found.next()? {
        let raw = RawRow::of(row)?;
        weight += raw.head.len() + raw.body.len();
        all.push(raw);
        if weight >= bytes {
            break;
        }
    }
    Ok(all)
}
