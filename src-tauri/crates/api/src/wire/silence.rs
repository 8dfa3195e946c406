//! A webhook's silence: what is usual, and what it is judged by.

use serde::Serialize;
use ts_rs::TS;

/// When something usually comes of a webhook.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, TS)]
pub struct RhythmRow {
    /// Monday to Sunday: whether something usually comes.
    pub days: Vec<bool>,
    /// The first hour of the day in which something usually comes, 0 to 23.
    pub from_hour: u8,
    /// The first one in which nothing usually does any more, 1 to 24; not above `from_hour` where it is past midnight.
    pub to_hour: u8,
    /// Something usually comes at least every so many of these hours.
    pub every_hours: u32,
    /// After so many of them without anything its silence is a problem.
    pub alarm_after_hours: u32,
    /// The zone these hours are of.
    pub time_zone: String,
}

/// How a webhook's silence is judged.
#[derive(Debug, Clone, PartialEq, Serialize, TS)]
pub struct SilenceRow {
    /// The webhook's slug.
    pub webhook: String,
    /// `automatic`, `hours` or `off`.
    pub rule: String,
    /// Of `hours`: after how many.
    pub hours: Option<f64>,
    /// What was learned; null: not enough history yet.
    pub rhythm: Option<RhythmRow>,
    /// When something came last.
    pub last_at: Option<String>,
    /// Since when its silence is a problem.
    pub silent_since: Option<String>,
}

/// What is known of a silence that is a problem.
#[derive(Debug, Clone, PartialEq, Serialize, TS)]
pub struct SilenceDetail {
    /// What it is judged by.
    pub judged: SilenceRow,
    /// Requests to this webhook that were refused since something came last, of the newest 2,000 refusals.
    pub refused: u32,
    /// Why, of the newest.
    pub refused_reason: Option<String>,
    /// Seconds since then in which nothing could be received here: they do not count.
    #[ts(type = "number")]
    pub away_seconds: i64,
}
