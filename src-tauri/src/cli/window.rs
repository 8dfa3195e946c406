//! No command: the window, or where there is no display, the receiver alone.

use std::path::Path;
use std::process::ExitCode;
use std::time::Duration;

use api::{Window, WindowLock};

use super::arguments::Front;
use super::out::note;
use super::serve;
use crate::autostart::Start;
use crate::desktop::Opening;

/// Said where there is no display.
pub(crate) const NO_DISPLAY: &str =
    "there is no display to open the window on: receiving without one (as `centrepoint-monitor serve`)";

pub(crate) fn run(folder: &Path, listen: serve::Told, front: &Front, is_hidden: bool) -> anyhow::Result<ExitCode> {
    let lock = match claim(folder, is_hidden)? {
        Ok(lock) => lock,
        Err(code) => return Ok(code),
    };
    let _guard = crate::logging::start("info", Some(folder));
    let monitor = super::open_to_receive(folder)?;
    serve::in_front(&monitor, listen, front)?;
    if is_display_there() {
        let start = Start::of(folder, listen.map(|(address, _)| address), front);
        let opening = Opening { practice: None, is_hidden, lock, start };
        return crate::desktop::run(monitor, opening);
    }
    // Another one that has a display may open its window beside this receiver.
    drop(lock);
    note(NO_DISPLAY);
    serve::until_ended(&monitor, |_| {})
}

/// The right to the folder's window; where it is open already it comes forward, and there is nothing else to do.
pub(crate) fn claim(folder: &Path, is_hidden: bool) -> anyhow::Result<Result<WindowLock, ExitCode>> {
    Ok(match api::claim_window(folder, !is_hidden)? {
        Window::Ours(lock) => Ok(lock),
        Window::Theirs if is_hidden => {
            note("CentrePoint Monitor is open on this data folder already");
            Err(ExitCode::SUCCESS)
        }
        Window::Theirs => {
            note("CentrePoint Monitor is open on this data folder already: its window was brought to the front");
            Err(ExitCode::SUCCESS)
        }
        Window::Silent(process) => {
            note(&format!(
                "CentrePoint Monitor is open on this data folder already{}, but its window did not come forward: it may still be starting. \
                 If it stays away, end that process and start it again",
                if process == 0 { String::new() } else { format!(" (process {process})") }
            ));
            Err(ExitCode::FAILURE)
        }
    })
}

/// The same where whoever has it is just leaving, and not to be brought to the front: waits for that, 10 s at most.
pub(crate) fn claim_after(folder: &Path) -> anyhow::Result<Result<WindowLock, ExitCode>> {
    for _ in 0..100 {
        if let Window::Ours(lock) = api::claim_window(folder, false)? {
            return Ok(Ok(lock));
        }
        std::thread::sleep(Duration::from_millis(100));
    }
    claim(folder, false)
}

/// Whether a window can be opened.
pub(crate) fn is_display_there() -> bool {
    // Elsewhere a graphical session is the only kind there is.
    let asks = cfg!(any(target_os = "linux", target_os = "freebsd", target_os = "openbsd", target_os = "netbsd"));
    let is_set = |name| std::env::var_os(name).is_some_and(|value| !value.is_empty());
    !asks || is_set("DISPLAY") || is_set("WAYLAND_DISPLAY")
}
