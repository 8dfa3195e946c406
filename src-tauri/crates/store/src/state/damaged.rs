//! What a state that took a damaged one's place knows about that: what was said, and which webhooks were lost.

use std::collections::BTreeSet;
use std::path::Path;

use rusqlite::{Connection, OptionalExtension, params};
use study::Slug;

use super::damages::STATE_SET_ASIDE;
pub(crate) use super::webhooks::every_webhook;
use super::{BUSY, State};
use crate::StoreError;
use crate::sqlite::open_reader;

/// The tables that were there from the first version on: they begin on the same pages in every file.
pub(crate) const FIRST_TABLES: [&str; 5] = ["webhooks", "unsigned_handshakes", "rejections", "counters", "settings"];

/// The setting that keeps the slugs of lost webhooks.
const LOST: &str = "lost_webhooks";

/// How a state came to be begun anew.
pub(crate) struct SetAside<'a> {
    /// When, microseconds since 1970 UTC.
    pub(crate) now: i64,
    /// What was found, in plain words.
    pub(crate) reason: &'a str,
    /// Where the damaged one is put.
    pub(crate) file: Option<&'a str>,
    /// Webhooks there are in it.
    pub(crate) webhooks: i64,
    /// When the backup was made that something was taken from, microseconds since 1970 UTC.
    pub(crate) backup: Option<i64>,
    /// Slugs that had deliveries and have no webhook any more.
    pub(crate) lost: &'a [Slug],
}

/// Notes it in the new state.
pub(crate) fn note_state_set_aside(new: &mut Connection, told: &SetAside<'_>) -> rusqlite::Result<()> {
    let transaction = new.transaction()?;
    // What weighs how much is counted anew: not all of it may have been brought over.
    transaction.execute(
        "UPDATE bookkeeping SET version = version + 1, rejection_body_bytes =
            (SELECT coalesce(sum(length(body)), 0) FROM rejections)",
        [],
    )?;
    transaction.execute(
        "INSERT INTO damages (found_at, kind, reason, file, salvaged, missing_from) VALUES (?1, ?2, ?3, ?4, ?5, ?6)",
        params![told.now, STATE_SET_ASIDE, told.reason, told.file, told.webhooks, told.backup],
    )?;
    let id = transaction.last_insert_rowid();
    let slugs: Vec<&str> = told.lost.iter().map(Slug::as_str).collect();
    let lost = serde_json::json!({ "damage": id, "slugs": slugs });
    super::settings::set(&transaction, LOST, &lost)?;
    transaction.commit()
}

/// Where the damaged one is to be put.
pub(crate) fn set_aside_as(new: &Connection) -> rusqlite::Result<Option<String>> {
    let sql = "SELECT file FROM damages WHERE kind = ?1 ORDER BY id DESC LIMIT 1";
    new.query_row(sql, [STATE_SET_ASIDE], |row| row.get(0)).optional().map(Option::flatten)
}

/// All slugs, removed webhooks' included.
pub(crate) fn every_slug(connection: &Connection) -> rusqlite::Result<BTreeSet<String>> {
    connection.prepare("SELECT slug FROM webhooks")?.query_map([], |row| row.get(0))?.collect()
}

/// Reads every setting.
pub(crate) fn every_setting(connection: &Connection) -> rusqlite::Result<()> {
    let mut statement = connection.prepare("SELECT name, value FROM settings")?;
    let mut rows = statement.query([])?;
    while let Some(row) = rows.next()? {
        let (_, value): (String, String) = (row.get(0)?, row.get(1)?);
        serde_json::from_str::<serde_json::Value>(&value)
            .map_err(|error| rusqlite::Error::FromSqlConversionFailure(1, rusqlite::types::Type::Text, error.into()))?;
    }
    Ok(())
}

/// Takes out what cannot be what it was; how many webhooks are left.
pub(crate) fn drop_unreadable(connection: &Connection) -> rusqlite::Result<i64> {
    let unreadable = "DELETE FROM settings WHERE NOT json_valid(value)";
    connection.execute(unreadable, [])?;
    super::webhooks::drop_unreadable(connection)
}

/// That the state was begun anew, read by somebody or not: for `verify`. Nothing where it cannot be read, which it says itself.
pub(crate) fn state_losses(path: &Path) -> Vec<String> {
    let read = || -> rusqlite::Result<Vec<String>> {
        let connection = open_reader(path, BUSY)?;
        let mut statement = connection.prepare(
            "SELECT found_at, reason, file, salvaged, missing_from FROM damages WHERE kind = ?1 ORDER BY id",
        )?;
        let rows = statement.query_map([STATE_SET_ASIDE], |row| {
            let at = jiff::Timestamp::from_microsecond(row.get(0)?).unwrap_or_default();
            let file: Option<String> = row.get(2)?;
            let kept = file.map_or_else(String::new, |file| format!("; the damaged file is kept as {file}"));
            let (reason, webhooks): (String, Option<i64>) = (row.get(1)?, row.get(3)?);
            let webhooks = webhooks.unwrap_or(0);
            let backup =
                row.get::<_, Option<i64>>(4)?.map(|at| jiff::Timestamp::from_microsecond(at).unwrap_or_default());
            let backup = backup.map_or_else(String::new, |at| format!(", some as of the backup of {at}"));
            Ok(format!(
                "state.db was begun anew at {at} ({reason}): {webhooks} webhooks were brought over{backup}{kept}"
            ))
        })?;
        rows.collect()
    };
    read().unwrap_or_default()
}

impl State {
    /// Slugs that had deliveries before the state was damaged and have no webhook since: their deliveries are to be sent again later. A
    /// slug that is set up again is none, and where a person has read what was said about it, nothing is.
    ///
    /// # Errors
    /// What SQLite said.
    pub fn lost_webhooks(&self) -> Result<Vec<Slug>, StoreError> {
        let Some(lost) = self.setting(LOST)? else { return Ok(Vec::new()) };
        let slugs = lost["slugs"].as_array().into_iter().flatten().filter_map(|slug| Slug::new(slug.as_str()?).ok());
        let (id, slugs) = (lost["damage"].as_i64(), slugs.collect::<Vec<_>>());
        self.read("reading which webhooks were lost", |connection| {
            let sql = "SELECT EXISTS (SELECT 1 FROM damages WHERE id = ?1 AND dismissed_at IS NULL)";
            let stands: bool = connection.prepare_cached(sql)?.query_row([id], |row| row.get(0))?;
            let known = every_slug(connection)?;
            let is_lost = |slug: &Slug| stands && !known.contains(slug.as_str());
            Ok(slugs.into_iter().filter(is_lost).collect())
        })
    }
}
