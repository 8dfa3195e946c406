//! Webhooks and their set-up: add, edit, switch, remove. What is typed is checked in `form`.
//!
//! The secret goes to `secrets` first, the registration to the state next, the fact (never the secret) to the log last.

mod form;
mod former;
mod waiting;

use centrepoint::{Authentication, Secret};
use secrets::Place;
use serde_json::json;
use store::StoreError;
use store::state::{Levels, Webhook};
use study::{Action, Slug};

use crate::Monitor;
use crate::times::rfc3339;
use crate::wire::{ApiError, Validation, WebhookAdded, WebhookForm, WebhookRow};
use form::Checked;

/// Said where a webhook accepts whatever comes.
const ANYONE: &str =
    "Without authentication, anyone who knows the address can send deliveries. Keyed-Hash HMAC is the safest choice.";
/// Said where source addresses are listed, and no proxy is named.
const ALLOW: &str = "Deliveries from addresses that are not listed are refused. Behind a proxy or a tunnel all would come from that one's address: name it as trusted, under General or with serve --trusted-proxy.";
/// Said where a secret holds what does not show. A stray line end is the classic: no signature ever fits.
const UNSEEN: &str =
    "The secret has a line end or another control character in it: make sure that the one in the portal has it, too.";
/// Said where a secret went to a file.
const FILE: &str =
    "There is no keychain to keep the secret in: it is in a file in the data folder that only you can read.";

impl Monitor {
    /// The webhooks that are not removed, by name.
    ///
    /// # Errors
    /// What SQLite said.
    pub fn webhooks(&self) -> Result<Vec<WebhookRow>, ApiError> {
        let webhooks = self.state().webhooks()?;
        webhooks.iter().filter(|webhook| !webhook.removed).map(|webhook| self.webhook_row(webhook)).collect()
    }

    /// How many webhooks are not removed.
    pub(crate) fn count_webhooks(&self) -> Result<u32, ApiError> {
        let count = self.state().webhooks()?.iter().filter(|webhook| !webhook.removed).count();
        Ok(u32::try_from(count).unwrap_or(u32::MAX))
    }

    /// One webhook that is not removed.
    ///
    /// # Errors
    /// `not_found`, or what SQLite said.
    pub fn webhook(&self, slug: &str) -> Result<WebhookRow, ApiError> {
        self.webhook_row(&self.registered(slug)?)
    }

    /// Adds a webhook.
    ///
    /// # Errors
    /// `invalid` with the field, or why it could not be kept.
    pub fn webhook_add(&self, form: &WebhookForm) -> Result<WebhookAdded, ApiError> {
        let slug = form::slug(&form.slug)?;
        if let Some(taken) = self.state().webhooks()?.into_iter().find(|webhook| webhook.slug == slug) {
            let message = if taken.removed {
                format!(
                    "{slug} belonged to a webhook that was removed; its deliveries are kept under it, so choose another"
                )
            } else {
                format!("{slug} is already in use: choose another")
            };
            return Err(ApiError::invalid("slug", message));
        }
        let checked = form::check(form, None)?;
        let mut webhook = fresh(slug, self.now());
        let secret = checked.secret.clone();
        fill(&mut webhook, checked);
        self.keep_secret(&mut webhook, secret.as_ref(), false)?;
        self.record("added", &webhook, secret.as_ref())?;
        self.kept(self.state().add_webhook(&webhook))?;
        self.changed(&webhook, secret.as_ref())
    }

    /// Edits the webhook of the form's slug.
    ///
    /// # Errors
    /// `invalid` with the field, `not_found`, or why it could not be kept.
    pub fn webhook_edit(&self, form: &WebhookForm) -> Result<WebhookAdded, ApiError> {
        let mut webhook = self.registered(&form.slug)?;
        let checked = form::check(form, Some(&webhook))?;
        let before = webhook.clone();
        let (secret, hours) = (checked.secret.clone(), checked.keep_old_hours);
        fill(&mut webhook, checked);
        let change = self.change_former(&before, &mut webhook, secret.as_ref(), hours)?;
        let renamed = former::name(&before) != former::name(&webhook);
        self.keep_secret(&mut webhook, secret.as_ref(), renamed)?;
        if secret.is_some() || renamed || before.authentication != webhook.authentication {
            // CentrePoint validates anew when these change in the portal, and they must be changed there too.
            // And the one there was came before, whatever the clock showed then.
            let last = webhook.handshake.map_or(i64::MIN, |handshake| handshake.at);
            webhook.validation_needed_at = self.now().max(last.saturating_add(1));
        }
        self.record("edited", &webhook, secret.as_ref())?;
        self.kept(self.state().put_webhook(&webhook))?;
        self.forget_replaced(&webhook.slug, &change);
        let mut changed = self.changed(&webhook, secret.as_ref())?;
        changed.warnings.extend(change.warning.map(str::to_owned));
        Ok(changed)
    }

    /// Enables or disables a webhook. A disabled one answers 410.
    ///
    /// # Errors
    /// `not_found`, or why it could not be kept.
    pub fn webhook_set_enabled(&self, slug: &str, enabled: bool) -> Result<(), ApiError> {
        let mut webhook = self.registered(slug)?;
        if webhook.enabled == enabled {
            return Ok(());
        }
        webhook.enabled = enabled;
        if enabled {
            self.silence_begins_anew(slug)?;
        }
        self.record(if enabled { "enabled" } else { "disabled" }, &webhook, None)?;
        self.kept(self.state().put_webhook(&webhook))
    }

    /// Removes a webhook: its secret is forgotten, its path answers 404, its deliveries stay, its slug is not used again.
    ///
    /// # Errors
    /// `not_found`, or why it could not be done.
    pub fn webhook_remove(&self, slug: &str) -> Result<(), ApiError> {
        let mut webhook = self.registered(slug)?;
        let place = webhook.secret_place.take().as_deref().and_then(Place::from_word);
        let former = webhook.former.take();
        webhook.removed = true;
        webhook.enabled = false;
        webhook.secret_version += 1;
        // First out of service, then forgotten: a secret that stays behind opens nothing any more.
        self.record("removed", &webhook, None)?;
        self.kept(self.state().put_webhook(&webhook))?;
        let former = former.map_or(Ok(()), |former| self.forget_secret(&webhook.slug, &former));
        let Some(place) = place else { return former };
        self.secrets().forget(slug, place).map_err(|error| {
            ApiError::failed(format!(
                "the webhook is removed, but its secret could not be deleted from the {}: {error}",
                place.as_str()
            ))
        })?;
        former
    }

    pub(crate) fn registered(&self, slug: &str) -> Result<Webhook, ApiError> {
        let found =
            self.state().webhooks()?.into_iter().find(|webhook| webhook.slug.as_str() == slug && !webhook.removed);
        found.ok_or_else(|| ApiError::not_found(format!("there is no webhook {slug}")))
    }

    /// Puts a new secret where it belongs; forgets one that is not needed any more. `renamed`: another name goes with it.
    fn keep_secret(&self, webhook: &mut Webhook, secret: Option<&Secret>, renamed: bool) -> Result<(), ApiError> {
        let slug = webhook.slug.as_str();
        let old = webhook.secret_place.as_deref().and_then(Place::from_word);
        let new = match secret {
            Some(secret) => Some(self.secrets().put(slug, secret)?),
            None if webhook.authentication == Authentication::None => None,
            None => {
                if renamed {
                    webhook.secret_version = (webhook.secret_version + 1).max(self.now());
                }
                return Ok(());
            }
        };
        if let Some(old) = old.filter(|old| Some(*old) != new) {
            // A leftover opens nothing: the webhook does not look there any more.
            if let Err(error) = self.secrets().forget(slug, old) {
                tracing::warn!(slug, place = old.as_str(), %error, "an old secret could not be deleted");
            }
        }
        webhook.secret_place = new.map(|place| place.as_str().to_owned());
        webhook.secret_version = (webhook.secret_version + 1).max(self.now());
        Ok(())
    }

    /// Writes a change into the history, before it is made: none may stand that the history does not know.
    fn record(&self, change: &str, webhook: &Webhook, new_secret: Option<&Secret>) -> Result<(), ApiError> {
        let details = details(webhook, new_secret.is_some());
        self.append(&[Action::Webhook { change: change.to_owned(), slug: webhook.slug.to_string(), details }])
    }

    /// The change is in the history; whether it could also be made.
    fn kept(&self, outcome: Result<(), StoreError>) -> Result<(), ApiError> {
        outcome.map_err(|error| {
            ApiError::failed(format!(
                "the change is in the history, but could not be made: {error}. Do it again once that is mended"
            ))
        })?;
        self.board().state_changed();
        Ok(())
    }

    /// The webhook as it is now, and what there is to know about it.
    fn changed(&self, webhook: &Webhook, new_secret: Option<&Secret>) -> Result<WebhookAdded, ApiError> {
        let direct = self.settings()?.trusted_proxies.is_empty();
        Ok(WebhookAdded { webhook: self.webhook_row(webhook)?, warnings: warnings(webhook, new_secret, direct) })
    }

    fn webhook_row(&self, webhook: &Webhook) -> Result<WebhookRow, ApiError> {
        let public = self.settings()?.public_address;
        let target_is_public = !public.is_empty();
        let base = if target_is_public { public } else { self.near_address()? };
        let target_url = format!("{base}/hooks/{}", webhook.slug);
        Ok(WebhookRow {
            token_url: (webhook.authentication == Authentication::OAuth2).then(|| format!("{target_url}/token")),
            slug: webhook.slug.to_string(),
            name: webhook.name.clone(),
            authentication: webhook.authentication.to_string(),
            username: webhook.username.clone(),
            client_id: webhook.client_id.clone(),
            study_id: webhook.study_id.clone(),
            time_zone: webhook.time_zone.clone(),
            allow: webhook.allow.clone(),
            enabled: webhook.enabled,
            secret_place: webhook.secret_place.clone(),
            secret_error: self.secret_error(webhook.slug.as_str()),
            former: self.former_row(webhook),
            target_url,
            target_is_public,
            validation: validation(webhook),
            handshake_at: webhook.handshake.map(|handshake| rfc3339(handshake.at)),
            waiting: self.waiting_or_unknown(webhook),
            created_at: rfc3339(webhook.created_at),
            overdue_days: webhook.levels.overdue_days,
            late_days: webhook.levels.late_days,
            wear_minutes: webhook.levels.wear_minutes,
        })
    }

    /// Why the secret kept under `name` cannot be read here.
    fn secret_error(&self, name: &str) -> Option<String> {
        self.secret_errors().get(name).map(ToString::to_string)
    }
}

/// What the history says of a webhook: never a secret.
pub(crate) fn details(webhook: &Webhook, secret_replaced: bool) -> serde_json::Value {
    json!({
        "name": webhook.name,
        "authentication": webhook.authentication.as_str(),
        "username": webhook.username,
        "client_id": webhook.client_id,
        "study_id": webhook.study_id,
        "time_zone": webhook.time_zone,
        "allow": webhook.allow,
        "enabled": webhook.enabled,
        "overdue_days": webhook.levels.overdue_days,
        "late_days": webhook.levels.late_days,
        "wear_minutes": webhook.levels.wear_minutes,
        "secret_replaced": secret_replaced,
        "old_secret_until": webhook.former.as_ref().map(|former| rfc3339(former.until)),
    })
}

/// The webhook of a form whose secret is set later; `old` is the one that is edited, and keeps its own.
pub(crate) fn unsecured(form: &WebhookForm, old: Option<&Webhook>, now: i64) -> Result<Webhook, ApiError> {
    let slug = form::slug(&form.slug)?;
    // Stands in for the one that is missing, and is thrown away.
    let checked = form::check(&WebhookForm { secret: Some("-".to_owned()), ..form.clone() }, old)?;
    let mut webhook = old.cloned().unwrap_or_else(|| fresh(slug, now));
    fill(&mut webhook, checked);
    Ok(webhook)
}

/// A webhook nothing is typed of yet but its slug.
fn fresh(slug: Slug, now: i64) -> Webhook {
    Webhook {
        slug,
        name: String::new(),
        authentication: Authentication::None,
        username: None,
        client_id: None,
        study_id: None,
        time_zone: None,
        allow: Vec::new(),
        enabled: true,
        removed: false,
        secret_place: None,
        secret_version: 0,
        created_at: now,
        validation_needed_at: now,
        handshake: None,
        levels: Levels::default(),
        former: None,
    }
}

fn fill(webhook: &mut Webhook, checked: Checked) {
    webhook.name = checked.name;
    webhook.authentication = checked.authentication;
    webhook.username = checked.username;
    webhook.client_id = checked.client_id;
    webhook.study_id = checked.study_id;
    webhook.time_zone = checked.time_zone;
    webhook.allow = checked.allow;
    webhook.levels = checked.levels;
}

/// A handshake older than the last change does not count.
fn validation(webhook: &Webhook) -> Validation {
    match webhook.handshake.filter(|handshake| handshake.at >= webhook.validation_needed_at) {
        None => Validation::Waiting,
        Some(handshake) if handshake.authenticated => Validation::Validated,
        Some(_) => Validation::SeenUnsigned,
    }
}

/// `direct`: no proxy is named.
fn warnings(webhook: &Webhook, new_secret: Option<&Secret>, direct: bool) -> Vec<String> {
    let unseen = new_secret.is_some_and(|secret| secret.expose().iter().any(u8::is_ascii_control));
    let file = new_secret.is_some() && webhook.secret_place.as_deref() == Some("file");
    let cases = [
        (webhook.authentication == Authentication::None, ANYONE),
        (direct && !webhook.allow.is_empty(), ALLOW),
        (unseen, UNSEEN),
        (file, FILE),
    ];
    cases.into_iter().filter(|(holds, _)| *holds).map(|(_, text)| text.to_owned()).collect()
}

#[cfg(test)]
mod tests;
