//! Every bound of the receiver that a caller may choose; the rest stand where they are used.

use std::time::Duration;

/// Bounds of the receiver. `Default` is product.md's table.
///
/// The most memory strangers can hold is `bodies_bytes` and, for each of `connections`, the two buffers of a head, 64 KiB each; with
/// TLS, as much again for what is not yet decrypted and not yet sent.
#[derive(Debug, Clone, Copy)]
pub struct Limits {
    /// Longest body, in bytes: 1 MiB.
    pub body_bytes: usize,
    /// For all bodies at once, from their first byte to their answer, in bytes: 64 MiB. 32 KiB of it are set aside for each
    /// connection there may be; longer bodies share the rest.
    pub bodies_bytes: usize,
    /// For a body to wait until others leave room for it: 1 s, then 503.
    pub room: Duration,
    /// Longest token request, in bytes: 16 KiB.
    pub token_request_bytes: usize,
    /// How long an access token is good: 1 h, whole seconds.
    pub token: Duration,
    /// For a TLS handshake, from the connection on: 10 s.
    pub tls_handshake: Duration,
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
    /// Connections at once from one IPv4 address or one IPv6 network of 64 bits: 64. This computer and trusted proxies have
    /// no such cap.
    pub connections_of_one: usize,
    /// For what is in flight at shutdown.
    pub shutdown: Duration,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            body_bytes: 1024 * 1024,
            bodies_bytes: 64 * 1024 * 1024,
            room: Duration::from_secs(1),
            token_request_bytes: 16 * 1024,
            token: Duration::from_hours(1),
            tls_handshake: Duration::from_secs(10),
            head: Duration::from_secs(30),
            body: Duration::from_secs(10),
            durable: Duration::from_secs(10),
            write: Duration::from_secs(10),
            connections: 1024,
            connections_of_one: 64,
            shutdown: Duration::from_secs(12),
        }
    }
}
