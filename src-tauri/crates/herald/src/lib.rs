//! Sends a message out of the house: by e-mail over SMTP, or to the incoming webhook of a chat. What is said and when is decided elsewhere.
//!
//! Blocking, one message at a time, each within [`WAIT`] for every answer it waits for. Nothing here logs; what a server said is told with the
//! secrets taken out of it.

mod chat;
mod mail;
mod told;

use std::time::Duration;

pub use chat::Chat;
pub use mail::{Mail, Security};

/// How long one answer is waited for.
pub const WAIT: Duration = Duration::from_secs(20);

/// Longest of what a server said that is told, in characters.
pub const LONGEST_TOLD: usize = 300;

/// A message in plain words.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Message {
    /// One line.
    pub subject: String,
    /// Several.
    pub text: String,
}

/// Why a message was not taken.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Trouble {
    /// What was set cannot be right: the field, and why. Nothing was sent.
    #[error("{1}")]
    Settings(&'static str, String),
    /// The server said no, or nothing was to be had of it. With how long it wants to be left alone, where it said so.
    #[error("{said}")]
    NotTaken {
        /// In its words or ours.
        said: String,
        /// Not before.
        after: Option<Duration>,
    },
}

impl Trouble {
    fn not_taken(said: impl Into<String>) -> Self {
        Self::NotTaken { said: said.into(), after: None }
    }
}

/// Whether a host's name means this computer: only there may a message travel in the clear.
fn is_here(host: &str) -> bool {
    let host = host.trim_start_matches('[').trim_end_matches(']');
    host.eq_ignore_ascii_case("localhost")
        || host.parse::<std::net::IpAddr>().is_ok_and(|address| address.is_loopback())
}
