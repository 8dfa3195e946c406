//! What is said of one, of several, and what is left out.

use std::collections::BTreeSet;

use proptest::prelude::*;

use super::*;

/// An upload error of study 189, of a subject of its own.
fn item(sequence: i64) -> Item {
    Item {
        sequence,
        problem: sequence,
        kind: "upload_error".to_owned(),
        webhook: "rome".to_owned(),
        study_id: Some("189".to_owned()),
        subject_id: Some(format!("subject-{sequence}")),
        subject_label: None,
        message: Some("Battery voltage below threshold".to_owned()),
    }
}

fn content(items: Vec<Item>) -> Content {
    Content { items, ..Content::default() }
}

fn overdue(subjects: i64, since_yesterday: i64) -> Content {
    let (webhooks, studies) = (BTreeSet::from(["rome".to_owned()]), BTreeSet::from(["189".to_owned()]));
    Content { overdue: Some(Overdue { subjects, since_yesterday, webhooks, studies }), ..Content::default() }
}

#[test]
fn one_error_names_the_study_and_the_message_and_no_subject() {
    let one = content(vec![item(7)]);
    let said = words(&one, false);
    assert_eq!(said.title, "Upload failed");
    assert_eq!(said.body, "Study 189\nBattery voltage below threshold");
    assert_eq!(one.target().problem, Some(7), "a click opens the problem itself");
}

#[test]
fn the_subject_is_named_when_switched_on() {
    let one = content(vec![Item { subject_label: Some("000103".to_owned()), ..item(7) }]);
    assert_eq!(words(&one, true).body, "Study 189 · subject 000103\nBattery voltage below threshold");
}

#[test]
fn a_message_that_names_the_subject_is_left_out() {
    let message = Some("subject 44732: no data".to_owned());
    let one = content(vec![Item { subject_id: Some("44732".to_owned()), message, ..item(7) }]);
    assert_eq!(words(&one, false).body, "Study 189");
    assert!(words(&one, true).body.contains("44732"));
}

#[test]
fn several_are_counted_by_kind_and_subject_and_lead_to_the_list() {
    let other = Item { kind: "unreadable".to_owned(), subject_id: None, webhook: "oslo".to_owned(), ..item(3) };
    let some = content(vec![item(1), item(2), other.clone(), other]);
    let said = words(&some, true);
    assert_eq!(said.title, "2 unreadable deliveries, 2 upload errors, 2 subjects");
    assert_eq!(said.body, "Study 189", "of several no subject is named");
    let target = some.target();
    assert_eq!((target.view.as_str(), target.problem), ("problems", None));
    assert_eq!(target.query, "webhook:oslo webhook:rome");
    let stuck = |n| Item { kind: "stuck_upload".to_owned(), ..item(n) };
    assert_eq!(content(vec![stuck(1), stuck(2)]).target().query, "webhook:rome is:stuck");
}

#[test]
fn a_summary_says_how_many_and_how_many_are_new_and_names_no_subject() {
    for (all, new, title) in [
        (3, 2, "3 subjects are overdue: 2 since yesterday"),
        (3, 0, "3 subjects are overdue: none of them new since yesterday"),
        (3, 3, "3 subjects are overdue: all of them since yesterday"),
        (1, 1, "1 subject is overdue: since yesterday"),
        (1, 0, "1 subject is overdue, as it was yesterday"),
    ] {
        assert_eq!(words(&overdue(all, new), true), Words { title: title.to_owned(), body: "Study 189".to_owned() });
    }
    let target = overdue(3, 2).target();
    assert_eq!((target.view.as_str(), target.query.as_str()), ("subjects", "webhook:rome"));
}

#[test]
fn all_of_a_night_comes_as_one() {
    let mut night = content(vec![item(1), item(2)]);
    night.merge(overdue(3, 1));
    night.merge(Content { receiver: Some("the port is <in use>".to_owned()), ..Content::default() });
    let said = words(&night, false);
    assert_eq!(said.title, "Not receiving, 2 upload errors, 2 subjects, 3 subjects overdue");
    assert_eq!(said.body, "Study 189\nthe port is ‹in use›");
    let alone = Content { receiver: Some("the port is in use".to_owned()), ..Content::default() };
    assert_eq!(words(&alone, false).title, "Deliveries are not being received");
    assert_eq!(alone.target().view, "today");
}

#[test]
fn a_problem_that_opened_again_is_one() {
    let mut night = content(vec![item(1), item(2)]);
    night.merge(content(vec![Item { sequence: 9, ..item(1) }]));
    assert_eq!(words(&night, false).title, "2 upload errors, 2 subjects");
}

#[test]
fn what_is_too_much_to_tell_apart_is_counted() {
    let mut crowd = Content::default();
    for sequence in 0..2_500 {
        crowd.add(item(sequence));
    }
    assert_eq!((crowd.items.len(), crowd.problems()), (2_000, 2_500));
    assert!(words(&crowd, false).title.starts_with("2500 upload errors, 2000 subjects"));
}

#[test]
fn many_studies_are_counted() {
    let all = (1..=5).map(|n| Item { study_id: Some(format!("{n}")), ..item(n) }).collect();
    assert_eq!(words(&content(all), false).body, "Studies 1, 2, 3 and 2 more");
}

#[test]
fn markup_and_control_characters_are_neutralised() {
    assert_eq!(plain("<b>bold</b> & <img src=x>\r\n\u{202E}txt\u{0}.exe"), "‹b›bold‹/b› ＆ ‹img src=x› txt .exe");
}

proptest! {
    #[test]
    fn whatever_comes_is_one_short_harmless_line(text in any::<String>()) {
        let line = plain(&text);
        prop_assert!(line.chars().count() <= LONGEST + 1);
        let harmful = |c: char| c.is_control() || matches!(c, '<' | '>' | '&') || is_direction_or_hidden(c);
        prop_assert!(!line.chars().any(harmful), "{line:?}");
    }
}
