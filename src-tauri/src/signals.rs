//! The system's request to end: Ctrl-C everywhere, SIGTERM where there is one.

use std::future::Future;
use std::io;

/// Resolves at the first request. Listens from the call on, so that none is missed. Call inside a tokio runtime.
#[cfg(unix)]
pub(crate) fn ended() -> io::Result<impl Future<Output = ()> + Send> {
    use tokio::signal::unix::{SignalKind, signal};
    let (mut terminate, mut interrupt) = (signal(SignalKind::terminate())?, signal(SignalKind::interrupt())?);
    Ok(async move {
        tokio::select! {
            _ = terminate.recv() => {}
            _ = interrupt.recv() => {}
        }
    })
}

/// Resolves at the first request. Call inside a tokio runtime.
#[cfg(not(unix))]
pub(crate) fn ended() -> io::Result<impl Future<Output = ()> + Send> {
    Ok(async {
        // An error means that the system cannot tell: then the process ends as the system likes.
        if tokio::signal::ctrl_c().await.is_err() {
            std::future::pending::<()>().await;
        }
    })
}
