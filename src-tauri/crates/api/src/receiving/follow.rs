//! While another process receives into this folder, or this one cannot: looks twice a second what is new, so that a window is live all the same.
//! Whether somebody else receives, and how that one is, is `viewer`'s business.

use std::time::Duration;

use store::history::Page;
use tokio::sync::watch;

use super::{blocking, stopped};
use crate::Monitor;
use crate::wire::ApiError;

/// How often it looks.
pub(super) const TICK: Duration = Duration::from_millis(500);

/// Looks for `time`, or until `stop` turns true.
pub(super) async fn until(monitor: &Monitor, time: Duration, stop: &mut watch::Receiver<bool>) {
    let mut version = None;
    let mut left = time;
    while !left.is_zero() {
        let pause = TICK.min(left);
        if tokio::time::timeout(pause, stopped(stop)).await.is_ok() {
            return;
        }
        left -= pause;
        let before = version;
        match blocking(monitor, move |monitor| look(monitor, before)).await {
            Ok(now) => version = Some(now),
            Err(error) => tracing::debug!(%error, "nothing can be seen for now"),
        }
    }
}

/// Tells of what is new. Returns the state's version.
pub(super) fn look(monitor: &Monitor, before: Option<i64>) -> Result<i64, ApiError> {
    let version = monitor.state().version()?;
    if before.is_some_and(|before| before != version) {
        monitor.board().state_changed();
    }
    monitor.look_for_notices();
    let page = Page { query: study::Query::default(), before: None, after: None, limit: 1 };
    let sequence = monitor.history().events(&page, &monitor.lens()?)?.sequence;
    let known = monitor.board().pulse.borrow().sequence;
    // Then the one who derives says how far it is.
    let is_told = monitor.board().receiver.borrow().elsewhere.is_some();
    if sequence != known {
        let opened = if known == 0 { 0 } else { monitor.unseen(known)?.len() as u64 };
        monitor.board().pulse.send_modify(|pulse| {
            pulse.sequence = sequence;
            if !is_told {
                pulse.behind = 0;
                pulse.rebuilding = None;
            }
            pulse.opened += opened;
        });
    }
    Ok(version)
}
