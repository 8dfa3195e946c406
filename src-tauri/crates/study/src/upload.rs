//! The life of one upload: started → completed or error, folded from events in the order of the log.

/// What identifies an upload. `study_id` may be unknown.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct UploadKey {
    /// The webhook's slug.
    pub webhook: String,
    /// CentrePoint's study id, as sent.
    pub study_id: Option<String>,
    /// CentrePoint's upload id, as sent.
    pub upload_id: String,
}

/// Where an upload is in its life.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum UploadState {
    /// Started, no end seen yet.
    Started,
    /// Its latest end is a `completed`.
    Completed,
    /// Its latest end is an `error`.
    Error,
}

impl UploadState {
    /// `started`, `completed` or `error`.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Started => "started",
            Self::Completed => "completed",
            Self::Error => "error",
        }
    }

    /// The state a status word stands for (lower case); `None` for an unknown word.
    #[must_use]
    pub fn from_status(status: &str) -> Option<Self> {
        match status {
            "started" => Some(Self::Started),
            "completed" => Some(Self::Completed),
            "error" => Some(Self::Error),
            _ => None,
        }
    }
}

/// One `upload` event of a known status, as the fold needs it. Instants are microseconds since 1970 UTC.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UploadEvent {
    /// Its place in the log: that of the event's first arrival.
    pub sequence: i64,
    /// When its first arrival was received; of one that was brought in from CentrePoint's history, when CentrePoint made it.
    pub received_at: i64,
    /// Of one that was brought in from CentrePoint's history: everything up to this sequence was looked at to find that nothing there is newer
    /// than it; 0: something is. `None`: it came by itself.
    pub considered: Option<i64>,
    /// What it says.
    pub status: UploadState,
    /// The subject, as sent.
    pub subject_id: Option<String>,
    /// The vendor's message.
    pub message: Option<String>,
}

/// An upload's state so far.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Upload {
    /// Started, completed or error.
    pub state: UploadState,
    /// The subject, from the latest event that names one.
    pub subject_id: Option<String>,
    /// When the first `started` was received, whenever it came (from CentrePoint's history: when it was made).
    pub started_at: Option<i64>,
    /// Sequence of that first `started`.
    pub started_sequence: Option<i64>,
    /// When the latest end was received (from CentrePoint's history: when it was made).
    pub finished_at: Option<i64>,
    /// Sequence of the latest end.
    pub finished_sequence: Option<i64>,
    /// The message of the latest end.
    pub message: Option<String>,
    /// Events folded so far (attempts are not events).
    pub events: i64,
}

/// What an event did to its upload, for the problem of the same upload to follow.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Turn {
    /// A `started`, or an end that is older than the one there is: nothing that ends it.
    None,
    /// A `completed`.
    Completed,
    /// An `error`.
    Failed,
}

impl Upload {
    /// An upload nothing is known of yet but how its first event calls it.
    fn unseen(state: UploadState) -> Self {
        Self {
            state,
            subject_id: None,
            started_at: None,
            started_sequence: None,
            finished_at: None,
            finished_sequence: None,
            message: None,
            events: 0,
        }
    }

    /// Whether the end there is is newer than one from CentrePoint's history.
    fn has_newer_end(&self, event: &UploadEvent) -> bool {
        let (Some(considered), Some(sequence)) = (event.considered, self.finished_sequence) else { return false };
        if considered == 0 {
            return true;
        }
        // Who brought it in knew the end there is, and found it older. Or did not: it came meanwhile, or was brought in a moment ago.
        sequence > considered && self.finished_at.is_some_and(|at| at > event.received_at)
    }
}

/// Folds `event` into `upload` (`None`: the first of its life). Call in ascending sequence; attempts are never folded.
///
/// An end that was brought in from CentrePoint's history is folded only where it is the newer one: it may be days old, and what came since then by
/// itself stands. Among what came by itself the order is that of the log, as ever.
#[must_use]
pub fn fold(upload: Option<Upload>, event: &UploadEvent) -> (Upload, Turn) {
    let mut upload = upload.unwrap_or_else(|| Upload::unseen(event.status));
    upload.events += 1;
    if event.subject_id.is_some() {
        upload.subject_id.clone_from(&event.subject_id);
    }
    if event.status != UploadState::Started && upload.has_newer_end(event) {
        return (upload, Turn::None);
    }
    let turn = match event.status {
        UploadState::Started => {
            if upload.started_sequence.is_none() {
                upload.started_sequence = Some(event.sequence);
                upload.started_at = Some(event.received_at);
            }
            return (upload, Turn::None);
        }
        UploadState::Completed => Turn::Completed,
        UploadState::Error => Turn::Failed,
    };
    upload.state = event.status;
    upload.finished_sequence = Some(event.sequence);
    upload.finished_at = Some(event.received_at);
    upload.message.clone_from(&event.message);
    (upload, turn)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::UploadState::{Completed, Error, Started};
    use super::*;

    fn event(sequence: i64, status: UploadState) -> UploadEvent {
        let message = (status == UploadState::Error).then(|| format!("failed at {sequence}"));
        UploadEvent { sequence, received_at: sequence * 1_000, considered: None, status, subject_id: None, message }
    }

    fn life(statuses: &[UploadState]) -> Upload {
        let events = statuses.iter().zip(1..).map(|(status, sequence)| event(sequence, *status));
        events.fold(None, |upload, event| Some(fold(upload, &event).0)).unwrap()
    }

    #[test]
    fn the_latest_end_is_the_state() {
        for (statuses, state, finished, message) in [
            (&[Started][..], Started, None, None),
            (&[Started, Completed], Completed, Some(2), None),
            (&[Completed, Started], Completed, Some(1), None),
            (&[Started, Error, Completed], Completed, Some(3), None),
            (&[Started, Completed, Error], Error, Some(3), Some("failed at 3")),
            (&[Error, Started, Started], Error, Some(1), Some("failed at 1")),
        ] {
            let upload = life(statuses);
            assert_eq!((upload.state, upload.finished_sequence), (state, finished), "{statuses:?}");
            assert_eq!(upload.finished_at, finished.map(|sequence| sequence * 1_000));
            assert_eq!(upload.message.as_deref(), message, "a completed takes the message of an earlier error away");
            assert_eq!(upload.events, i64::try_from(statuses.len()).unwrap());
        }
    }

    #[test]
    fn the_start_is_the_first_started_whenever_it_came() {
        let upload = life(&[Completed, Started, Started]);
        assert_eq!((upload.started_sequence, upload.started_at), (Some(2), Some(2_000)));
    }

    #[test]
    fn an_event_that_names_no_subject_takes_none_away() {
        let named = |id: &str| UploadEvent { subject_id: Some(id.into()), ..event(1, Started) };
        let (upload, _) = fold(None, &named("000103"));
        let (upload, _) = fold(Some(upload), &event(2, Completed));
        assert_eq!(upload.subject_id.as_deref(), Some("000103"));
        assert_eq!(fold(Some(upload), &named("000104")).0.subject_id.as_deref(), Some("000104"));
    }

    #[test]
    fn an_event_says_what_it_did() {
        for (status, turn) in [(Started, Turn::None), (Completed, Turn::Completed), (Error, Turn::Failed)] {
            assert_eq!(fold(Some(life(&[Error])), &event(2, status)).1, turn);
            assert_eq!(UploadState::from_status(status.as_str()), Some(status));
        }
        assert_eq!(UploadState::from_status("paused"), None);
    }

    /// One from CentrePoint's history, made at the same time as the event `made` was received.
    fn past(sequence: i64, made: i64, considered: i64, status: UploadState) -> UploadEvent {
        UploadEvent { received_at: made * 1_000, considered: Some(considered), ..event(sequence, status) }
    }

    fn after(events: &[UploadEvent]) -> (UploadState, Option<i64>) {
        let upload = events.iter().fold(None, |upload, event| Some(fold(upload, event).0)).unwrap();
        (upload.state, upload.finished_sequence)
    }

    #[test]
    fn an_old_end_of_the_history_never_undoes_a_newer_one() {
        let completed = event(5, Completed);
        assert_eq!(after(&[completed.clone(), past(9, 3, 0, Error)]), (Completed, Some(5)), "an old error is no error");
        let error = event(5, Error);
        assert_eq!(
            after(&[error.clone(), past(9, 3, 0, Completed)]),
            (Error, Some(5)),
            "an old completed mends nothing"
        );
        assert_eq!(fold(Some(life(&[Completed])), &past(9, 0, 0, Error)).1, Turn::None, "so it opens no problem");
        // The one there is came late by itself: CentrePoint made it before the one of the history.
        assert_eq!(
            after(&[completed.clone(), past(9, 3, 8, Error)]),
            (Error, Some(9)),
            "whoever brought it in knew that"
        );
        // It came between the looking and the bringing in.
        assert_eq!(
            after(&[event(8, Completed), past(9, 3, 7, Error)]),
            (Completed, Some(8)),
            "it is newer, whatever it is"
        );
        // Brought in at one time, in the order in which they were made.
        assert_eq!(after(&[past(8, 2, 7, Error), past(9, 3, 7, Completed)]), (Completed, Some(9)));
        assert_eq!(
            after(&[past(8, 3, 7, Completed), past(9, 2, 7, Error)]),
            (Completed, Some(8)),
            "however they stand"
        );
        assert_eq!(after(&[event(1, Started), past(9, 0, 0, Error)]), (Error, Some(9)), "an end is an end");
        assert_eq!(after(&[past(8, 3, 7, Completed), event(9, Error)]), (Error, Some(9)), "what comes is newer");
    }

    fn statuses() -> impl Strategy<Value = Vec<UploadState>> {
        prop::collection::vec(prop::sample::select(vec![Started, Completed, Error]), 1..12)
    }

    proptest! {
        #[test]
        fn a_started_never_undoes_an_end_wherever_it_comes(mut all in statuses(), at in any::<prop::sample::Index>()) {
            let without = life(&all);
            all.insert(at.index(all.len() + 1), Started);
            let with = life(&all);
            prop_assert_eq!(with.state, without.state);
            prop_assert_eq!(with.message.is_some(), without.message.is_some());
            prop_assert_eq!(with.finished_sequence.is_some(), without.finished_sequence.is_some());
        }

        #[test]
        fn the_state_is_that_of_the_latest_end(all in statuses()) {
            let last_end = all.iter().rev().find(|status| **status != Started).copied();
            prop_assert_eq!(life(&all).state, last_end.unwrap_or(Started));
        }

        #[test]
        fn what_is_old_in_the_history_leaves_the_state_as_it_was(all in statuses(), old in statuses()) {
            let before = life(&all);
            let ended = before.finished_sequence.is_some();
            let upload = old.iter().zip(100..).fold(before.clone(), |upload, (status, sequence)| {
                fold(Some(upload), &past(sequence, 0, 0, *status)).0
            });
            if ended {
                prop_assert_eq!((upload.state, upload.finished_at), (before.state, before.finished_at));
                prop_assert_eq!(upload.message, before.message);
            }
        }

        #[test]
        fn any_batching_gives_the_same(all in statuses(), cuts in prop::collection::vec(any::<bool>(), 12)) {
            // A batch begins with the state as it was stored, and ends with storing it.
            let mut stored: Option<Upload> = None;
            let mut held: Option<Upload> = None;
            for ((status, sequence), cut) in all.iter().zip(1..).zip(cuts) {
                if cut {
                    stored = held.take().or(stored);
                }
                let before = held.take().or_else(|| stored.clone());
                held = Some(fold(before, &event(sequence, *status)).0);
            }
            prop_assert_eq!(held.unwrap(), life(&all));
        }
    }
}
