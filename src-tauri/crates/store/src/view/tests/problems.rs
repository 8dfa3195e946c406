//! Problems as they are derived: what opens and ends them, and what people do about them.

use super::*;

#[test]
fn an_error_opens_a_problem_and_a_completed_resolves_it() {
    let fixture = Fixture::with([
        upload("1", "7", "started", "d-1", 50),
        upload("1", "7", "error", "d-2", 40),
        upload("1", "7", "completed", "d-3", 30),
        upload("1", "7", "started", "d-4", 20),
    ]);
    let history = fixture.history();
    let found = &history.uploads(&page(""), &lens()).unwrap().rows[0];
    assert_eq!(
        (found.state, found.problem, found.problem_id),
        (UploadState::Completed, Some(ProblemState::Resolved), Some(2))
    );
    assert_eq!(found.started_at, Some(NOW - 50 * 60_000_000));
    let (problem, story) = history.problem(2, &lens()).unwrap().unwrap();
    assert_eq!((problem.kind, problem.state, problem.events), (ProblemKind::UploadError, ProblemState::Resolved, 1));
    assert_eq!(problem.subject_id.as_deref(), Some("7"));
    let lines: Vec<_> = story.iter().map(|line| (line.sequence, line.what.as_str())).collect();
    assert_eq!(lines, [(2, "failed"), (3, "succeeded")]);
}

#[test]
fn people_act_on_problems() {
    let fixture = Fixture::with([upload("1", "7", "error", "d-1", 40)]);
    let by = || "Ann".to_owned();
    fixture.act(&Action::Acknowledge { problem: 1, by: by(), note: Some("rang the site".to_owned()) });
    let history = fixture.history();
    let event = &history.events(&page("is:acknowledged"), &lens()).unwrap().rows[0];
    assert_eq!((event.problem_id, event.problem_state), (Some(1), Some(ProblemState::Acknowledged)));
    assert_eq!(
        (event.acknowledged_by.as_deref(), event.acknowledged_at, event.note.as_deref()),
        (Some("Ann"), Some(NOW), Some("rang the site"))
    );
    fixture.act(&Action::Resolve { problem: 1, by: by(), note: None });
    fixture.act(&Action::Reopen { problem: 1, by: by() });
    fixture.act(&Action::Note { problem: 1, by: by(), text: "again".to_owned() });
    fixture.act(&Action::Note { problem: 77, by: by(), text: "about nothing".to_owned() });
    let (problem, story) = history.problem(1, &lens()).unwrap().unwrap();
    assert_eq!(problem.state, ProblemState::Open);
    assert_eq!(problem.note.as_deref(), Some("again"));
    let told: Vec<_> = story.iter().map(|line| line.what.as_str()).collect();
    assert_eq!(told, ["failed", "acknowledged", "resolved", "reopened", "noted"]);
}

#[test]
fn a_stuck_upload_is_a_problem_while_it_lasts() {
    let fixture = Fixture::with([upload("1", "7", "started", "d-1", 150), upload("2", "7", "started", "d-2", 30)]);
    let history = fixture.history();
    let problems = history.problems(&page("is:open"), &lens()).unwrap().rows;
    assert_eq!(problems.len(), 1);
    assert_eq!(
        (problems[0].id, problems[0].kind, problems[0].upload_id.as_deref()),
        (1, ProblemKind::StuckUpload, Some("1"))
    );
    assert_eq!(problems[0].opened_at, NOW - 30 * 60_000_000, "it opened when its two hours were over");
    fixture.act(&Action::Acknowledge { problem: 1, by: "Ann".to_owned(), note: None });
    assert_eq!(history.problems(&page("is:open"), &lens()).unwrap().rows, []);
    let counts = history.counts(NOW - 24 * HOUR, &lens()).unwrap().rows[0].clone();
    assert_eq!((counts.in_progress, counts.stuck, counts.open_problems, counts.acknowledged_problems), (2, 1, 0, 1));
    let found = history.uploads(&page("is:stuck"), &lens()).unwrap().rows;
    assert_eq!(
        (found[0].stuck, found[0].problem, found[0].problem_id),
        (true, Some(ProblemState::Acknowledged), Some(1))
    );
    let (problem, story) = history.problem(1, &lens()).unwrap().unwrap();
    assert_eq!((problem.acknowledged_by.as_deref(), story.len()), (Some("Ann"), 1));
    // It ends: the problem is gone, and so is what could be done about it.
    let log = fixture.log();
    fixture.append(&log, [upload("1", "7", "completed", "d-3", 1)]);
    assert_eq!(history.problem(1, &lens()).unwrap().map(|found| found.0), None);
    assert_eq!(history.uploads(&page("upload:1"), &lens()).unwrap().rows[0].problem, None);
}

/// What `problem` looks like from `now`.
fn seen(fixture: &Fixture, problem: i64, now: i64) -> crate::rows::ProblemRow {
    fixture.history().problem(problem, &crate::history::Lens { now, ..lens() }).unwrap().unwrap().0
}

#[test]
fn a_problem_is_put_aside_followed_up_and_the_act_taken_back() {
    let fixture = Fixture::with([upload("1", "7", "error", "d-1", 240), upload("2", "7", "started", "d-2", 230)]);
    let by = || "Ann".to_owned();
    for problem in [1, 2] {
        let day = jiff::civil::date(2026, 8, 27);
        fixture.act(&Action::Contact { problem, by: by(), text: "called".to_owned(), follow_up: Some(day) });
        fixture.act(&Action::Acknowledge { problem, by: by(), note: None });
        fixture.act(&Action::Reopen { problem, by: by() });
        fixture.act(&snooze(problem, NOW + HOUR));
        let row = seen(&fixture, problem, NOW);
        assert_eq!((row.snoozed_until, row.follow_up.as_deref()), (Some(NOW + HOUR), Some("2026-08-27")));
        assert_eq!((row.state, row.undoable), (ProblemState::Open, true), "it keeps its state");
        assert_eq!(seen(&fixture, problem, NOW + HOUR).snoozed_until, None, "it has run out by itself");
        let counts =
            |now| fixture.history().counts(NOW, &crate::history::Lens { now, ..lens() }).unwrap().rows[0].clone();
        assert_eq!((counts(NOW).open_problems, counts(NOW).snoozed_problems), (2, 1));
        assert_eq!(counts(NOW + HOUR).snoozed_problems, 0);
        let awake = fixture.history().problem_groups(&page("is:open").query, false, &lens()).unwrap().groups;
        assert_eq!(awake.iter().flat_map(|group| group.ids.clone()).collect::<Vec<_>>(), [3 - problem]);

        fixture.act(&Action::TakeBack { problem, by: by() });
        fixture.act(&Action::TakeBack { problem, by: by() });
        fixture.act(&Action::Wake { problem, by: by() });
        let (row, story) = fixture.history().problem(problem, &lens()).unwrap().unwrap();
        assert_eq!((row.snoozed_until, row.undoable), (None, false));
        let told: Vec<_> = story
            .iter()
            .filter(|line| line.by.is_some())
            .map(|line| (line.what.as_str(), line.text.as_deref(), line.until.as_deref()))
            .collect();
        let until = "2026-08-22T15:00:00.000000Z";
        let until =
            story.iter().find(|line| line.what == "snoozed").map_or(until, |line| line.until.as_deref().unwrap());
        assert_eq!(
            told,
            [
                ("contacted", Some("called"), Some("2026-08-27")),
                ("acknowledged", None, None),
                ("reopened", None, None),
                ("snoozed", None, Some(until)),
                ("taken_back", Some("snoozed"), None),
            ],
            "what changed nothing is not told"
        );
        assert_eq!(until.parse::<jiff::Timestamp>().unwrap().as_microsecond(), NOW + HOUR);
    }
}

#[test]
fn a_failure_ends_a_snooze_without_an_opening() {
    let fixture = Fixture::with([upload("1", "7", "error", "d-1", 240)]);
    fixture.act(&snooze(1, NOW + HOUR));
    let log = fixture.log();
    fixture.append(&log, [upload("1", "7", "error", "d-2", 3)]);
    fixture.act(&Action::TakeBack { problem: 1, by: "Ann".to_owned() });
    let row = seen(&fixture, 1, NOW);
    assert_eq!((row.snoozed_until, row.events, row.undoable), (None, 2, false));
    let opened = fixture.history().openings_since(0, 10).unwrap();
    assert_eq!(opened.iter().map(|(opening, _)| opening.sequence).collect::<Vec<_>>(), [1]);
}

#[test]
fn a_resolution_is_taken_back_to_what_stood_before() {
    let fixture = Fixture::with([upload("1", "7", "error", "d-1", 240), upload("2", "7", "started", "d-2", 230)]);
    for problem in [1, 2] {
        fixture.act(&Action::Acknowledge { problem, by: "Ann".to_owned(), note: None });
        fixture.act(&snooze(problem, NOW + HOUR));
        let before = seen(&fixture, problem, NOW);
        fixture.act(&Action::Resolve { problem, by: "Bob".to_owned(), note: None });
        let resolved = seen(&fixture, problem, NOW);
        assert_eq!((resolved.state, resolved.snoozed_until), (ProblemState::Resolved, None));
        fixture.act(&Action::TakeBack { problem, by: "Bob".to_owned() });
        assert_eq!(seen(&fixture, problem, NOW), crate::rows::ProblemRow { undoable: false, ..before });
    }
}

#[test]
fn a_handshake_is_an_event_but_not_a_problem() {
    let fixture = Fixture::with([arrival("validation", "", 5, "no json, the code is in the header")]);
    let history = fixture.history();
    let rows = history.events(&page(""), &lens()).unwrap().rows;
    assert_eq!((rows[0].event.as_str(), rows[0].flags), ("validation", Flags(Flags::HANDSHAKE)));
    assert_eq!(history.problems(&page(""), &lens()).unwrap().rows, []);
}

#[test]
fn an_unreadable_delivery_opens_a_problem() {
    let fixture = Fixture::with([arrival("upload", "d-1", 5, "[1, 2]")]);
    let history = fixture.history();
    let rows = history.events(&page("is:unreadable is:open"), &lens()).unwrap().rows;
    assert_eq!((rows.len(), rows[0].flags.words()), (1, vec!["unreadable"]));
    let problems = history.problems(&page("is:unreadable"), &lens()).unwrap().rows;
    assert_eq!((problems[0].id, problems[0].kind), (1, ProblemKind::Unreadable));
    assert!(problems[0].message.is_some(), "it says why");
}
