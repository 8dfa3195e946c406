//! File handles: each connection takes one, and so do the history's files. Many systems give a program 1,024 until it asks for more: a crowd of
//! idle strangers could then keep the log from being opened.

/// What all connections and files together stay far below.
#[cfg(unix)]
const ENOUGH: u64 = 8_192;
/// The cap on connections, and as many again for all else.
#[cfg(unix)]
const FEW: u64 = 2_048;

/// Asks the system for enough of them, as far as it lets this user.
pub(crate) fn ask_for_enough() {
    #[cfg(unix)]
    match rlimit::increase_nofile_limit(ENOUGH) {
        Ok(given) if given < FEW => {
            tracing::warn!(given, "the system gives few file handles: many connections at once would use them up");
        }
        Ok(given) => tracing::debug!(given, "file handles"),
        Err(error) => tracing::warn!(%error, "the system was not asked for more file handles"),
    }
}
