//! What is known of each delivery of a history: whether it is here, whether it is genuine, whether something newer is here.

use std::collections::{HashMap, HashSet};

use centrepoint::history::{Item, same_content};
use centrepoint::{Authentication, BodyDigest, Credentials, Event, Unverified, event, handshake, headers};
use secrets::Place;
use store::Check;
use store::state::Webhook;
use study::problem::{Signal, signal};
use study::{ProblemKey, ProblemKind, UploadKey};

use crate::Monitor;
use crate::wire::{ApiError, HistoryImport};

/// A delivery of the history, judged.
pub(super) struct Judged {
    pub(super) item: Item,
    pub(super) digest: BodyDigest,
    pub(super) event: Option<Event>,
    pub(super) standing: Standing,
}

/// Whether it is here.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Standing {
    /// It is not: it is to be added.
    New,
    /// It is, as the event of this sequence.
    Known(i64),
    /// The same delivery id with the same content, written differently, is.
    SameContent(i64),
    /// It stands in what was read already.
    Twice,
    /// A handshake.
    Validation,
    /// Not of the time that was asked for.
    Outside,
    /// Of another webhook or study: which.
    Other(String),
}

/// What they are judged by.
pub(super) struct Judge<'a> {
    monitor: &'a Monitor,
    webhook: &'a Webhook,
    /// From when on, up to when.
    span: (i64, i64),
    /// CentrePoint's ids of this webhook; none where any will do.
    vendor_ids: Vec<String>,
    study_id: Option<String>,
    secrets: Vec<Credentials>,
    seen: HashSet<(Option<String>, [u8; 32])>,
}

impl<'a> Judge<'a> {
    pub(super) fn new(
        monitor: &'a Monitor,
        webhook: &'a Webhook,
        request: &HistoryImport,
        warnings: &mut Vec<String>,
    ) -> Result<Self, ApiError> {
        let any = request.any_webhook;
        Ok(Self {
            monitor,
            webhook,
            span: (edge("from", request.from.as_deref(), i64::MIN)?, edge("to", request.to.as_deref(), i64::MAX)?),
            vendor_ids: if any { Vec::new() } else { monitor.history().vendor_webhooks(&webhook.slug)? },
            study_id: webhook.study_id.clone().filter(|_| !any),
            secrets: passcodes(monitor, webhook, warnings),
            seen: HashSet::new(),
        })
    }

    pub(super) fn judge(&mut self, item: Item) -> Result<Judged, ApiError> {
        let digest = BodyDigest::of(&item.body);
        let event = event::read(item.headers.event_name().as_deref(), &item.body).ok();
        let standing = self.standing(&item, digest, event.as_ref())?;
        Ok(Judged { item, digest, event, standing })
    }

    fn standing(&mut self, item: &Item, digest: BodyDigest, event: Option<&Event>) -> Result<Standing, ApiError> {
        if !(self.span.0..=self.span.1).contains(&item.created_at) {
            return Ok(Standing::Outside);
        }
        if handshake::is_handshake(&item.headers) {
            return Ok(Standing::Validation);
        }
        if let Some(other) = self.other(item, event) {
            return Ok(Standing::Other(other));
        }
        if let Some(known) = self.find(item, digest)? {
            return Ok(known);
        }
        let is_first = self.seen.insert((item.delivery_id().map(|id| id.0), digest.0));
        Ok(if is_first { Standing::New } else { Standing::Twice })
    }

    /// Where it is here already.
    pub(super) fn find(&self, item: &Item, digest: BodyDigest) -> Result<Option<Standing>, ApiError> {
        let id = item.delivery_id().map(|id| id.0);
        let history = self.monitor.history();
        if let Some(sequence) = history.find_delivery(&self.webhook.slug, id.as_deref(), &digest)? {
            return Ok(Some(Standing::Known(sequence)));
        }
        let Some(id) = id else { return Ok(None) };
        let named = history.bodies_of(&self.webhook.slug, &id)?;
        let same = named.into_iter().find(|(_, body)| same_content(body, &item.body));
        Ok(same.map(|(sequence, _)| Standing::SameContent(sequence)))
    }

    fn other(&self, item: &Item, event: Option<&Event>) -> Option<String> {
        let known = &self.vendor_ids;
        if let Some(id) = item.webhook_id.as_ref().filter(|id| !known.is_empty() && !known.contains(id)) {
            return Some(format!("it is of CentrePoint's webhook {id}; what is here is of {}", known.join(" and ")));
        }
        let (study, own) = (event?.study_id.as_ref()?, self.study_id.as_ref()?);
        (study != own).then(|| format!("it is of study {study}; this webhook's is {own}"))
    }

    /// What its signature says.
    pub(super) fn check(&self, item: &Item) -> Check {
        if item.headers.all(headers::SIGNATURE).next().is_none() {
            return Check::Unsigned;
        }
        if self.secrets.is_empty() {
            return Check::Unchecked;
        }
        let request = Unverified { headers: &item.headers, body: &item.body };
        let fits = self.secrets.iter().any(|secret| request.verify(secret).is_ok());
        if fits { Check::Verified } else { Check::Differs }
    }
}

fn edge(field: &str, text: Option<&str>, otherwise: i64) -> Result<i64, ApiError> {
    let Some(text) = text.map(str::trim).filter(|text| !text.is_empty()) else { return Ok(otherwise) };
    let wrong = || ApiError::invalid(field, format!("{text} is no instant like 2026-08-21T18:00:00Z"));
    crate::times::micros(text).ok_or_else(wrong)
}

/// The secrets signatures are checked by: the present one and the one before.
fn passcodes(monitor: &Monitor, webhook: &Webhook, warnings: &mut Vec<String>) -> Vec<Credentials> {
    if webhook.authentication != Authentication::Hmac {
        return Vec::new();
    }
    let slug = webhook.slug.as_str();
    let present = webhook.secret_place.as_deref().and_then(Place::from_word).map(|place| (slug.to_owned(), place));
    let former = webhook.former.as_ref().and_then(|former| Place::from_word(&former.place));
    let former = former.map(|place| (secrets::former(slug), place));
    let mut found = Vec::new();
    for (name, place) in present.into_iter().chain(former) {
        match monitor.secrets().get(&name, place) {
            Ok(passcode) => found.push(Credentials::Hmac { passcode }),
            Err(error) => tracing::warn!(slug, %error, "a secret cannot be read"),
        }
    }
    if found.is_empty() {
        warnings.push("The webhook's secret cannot be read, so no signature was checked.".to_owned());
    }
    found
}

/// The ends of uploads and of processing that are here and that the history also tells of: it says when CentrePoint made them, which is not always
/// when they came.
#[derive(Debug, Default)]
pub(super) struct Dates {
    /// The latest of each, microseconds since 1970 UTC.
    latest: HashMap<ProblemKey, i64>,
    /// By the sequence of their event.
    made: HashMap<i64, i64>,
}

impl Dates {
    pub(super) fn of(webhook: &Webhook, all: &[Judged]) -> Self {
        let mut dates = Self::default();
        for judged in all {
            let (Standing::Known(sequence) | Standing::SameContent(sequence)) = judged.standing else { continue };
            let made = judged.item.created_at;
            dates.made.insert(sequence, made);
            if let Some(key) = end(webhook, judged.event.as_ref()) {
                let latest = dates.latest.entry(key).or_insert(made);
                *latest = made.max(*latest);
            }
        }
        dates
    }

    /// Whether something newer than `judged` is here about the same upload or processing.
    ///
    /// What came by itself and is not in the history that was read is taken to be as new as it came: then an old error does no harm, and where it is
    /// not as old as it seems, both are there to be seen.
    pub(super) fn has_newer(&self, monitor: &Monitor, webhook: &Webhook, judged: &Judged) -> Result<bool, ApiError> {
        let Some(key) = end(webhook, judged.event.as_ref()) else { return Ok(false) };
        let made = judged.item.created_at;
        if self.latest.get(&key).is_some_and(|latest| *latest > made) {
            return Ok(true);
        }
        let upload = judged.event.as_ref().filter(|_| key.kind == ProblemKind::UploadError);
        let Some(upload_id) = upload.and_then(|event| event.upload_id.clone()) else { return Ok(false) };
        let study_id = upload.and_then(|event| event.study_id.clone());
        let upload = UploadKey { webhook: webhook.slug.to_string(), study_id, upload_id };
        let end = monitor.history().upload_end(&upload)?;
        Ok(end.is_some_and(|end| self.made.get(&end.sequence).copied().unwrap_or(end.at) > made))
    }
}

/// What an event that ends something is about; `None` of any other, and where nothing names it.
fn end(webhook: &Webhook, event: Option<&Event>) -> Option<ProblemKey> {
    match signal(webhook.slug.as_str(), 0, Ok(event?)) {
        Signal::Failed(key) | Signal::Succeeded(key) => Some(key).filter(|key| !key.subject_matter.starts_with('#')),
        Signal::None => None,
    }
}
