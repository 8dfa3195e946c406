//! The vendor's side of the wire, for practice mode and as a test client: a believable study, sent as CentrePoint sends it.
//!
//! [`run`] does it all: the handshake, then the deliveries of a [`Scenario`], until the count is reached or `stop` is set,
//! and returns a [`Summary`].
//! Left out: OAuth2, and the retries that CentrePoint makes a day later.

use std::sync::atomic::AtomicBool;

mod answer;
mod scenario;

pub use answer::{Answer, Handshake, Outcome, Summary};
pub use scenario::{Scenario, UnknownScenario};

/// What to send, where, and as whom.
#[derive(Debug, Clone)]
pub struct Plan {
    /// The webhook's full address, `http` or `https`.
    pub url: String,
    /// How the deliveries are authenticated.
    pub credentials: centrepoint::Credentials,
    /// The value of `X-ActiGraph-Webhook-Id`.
    pub vendor_webhook_id: String,
    /// The study that every event belongs to.
    pub study_id: String,
    /// What kind of day it is.
    pub scenario: Scenario,
    /// How many deliveries after the handshake; `None`: until stopped.
    pub count: Option<u64>,
    /// Deliveries a second; 0: as fast as they are answered.
    pub rate: f64,
    /// The same seed gives the same deliveries.
    pub seed: u64,
    /// The simulated instant of the first event.
    pub start: jiff::Timestamp,
}

/// Why nothing could be sent. What happens to single deliveries is in the [`Summary`].
#[derive(Debug, thiserror::Error)]
pub enum SimulatorError {
    /// The address is not an `http` or `https` URL with a host.
    #[error("{url} is not an address to send to: {reason}")]
    Url {
        /// The address as given.
        url: String,
        /// What is wrong with it.
        reason: String,
    },
    /// The rate is negative or not a number.
    #[error("the rate is deliveries a second, 0 or more (0 is as fast as possible)")]
    Rate,
    /// A user name, webhook id or the like that cannot be sent in a header.
    #[error("{what} cannot be sent in a header")]
    Header {
        /// Which value.
        what: &'static str,
    },
    /// A sender thread could not be started.
    #[error("a sender could not be started")]
    Thread(#[source] std::io::Error),
}

/// Sends the handshake, then what `plan` says. `on_answer` is called for every delivery's final answer, on the calling thread;
/// the handshake's is in the [`Summary`]. Returns soon after `stop` is set.
///
/// # Errors
/// When the plan itself cannot be carried out: a bad address, rate or header value. A delivery that fails is counted, not an error.
pub fn run(_plan: &Plan, _stop: &AtomicBool, _on_answer: &mut dyn FnMut(&Answer)) -> Result<Summary, SimulatorError> {
    todo!()
}
