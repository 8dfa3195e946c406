//! The webhooks as the receiver needs them, with their secrets: loaded anew when the state changed, secrets read once a version.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::{Duration, Instant};

use centrepoint::{Authentication, Credentials, Secret};
use receiver::{Allow, Hook, Hooks, PlainHttp};
use secrets::Place;
use store::state::Webhook;
use study::Slug;

use super::At;
use crate::Monitor;
use crate::wire::ApiError;

/// How long after a secret could not be read it is tried again.
const RETRY: Duration = Duration::from_secs(5);

/// Loads hooks. Blocks: a keychain may take its time.
pub(super) struct HookBook {
    monitor: Monitor,
    /// What was loaded last, handshakes aside, the webhooks that were lost, and where the receiver was.
    loaded: Option<(Vec<Webhook>, Vec<Slug>, Option<At>)>,
    /// Secrets as read, by slug.
    secrets: HashMap<String, Cached>,
    retry_at: Option<Instant>,
}

struct Cached {
    version: i64,
    place: Option<String>,
    secret: Result<Secret, Arc<str>>,
}

/// What was loaded.
pub(super) struct Loaded {
    pub(super) hooks: Hooks,
    /// What there is to know about them.
    pub(super) warnings: Vec<String>,
}

impl HookBook {
    pub(super) fn new(monitor: &Monitor) -> Self {
        Self { monitor: monitor.clone(), loaded: None, secrets: HashMap::new(), retry_at: None }
    }

    /// The hooks, where they differ from what was loaded before. `at` is where the receiver listens.
    pub(super) fn load(&mut self, at: Option<At>) -> Result<Option<Loaded>, ApiError> {
        let mut webhooks = self.monitor.state().webhooks()?;
        webhooks.retain(|webhook| !webhook.removed);
        for webhook in &mut webhooks {
            webhook.handshake = None;
        }
        let due = self.retry_at.is_some_and(|at| Instant::now() >= at);
        let new = (webhooks, self.monitor.state().lost_webhooks()?, at);
        if !due && self.loaded.as_ref() == Some(&new) {
            return Ok(None);
        }
        self.read_secrets(&new.0);
        let refused = at.is_some_and(|at| {
            let kinds: Vec<_> = new.0.iter().map(|webhook| webhook.authentication).collect();
            !at.secure && receiver::plain_http(at.address, &kinds) == PlainHttp::Refuse
        });
        let known = new.0.iter().map(|webhook| (webhook.slug.to_string(), self.hook(webhook, refused)));
        let hooks = known.chain(new.1.iter().map(|slug| (slug.to_string(), lost(slug)))).collect();
        let mut warnings = self.warnings(&new.0, at);
        warnings.extend(new.1.iter().map(|slug| {
            format!("Deliveries to {slug} are answered 503 for now: what was set up for it was lost. Set it up again in Settings.")
        }));
        self.loaded = Some(new);
        Ok(Some(Loaded { hooks: Hooks(Arc::new(hooks)), warnings }))
    }

    /// Reads what is not known yet, or could not be read the last time.
    fn read_secrets(&mut self, webhooks: &[Webhook]) {
        self.secrets.retain(|slug, _| webhooks.iter().any(|webhook| webhook.slug.as_str() == slug));
        for webhook in webhooks.iter().filter(|webhook| webhook.authentication != Authentication::None) {
            let slug = webhook.slug.as_str();
            let known = self.secrets.get(slug).is_some_and(|cached| {
                cached.version == webhook.secret_version
                    && cached.place == webhook.secret_place
                    && cached.secret.is_ok()
            });
            if !known {
                let secret = read(&self.monitor, webhook);
                if let Err(reason) = &secret {
                    tracing::warn!(webhook = slug, %reason, "a secret cannot be read: deliveries are answered 503");
                }
                let cached = Cached { version: webhook.secret_version, place: webhook.secret_place.clone(), secret };
                self.secrets.insert(slug.to_owned(), cached);
            }
        }
        let errors: HashMap<String, Arc<str>> = self
            .secrets
            .iter()
            .filter_map(|(slug, cached)| Some((slug.clone(), Arc::clone(cached.secret.as_ref().err()?))))
            .collect();
        self.retry_at = (!errors.is_empty()).then(|| Instant::now() + RETRY);
        *self.monitor.secret_errors() = errors;
    }

    fn hook(&self, webhook: &Webhook, refused: bool) -> Hook {
        let credentials = match webhook.authentication {
            Authentication::None => Ok(Credentials::None),
            Authentication::Basic if refused => Err("the password would travel unencrypted".into()),
            Authentication::OAuth2 if refused => {
                Err("the client secret and the tokens would travel unencrypted".into())
            }
            Authentication::Basic => {
                let username = webhook.username.clone().unwrap_or_default();
                self.secret(webhook).map(|password| Credentials::Basic { username, password })
            }
            Authentication::Hmac => self.secret(webhook).map(|passcode| Credentials::Hmac { passcode }),
            Authentication::OAuth2 => {
                let client_id = webhook.client_id.clone().unwrap_or_default();
                self.secret(webhook).map(|client_secret| Credentials::OAuth2 { client_id, client_secret })
            }
        };
        Hook {
            slug: webhook.slug.clone(),
            enabled: webhook.enabled,
            allow: Allow::of(&webhook.allow),
            authentication: webhook.authentication,
            credentials,
            secret_version: webhook.secret_version,
        }
    }

    fn secret(&self, webhook: &Webhook) -> Result<Secret, Arc<str>> {
        self.secrets
            .get(webhook.slug.as_str())
            .map_or_else(|| Err("it was not read yet".into()), |cached| cached.secret.clone())
    }

    fn warnings(&self, webhooks: &[Webhook], at: Option<At>) -> Vec<String> {
        let mut warnings = Vec::new();
        let kinds: Vec<_> = webhooks.iter().map(|webhook| webhook.authentication).collect();
        if let Some(At { address, secure: false }) = at {
            match receiver::plain_http(address, &kinds) {
                PlainHttp::Fine => {}
                PlainHttp::Warn => warnings.push(format!(
                    "{address} can be reached from other computers without TLS: set it up, put HTTPS in front, or listen on 127.0.0.1."
                )),
                PlainHttp::Refuse => warnings.push(format!(
                    "Deliveries to Basic and OAuth2 webhooks are answered 503: {address} can be reached from other computers, and \
                     passwords and tokens would travel unencrypted. Set up TLS, or listen on 127.0.0.1."
                )),
            }
        }
        let mut unreadable: Vec<&String> = Vec::new();
        for (slug, cached) in &self.secrets {
            if cached.secret.is_err() {
                unreadable.push(slug);
            }
        }
        unreadable.sort();
        for slug in unreadable {
            let reason = self.secrets[slug].secret.as_ref().err().map_or("", |reason| reason);
            warnings.push(format!("Deliveries to {slug} are answered 503 for now: {reason}."));
        }
        if webhooks.iter().any(|webhook| webhook.secret_place.as_deref() == Some(Place::File.as_str())) {
            warnings.push(
                "Secrets are kept in a file that only you can read: this computer offers no keychain.".to_owned(),
            );
        }
        warnings
    }
}

/// A webhook of which nothing is left but its deliveries: what comes is to be sent again, until it is set up again.
fn lost(slug: &Slug) -> Hook {
    Hook {
        slug: slug.clone(),
        enabled: true,
        allow: Allow::of(&[]),
        authentication: Authentication::Hmac,
        credentials: Err("what was set up for this webhook was lost".into()),
        secret_version: 0,
    }
}

fn read(monitor: &Monitor, webhook: &Webhook) -> Result<Secret, Arc<str>> {
    let place = webhook.secret_place.as_deref().and_then(Place::from_word);
    let Some(place) = place else { return Err("its secret is missing: set it again".into()) };
    monitor.secrets().get(webhook.slug.as_str(), place).map_err(|error| error.to_string().into())
}
