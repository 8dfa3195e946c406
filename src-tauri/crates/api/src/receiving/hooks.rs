//! The webhooks as the receiver needs them, with their secrets: loaded anew when the state changed, secrets read once a version.
//! A former secret whose time is over is forgotten here, too.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::{Duration, Instant};

use centrepoint::{Authentication, Credentials, Secret};
use receiver::{Allow, Hook, Hooks, PlainHttp};
use secrets::{Place, SecretError};
use store::state::{Former, Webhook};
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
    /// Secrets as read, by the name each is kept under: present and former ones.
    secrets: HashMap<String, Cached>,
    retry_at: Option<Instant>,
    /// When it is tried again to forget what is over.
    forget_at: Option<Instant>,
}

struct Cached {
    version: i64,
    place: Option<String>,
    secret: Result<Secret, Unread>,
}

/// Why a secret could not be read.
struct Unread {
    reason: Arc<str>,
    /// It is not there, and a former one will not be later.
    gone: bool,
}

/// A secret that is needed: the name it is kept under, and where.
struct Wanted<'a> {
    name: String,
    version: i64,
    place: Option<&'a str>,
    former: bool,
}

impl<'a> Wanted<'a> {
    fn of(webhook: &'a Webhook) -> impl Iterator<Item = Self> {
        let (slug, version) = (webhook.slug.as_str(), webhook.secret_version);
        let place = webhook.secret_place.as_deref();
        let present = (webhook.authentication != Authentication::None).then(|| Self {
            name: slug.to_owned(),
            version,
            place,
            former: false,
        });
        let former = webhook.former.as_ref().map(|former| Self {
            name: secrets::former(slug),
            version: former.version,
            place: Some(former.place.as_str()),
            former: true,
        });
        present.into_iter().chain(former)
    }

    fn read(&self, monitor: &Monitor) -> Result<Secret, Unread> {
        let Some(place) = self.place.and_then(Place::from_word) else {
            return Err(Unread { reason: "its secret is missing: set it again".into(), gone: self.former });
        };
        monitor.secrets().get(&self.name, place).map_err(|error| Unread {
            gone: self.former && matches!(error, SecretError::Missing(_)),
            reason: error.to_string().into(),
        })
    }
}

/// What was loaded.
pub(super) struct Loaded {
    pub(super) hooks: Hooks,
    /// What there is to know about them.
    pub(super) warnings: Vec<String>,
}

impl HookBook {
    pub(super) fn new(monitor: &Monitor) -> Self {
        Self { monitor: monitor.clone(), loaded: None, secrets: HashMap::new(), retry_at: None, forget_at: None }
    }

    /// The hooks, where they differ from what was loaded before. `at` is where the receiver listens.
    pub(super) fn load(&mut self, at: Option<At>) -> Result<Option<Loaded>, ApiError> {
        let mut webhooks = self.monitor.state().webhooks()?;
        webhooks.retain(|webhook| !webhook.removed);
        for webhook in &mut webhooks {
            webhook.handshake = None;
        }
        self.forget_what_is_over(&mut webhooks);
        if self.loaded.is_none() {
            for webhook in webhooks.iter().filter(|webhook| webhook.former.is_none()) {
                self.monitor.forget_leftover(webhook);
            }
        }
        for former in webhooks.iter_mut().filter_map(|webhook| webhook.former.as_mut()) {
            former.used_at = None;
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

    /// Forgets former secrets that are not accepted any more. The hook itself stops accepting them by the clock; this only clears up, and
    /// where the keychain does not let it, tries again later.
    fn forget_what_is_over(&mut self, webhooks: &mut [Webhook]) {
        let (now, due) = (self.monitor.now(), self.forget_at.is_none_or(|at| Instant::now() >= at));
        for webhook in webhooks {
            let Some(former) = webhook.former.take_if(|former| !former.stands(now)) else { continue };
            if !due {
                continue;
            }
            let slug = &webhook.slug;
            match self.monitor.forget_former(slug, &former) {
                Ok(()) => tracing::info!(webhook = %slug, "an old secret is not accepted any more, and forgotten"),
                Err(error) => {
                    tracing::warn!(webhook = %slug, %error, "an old secret is tried to be deleted again later");
                    self.forget_at = Some(Instant::now() + RETRY);
                }
            }
        }
    }

    /// Reads what is not known yet, or could not be read the last time.
    fn read_secrets(&mut self, webhooks: &[Webhook]) {
        let wanted: Vec<Wanted<'_>> = webhooks.iter().flat_map(Wanted::of).collect();
        self.secrets.retain(|name, _| wanted.iter().any(|wanted| wanted.name == *name));
        for wanted in wanted {
            let known = self.secrets.get(&wanted.name).is_some_and(|cached| {
                cached.version == wanted.version
                    && cached.place.as_deref() == wanted.place
                    && cached.secret.as_ref().map_or_else(|unread| unread.gone, |_| true)
            });
            if !known {
                let secret = wanted.read(&self.monitor);
                if let Err(Unread { reason, gone }) = &secret {
                    let name = &wanted.name;
                    tracing::warn!(name, %reason, gone, "a secret cannot be read");
                }
                let cached = Cached { version: wanted.version, place: wanted.place.map(str::to_owned), secret };
                self.secrets.insert(wanted.name, cached);
            }
        }
        let unread = self.secrets.iter().filter_map(|(name, cached)| Some((name, cached.secret.as_ref().err()?)));
        let errors: HashMap<String, Arc<str>> =
            unread.clone().map(|(name, unread)| (name.clone(), Arc::clone(&unread.reason))).collect();
        let may_come_back = unread.clone().any(|(_, unread)| !unread.gone);
        self.retry_at = may_come_back.then(|| Instant::now() + RETRY);
        *self.monitor.secret_errors() = errors;
    }

    fn hook(&self, webhook: &Webhook, refused: bool) -> Hook {
        let name = if webhook.authentication == Authentication::Basic { &webhook.username } else { &webhook.client_id };
        let credentials = |secret: &str, name: &Option<String>| match webhook.authentication {
            Authentication::None => Ok(Credentials::None),
            Authentication::Basic if refused => Err("the password would travel unencrypted".into()),
            Authentication::OAuth2 if refused => {
                Err("the client secret and the tokens would travel unencrypted".into())
            }
            Authentication::Basic => {
                let username = name.clone().unwrap_or_default();
                self.secret(secret).map(|password| Credentials::Basic { username, password })
            }
            Authentication::Hmac => self.secret(secret).map(|passcode| Credentials::Hmac { passcode }),
            Authentication::OAuth2 => {
                let client_id = name.clone().unwrap_or_default();
                self.secret(secret).map(|client_secret| Credentials::OAuth2 { client_id, client_secret })
            }
        };
        let former = webhook.former.as_ref().and_then(|former| {
            let secret = secrets::former(webhook.slug.as_str());
            // One that is not there will never fit anything: 503 for its sake would never end.
            if self.unread(&secret).is_some_and(|unread| unread.gone) {
                return None;
            }
            let Former { version, until, .. } = *former;
            Some(receiver::Former { credentials: credentials(&secret, &former.name), version, until })
        });
        Hook {
            slug: webhook.slug.clone(),
            enabled: webhook.enabled,
            allow: Allow::of(&webhook.allow),
            authentication: webhook.authentication,
            credentials: credentials(webhook.slug.as_str(), name),
            secret_version: webhook.secret_version,
            former,
        }
    }

    /// The secret kept under `name`.
    fn secret(&self, name: &str) -> Result<Secret, Arc<str>> {
        match self.secrets.get(name).map(|cached| &cached.secret) {
            None => Err("it was not read yet".into()),
            Some(Ok(secret)) => Ok(secret.clone()),
            Some(Err(unread)) => Err(Arc::clone(&unread.reason)),
        }
    }

    fn unread(&self, name: &str) -> Option<&Unread> {
        self.secrets.get(name)?.secret.as_ref().err()
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
        for webhook in webhooks {
            let slug = webhook.slug.as_str();
            if let Some(Unread { reason, .. }) = self.unread(slug) {
                warnings.push(format!("Deliveries to {slug} are answered 503 for now: {reason}."));
            }
            match self.unread(&secrets::former(slug)) {
                Some(Unread { gone: true, .. }) => warnings.push(format!(
                    "The old secret of {slug}, which is to be accepted for a while, is not there any more: deliveries signed with it are refused."
                )),
                Some(Unread { reason, .. }) => warnings.push(format!(
                    "Deliveries to {slug} that the new secret does not fit are answered 503 for now: of the old one, {reason}."
                )),
                None => {}
            }
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
        former: None,
    }
}
