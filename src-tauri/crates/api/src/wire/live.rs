//! What is pushed to the window: hints to ask again, never data that could be missed.

use serde::{Deserialize, Serialize};
use ts_rs::TS;

use super::{NotificationTarget, ReceiverStatus};

/// What to export.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, TS)]
pub struct ExportRequest {
    /// The search box's text.
    pub query: String,
    /// `excel` or `analysis` (both CSV), `xlsx` or `jsonl`.
    pub profile: String,
    /// Whether bodies go along.
    pub with_body: bool,
    /// The file; a relative name is in the export folder.
    pub path: String,
}

/// Where an export is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, TS)]
#[serde(rename_all = "snake_case")]
pub enum ExportState {
    /// Writing.
    Running,
    /// The file is whole and under its name.
    Done,
    /// Stopped by the person: nothing was written.
    Cancelled,
    /// It failed: `message` says why; nothing was written.
    Failed,
}

/// How far an export is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, TS)]
pub struct ExportProgress {
    /// Which export.
    pub id: u32,
    /// Where it is.
    pub state: ExportState,
    /// Rows written.
    #[ts(type = "number")]
    pub rows: u64,
    /// Rows to write.
    #[ts(type = "number")]
    pub total: u64,
    /// The file.
    pub path: String,
    /// Why it failed.
    pub message: Option<String>,
}

/// A message to the window, over one channel given with `subscribe`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, TS)]
#[serde(tag = "type", rename_all = "snake_case")]
pub enum LiveMessage {
    /// The view now holds everything up to `sequence`. Coalesced under load: at most 20 a second, the last one never dropped.
    Changed {
        /// The view's position.
        #[ts(type = "number")]
        sequence: i64,
        /// Rows not derived yet.
        #[ts(type = "number")]
        behind: i64,
        /// Problems opened or reopened since the last message.
        #[ts(type = "number")]
        opened: u64,
    },
    /// Webhooks, handshakes, rejections or settings changed: ask again for what is shown.
    State,
    /// The receiver's state changed.
    Receiver {
        /// What it is now.
        status: ReceiverStatus,
    },
    /// The inbox of notifications changed, or what is known of the desktop.
    Notifications,
    /// A pop-up was clicked: show what it is about.
    Open {
        /// Where it leads.
        target: NotificationTarget,
    },
    /// An export moved.
    Export {
        /// How far.
        progress: ExportProgress,
    },
}
