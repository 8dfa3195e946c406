//! What the checks have in common: where the receiver is near and from far, and whether it is this one that answers there.

use std::fmt;
use std::path::Path;
use std::sync::OnceLock;

use receiver::probe::{ANSWER, ASK, Key, Report};
use receiver::tls::Roots;
use store::state::Webhook;

use super::MOST_WEBHOOKS;
use super::client::{self, Judged, Said, Unheard};
use crate::Monitor;
use crate::wire::{ApiError, Settings};

/// The beginning of the type of each problem that this program answers with.
const OURS: &[u8] = b"urn:centrepoint-monitor:problem:";

/// What is looked at.
pub(super) struct Site {
    pub(super) monitor: Monitor,
    pub(super) settings: Settings,
    /// Those that are not removed, by name, at most 40.
    pub(super) webhooks: Vec<Webhook>,
    /// How many more there are.
    pub(super) left_out: usize,
    /// Where the receiver listens or last did, as one calls it on this computer.
    pub(super) near: String,
    /// Whom to believe about certificates.
    pub(super) roots: Roots,
    /// An authority that a person named for this checkup, beside those.
    pub(super) named: Option<Roots>,
    /// Whose clock this computer's is compared with.
    pub(super) clock: String,
    key: Result<Option<Key>, String>,
    met_near: OnceLock<Result<Told, Miss>>,
    met_far: OnceLock<Result<Told, Miss>>,
}

/// Which way to ask.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Way {
    /// On this computer.
    Near,
    /// By the public address, as CentrePoint comes.
    Far,
    /// The same, whatever certificate is shown there. Nothing that proves a delivery may go along.
    Doubted,
}

/// What this very receiver told.
#[derive(Debug, Clone)]
pub(super) struct Told {
    pub(super) report: Report,
    /// The path that was asked for.
    pub(super) path: String,
    /// The code that came back.
    pub(super) echo: Option<String>,
    /// Why nobody outside believes the certificate that was shown on the way.
    pub(super) doubt: Option<String>,
}

/// Why it is not known that this very receiver answers.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Miss {
    /// No receiver ever ran on this folder, or its key cannot be read.
    NoKey(String),
    /// Nobody answered.
    Unheard(Unheard),
    /// Somebody answered that it is elsewhere.
    Redirected(u16, String),
    /// A proxy that does not reach what is behind it.
    Gateway(u16),
    /// A CentrePoint Monitor, but not this one; or what proves it got lost on the way.
    Another(u16),
    /// Somebody else.
    Stranger(u16, Option<String>),
}

impl fmt::Display for Miss {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NoKey(reason) => f.write_str(reason),
            Self::Unheard(unheard) => write!(f, "{unheard}"),
            Self::Redirected(status, to) => write!(f, "answered {status}, and sent on to “{to}”"),
            Self::Gateway(status) => write!(f, "answered {status} by the proxy or tunnel"),
            Self::Another(status) => write!(f, "answered {status} by another CentrePoint Monitor"),
            Self::Stranger(status, Some(server)) => write!(f, "answered {status} by {server}"),
            Self::Stranger(status, None) => write!(f, "answered {status} by somebody else"),
        }
    }
}

impl Site {
    pub(super) fn of(monitor: &Monitor) -> Result<Self, ApiError> {
        let mut webhooks: Vec<_> = monitor.state().webhooks()?.into_iter().filter(|webhook| !webhook.removed).collect();
        let left_out = webhooks.len().saturating_sub(MOST_WEBHOOKS);
        webhooks.truncate(MOST_WEBHOOKS);
        let near = monitor.near_address()?;
        let key = monitor.secrets().probe_key().map(|key| key.map(Key::of)).map_err(|error| error.to_string());
        Ok(Self {
            settings: monitor.settings()?,
            webhooks,
            left_out,
            near: callable(&near),
            roots: Roots::public(),
            named: None,
            clock: monitor.clock_server()?,
            key,
            met_near: OnceLock::new(),
            met_far: OnceLock::new(),
            monitor: monitor.clone(),
        })
    }

    /// The same, believing the authority in this file of PEM text, too.
    ///
    /// # Errors
    /// `invalid`, with why the file cannot be used.
    pub(super) fn believing_too(mut self, authority: &Path) -> Result<Self, ApiError> {
        let named = Roots::read(authority).map_err(|error| ApiError::invalid("authority", error.to_string()))?;
        self.named = Some(named);
        Ok(self)
    }

    /// The public address, where one is set.
    pub(super) fn public(&self) -> Option<&str> {
        Some(self.settings.public_address.as_str()).filter(|address| !address.is_empty())
    }

    /// This program serves TLS itself.
    pub(super) fn serves_tls(&self) -> bool {
        matches!(self.monitor.tls_chosen(), Ok(Some(_)))
    }

    /// Whether this very receiver answers that way; asked once a checkup.
    pub(super) fn met(&self, way: Way) -> &Result<Told, Miss> {
        match way {
            Way::Near => self.met_near.get_or_init(|| self.meet(Way::Near)),
            Way::Far | Way::Doubted => self.met_far.get_or_init(|| self.meet_from_far()),
        }
    }

    /// The way from outside on which this very receiver was met; `None` where it was not.
    pub(super) fn far(&self) -> Option<Way> {
        self.public()?;
        let told = self.met(Way::Far).as_ref().ok()?;
        Some(if told.doubt.is_some() { Way::Doubted } else { Way::Far })
    }

    /// Behind a certificate that nobody believes, who answers can be told all the same, so that two faults at once are both found: this receiver
    /// proves itself by its key.
    fn meet_from_far(&self) -> Result<Told, Miss> {
        let met = self.meet(Way::Far);
        let Err(Miss::Unheard(Unheard::Tls(reason))) = &met else { return met };
        match self.meet(Way::Doubted) {
            Ok(told) => Ok(Told { doubt: Some(reason.clone()), ..told }),
            Err(Miss::Unheard(_)) => met,
            Err(other) => Err(other),
        }
    }

    /// The health check first; where a proxy keeps it to itself, a webhook's own path.
    fn meet(&self, way: Way) -> Result<Told, Miss> {
        let health = self.ask(way, "GET", "/healthz", &[], None);
        let Some(webhook) = self.webhooks.first() else { return health };
        match health {
            Err(Miss::Stranger(..) | Miss::Another(_) | Miss::Redirected(..)) => {
                let hook = self.ask(way, "GET", &format!("/hooks/{}", webhook.slug), &[], None);
                if hook.is_ok() { hook } else { health }
            }
            other => other,
        }
    }

    /// Asks for a self test. Send nothing worth keeping before [`Self::met`] proved who answers.
    pub(super) fn ask(
        &self,
        way: Way,
        method: &str,
        path: &str,
        headers: &[(&str, &str)],
        body: Option<&[u8]>,
    ) -> Result<Told, Miss> {
        let key = match &self.key {
            Ok(Some(key)) => key,
            Ok(None) => return Err(Miss::NoKey("no receiver has run on this data folder yet".to_owned())),
            Err(error) => return Err(Miss::NoKey(error.clone())),
        };
        let nonce = nonce().map_err(Miss::NoKey)?;
        let question = key.ask(&nonce, self.monitor.now());
        let mut all = vec![(ASK, question.as_str())];
        all.extend(headers);
        let (base, judged) = match way {
            Way::Near => (self.near.as_str(), Judged::ByKey),
            Way::Far => (self.settings.public_address.as_str(), Judged::By(&self.roots)),
            Way::Doubted => (self.settings.public_address.as_str(), Judged::Doubted),
        };
        let ask = |judged| client::ask(method, &format!("{base}{path}"), &all, body, judged);
        let mut said = ask(judged);
        if let (Way::Far, Err(Unheard::Tls(_)), Some(named)) = (way, &said, &self.named) {
            said = ask(Judged::By(named));
        }
        let said = said.map_err(Miss::Unheard)?;
        let proof = said.header(ANSWER).unwrap_or_default();
        if key.is_proven(&nonce, &said.body, proof.as_bytes())
            && let Ok(report) = serde_json::from_slice(&said.body)
        {
            let echo = said.header(centrepoint::handshake::HEADER).map(str::to_owned);
            return Ok(Told { report, path: path.to_owned(), echo, doubt: None });
        }
        Err(miss(&said))
    }
}

/// A name for one question: 256 random bits.
pub(super) fn nonce() -> Result<String, String> {
    let mut bytes = [0_u8; 32];
    getrandom::fill(&mut bytes).map_err(|error| format!("this system has no randomness to give ({error})"))?;
    Ok(crate::hex::hex(bytes))
}

/// Whose answer it is, that is not proven.
fn miss(said: &Said) -> Miss {
    let is_health = said.body.starts_with(br#"{"status": ""#);
    let is_ours = is_health || said.body.windows(OURS.len()).any(|window| window == OURS);
    match said.status {
        status @ 300..=399 => Miss::Redirected(status, plain(said.header("location").unwrap_or_default())),
        status if is_ours => Miss::Another(status),
        // Those of 52x and 530 are Cloudflare's for a tunnel or a server that is not there.
        status @ (502..=504 | 520..=530) => Miss::Gateway(status),
        status => Miss::Stranger(status, said.header("server").map(plain)),
    }
}

/// What a stranger wrote, on one line and short.
fn plain(text: &str) -> String {
    text.chars().filter(|character| !character.is_control()).take(120).collect()
}

/// `http://0.0.0.0:8737` is listened on, but nobody is called that.
fn callable(address: &str) -> String {
    address.replace("://0.0.0.0:", "://127.0.0.1:").replace("://[::]:", "://[::1]:")
}

#[cfg(test)]
impl Site {
    /// The same, believing `roots`, and with another address.
    pub(super) fn believing(mut self, roots: Roots, public: &str) -> Self {
        self.roots = roots;
        self.settings.public_address = public.to_owned();
        self
    }
}
