//! Waiting for a call that may never return, on a thread of its own and with a limit to both.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::mpsc::{RecvTimeoutError, sync_channel};
use std::time::Duration;

/// Calls that may hang at once in this process. Each is a thread that waits for a keychain, at worst until a person answers a
/// prompt; at the bound nothing more is asked.
const HANGING: usize = 8;

static AT_WORK: AtomicUsize = AtomicUsize::new(0);

/// Why there is no answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Impatience {
    /// It did not come in time. The call may still go on.
    TooLate,
    /// Too many calls are waiting already, or no thread could be started.
    TooMany,
}

/// Runs `call` on a thread of its own and waits at most `limit` for what it returns.
pub(crate) fn within<T: Send + 'static>(
    limit: Duration,
    call: impl FnOnce() -> T + Send + 'static,
) -> Result<T, Impatience> {
    let place = Place::take().ok_or(Impatience::TooMany)?;
    let (sender, receiver) = sync_channel(1);
    let thread = std::thread::Builder::new().name("keychain".to_owned()).spawn(move || {
        let _place = place;
        // Nobody listens any more when it was too late.
        let _ = sender.send(call());
    });
    thread.map_err(|_| Impatience::TooMany)?;
    receiver.recv_timeout(limit).map_err(|error| match error {
        RecvTimeoutError::Timeout | RecvTimeoutError::Disconnected => Impatience::TooLate,
    })
}

/// One of the bounded places, given back when dropped.
struct Place;

impl Place {
    fn take() -> Option<Self> {
        let more = |count: usize| (count < HANGING).then_some(count + 1);
        AT_WORK.fetch_update(Ordering::AcqRel, Ordering::Acquire, more).ok().map(|_| Self)
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        AT_WORK.fetch_sub(1, Ordering::AcqRel);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_answer_comes_back_and_hanging_calls_are_bounded() {
        let patient = Duration::from_mins(1);
        assert_eq!(within(patient, || 7), Ok(7));

        let (release, wait) = std::sync::mpsc::sync_channel::<()>(0);
        let wait = std::sync::Arc::new(std::sync::Mutex::new(wait));
        for _ in 0..HANGING {
            let wait = std::sync::Arc::clone(&wait);
            let hang = move || drop(wait.lock().map(|wait| wait.recv()));
            assert_eq!(within(Duration::from_millis(1), hang), Err(Impatience::TooLate));
        }
        assert_eq!(within(patient, || 7), Err(Impatience::TooMany), "the bound holds");
        drop(release);
        while within(patient, || 7).is_err() {
            std::thread::yield_now();
        }
    }
}
