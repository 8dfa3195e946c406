//! The life of a problem: open → acknowledged → resolved; it reopens.

/// What kind of thing wants a person.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ProblemKind {
    /// An upload whose latest end is an error.
    UploadError,
    /// Raw processing or a data retrieval that failed.
    ProcessingError,
    /// An authentic delivery that is not a JSON object.
    Unreadable,
    /// An upload that started and has had no end for longer than the threshold. Computed when read, never opened by an event.
    StuckUpload,
}

impl ProblemKind {
    /// `upload_error`, `processing_error`, `unreadable` or `stuck_upload`.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::UploadError => "upload_error",
            Self::ProcessingError => "processing_error",
            Self::Unreadable => "unreadable",
            Self::StuckUpload => "stuck_upload",
        }
    }
}

/// Where a problem is in its life.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum ProblemState {
    /// Nobody has looked yet.
    Open,
    /// A person has seen it and is on it.
    Acknowledged,
    /// Over: by a person, or by itself when the upload completed.
    Resolved,
}

impl ProblemState {
    /// `open`, `acknowledged` or `resolved`.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Open => "open",
            Self::Acknowledged => "acknowledged",
            Self::Resolved => "resolved",
        }
    }
}

/// What two occurrences must share to be the same problem.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct ProblemKey {
    /// Its kind.
    pub kind: ProblemKind,
    /// The webhook's slug.
    pub webhook: String,
    /// The rest of the key as one text, made by [`signal`]; unambiguous whatever ids hold.
    pub subject_matter: String,
}

/// What an event says about problems.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Signal {
    /// It has nothing to do with one.
    None,
    /// Something failed.
    Failed(ProblemKey),
    /// What would have failed under this key succeeded.
    Succeeded(ProblemKey),
}

/// What `event` says about problems. `sequence` keys what nothing else can (an unreadable delivery, an upload error without an upload id).
///
/// - `upload` error / completed: keyed by study and upload id.
/// - `raw_processing_complete` Error / Completed: keyed by study, subject, serial and the data's first and last instant, so that
///   success over other data never hides a failure.
/// - `data_retrieval_complete` with a failing status or a message / completed: keyed by study and tracking id.
/// - `Err(_)` (unreadable): keyed by the sequence.
#[must_use]
pub fn signal(_webhook: &str, _sequence: i64, _event: Result<&centrepoint::Event, centrepoint::Unreadable>) -> Signal {
    todo!()
}

/// A problem's state so far. Instants are microseconds since 1970 UTC.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Problem {
    /// Open, acknowledged or resolved.
    pub state: ProblemState,
    /// When it first opened.
    pub opened_at: i64,
    /// When something last happened to it by an event.
    pub last_at: i64,
    /// How many failures it gathers.
    pub events: i64,
    /// The latest failure's message.
    pub message: Option<String>,
    /// Who acknowledged it; emptied when it reopens.
    pub acknowledged_by: Option<String>,
    /// When it was acknowledged; emptied when it reopens.
    pub acknowledged_at: Option<i64>,
    /// The latest note.
    pub note: Option<String>,
}

/// What a step did.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Change {
    /// Nothing a person is told of.
    None,
    /// It opened or reopened: a pop-up follows.
    Opened,
    /// It resolved.
    Resolved,
    /// It was acknowledged or noted.
    Touched,
}

/// Something that happens to a problem, in the order of the log.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Step {
    /// A failure under its key.
    Failed {
        /// When it was received.
        at: i64,
        /// The vendor's message.
        message: Option<String>,
    },
    /// A success under its key.
    Succeeded {
        /// When it was received.
        at: i64,
    },
    /// A person took it on.
    Acknowledge {
        /// When.
        at: i64,
        /// Who.
        by: String,
        /// A remark to keep beside it.
        note: Option<String>,
    },
    /// A person declared it over.
    Resolve {
        /// When.
        at: i64,
        /// A remark to keep beside it.
        note: Option<String>,
    },
    /// A person took that back.
    Reopen {
        /// When.
        at: i64,
    },
    /// A person wrote something down.
    Note {
        /// The text.
        text: String,
    },
}

/// Takes one step. `None` for `problem` means that there is none yet; only a failure then makes one.
#[must_use]
pub fn step(_problem: Option<Problem>, _step: &Step) -> (Option<Problem>, Change) {
    todo!()
}
