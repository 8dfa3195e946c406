//! One request and its answer: headers, authentication and retries as the vendor's client has them.

use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use centrepoint::{Credentials, handshake, headers};
use serde_json::json;
use ureq::config::AutoHeaderValue;
use ureq::http::{HeaderValue, Uri};

use crate::deliveries::USER_AGENT;
use crate::token::Token;
use crate::{ANSWER_SECONDS, Answer, Delivery, Handshake, MAX_ATTEMPTS, Outcome, Plan, SimulatorError};

/// Most of an answer's body that is read, in bytes; ours are far shorter.
const MAX_ANSWER_BYTES: u64 = 64 * 1024;
/// Most of an answer's body that is told, in characters.
const MAX_TOLD_CHARACTERS: usize = 200;

/// Sends requests as one webhook of the vendor. Shared by the sender threads.
#[derive(Debug)]
pub(crate) struct Sender<'p> {
    agent: ureq::Agent,
    url: Uri,
    webhook_id: &'p str,
    credentials: &'p Credentials,
    token: Token,
}

/// What came back.
#[derive(Debug)]
pub(crate) struct Reply {
    pub(crate) status: u16,
    /// The code echoed to a handshake.
    pub(crate) code: Option<Vec<u8>>,
    pub(crate) text: String,
}

impl Reply {
    /// What is wrong with it, where it is not a 200.
    fn complaint(&self) -> Option<String> {
        let told: String = self.text.trim().chars().take(MAX_TOLD_CHARACTERS).collect();
        (self.status != 200).then(|| format!("{} {told}", self.status).trim_end().to_owned())
    }
}

impl<'p> Sender<'p> {
    pub(crate) fn new(plan: &'p Plan) -> Result<Self, SimulatorError> {
        let url = address(&plan.url)?;
        if HeaderValue::from_str(&plan.vendor_webhook_id).is_err() {
            return Err(SimulatorError::Header { what: "the webhook id" });
        }
        if matches!(&plan.credentials, Credentials::Basic { username, .. } if username.contains(':')) {
            return Err(SimulatorError::UserName);
        }
        let mut config = ureq::Agent::config_builder()
            .http_status_as_error(false)
            .max_redirects(0)
            .max_redirects_will_error(false)
            .accept(AutoHeaderValue::None)
            .accept_encoding(AutoHeaderValue::None)
            .timeout_per_call(Some(Duration::from_secs(ANSWER_SECONDS)))
            .max_idle_connections(crate::SENDERS)
            .max_idle_connections_per_host(crate::SENDERS);
        if is_here(&url) {
            // A proxy could not reach this computer's own receiver.
            config = config.proxy(None);
        }
        let agent = ureq::Agent::new_with_config(config.build());
        let token = Token::of(&url)?;
        Ok(Self { agent, url, webhook_id: &plan.vendor_webhook_id, credentials: &plan.credentials, token })
    }

    /// The validation that precedes every event; `code` is what is to be echoed.
    pub(crate) fn handshake(&self, id: &str, code: &str, stop: &AtomicBool) -> Handshake {
        let body = json!({"WebhookId": self.webhook_id, "ValidationCode": code}).to_string();
        let more = [("User-Agent", USER_AGENT.to_owned()), (handshake::HEADER, code.to_owned())];
        let (reply, _) = insist(stop, || self.post([self.webhook_id, handshake::EVENT, id], &more, body.as_bytes()));
        match reply {
            Err(why) => Handshake::NoAnswer(why),
            Ok(reply) => match (reply.complaint(), reply.code.as_deref() == Some(code.as_bytes())) {
                (Some(complaint), _) => Handshake::Failed(complaint),
                (None, false) => Handshake::Failed(format!("200, but {} does not hold the code", handshake::HEADER)),
                (None, true) => Handshake::Passed,
            },
        }
    }

    /// Sends `delivery`, and again while there is no answer. The text says what was wrong with the answer.
    pub(crate) fn deliver(&self, number: u64, delivery: &Delivery, stop: &AtomicBool) -> (Answer, Option<String>) {
        let began = Instant::now();
        let comma = if delivery.comma { "," } else { "" };
        let [webhook, event] = [self.webhook_id, delivery.event].map(|word| format!("{word}{comma}"));
        let post = || self.post([&webhook, &event, &delivery.id], &delivery.headers, &delivery.body);
        let (reply, attempts) = insist(stop, post);
        let (outcome, complaint) = match reply {
            Ok(reply) => (Outcome::Status(reply.status), reply.complaint()),
            Err(why) => (Outcome::NoAnswer(why.clone()), Some(why)),
        };
        let (event, delivery_id) = (delivery.event.to_owned(), delivery.id.clone());
        (Answer { number, event, delivery_id, outcome, attempts, elapsed: began.elapsed() }, complaint)
    }

    /// Posts. An OAuth2 client fetches a token where it has none, and once more where the one it has is refused.
    fn post(&self, ids: [&str; 3], more: &[(&str, String)], body: &[u8]) -> Result<Reply, String> {
        let Credentials::OAuth2 { client_id, client_secret } = self.credentials else {
            return self.send(ids, more, body);
        };
        let mut again = true;
        loop {
            let bearer = match self.token.header(&self.agent, client_id, client_secret) {
                Ok(bearer) => bearer,
                Err(reply) => return reply,
            };
            let with = [more, &[("Authorization", bearer.clone())]].concat();
            let reply = self.send(ids, &with, body)?;
            if reply.status != 401 || !std::mem::take(&mut again) {
                return Ok(reply);
            }
            self.token.forget(&bearer);
        }
    }

    fn send(&self, [webhook, event, id]: [&str; 3], more: &[(&str, String)], body: &[u8]) -> Result<Reply, String> {
        let mut request = self
            .agent
            .post(&self.url)
            .header("Content-Type", "application/json; charset=utf-8")
            .header("Expect", "100-continue")
            .header(headers::WEBHOOK_ID, webhook)
            .header(headers::EVENT, event)
            .header(headers::DELIVERY, id);
        for (name, value) in more {
            request = request.header(*name, value);
        }
        request = match self.credentials {
            // The token is among the headers already.
            Credentials::None | Credentials::OAuth2 { .. } => request,
            Credentials::Basic { username, password } => {
                let pair = [username.as_bytes(), b":", password.expose()].concat();
                request.header("Authorization", format!("Basic {}", STANDARD.encode(pair)))
            }
            Credentials::Hmac { passcode } => {
                request.header(headers::SIGNATURE, centrepoint::authentication::sign(passcode, body))
            }
        };
        let mut response = request.send(body).map_err(|error| error.to_string())?;
        let code = response.headers().get(handshake::HEADER).map(|code| code.as_bytes().to_vec());
        let text = told(&mut response);
        Ok(Reply { status: response.status().as_u16(), code, text })
    }
}

/// An answer's body. The status is the answer; what stands behind it is only told, also where it breaks off.
pub(crate) fn told(response: &mut ureq::http::Response<ureq::Body>) -> String {
    let text = response.body_mut().with_config().limit(MAX_ANSWER_BYTES).lossy_utf8(true).read_to_string();
    text.unwrap_or_default()
}

/// Tries until there is an answer, at once and at most [`MAX_ATTEMPTS`] times; how often it took.
fn insist(stop: &AtomicBool, mut post: impl FnMut() -> Result<Reply, String>) -> (Result<Reply, String>, u32) {
    let mut attempts = 1;
    let mut reply = post();
    while reply.is_err() && attempts < MAX_ATTEMPTS && !stop.load(Ordering::Relaxed) {
        attempts += 1;
        reply = post();
    }
    (reply, attempts)
}

fn address(text: &str) -> Result<Uri, SimulatorError> {
    let refuse = |url: &str, reason: &str| SimulatorError::Url { url: url.to_owned(), reason: reason.to_owned() };
    let scheme = ["http://", "https://"]
        .into_iter()
        .find(|scheme| text.get(..scheme.len()).is_some_and(|start| start.eq_ignore_ascii_case(scheme)));
    let Some(scheme) = scheme else { return Err(refuse(text, "it begins with neither http:// nor https://")) };
    if text[scheme.len()..].find(['/', ':', '?', '#']).unwrap_or(text.len() - scheme.len()) == 0 {
        return Err(refuse(text, "it names no host"));
    }
    let url: Uri = text.parse().map_err(|error: ureq::http::uri::InvalidUri| refuse(text, &error.to_string()))?;
    let authority = url.authority().map_or("", |authority| authority.as_str());
    if let Some((_, host)) = authority.rsplit_once('@') {
        return Err(refuse(&format!("http://…@{host}"), "a user name and password do not belong in it"));
    }
    Ok(url)
}

/// Whether the address is this computer itself.
fn is_here(url: &Uri) -> bool {
    let host = url.host().unwrap_or_default();
    let address: Option<std::net::IpAddr> = host.trim_matches(['[', ']']).parse().ok();
    host.eq_ignore_ascii_case("localhost") || address.is_some_and(|address| address.is_loopback())
}
