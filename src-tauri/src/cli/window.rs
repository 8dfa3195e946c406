//! No command: the window, or where there is no display, the receiver alone.

use std::net::SocketAddr;
use std::path::Path;
use std::process::ExitCode;

use super::arguments::Front;
use super::out::note;
use super::serve;

/// Said where there is no display.
pub(crate) const NO_DISPLAY: &str =
    "there is no display to open the window on: receiving without one (as `centrepoint-monitor serve`)";

pub(crate) fn run(folder: &Path, listen: Option<SocketAddr>, front: &Front) -> anyhow::Result<ExitCode> {
    let _guard = crate::logging::start("info", Some(folder));
    let monitor = super::open_to_receive(folder)?;
    serve::in_front(&monitor, front)?;
    if is_display_there() {
        return crate::desktop::run(monitor, serve::address(listen), None);
    }
    note(NO_DISPLAY);
    serve::until_ended(&monitor, serve::address(listen), |_| {})
}

/// Whether a window can be opened.
pub(crate) fn is_display_there() -> bool {
    // Elsewhere a graphical session is the only kind there is.
    let asks = cfg!(any(target_os = "linux", target_os = "freebsd", target_os = "openbsd", target_os = "netbsd"));
    let is_set = |name| std::env::var_os(name).is_some_and(|value| !value.is_empty());
    !asks || is_set("DISPLAY") || is_set("WAYLAND_DISPLAY")
}
