use proptest::prelude::*;

use super::ProblemState::{Acknowledged, Open, Resolved};
use super::*;

fn failed(at: i64) -> Step {
    Step::Failed { at, message: Some(format!("failed at {at}")) }
}

fn acknowledge(at: i64) -> Step {
    Step::Acknowledge { at, by: "M. Rossi".into(), note: Some("called".into()) }
}

fn walk(steps: &[Step]) -> (Option<Problem>, Vec<Change>) {
    let mut changes = Vec::new();
    let problem = steps.iter().fold(None, |problem, taken| {
        let (problem, change) = step(problem, taken);
        changes.push(change);
        problem
    });
    (problem, changes)
}

#[test]
fn a_problem_lives_from_failure_to_success_and_back() {
    let steps = [
        failed(1),
        failed(2),
        acknowledge(3),
        failed(4),
        Step::Succeeded { at: 5 },
        Step::Succeeded { at: 6 },
        failed(7),
    ];
    let (problem, changes) = walk(&steps);
    let expected =
        [Change::Opened, Change::None, Change::Touched, Change::None, Change::Resolved, Change::None, Change::Opened];
    assert_eq!(changes, expected);
    let expected = Problem {
        state: Open,
        opened_at: 1,
        last_at: 7,
        events: 4,
        message: Some("failed at 7".into()),
        acknowledged_by: None,
        acknowledged_at: None,
        note: Some("called".into()),
        resolved_at: None,
        snoozed_until: None,
        follow_up: None,
        undo: None,
    };
    assert_eq!(problem, Some(expected));
}

fn day(day: i8) -> Date {
    jiff::civil::date(2026, 8, day)
}

#[test]
fn a_failure_ends_a_snooze_and_rings_nobody() {
    let (problem, changes) = walk(&[failed(1), Step::Snooze { until: 99 }, failed(3)]);
    assert_eq!(changes, [Change::Opened, Change::Touched, Change::None]);
    assert_eq!(problem.unwrap().snoozed_until, None);
    let (problem, changes) = walk(&[failed(1), Step::Snooze { until: 99 }, Step::Wake, Step::Wake, Step::TakeBack]);
    assert_eq!(changes[2..], [Change::Touched, Change::None, Change::None], "there is nothing to go back to");
    assert_eq!(problem.unwrap().snoozed_until, None);
}

#[test]
fn what_is_over_is_not_put_aside_and_has_no_day_to_look_again() {
    let contact = Step::Contact { follow_up: Some(day(27)) };
    let (problem, changes) = walk(&[
        failed(1),
        contact.clone(),
        Step::Snooze { until: 99 },
        Step::Succeeded { at: 4 },
        Step::Snooze { until: 100 },
        contact,
    ]);
    assert_eq!(changes[3..], [Change::Resolved, Change::None, Change::Touched]);
    let problem = problem.unwrap();
    assert_eq!((problem.snoozed_until, problem.follow_up, problem.resolved_at), (None, None, Some(4)));
}

#[test]
fn an_event_since_makes_an_act_final() {
    for event in [failed(9), Step::Succeeded { at: 9 }] {
        for act in [acknowledge(2), Step::Resolve { at: 2, note: None }, Step::Snooze { until: 99 }] {
            let steps = [failed(1), act, event.clone()];
            let (before, _) = walk(&steps);
            let (after, change) = step(before.clone(), &Step::TakeBack);
            assert_eq!((after, change), (before, Change::None), "{steps:?}");
        }
    }
}

#[test]
fn taking_a_resolution_back_keeps_what_was_written_and_a_contact_since_another_act_stands() {
    let resolve = Step::Resolve { at: 4, note: Some("new battery".into()) };
    let steps = [failed(1), acknowledge(2), Step::Contact { follow_up: Some(day(27)) }, resolve, Step::TakeBack];
    let problem = walk(&steps).0.unwrap();
    assert_eq!((problem.state, problem.acknowledged_by.as_deref()), (Acknowledged, Some("M. Rossi")));
    assert_eq!((problem.follow_up, problem.resolved_at), (Some(day(27)), None));
    assert_eq!(problem.note.as_deref(), Some("new battery"));

    let steps = [failed(1), acknowledge(2), Step::Contact { follow_up: Some(day(27)) }, Step::TakeBack];
    let problem = walk(&steps).0.unwrap();
    assert_eq!((problem.state, problem.follow_up), (Open, Some(day(27))));
}

#[test]
fn who_acknowledged_stays_known_when_it_resolves() {
    let (problem, _) = walk(&[failed(1), acknowledge(2), Step::Succeeded { at: 3 }]);
    let problem = problem.unwrap();
    assert_eq!((problem.acknowledged_by.as_deref(), problem.acknowledged_at), (Some("M. Rossi"), Some(2)));
    assert_eq!((problem.state, problem.last_at), (Resolved, 3));
}

#[test]
fn a_person_resolves_and_takes_it_back() {
    let resolve = Step::Resolve { at: 2, note: Some("new battery".into()) };
    let (problem, changes) =
        walk(&[failed(1), resolve.clone(), resolve, Step::Reopen { at: 3 }, Step::Reopen { at: 4 }]);
    assert_eq!(changes, [Change::Opened, Change::Resolved, Change::Touched, Change::Touched, Change::None]);
    let problem = problem.unwrap();
    assert_eq!((problem.state, problem.last_at, problem.note.as_deref()), (Open, 1, Some("new battery")));
}

fn any_step() -> impl Strategy<Value = Step> {
    let note = || prop::option::of("[a-c]");
    prop_oneof![
        (any::<i32>(), note()).prop_map(|(at, message)| Step::Failed { at: at.into(), message }),
        any::<i32>().prop_map(|at| Step::Succeeded { at: at.into() }),
        (any::<i32>(), "[a-c]", note()).prop_map(|(at, by, note)| Step::Acknowledge { at: at.into(), by, note }),
        (any::<i32>(), note()).prop_map(|(at, note)| Step::Resolve { at: at.into(), note }),
        any::<i32>().prop_map(|at| Step::Reopen { at: at.into() }),
        "[a-c]".prop_map(|text| Step::Note { text }),
        prop::option::of(1..29_i8).prop_map(|at| Step::Contact { follow_up: at.map(day) }),
        any::<i32>().prop_map(|until| Step::Snooze { until: until.into() }),
        Just(Step::Wake),
        Just(Step::TakeBack),
    ]
}

fn state(problem: Option<&Problem>) -> Option<ProblemState> {
    problem.map(|problem| problem.state)
}

proptest! {
    #[test]
    fn every_step_keeps_the_rules(steps in prop::collection::vec(any_step(), 0..20)) {
        let mut before: Option<Problem> = None;
        let mut failures = 0;
        for taken in &steps {
            let (after, change) = step(before.clone(), taken);
            let failure = matches!(taken, Step::Failed { .. });
            failures += i64::from(failure);
            prop_assert_eq!(after.as_ref().map_or(0, |problem| problem.events), failures);
            prop_assert_eq!(after.is_some(), before.is_some() || failure, "only a failure makes one, nothing unmakes it");

            let (was, is) = (state(before.as_ref()), state(after.as_ref()));
            prop_assert_eq!(change == Change::Opened, failure && matches!(was, None | Some(Resolved)));
            prop_assert_eq!(change == Change::Resolved, is == Some(Resolved) && was != Some(Resolved));
            prop_assert!(change != Change::None || was == is, "a state never changes in silence");
            if change == Change::None && !matches!(taken, Step::Failed { .. } | Step::Succeeded { .. }) {
                prop_assert_eq!(&after, &before, "an act that changes nothing changes nothing");
            }
            match (taken, was) {
                (Step::Failed { .. }, Some(Acknowledged)) => prop_assert_eq!(is, Some(Acknowledged)),
                (Step::Failed { .. }, _) => prop_assert_eq!(is, Some(Open)),
                (Step::Succeeded { .. }, Some(_)) => prop_assert_eq!(is, Some(Resolved)),
                (Step::Acknowledge { .. }, Some(Resolved)) => prop_assert_eq!(&after, &before),
                (Step::Acknowledge { .. }, Some(_)) => prop_assert_eq!(is, Some(Acknowledged)),
                (Step::Note { .. } | Step::Contact { .. } | Step::Snooze { .. } | Step::Wake, _) => {
                    prop_assert_eq!(is, was);
                }
                (Step::TakeBack, Some(_)) => {
                    let before = before.as_ref().and_then(|problem| problem.undo.as_ref());
                    prop_assert_eq!(is, before.map(|undo| undo.state).or(was));
                    prop_assert!(before.is_none() || is != Some(Resolved), "undoing never ends a problem");
                }
                _ => {}
            }
            if let Some(problem) = &after {
                prop_assert_eq!(problem.acknowledged_by.is_some(), problem.acknowledged_at.is_some());
                prop_assert!(is != Some(Open) || problem.acknowledged_by.is_none(), "an open one is nobody's");
                prop_assert!(is != Some(Acknowledged) || problem.acknowledged_by.is_some());
                prop_assert_eq!(problem.resolved_at.is_some(), is == Some(Resolved));
                prop_assert!(is != Some(Resolved) || (problem.snoozed_until.is_none() && problem.follow_up.is_none()));
                if matches!(taken, Step::Failed { .. } | Step::Succeeded { .. }) {
                    prop_assert_eq!((problem.snoozed_until, &problem.undo), (None, &None));
                }
            }
            before = after;
        }
    }

    #[test]
    fn taking_an_act_back_at_once_restores_what_stood_before(
        steps in prop::collection::vec(any_step(), 0..12),
        act in any_step(),
        remarks in prop::collection::vec("[a-c]", 0..3),
    ) {
        let (before, _) = walk(&[&[failed(0)][..], &steps].concat());
        let before = before.unwrap();
        let acted = step(Some(before.clone()), &act).0.unwrap();
        let remarked = remarks.into_iter().fold(acted, |problem, text| step(Some(problem), &Step::Note { text }).0.unwrap());
        let after = step(Some(remarked.clone()), &Step::TakeBack).0.unwrap();
        let undone = matches!(act, Step::Acknowledge { .. } | Step::Resolve { .. } | Step::Snooze { .. });
        if undone && before.state != Resolved {
            prop_assert_eq!(&after, &Problem { undo: None, note: remarked.note, ..before });
        }
        let again = step(Some(after.clone()), &Step::TakeBack);
        prop_assert_eq!(again, (Some(after), Change::None), "one step back, not two");
    }
}
