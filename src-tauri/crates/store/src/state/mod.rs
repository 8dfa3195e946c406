//! State beside the log and the view, untouched by a rebuild: webhooks, rejections, handshakes seen unsigned, counters, settings.

mod alive;
mod away;
mod damaged;
mod damages;
mod former;
mod handshakes;
mod notifications;
mod rejections;
mod settings;
mod webhooks;

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use centrepoint::Authentication;
use rusqlite::{Connection, Transaction, TransactionBehavior};
use study::Slug;

pub use self::alive::{Alive, Phase, SignOfLife};
pub use self::away::Away;
pub(crate) use self::damaged::{
    FIRST_TABLES, SetAside, drop_unreadable, every_setting, every_slug, every_webhook, note_state_set_aside,
    set_aside_as, state_losses,
};
pub use self::damages::{Damage, Missing, Outcome, Salvaged};
pub use self::notifications::{Notification, Stage};
use crate::migration::Migrations;
use crate::sqlite::{During, says_corrupt};
use crate::{DataFolder, StoreError};

pub(crate) const MIGRATIONS: Migrations = Migrations(&[
    include_str!("../../migrations/state/0001_first.sql"),
    include_str!("../../migrations/state/0002_levels.sql"),
    include_str!("../../migrations/state/0003_damages.sql"),
    include_str!("../../migrations/state/0004_former.sql"),
    include_str!("../../migrations/state/0005_away.sql"),
    include_str!("../../migrations/state/0006_notifications.sql"),
]);

/// How long one change waits for another process's.
pub(crate) const BUSY: Duration = Duration::from_secs(5);

/// One webhook registration. Its secret is elsewhere: `secret_place` says where.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Webhook {
    /// The last part of its path; never used twice.
    pub slug: Slug,
    /// What people call it.
    pub name: String,
    /// How deliveries prove themselves.
    pub authentication: Authentication,
    /// Basic's user name.
    pub username: Option<String>,
    /// OAuth2's client id.
    pub client_id: Option<String>,
    /// CentrePoint's study id, as typed.
    pub study_id: Option<String>,
    /// IANA name; `None`: the computer's.
    pub time_zone: Option<String>,
    /// `vendor` and CIDRs; empty: everyone.
    pub allow: Vec<String>,
    /// Accepts deliveries.
    pub enabled: bool,
    /// Removed: answers 404, keeps the slug taken.
    pub removed: bool,
    /// Where its secret is: `keychain` or `file`; `None`: it has none.
    pub secret_place: Option<String>,
    /// Changes whenever the secret does, so that a cached one is not used on.
    pub secret_version: i64,
    /// When it was added.
    pub created_at: i64,
    /// When its URL, authentication or secret last changed: a handshake older than that does not count.
    pub validation_needed_at: i64,
    /// The last answered handshake, and whether it was signed.
    pub handshake: Option<Handshake>,
    /// What is expected of its subjects.
    pub levels: Levels,
    /// The credentials it had before, accepted beside the present ones for a while.
    pub former: Option<Former>,
}

/// Credentials that a webhook had before: CentrePoint sends a delivery again for up to 48 hours, with the old ones.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Former {
    /// Where the secret is: `keychain` or `file`. It stays there until it is forgotten, at or after `until`.
    pub place: String,
    /// The webhook's `secret_version` then.
    pub version: i64,
    /// Basic's user name or OAuth2's client id then.
    pub name: Option<String>,
    /// Accepted before this, microseconds since 1970 UTC.
    pub until: i64,
    /// When it last proved a delivery, to within a second. Noted by [`State::note_former_used`] alone.
    pub used_at: Option<i64>,
}

impl Former {
    /// Whether it still is accepted at `now`.
    #[must_use]
    pub fn stands(&self, now: i64) -> bool {
        now < self.until
    }
}

/// From when on something is to be said about a webhook's subjects.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Levels {
    /// Days without a completed upload from which on a subject is overdue, 1 to 365.
    pub overdue_days: u32,
    /// Days from which on it is late: more than `overdue_days`, at most 365.
    pub late_days: u32,
    /// Minutes from which on a day counts as worn, 1 to 1,440.
    pub wear_minutes: u32,
}

impl Default for Levels {
    fn default() -> Self {
        Self { overdue_days: 3, late_days: 5, wear_minutes: 600 }
    }
}

/// An answered handshake.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Handshake {
    /// When.
    pub at: i64,
    /// Whether it carried the webhook's credentials (always true with authentication None).
    pub authenticated: bool,
}

/// A refused request, about to be kept. Fields as in the rejection's contract.
#[derive(Debug, Clone)]
#[expect(missing_docs, reason = "the field names are the contract's")]
pub struct NewRejection {
    pub received_at: i64,
    pub webhook: Slug,
    pub status: u16,
    /// A constant word per case, by which rejections are bounded: `signature_differs`, `disabled`, …
    pub code: &'static str,
    /// A plain sentence.
    pub reason: String,
    pub source_ip: std::net::IpAddr,
    pub delivery_id: Option<String>,
    pub event: Option<String>,
    pub size: i64,
    /// The head, `Authorization` masked.
    pub head: Vec<u8>,
    /// The body, where it was read.
    pub body: Vec<u8>,
}

/// A handshake answered without the webhook's credentials: "seen, not signed".
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UnsignedHandshake {
    /// When, microseconds since 1970 UTC.
    pub at: i64,
    /// The webhook's slug.
    pub webhook: String,
    /// The peer's address.
    pub source_ip: String,
    /// Request line and headers, `Authorization` masked.
    pub head: Vec<u8>,
    /// The body.
    pub body: Vec<u8>,
}

/// Webhooks, rejections and the rest. Cheap to clone; each call is one short transaction. Blocking: call it off the async runtime.
#[derive(Debug, Clone)]
pub struct State {
    connection: Arc<Mutex<Connection>>,
}

impl State {
    /// Opens (creating, migrating) the state.
    ///
    /// # Errors
    /// When it cannot be opened or is from a newer version.
    pub fn open(folder: &DataFolder) -> Result<Self, StoreError> {
        let connection = MIGRATIONS.open(&folder.state(), BUSY, "FULL").map_err(|error| match error {
            StoreError::Sqlite { source, .. } if says_corrupt(&source) => StoreError::StateDamaged(source.to_string()),
            other => other,
        })?;
        Ok(Self { connection: Arc::new(Mutex::new(connection)) })
    }

    /// A number that changes whenever another process (or this one) changed the state, counters aside: poll it to notice.
    ///
    /// # Errors
    /// What SQLite said.
    pub fn version(&self) -> Result<i64, StoreError> {
        self.read("reading the state's version", |connection| {
            connection.prepare_cached("SELECT version FROM bookkeeping")?.query_row([], |row| row.get(0))
        })
    }

    fn read<T>(
        &self,
        context: &'static str,
        read: impl FnOnce(&Connection) -> rusqlite::Result<T>,
    ) -> Result<T, StoreError> {
        let connection = self.connection.lock().unwrap_or_else(PoisonError::into_inner);
        read(&connection).during(context)
    }

    /// One durable transaction that others notice by [`Self::version`].
    fn change<T>(
        &self,
        context: &'static str,
        change: impl FnOnce(&Transaction<'_>) -> rusqlite::Result<T>,
    ) -> Result<T, StoreError> {
        self.transact(context, |transaction| {
            let done = change(transaction)?;
            transaction.prepare_cached("UPDATE bookkeeping SET version = version + 1")?.execute([])?;
            Ok(done)
        })
    }

    fn transact<T>(
        &self,
        context: &'static str,
        change: impl FnOnce(&Transaction<'_>) -> rusqlite::Result<T>,
    ) -> Result<T, StoreError> {
        let mut connection = self.connection.lock().unwrap_or_else(PoisonError::into_inner);
        let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate).during(context)?;
        let done = change(&transaction).during(context)?;
        transaction.commit().during(context)?;
        Ok(done)
    }
}

/// Shared, so that receiver and api hold the same one.
pub type SharedState = Arc<State>;

#[cfg(test)]
mod tests;
