//! Events, with their attempts.

use centrepoint::{Authentication, BodyDigest};
use study::ProblemState;

use crate::log::Mark;

/// What was noticed about an event. Words as in `flags`: `unreadable`, `repeat`, `unsigned` (…).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Flags(pub u32);

impl Flags {
    /// Authentic, but not a JSON object.
    pub const UNREADABLE: u32 = 1;
    /// The same body came before, under another delivery id.
    pub const REPEAT: u32 = 1 << 1;
    /// Deriving this row failed; the raw delivery is in the log.
    pub const NOT_DERIVED: u32 = 1 << 2;
    /// A handshake (event `validation`).
    pub const HANDSHAKE: u32 = 1 << 3;
    /// Refused when it came, and accepted later, once the webhook's secret was put right.
    pub const RECOVERED: u32 = 1 << 4;
    /// Never came here: brought in from CentrePoint's history of the webhook.
    pub const HISTORY: u32 = 1 << 5;

    /// The flags' words, in a fixed order: `unreadable`, `repeat`, `not_derived`, `recovered`, `history` (a handshake has none: its event name says it).
    #[must_use]
    pub fn words(self) -> Vec<&'static str> {
        let all = [
            (Self::UNREADABLE, "unreadable"),
            (Self::REPEAT, "repeat"),
            (Self::NOT_DERIVED, "not_derived"),
            (Self::RECOVERED, "recovered"),
            (Self::HISTORY, "history"),
        ];
        all.into_iter().filter(|(bit, _)| self.0 & bit != 0).map(|(_, word)| word).collect()
    }
}

/// One event: a delivery's first arrival, with what it says. Field meanings: docs of the CSV columns.
#[derive(Debug, Clone, PartialEq, Eq)]
#[expect(missing_docs, reason = "the field names are the contract's column names")]
pub struct EventRow {
    pub sequence: i64,
    pub received_at: i64,
    pub webhook: String,
    pub delivery_id: Option<String>,
    pub vendor_webhook_id: Option<String>,
    /// The event's name; empty where it has none.
    pub event: String,
    pub status: Option<String>,
    pub study_id: Option<String>,
    pub site_id: Option<String>,
    pub subject_id: Option<String>,
    pub subject_identifier: Option<String>,
    pub upload_id: Option<String>,
    pub monitor_serial: Option<String>,
    pub message: Option<String>,
    pub first_epoch_utc: Option<String>,
    pub first_epoch_subject: Option<String>,
    pub last_epoch_utc: Option<String>,
    pub last_epoch_subject: Option<String>,
    pub authentication: Authentication,
    pub source_ip: String,
    pub attempts: i64,
    pub flags: Flags,
    pub body_sha256: BodyDigest,
    /// State of the problem this event belongs to (`open`, `acknowledged`, `resolved`), where there is one.
    pub problem_state: Option<ProblemState>,
    /// Id of that problem.
    pub problem_id: Option<i64>,
    pub acknowledged_by: Option<String>,
    pub acknowledged_at: Option<i64>,
    pub note: Option<String>,
    /// When CentrePoint made it, by CentrePoint's clock but never later than it was kept: of what was brought in from its history alone.
    pub made_at: Option<i64>,
    /// The subject's label as it is known by now; not read for exports, which hold what the events said.
    pub subject_label: Option<String>,
}

impl EventRow {
    /// One that says nothing yet, to be read into.
    pub(crate) fn empty() -> Self {
        Self {
            sequence: 0,
            received_at: 0,
            webhook: String::new(),
            delivery_id: None,
            vendor_webhook_id: None,
            event: String::new(),
            status: None,
            study_id: None,
            site_id: None,
            subject_id: None,
            subject_identifier: None,
            upload_id: None,
            monitor_serial: None,
            message: None,
            first_epoch_utc: None,
            first_epoch_subject: None,
            last_epoch_utc: None,
            last_epoch_subject: None,
            authentication: Authentication::None,
            source_ip: String::new(),
            attempts: 0,
            flags: Flags(0),
            body_sha256: BodyDigest([0; 32]),
            problem_state: None,
            problem_id: None,
            acknowledged_by: None,
            acknowledged_at: None,
            note: None,
            made_at: None,
            subject_label: None,
        }
    }
}

/// One attempt of a delivery.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AttemptRow {
    /// Its arrival's place in the log.
    pub sequence: i64,
    /// When it was received.
    pub received_at: i64,
    /// Where it came from.
    pub source_ip: String,
}

/// An event with everything the log knows of it.
#[derive(Debug, Clone)]
pub struct EventDetail {
    /// The event.
    pub row: EventRow,
    /// The head block as received (request line, ordered headers), `Authorization` masked.
    pub head: Vec<u8>,
    /// The body as received.
    pub body: Vec<u8>,
    /// All attempts, the first included, oldest first; at most the newest 1,000.
    pub attempts: Vec<AttemptRow>,
    /// The row's link in the hash chain.
    pub chain: [u8; 32],
    /// What was particular about how it was authenticated.
    pub mark: Mark,
    /// Why deriving it failed, where it did.
    pub fault: Option<String>,
}
