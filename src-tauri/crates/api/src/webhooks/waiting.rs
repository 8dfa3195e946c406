//! What a webhook waits for until its first delivery: has CentrePoint never come, come for the handshake, or been refused?

use store::history::Page;
use store::rows::{EventRow, Flags};
use store::state::Webhook;
use study::query::{Key, KeyTerm};

use crate::times::rfc3339;
use crate::wire::{ApiError, Waiting, WaitingFor};
use crate::{Monitor, query};

/// Events looked at in one go where the newest one was brought in, and how often: more than one import brings.
const PAGE: usize = 1_000;
/// See [`PAGE`].
const PAGES: usize = 60;

impl Monitor {
    /// What `webhook` still waits for; `None` once a delivery was received.
    pub(crate) fn waiting_for(&self, webhook: &Webhook) -> Result<Option<Waiting>, ApiError> {
        if self.newest_event(webhook.slug.as_str())?.is_some() {
            return Ok(None);
        }
        let handshake = webhook.handshake.filter(|handshake| handshake.at >= webhook.validation_needed_at);
        let after = handshake.map_or(webhook.validation_needed_at, |handshake| handshake.at);
        let refused = self.last_refusal(webhook, after)?;
        Ok(Some(match (refused, handshake) {
            (Some((at, reason)), _) => {
                Waiting { state: WaitingFor::Refused, at: Some(rfc3339(at)), reason: Some(reason), signed: None }
            }
            (None, Some(handshake)) => Waiting {
                state: WaitingFor::HandshakeSeen,
                at: Some(rfc3339(handshake.at)),
                reason: None,
                signed: Some(handshake.authenticated),
            },
            (None, None) => Waiting { state: WaitingFor::NeverContacted, at: None, reason: None, signed: None },
        }))
    }

    /// The same for a list of webhooks, which is there also while the history cannot be read.
    pub(crate) fn waiting_or_unknown(&self, webhook: &Webhook) -> Option<Waiting> {
        self.waiting_for(webhook).unwrap_or_else(|error| {
            tracing::warn!(webhook = %webhook.slug, %error, "whether it received a delivery cannot be told");
            None
        })
    }

    /// The newest delivery that came by itself, handshakes aside, of this webhook (slug); empty: of any.
    pub(crate) fn newest_event(&self, slug: &str) -> Result<Option<EventRow>, ApiError> {
        let mut query = query::parse("-event:validation")?;
        let of = (!slug.is_empty()).then(|| KeyTerm { key: Key::Webhook, values: vec![slug.to_owned()] });
        query.keys.extend(of);
        let lens = self.lens()?;
        let (mut before, mut limit) = (None, 1);
        // What was brought in from CentrePoint's history did not come, and says nothing of the way here.
        for _ in 0..PAGES {
            let page = Page { query: query.clone(), before, after: None, limit };
            let rows = self.history().events(&page, &lens)?.rows;
            before = rows.last().map(|row| row.sequence);
            let came = rows.into_iter().find(|row| row.flags.0 & Flags::HISTORY == 0);
            if came.is_some() || before.is_none() {
                return Ok(came);
            }
            limit = PAGE;
        }
        Ok(None)
    }

    /// The newest refusal of what names a delivery or an event, at `after` or later, that was not accepted since: when, and why. A stranger
    /// that just tries the address names neither.
    pub(crate) fn last_refusal(&self, webhook: &Webhook, after: i64) -> Result<Option<(i64, String)>, ApiError> {
        let found = self.state().last_refusal(&webhook.slug)?;
        Ok(found.filter(|(at, _)| *at >= after))
    }
}
