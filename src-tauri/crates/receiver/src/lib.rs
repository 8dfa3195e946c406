//! HTTP intake: limits, TLS, address, path, authentication, the log, then the answer. The only room that knows axum, hyper and rustls.
//!
//! What is asked of the history is `api`'s business; nothing of the history is served over the network.
//!
//! A request walks through it in this order: `serve` accepts the connection, `connections` keeps the caps, `tls` brings it through
//! its handshake where TLS is on, `connection` runs hyper over a `wire` that notes the exact bytes of each head and refuses an unclear one, `routes` picks the handler, `delivery` makes the checks
//! of the answers table one after the other (`tokens` remembers which bearer tokens were given out), `answers` holds every sentence a stranger gets to read.

mod answers;
mod body;
mod chunks;
mod connection;
mod connections;
mod delivery;
mod forwarded;
mod framing;
mod head;
mod hook;
mod intake;
mod limits;
mod moving;
mod networks;
mod plain_http;
pub mod probe;
mod routes;
mod serve;
mod tap;
pub mod tls;
mod tokens;
mod verdict;
mod wire;

pub use hook::{Former, Hook, Hooks};
pub use intake::Intake;
pub use limits::Limits;
pub use moving::{Mover, Moves, are_in_each_others_way};
pub use networks::{Allow, Networks};
pub use plain_http::{PlainHttp, plain_http};
pub use serve::{Socket, run};
