//! The life of a problem: open → acknowledged → resolved; it reopens. Whether a snooze has run out depends on the clock and is not decided
//! here.

use jiff::civil::Date;

use super::ProblemState;

/// A problem's state so far. Instants are microseconds since 1970 UTC.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Problem {
    /// Open, acknowledged or resolved.
    pub state: ProblemState,
    /// When it first opened.
    pub opened_at: i64,
    /// When something last happened to it by an event.
    pub last_at: i64,
    /// How many failures it gathers.
    pub events: i64,
    /// The latest failure's message.
    pub message: Option<String>,
    /// Who acknowledged it; emptied when it reopens.
    pub acknowledged_by: Option<String>,
    /// When it was acknowledged; emptied when it reopens.
    pub acknowledged_at: Option<i64>,
    /// The latest note.
    pub note: Option<String>,
    /// When it was resolved; `None` while it is not.
    pub resolved_at: Option<i64>,
    /// Put aside until then, past or not. Never of a resolved one.
    pub snoozed_until: Option<i64>,
    /// The day to look again, from the latest contact. Never of a resolved one.
    pub follow_up: Option<Date>,
    /// What a person's latest act can be undone to.
    pub undo: Option<Undo>,
}

/// Acts that can be taken back.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Undoable {
    /// [`Step::Acknowledge`].
    Acknowledged,
    /// [`Step::Resolve`].
    Resolved,
    /// [`Step::Snooze`].
    Snoozed,
}

impl Undoable {
    /// `acknowledged`, `resolved` or `snoozed`.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Acknowledged => "acknowledged",
            Self::Resolved => "resolved",
            Self::Snoozed => "snoozed",
        }
    }
}

/// What stood before a person's act, as JSON in the view. Notes are not among it: what was written down stays written down.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct Undo {
    /// The act.
    pub act: Undoable,
    /// The state before it: never resolved, since no act on a resolved problem can be undone.
    pub state: ProblemState,
    /// Who had acknowledged it.
    pub acknowledged_by: Option<String>,
    /// When that was.
    pub acknowledged_at: Option<i64>,
    /// Until when it had been put aside.
    pub snoozed_until: Option<i64>,
    /// The day to look again that a resolution took away.
    pub follow_up: Option<Date>,
}

/// What a step did.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Change {
    /// Nothing a person is told of.
    None,
    /// It opened or reopened by an event: a pop-up follows.
    Opened,
    /// It resolved.
    Resolved,
    /// A person did something about it that leaves it unresolved, or wrote something down: nobody needs to be told.
    Touched,
}

/// Something that happens to a problem, in the order of the log.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Step {
    /// A failure under its key.
    Failed {
        /// When it was received.
        at: i64,
        /// The vendor's message.
        message: Option<String>,
    },
    /// A success under its key.
    Succeeded {
        /// When it was received.
        at: i64,
    },
    /// A person took it on.
    Acknowledge {
        /// When.
        at: i64,
        /// Who.
        by: String,
        /// A remark to keep beside it.
        note: Option<String>,
    },
    /// A person declared it over.
    Resolve {
        /// When.
        at: i64,
        /// A remark to keep beside it.
        note: Option<String>,
    },
    /// A person took that back.
    Reopen {
        /// When.
        at: i64,
    },
    /// A person wrote something down.
    Note {
        /// The text.
        text: String,
    },
    /// A person spoke to somebody about it.
    Contact {
        /// The day to look again; `None` takes an earlier one away.
        follow_up: Option<Date>,
    },
    /// A person put it aside.
    Snooze {
        /// Until when.
        until: i64,
    },
    /// A person ended that.
    Wake,
    /// A person undid their latest acknowledgement, resolution or snooze. Changes nothing where something else changed the problem since.
    TakeBack,
}

/// Takes one step. `None` for `problem` means that there is none yet; only a failure then makes one.
///
/// What a person does to a problem that is already over changes nothing, except that a remark is kept with [`Step::Resolve`] and [`Step::Note`],
/// and that a resolution can be undone until the next event.
#[must_use]
pub fn step(problem: Option<Problem>, step: &Step) -> (Option<Problem>, Change) {
    let Some(mut problem) = problem else {
        return match step {
            Step::Failed { at, message } => (Some(Problem::opened(*at, message.clone())), Change::Opened),
            _ => (None, Change::None),
        };
    };
    let change = match step {
        Step::Failed { at, message } => problem.fail(*at, message.clone()),
        Step::Succeeded { at } => problem.succeed(*at),
        Step::Acknowledge { at, by, note } => problem.acknowledge(*at, by, note.as_deref()),
        Step::Resolve { at, note } => problem.resolve(*at, note.as_deref()),
        Step::Reopen { at: _ } => problem.reopen_by_hand(),
        Step::Note { text } => problem.write_down(Some(text)),
        Step::Contact { follow_up } => problem.contact(*follow_up),
        Step::Snooze { until } => problem.snooze(*until),
        Step::Wake => problem.wake(),
        Step::TakeBack => problem.take_back(),
    };
    (Some(problem), change)
}

impl Problem {
    fn opened(at: i64, message: Option<String>) -> Self {
        Self {
            state: ProblemState::Open,
            opened_at: at,
            last_at: at,
            events: 1,
            message,
            acknowledged_by: None,
            acknowledged_at: None,
            note: None,
            resolved_at: None,
            snoozed_until: None,
            follow_up: None,
            undo: None,
        }
    }

    /// It wants a person again: a snooze ends, and nobody can go back behind it.
    fn fail(&mut self, at: i64, message: Option<String>) -> Change {
        self.events += 1;
        self.last_at = at;
        self.message = message;
        self.snoozed_until = None;
        self.undo = None;
        if self.state == ProblemState::Resolved { self.reopen(Change::Opened) } else { Change::None }
    }

    fn succeed(&mut self, at: i64) -> Change {
        self.undo = None;
        if self.state == ProblemState::Resolved {
            return Change::None;
        }
        self.last_at = at;
        self.end(at)
    }

    fn acknowledge(&mut self, at: i64, by: &str, note: Option<&str>) -> Change {
        if self.state == ProblemState::Resolved {
            return Change::None;
        }
        self.undo = Some(self.before(Undoable::Acknowledged));
        self.state = ProblemState::Acknowledged;
        self.acknowledged_by = Some(by.to_owned());
        self.acknowledged_at = Some(at);
        self.write_down(note);
        Change::Touched
    }

    fn resolve(&mut self, at: i64, note: Option<&str>) -> Change {
        let noted = self.write_down(note);
        if self.state == ProblemState::Resolved {
            return noted;
        }
        self.undo = Some(self.before(Undoable::Resolved));
        self.end(at)
    }

    fn end(&mut self, at: i64) -> Change {
        self.state = ProblemState::Resolved;
        self.resolved_at = Some(at);
        self.snoozed_until = None;
        self.follow_up = None;
        Change::Resolved
    }

    /// The one who reopens it is looking at it: no pop-up.
    fn reopen_by_hand(&mut self) -> Change {
        if self.state == ProblemState::Open {
            return Change::None;
        }
        self.undo = None;
        self.reopen(Change::Touched)
    }

    fn reopen(&mut self, change: Change) -> Change {
        self.state = ProblemState::Open;
        self.acknowledged_by = None;
        self.acknowledged_at = None;
        self.resolved_at = None;
        change
    }

    fn write_down(&mut self, note: Option<&str>) -> Change {
        let Some(note) = note else { return Change::None };
        self.note = Some(note.to_owned());
        Change::Touched
    }

    fn contact(&mut self, follow_up: Option<Date>) -> Change {
        if self.state != ProblemState::Resolved {
            self.follow_up = follow_up;
        }
        Change::Touched
    }

    fn snooze(&mut self, until: i64) -> Change {
        if self.state == ProblemState::Resolved {
            return Change::None;
        }
        self.undo = Some(self.before(Undoable::Snoozed));
        self.snoozed_until = Some(until);
        Change::Touched
    }

    fn wake(&mut self) -> Change {
        if self.snoozed_until.take().is_none() {
            return Change::None;
        }
        self.undo = None;
        Change::Touched
    }

    fn before(&self, act: Undoable) -> Undo {
        Undo {
            act,
            state: self.state,
            acknowledged_by: self.acknowledged_by.clone(),
            acknowledged_at: self.acknowledged_at,
            snoozed_until: self.snoozed_until,
            follow_up: self.follow_up,
        }
    }

    fn take_back(&mut self) -> Change {
        let Some(undo) = self.undo.take() else { return Change::None };
        self.state = undo.state;
        self.acknowledged_by = undo.acknowledged_by;
        self.acknowledged_at = undo.acknowledged_at;
        self.snoozed_until = undo.snoozed_until;
        self.resolved_at = None;
        if undo.act == Undoable::Resolved {
            // Other acts leave it alone: a contact since then stands.
            self.follow_up = undo.follow_up;
        }
        Change::Touched
    }
}

#[cfg(test)]
mod tests {
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
        let expected = [
            Change::Opened,
            Change::None,
            Change::Touched,
            Change::None,
            Change::Resolved,
            Change::None,
            Change::Opened,
        ];
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
}
