//! The lists against a plain walk over their rows and the events behind each.

use proptest::prelude::*;
use study::query::{Is, Key};
use study::{Action, ProblemKind, ProblemState, Query, UploadState};

use super::super::tests::{Naive, any_query, naive, small_log};
use super::super::{Counted, Page};
use crate::fixture::{Fixture, lens, page};
use crate::rows::{EventRow, ProblemRow, SubjectRow, UploadRow};

/// What a row's own columns say about a key's value; `None`: its events say.
type OwnKey<'a> = Box<dyn Fn(Key, &str) -> Option<bool> + 'a>;

/// A row of a list, as far as its own columns answer, and the events behind it.
struct Row<'a> {
    key: i64,
    own_key: OwnKey<'a>,
    own_is: Box<dyn Fn(Is) -> Option<bool> + 'a>,
    events: Vec<&'a Naive<'a>>,
    at: i64,
}

impl Row<'_> {
    fn holds(&self, query: &Query) -> bool {
        let start = |day: &jiff::civil::Date| {
            day.to_zoned_datetime(jiff::tz::TimeZone::UTC).unwrap().timestamp().as_microsecond()
        };
        let some = |holds: &dyn Fn(&Naive<'_>) -> bool| self.events.iter().any(|event| holds(event));
        let key =
            |key: Key, value: &str| (self.own_key)(key, value).unwrap_or_else(|| some(&|event| event.key(key, value)));
        let is = |is: Is| (self.own_is)(is).unwrap_or_else(|| some(&|event| event.is(is)));
        // Words asked for stand in one and the same event.
        let (unwanted, wanted): (Vec<_>, Vec<_>) = query.texts.iter().partition(|text| text.excluded);
        (wanted.is_empty() || some(&|event| wanted.iter().all(|text| event.text(&text.phrase))))
            && !unwanted.iter().any(|text| some(&|event| event.text(&text.phrase)))
            && query.keys.iter().all(|term| term.values.iter().any(|value| key(term.key, value)))
            && !query.excluded.iter().any(|(excluded, value)| key(*excluded, value))
            && (query.is.is_empty() || query.is.iter().any(|value| is(*value)))
            && !query.is_not.iter().any(|value| is(*value))
            && query.after.iter().min().map(start).is_none_or(|from| self.at >= from)
            && query.before.iter().max().map(start).is_none_or(|to| self.at < to)
    }
}

/// Whether the subject of these ids goes by the value.
fn goes_by(all: &[Naive<'_>], of: (&str, &Option<String>, &Option<String>), value: &str) -> bool {
    of.2.as_deref() == Some(value)
        || of.2.is_some()
            && all.iter().any(|event| {
                let row = event.row;
                (row.webhook.as_str(), &row.study_id, &row.subject_id) == of
                    && row.subject_identifier.as_deref() == Some(value)
            })
}

fn of_upload<'a>(all: &'a [Naive<'a>], row: &'a UploadRow) -> Row<'a> {
    let same = |column: &Option<String>, value: &str| column.as_deref() == Some(value);
    let belongs = |event: &EventRow| {
        let folded = event.event == "upload" && event.status.is_some() && same(&event.upload_id, &row.upload_id);
        folded && event.webhook == row.webhook && event.study_id == row.study_id
    };
    Row {
        key: row.last_sequence,
        own_key: Box::new(move |key, value| {
            Some(match key {
                Key::Status => UploadState::from_status(value) == Some(row.state),
                Key::Webhook => row.webhook == value,
                Key::Study => same(&row.study_id, value),
                Key::Subject => goes_by(all, (&row.webhook, &row.study_id, &row.subject_id), value),
                Key::Upload => row.upload_id == value,
                Key::Event | Key::Site | Key::Serial | Key::Delivery => return None,
            })
        }),
        own_is: Box::new(move |is| {
            Some(match is {
                Is::Error => row.state == UploadState::Error,
                Is::Stuck => row.stuck,
                Is::Open => row.problem == Some(ProblemState::Open),
                Is::Acknowledged => row.problem == Some(ProblemState::Acknowledged),
                Is::Resolved => row.problem == Some(ProblemState::Resolved),
                Is::Silent => false,
                Is::Repeat | Is::Unreadable => return None,
            })
        }),
        events: all.iter().filter(|event| belongs(event.row)).collect(),
        at: row.last_at,
    }
}

fn of_problem<'a>(all: &'a [Naive<'a>], uploads: &'a [UploadRow], row: &'a ProblemRow) -> Row<'a> {
    if row.kind == ProblemKind::StuckUpload {
        // What is asked of it is asked of its upload; it stands where its time ran out.
        let upload = uploads.iter().find(|upload| upload.problem_id == Some(row.id)).unwrap();
        return Row { key: row.id, at: row.opened_at, ..of_upload(all, upload) };
    }
    let same = |column: &Option<String>, value: &str| column.as_deref() == Some(value);
    Row {
        key: row.id,
        own_key: Box::new(move |key, value| {
            Some(match key {
                Key::Webhook => row.webhook == value,
                Key::Study => same(&row.study_id, value),
                Key::Subject => goes_by(all, (&row.webhook, &row.study_id, &row.subject_id), value),
                Key::Upload => same(&row.upload_id, value),
                Key::Status | Key::Event | Key::Site | Key::Serial | Key::Delivery => return None,
            })
        }),
        own_is: Box::new(move |is| {
            Some(match is {
                Is::Error => matches!(row.kind, ProblemKind::UploadError | ProblemKind::ProcessingError),
                Is::Unreadable => row.kind == ProblemKind::Unreadable,
                Is::Open => row.state == ProblemState::Open,
                Is::Acknowledged => row.state == ProblemState::Acknowledged,
                Is::Resolved => row.state == ProblemState::Resolved,
                Is::Stuck | Is::Silent => false,
                Is::Repeat => return None,
            })
        }),
        events: all.iter().filter(|event| event.row.problem_id == Some(row.id)).collect(),
        at: row.opened_at,
    }
}

fn of_subject<'a>(
    all: &'a [Naive<'a>],
    uploads: &'a [UploadRow],
    problems: &'a [ProblemRow],
    row: &'a SubjectRow,
) -> Row<'a> {
    let same = |column: &Option<String>, value: &str| column.as_deref() == Some(value);
    let id = (row.webhook.as_str(), &row.study_id, &row.subject_id);
    let events: Vec<_> = all
        .iter()
        .filter(|event| (event.row.webhook.as_str(), &event.row.study_id, &event.row.subject_id) == id)
        .collect();
    let at = events.iter().map(|event| event.row.received_at).max().unwrap();
    Row {
        key: row.id,
        own_key: Box::new(move |key, value| {
            Some(match key {
                Key::Webhook => row.webhook == value,
                Key::Study => same(&row.study_id, value),
                Key::Subject => goes_by(all, id, value),
                Key::Site => same(&row.site_id, value),
                Key::Serial => same(&row.monitor_serial, value),
                Key::Status | Key::Event | Key::Upload | Key::Delivery => return None,
            })
        }),
        own_is: Box::new(move |is| {
            let state = |state| {
                problems.iter().any(|problem| {
                    problem.state == state && (problem.webhook.as_str(), &problem.study_id, &problem.subject_id) == id
                })
            };
            Some(match is {
                Is::Open => state(ProblemState::Open),
                Is::Acknowledged => state(ProblemState::Acknowledged),
                Is::Resolved => state(ProblemState::Resolved),
                Is::Stuck => uploads.iter().any(|upload| {
                    upload.stuck && (upload.webhook.as_str(), &upload.study_id, &upload.subject_id) == id
                }),
                Is::Silent => false,
                Is::Error | Is::Repeat | Is::Unreadable => return None,
            })
        }),
        events,
        at,
    }
}

fn wanted(rows: &[Row<'_>], query: &Query) -> Vec<i64> {
    rows.iter().filter(|row| row.holds(query)).map(|row| row.key).collect()
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 12, ..ProptestConfig::default() })]

    #[test]
    fn a_list_holds_what_a_plain_walk_over_its_rows_finds(
        entries in proptest::collection::vec((0..7_u8, 0..3_u8, 0..2_u8, 0..5_u8), 10..60),
        queries in proptest::collection::vec(any_query(), 60),
    ) {
        let fixture = Fixture::new();
        let log = fixture.log();
        let history = fixture.history();
        let (early, late) = entries.split_at(entries.len() / 2);
        small_log(&fixture, &log, early);
        // What is remembered now is brought up to date below.
        for query in &queries {
            history.uploads(&Page { query: query.clone(), ..page("") }, &lens()).unwrap();
            history.count_uploads(query, 1000, &lens()).unwrap();
            history.count_problems(query, 1000, &lens()).unwrap();
            history.count_subjects_that(query, 1000, &lens()).unwrap();
            history.problem_groups(query, true, &lens()).unwrap();
        }
        small_log(&fixture, &log, late);
        for problem in [1, 2, 3] {
            let (by, note) = ("Ann".to_owned(), None);
            log.act(&Action::Acknowledge { problem, by, note }).unwrap();
        }
        log.act(&Action::Resolve { problem: 2, by: "Ann".to_owned(), note: None }).unwrap();

        let events = history.events(&page(""), &lens()).unwrap().rows;
        let (uploads, problems) = (history.uploads(&page(""), &lens()).unwrap().rows, history.problems(&page(""), &lens()).unwrap().rows);
        let subjects = history.subjects(&page(""), &lens()).unwrap().rows;
        let all = naive(&history, &events, &uploads);
        let of_uploads: Vec<Row<'_>> = uploads.iter().map(|row| of_upload(&all, row)).collect();
        let of_problems: Vec<Row<'_>> = problems.iter().map(|row| of_problem(&all, &uploads, row)).collect();
        let of_subjects: Vec<Row<'_>> = subjects.iter().map(|row| of_subject(&all, &uploads, &problems, row)).collect();
        for query in queries {
            let whole = Page { query: query.clone(), ..page("") };
            for most in [2, 1000] {
                let up_to = |wanted: &[i64]| {
                    let rows = wanted.len().min(most);
                    Counted { rows: i64::try_from(rows).unwrap(), more: wanted.len() > most }
                };
                let expected = wanted(&of_uploads, &query);
                let found: Vec<i64> = history.uploads(&whole, &lens()).unwrap().rows.iter().map(|row| row.last_sequence).collect();
                prop_assert_eq!(&found, &expected, "uploads: {:?}", query);
                prop_assert_eq!(history.count_uploads(&query, most, &lens()).unwrap(), up_to(&expected), "uploads: {:?}", query);
                let expected = wanted(&of_problems, &query);
                let found: Vec<i64> = history.problems(&whole, &lens()).unwrap().rows.iter().map(|row| row.id).collect();
                prop_assert_eq!(&found, &expected, "problems: {:?}", query);
                prop_assert_eq!(history.count_problems(&query, most, &lens()).unwrap(), up_to(&expected), "problems: {:?}", query);
                let groups = history.problem_groups(&query, true, &lens()).unwrap();
                prop_assert_eq!(groups.problems, i64::try_from(expected.len()).unwrap(), "groups: {:?}", query);
                let expected = wanted(&of_subjects, &query);
                let found: Vec<i64> = history.subjects(&whole, &lens()).unwrap().rows.iter().map(|row| row.id).collect();
                prop_assert_eq!(&found, &expected, "subjects: {:?}", query);
                prop_assert_eq!(history.count_subjects_that(&query, most, &lens()).unwrap(), up_to(&expected), "subjects: {:?}", query);
            }
        }
    }
}
