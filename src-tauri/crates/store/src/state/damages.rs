//! What was found wrong with the log: kept until a person has read it, and the place where a setting aside that was interrupted goes on.

use rusqlite::{OptionalExtension, Row, params};

use super::State;
use crate::StoreError;

/// Something found wrong with the log.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Damage {
    /// Its number.
    pub id: i64,
    /// When it was found, microseconds since 1970 UTC.
    pub found_at: i64,
    /// What was found, in plain words.
    pub reason: String,
    /// What became of the file.
    pub outcome: Outcome,
}

/// What became of a log that is not as it should be.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Outcome {
    /// The file can be used but is not as it was written: it goes on, and nothing was touched.
    GoesOn,
    /// It was set aside and begun anew.
    SetAside {
        /// Where it lies, a name in the data folder; `None` where nothing was left.
        file: Option<String>,
        /// The row that begins the log in its place, once there is one.
        begun: Option<i64>,
        /// What could be read of it, once that is over.
        salvaged: Option<Salvaged>,
    },
    /// The state was set aside, and begun anew with what could be read of it.
    StateSetAside {
        /// Where it lies, a name in the data folder; `None` where nothing was left.
        file: Option<String>,
        /// Webhooks that were brought over, removed ones included.
        webhooks: i64,
        /// When the backup was made that webhooks or settings were taken from which could not be read, microseconds since 1970 UTC.
        /// (In the table it is `missing_from`: what was changed since may be missing.)
        backup: Option<i64>,
    },
    /// Settings could not be read: they are kept beside those that take their place. The reason names them.
    SettingsSetAside,
}

/// What could be read of a damaged log.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Salvaged {
    /// Arrivals, each attempt counted.
    pub deliveries: i64,
    /// What was received between these instants may be missing; `None`: nothing is known to be.
    pub missing: Option<Missing>,
}

/// A time in which something may be missing.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Missing {
    /// From then on; `None`: from the beginning on.
    pub from: Option<i64>,
    /// Up to then.
    pub to: i64,
}

const COLUMNS: &str = "id, found_at, kind, reason, file, begun, salvaged, missing_from, missing_to";
const SET_ASIDE: &str = "set_aside";
pub(super) const SETTINGS_SET_ASIDE: &str = "settings_set_aside";
pub(super) const STATE_SET_ASIDE: &str = "state_set_aside";

fn damage(row: &Row<'_>) -> rusqlite::Result<Damage> {
    let kind: String = row.get(2)?;
    let salvaged: Option<i64> = row.get(6)?;
    let from = row.get(7)?;
    let missing = row.get::<_, Option<i64>>(8)?.map(|to| Missing { from, to });
    let salvaged = salvaged.map(|deliveries| Salvaged { deliveries, missing });
    let outcome = if kind == SET_ASIDE {
        Outcome::SetAside { file: row.get(4)?, begun: row.get(5)?, salvaged }
    } else if kind == STATE_SET_ASIDE {
        Outcome::StateSetAside {
            file: row.get(4)?,
            webhooks: row.get::<_, Option<i64>>(6)?.unwrap_or(0),
            backup: row.get(7)?,
        }
    } else if kind == SETTINGS_SET_ASIDE {
        Outcome::SettingsSetAside
    } else {
        Outcome::GoesOn
    };
    Ok(Damage { id: row.get(0)?, found_at: row.get(1)?, reason: row.get(3)?, outcome })
}

impl State {
    /// What was found and nobody has dismissed yet, oldest first.
    ///
    /// # Errors
    /// What SQLite said.
    pub fn damages(&self) -> Result<Vec<Damage>, StoreError> {
        self.read("reading what was found wrong with the log", |connection| {
            let sql = format!("SELECT {COLUMNS} FROM damages WHERE dismissed_at IS NULL ORDER BY id");
            connection.prepare_cached(&sql)?.query_map([], damage)?.collect()
        })
    }

    /// A person has read `ids`: they are not said any more. The rows stay. Returns how many were still standing.
    ///
    /// # Errors
    /// What SQLite said.
    pub fn dismiss_damages(&self, ids: &[i64], now: i64) -> Result<usize, StoreError> {
        self.change("dismissing a warning", |transaction| {
            let mut dismissed = 0;
            for id in ids {
                let sql = "UPDATE damages SET dismissed_at = ?2 WHERE id = ?1 AND dismissed_at IS NULL";
                dismissed += transaction.prepare_cached(sql)?.execute([*id, now])?;
            }
            Ok(dismissed)
        })
    }

    /// Notes that the log is not as it was written, once for the same `reason`, dismissed or not. Whether it is new.
    pub(crate) fn note_changed(&self, now: i64, reason: &str) -> Result<bool, StoreError> {
        self.change("noting what was found wrong with the log", |transaction| {
            let sql = "INSERT INTO damages (found_at, kind, reason) SELECT ?1, 'changed', ?2
                WHERE NOT EXISTS (SELECT 1 FROM damages WHERE kind = 'changed' AND reason = ?2)";
            Ok(transaction.prepare_cached(sql)?.execute(params![now, reason])? > 0)
        })
    }

    /// Notes that the log is about to be set aside as `file`, before it is touched.
    pub(crate) fn note_set_aside(&self, now: i64, reason: &str, file: Option<&str>) -> Result<Damage, StoreError> {
        self.change("noting what was found wrong with the log", |transaction| {
            let sql = "INSERT INTO damages (found_at, kind, reason, file) VALUES (?1, 'set_aside', ?2, ?3)";
            transaction.prepare_cached(sql)?.execute(params![now, reason, file])?;
            let sql = format!("SELECT {COLUMNS} FROM damages WHERE id = last_insert_rowid()");
            transaction.prepare_cached(&sql)?.query_row([], damage)
        })
    }

    /// The log in its place begins with row `begun`.
    pub(crate) fn note_begun(&self, id: i64, begun: i64) -> Result<(), StoreError> {
        self.change("noting what became of the log", |transaction| {
            transaction.prepare_cached("UPDATE damages SET begun = ?2 WHERE id = ?1")?.execute([id, begun]).map(drop)
        })
    }

    /// What could be read of it has been.
    pub(crate) fn note_salvaged(&self, id: i64, salvaged: Salvaged) -> Result<(), StoreError> {
        self.change("noting what became of the log", |transaction| {
            let sql = "UPDATE damages SET salvaged = ?2, missing_from = ?3, missing_to = ?4 WHERE id = ?1";
            let missing = salvaged.missing;
            let (from, to) = (missing.and_then(|missing| missing.from), missing.map(|missing| missing.to));
            let values = params![id, salvaged.deliveries, from, to];
            transaction.prepare_cached(sql)?.execute(values).map(drop)
        })
    }

    /// The oldest setting aside that was interrupted before a new log stood in its place.
    pub(crate) fn interrupted(&self) -> Result<Option<Damage>, StoreError> {
        self.oldest("begun IS NULL")
    }

    /// The oldest damaged log that is still to be salvaged.
    pub(crate) fn unsalvaged(&self) -> Result<Option<Damage>, StoreError> {
        self.oldest("begun IS NOT NULL AND salvaged IS NULL")
    }

    /// The row with which the log was begun anew last; 0: it never was.
    pub(crate) fn last_begun(&self) -> Result<i64, StoreError> {
        self.read("reading what was found wrong with the log", |connection| {
            connection.query_row("SELECT coalesce(max(begun), 0) FROM damages", [], |row| row.get(0))
        })
    }

    fn oldest(&self, which: &'static str) -> Result<Option<Damage>, StoreError> {
        self.read("reading what was found wrong with the log", |connection| {
            let sql =
                format!("SELECT {COLUMNS} FROM damages WHERE kind = '{SET_ASIDE}' AND {which} ORDER BY id LIMIT 1");
            connection.prepare_cached(&sql)?.query_row([], damage).optional()
        })
    }
}
