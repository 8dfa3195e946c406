//! Webhooks and their set-up.

use serde::{Deserialize, Serialize};
use ts_rs::TS;

/// How far a webhook's set-up is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, TS)]
#[serde(rename_all = "snake_case")]
pub enum Validation {
    /// No handshake since it was added or changed.
    Waiting,
    /// A handshake was answered, but it carried no credentials: seen, not signed.
    SeenUnsigned,
    /// A handshake with the right credentials (or none needed) was answered.
    Validated,
}

/// What a webhook waits for, as long as it never received a delivery.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, TS)]
#[serde(rename_all = "snake_case")]
pub enum WaitingFor {
    /// Nothing was ever heard of CentrePoint, since the last change of what it is checked by.
    NeverContacted,
    /// A handshake came.
    HandshakeSeen,
    /// A delivery came, and was refused: `reason` says why.
    Refused,
}

/// How far a webhook is that never received a delivery.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, TS)]
pub struct Waiting {
    /// See [`WaitingFor`].
    pub state: WaitingFor,
    /// When the handshake came, or the refused delivery.
    pub at: Option<String>,
    /// Why it was refused, in plain words.
    pub reason: Option<String>,
    /// Whether the handshake carried the right proof.
    pub signed: Option<bool>,
}

/// One webhook.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, TS)]
pub struct WebhookRow {
    /// The last part of its path.
    pub slug: String,
    /// What people call it.
    pub name: String,
    /// `none`, `basic`, `hmac`, `oauth2`.
    pub authentication: String,
    /// Basic's user name.
    pub username: Option<String>,
    /// OAuth2's client id.
    pub client_id: Option<String>,
    /// CentrePoint's study id.
    pub study_id: Option<String>,
    /// IANA name.
    pub time_zone: Option<String>,
    /// `vendor` and CIDRs.
    pub allow: Vec<String>,
    /// Accepts deliveries.
    pub enabled: bool,
    /// `keychain`, `file` or null.
    pub secret_place: Option<String>,
    /// Why its secret cannot be read here, where that is so: deliveries are answered 503.
    pub secret_error: Option<String>,
    /// What it was checked by before, while that is still accepted.
    pub former: Option<FormerRow>,
    /// What to paste into the portal: the public address where one is set, else the local one.
    pub target_url: String,
    /// Whether `target_url` is public HTTPS, as CentrePoint needs.
    pub target_is_public: bool,
    /// Where CentrePoint asks for access tokens, with OAuth2: below `target_url`.
    pub token_url: Option<String>,
    /// How far its set-up is.
    pub validation: Validation,
    /// When the last handshake was answered.
    pub handshake_at: Option<String>,
    /// How far it is, as long as it never received a delivery; null once it has.
    pub waiting: Option<Waiting>,
    /// When it was added.
    pub created_at: String,
    /// Days without a completed upload after which a subject is overdue. Default 3.
    pub overdue_days: u32,
    /// Days after which it is late: more than `overdue_days`. Default 5.
    pub late_days: u32,
    /// Minutes from which a day counts as worn, 1 to 1,440. Default 600.
    pub wear_minutes: u32,
}

/// The credentials a webhook had before, accepted beside the new ones for a while.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, TS)]
pub struct FormerRow {
    /// Accepted before this.
    pub until: String,
    /// Basic's user name or OAuth2's client id then.
    pub name: Option<String>,
    /// When they last proved a delivery, to within a second; null: not yet.
    pub used_at: Option<String>,
    /// Why the old secret cannot be read here, where that is so.
    pub error: Option<String>,
}

/// What is typed to add or edit a webhook.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize, TS)]
pub struct WebhookForm {
    /// What people call it.
    pub name: String,
    /// The last part of its path; not changeable later.
    pub slug: String,
    /// `none`, `basic`, `hmac`, `oauth2`.
    pub authentication: String,
    /// Basic's user name.
    pub username: Option<String>,
    /// OAuth2's client id.
    pub client_id: Option<String>,
    /// A new secret; null keeps the one there is.
    pub secret: Option<String>,
    /// For how many hours the secret (with its user name or client id) that this replaces is still accepted: 0 to 720, 0 for not at all;
    /// null is 72. Where nothing is replaced, what is left to one that was; null leaves that as it is.
    pub keep_old_hours: Option<u32>,
    /// CentrePoint's study id.
    pub study_id: Option<String>,
    /// IANA name; null: the computer's.
    pub time_zone: Option<String>,
    /// `vendor` and CIDRs.
    pub allow: Vec<String>,
    /// Turning authentication off was confirmed.
    pub confirmed_no_authentication: bool,
    /// See [`WebhookRow`]; null keeps what there is (of a new one the default), so with the next two.
    pub overdue_days: Option<u32>,
    /// See above.
    pub late_days: Option<u32>,
    /// See above.
    pub wear_minutes: Option<u32>,
}

/// A webhook that was added or changed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, TS)]
pub struct WebhookAdded {
    /// It, as it is now.
    pub webhook: WebhookRow,
    /// Things to know (the secret went to a file, …).
    pub warnings: Vec<String>,
}
