//! What a person did: the log's other kind of row, kept as JSON.

use jiff::Timestamp;
use jiff::civil::Date;

use crate::away::Reason;
use crate::subject::{ExpectedSubject, SubjectRef, SubjectStatus};

/// One action. Stored as JSON (`{"action": "acknowledge", …}`); a kind this version does not know reads as [`Action::Unknown`] and changes nothing.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(tag = "action", rename_all = "snake_case")]
pub enum Action {
    /// A problem was taken on.
    Acknowledge {
        /// The problem's id: the sequence of the event that first opened it (of the `started`, for a stuck upload).
        problem: i64,
        /// Who did it.
        by: String,
        /// A remark.
        note: Option<String>,
    },
    /// A problem was declared over.
    Resolve {
        /// The problem's id.
        problem: i64,
        /// Who did it.
        by: String,
        /// A remark.
        note: Option<String>,
    },
    /// A resolution or an acknowledgement was taken back.
    Reopen {
        /// The problem's id.
        problem: i64,
        /// Who did it.
        by: String,
    },
    /// Something was written down about a problem.
    Note {
        /// The problem's id.
        problem: i64,
        /// Who did it.
        by: String,
        /// The text.
        text: String,
    },
    /// Somebody was spoken to about a problem.
    Contact {
        /// The problem's id.
        problem: i64,
        /// Who did it.
        by: String,
        /// What was said.
        text: String,
        /// The day to look again.
        follow_up: Option<Date>,
    },
    /// A problem was put aside. It keeps its state.
    Snooze {
        /// The problem's id.
        problem: i64,
        /// Who did it.
        by: String,
        /// Until when.
        until: Timestamp,
    },
    /// A snooze was ended by a person.
    Wake {
        /// The problem's id.
        problem: i64,
        /// Who did it.
        by: String,
    },
    /// A person's latest acknowledgement, resolution or snooze was undone: what stood before it stands again.
    TakeBack {
        /// The problem's id.
        problem: i64,
        /// Who did it.
        by: String,
    },
    /// Subjects were declared expected, or given a label and a site, from a file.
    Subjects {
        /// The webhook's slug.
        webhook: String,
        /// CentrePoint's study id, where the webhook has one.
        study_id: Option<String>,
        /// Who did it.
        by: String,
        /// The file's name, without its folder.
        file: String,
        /// Its lines, at most 5,000 an action.
        subjects: Vec<ExpectedSubject>,
    },
    /// A subject's part in the study was changed.
    SubjectStatus {
        /// Which subject.
        subject: SubjectRef,
        /// Who did it.
        by: String,
        /// To what.
        status: SubjectStatus,
        /// A remark.
        note: Option<String>,
    },
    /// Something was written down about a subject.
    SubjectNote {
        /// Which subject.
        subject: SubjectRef,
        /// Who did it.
        by: String,
        /// The text.
        text: String,
    },
    /// A webhook was added, edited, disabled, enabled or removed. Never holds a secret.
    Webhook {
        /// `added`, `edited`, `disabled`, `enabled` or `removed`.
        change: String,
        /// Its slug.
        slug: String,
        /// What it is now, for the auditor: name, authentication, user name, study, time zone, whether the secret was replaced.
        details: serde_json::Value,
    },
    /// A setting was changed.
    Setting {
        /// Its name.
        name: String,
        /// Its new value.
        value: serde_json::Value,
    },
    /// The log could not be used any more and was begun anew: its chain begins at this row. Written by the program.
    LogBegun {
        /// Where the damaged file was put, a name in the data folder; `None` where there was none left.
        file: Option<String>,
        /// What was found, in plain words.
        reason: String,
    },
    /// What could be read of a damaged log stands before the row that began this one, each row with the sequence it had.
    LogSalvaged {
        /// The sequence of the row that began the log anew.
        begun: i64,
        /// The damaged file.
        file: String,
        /// Rows that were salvaged.
        rows: i64,
        /// The link of the newest of them, 64 hexadecimal digits; `None` where there are none.
        chain: Option<String>,
        /// Rows that did not fit the damaged file's own chain, at most 100: they stand as they were found.
        doubtful: Vec<i64>,
    },
    /// Nothing could be received for a while. Written by whoever receives, once that is over for a minute.
    TimeAway {
        /// From then on.
        from: Timestamp,
        /// Up to then.
        to: Timestamp,
        /// Why.
        reason: Reason,
        /// The slug of the one webhook it is about; `None`: all of them.
        webhook: Option<String>,
        /// How many periods it was, each a minute apart at most.
        times: i64,
        /// Whether the clock was set meanwhile, so that the instants, or the length, are doubtful.
        doubtful: bool,
    },
    /// The computer's clock was set by more than two minutes, or stands before a time it showed already. Written by whoever receives.
    ClockSet {
        /// What it would have shown.
        from: Timestamp,
        /// What it shows.
        to: Timestamp,
    },
    /// A person has seen to a time away, or to a clock that was set.
    AwayChecked {
        /// The sequence of what was checked.
        away: i64,
        /// Who did it.
        by: String,
        /// A remark.
        note: Option<String>,
    },
    /// Nobody saw to a problem, and that went out of the house, or could not.
    Escalated {
        /// The problem's id.
        problem: i64,
        /// How.
        way: crate::escalation::Way,
        /// It was taken; not: given up after all tries.
        sent: bool,
    },
    /// Deliveries of CentrePoint's history of a webhook were brought in: those of them that were not here. Written behind them, also where it was
    /// cut short.
    HistoryImported {
        /// The webhook's slug.
        webhook: String,
        /// Who did it.
        by: String,
        /// `file` or `api`.
        source: String,
        /// The files' names, without their folders; or the address that was asked.
        from: Vec<String>,
        /// How many were added.
        added: u64,
        /// How many were here already.
        known: u64,
        /// How many could not be used.
        unusable: u64,
        /// Whether all of it was gone through.
        complete: bool,
    },
    /// Settings and webhooks were taken over from a file. What each of them became is in actions of its own, before this one.
    SettingsImported {
        /// Who did it.
        by: String,
        /// The file's name, without its folder.
        file: String,
        /// How many settings and webhooks it changed.
        changes: u64,
    },
    /// A later version's action.
    #[serde(other)]
    Unknown,
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn actions_are_written_as_the_log_promises_and_read_back() {
        let actions = [
            Action::Acknowledge { problem: 7, by: "M. Rossi".into(), note: Some("called, left message".into()) },
            Action::Resolve { problem: 7, by: "M. Rossi".into(), note: None },
            Action::Reopen { problem: 7, by: "M. Rossi".into() },
            Action::Note { problem: 7, by: "M. Rossi".into(), text: "new battery".into() },
            Action::Webhook { change: "added".into(), slug: "study-189".into(), details: json!({"name": "Study 189"}) },
            Action::Setting { name: "stuck_after_hours".into(), value: json!(2) },
            Action::Contact {
                problem: 7,
                by: "M. Rossi".into(),
                text: "called".into(),
                follow_up: Some(jiff::civil::date(2026, 8, 27)),
            },
            Action::Snooze { problem: 7, by: "M. Rossi".into(), until: "2026-08-27T06:00:00Z".parse().unwrap() },
            Action::Wake { problem: 7, by: "M. Rossi".into() },
            Action::TakeBack { problem: 7, by: "M. Rossi".into() },
            Action::Subjects {
                webhook: "study-189".into(),
                study_id: Some("189".into()),
                by: "M. Rossi".into(),
                file: "subjects.csv".into(),
                subjects: vec![ExpectedSubject {
                    subject_id: None,
                    label: Some("000103".into()),
                    site_id: Some("12".into()),
                }],
            },
            Action::SubjectStatus {
                subject: SubjectRef {
                    webhook: "study-189".into(),
                    study_id: Some("189".into()),
                    subject_id: "44732".into(),
                },
                by: "M. Rossi".into(),
                status: SubjectStatus::OnLeave { until: Some(jiff::civil::date(2026, 8, 27)) },
                note: None,
            },
            Action::SubjectNote {
                subject: SubjectRef { webhook: "study-189".into(), study_id: None, subject_id: "44732".into() },
                by: "M. Rossi".into(),
                text: "new watch".into(),
            },
            Action::LogBegun { file: Some("log.db.damaged-20260822T140500Z".into()), reason: "it is cut short".into() },
            Action::LogSalvaged {
                begun: 3000,
                file: "log.db.damaged-20260822T140500Z".into(),
                rows: 7,
                chain: Some("00".into()),
                doubtful: vec![4],
            },
            Action::TimeAway {
                from: "2026-08-21T18:00:00Z".parse().unwrap(),
                to: "2026-08-22T08:00:00Z".parse().unwrap(),
                reason: Reason::Closed,
                webhook: None,
                times: 1,
                doubtful: false,
            },
            Action::ClockSet {
                from: "2026-08-22T08:00:00Z".parse().unwrap(),
                to: "2026-08-22T11:00:00Z".parse().unwrap(),
            },
            Action::AwayChecked { away: 9, by: "M. Rossi".into(), note: Some("resent".into()) },
            Action::Escalated { problem: -9, way: crate::escalation::Way::Mail, sent: true },
            Action::HistoryImported {
                webhook: "study-189".into(),
                by: "M. Rossi".into(),
                source: "file".into(),
                from: vec!["history.json".into()],
                added: 3,
                known: 40,
                unusable: 1,
                complete: true,
            },
            Action::SettingsImported { by: "M. Rossi".into(), file: "settings.json".into(), changes: 2 },
        ];
        for action in &actions {
            let written = serde_json::to_string(action).unwrap();
            assert_eq!(&serde_json::from_str::<Action>(&written).unwrap(), action, "{written}");
        }
        insta::assert_json_snapshot!(actions);
    }

    #[test]
    fn a_later_versions_action_reads_as_unknown() {
        for text in
            [r#"{"action":"escalate","problem":7,"until":{"day":"Thu"}}"#, r#"{"until":1,"action":"import_labels"}"#]
        {
            assert_eq!(serde_json::from_str::<Action>(text).unwrap(), Action::Unknown, "{text}");
        }
    }

    #[test]
    fn a_later_versions_fields_are_passed_over_and_a_remark_may_be_absent() {
        let text = r#"{"problem":7,"mood":{"a":[1]},"by":"M. Rossi","action":"resolve"}"#;
        let expected = Action::Resolve { problem: 7, by: "M. Rossi".into(), note: None };
        assert_eq!(serde_json::from_str::<Action>(text).unwrap(), expected);
    }
}
