use std::sync::Arc;

use study::{Action, Slug};

use super::super::Page;
use super::*;
use crate::NewArrival;
use crate::fixture::{Fixture, HOUR, NOW, lens, page, upload};

fn silent(last_sequence: i64) -> Lens {
    let silence = Silence {
        webhook: "alpha".to_owned(),
        study_id: Some("189".to_owned()),
        last_sequence,
        opened_at: NOW - 30 * 60_000_000,
    };
    Lens { silences: Arc::from([silence]), ..lens() }
}

fn beta(mut arrival: NewArrival) -> NewArrival {
    arrival.webhook = Slug::new("beta").unwrap();
    arrival
}

fn ids(fixture: &Fixture, query: &str, lens: &Lens) -> Vec<i64> {
    let history = fixture.history();
    let rows: Vec<i64> = history.problems(&page(query), lens).unwrap().rows.iter().map(|row| row.id).collect();
    let counted = history.count_problems(&page(query).query, 100, lens).unwrap();
    assert_eq!(usize::try_from(counted.rows).unwrap(), rows.len(), "{query}");
    let grouped = history.problem_groups(&page(query).query, true, lens).unwrap();
    assert_eq!(usize::try_from(grouped.problems).unwrap(), rows.len(), "{query}");
    rows
}

fn acknowledge(problem: i64) -> Action {
    Action::Acknowledge { problem, by: "Ann".to_owned(), note: Some("asked the site".to_owned()) }
}

#[test]
fn it_is_a_problem_like_others_in_the_list_the_inbox_and_the_figures() {
    let fixture = Fixture::with([
        upload("1", "7", "error", "d-1", 600),
        beta(upload("2", "8", "completed", "d-2", 500)),
        upload("3", "7", "completed", "d-3", 400),
    ]);
    let lens = silent(3);
    for (query, expected) in [
        ("", &[-3, 1][..]),
        ("is:open", &[-3, 1]),
        ("is:silent", &[-3]),
        ("is:silent is:error", &[-3, 1]),
        ("-is:silent", &[1]),
        ("is:stuck", &[]),
        ("is:acknowledged", &[]),
        ("webhook:alpha", &[-3, 1]),
        ("webhook:beta", &[]),
        ("-webhook:alpha", &[]),
        ("study:189", &[-3, 1]),
        ("subject:7", &[1]),
        ("read", &[1]),
        ("-nonsense", &[-3, 1]),
        ("after:2020-01-01", &[-3, 1]),
        ("before:2020-01-01", &[]),
    ] {
        assert_eq!(ids(&fixture, query, &lens), expected, "{query}");
    }
    let history = fixture.history();
    assert!(history.events(&page("is:silent"), &lens).unwrap().rows.is_empty(), "no event is silent");
    assert!(history.uploads(&page("is:silent"), &lens).unwrap().rows.is_empty());
    assert!(history.subjects(&page("is:silent"), &lens).unwrap().rows.is_empty());
    let open = |webhook| history.counts_of(webhook, 0, &lens).unwrap().rows.remove(0).open_problems;
    assert_eq!((open(None), open(Some("alpha")), open(Some("beta"))), (2, 2, 0));
    let changes = history.changes(NOW - HOUR, None, &lens).unwrap().rows.remove(0);
    assert_eq!((changes.opened, changes.still_open, changes.problems[0].id), (1, 1, -3));
    // One row a page, from either end.
    let first = history.problems(&Page { limit: 1, ..page("") }, &lens).unwrap().rows;
    assert_eq!(first[0].id, -3);
    assert_eq!(history.problems(&Page { before: Some(-3), ..page("") }, &lens).unwrap().rows[0].id, 1);
    assert_eq!(history.problems(&Page { after: Some(1), ..page("") }, &lens).unwrap().rows[0].id, -3);
}

#[test]
fn what_people_do_about_it_is_kept_and_ends_with_the_next_delivery() {
    let fixture = Fixture::with([upload("1", "7", "completed", "d-1", 600)]);
    fixture.act(&acknowledge(-1));
    let (row, story) = fixture.history().problem(-1, &silent(1)).unwrap().unwrap();
    assert_eq!((row.state, row.acknowledged_by.as_deref()), (ProblemState::Acknowledged, Some("Ann")));
    assert_eq!((row.note.as_deref(), row.undoable), (Some("asked the site"), true));
    assert_eq!(story.iter().map(|line| line.what.as_str()).collect::<Vec<_>>(), ["acknowledged"]);
    assert_eq!(ids(&fixture, "is:acknowledged", &silent(1)), [-1]);
    fixture.act(&Action::TakeBack { problem: -1, by: "Ann".to_owned() });
    assert_eq!(ids(&fixture, "is:open", &silent(1)), [-1]);
    let until = jiff::Timestamp::from_microsecond(NOW + HOUR).unwrap();
    fixture.act(&Action::Snooze { problem: -1, by: "Ann".to_owned(), until });
    let groups = |snoozed| fixture.history().problem_groups(&Query::default(), snoozed, &silent(1)).unwrap();
    assert_eq!((groups(false).problems, groups(false).snoozed, groups(true).problems), (0, 1, 1));
    fixture.act(&Action::Resolve { problem: -1, by: "Ann".to_owned(), note: None });
    assert_eq!(ids(&fixture, "is:resolved", &silent(1)), [-1]);

    let log = fixture.log();
    fixture.append(&log, [upload("2", "7", "completed", "d-2", 5)]);
    log.close();
    let newest = fixture.history().newest().unwrap();
    assert!(ids(&fixture, "", &silent(1)).is_empty(), "something came: whoever asked knew less");
    let (row, _) = fixture.history().problem(-newest, &silent(newest)).unwrap().unwrap();
    assert_eq!((row.state, row.note), (ProblemState::Open, None), "the next silence is another one");
    fixture.act(&acknowledge(-1));
    assert_eq!(
        ids(&fixture, "is:open", &silent(newest)),
        [-newest],
        "an act on a silence that is over changes nothing"
    );
}

#[test]
fn an_act_in_the_batch_of_the_last_delivery_counts_and_one_before_the_next_does_not() {
    let fixture = Fixture::new();
    let log = fixture.log();
    fixture.append(&log, [upload("1", "7", "completed", "d-1", 600)]);
    log.act(&acknowledge(-1)).unwrap();
    log.close();
    assert_eq!(ids(&fixture, "is:acknowledged", &silent(1)), [-1]);
    let log = fixture.log();
    // A retry is a sign of life, too.
    fixture.append(&log, [upload("1", "7", "completed", "d-1", 300)]);
    log.act(&acknowledge(-1)).unwrap();
    log.close();
    assert_eq!(ids(&fixture, "is:open", &silent(3)), [-3]);
    assert!(ids(&fixture, "", &silent(1)).is_empty());
}

#[test]
fn what_is_learned_from_is_which_hours_something_came_in() {
    let fixture = Fixture::with([
        upload("1", "7", "completed", "d-1", 600),
        upload("2", "7", "completed", "d-2", 599),
        beta(upload("3", "7", "completed", "d-3", 500)),
        upload("1", "7", "completed", "d-1", 60),
    ]);
    let history = fixture.history();
    let hour = |minutes_ago: i64| (NOW - minutes_ago * 60_000_000).div_euclid(HOUR);
    let heard = history.heard("alpha", i64::MIN, i64::MAX).unwrap();
    assert_eq!((heard.first(), heard.last()), (Some(&hour(600)), Some(&hour(60))));
    assert!(history.heard("alpha", hour(599), hour(60) - 1).unwrap().is_empty());
    assert!(history.heard("nowhere", i64::MIN, i64::MAX).unwrap().is_empty());
    let pulses = history.pulses().unwrap();
    let told: Vec<_> =
        pulses.iter().map(|pulse| (pulse.webhook.as_str(), pulse.last_sequence, pulse.last_at)).collect();
    assert_eq!(told, [("alpha", 4, NOW - 60 * 60_000_000), ("beta", 3, NOW - 500 * 60_000_000)]);
}
