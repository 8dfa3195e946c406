//! Subjects that a list expects and nothing was received of: at the end of the subjects, so that "never uploaded" shows.

use rusqlite::{Connection, OptionalExtension, params};
use study::Query;
use study::query::Key;

use super::subjects::{WEAR_DAYS, status_of};
use super::words::WordFinder;
use crate::rows::SubjectRow;

/// Expected rows that no subject answers to: neither by id nor, where the list has no id, by label.
const UNSEEN: &str = " FROM expected x WHERE CASE WHEN x.subject_id IS NOT NULL
     THEN NOT EXISTS (SELECT 1 FROM subjects s WHERE s.subject_id = x.subject_id AND s.webhook = x.webhook AND (x.study = 0 OR s.study = x.study))
     ELSE NOT EXISTS (SELECT 1 FROM subjects s WHERE s.label = x.label AND s.webhook = x.webhook AND (x.study = 0 OR s.study = x.study)) END";

/// Those behind the row `after` that the query may hold for, in the order they were first expected.
pub(super) fn rows(
    connection: &Connection,
    query: &Query,
    after: i64,
    most: usize,
) -> rusqlite::Result<Vec<SubjectRow>> {
    if !may_hold(query) {
        return Ok(Vec::new());
    }
    let mut statement = connection.prepare_cached(&format!(
        "SELECT x.id, x.webhook, x.study, x.subject_id, x.label, x.site_id{UNSEEN} AND x.id > ?1 ORDER BY x.id"
    ))?;
    let mut words = WordFinder::new(connection)?;
    let mut found = statement.query([after])?;
    let mut rows = Vec::new();
    while let Some(row) = found.next()? {
        let (webhook, study): (i64, i64) = (row.get(1)?, row.get(2)?);
        let row = SubjectRow {
            id: -row.get::<_, i64>(0)?,
            webhook: words.text(webhook)?,
            study_id: words.maybe(Some(study))?,
            subject_id: row.get(3)?,
            label: row.get(4)?,
            site_id: row.get(5)?,
            monitor_serial: None,
            last_completed_at: None,
            status: status_of(declared(connection, row.get(3)?, webhook, study)?),
            expected: true,
            conflicts: Vec::new(),
            uploads: 0,
            open_problems: 0,
            wear: vec![None; usize::try_from(WEAR_DAYS).unwrap_or(0)],
        };
        if holds(query, &row) {
            rows.push(row);
        }
        if rows.len() == most {
            break;
        }
    }
    Ok(rows)
}

/// The one of this row number.
pub(super) fn one(connection: &Connection, id: i64) -> rusqlite::Result<Option<SubjectRow>> {
    Ok(rows(connection, &Query::default(), id - 1, 1)?.pop().filter(|row| row.id == -id))
}

/// How many there are; `webhook`: of this one.
pub(super) fn count(connection: &Connection, webhook: Option<&str>) -> rusqlite::Result<i64> {
    connection
        .prepare_cached(&format!(
            "SELECT count(*){UNSEEN} AND (?1 IS NULL OR x.webhook = (SELECT id FROM words WHERE text = ?1))"
        ))?
        .query_row([webhook], |row| row.get(0))
}

fn declared(
    connection: &Connection,
    subject_id: Option<String>,
    webhook: i64,
    study: i64,
) -> rusqlite::Result<Option<String>> {
    let Some(subject_id) = subject_id else { return Ok(None) };
    connection
        .prepare_cached(
            "SELECT status FROM subject_actions
             WHERE subject_id = ?1 AND webhook = ?2 AND (study = 0 OR study = ?3) AND status IS NOT NULL
             ORDER BY sequence DESC LIMIT 1",
        )?
        .query_row(params![subject_id, webhook, study], |row| row.get(0))
        .optional()
}

/// A query about what is received, a problem or a time holds for none of them.
fn may_hold(query: &Query) -> bool {
    let about_them = |key: &Key| matches!(key, Key::Webhook | Key::Study | Key::Site | Key::Subject);
    query.is.is_empty()
        && query.after.is_empty()
        && query.before.is_empty()
        && query.keys.iter().all(|term| about_them(&term.key))
}

fn holds(query: &Query, row: &SubjectRow) -> bool {
    let is = |key: Key, value: &str| {
        let same = |field: &Option<String>| field.as_deref() == Some(value);
        match key {
            Key::Webhook => row.webhook == value,
            Key::Study => same(&row.study_id),
            Key::Site => same(&row.site_id),
            Key::Subject => same(&row.subject_id) || same(&row.label),
            _ => false,
        }
    };
    let says = |phrase: &str| {
        let phrase = phrase.to_lowercase();
        [&row.subject_id, &row.label, &row.site_id].into_iter().flatten().any(|field| field.to_lowercase() == phrase)
    };
    query.keys.iter().all(|term| term.values.iter().any(|value| is(term.key, value)))
        && !query.excluded.iter().any(|(key, value)| is(*key, value))
        && query.texts.iter().all(|text| says(&text.phrase) != text.excluded)
}
