//! State beside the log and the view, untouched by a rebuild: webhooks, rejections, handshakes seen unsigned, counters, settings.

use std::sync::Arc;

use centrepoint::Authentication;
use study::Slug;

use crate::rows::RejectionRow;
use crate::{DataFolder, StoreError};

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

/// Webhooks, rejections and the rest. Cheap to clone; each call is one short transaction. Blocking: call it off the async runtime.
#[derive(Debug, Clone)]
pub struct State {}

impl State {
    /// Opens (creating, migrating) the state.
    ///
    /// # Errors
    /// When it cannot be opened or is from a newer version.
    pub fn open(_folder: &DataFolder) -> Result<Self, StoreError> {
        todo!()
    }

    /// All webhooks by name, removed ones included.
    ///
    /// # Errors
    /// What SQLite said.
    pub fn webhooks(&self) -> Result<Vec<Webhook>, StoreError> {
        todo!()
    }

    /// Adds one.
    ///
    /// # Errors
    /// [`StoreError::Refused`] when the slug is or was in use.
    pub fn add_webhook(&self, _webhook: &Webhook) -> Result<(), StoreError> {
        todo!()
    }

    /// Replaces the one with the same slug.
    ///
    /// # Errors
    /// [`StoreError::Refused`] when there is none.
    pub fn put_webhook(&self, _webhook: &Webhook) -> Result<(), StoreError> {
        todo!()
    }

    /// Notes an answered handshake on its webhook; an unauthenticated one on a webhook with credentials also goes into the bounded list (newest 100).
    ///
    /// # Errors
    /// What SQLite said.
    pub fn note_handshake(&self, _slug: &Slug, _handshake: Handshake, _source_ip: std::net::IpAddr, _head: &[u8], _body: &[u8]) -> Result<(), StoreError> {
        todo!()
    }

    /// Keeps rejections, within their bounds (newest 2,000 per webhook and code; bodies within 64 MiB in all). One transaction for the slice.
    ///
    /// # Errors
    /// What SQLite said.
    pub fn reject(&self, _rejections: &[NewRejection]) -> Result<(), StoreError> {
        todo!()
    }

    /// Rejections, newest first.
    ///
    /// # Errors
    /// What SQLite said.
    pub fn rejections(&self, _limit: usize) -> Result<Vec<RejectionRow>, StoreError> {
        todo!()
    }

    /// Adds `by` to the counter `name` (answers 404 and 405, rejections dropped by their bound, …).
    ///
    /// # Errors
    /// What SQLite said.
    pub fn count(&self, _name: &str, _by: i64) -> Result<(), StoreError> {
        todo!()
    }

    /// All counters by name.
    ///
    /// # Errors
    /// What SQLite said.
    pub fn counters(&self) -> Result<Vec<(String, i64)>, StoreError> {
        todo!()
    }

    /// A setting's JSON.
    ///
    /// # Errors
    /// What SQLite said.
    pub fn setting(&self, _name: &str) -> Result<Option<serde_json::Value>, StoreError> {
        todo!()
    }

    /// Sets a setting.
    ///
    /// # Errors
    /// What SQLite said.
    pub fn set_setting(&self, _name: &str, _value: &serde_json::Value) -> Result<(), StoreError> {
        todo!()
    }

    /// A number that changes whenever another process (or this one) changed the state: poll it to notice.
    ///
    /// # Errors
    /// What SQLite said.
    pub fn version(&self) -> Result<i64, StoreError> {
        todo!()
    }
}

/// Shared, so that receiver and api hold the same one.
pub type SharedState = Arc<State>;
