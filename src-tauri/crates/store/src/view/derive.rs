//! What one row of the log says, before anything is written: pure, and safe against whatever the row holds.

use std::panic::{AssertUnwindSafe, catch_unwind};

use centrepoint::{Authentication, Event, Headers};
use study::problem::{Signal, signal};
use study::upload::UploadEvent;
use study::{Action, UploadKey, UploadState};

use super::codes;
use crate::log::read::RawRow;
use crate::log::{Mark, Proof};
use crate::rows::Flags;

/// Longest text of one body that goes into the search index, in bytes.
const SEARCHABLE_BYTES: usize = 64 * 1024;

/// The name of an event that announces none, as `EventKind::unnamed` has it.
const UNKNOWN: &str = "";

/// What an arrival's head and columns say: enough to know whether it came before.
#[derive(Debug, Clone)]
pub(super) struct Envelope {
    pub(super) delivery_id: Option<String>,
    pub(super) vendor_webhook: Option<String>,
    pub(super) event_name: Option<String>,
    pub(super) handshake: bool,
    pub(super) authentication: Authentication,
    pub(super) mark: Mark,
}

impl Envelope {
    /// When it was received; of one from CentrePoint's history, when CentrePoint made it.
    pub(super) fn moment(&self, raw: &RawRow) -> i64 {
        self.mark.made_at(raw.at).unwrap_or(raw.at)
    }
}

/// What a row is.
#[derive(Debug, Clone)]
pub(super) enum Kind {
    Arrival(Envelope),
    Action(Action),
    /// It could not be understood: why.
    Fault(String),
}

/// What an arrival's body says.
#[derive(Debug, Clone)]
pub(super) struct Meaning {
    pub(super) name: String,
    pub(super) event: Option<Event>,
    pub(super) flags: u32,
    pub(super) failed: bool,
    pub(super) signal: Signal,
    pub(super) upload: Option<(UploadKey, UploadEvent)>,
    pub(super) message: Option<String>,
    pub(super) text: String,
}

/// Reads what kind of row it is. A panic below is a fault of this row alone.
pub(super) fn kind(raw: &RawRow) -> Kind {
    guarded(|| match raw.kind.as_str() {
        crate::log::ARRIVAL => envelope(raw).map(Kind::Arrival),
        crate::log::ACTION => serde_json::from_slice(&raw.body)
            .map(Kind::Action)
            .map_err(|error| format!("the action is not understood: {error}")),
        other => Err(format!("a row of kind {other:?} is not understood")),
    })
    .unwrap_or_else(Kind::Fault)
}

fn envelope(raw: &RawRow) -> Result<Envelope, String> {
    let (_, headers) = Headers::read_head(&raw.head);
    let authentication = raw.authentication.as_deref().unwrap_or_default();
    let proof =
        Proof::read(authentication).ok_or_else(|| format!("an authentication {authentication:?} is not understood"))?;
    Ok(Envelope {
        delivery_id: headers.delivery_id().map(|id| id.0),
        vendor_webhook: headers.webhook_id(),
        event_name: headers.event_name(),
        handshake: centrepoint::handshake::is_handshake(&headers),
        authentication: proof.authentication,
        mark: proof.mark,
    })
}

/// Reads what the body says. The error is the fault to record.
pub(super) fn meaning(raw: &RawRow, envelope: &Envelope) -> Result<Meaning, String> {
    let marked = match envelope.mark {
        Mark::Recovered { .. } => Flags::RECOVERED,
        Mark::History { .. } => Flags::HISTORY,
        Mark::Plain | Mark::Former => 0,
    };
    guarded(|| {
        let meaning = read(raw, envelope);
        Ok(Meaning { flags: meaning.flags | marked, ..meaning })
    })
}

fn read(raw: &RawRow, envelope: &Envelope) -> Meaning {
    let name = envelope.event_name.as_deref();
    let read = centrepoint::event::read(name, &raw.body);
    let mut text = centrepoint::event::searchable_text(&raw.body, SEARCHABLE_BYTES);
    if let Some(token) = envelope.delivery_id.as_deref().and_then(codes::delivery_token) {
        text.push(' ');
        text.push_str(&token);
    }
    if envelope.handshake {
        return Meaning {
            name: centrepoint::handshake::EVENT.to_owned(),
            event: read.ok(),
            flags: Flags::HANDSHAKE,
            failed: false,
            signal: Signal::None,
            upload: None,
            message: None,
            text,
        };
    }
    let webhook = raw.webhook.as_deref().unwrap_or_default();
    match read {
        Ok(event) => {
            let signal = signal(webhook, raw.sequence, Ok(&event));
            Meaning {
                name: event.kind.as_str().to_owned(),
                flags: 0,
                failed: matches!(signal, Signal::Failed(_)),
                upload: upload(raw, envelope, webhook, &event),
                message: event.message.clone(),
                signal,
                text,
                event: Some(event),
            }
        }
        Err(why) => Meaning {
            name: name.map_or(UNKNOWN.to_owned(), |name| centrepoint::EventKind::from_name(name).as_str().to_owned()),
            event: None,
            flags: Flags::UNREADABLE,
            failed: false,
            signal: signal(webhook, raw.sequence, Err(why)),
            upload: None,
            message: Some(why.to_string()),
            text,
        },
    }
}

/// An `upload` event of a known status and with an upload id is part of an upload's life.
fn upload(raw: &RawRow, envelope: &Envelope, webhook: &str, event: &Event) -> Option<(UploadKey, UploadEvent)> {
    if event.kind != centrepoint::EventKind::Upload {
        return None;
    }
    let status = UploadState::from_status(event.status.as_deref()?)?;
    let key = UploadKey {
        webhook: webhook.to_owned(),
        study_id: event.study_id.clone(),
        upload_id: event.upload_id.clone()?,
    };
    let event = UploadEvent {
        sequence: raw.sequence,
        received_at: envelope.moment(raw),
        considered: envelope.mark.considered(),
        status,
        subject_id: event.subject_id.clone(),
        message: event.message.clone(),
    };
    Some((key, event))
}

/// What is written for a row that could not be derived: it is there, with its flag.
pub(super) fn not_derived(envelope: Option<&Envelope>) -> Meaning {
    Meaning {
        name: envelope.and_then(|envelope| envelope.event_name.clone()).unwrap_or_else(|| UNKNOWN.to_owned()),
        event: None,
        flags: Flags::NOT_DERIVED,
        failed: false,
        signal: Signal::None,
        upload: None,
        message: None,
        text: String::new(),
    }
}

fn guarded<T>(derive: impl FnOnce() -> Result<T, String>) -> Result<T, String> {
    catch_unwind(AssertUnwindSafe(derive)).unwrap_or_else(|panic| {
        let words = panic
            .downcast_ref::<&str>()
            .map(|words| (*words).to_owned())
            .or_else(|| panic.downcast_ref::<String>().cloned())
            .unwrap_or_default();
        Err(format!("deriving it failed: {words}"))
    })
}
