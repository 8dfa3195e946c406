//! The accept loop: takes connections in, keeps their number within the cap, ends them in good order.

use std::future::Future;
use std::io;
use std::sync::Arc;
use std::time::Duration;

use study::Clock;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;
use tokio::task::{AbortHandle, Id, JoinSet};

use crate::connection::{self, Line, Shared};
use crate::delivery::Desk;
use crate::{Hooks, Intake, Limits, routes};

/// How long accepting pauses after it failed for want of something (file handles, memory).
const PAUSE: Duration = Duration::from_millis(100);

/// How often it is looked again whether a connection may go, while the cap is reached and every one is at work.
const LOOK_AGAIN: Duration = Duration::from_millis(20);

/// Serves until `shutdown` resolves, then stops accepting, finishes what is in flight (bounded) and returns. Call inside a tokio runtime.
///
/// # Errors
/// When the listener itself fails for good.
pub async fn run<I: Intake>(
    listener: TcpListener,
    hooks: watch::Receiver<Hooks>,
    intake: Arc<I>,
    clock: Arc<dyn Clock>,
    limits: Limits,
    shutdown: impl Future<Output = ()> + Send,
) -> io::Result<()> {
    let counting = Arc::clone(&intake);
    let count: Arc<dyn Fn(&'static str) + Send + Sync> = Arc::new(move |name| counting.count(name));
    let router = routes::router(Arc::new(Desk::new(hooks, intake, clock, limits)));
    let shared = Shared { router, limits, count };
    let (end, ending) = watch::channel(false);
    let mut connections = Connections { cap: limits.connections, open: Vec::new(), tasks: JoinSet::new() };
    let mut starved = false;
    tokio::pin!(shutdown);
    let outcome = loop {
        let full = connections.is_full();
        tokio::select! {
            biased;
            () = &mut shutdown => break Ok(()),
            Some(ended) = connections.tasks.join_next_with_id() => {
                connections.forget(ended.map_or_else(|error| error.id(), |(id, ())| id));
            }
            () = tokio::time::sleep(LOOK_AGAIN), if full => {}
            accepted = listener.accept(), if !full => match accepted {
                Ok((stream, peer)) => {
                    starved = false;
                    connections.make_room();
                    let line = Arc::new(Line::new(peer.ip()));
                    connections.add(&line, serve(stream, Arc::clone(&line), shared.clone(), ending.clone()));
                }
                Err(error) if is_of_one_connection(&error) => {}
                Err(error) if error.kind() == io::ErrorKind::InvalidInput => break Err(error),
                Err(error) => {
                    if !std::mem::replace(&mut starved, true) {
                        tracing::warn!(%error, open = connections.open.len(), "connections cannot be accepted for now");
                    }
                    connections.drop_oldest();
                    tokio::time::sleep(PAUSE).await;
                }
            },
        }
    };
    drop(listener);
    end.send_replace(true);
    connections.finish(limits.shutdown).await;
    outcome
}

async fn serve(stream: TcpStream, line: Arc<Line>, shared: Shared, ending: watch::Receiver<bool>) {
    if let Err(error) = stream.set_nodelay(true) {
        tracing::debug!(%error, "TCP_NODELAY could not be set");
    }
    connection::serve(stream, line, shared, ending).await;
}

/// Errors that concern the connection that was about to be accepted, not the listener.
fn is_of_one_connection(error: &io::Error) -> bool {
    use io::ErrorKind::{ConnectionAborted, ConnectionRefused, ConnectionReset, Interrupted};
    matches!(error.kind(), ConnectionAborted | ConnectionRefused | ConnectionReset | Interrupted)
}

/// The open connections, oldest first. At most `cap`.
struct Connections {
    cap: usize,
    open: Vec<Open>,
    tasks: JoinSet<()>,
}

struct Open {
    line: Arc<Line>,
    task: AbortHandle,
}

impl Connections {
    fn add(&mut self, line: &Arc<Line>, serving: impl Future<Output = ()> + Send + 'static) {
        let task = self.tasks.spawn(serving);
        self.open.push(Open { line: Arc::clone(line), task });
    }

    fn forget(&mut self, id: Id) {
        self.open.retain(|open| open.task.id() != id);
    }

    /// The cap is reached, and no connection may go: newcomers wait in the system's queue.
    fn is_full(&self) -> bool {
        self.open.len() >= self.cap && self.who_goes().is_none()
    }

    fn make_room(&mut self) {
        if self.open.len() >= self.cap {
            self.drop_oldest();
        }
    }

    /// Ends the connection that is missed least, where there is one.
    fn drop_oldest(&mut self) {
        if let Some(index) = self.who_goes() {
            let open = self.open.remove(index);
            tracing::debug!(peer = %open.line.peer, "closed to make room");
            open.task.abort();
        }
    }

    /// The oldest without an authentic request, whatever it is at; else the oldest that is idle. Never one whose authentic
    /// request is being kept.
    fn who_goes(&self) -> Option<usize> {
        let stranger = self.open.iter().position(|open| !open.line.is_authentic());
        stranger.or_else(|| self.open.iter().position(|open| open.line.is_idle()))
    }

    /// Waits for what is in flight, at most `limit`, then ends the rest.
    async fn finish(mut self, limit: Duration) {
        let all = async { while self.tasks.join_next().await.is_some() {} };
        if tokio::time::timeout(limit, all).await.is_err() {
            tracing::warn!(open = self.tasks.len(), "connections were still at work at the end and are closed");
        }
        self.tasks.shutdown().await;
    }
}
