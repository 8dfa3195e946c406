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

/// How a subject stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Standing {
    /// A completed upload came lately.
    Current,
    /// None came since the first level.
    Overdue,
    /// None came since the second level.
    Late,
    /// None ever came.
    NoUpload,
    /// Its part is over.
    Finished,
    /// It pauses.
    OnLeave,
}

impl Standing {
    /// `current`, `overdue`, `late`, `no_upload`, `finished` or `on_leave`.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Current => "current",
            Self::Overdue => "overdue",
            Self::Late => "late",
            Self::NoUpload => "no_upload",
            Self::Finished => "finished",
            Self::OnLeave => "on_leave",
        }
    }
}

/// Whether uploads are awaited of a subject of this status on the day `today`: not once it finished, nor on a day of its leave.
#[must_use]
pub fn takes_part(status: SubjectStatus, today: Date) -> bool {
    match status {
        SubjectStatus::Active => true,
        SubjectStatus::Finished => false,
        SubjectStatus::OnLeave { until } => until.is_some_and(|until| until < today),
    }
}

/// How a subject stands on the day `today`, whose latest completed upload is `age` microseconds old. `levels` are the ages, in
/// microseconds, from which on it is overdue and late. A clock that was set back makes nobody overdue.
#[must_use]
pub fn standing(status: SubjectStatus, today: Date, age: Option<i64>, levels: (i64, i64)) -> Standing {
    if !takes_part(status, today) {
        return if status == SubjectStatus::Finished { Standing::Finished } else { Standing::OnLeave };
    }
    match age {
        None => Standing::NoUpload,
        Some(age) if age >= levels.1 => Standing::Late,
        Some(age) if age >= levels.0 => Standing::Overdue,
        Some(_) => Standing::Current,
    }
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
    fn a_subject_is_silent_while_it_is_away_and_after_it_finished() {
        let day = jiff::civil::date(2026, 8, 22);
        let of = |status, age| standing(status, day, age, (3, 5)).as_str();
        let away = |until| SubjectStatus::OnLeave { until };
        assert_eq!(of(SubjectStatus::Active, None), "no_upload");
        assert_eq!(of(SubjectStatus::Active, Some(2)), "current");
        assert_eq!(of(SubjectStatus::Active, Some(3)), "overdue");
        assert_eq!(of(SubjectStatus::Active, Some(5)), "late");
        assert_eq!(of(SubjectStatus::Active, Some(-7)), "current");
        assert_eq!(of(SubjectStatus::Finished, Some(9)), "finished");
        assert_eq!(of(away(None), Some(9)), "on_leave");
        assert_eq!(of(away(Some(day)), Some(9)), "on_leave", "the last day is one of the leave");
        assert_eq!(of(away(Some(day.yesterday().unwrap())), Some(9)), "late");
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
