//! Settings (JSON by name) and counters.

use rusqlite::OptionalExtension;

use super::damages::SETTINGS_SET_ASIDE;
use super::{State, Webhook, webhooks};
use crate::StoreError;

impl State {
    /// Adds `by` to the counter `name` (answers 404 and 405, rejections dropped by their bound, …).
    ///
    /// # Errors
    /// What SQLite said.
    pub fn count(&self, name: &str, by: i64) -> Result<(), StoreError> {
        self.transact("counting", |transaction| add(transaction, name, by))
    }

    /// All counters by name.
    ///
    /// # Errors
    /// What SQLite said.
    pub fn counters(&self) -> Result<Vec<(String, i64)>, StoreError> {
        self.read("reading the counters", |connection| {
            let mut statement = connection.prepare_cached("SELECT name, value FROM counters ORDER BY name")?;
            let rows = statement.query_map([], |row| Ok((row.get(0)?, row.get(1)?)))?;
            rows.collect()
        })
    }

    /// A setting's JSON.
    ///
    /// # Errors
    /// What SQLite said.
    pub fn setting(&self, name: &str) -> Result<Option<serde_json::Value>, StoreError> {
        let text: Option<String> = self.read("reading a setting", |connection| {
            let mut statement = connection.prepare_cached("SELECT value FROM settings WHERE name = ?")?;
            statement.query_row([name], |row| row.get(0)).optional()
        })?;
        text.map(|text| {
            serde_json::from_str(&text)
                .map_err(|error| StoreError::Refused(format!("the setting {name} cannot be read: {error}")))
        })
        .transpose()
    }

    /// Sets a setting.
    ///
    /// # Errors
    /// What SQLite said.
    pub fn set_setting(&self, name: &str, value: &serde_json::Value) -> Result<(), StoreError> {
        self.change("keeping a setting", |transaction| set(transaction, name, value))
    }

    /// Sets a setting in the place of one that cannot be read, which is kept as it is under another name; `lost` says in plain words what of it
    /// is lost, until a person has read it. The other name.
    ///
    /// # Errors
    /// What SQLite said.
    pub fn set_setting_aside(
        &self,
        name: &str,
        value: &serde_json::Value,
        lost: &str,
        now: i64,
    ) -> Result<String, StoreError> {
        let aside = format!("{name}.damaged-{now}");
        self.change("setting a setting aside", |transaction| {
            let keep = "INSERT OR REPLACE INTO settings (name, value) SELECT ?2, value FROM settings WHERE name = ?1";
            transaction.prepare_cached(keep)?.execute([name, &aside])?;
            set(transaction, name, value)?;
            let note = "INSERT INTO damages (found_at, kind, reason) VALUES (?1, ?2, ?3)";
            transaction.prepare_cached(note)?.execute((now, SETTINGS_SET_ASIDE, lost)).map(drop)
        })?;
        Ok(aside)
    }

    /// Sets a setting, adds webhooks and replaces others, all of it or nothing.
    ///
    /// # Errors
    /// What SQLite said, also where one that is to be replaced is not there.
    pub fn take_over(
        &self,
        setting: Option<(&str, &serde_json::Value)>,
        added: &[Webhook],
        changed: &[Webhook],
    ) -> Result<(), StoreError> {
        self.change("taking over settings", |transaction| {
            if let Some((name, value)) = setting {
                set(transaction, name, value)?;
            }
            webhooks::write_all(transaction, added, changed)
        })
    }

    /// The same for what concerns nobody but who sets it: [`State::version`] stays as it is, so nobody is told.
    ///
    /// # Errors
    /// What SQLite said.
    pub fn set_setting_quietly(&self, name: &str, value: &serde_json::Value) -> Result<(), StoreError> {
        self.transact("keeping a setting", |transaction| set(transaction, name, value))
    }
}

pub(super) fn set(
    transaction: &rusqlite::Transaction<'_>,
    name: &str,
    value: &serde_json::Value,
) -> rusqlite::Result<()> {
    let sql = "INSERT INTO settings (name, value) VALUES (?1, ?2) ON CONFLICT (name) DO UPDATE SET value = ?2";
    transaction.prepare_cached(sql)?.execute([name, &value.to_string()]).map(drop)
}

/// Adds to a counter within a transaction.
pub(super) fn add(transaction: &rusqlite::Transaction<'_>, name: &str, by: i64) -> rusqlite::Result<()> {
    let sql = "INSERT INTO counters (name, value) VALUES (?1, ?2) ON CONFLICT (name) DO UPDATE SET value = value + ?2";
    transaction.prepare_cached(sql)?.execute((name, by)).map(drop)
}
