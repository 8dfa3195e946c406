//! The vendor's side of the wire, for practice mode and as a test client: a believable study, sent as CentrePoint sends it.
//!
//! [`run()`] does it all: the handshake, then the deliveries of a [`Scenario`], until the count is reached or `stop` is set,
//! and returns a [`Summary`]. [`deliveries()`] is the same stream without sending it.
//! With OAuth2 it fetches a token from `token` below the webhook's address, before the first request and when one is refused.
//! Left out: the retries that CentrePoint makes a day later.

use std::sync::atomic::AtomicBool;

mod answer;
mod bodies;
mod deliveries;
mod dial;
mod error;
mod odds;
mod past;
mod run;
mod scenario;
mod sender;
mod subjects;
mod token;

pub use answer::{Answer, Handshake, Outcome, Summary};
pub use deliveries::{Deliveries, Delivery, deliveries};
pub use dial::{Dial, Pace};
pub use error::SimulatorError;
pub use past::past;
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

/// Sends the handshake, then, when it passed, what `plan` says. `on_answer` is called for every delivery's final answer, on the
/// calling thread; the handshake's is in the [`Summary`]. Once `stop` is set, nothing more is sent, and it returns when what is
/// under way is answered or has timed out ([`ANSWER_SECONDS`]).
///
/// At most [`SENDERS`] requests are under way at a time; the deliveries of one subject are sent one after the other.
///
/// # Errors
/// When the plan itself cannot be carried out: a bad address, rate or header value. A delivery that fails is counted, not an error.
pub fn run(plan: &Plan, stop: &AtomicBool, on_answer: &mut dyn FnMut(&Answer)) -> Result<Summary, SimulatorError> {
    run::run(plan, &Dial::new(Pace::of(plan)), stop, on_answer)
}

/// The same, steered by `dial` while it goes on: it stands above the scenario and the rate of `plan`.
///
/// # Errors
/// As [`run()`].
pub fn run_steered(
    plan: &Plan,
    dial: &Dial,
    stop: &AtomicBool,
    on_answer: &mut dyn FnMut(&Answer),
) -> Result<Summary, SimulatorError> {
    run::run(plan, dial, stop, on_answer)
}

/// How many senders work side by side, each on a connection of its own.
pub const SENDERS: usize = 8;
/// How long an attempt waits for its answer, in seconds. CentrePoint does not say how long it waits.
pub const ANSWER_SECONDS: u64 = 15;
/// How often a delivery is sent at most while there is no answer: CentrePoint retries "a couple of times" at once.
pub const MAX_ATTEMPTS: u32 = 3;
