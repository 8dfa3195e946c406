//! CentrePoint's history of a webhook, brought in.

use std::fmt;

use serde::{Deserialize, Serialize};
use ts_rs::TS;

/// What is to be brought in.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize, TS)]
pub struct HistoryImport {
    /// The slug of the webhook whose history it is.
    pub webhook: String,
    /// Files with answers of CentrePoint's API; empty where `api` is.
    pub files: Vec<String>,
    /// Or the API itself.
    pub api: Option<HistoryApi>,
    /// Only deliveries made from this instant on.
    pub from: Option<String>,
    /// Only deliveries made up to this instant.
    pub to: Option<String>,
    /// Also deliveries that name another webhook of CentrePoint's, or another study, than those that are here.
    pub any_webhook: bool,
    /// Only say what would be added.
    pub dry_run: bool,
    /// Who; empty: the operator of the settings.
    pub by: String,
}

/// Where CentrePoint's API is, and as whom to ask it.
#[derive(Clone, Default, PartialEq, Eq, Deserialize, TS)]
pub struct HistoryApi {
    /// Where an access token is given.
    pub token_url: String,
    /// Where the API is.
    pub api_url: String,
    /// The client's id.
    pub client_id: String,
    /// The client's secret; kept nowhere.
    pub secret: String,
    /// What the token is for; empty: `CentrePoint`.
    pub scope: String,
    /// CentrePoint's id of the study.
    pub study_id: String,
    /// CentrePoint's id of the webhook.
    pub webhook_id: String,
}

impl fmt::Debug for HistoryApi {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("HistoryApi").field("api_url", &self.api_url).field("secret", &"***").finish_non_exhaustive()
    }
}

/// How far an import is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, TS)]
pub struct HistoryProgress {
    /// `reading`, `comparing` or `adding`.
    pub stage: String,
    /// Deliveries so far.
    #[ts(type = "number")]
    pub done: u64,
    /// Of so many, where that is known.
    #[ts(type = "number | null")]
    pub total: Option<u64>,
}

/// What an import did, or would do.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, TS)]
pub struct HistoryReport {
    /// The webhook.
    pub webhook: String,
    /// Nothing was added: it was only asked.
    pub dry_run: bool,
    /// A person stopped it before all of it was gone through.
    pub stopped: bool,
    /// Deliveries in what was read.
    #[ts(type = "number")]
    pub items: u64,
    /// Those that are not here: what was added, or would be.
    #[ts(type = "number")]
    pub added: u64,
    /// Of those: older than what is known by now, so that they change no state.
    #[ts(type = "number")]
    pub older: u64,
    /// Of those: answered 200 when CentrePoint sent them, though they are not here.
    #[ts(type = "number")]
    pub answered: u64,
    /// Of those: signed with the webhook's secret.
    #[ts(type = "number")]
    pub verified: u64,
    /// Of those: the signature differs.
    #[ts(type = "number")]
    pub differing: u64,
    /// Of those: without a signature.
    #[ts(type = "number")]
    pub unsigned: u64,
    /// Of those: with a signature that could not be checked.
    #[ts(type = "number")]
    pub unchecked: u64,
    /// Already here, byte for byte.
    #[ts(type = "number")]
    pub known: u64,
    /// Already here: the same content under the same delivery id, written differently.
    #[ts(type = "number")]
    pub same_content: u64,
    /// Handshakes: nothing to be kept.
    #[ts(type = "number")]
    pub validations: u64,
    /// Made outside the time that was asked for.
    #[ts(type = "number")]
    pub outside: u64,
    /// Of another webhook or study.
    #[ts(type = "number")]
    pub other: u64,
    /// Those that cannot be used.
    #[ts(type = "number")]
    pub unusable: u64,
    /// When the earliest of the added ones was made.
    pub from: Option<String>,
    /// When the latest was.
    pub to: Option<String>,
    /// What a person must know about it.
    pub warnings: Vec<String>,
    /// The added, the unusable and those of another webhook, in the order in which they were made; at most 500.
    pub lines: Vec<HistoryLine>,
    /// How many more there are.
    #[ts(type = "number")]
    pub more: u64,
}

/// One delivery of it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, TS)]
pub struct HistoryLine {
    /// CentrePoint's id of it in the history.
    pub id: Option<String>,
    /// When it was made.
    pub created_at: Option<String>,
    /// The event's name.
    pub event: Option<String>,
    /// What it says of the upload or the processing.
    pub status: Option<String>,
    /// Whom it is about.
    pub subject_id: Option<String>,
    /// Which upload.
    pub upload_id: Option<String>,
    /// The delivery's id.
    pub delivery_id: Option<String>,
    /// `new`, `older` (added, but something newer is known), `other` or `unusable`.
    pub outcome: String,
    /// Why, of one that is not added.
    pub reason: Option<String>,
}
