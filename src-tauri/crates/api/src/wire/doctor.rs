//! The set-up, checked.

use serde::Serialize;
use ts_rs::TS;

/// How a check came out.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, TS)]
#[serde(rename_all = "snake_case")]
pub enum CheckLevel {
    /// It has not ended yet.
    Running,
    /// All is well.
    Green,
    /// It cannot be told, or is worth knowing: `found` says why.
    Amber,
    /// Something is wrong: `next` says what to do.
    Red,
}

/// One check of the set-up.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, TS)]
pub struct Check {
    /// `port`, `path`, `certificate`, `own_certificate`, `proxy`, `clock`, `popups`, `keychain`, `room`, `autostart`, and for each webhook
    /// `handshake`, `signature`, `contact`.
    pub id: String,
    /// The slug of the webhook that was checked, where it is one's.
    pub webhook: Option<String>,
    /// What is checked, for a person.
    pub title: String,
    /// How it came out.
    pub level: CheckLevel,
    /// What was found, in plain words; empty while it runs.
    pub found: String,
    /// What to do next, in plain words; null where nothing is to be done.
    pub next: Option<String>,
}

/// The set-up as it was checked last in this process.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, TS)]
pub struct Checkup {
    /// Some checks have not ended yet.
    pub running: bool,
    /// When it began; null: not yet.
    pub begun_at: Option<String>,
    /// Each check, in a fixed order.
    pub checks: Vec<Check>,
    /// All of it as a text to send to IT. Holds no secret.
    pub text: String,
}
