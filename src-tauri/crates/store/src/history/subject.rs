//! One subject: what was learned about it, what people wrote, the days it wore its monitor.

use jiff::ToSpan as _;
use rusqlite::{Connection, OptionalExtension, params};

use super::subjects::{self, today};
use super::{History, Lens, expected};
use crate::StoreError;
use crate::rows::{KnownRow, RemarkRow, SubjectDetail, SubjectRow, WearRow};
use crate::view::codes;

/// Days of wear time read.
const WEAR_DAYS: i64 = 400;

/// Remarks read.
const MOST_REMARKS: i64 = 1_000;

/// Values of each kind read.
const MOST_KNOWN: i64 = 100;

impl History {
    /// The subject of this key, as [`Self::subjects`] gave it.
    ///
    /// # Errors
    /// As [`Self::events`].
    pub fn subject(&self, key: i64, lens: &Lens) -> Result<Option<SubjectDetail>, StoreError> {
        self.readers.ask("reading a subject", |reader| {
            let connection = reader.connection();
            let row = if key < 0 { expected::one(connection, -key)? } else { subjects::one(connection, key, lens)? };
            let Some(row) = row else { return Ok(None) };
            let known = known(connection, &row)?;
            let remarks = remarks(connection, &row)?;
            let from = today(lens).saturating_sub(WEAR_DAYS.days()).to_string();
            let mut statement = connection.prepare_cached(
                "SELECT date, minutes, sequence FROM wear WHERE subject = ?1 AND date >= ?2 ORDER BY date",
            )?;
            let wear = statement
                .query_map(params![key, from], |row| {
                    Ok(WearRow { date: row.get(0)?, minutes: row.get(1)?, sequence: row.get(2)? })
                })?
                .collect::<rusqlite::Result<_>>()?;
            Ok(Some(SubjectDetail { row, known, remarks, wear }))
        })
    }
}

fn known(connection: &Connection, row: &SubjectRow) -> rusqlite::Result<Vec<KnownRow>> {
    let mut all = Vec::new();
    if let Some(value) = imported(connection, row)? {
        all.push(KnownRow { what: "label", value, at: None, sequence: None, shared_with: None });
    }
    let mut statement = connection.prepare_cached(
        "SELECT what, value, last_at, last_sequence FROM known WHERE subject = ?1 ORDER BY last_sequence DESC LIMIT ?2",
    )?;
    let rows = statement.query_map([row.id, MOST_KNOWN], |row| {
        let what = match row.get(0)? {
            codes::LABEL => "label",
            codes::SITE => "site",
            _ => "monitor",
        };
        Ok(KnownRow { what, value: row.get(1)?, at: row.get(2)?, sequence: row.get(3)?, shared_with: None })
    })?;
    for known in rows {
        all.push(known?);
    }
    for known in &mut all {
        known.shared_with = shared_with(connection, row, known)?;
    }
    Ok(all)
}

/// What a person's list says its label is.
fn imported(connection: &Connection, row: &SubjectRow) -> rusqlite::Result<Option<String>> {
    if row.id < 0 {
        return Ok(row.label.clone());
    }
    connection
        .prepare_cached("SELECT imported_label FROM subjects WHERE id = ?")?
        .query_row([row.id], |row| row.get(0))
        .optional()
        .map(Option::flatten)
}

/// Another subject whose current value is the same, where that is a contradiction.
fn shared_with(connection: &Connection, row: &SubjectRow, known: &KnownRow) -> rusqlite::Result<Option<String>> {
    let current = match known.what {
        "label" => &row.label,
        "monitor" => &row.monitor_serial,
        _ => return Ok(None),
    };
    if row.id < 0 || current.as_ref() != Some(&known.value) {
        return Ok(None);
    }
    let sql = if known.what == "label" {
        "SELECT o.subject_id FROM subjects o JOIN subjects s ON s.id = ?1
         WHERE o.label = ?2 AND o.webhook = s.webhook AND o.study = s.study AND o.id <> s.id LIMIT 1"
    } else {
        "SELECT o.subject_id FROM subjects o JOIN subjects s ON s.id = ?1
         WHERE o.monitor_serial = ?2 AND o.id <> s.id AND o.status IS NULL AND s.status IS NULL LIMIT 1"
    };
    connection.prepare_cached(sql)?.query_row(params![row.id, known.value], |row| row.get(0)).optional()
}

fn remarks(connection: &Connection, row: &SubjectRow) -> rusqlite::Result<Vec<RemarkRow>> {
    let Some(subject_id) = &row.subject_id else { return Ok(Vec::new()) };
    let mut statement = connection.prepare_cached(
        "SELECT * FROM (
             SELECT sequence, at, what, by, text, until FROM subject_actions
             WHERE subject_id = ?1 AND webhook = (SELECT id FROM words WHERE text = ?2)
               AND study IN (0, coalesce((SELECT id FROM words WHERE text = ?3), 0))
             ORDER BY sequence DESC LIMIT ?4
         ) ORDER BY 1",
    )?;
    let rows = statement.query_map(params![subject_id, row.webhook, row.study_id, MOST_REMARKS], |row| {
        Ok(RemarkRow {
            sequence: row.get(0)?,
            at: row.get(1)?,
            what: row.get(2)?,
            by: row.get(3)?,
            text: row.get(4)?,
            until: row.get(5)?,
        })
    })?;
    rows.collect()
}
