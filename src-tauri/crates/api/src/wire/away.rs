//! When nothing could be received, and when the clock was set.

use serde::{Deserialize, Serialize};
use ts_rs::TS;

use super::{SubjectRow, UploadRow};

/// A time away, or a clock that was set. Fields as in `away --json`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, TS)]
pub struct TimeAway {
    /// Its place in the history; `None`: over for less than a minute, or still on.
    #[ts(type = "number | null")]
    pub sequence: Option<i64>,
    /// `closed`, `ended` (without a word), `asleep`, `not_listening`, `not_stored`, `no_secret`, `refused`, `damaged`; or `clock_set`.
    pub reason: String,
    /// The slug of the one webhook it is about; `None`: all.
    pub webhook: Option<String>,
    /// From then on; of a clock that was set: what it would have shown. `None`: from the beginning on.
    pub from: Option<String>,
    /// Up to then; of a clock that was set: what it showed. `None`: it is still on.
    pub to: Option<String>,
    /// How many periods it was, each a minute apart at most.
    #[ts(type = "number")]
    pub times: i64,
    /// The clock was set meanwhile: the instants, or the length, are doubtful.
    pub doubtful: bool,
    /// What the vendor's documentation says of deliveries that met this: `documented` (sent again), `not_stated`, `none` (not sent again);
    /// `None` of a clock that was set.
    pub promise: Option<String>,
    /// By then the last of what CentrePoint sends again by itself should have come; `None`: it sends nothing again.
    pub again_by: Option<String>,
    /// Deliveries first sent within these are to be resent by hand in the portal.
    pub resend: Vec<Span>,
    /// When a person saw to it.
    pub checked_at: Option<String>,
    /// Who.
    pub checked_by: Option<String>,
    /// A remark.
    pub note: Option<String>,
}

/// From one instant to another.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, TS)]
#[expect(missing_docs, reason = "from and to")]
pub struct Span {
    pub from: String,
    pub to: String,
}

/// Times away, what is on or was over just now first, then in the order of the history, newest first.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, TS)]
pub struct TimeAwayPage {
    /// Everything up to this sequence was considered.
    #[ts(type = "number")]
    pub sequence: i64,
    /// The rows.
    pub rows: Vec<TimeAway>,
    /// There are older ones.
    pub more: bool,
}

/// A person has seen to times away.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize, TS)]
pub struct AwayCheck {
    /// Their sequences, at most 500.
    #[ts(type = "number[]")]
    pub sequences: Vec<i64>,
    /// Who; empty: the operator of the settings.
    pub by: String,
    /// A remark.
    pub note: Option<String>,
}

/// Which time is asked about.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize, TS)]
pub struct AwayGapQuery {
    /// From then on; `None`: from the beginning on.
    pub from: Option<String>,
    /// Up to then; `None`: now.
    pub to: Option<String>,
    /// The slug of the one webhook it is about; `None`: all.
    pub webhook: Option<String>,
}

/// What is known of a time away, for whoever looks for what was missed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, TS)]
pub struct AwayGap {
    /// Deliveries that CentrePoint made then and that were brought in from its history.
    #[ts(type = "number")]
    pub brought_in: i64,
    /// Uploads that started and whose end may have come then, the latest first; at most 20.
    pub uploads: Vec<UploadRow>,
    /// How many more there are.
    pub more_uploads: u32,
    /// Overdue subjects of which nothing completed came since, those that fell silent last first; at most 20.
    pub subjects: Vec<SubjectRow>,
    /// How many more there are.
    pub more_subjects: u32,
    /// The time as clocks show it: UTC first, then the studies' zones and this computer's.
    pub windows: Vec<GapWindow>,
}

/// A time as the clocks of a zone show it: `2026-08-21 20:00:00`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, TS)]
pub struct GapWindow {
    /// The zone's name.
    pub zone: String,
    /// From then on; `None`: from the beginning on.
    pub from: Option<String>,
    /// Up to then.
    pub to: String,
}
