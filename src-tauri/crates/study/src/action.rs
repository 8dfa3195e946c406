//! What a person did: the log's other kind of row, kept as JSON.

/// One action. Stored as JSON (`{"action": "acknowledge", …}`); a kind this version does not know reads as [`Action::Unknown`] and changes nothing.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(tag = "action", rename_all = "snake_case")]
pub enum Action {
    /// A problem was taken on.
    Acknowledge {
        /// The problem's id: the sequence of the event that first opened it (of the `started`, for a stuck upload).
        problem: i64,
        /// Who did it.
        by: String,
        /// A remark.
        note: Option<String>,
    },
    /// A problem was declared over.
    Resolve {
        /// The problem's id.
        problem: i64,
        /// Who did it.
        by: String,
        /// A remark.
        note: Option<String>,
    },
    /// A resolution or an acknowledgement was taken back.
    Reopen {
        /// The problem's id.
        problem: i64,
        /// Who did it.
        by: String,
    },
    /// Something was written down about a problem.
    Note {
        /// The problem's id.
        problem: i64,
        /// Who did it.
        by: String,
        /// The text.
        text: String,
    },
    /// A webhook was added, edited, disabled, enabled or removed. Never holds a secret.
    Webhook {
        /// `added`, `edited`, `disabled`, `enabled` or `removed`.
        change: String,
        /// Its slug.
        slug: String,
        /// What it is now, for the auditor: name, authentication, user name, study, time zone, whether the secret was replaced.
        details: serde_json::Value,
    },
    /// A setting was changed.
    Setting {
        /// Its name.
        name: String,
        /// Its new value.
        value: serde_json::Value,
    },
    /// A later version's action.
    #[serde(other)]
    Unknown,
}
