//! What is learned about a subject from events.

/// What one event teaches about its subject.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Learned {
    /// The label (`subject_identifier`).
    pub label: Option<String>,
    /// The site.
    pub site_id: Option<String>,
    /// The monitor's serial.
    pub monitor_serial: Option<String>,
    /// When a completed upload was received, microseconds since 1970 UTC.
    pub completed_at: Option<i64>,
}

/// Folds `new` over `old`: the latest known value stands, an absent one changes nothing; `completed_at` keeps the latest.
#[must_use]
pub fn learn(old: Learned, new: Learned) -> Learned {
    Learned {
        label: new.label.or(old.label),
        site_id: new.site_id.or(old.site_id),
        monitor_serial: new.monitor_serial.or(old.monitor_serial),
        completed_at: new.completed_at.max(old.completed_at),
    }
}
