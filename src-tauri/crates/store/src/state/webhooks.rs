//! The webhooks: added, replaced, never forgotten (a removed one keeps its slug).

use rusqlite::{Connection, ErrorCode, Row, named_params, types::Type};
use study::Slug;

use super::{Former, Handshake, Levels, State, Webhook};
use crate::StoreError;

const INSERT: &str =
    "INSERT INTO webhooks (slug, name, authentication, username, client_id, study_id, time_zone, allow, enabled,
        removed, secret_place, secret_version, created_at, validation_needed_at,
        overdue_days, late_days, wear_minutes, former_place, former_version, former_name, former_until)
    VALUES (:slug, :name, :authentication, :username, :client_id, :study_id, :time_zone, :allow, :enabled,
        :removed, :secret_place, :secret_version, :created_at, :validation_needed_at,
        :overdue_days, :late_days, :wear_minutes, :former_place, :former_version, :former_name, :former_until)";

const UPDATE: &str = "UPDATE webhooks SET name = :name, authentication = :authentication, username = :username,
        client_id = :client_id, study_id = :study_id, time_zone = :time_zone, allow = :allow, enabled = :enabled,
        removed = :removed, secret_place = :secret_place, secret_version = :secret_version, created_at = :created_at,
        validation_needed_at = :validation_needed_at, overdue_days = :overdue_days, late_days = :late_days,
        wear_minutes = :wear_minutes,
        former_used_at = CASE WHEN former_version IS :former_version THEN former_used_at END,
        former_place = :former_place, former_version = :former_version, former_name = :former_name,
        former_until = :former_until
    WHERE slug = :slug";

impl State {
    /// All webhooks by name, removed ones included.
    ///
    /// # Errors
    /// What SQLite said.
    pub fn webhooks(&self) -> Result<Vec<Webhook>, StoreError> {
        self.read("reading the webhooks", every_webhook)
    }

    /// Adds one.
    ///
    /// # Errors
    /// [`StoreError::Refused`] when the slug is or was in use.
    pub fn add_webhook(&self, webhook: &Webhook) -> Result<(), StoreError> {
        let added = self.change("adding a webhook", |transaction| write(transaction, INSERT, webhook));
        match added {
            Err(StoreError::Sqlite { source, .. })
                if source.sqlite_error_code() == Some(ErrorCode::ConstraintViolation) =>
            {
                Err(StoreError::Refused(format!(
                    "the slug {} is in use or was used before: a slug is never used twice",
                    webhook.slug
                )))
            }
            other => other.map(drop),
        }
    }

    /// Replaces the one with the same slug. Its last handshake stays as it is noted: see [`Self::note_handshake`]; so does the
    /// last use of its former credentials, while these are the same.
    ///
    /// # Errors
    /// [`StoreError::Refused`] when there is none.
    pub fn put_webhook(&self, webhook: &Webhook) -> Result<(), StoreError> {
        let found = self.change("changing a webhook", |transaction| write(transaction, UPDATE, webhook))?;
        if found == 0 {
            return Err(StoreError::Refused(format!("there is no webhook with the slug {}", webhook.slug)));
        }
        Ok(())
    }
}

const SELECT: &str =
    "SELECT slug, name, authentication, username, client_id, study_id, time_zone, allow, enabled, removed,
        secret_place, secret_version, created_at, validation_needed_at, handshake_at, handshake_authenticated,
        overdue_days, late_days, wear_minutes,
        former_place, former_version, former_name, former_until, former_used_at
     FROM webhooks";

/// All webhooks by name.
pub(crate) fn every_webhook(connection: &Connection) -> rusqlite::Result<Vec<Webhook>> {
    let mut statement = connection.prepare_cached(&format!("{SELECT} ORDER BY name, slug"))?;
    statement.query_map([], read)?.collect()
}

/// Takes out webhooks that cannot be what they were; how many are left.
pub(super) fn drop_unreadable(connection: &Connection) -> rusqlite::Result<i64> {
    let rows: Vec<i64> =
        connection.prepare("SELECT rowid FROM webhooks")?.query_map([], |row| row.get(0))?.collect::<Result<_, _>>()?;
    for row in rows {
        let webhook = connection.query_row(&format!("{SELECT} WHERE rowid = ?1"), [row], read);
        if let Err(error) = webhook {
            tracing::warn!(%error, "a webhook cannot be read");
            connection.execute("DELETE FROM webhooks WHERE rowid = ?1", [row])?;
        }
    }
    connection.query_row("SELECT count(*) FROM webhooks", [], |row| row.get(0))
}

/// Adds webhooks and replaces others.
pub(super) fn write_all(
    transaction: &rusqlite::Transaction<'_>,
    added: &[Webhook],
    changed: &[Webhook],
) -> rusqlite::Result<()> {
    for (sql, webhooks) in [(INSERT, added), (UPDATE, changed)] {
        for webhook in webhooks {
            if write(transaction, sql, webhook)? == 0 {
                return Err(rusqlite::Error::QueryReturnedNoRows);
            }
        }
    }
    Ok(())
}

fn write(transaction: &rusqlite::Transaction<'_>, sql: &str, webhook: &Webhook) -> rusqlite::Result<usize> {
    let former = webhook.former.as_ref();
    transaction.prepare_cached(sql)?.execute(named_params! {
        ":slug": webhook.slug.as_str(),
        ":name": webhook.name,
        ":authentication": webhook.authentication.as_str(),
        ":username": webhook.username,
        ":client_id": webhook.client_id,
        ":study_id": webhook.study_id,
        ":time_zone": webhook.time_zone,
        ":allow": serde_json::Value::from(webhook.allow.clone()).to_string(),
        ":enabled": webhook.enabled,
        ":removed": webhook.removed,
        ":secret_place": webhook.secret_place,
        ":secret_version": webhook.secret_version,
        ":created_at": webhook.created_at,
        ":validation_needed_at": webhook.validation_needed_at,
        ":overdue_days": webhook.levels.overdue_days,
        ":late_days": webhook.levels.late_days,
        ":wear_minutes": webhook.levels.wear_minutes,
        ":former_place": former.map(|former| &former.place),
        ":former_version": former.map(|former| former.version),
        ":former_name": former.and_then(|former| former.name.as_ref()),
        ":former_until": former.map(|former| former.until),
    })
}

fn read(row: &Row<'_>) -> rusqlite::Result<Webhook> {
    let wrong = |column: usize, error: Box<dyn std::error::Error + Send + Sync>| {
        rusqlite::Error::FromSqlConversionFailure(column, Type::Text, error)
    };
    let text = |column: usize| row.get::<_, String>(column);
    let handshake = match (row.get(14)?, row.get(15)?) {
        (Some(at), Some(authenticated)) => Some(Handshake { at, authenticated }),
        _ => None,
    };
    let former = match (row.get(19)?, row.get(20)?, row.get(22)?) {
        (Some(place), Some(version), Some(until)) => {
            Some(Former { place, version, name: row.get(21)?, until, used_at: row.get(23)? })
        }
        _ => None,
    };
    Ok(Webhook {
        slug: Slug::new(&text(0)?).map_err(|error| wrong(0, error.into()))?,
        name: row.get(1)?,
        authentication: text(2)?.parse().map_err(|_| wrong(2, "not a known authentication".into()))?,
        username: row.get(3)?,
        client_id: row.get(4)?,
        study_id: row.get(5)?,
        time_zone: row.get(6)?,
        allow: serde_json::from_str(&text(7)?).map_err(|error| wrong(7, error.into()))?,
        enabled: row.get(8)?,
        removed: row.get(9)?,
        secret_place: row.get(10)?,
        secret_version: row.get(11)?,
        created_at: row.get(12)?,
        validation_needed_at: row.get(13)?,
        handshake,
        levels: Levels { overdue_days: row.get(16)?, late_days: row.get(17)?, wear_minutes: row.get(18)? },
        former,
    })
}
