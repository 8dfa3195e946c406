//! Every bound of the receiver that a caller may choose; the rest stand where they are used.

use std::time::Duration;

/// Bounds of the receiver. `Default` is product.md's table.
///
/// The most memory strangers can hold is `connections` × (`body_bytes` + the two buffers of a head, 64 KiB each).
#[derive(Debug, Clone, Copy)]
pub struct Limits {
    /// Longest body, in bytes: 1 MiB.
    pub body_bytes: usize,
    /// Longest token request, in bytes: 16 KiB.
    pub token_request_bytes: usize,
    /// How long an access token is good: 1 h, whole seconds.
    pub token: Duration,
    /// For the head, and for an idle keep-alive connection: 30 s.
    pub head: Duration,
    /// For the body after the head: 10 s.
    pub body: Duration,
    /// For making it durable: 10 s, then 503.
    pub durable: Duration,
    /// For a sender that does not take its answer: 10 s without a byte taken, then closed.
    pub write: Duration,
    /// Connections at once: 1,024.
    pub connections: usize,
    /// For what is in flight at shutdown.
    pub shutdown: Duration,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            body_bytes: 1024 * 1024,
            token_request_bytes: 16 * 1024,
            token: Duration::from_hours(1),
            head: Duration::from_secs(30),
            body: Duration::from_secs(10),
            durable: Duration::from_secs(10),
            write: Duration::from_secs(10),
            connections: 1024,
            shutdown: Duration::from_secs(12),
        }
    }
}
