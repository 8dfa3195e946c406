//! Shows a pop-up on the desktop, on a thread of its own: a desktop that hangs costs nobody else a moment.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::thread;

use api::notifications::{PopUp, Told};
use api::wire::NotificationTarget;
use notify_rust::{Hint, Notification, NotificationHandle, Urgency};
use zbus::blocking::{Connection, fdo::DBusProxy};

/// The name a desktop's notification service goes by.
const SERVICE: &str = "org.freedesktop.Notifications";
/// Shown pop-ups that wait for a click at once; the clicks on more are not followed.
const MAX_WAITING: usize = 32;

/// Why a pop-up was not shown.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub(super) enum NotShown {
    /// Nobody on the bus, or no bus.
    #[error("this desktop has no notification service: {0}")]
    NoService(String),
    /// It said no.
    #[error("the desktop did not take the notification: {0}")]
    Refused(String),
}

impl NotShown {
    pub(super) fn told(&self) -> Told {
        match self {
            Self::NoService(why) => Told::NoService(why.clone()),
            Self::Refused(why) => Told::Refused(why.clone()),
        }
    }
}

/// Who shows pop-ups, as it names itself.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Server {
    pub(super) name: String,
    pub(super) version: String,
}

impl std::fmt::Display for Server {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{} {}", self.name, self.version)
    }
}

/// What the bell answers, once.
pub(super) type Outcome = Result<Server, NotShown>;
/// Where it answers.
pub(super) type Answer = Receiver<Outcome>;
/// Called with what was clicked.
pub(super) type Clicked = Arc<dyn Fn(NotificationTarget) + Send + Sync>;

/// The thread that shows. One pop-up at a time: the next is handed over only when the last one's answer came.
pub(super) struct Bell {
    queue: SyncSender<(PopUp, SyncSender<Outcome>)>,
}

impl Bell {
    /// Starts the thread. `clicked` is called on another one with what was clicked.
    ///
    /// # Errors
    /// When no thread can be started.
    pub(super) fn start(clicked: Clicked) -> std::io::Result<Self> {
        let (queue, waiting) = sync_channel::<(PopUp, SyncSender<_>)>(1);
        thread::Builder::new().name("pop-ups".to_owned()).spawn(move || {
            let clicks = Clicks { waiting: Arc::new(AtomicUsize::new(0)), clicked };
            for (pop_up, answer) in waiting {
                let shown = show(&pop_up.title, &pop_up.body);
                // Whoever asked may have given up on us: then nobody hears the answer, and that is fine.
                let _ = answer.send(shown.map(|(server, handle)| {
                    clicks.follow(handle, pop_up.target);
                    server
                }));
            }
        })?;
        Ok(Self { queue })
    }

    /// Hands a pop-up over; the answer comes when the desktop gives one, which may be never.
    pub(super) fn ring(&self, pop_up: PopUp) -> Answer {
        let (answer, answered) = sync_channel(1);
        if let Err(error) = self.queue.try_send((pop_up, answer)) {
            tracing::debug!(%error, "a pop-up found the bell at work");
        }
        answered
    }
}

/// Shows it, and says who did. A frozen service holds this up for good.
pub(super) fn show(title: &str, body: &str) -> Result<(Server, NotificationHandle), NotShown> {
    is_anyone_there()?;
    let refused = |error: notify_rust::error::Error| NotShown::Refused(error.to_string());
    let server = notify_rust::get_server_information().map_err(refused)?;
    let handle = Notification::new()
        .appname("CentrePoint Monitor")
        .icon("centrepoint-monitor")
        .summary(title)
        .body(body)
        .urgency(Urgency::Normal)
        .hint(Hint::DesktopEntry("centrepoint-monitor".to_owned()))
        .action("default", "Open")
        .show()
        .map_err(refused)?;
    Ok((Server { name: server.name, version: server.version }, handle))
}

/// Asks the bus, which answers for services that do not: calling one that is not there can block for a minute.
pub(super) fn is_anyone_there() -> Result<(), NotShown> {
    let ask = || -> zbus::Result<bool> {
        let bus = Connection::session()?;
        let bus = DBusProxy::new(&bus)?;
        let is_owned = bus.name_has_owner(SERVICE.try_into()?)?;
        Ok(is_owned || bus.list_activatable_names()?.iter().any(|name| name.as_str() == SERVICE))
    };
    match ask() {
        Ok(true) => Ok(()),
        Ok(false) => Err(NotShown::NoService(format!("nobody answers as {SERVICE}"))),
        Err(error) => Err(NotShown::NoService(format!("the session bus cannot be asked ({error})"))),
    }
}

/// Follows the clicks on what was shown, one short-lived thread each, at most [`MAX_WAITING`].
struct Clicks {
    waiting: Arc<AtomicUsize>,
    clicked: Clicked,
}

impl Clicks {
    fn follow(&self, handle: NotificationHandle, target: NotificationTarget) {
        if self.waiting.fetch_add(1, Ordering::Relaxed) >= MAX_WAITING {
            self.waiting.fetch_sub(1, Ordering::Relaxed);
            return;
        }
        let (waiting, clicked) = (Arc::clone(&self.waiting), Arc::clone(&self.clicked));
        let follow = move || {
            handle.wait_for_action(|action| {
                if action == "default" {
                    clicked(target);
                }
            });
            waiting.fetch_sub(1, Ordering::Relaxed);
        };
        if let Err(error) = thread::Builder::new().name("pop-up-click".to_owned()).spawn(follow) {
            tracing::warn!(%error, "the clicks on a pop-up cannot be followed");
            self.waiting.fetch_sub(1, Ordering::Relaxed);
        }
    }
}
