//! What the receiver hands on: arrivals to the log, everything else to a thread that writes it in batches, soon.

use std::collections::HashMap;
use std::net::IpAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::thread::{self, JoinHandle};
use std::time::Instant;

use receiver::Intake;
use store::state::{Handshake, NewRejection, State};
use store::{Appended, Log, Mark, NewArrival, NotDurable};
use study::Slug;

use super::presence::Refusals;
use crate::Monitor;
use crate::wire::ApiError;

/// Notes that may wait for the thread; past it they are dropped and counted.
const QUEUE: usize = 4_096;
/// Bytes of heads and bodies that may wait; past it a note loses its body first.
const QUEUE_BYTES: usize = 32 * 1024 * 1024;
/// Notes written in one go.
const BATCH: usize = 512;
/// How finely the last use of a former secret is noted, in microseconds.
const FORMER_EVERY: i64 = 1_000_000;
/// The counter of notes that were dropped.
const DROPPED: &str = "notes_dropped";

/// What is not an arrival.
enum Note {
    Rejection(Box<NewRejection>),
    Handshake(Seen),
    Count(&'static str),
    /// A former secret proved a delivery.
    Former(Slug, i64),
}

/// A handshake that was answered; head and body of one that was not signed.
struct Seen {
    slug: Slug,
    handshake: Handshake,
    source_ip: IpAddr,
    head: Vec<u8>,
    body: Vec<u8>,
}

impl Note {
    /// Bytes it holds.
    fn weight(&self) -> usize {
        match self {
            Self::Rejection(rejection) => rejection.head.len() + rejection.body.len(),
            Self::Handshake(seen) => seen.head.len() + seen.body.len(),
            Self::Count(_) | Self::Former(..) => 0,
        }
    }

    fn without_body(self) -> Self {
        match self {
            Self::Rejection(mut rejection) => {
                rejection.body = Vec::new();
                Self::Rejection(rejection)
            }
            Self::Handshake(seen) => Self::Handshake(Seen { head: Vec::new(), body: Vec::new(), ..seen }),
            other @ (Self::Count(_) | Self::Former(..)) => other,
        }
    }
}

/// How full the queue is.
#[derive(Default)]
struct Load {
    bytes: AtomicUsize,
    dropped: AtomicU64,
}

/// The receiver's way into the history.
pub(super) struct Desk {
    monitor: Monitor,
    log: Log,
    notes: SyncSender<Note>,
    load: Arc<Load>,
    refusals: Arc<Refusals>,
}

impl Desk {
    fn note(&self, note: Note) {
        let note = if self.load.bytes.load(Ordering::Relaxed) + note.weight() > QUEUE_BYTES {
            note.without_body()
        } else {
            note
        };
        let weight = note.weight();
        self.load.bytes.fetch_add(weight, Ordering::Relaxed);
        if self.notes.try_send(note).is_err() {
            self.load.bytes.fetch_sub(weight, Ordering::Relaxed);
            self.load.dropped.fetch_add(1, Ordering::Relaxed);
        }
    }
}

impl Intake for Desk {
    async fn append(&self, arrival: NewArrival) -> Result<Appended, NotDurable> {
        let (received_at, slug) = (arrival.received_at, arrival.webhook.clone());
        let is_former = arrival.mark == Mark::Former;
        let since = Instant::now();
        let appended = self.log.append(arrival).await?;
        self.monitor.monitoring().figures.accepted(slug.as_str(), since.elapsed());
        self.monitor.note_arrival(received_at);
        self.refusals.accepted(slug.as_str());
        if is_former {
            self.note(Note::Former(slug, received_at));
        }
        Ok(appended)
    }

    fn reject(&self, rejection: NewRejection) {
        self.refusals.refused(&rejection);
        self.monitor.monitoring().figures.refused(rejection.code);
        self.note(Note::Rejection(Box::new(rejection)));
    }

    fn handshake(&self, slug: &Slug, handshake: Handshake, source_ip: IpAddr, unsigned: Option<(Vec<u8>, Vec<u8>)>) {
        let (head, body) = unsigned.unwrap_or_default();
        self.note(Note::Handshake(Seen { slug: slug.clone(), handshake, source_ip, head, body }));
    }

    fn count(&self, name: &'static str) {
        self.monitor.monitoring().figures.counted(name);
        self.note(Note::Count(name));
    }

    fn told_later(&self, reason: &'static str) {
        self.monitor.monitoring().figures.later(reason);
    }

    fn connections(&self, open: usize) {
        self.monitor.monitoring().figures.connections(open);
    }

    fn health(&self) -> Result<(), Arc<str>> {
        self.log.health()
    }
}

/// The thread that writes notes. It ends when the [`Desk`] is gone and everything queued is written.
pub(super) struct Notes(JoinHandle<()>);

impl Notes {
    /// Waits until everything queued is written. The desk must be gone, else this waits for it.
    pub(super) fn finish(self) {
        if self.0.join().is_err() {
            tracing::error!("the thread that writes rejections stopped at a fault");
        }
    }
}

/// Opens the desk and starts the thread behind it.
pub(super) fn open(monitor: &Monitor, log: &Log, refusals: Arc<Refusals>) -> Result<(Desk, Notes), ApiError> {
    let (notes, queue) = sync_channel(QUEUE);
    let load = Arc::new(Load::default());
    let (state, queue_load) = (monitor.state().clone(), Arc::clone(&load));
    let thread = thread::Builder::new()
        .name("rejections".to_owned())
        .spawn(move || write(&state, &queue, &queue_load))
        .map_err(|error| ApiError::failed(format!("a thread could not be started: {error}")))?;
    Ok((Desk { monitor: monitor.clone(), log: log.clone(), notes, load, refusals }, Notes(thread)))
}

/// Writes what comes at once, and together what came meanwhile.
fn write(state: &State, queue: &Receiver<Note>, load: &Load) {
    let mut failing = false;
    let mut noted = HashMap::new();
    while let Ok(first) = queue.recv() {
        let mut batch = Batch::default();
        batch.add(first, load);
        while let Some(note) = (batch.notes < BATCH).then(|| queue.try_recv().ok()).flatten() {
            batch.add(note, load);
        }
        let dropped = load.dropped.swap(0, Ordering::Relaxed);
        if dropped > 0 {
            tracing::warn!(dropped, "requests were refused faster than that could be written down");
            batch.counts.push((DROPPED, i64::try_from(dropped).unwrap_or(i64::MAX)));
        }
        batch.former.retain(|slug, at| worth_noting(&mut noted, slug, *at));
        match batch.write(state) {
            Ok(()) => failing = false,
            // Once, not for each of a storm.
            Err(error) => {
                if !std::mem::replace(&mut failing, true) {
                    tracing::error!(%error, notes = batch.notes, "refusals and handshakes cannot be written down");
                }
            }
        }
    }
}

/// Whether the use of a former secret at `at` is to be written down: not again within a second.
fn worth_noting(noted: &mut HashMap<Slug, i64>, slug: &Slug, at: i64) -> bool {
    let before = noted.get(slug).copied();
    let worth = before.is_none_or(|before| at < before || at - before >= FORMER_EVERY);
    if worth {
        noted.insert(slug.clone(), at);
    }
    worth
}

/// Notes written together.
#[derive(Default)]
struct Batch {
    notes: usize,
    rejections: Vec<NewRejection>,
    handshakes: Vec<Seen>,
    counts: Vec<(&'static str, i64)>,
    /// When a webhook's former secret was used last.
    former: HashMap<Slug, i64>,
}

impl Batch {
    fn add(&mut self, note: Note, load: &Load) {
        load.bytes.fetch_sub(note.weight(), Ordering::Relaxed);
        self.notes += 1;
        match note {
            Note::Rejection(rejection) => self.rejections.push(*rejection),
            Note::Handshake(seen) => self.handshakes.push(seen),
            Note::Former(slug, at) => drop(self.former.insert(slug, at)),
            Note::Count(name) => match self.counts.iter_mut().find(|(known, _)| *known == name) {
                Some((_, count)) => *count += 1,
                None => self.counts.push((name, 1)),
            },
        }
    }

    fn write(&self, state: &State) -> Result<(), store::StoreError> {
        if !self.rejections.is_empty() {
            state.reject(&self.rejections)?;
        }
        for seen in &self.handshakes {
            state.note_handshake(&seen.slug, seen.handshake, seen.source_ip, &seen.head, &seen.body)?;
        }
        for (slug, at) in &self.former {
            state.note_former_used(slug, *at)?;
        }
        self.counts.iter().try_for_each(|(name, by)| state.count(name, *by))
    }
}
