//! HTTP intake: limits, address, path, authentication, the log, then the answer. The only room that knows axum and hyper.
//!
//! What is asked of the history is `api`'s business; nothing of the history is served over the network.

use std::future::Future;
use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;

use centrepoint::{Authentication, Credentials};
use store::state::{Handshake, NewRejection};
use store::{Appended, NewArrival, NotDurable};
use study::{Clock, Slug};

/// What the receiver hands on. `store` is behind it in the program; a benchmark puts nothing behind it.
pub trait Intake: Send + Sync + 'static {
    /// Makes an arrival durable; resolves after the commit.
    fn append(&self, arrival: NewArrival) -> impl Future<Output = Result<Appended, NotDurable>> + Send;
    /// Keeps a refusal, soon, within its bounds; must not wait for the disk.
    fn reject(&self, rejection: NewRejection);
    /// Notes an answered handshake on its webhook. `head` and `body` are given for one that was not authenticated, for the bounded list. Must not wait for the disk.
    fn handshake(&self, slug: &Slug, handshake: Handshake, source_ip: IpAddr, unsigned: Option<(Vec<u8>, Vec<u8>)>);
    /// Counts what is only counted (`not_found`, `method_not_allowed`, …). Must not wait for the disk.
    fn count(&self, name: &'static str);
    /// Whether arrivals can be made durable now; the reason otherwise. For `/healthz`.
    fn health(&self) -> Result<(), Arc<str>>;
}

/// One webhook as the receiver needs it.
#[derive(Debug, Clone)]
pub struct Hook {
    /// The last part of its path.
    pub slug: Slug,
    /// Accepts deliveries.
    pub enabled: bool,
    /// What it is checked by.
    pub authentication: Authentication,
    /// The credentials, or why they cannot be read here (answered 503, said in the window).
    pub credentials: Result<Credentials, Arc<str>>,
}

/// The webhooks by slug, replaced as a whole when they change. Removed ones are not in it.
#[derive(Debug, Clone, Default)]
pub struct Hooks(pub Arc<std::collections::HashMap<String, Hook>>);

/// Bounds of the receiver. `Default` is product.md's table.
#[derive(Debug, Clone, Copy)]
pub struct Limits {
    /// Longest body, in bytes: 1 MiB.
    pub body_bytes: usize,
    /// For the head, and for an idle keep-alive connection: 30 s.
    pub head: std::time::Duration,
    /// For the body after the head: 10 s.
    pub body: std::time::Duration,
    /// For making it durable: 10 s, then 503.
    pub durable: std::time::Duration,
    /// Connections at once: 1,024.
    pub connections: usize,
    /// For what is in flight at shutdown.
    pub shutdown: std::time::Duration,
}

impl Default for Limits {
    fn default() -> Self {
        use std::time::Duration;
        Self {
            body_bytes: 1024 * 1024,
            head: Duration::from_secs(30),
            body: Duration::from_secs(10),
            durable: Duration::from_secs(10),
            connections: 1024,
            shutdown: Duration::from_secs(12),
        }
    }
}

/// Serves until `shutdown` resolves, then stops accepting, finishes what is in flight (bounded) and returns. Call inside a tokio runtime.
///
/// # Errors
/// When the listener itself fails for good.
pub async fn run<I: Intake>(
    _listener: tokio::net::TcpListener,
    _hooks: tokio::sync::watch::Receiver<Hooks>,
    _intake: Arc<I>,
    _clock: Arc<dyn Clock>,
    _limits: Limits,
    _shutdown: impl Future<Output = ()> + Send,
) -> std::io::Result<()> {
    todo!()
}

/// Whether `address` may be listened on in plain HTTP with these authentications (a non-loopback address is refused for Basic and OAuth2, warned of otherwise).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PlainHttp {
    /// Loopback: fine.
    Fine,
    /// Not loopback: say a warning.
    Warn,
    /// Not loopback, and a webhook would send credentials in the clear.
    Refuse,
}

/// See [`PlainHttp`].
#[must_use]
pub fn plain_http(_address: SocketAddr, _authentications: &[Authentication]) -> PlainHttp {
    todo!()
}
