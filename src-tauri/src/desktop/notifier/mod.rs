//! Pop-ups for problems that opened, live and after a restart alike. Follows the view; nothing here can delay intake.

mod bell;
mod grouping;
mod words;

#[cfg(test)]
mod testing;

use std::sync::Arc;
use std::sync::mpsc::TryRecvError;
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

use api::wire::ApiError;
use api::{Monitor, NotifierLock};

use self::bell::{Answer, Bell};
use self::grouping::{Group, Grouping};

/// How often it looks by itself: for an answer that is late, and where a wake-up was missed.
const LOOK_AGAIN: Duration = Duration::from_millis(500);

/// How often it looks whether a webhook fell silent: no delivery says so.
const LOOK_FOR_SILENCE: Duration = Duration::from_secs(30);

/// Starts the notifier's thread; it ends with the process. `clicked` gets the problem of a clicked pop-up (`None`: several).
///
/// # Errors
/// When no thread can be started.
pub(crate) fn start(
    monitor: Monitor,
    clicked: impl Fn(Option<i64>) + Send + Sync + 'static,
) -> std::io::Result<JoinHandle<()>> {
    let bell = Bell::start(Arc::new(clicked))?;
    thread::Builder::new().name("notifier".to_owned()).spawn(move || {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_time().build();
        match runtime {
            Ok(runtime) => runtime.block_on(follow(Notifier::new(monitor, bell))),
            Err(error) => tracing::error!(%error, "there will be no pop-ups"),
        }
    })
}

async fn follow(mut notifier: Notifier) {
    let mut pulse = notifier.monitor.watch_pulse();
    loop {
        if let Err(error) = notifier.turn() {
            tracing::warn!(%error, "what opened could not be read; trying again");
        }
        let pause =
            notifier.grouping.due().map_or(LOOK_AGAIN, |due| due.saturating_sub(notifier.now()).min(LOOK_AGAIN));
        // Either may wake it; who does is no matter.
        let _ = tokio::time::timeout(pause.max(Duration::from_millis(5)), pulse.changed()).await;
    }
}

struct Notifier {
    monitor: Monitor,
    bell: Bell,
    /// Held while this process raises the folder's pop-ups.
    lock: Option<NotifierLock>,
    grouping: Grouping,
    /// Openings up to here are in a group or were shown. `None` until it was read.
    read_up_to: Option<i64>,
    /// The pop-up the desktop has not answered for yet.
    ringing: Option<(Answer, Group)>,
    /// Whether the last pop-up could not be shown: said once in the log, not every half minute.
    is_failing: bool,
    since: Instant,
    /// When it looked last whether a webhook fell silent.
    listened: Option<Instant>,
}

impl Notifier {
    fn new(monitor: Monitor, bell: Bell) -> Self {
        Self {
            monitor,
            bell,
            lock: None,
            grouping: Grouping::default(),
            read_up_to: None,
            ringing: None,
            is_failing: false,
            since: Instant::now(),
            listened: None,
        }
    }

    fn now(&self) -> Duration {
        self.since.elapsed()
    }

    fn turn(&mut self) -> Result<(), ApiError> {
        if self.lock.is_none() {
            self.lock = self.monitor.claim_notifier()?;
        }
        if self.lock.is_none() {
            // Another window on this folder raises them; when it ends, this one goes on where it stopped.
            return Ok(());
        }
        self.read_openings()?;
        self.hear_answer()?;
        if self.ringing.is_none()
            && let Some(group) = self.grouping.take(self.now())
        {
            let settings = self.monitor.settings()?;
            if settings.popups {
                let pop_up = words::pop_up(&group, settings.popup_subjects);
                self.ringing = Some((self.bell.ring(pop_up), group));
            } else {
                self.shown(&group)?;
            }
        }
        Ok(())
    }

    fn read_openings(&mut self) -> Result<(), ApiError> {
        let mut from = match self.read_up_to {
            Some(sequence) => sequence,
            None => self.monitor.notifier_position()?.unwrap_or(0),
        };
        loop {
            let openings = self.monitor.unseen(from)?;
            let Some(last) = openings.last() else { break };
            from = last.sequence;
            for opening in openings.into_iter().filter(|opening| opening.open) {
                self.grouping.opened(self.since.elapsed(), opening);
            }
            self.read_up_to = Some(from);
        }
        self.read_up_to = Some(from);
        if self.listened.is_none_or(|at| at.elapsed() >= LOOK_FOR_SILENCE) {
            self.listened = Some(Instant::now());
            for silence in self.monitor.unseen_silences(from)?.into_iter().filter(|silence| silence.open) {
                self.grouping.opened(self.since.elapsed(), silence);
            }
        }
        Ok(())
    }

    fn hear_answer(&mut self) -> Result<(), ApiError> {
        let Some((answer, group)) = self.ringing.take() else { return Ok(()) };
        match answer.try_recv() {
            Ok(Ok(())) => {
                self.is_failing = false;
                return self.shown(&group);
            }
            // Still at it, perhaps for good: nothing else is shown meanwhile, what opens is counted into the next.
            Err(TryRecvError::Empty) => self.ringing = Some((answer, group)),
            Ok(Err(reason)) => self.not_shown(&reason.to_string(), group),
            Err(TryRecvError::Disconnected) => self.not_shown("the bell is gone", group),
        }
        Ok(())
    }

    fn shown(&mut self, group: &Group) -> Result<(), ApiError> {
        self.monitor.set_notifier_position(group.newest.sequence)
    }

    /// It stays unseen: it goes into the next pop-up and, where there is none until then, into the first after a restart.
    fn not_shown(&mut self, reason: &str, group: Group) {
        if !std::mem::replace(&mut self.is_failing, true) {
            tracing::warn!(reason, "a pop-up could not be shown; the problems are in the window");
        }
        self.grouping.put_back(group);
    }
}
