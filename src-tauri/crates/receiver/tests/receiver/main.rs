//! The receiver over real sockets: each row of the answers table, the bytes that are kept, the limits, the end.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on should stop where it is")]

mod answers;
mod connections;
mod former;
mod forwarded;
mod framing;
mod handshakes;
mod heads;
mod limits;
mod moving;
mod probes;
mod site;
mod tls;
mod tokens;
