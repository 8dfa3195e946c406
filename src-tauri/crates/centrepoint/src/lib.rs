//! The wire between CentrePoint and this program: headers, handshake, authentication, tokens, events.
//!
//! Pure functions over bytes. No I/O, no clock, no randomness; nothing here panics on any input.
//! What events *mean* for a study is the `study` room's business; how requests arrive is `receiver`'s.

pub mod authentication;
pub mod delivery;
pub mod event;
pub mod handshake;
pub mod headers;
pub mod history;
mod json;
pub mod secret;
pub mod senders;
pub mod time;
pub mod token;

pub use authentication::{Authentication, Credentials, Refusal, Unverified, Verified};
pub use delivery::{BodyDigest, DeliveryId};
pub use event::{Event, EventKind, Unreadable};
pub use headers::{Header, Headers};
pub use secret::Secret;
pub use senders::SENDERS;
pub use token::{TokenError, TokenRefusal, TokenRequest};
