//! What was not received: times away, silence, refused requests.

/// A time in which nothing could be received, or a clock that was set.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AwayRow {
    /// Its place in the log.
    pub sequence: i64,
    /// [`Self::CLOCK_SET`], or the word of why nothing could be received.
    pub reason: String,
    /// The one webhook it is about; `None`: all.
    pub webhook: Option<String>,
    /// From then on; of a clock that was set: what it would have shown.
    pub from: i64,
    /// Up to then; of a clock that was set: what it showed.
    pub to: i64,
    /// How many periods it was.
    pub times: i64,
    /// Whether the clock was set meanwhile.
    pub doubtful: bool,
    /// When a person saw to it, who, and a remark.
    pub checked: Option<Checked>,
}

impl AwayRow {
    /// The reason of a clock that was set.
    pub const CLOCK_SET: &'static str = "clock_set";

    /// Whether nothing could be received; a clock that was set stops nothing.
    #[must_use]
    pub fn is_away(&self) -> bool {
        self.reason != Self::CLOCK_SET
    }
}

/// That a person saw to something.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Checked {
    /// When.
    pub at: i64,
    /// Who.
    pub by: String,
    /// A remark.
    pub note: Option<String>,
}

/// What came last of a webhook.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Pulse {
    /// Its slug.
    pub webhook: String,
    /// Its place in the log.
    pub last_sequence: i64,
    /// When, microseconds since 1970 UTC, by the clock of then.
    pub last_at: i64,
}

/// One refused request.
#[derive(Debug, Clone, PartialEq, Eq)]
#[expect(missing_docs, reason = "the field names are the contract's")]
pub struct RejectionRow {
    pub id: i64,
    pub received_at: i64,
    pub webhook: String,
    pub status: u16,
    /// A plain sentence.
    pub reason: String,
    pub source_ip: String,
    pub delivery_id: Option<String>,
    pub event: Option<String>,
    pub size: i64,
    /// When it was accepted after all.
    pub accepted_at: Option<i64>,
}

/// A refused delivery that may be checked again, with all that was kept of it.
#[derive(Debug, Clone)]
pub struct RefusedDelivery {
    /// Its rejection.
    pub id: i64,
    /// When it came, microseconds since 1970 UTC.
    pub received_at: i64,
    /// Whom it came from.
    pub source_ip: std::net::IpAddr,
    /// The head as received, `Authorization` masked.
    pub head: Vec<u8>,
    /// The whole body as received.
    pub body: Vec<u8>,
}
