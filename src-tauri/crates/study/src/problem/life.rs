//! The life of a problem: open → acknowledged → resolved; it reopens.

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
    /// A person acknowledged, noted or reopened it: nobody needs to be told.
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
}

/// Takes one step. `None` for `problem` means that there is none yet; only a failure then makes one.
///
/// What a person does to a problem that is already over changes nothing, except that a remark is kept with [`Step::Resolve`] and [`Step::Note`].
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
        Step::Resolve { at: _, note } => problem.resolve(note.as_deref()),
        Step::Reopen { at: _ } => problem.take_back(),
        Step::Note { text } => problem.write_down(Some(text)),
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
        }
    }

    fn fail(&mut self, at: i64, message: Option<String>) -> Change {
        self.events += 1;
        self.last_at = at;
        self.message = message;
        if self.state == ProblemState::Resolved { self.reopen(Change::Opened) } else { Change::None }
    }

    fn succeed(&mut self, at: i64) -> Change {
        if self.state == ProblemState::Resolved {
            return Change::None;
        }
        self.last_at = at;
        self.state = ProblemState::Resolved;
        Change::Resolved
    }

    fn acknowledge(&mut self, at: i64, by: &str, note: Option<&str>) -> Change {
        if self.state == ProblemState::Resolved {
            return Change::None;
        }
        self.state = ProblemState::Acknowledged;
        self.acknowledged_by = Some(by.to_owned());
        self.acknowledged_at = Some(at);
        self.write_down(note);
        Change::Touched
    }

    fn resolve(&mut self, note: Option<&str>) -> Change {
        let noted = self.write_down(note);
        if self.state == ProblemState::Resolved {
            return noted;
        }
        self.state = ProblemState::Resolved;
        Change::Resolved
    }

    /// The one who takes it back is looking at it: no pop-up.
    fn take_back(&mut self) -> Change {
        if self.state == ProblemState::Open { Change::None } else { self.reopen(Change::Touched) }
    }

    fn reopen(&mut self, change: Change) -> Change {
        self.state = ProblemState::Open;
        self.acknowledged_by = None;
        self.acknowledged_at = None;
        change
    }

    fn write_down(&mut self, note: Option<&str>) -> Change {
        let Some(note) = note else { return Change::None };
        self.note = Some(note.to_owned());
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
        };
        assert_eq!(problem, Some(expected));
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
                match (taken, was) {
                    (Step::Failed { .. }, Some(Acknowledged)) => prop_assert_eq!(is, Some(Acknowledged)),
                    (Step::Failed { .. }, _) => prop_assert_eq!(is, Some(Open)),
                    (Step::Succeeded { .. }, Some(_)) => prop_assert_eq!(is, Some(Resolved)),
                    (Step::Acknowledge { .. }, Some(Resolved)) => prop_assert_eq!(&after, &before),
                    (Step::Acknowledge { .. }, Some(_)) => prop_assert_eq!(is, Some(Acknowledged)),
                    (Step::Note { .. }, _) => prop_assert_eq!(is, was),
                    _ => {}
                }
                if let Some(problem) = &after {
                    prop_assert_eq!(problem.acknowledged_by.is_some(), problem.acknowledged_at.is_some());
                    prop_assert!(is != Some(Open) || problem.acknowledged_by.is_none(), "an open one is nobody's");
                    prop_assert!(is != Some(Acknowledged) || problem.acknowledged_by.is_some());
                }
                before = after;
            }
        }
    }
}
