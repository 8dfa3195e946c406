//! The life of one upload: started → completed or error, folded from events in the order of the log.

/// What identifies an upload. `study_id` may be unknown.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct UploadKey {
    /// The webhook's slug.
    pub webhook: String,
    /// CentrePoint's study id, as sent.
    pub study_id: Option<String>,
    /// CentrePoint's upload id, as sent.
    pub upload_id: String,
}

/// Where an upload is in its life.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum UploadState {
    /// Started, no end seen yet.
    Started,
    /// Its latest end is a `completed`.
    Completed,
    /// Its latest end is an `error`.
    Error,
}

impl UploadState {
    /// `started`, `completed` or `error`.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Started => "started",
            Self::Completed => "completed",
            Self::Error => "error",
        }
    }

    /// The state a status word stands for (lower case); `None` for an unknown word.
    #[must_use]
    pub fn from_status(status: &str) -> Option<Self> {
        match status {
            "started" => Some(Self::Started),
            "completed" => Some(Self::Completed),
            "error" => Some(Self::Error),
            _ => None,
        }
    }
}

/// One `upload` event of a known status, as the fold needs it. Instants are microseconds since 1970 UTC.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UploadEvent {
    /// Its place in the log: that of the event's first arrival.
    pub sequence: i64,
    /// When its first arrival was received.
    pub received_at: i64,
    /// What it says.
    pub status: UploadState,
    /// The subject, as sent.
    pub subject_id: Option<String>,
    /// The vendor's message.
    pub message: Option<String>,
}

/// An upload's state so far.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Upload {
    /// Started, completed or error.
    pub state: UploadState,
    /// The subject, from the latest event that names one.
    pub subject_id: Option<String>,
    /// When the first `started` was received, whenever it came.
    pub started_at: Option<i64>,
    /// Sequence of that first `started`.
    pub started_sequence: Option<i64>,
    /// When the latest end was received.
    pub finished_at: Option<i64>,
    /// Sequence of the latest end.
    pub finished_sequence: Option<i64>,
    /// The message of the latest end.
    pub message: Option<String>,
    /// Events folded so far (attempts are not events).
    pub events: i64,
}

/// What an event did to its upload, for the problem of the same upload to follow.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Turn {
    /// A `started`, or nothing that ends it.
    None,
    /// A `completed`.
    Completed,
    /// An `error`.
    Failed,
}

/// Folds `event` into `upload` (`None`: the first of its life). Call in ascending sequence; attempts are never folded.
#[must_use]
pub fn fold(_upload: Option<Upload>, _event: &UploadEvent) -> (Upload, Turn) {
    todo!()
}
