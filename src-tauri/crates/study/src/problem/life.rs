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
mod tests;
