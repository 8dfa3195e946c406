//! The life of the page in the window: where its process ends, or it never says that it is there, it is loaded again by itself, a
//! bounded number of times; past that a person is asked. Receiving knows nothing of it.
//!
//! What the page missed meanwhile it asks for when it is there again: it subscribes first and takes its snapshots then.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use tauri::{AppHandle, Manager as _, WebviewWindow};
use tauri_plugin_dialog::{DialogExt as _, MessageDialogButtons};

use super::bridge::Bridge;
use super::window;

/// Loads by itself within [`WITHIN`], at most: what ends at once each time would otherwise keep the computer busy for nothing.
const MOST: usize = 3;
/// See [`MOST`].
const WITHIN: Duration = Duration::from_mins(1);
/// A page that has not subscribed this long after its load began will not.
const PATIENCE: Duration = Duration::from_secs(30);

/// Asked where it was loaded too often.
const STOPPED: &str = "This window stopped working several times within a minute. \
     Deliveries are still received and kept: nothing is lost. Load the window again?";

/// The page: whether it is there, and how often it had to be loaded again.
#[derive(Debug, Default)]
pub(super) struct Page(Mutex<Life>);

#[derive(Debug, Default)]
struct Life {
    /// The loads so far: which one a wait is about.
    load: u64,
    /// How often a page subscribed.
    subscriptions: u64,
    /// The page of the latest load has subscribed.
    is_there: bool,
    /// It is not loaded again by itself any more.
    is_given_up: bool,
    /// Loads in a row that no page subscribed after.
    unanswered: usize,
    recent: Recent,
}

impl Life {
    /// A page subscribed.
    fn subscribed(&mut self) {
        self.is_there = true;
        self.is_given_up = false;
        self.unanswered = 0;
        self.subscriptions += 1;
    }

    /// The page ended at `now`: whether it was there, and whether it is to be loaded again. One that never comes is given up however
    /// slowly it does not come.
    fn ended(&mut self, now: Instant) -> (bool, bool) {
        let was_there = std::mem::take(&mut self.is_there);
        self.unanswered = if was_there { 0 } else { self.unanswered + 1 };
        self.is_given_up = self.unanswered > MOST || !self.recent.one_more(now);
        (was_there, !self.is_given_up)
    }

    /// A person wants to see it: whether that is a reason to load it.
    fn wanted(&mut self) -> bool {
        self.unanswered = 0;
        std::mem::take(&mut self.is_given_up)
    }
}

impl Page {
    fn with<T>(&self, work: impl FnOnce(&mut Life) -> T) -> T {
        work(&mut self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

/// The recent loads by itself, [`MOST`] of them.
#[derive(Debug, Default)]
struct Recent(VecDeque<Instant>);

impl Recent {
    /// Whether one more is allowed at `now`; it counts then.
    fn one_more(&mut self, now: Instant) -> bool {
        self.0.retain(|at| now.duration_since(*at) < WITHIN);
        let is_allowed = self.0.len() < MOST;
        if is_allowed {
            self.0.push_back(now);
        }
        is_allowed
    }
}

/// From now on the end of the page's process is noticed. On Windows the system's web view does not tell through a safe interface.
pub(super) fn follow(window: &WebviewWindow) -> tauri::Result<()> {
    #[cfg(any(target_os = "linux", target_os = "freebsd", target_os = "openbsd", target_os = "netbsd"))]
    {
        use webkit2gtk::{WebProcessTerminationReason, WebViewExt as _};
        let app = window.app_handle().clone();
        window.with_webview(move |view| {
            view.inner().connect_web_process_terminated(move |_, reason| {
                // What was ended from here is loaded again from here.
                if reason != WebProcessTerminationReason::TerminatedByApi {
                    ended(&app, &format!("{reason:?}"));
                }
            });
        })?;
    }
    loading(window.app_handle());
    Ok(())
}

/// Ends the page's process where there is a way to: one that hangs would not load anything.
fn end(window: &WebviewWindow) -> tauri::Result<()> {
    #[cfg(any(target_os = "linux", target_os = "freebsd", target_os = "openbsd", target_os = "netbsd"))]
    window.with_webview(|view| webkit2gtk::WebViewExt::terminate_web_process(&view.inner()))?;
    #[cfg(not(any(target_os = "linux", target_os = "freebsd", target_os = "openbsd", target_os = "netbsd")))]
    let _ = window;
    Ok(())
}

/// A load began: the page is expected to subscribe.
pub(super) fn loading(app: &AppHandle) {
    let load = app.state::<Page>().with(|life| {
        life.load += 1;
        life.is_there = false;
        life.load
    });
    let app = app.clone();
    tauri::async_runtime::spawn(async move {
        tokio::time::sleep(PATIENCE).await;
        if app.state::<Page>().with(|life| life.load == load && !life.is_there && !life.is_given_up) {
            let ending = app.get_webview_window(window::LABEL).map_or(Ok(()), |window| end(&window));
            if let Err(error) = ending {
                tracing::warn!(%error, "the page's process cannot be ended");
            }
            ended(&app, "it never subscribed");
        }
    });
}

/// The page subscribed.
pub(super) fn is_there(app: &AppHandle) {
    let subscription = app.state::<Page>().with(|life| {
        life.subscribed();
        life.subscriptions
    });
    tracing::info!(subscription, "the page is there");
}

/// The page is no more: it is loaded again, or a person is asked.
pub(super) fn ended(app: &AppHandle, reason: &str) {
    // What is new waits for the next page.
    app.state::<Arc<Bridge>>().forget();
    let (was_there, is_loaded) = app.state::<Page>().with(|life| life.ended(Instant::now()));
    if is_loaded {
        tracing::warn!(reason, "the page ended: it is loaded again");
        return load(app, was_there);
    }
    tracing::error!(
        reason,
        "the page ended {MOST} times within {} s, or never came: it is not loaded again by itself",
        WITHIN.as_secs()
    );
    // Out of sight there is nobody to ask: showing the window loads it.
    if app.get_webview_window(window::LABEL).is_some_and(|window| window.is_visible().unwrap_or(true)) {
        ask(app);
    }
}

/// The window was brought to the front: a page that was given up gets another chance.
pub(super) fn wanted(app: &AppHandle) {
    let was_given_up = app.state::<Page>().with(Life::wanted);
    if was_given_up {
        load(app, false);
    }
}

fn ask(app: &AppHandle) {
    let mut dialog = app.dialog().message(STOPPED).title("CentrePoint Monitor");
    if let Some(window) = app.get_webview_window(window::LABEL) {
        dialog = dialog.parent(&window);
    }
    let buttons = MessageDialogButtons::OkCancelCustom("Load again".to_owned(), "Not now".to_owned());
    let app = app.clone();
    dialog.buttons(buttons).show(move |is_wanted| {
        if is_wanted {
            wanted(&app);
        }
    });
}

/// Loads the page, never from within what the web view is telling right now: where it was there, the view it was at, else its beginning,
/// as a web view that never had a page has none to load again.
fn load(app: &AppHandle, was_there: bool) {
    let app = app.clone();
    tauri::async_runtime::spawn(async move {
        let Some(window) = app.get_webview_window(window::LABEL) else { return };
        loading(&app);
        let loading = if was_there { window.reload() } else { window.navigate(window::home()) };
        if let Err(error) = loading {
            tracing::error!(%error, "the page cannot be loaded again");
        }
    });
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_page_that_never_comes_is_given_up_however_long_each_wait() {
        let (start, mut life) = (Instant::now(), Life::default());
        let wait = |n: u32| start + PATIENCE * n;
        for n in 1..=3 {
            assert_eq!(life.ended(wait(n)), (false, true), "load {n}");
        }
        assert_eq!(life.ended(wait(4)), (false, false), "a person is asked");
        assert!(life.wanted(), "and may want it again");
        assert_eq!(life.ended(wait(9)), (false, true));
        life.subscribed();
        assert_eq!(life.ended(wait(20)), (true, true), "one that was there begins anew");
        assert_eq!(life.unanswered, 0);
    }

    #[test]
    fn it_is_loaded_again_so_often_a_minute_and_no_oftener() {
        let (start, mut recent) = (Instant::now(), Recent::default());
        for second in 0..3 {
            assert!(recent.one_more(start + Duration::from_secs(second)));
        }
        assert!(!recent.one_more(start + Duration::from_secs(3)));
        assert!(!recent.one_more(start + Duration::from_secs(59)), "what was refused did not count");
        assert!(recent.one_more(start + Duration::from_mins(1)), "the first of them is a minute ago");
        assert!(!recent.one_more(start + Duration::from_millis(60_500)));
        assert!(recent.one_more(start + Duration::from_secs(61)));
        assert!(recent.0.len() <= MOST);
    }
}
