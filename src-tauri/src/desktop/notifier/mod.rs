//! Pop-ups for what happened, live and after a restart alike. What is due is decided and written down by `api::notifications`; here it is shown,
//! and what became of it is told. Nothing here can delay intake.

mod bell;
mod grouping;
mod trial;

use std::sync::Arc;
use std::sync::mpsc::{Receiver, TryRecvError, sync_channel};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

use api::notifications::{Gatherer, Told};
use api::wire::{ApiError, NotificationTarget, PopUpDesktop};
use api::{Monitor, NotifierLock};

use self::bell::{Answer, Bell, NotShown};
use self::grouping::Grouping;
pub(crate) use self::trial::try_out;

/// How often it looks by itself: for an answer that is late, and where a wake-up was missed.
const LOOK_AGAIN: Duration = Duration::from_millis(500);
/// How long the desktop has to answer before it is said that it does not. It is waited for all the same: it may show the pop-up yet.
const PATIENCE: Duration = Duration::from_secs(10);
/// How often the bus is asked whether anyone shows pop-ups.
const LOOK_FOR_DESKTOP: Duration = Duration::from_secs(30);

/// Starts the notifier's thread; it ends with the process. `clicked` gets what a clicked pop-up is about.
///
/// # Errors
/// When no thread can be started.
pub(crate) fn start(
    monitor: Monitor,
    clicked: impl Fn(NotificationTarget) + Send + Sync + 'static,
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
            tracing::warn!(%error, "what happened could not be read; trying again");
        }
        let pause =
            notifier.grouping.due().map_or(LOOK_AGAIN, |due| due.saturating_sub(notifier.now()).min(LOOK_AGAIN));
        // Either may wake it; who does is no matter.
        let _ = tokio::time::timeout(pause.max(Duration::from_millis(5)), pulse.changed()).await;
    }
}

/// A pop-up the desktop has not answered for yet.
struct Ringing {
    answer: Answer,
    ids: Vec<i64>,
    since: Duration,
    /// It was said that the desktop does not answer.
    is_late: bool,
}

struct Notifier {
    monitor: Monitor,
    bell: Bell,
    /// Held while this process raises the folder's pop-ups.
    lock: Option<NotifierLock>,
    gatherer: Gatherer,
    grouping: Grouping,
    ringing: Option<Ringing>,
    /// Whether the last pop-up could not be shown: said once in the log, not every half minute.
    is_failing: bool,
    desktop: PopUpDesktop,
    /// The look for a desktop that is under way, and when the last one began.
    looking: Option<Receiver<Result<(), NotShown>>>,
    looked: Option<Duration>,
    since: Instant,
}

impl Notifier {
    fn new(monitor: Monitor, bell: Bell) -> Self {
        Self {
            monitor,
            bell,
            lock: None,
            gatherer: Gatherer::default(),
            grouping: Grouping::default(),
            ringing: None,
            is_failing: false,
            desktop: PopUpDesktop::default(),
            looking: None,
            looked: None,
            since: Instant::now(),
        }
    }

    fn now(&self) -> Duration {
        self.since.elapsed()
    }

    fn turn(&mut self) -> Result<(), ApiError> {
        self.look_for_desktop();
        if self.lock.is_none() {
            self.lock = self.monitor.claim_notifier()?;
        }
        if self.lock.is_none() {
            // Another window on this folder raises them; when it ends, this one goes on where it stopped.
            return Ok(());
        }
        let now = self.now();
        if self.monitor.notifications_gather(&mut self.gatherer, now)? {
            self.grouping.arrived(now);
        }
        self.hear_answer()?;
        if !self.grouping.take(now) {
            return Ok(());
        }
        if self.ringing.is_some() {
            // Nothing else is shown meanwhile, and the inbox says why.
            self.grouping.put_back();
            return self.monitor.notifications_unanswered(&mut self.gatherer);
        }
        if let Some(pop_up) = self.monitor.notification_due(&mut self.gatherer)? {
            let ids = pop_up.ids.clone();
            let answer = self.bell.ring(pop_up);
            self.ringing = Some(Ringing { answer, ids, since: now, is_late: false });
        }
        Ok(())
    }

    fn hear_answer(&mut self) -> Result<(), ApiError> {
        let Some(mut ringing) = self.ringing.take() else { return Ok(()) };
        let told = match ringing.answer.try_recv() {
            Ok(Ok(server)) => {
                self.is_failing = false;
                self.desktop = PopUpDesktop { server: Some(server.to_string()), trouble: None };
                Told::Shown(server.to_string())
            }
            // Still at it, perhaps for good.
            Err(TryRecvError::Empty) => {
                let is_late = self.now().saturating_sub(ringing.since) >= PATIENCE;
                let (ids, was_late) = (ringing.ids.clone(), ringing.is_late);
                ringing.is_late = is_late;
                self.ringing = Some(ringing);
                if is_late && !was_late {
                    self.fails("The desktop does not answer: its notification service hangs.");
                    self.monitor.set_pop_up_desktop(self.desktop.clone());
                    self.monitor.notification_told(&mut self.gatherer, &ids, &Told::NoAnswer)?;
                }
                return Ok(());
            }
            Ok(Err(reason)) => {
                self.fails(&sentence(&reason));
                reason.told()
            }
            Err(TryRecvError::Disconnected) => {
                self.fails("The thread that shows pop-ups has ended.");
                Told::Refused("the thread that shows pop-ups has ended".to_owned())
            }
        };
        if !matches!(told, Told::Shown(_)) {
            // It stays due: it goes into the next pop-up and, where there is none until then, into the first after a restart.
            self.grouping.put_back();
        }
        self.monitor.set_pop_up_desktop(self.desktop.clone());
        self.monitor.notification_told(&mut self.gatherer, &ringing.ids, &told)
    }

    fn fails(&mut self, reason: &str) {
        if !std::mem::replace(&mut self.is_failing, true) {
            tracing::warn!(reason, "a pop-up could not be shown; it is in the window's list");
        }
        self.desktop.trouble = Some(reason.to_owned());
    }

    /// Asks the bus from time to time whether anyone shows pop-ups, on a thread of its own: a bus may hang, too.
    fn look_for_desktop(&mut self) {
        let now = self.now();
        match self.looking.as_ref().map(Receiver::try_recv) {
            Some(Err(TryRecvError::Empty)) => return,
            Some(Ok(Ok(()))) if !self.ringing.as_ref().is_some_and(|ringing| ringing.is_late) => {
                if self.desktop.trouble.take().is_some() && self.is_failing {
                    self.grouping.rested(now);
                }
                self.monitor.set_pop_up_desktop(self.desktop.clone());
            }
            Some(Ok(Err(reason))) => {
                self.desktop = PopUpDesktop { server: None, trouble: Some(sentence(&reason)) };
                self.monitor.set_pop_up_desktop(self.desktop.clone());
            }
            _ => {}
        }
        self.looking = None;
        if self.looked.is_some_and(|looked| now.saturating_sub(looked) < LOOK_FOR_DESKTOP) {
            return;
        }
        self.looked = Some(now);
        let (answer, answered) = sync_channel(1);
        let look = move || {
            // Whoever asked may have ended.
            let _ = answer.send(bell::is_anyone_there());
        };
        match thread::Builder::new().name("pop-up-look".to_owned()).spawn(look) {
            Ok(_) => self.looking = Some(answered),
            Err(error) => tracing::debug!(%error, "the desktop cannot be looked for"),
        }
    }
}

/// A reason as a sentence of its own.
fn sentence(reason: &NotShown) -> String {
    let mut words = reason.to_string();
    if let Some(first) = words.get_mut(..1) {
        first.make_ascii_uppercase();
    }
    words + "."
}
