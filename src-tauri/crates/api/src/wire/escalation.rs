//! What goes out of the house when nobody sees to a problem, and how that stands.

use serde::{Deserialize, Serialize};
use ts_rs::TS;

/// A mail server, and to whom. Its password is kept elsewhere.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct EscalationMail {
    /// The server's name.
    pub host: String,
    /// Its port: 465 with `tls`, 587 with `starttls` as a rule.
    pub port: u16,
    /// `tls`, `starttls`, or `none` (on this computer alone).
    pub security: String,
    /// The user's name; empty: the server asks for none.
    pub username: String,
    /// The sender.
    pub from: String,
    /// Whom it goes to, 1 to 20.
    pub to: Vec<String>,
}

/// What goes out, after how long, and by which ways.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, TS)]
#[serde(default)]
#[expect(clippy::struct_excessive_bools, reason = "switches of a form, each of its own")]
pub struct EscalationRules {
    /// Whether anything does. Default no.
    pub on: bool,
    /// Hours after which a problem nobody acknowledged goes out. Default 4.
    pub after_hours: f64,
    /// Upload errors, processing errors, unreadable deliveries. Default yes, so with the next three.
    pub errors: bool,
    /// Stuck uploads.
    pub stuck: bool,
    /// Silent webhooks.
    pub silence: bool,
    /// That nothing can be received.
    pub not_receiving: bool,
    /// Subjects' ids and labels, and the vendor's messages, may be in it. Default no.
    pub with_subjects: bool,
    /// E-mail; null: not set up.
    pub mail: Option<EscalationMail>,
}

impl Default for EscalationRules {
    fn default() -> Self {
        Self {
            on: false,
            after_hours: 4.0,
            errors: true,
            stuck: true,
            silence: true,
            not_receiving: true,
            with_subjects: false,
            mail: None,
        }
    }
}

/// What is typed to change it.
#[derive(Debug, Clone, PartialEq, Deserialize, TS)]
pub struct EscalationForm {
    /// All of them.
    pub rules: EscalationRules,
    /// A new password of the mail server; null keeps the one there is, empty forgets it.
    pub password: Option<String>,
    /// A new address of the chat's webhook; null keeps the one there is, empty forgets it.
    pub chat_url: Option<String>,
}

/// One message that went out, or is to.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, TS)]
pub struct EscalationMessage {
    /// When it was made.
    pub made_at: String,
    /// How many problems it is about.
    pub problems: u32,
    /// `mail` or `chat`.
    pub way: String,
    /// `waiting` (to be tried, or tried again), `sent`, `given_up`, `withdrawn` (all was seen to meanwhile).
    pub standing: String,
    /// Tries that began, of 6.
    pub tries: u32,
    /// When it stood so last.
    pub at: String,
    /// Of `waiting`: when it is tried next.
    pub next_at: Option<String>,
    /// What the server said last.
    pub said: String,
}

/// How it stands.
#[derive(Debug, Clone, PartialEq, Serialize, TS)]
pub struct EscalationStatus {
    /// What is set.
    pub rules: EscalationRules,
    /// Where the mail server's password is: `keychain`, `file` or null.
    pub password_place: Option<String>,
    /// Where the address of the chat's webhook is, the same.
    pub chat_place: Option<String>,
    /// The newest messages, newest first, at most 50.
    pub messages: Vec<EscalationMessage>,
}

/// What a server said to a test.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, TS)]
pub struct EscalationTest {
    /// `mail` or `chat`.
    pub way: String,
    /// It took the message.
    pub taken: bool,
    /// What it said.
    pub said: String,
}
