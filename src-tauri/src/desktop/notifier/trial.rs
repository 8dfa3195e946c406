//! A pop-up to try it: what the desktop answers, in plain words, within a few seconds whatever it does.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::sync_channel;
use std::thread;
use std::time::Duration;

use api::wire::{ApiError, PopUpTest};

use super::bell::{self, NotShown, Server};

/// How long the desktop has to answer.
const PATIENCE: Duration = Duration::from_secs(5);

/// A trial is waited for: a frozen desktop holds its thread for good, and one such thread is enough.
static IS_TRYING: AtomicBool = AtomicBool::new(false);

/// Shows a pop-up that says that it is one to try. Blocks for [`PATIENCE`] at most.
///
/// # Errors
/// When no thread can be started.
pub(crate) fn try_out() -> Result<PopUpTest, ApiError> {
    if IS_TRYING.swap(true, Ordering::Acquire) {
        return Ok(no_answer());
    }
    let (answer, answered) = sync_channel(1);
    let work = move || {
        let shown = bell::show("This is a test", "CentrePoint Monitor can show pop-ups on this desktop.");
        IS_TRYING.store(false, Ordering::Release);
        // Whoever asked may have given up.
        let _ = answer.send(shown.map(|(server, handle)| (server, handle.id())));
    };
    if let Err(error) = thread::Builder::new().name("pop-up-trial".to_owned()).spawn(work) {
        IS_TRYING.store(false, Ordering::Release);
        return Err(ApiError::failed(format!("the test cannot be started: {error}")));
    }
    Ok(answered.recv_timeout(PATIENCE).map_or_else(|_| no_answer(), |shown| words(&shown)))
}

fn no_answer() -> PopUpTest {
    let said = "The desktop has a notification service, but it does not answer: it hangs. Pop-ups come once it goes on; logging out and in again \
        starts it anew. Everything is in the list here meanwhile.";
    PopUpTest { outcome: "no_answer".to_owned(), said: said.to_owned(), server: None, version: None, id: None }
}

fn words(shown: &Result<(Server, u32), NotShown>) -> PopUpTest {
    let (outcome, said) = match shown {
        Ok((server, id)) => (
            "shown",
            format!(
                "{server} took it as its number {id}. If you did not see it, look whether your desktop is set to \"do not disturb\"."
            ),
        ),
        Err(NotShown::NoService(why)) => (
            "no_service",
            format!(
                "This desktop has no notification service ({why}), so nothing can pop up. Everything is in the list here; your IT person can install one."
            ),
        ),
        Err(NotShown::Refused(why)) => ("refused", format!("The desktop did not take it: {why}.")),
    };
    let server = shown.as_ref().ok().map(|(server, _)| server.clone());
    PopUpTest {
        outcome: outcome.to_owned(),
        said,
        version: server.as_ref().map(|server| server.version.clone()),
        server: server.map(|server| server.name),
        id: shown.as_ref().ok().map(|(_, id)| *id),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_the_desktop_answers_is_said_in_plain_words() {
        let server = Server { name: "dunst".to_owned(), version: "1.9".to_owned() };
        let shown = words(&Ok((server, 7)));
        assert!(shown.said.starts_with("dunst 1.9 took it as its number 7."), "{}", shown.said);
        assert_eq!((shown.outcome.as_str(), shown.server.as_deref(), shown.id), ("shown", Some("dunst"), Some(7)));
        let none = words(&Err(NotShown::NoService("nobody answers".to_owned())));
        assert!(none.said.contains("no notification service (nobody answers)"), "{}", none.said);
        assert_eq!(words(&Err(NotShown::Refused("too many".to_owned()))).outcome, "refused");
        assert!(no_answer().said.contains("hangs"));
    }
}
