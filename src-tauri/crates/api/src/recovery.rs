//! Second chances: deliveries that were refused because the secret here was wrong, accepted once it is right.
//!
//! Only signatures can be checked again: they are kept with the refusal, passwords and tokens are not. What fits the present secret goes into the
//! history as an arrival of now, with its own head and body, marked with when it came. Nothing goes in twice: what is in the history already,
//! because it was sent again or accepted before, is left alone; so an interruption between the two files costs nothing.

use std::collections::HashSet;

use centrepoint::{Authentication, BodyDigest, Credentials, Headers, Unverified};
use secrets::Place;
use store::rows::RefusedDelivery;
use store::state::Webhook;
use store::{Mark, NewArrival};

use crate::Monitor;
use crate::wire::{ApiError, Recovery};

/// Refusals read at once: with bodies of up to 1 MiB each.
const BATCH: usize = 32;

/// What makes two arrivals the same delivery.
type Same = (Option<String>, [u8; 32]);

impl Monitor {
    /// Checks the refused deliveries of a webhook again by its present secret, and accepts those that it fits; with `dry_run` only says how
    /// many these are. Blocks.
    ///
    /// # Errors
    /// `not_found`, that the secret cannot be read, or why what fits could not be kept: what was accepted before that stays.
    pub fn rejections_recover(&self, slug: &str, dry_run: bool) -> Result<Recovery, ApiError> {
        let webhook = self.registered(slug)?;
        let mut found = Recovery { webhook: slug.to_owned(), ..Recovery::default() };
        if webhook.authentication != Authentication::Hmac {
            return Ok(found);
        }
        let _alone = self.recovering();
        found.checkable = true;
        found.without_body = count(self.state().refused_without_body(&webhook.slug)?);
        let credentials = self.present_passcode(&webhook)?;
        if dry_run {
            self.check_again(&webhook, &credentials, &mut found, |_, _| Ok(()))?;
            return Ok(found);
        }
        let mut accepted = 0;
        self.with_log(|log| {
            self.check_again(&webhook, &credentials, &mut found, |refused, arrival| {
                if let Some(arrival) = arrival {
                    let received_at = arrival.received_at;
                    log.append_waiting(arrival)?;
                    self.note_arrival(received_at);
                    accepted += 1;
                }
                Ok(self.state().rejections_accepted(&[refused.id], self.now())?)
            })
        })?;
        found.accepted = accepted;
        if accepted > 0 {
            tracing::info!(webhook = slug, accepted, "refused deliveries were accepted: the secret fits them now");
        }
        self.board().state_changed();
        Ok(found)
    }

    fn present_passcode(&self, webhook: &Webhook) -> Result<Credentials, ApiError> {
        let place = webhook.secret_place.as_deref().and_then(Place::from_word);
        let place = place.ok_or_else(|| ApiError::failed("its secret is missing: set it again".to_owned()))?;
        Ok(Credentials::Hmac { passcode: self.secrets().get(webhook.slug.as_str(), place)? })
    }

    /// Goes through what was refused, oldest first, and hands on what fits: with the arrival it becomes, or without one where the delivery
    /// is in the history by then.
    fn check_again(
        &self,
        webhook: &Webhook,
        credentials: &Credentials,
        found: &mut Recovery,
        mut fits: impl FnMut(&RefusedDelivery, Option<NewArrival>) -> Result<(), ApiError>,
    ) -> Result<(), ApiError> {
        let mut seen: HashSet<Same> = HashSet::new();
        let mut after = 0;
        loop {
            let refused = self.state().refused_deliveries(&webhook.slug, after, BATCH)?;
            let Some(last) = refused.last() else { return Ok(()) };
            after = last.id;
            for refused in &refused {
                let (_, headers) = Headers::read_head(&refused.head);
                let request = Unverified { headers: &headers, body: &refused.body };
                if request.verify(credentials).is_err() {
                    found.differing += 1;
                    continue;
                }
                let digest = BodyDigest::of(&refused.body);
                let same = (headers.delivery_id().map(|id| id.0), digest.0);
                if !seen.contains(&same)
                    && self.history().find_delivery(&webhook.slug, same.0.as_deref(), &digest)?.is_some()
                {
                    found.known += 1;
                    fits(refused, None)?;
                } else if seen.insert(same) {
                    found.fitting += 1;
                    fits(refused, Some(self.arrival(webhook, refused, digest)))?;
                } else {
                    // The same delivery, refused more than once: it is accepted with the first.
                    fits(refused, None)?;
                }
            }
        }
    }

    fn arrival(&self, webhook: &Webhook, refused: &RefusedDelivery, body_sha256: BodyDigest) -> NewArrival {
        NewArrival {
            received_at: self.now(),
            webhook: webhook.slug.clone(),
            head: refused.head.clone(),
            body: refused.body.clone().into(),
            body_sha256,
            authentication: Authentication::Hmac,
            mark: Mark::Recovered { first_at: refused.received_at },
            source_ip: refused.source_ip,
        }
    }
}

fn count(rows: i64) -> u32 {
    u32::try_from(rows).unwrap_or(u32::MAX)
}

#[cfg(test)]
mod tests;
