//! One question over HTTP, asked again where that may help.

use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use ureq::http::{Response, Uri};
use ureq::{Agent, Body};

use crate::wire::ApiError;

/// The largest answer, in bytes.
const LARGEST: u64 = 32 * 1024 * 1024;
/// How often a question is asked at most.
const TRIES: u32 = 5;
/// How long a connection may take, and an answer.
const CONNECT: Duration = Duration::from_secs(15);
/// See [`CONNECT`].
const ANSWER: Duration = Duration::from_mins(1);
/// The longest wait before the next try, whatever the other side asks for.
const LONGEST_WAIT: Duration = Duration::from_mins(1);
/// Most of a refusal's text that is told, in characters.
const TOLD: usize = 200;

/// Said where a person stopped it.
pub(super) const CANCELLED: &str = "it was stopped before everything was read; nothing was added";

/// How long is waited before the next try: this, twice this, and so on.
#[derive(Debug, Clone, Copy)]
pub(super) struct Pace(pub(super) Duration);

impl Default for Pace {
    fn default() -> Self {
        Self(Duration::from_secs(1))
    }
}

/// Asks, with patience.
pub(super) struct Caller<'a> {
    agent: Agent,
    pace: Pace,
    stop: &'a AtomicBool,
}

/// Why there is no answer to use.
#[derive(Debug)]
pub(super) enum Failure {
    /// The token is not accepted (any more).
    Unauthorized,
    /// Something else, said to a person.
    Said(ApiError),
}

impl<'a> Caller<'a> {
    pub(super) fn new(base: &Uri, pace: Pace, stop: &'a AtomicBool) -> Self {
        let mut config = Agent::config_builder()
            .http_status_as_error(false)
            // The token is for this address alone.
            .max_redirects(0)
            .max_redirects_will_error(false)
            .user_agent(concat!("centrepoint-monitor/", env!("CARGO_PKG_VERSION")))
            .timeout_connect(Some(CONNECT))
            .timeout_per_call(Some(ANSWER));
        if is_here(base) {
            config = config.proxy(None);
        }
        Self { agent: Agent::new_with_config(config.build()), pace, stop }
    }

    pub(super) fn stopped(&self) -> bool {
        self.stop.load(Ordering::Relaxed)
    }

    /// The body under `url`.
    pub(super) fn get(&self, url: &str, bearer: &str) -> Result<Vec<u8>, Failure> {
        let (status, body) = self.insist("CentrePoint's API", || {
            self.agent.get(url).header("Accept", "application/json").header("Authorization", bearer).call()
        })?;
        match status {
            200 => Ok(body),
            401 => Err(Failure::Unauthorized),
            403 => {
                Err(said("CentrePoint refused (403): has this client the role for webhooks in that study?".to_owned()))
            }
            404 => Err(said(
                "CentrePoint knows no such history (404): are the study's and the webhook's id those of the portal?"
                    .to_owned(),
            )),
            _ => Err(said(format!("CentrePoint's API answered {status}{}", told(&body)))),
        }
    }

    /// What comes back for a form. `authorization`: for clients that name themselves in a header.
    pub(super) fn post(
        &self,
        url: &Uri,
        form: &[(&str, &str)],
        authorization: Option<&str>,
    ) -> Result<(u16, Vec<u8>), Failure> {
        self.insist("the address for tokens", || {
            let request = self.agent.post(url).header("Accept", "application/json");
            let request = match authorization {
                Some(value) => request.header("Authorization", value),
                None => request,
            };
            request.send_form(form.iter().copied())
        })
    }

    /// Asks until there is an answer that says something: what is too much at the moment (429), broken there (5xx) or on the way is asked again.
    fn insist(
        &self,
        whom: &str,
        ask: impl Fn() -> Result<Response<Body>, ureq::Error>,
    ) -> Result<(u16, Vec<u8>), Failure> {
        let mut wait = self.pace.0;
        for left in (0..TRIES).rev() {
            if self.stopped() {
                return Err(said(CANCELLED.to_owned()));
            }
            let (why, asked) = match ask() {
                Ok(mut answer) => {
                    let status = answer.status().as_u16();
                    let asked = retry_after(&answer);
                    let read = answer.body_mut().with_config().limit(LARGEST).read_to_vec();
                    match read {
                        Ok(body) if status != 429 && status < 500 => return Ok((status, body)),
                        Ok(body) => (format!("{whom} answered {status}{}", told(&body)), asked),
                        Err(ureq::Error::BodyExceedsLimit(_)) => {
                            return Err(said(format!("the answer of {whom} is larger than 32 MiB")));
                        }
                        Err(error) => (format!("the answer of {whom} broke off: {error}"), None),
                    }
                }
                Err(error) => (format!("{whom} cannot be reached: {error}"), None),
            };
            if left == 0 {
                return Err(said(format!("{why} ({TRIES} tries)")));
            }
            tracing::info!(why, "asking again");
            self.pause(asked.map_or(wait, |asked| asked.max(wait)).min(LONGEST_WAIT));
            wait *= 2;
        }
        unreachable!("the last try returns")
    }

    /// Waits, unless a person stops it.
    fn pause(&self, wait: Duration) {
        let since = Instant::now();
        while since.elapsed() < wait && !self.stopped() {
            std::thread::sleep(Duration::from_millis(50).min(wait));
        }
    }
}

pub(super) fn said(message: String) -> Failure {
    Failure::Said(ApiError::failed(message))
}

/// `Retry-After` in seconds; a date is passed over.
fn retry_after(answer: &Response<Body>) -> Option<Duration> {
    let seconds = answer.headers().get("Retry-After")?.to_str().ok()?.trim().parse().ok()?;
    Some(Duration::from_secs(seconds))
}

/// The beginning of what was answered, on one line.
pub(super) fn told(body: &[u8]) -> String {
    let text = String::from_utf8_lossy(body);
    let words: String =
        text.split_whitespace().collect::<Vec<_>>().join(" ").chars().filter(|c| !c.is_control()).take(TOLD).collect();
    if words.is_empty() { String::new() } else { format!(": {words}") }
}

/// Whether the address is this computer itself.
pub(super) fn is_here(url: &Uri) -> bool {
    let host = url.host().unwrap_or_default();
    let address: Option<std::net::IpAddr> = host.trim_matches(['[', ']']).parse().ok();
    host.eq_ignore_ascii_case("localhost") || address.is_some_and(|address| address.is_loopback())
}
