//! What is learned about a subject from events.

use jiff::civil::Date;

/// Which subject an action is about, self-contained.
#[derive(Debug, Clone, PartialEq, Eq, Hash, serde::Serialize, serde::Deserialize)]
pub struct SubjectRef {
    /// The webhook's slug.
    pub webhook: String,
    /// CentrePoint's study id, where events named one.
    pub study_id: Option<String>,
    /// CentrePoint's subject id, as sent.
    pub subject_id: String,
}

/// A subject's part in the study, as a person declared it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(tag = "status", rename_all = "snake_case")]
pub enum SubjectStatus {
    /// It takes part.
    Active,
    /// Its part is over.
    Finished,
    /// It pauses.
    OnLeave {
        /// The last day of it, in the viewer's zone; `None`: until it is declared active.
        until: Option<Date>,
    },
}

/// A subject a study expects, from a person's list. At least one of id and label is there.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct ExpectedSubject {
    /// CentrePoint's subject id, as text.
    pub subject_id: Option<String>,
    /// The study's own name of it, as text: leading zeros stay.
    pub label: Option<String>,
    /// The site.
    pub site_id: Option<String>,
}

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

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn learned() -> impl Strategy<Value = Learned> {
        let text = || prop::option::of("[ab]");
        (text(), text(), text(), prop::option::of(0_i64..9)).prop_map(
            |(label, site_id, monitor_serial, completed_at)| Learned { label, site_id, monitor_serial, completed_at },
        )
    }

    #[test]
    fn the_latest_known_value_stands() {
        let old = Learned { label: Some("000103".into()), completed_at: Some(9), ..Learned::default() };
        let new =
            Learned { label: Some("000104".into()), site_id: Some("12".into()), completed_at: Some(5), ..old.clone() };
        let expected = Learned { completed_at: Some(9), ..new.clone() };
        assert_eq!(learn(old, new), expected, "an upload that arrives late does not make the subject look overdue");
    }

    proptest! {
        #[test]
        fn learning_nothing_changes_nothing_and_batches_do_not_matter(a in learned(), b in learned(), c in learned()) {
            prop_assert_eq!(learn(a.clone(), Learned::default()), a.clone());
            prop_assert_eq!(learn(Learned::default(), a.clone()), a.clone());
            prop_assert_eq!(learn(learn(a.clone(), b.clone()), c.clone()), learn(a, learn(b, c)));
        }
    }
}
