//! One connection: hyper's HTTP/1.1 over a wire that notes heads and bounds writes. Which connections there are is `serve`'s business.

use std::convert::Infallible;
use std::net::IpAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU8, Ordering};

use axum::Router;
use http_body::Body as _;
use hyper::Request;
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::{TokioIo, TokioTimer};
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::sync::watch;
use tower::ServiceExt as _;

use crate::head::{self, Head};
use crate::tap::{Framing, MAX_HEAD, Tap};
use crate::tls::Greetings;
use crate::wire::Wire;
use crate::{Limits, answers};

/// What handler, wire and accept loop know of one connection.
#[derive(Debug)]
pub(crate) struct Line {
    /// The peer; an IPv4 one as IPv4, also on a socket for both.
    pub(crate) peer: IpAddr,
    /// The bytes of its heads.
    pub(crate) tap: Tap,
    phase: AtomicU8,
    authentic: AtomicBool,
    body_pending: AtomicBool,
}

/// What each request carries besides what hyper knows of it.
#[derive(Debug, Clone)]
pub(crate) struct Arrived {
    /// The connection it came on.
    pub(crate) line: Arc<Line>,
    /// Its head as it came.
    pub(crate) head: Head,
}

/// Waiting for a head, or in the middle of one.
const IDLE: u8 = 0;
/// A handler is at work.
const WORKING: u8 = 1;
/// The answer is made, but not all of it sent.
const ANSWERING: u8 = 2;

impl Line {
    /// A new connection from `peer`.
    pub(crate) fn new(peer: IpAddr) -> Self {
        Self {
            peer: peer.to_canonical(),
            tap: Tap::default(),
            phase: AtomicU8::new(IDLE),
            authentic: AtomicBool::new(false),
            body_pending: AtomicBool::new(false),
        }
    }

    /// Nothing is being done for the peer.
    pub(crate) fn is_idle(&self) -> bool {
        self.phase.load(Ordering::Relaxed) == IDLE
    }

    /// A request on it was authentic.
    pub(crate) fn is_authentic(&self) -> bool {
        self.authentic.load(Ordering::Relaxed)
    }

    /// Marks that a request on it was authentic.
    pub(crate) fn set_authentic(&self) {
        self.authentic.store(true, Ordering::Relaxed);
    }

    /// The body of the request at hand was read to its end.
    pub(crate) fn body_ended(&self) {
        self.body_pending.store(false, Ordering::Relaxed);
    }

    /// The peer may still be sending a body that nobody reads.
    pub(crate) fn is_body_pending(&self) -> bool {
        self.body_pending.load(Ordering::Relaxed)
    }

    /// All that was to be sent is sent.
    pub(crate) fn flushed(&self) {
        // Only this connection's own task writes the phase, so two steps are as good as one.
        if self.phase.load(Ordering::Relaxed) == ANSWERING {
            self.phase.store(IDLE, Ordering::Relaxed);
        }
    }

    /// A request is at hand.
    pub(crate) fn working(&self, body_pending: bool) {
        self.body_pending.store(body_pending, Ordering::Relaxed);
        self.phase.store(WORKING, Ordering::Relaxed);
    }

    fn answering(&self) {
        self.phase.store(ANSWERING, Ordering::Relaxed);
    }
}

/// What all connections share.
#[derive(Clone)]
pub(crate) struct Shared {
    /// Which path leads where.
    pub(crate) router: Router,
    /// The bounds.
    pub(crate) limits: Limits,
    /// Counts what does not get as far as the router.
    pub(crate) count: Arc<dyn Fn(&'static str) + Send + Sync>,
    /// What was said of failed handshakes.
    pub(crate) greetings: Arc<Greetings>,
}

/// The count of requests whose head is not HTTP, or not clear.
const MALFORMED: &str = "malformed";

/// Serves one connection until it ends. Once `ending` turns true, an idle or half-sent one ends at once, and a working one after
/// its answer.
pub(crate) async fn serve<S>(stream: S, line: Arc<Line>, shared: Shared, mut ending: watch::Receiver<bool>)
where
    S: AsyncRead + AsyncWrite + Unpin,
{
    let Shared { router, limits, count, .. } = shared;
    let service = service_fn(|request: Request<Incoming>| {
        let (router, line, count) = (router.clone(), Arc::clone(&line), Arc::clone(&count));
        async move {
            line.working(!request.body().is_end_stream());
            let framing = request.body().size_hint().exact().map_or(Framing::Chunked, Framing::Length);
            let (mut parts, body) = request.into_parts();
            // Taken for every request, also one that is not kept, so that the tap keeps its place.
            let head = match head::take(&line.tap, &parts, framing) {
                Ok(head) => head,
                Err(unclear) => {
                    tracing::debug!(peer = %line.peer, ?unclear, "refused");
                    count(MALFORMED);
                    line.answering();
                    return Ok(answers::MALFORMED.answer());
                }
            };
            parts.extensions.insert(Arrived { line: Arc::clone(&line), head });
            let answer = router.oneshot(Request::from_parts(parts, body)).await;
            line.answering();
            answer as Result<_, Infallible>
        }
    });
    let wire = Wire::new(stream, Arc::clone(&line), limits.write);
    let connection = http1::Builder::new()
        .timer(TokioTimer::new())
        .header_read_timeout(limits.head)
        .max_buf_size(MAX_HEAD)
        .serve_connection(TokioIo::new(wire), service);
    tokio::pin!(connection);
    // A receiver that is gone has ended, too.
    let ended = async { drop(ending.wait_for(|ending| *ending).await) };
    let outcome = tokio::select! {
        biased;
        outcome = connection.as_mut() => outcome,
        () = ended => {
            if line.is_idle() {
                return;
            }
            connection.as_mut().graceful_shutdown();
            connection.await
        }
    };
    if let Err(error) = outcome {
        if error.is_parse() {
            count(MALFORMED);
        }
        tracing::debug!(peer = %line.peer, %error, "connection ended early");
    }
}
