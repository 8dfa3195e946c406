//! The access token of an OAuth2 webhook: asked for as a client does (RFC 6749, 4.4), used until shortly before it runs out.

use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use centrepoint::Secret;
use centrepoint::token::encoded;
use serde_json::Value;
use ureq::http::Uri;

use crate::sender::{Reply, told};
use crate::{SimulatorError, deliveries::USER_AGENT};

/// How long before its end a token is not used any more.
const MARGIN: Duration = Duration::from_secs(10);

/// The token at hand, shared by the senders: one asks, the others wait for it.
#[derive(Debug)]
pub(crate) struct Token {
    url: Uri,
    held: Mutex<Option<Held>>,
}

#[derive(Debug, Clone)]
struct Held {
    token: Secret,
    until: Instant,
}

impl Token {
    /// For the webhook at `url`: its token address is `token` below it.
    pub(crate) fn of(url: &Uri) -> Result<Self, SimulatorError> {
        let (scheme, authority) =
            (url.scheme_str().unwrap_or("http"), url.authority().map_or("", |name| name.as_str()));
        let text = format!("{scheme}://{authority}{}/token", url.path().trim_end_matches('/'));
        let wrong =
            |error: ureq::http::uri::InvalidUri| SimulatorError::Url { url: text.clone(), reason: error.to_string() };
        Ok(Self { url: text.parse().map_err(wrong)?, held: Mutex::default() })
    }

    /// The one at hand, or a fresh one, as the value of `Authorization`; `Err(Ok(reply))` where the endpoint refused.
    pub(crate) fn header(
        &self,
        agent: &ureq::Agent,
        client_id: &str,
        client_secret: &Secret,
    ) -> Result<String, Result<Reply, String>> {
        let mut held = self.held.lock().unwrap_or_else(PoisonError::into_inner);
        let good = held.as_ref().filter(|held| Instant::now() < held.until).cloned();
        let good = match good {
            Some(good) => good,
            None => held.insert(self.ask(agent, client_id, client_secret)?).clone(),
        };
        Ok(format!("Bearer {}", String::from_utf8_lossy(good.token.expose())))
    }

    /// Forgets the token at hand, where it still is the one that was refused.
    pub(crate) fn forget(&self, header: &str) {
        let mut held = self.held.lock().unwrap_or_else(PoisonError::into_inner);
        held.take_if(|held| header.as_bytes().ends_with(held.token.expose()));
    }

    fn ask(&self, agent: &ureq::Agent, id: &str, secret: &Secret) -> Result<Held, Result<Reply, String>> {
        // RFC 6749, 2.3.1: both are form-encoded first.
        let pair = Secret::new([encoded(id.as_bytes()).expose(), b":", encoded(secret.expose()).expose()].concat());
        let request = agent
            .post(&self.url)
            .header("User-Agent", USER_AGENT)
            .header("Content-Type", "application/x-www-form-urlencoded")
            .header("Authorization", format!("Basic {}", STANDARD.encode(pair.expose())));
        let mut response =
            request.send("grant_type=client_credentials&scope=CentrePoint").map_err(|error| Err(error.to_string()))?;
        let status = response.status().as_u16();
        let text = told(&mut response);
        if status != 200 {
            return Err(Ok(Reply { status, code: None, text }));
        }
        let answer: Value = serde_json::from_str(&text).map_err(|error| Err(format!("no token: {error}")))?;
        let token = answer["access_token"].as_str().ok_or_else(|| Err("no token in the answer".to_owned()))?;
        let seconds = answer["expires_in"].as_u64().unwrap_or(0);
        let until = Instant::now() + Duration::from_secs(seconds.min(86_400)).saturating_sub(MARGIN);
        Ok(Held { token: Secret::new(token), until })
    }
}
