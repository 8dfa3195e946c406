//! File handles: each connection takes one, and so do the history's files and the window. Many systems give a program 1,024 until it asks for
//! more: a thousand idle strangers would use them up, and the next delivery would wait until enough of them were closed.

use receiver::Limits;

/// What all connections and everything else stay far below.
#[cfg(unix)]
const ENOUGH: u64 = 8_192;
/// Set aside for everything but connections.
#[cfg(unix)]
const ELSE: u64 = 192;
/// Connections in any case.
#[cfg(unix)]
const FEWEST: usize = 16;

/// The receiver's bounds, with no more connections than there are handles for. Asks the system for enough first, as far as it lets this user.
pub(super) fn limits() -> Limits {
    let mut limits = Limits::default();
    #[cfg(unix)]
    match rlimit::increase_nofile_limit(ENOUGH) {
        Ok(given) => {
            let room = usize::try_from(given.saturating_sub(ELSE)).unwrap_or(usize::MAX).max(FEWEST);
            if room < limits.connections {
                tracing::warn!(
                    given,
                    connections = room,
                    "the system gives few file handles: fewer connections at once"
                );
                limits.connections = room;
            }
        }
        Err(error) => tracing::warn!(%error, "the system was not asked for more file handles"),
    }
    limits
}
