//! Settings and webhooks, taken from one computer to another.

use serde::{Deserialize, Serialize};
use ts_rs::TS;

/// A file with settings is to be taken over.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize, TS)]
pub struct SettingsImport {
    /// The file.
    pub path: String,
    /// Only say what would change.
    pub dry_run: bool,
    /// Who; empty: the operator of the settings.
    pub by: String,
}

/// What a file with settings changes.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, TS)]
pub struct SettingsPlan {
    /// When the file was written; `None`: it does not say so.
    pub exported_at: Option<String>,
    /// What it changes, the settings first.
    pub changes: Vec<SettingsChange>,
    /// What a person must know or do: secrets to be set, what is left as it is.
    pub notes: Vec<String>,
}

/// One thing that changes.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, TS)]
pub struct SettingsChange {
    /// The slug of the webhook; `None`: it is a setting.
    pub webhook: Option<String>,
    /// The setting, or what of the webhook.
    pub name: String,
    /// What it is; `None`: there is none.
    pub before: Option<String>,
    /// What it becomes.
    pub after: String,
}
