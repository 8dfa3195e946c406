//! The credentials a webhook had before: kept beside the new ones for a while, since CentrePoint sends a delivery again for up to 48 hours
//! and signs it as it did the first time, and since nobody changes two programs at one instant. One set alone: what was replaced last.

use centrepoint::{Authentication, Secret};
use secrets::Place;
use store::state::{Former, Webhook};
use study::Slug;

use crate::Monitor;
use crate::times::rfc3339;
use crate::wire::{ApiError, FormerRow};

/// How long former credentials are accepted unless told: CentrePoint's 48 hours and a day more.
const HOURS: u32 = 72;
/// The longest.
pub(super) const MOST_HOURS: u32 = 720;

const HOUR_MICROSECONDS: i64 = 3_600_000_000;

/// Said where the old secret was to be kept, and could not be.
const NOT_KEPT: &str = "The secret there was cannot be read, so it could not be kept beside the new one: deliveries signed with it are refused from now on.";

/// What becomes of a webhook's former credentials.
pub(super) struct Change {
    /// What to say about it.
    pub(super) warning: Option<&'static str>,
    /// What is to be forgotten once the webhook does not look there any more.
    forget: Option<Former>,
}

impl Monitor {
    /// Stops accepting a webhook's former credentials, at once.
    ///
    /// # Errors
    /// `not_found`, also where there are none, or why it could not be done.
    pub fn webhook_end_former(&self, slug: &str) -> Result<(), ApiError> {
        let mut webhook = self.registered(slug)?;
        let none = || ApiError::not_found(format!("no old secret of {slug} is accepted"));
        let former = webhook.former.take().ok_or_else(none)?;
        self.record("former_secret_ended", &webhook, None)?;
        self.kept(self.state().put_webhook(&webhook))?;
        self.forget_secret(&webhook.slug, &former)
    }

    /// Sets `new.former`, `old` being the webhook as it was and `secret` a new secret. Puts the old secret where former ones are.
    pub(super) fn change_former(
        &self,
        old: &Webhook,
        new: &mut Webhook,
        secret: Option<&Secret>,
        hours: Option<u32>,
    ) -> Result<Change, ApiError> {
        let nothing = Change { warning: None, forget: None };
        if old.authentication != new.authentication {
            return Ok(Change { forget: new.former.take(), ..nothing });
        }
        if secret.is_none() && name(old) == name(new) {
            self.change_end(new, hours)?;
            return Ok(Change { forget: old.former.clone().filter(|_| new.former.is_none()), ..nothing });
        }
        let hours = hours.unwrap_or(HOURS);
        if hours == 0 {
            return Ok(Change { forget: new.former.take(), ..nothing });
        }
        let (slug, place) = (old.slug.as_str(), old.secret_place.as_deref().and_then(Place::from_word));
        let Some(present) = place.and_then(|place| self.secrets().get(slug, place).ok()) else {
            return Ok(Change { warning: Some(NOT_KEPT), ..nothing });
        };
        if name(old) == name(new) && secret.is_none_or(|secret| *secret == present) {
            // The same again: what was there before that is still what was there before.
            return Ok(nothing);
        }
        let place = self.secrets().put(&secrets::former(slug), &present)?;
        let place = place.as_str().to_owned();
        let forget = new.former.take().filter(|before| before.place != place);
        let (version, until) = (old.secret_version, self.hours_from_now(hours));
        new.former = Some(Former { place, version, name: name(old).cloned(), until, used_at: None });
        Ok(Change { forget, warning: None })
    }

    /// Nothing was replaced: `hours` are those the former credentials have left.
    fn change_end(&self, webhook: &mut Webhook, hours: Option<u32>) -> Result<(), ApiError> {
        let Some(hours) = hours else { return Ok(()) };
        let now = self.now();
        let Some(former) = webhook.former.as_mut().filter(|former| former.stands(now)) else {
            let message = "no old secret of this webhook is accepted, and none is being replaced";
            return Err(ApiError::invalid("keep_old_hours", message));
        };
        former.until = self.hours_from_now(hours);
        webhook.former = webhook.former.take().filter(|_| hours > 0);
        Ok(())
    }

    fn hours_from_now(&self, hours: u32) -> i64 {
        self.now().saturating_add(i64::from(hours) * HOUR_MICROSECONDS)
    }

    /// Forgets what the webhook does not look at any more. A leftover opens nothing: that is said, and nothing else.
    pub(super) fn forget_replaced(&self, slug: &Slug, change: &Change) {
        if let Some(former) = &change.forget
            && let Err(error) = self.forget_secret(slug, former)
        {
            tracing::warn!(%slug, %error, "an old secret could not be deleted");
        }
    }

    /// Forgets former credentials that are over, secret and all.
    pub(crate) fn forget_former(&self, slug: &Slug, former: &Former) -> Result<(), ApiError> {
        self.forget_secret(slug, former)?;
        self.state().former_forgotten(slug, former.version)?;
        self.board().state_changed();
        Ok(())
    }

    /// Forgets what an edit that was cut short may have left of a webhook that has no former credentials.
    pub(crate) fn forget_leftover(&self, webhook: &Webhook) {
        let name = secrets::former(webhook.slug.as_str());
        let places = [Some(Place::File), webhook.secret_place.as_deref().and_then(Place::from_word)];
        for place in places.into_iter().flatten() {
            if let Err(error) = self.secrets().forget(&name, place) {
                tracing::debug!(webhook = %webhook.slug, %error, "whether there is a leftover secret cannot be told");
            }
        }
    }

    pub(super) fn forget_secret(&self, slug: &Slug, former: &Former) -> Result<(), ApiError> {
        let Some(place) = Place::from_word(&former.place) else { return Ok(()) };
        self.secrets().forget(&secrets::former(slug.as_str()), place).map_err(|error| {
            ApiError::failed(format!(
                "the old secret is not accepted any more, but could not be deleted from the {}: {error}",
                place.as_str()
            ))
        })
    }

    /// The former credentials as they are shown, while they are accepted.
    pub(super) fn former_row(&self, webhook: &Webhook) -> Option<FormerRow> {
        let now = self.now();
        let former = webhook.former.as_ref().filter(|former| former.stands(now))?;
        Some(FormerRow {
            until: rfc3339(former.until),
            name: former.name.clone(),
            used_at: former.used_at.map(rfc3339),
            error: self.secret_error(&secrets::former(webhook.slug.as_str())),
        })
    }
}

/// The user name or client id that goes with the secret.
pub(super) fn name(webhook: &Webhook) -> Option<&String> {
    match webhook.authentication {
        Authentication::Basic => webhook.username.as_ref(),
        Authentication::OAuth2 => webhook.client_id.as_ref(),
        Authentication::None | Authentication::Hmac => None,
    }
}
