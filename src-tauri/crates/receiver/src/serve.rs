//! The accept loop: takes connections in, ends them in good order. How many there may be is the business of `connections`.

use std::future::Future;
use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::{Duration, Instant};

use rustls::ServerConfig;
use study::Clock;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;

use crate::connection::{self, Line, Shared};
use crate::connections::{Connections, Origin};
use crate::delivery::Desk;
use crate::moving::{self, Move, Moves};
use crate::probe::Probes;
use crate::tls::{self, Greetings, Served};
use crate::{Hooks, Intake, Limits, Networks, routes};

/// How long accepting pauses after it failed for want of something (file handles, memory).
const PAUSE: Duration = Duration::from_millis(100);

/// That accepting fails is said again after this long at the earliest.
const SAID: Duration = Duration::from_mins(1);

/// How often it is looked again whether a connection may go, while the cap is reached and every one is at work.
const LOOK_AGAIN: Duration = Duration::from_millis(20);

/// Where connections come in, and how they are spoken to.
#[derive(Debug)]
pub struct Socket {
    /// Where they are accepted.
    pub listener: TcpListener,
    /// With TLS, or in the clear.
    pub tls: Served,
    /// Who may test it, where anybody may.
    pub probes: Option<Probes>,
    /// Where else it is to go on while it runs.
    pub moves: Moves,
}

impl From<TcpListener> for Socket {
    /// In the clear, tested by nobody, and staying there.
    fn from(listener: TcpListener) -> Self {
        Self { listener, tls: Served::default(), probes: None, moves: Moves::none() }
    }
}

/// Serves until `shutdown` resolves, then stops accepting, finishes what is in flight (bounded) and returns. `proxies` are those that are
/// believed when they say whom they forward for. Call inside a tokio runtime.
///
/// # Errors
/// When the listener itself fails for good.
pub async fn run<I: Intake>(
    socket: impl Into<Socket>,
    hooks: watch::Receiver<Hooks>,
    intake: Arc<I>,
    clock: Arc<dyn Clock>,
    limits: Limits,
    proxies: watch::Receiver<Networks>,
    shutdown: impl Future<Output = ()> + Send,
) -> io::Result<()> {
    let Socket { mut listener, tls, probes, mut moves } = socket.into();
    let (counting, telling) = (Arc::clone(&intake), Arc::clone(&intake));
    let count: Arc<dyn Fn(&'static str) + Send + Sync> = Arc::new(move |name| counting.count(name));
    let router = routes::router(Arc::new(Desk::new(hooks, intake, clock, limits, proxies.clone(), probes)));
    let shared = Shared { router, limits, count, greetings: Arc::new(Greetings::default()) };
    let (end, ending) = watch::channel(false);
    let mut connections = Connections::new(&limits);
    let (mut said, mut told): (Option<Instant>, Option<usize>) = (None, None);
    let take_in = |connections: &mut Connections, stream: TcpStream, peer: SocketAddr| {
        let line = Arc::new(Line::new(peer.ip()));
        let may_be_many = line.peer.is_loopback() || proxies.borrow().contain(line.peer);
        let origin = (!may_be_many).then(|| Origin::of(line.peer));
        if !connections.make_room(origin) {
            tracing::debug!(peer = %line.peer, "has its share of connections, all of them at work");
            (shared.count)("connections_refused");
            return;
        }
        // The handshake is part of the connection's life: it counts from here on.
        let serving = serve(stream, tls.config(), Arc::clone(&line), shared.clone(), ending.clone());
        connections.add(&line, origin, serving);
    };
    tokio::pin!(shutdown);
    let outcome = loop {
        let (full, leaving) = (connections.is_full(), connections.are_leaving());
        if told.replace(connections.count()) != Some(connections.count()) {
            telling.connections(connections.count());
        }
        tokio::select! {
            biased;
            () = &mut shutdown => break Ok(()),
            Some(ended) = connections.tasks.join_next_with_id() => {
                connections.forget(ended.map_or_else(|error| error.id(), |(id, ())| id));
            }
            () = tokio::time::sleep(LOOK_AGAIN), if full => {}
            Move { to, done } = moves.next() => {
                let moved = match moving::go(listener, to).await {
                    Ok(moved) => moved,
                    Err(error) => {
                        end.send_replace(true);
                        connections.finish(limits.shutdown).await;
                        return Err(error);
                    }
                };
                listener = moved.listener;
                for (stream, peer) in moved.waiting {
                    take_in(&mut connections, stream, peer);
                }
                // Who asked may have gone.
                let _ = done.send(moved.outcome);
            }
            accepted = listener.accept(), if !full && !leaving => match accepted {
                Ok((stream, peer)) => take_in(&mut connections, stream, peer),
                Err(error) if is_of_one_connection(&error) => {}
                Err(error) if error.kind() == io::ErrorKind::InvalidInput => break Err(error),
                Err(error) => {
                    if said.is_none_or(|said| said.elapsed() >= SAID) {
                        said = Some(Instant::now());
                        tracing::warn!(%error, open = connections.count(), "connections cannot be accepted for now");
                    }
                    connections.drop_one();
                    tokio::time::sleep(PAUSE).await;
                }
            },
        }
    };
    drop((listener, moves));
    end.send_replace(true);
    connections.finish(limits.shutdown).await;
    telling.connections(0);
    outcome
}

async fn serve(
    stream: TcpStream,
    tls: Option<Arc<ServerConfig>>,
    line: Arc<Line>,
    shared: Shared,
    ending: watch::Receiver<bool>,
) {
    if let Err(error) = stream.set_nodelay(true) {
        tracing::debug!(%error, "TCP_NODELAY could not be set");
    }
    let Some(config) = tls else { return connection::serve(stream, line, shared, ending).await };
    if let Some(stream) = tls::greet(stream, &line, &shared, config, ending.clone()).await {
        connection::serve(stream, line, shared, ending).await;
    }
}

/// Errors that concern the connection that was about to be accepted, not the listener.
fn is_of_one_connection(error: &io::Error) -> bool {
    use io::ErrorKind::{ConnectionAborted, ConnectionRefused, ConnectionReset, Interrupted};
    matches!(error.kind(), ConnectionAborted | ConnectionRefused | ConnectionReset | Interrupted)
}
