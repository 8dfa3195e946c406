//! Writes what a batch of rows says into the view: one transaction, the position in it. How to go on after an error is `catch_up`'s.

use std::collections::BTreeMap;

use centrepoint::BodyDigest;
use rusqlite::{Connection, ErrorCode, TransactionBehavior, params};
use study::ProblemKey;
use study::UploadState;
use study::problem::{Signal, Step, family, step};
use study::subject::{Learned, learn};
use study::upload::{Turn, fold};

use super::derive::{self, Envelope, Kind, Meaning};
use super::folded::{Problems, Pulses, Subjects, UploadEntry, Uploads};
use super::statements::Statements;
use super::tallies::Tallies;
use super::words::Words;
use super::{MOST_OPENINGS, Opening, codes};
use crate::log::read::RawRow;
use crate::rows::Flags;

/// What a batch did.
#[derive(Debug, Default)]
pub(super) struct Applied {
    /// The view's position after it.
    pub(super) sequence: i64,
    pub(super) opened: Vec<Opening>,
    pub(super) opened_count: u64,
}

/// Why a batch was not written.
#[derive(Debug)]
pub(super) enum Failure {
    /// The file, the disk or the view as a whole.
    View(rusqlite::Error),
    /// This row alone.
    Row(i64, rusqlite::Error),
}

impl From<rusqlite::Error> for Failure {
    fn from(error: rusqlite::Error) -> Self {
        Self::View(error)
    }
}

/// Derives `rows` (ascending, following the view's position) in one transaction. `faulty` is why the first row must be taken
/// as not derivable, where a first try found that out.
pub(super) fn apply(
    connection: &mut Connection,
    words: &mut Words,
    rows: &[RawRow],
    faulty: Option<&str>,
) -> Result<Applied, Failure> {
    let applied = in_transaction(connection, words, rows, faulty);
    if applied.is_err() {
        words.forget();
    }
    applied
}

fn in_transaction(
    connection: &mut Connection,
    words: &mut Words,
    rows: &[RawRow],
    faulty: Option<&str>,
) -> Result<Applied, Failure> {
    let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
    let applied = derive_all(&transaction, words, rows, faulty)?;
    transaction.commit()?;
    Ok(applied)
}

fn derive_all(
    connection: &Connection,
    words: &mut Words,
    rows: &[RawRow],
    faulty: Option<&str>,
) -> Result<Applied, Failure> {
    words.begin(connection)?;
    let mut batch = Batch {
        connection,
        statements: Statements::prepare(connection)?,
        words,
        uploads: Uploads::begin(connection)?,
        subjects: Subjects::begin(connection)?,
        problems: Problems::begin(),
        hours: BTreeMap::new(),
        tallies: Tallies::default(),
        pulses: Pulses::default(),
        last_arrival_at: None,
        applied: Applied::default(),
    };
    for (index, raw) in rows.iter().enumerate() {
        let forced = if index == 0 { faulty } else { None };
        batch.row(raw, forced).map_err(|error| {
            if is_the_rows_fault(&error) { Failure::Row(raw.sequence, error) } else { Failure::View(error) }
        })?;
    }
    let Batch { uploads, subjects, problems, hours, tallies, pulses, last_arrival_at, mut applied, .. } = batch;
    let counts = uploads.write(connection)?;
    subjects.write(connection)?;
    counts.write(connection)?;
    problems.write(connection)?;
    write_hours(connection, &hours)?;
    tallies.write(connection)?;
    pulses.write(connection)?;
    if let Some(last) = rows.last() {
        applied.sequence = last.sequence;
        connection
            .prepare_cached(
                "UPDATE position SET sequence = ?1, chain = ?2, last_arrival_at = coalesce(?3, last_arrival_at)",
            )?
            .execute(params![last.sequence, last.chain.unwrap_or_default(), last_arrival_at])?;
    }
    Ok(applied)
}

/// Whether trying the same row again would fail again although the file is fine.
fn is_the_rows_fault(error: &rusqlite::Error) -> bool {
    error.sqlite_error_code().is_none_or(|code| {
        matches!(
            code,
            ErrorCode::ConstraintViolation | ErrorCode::TooBig | ErrorCode::TypeMismatch | ErrorCode::Unknown
        )
    })
}

fn write_hours(connection: &Connection, hours: &BTreeMap<i64, Hour>) -> rusqlite::Result<()> {
    let mut statement = connection.prepare_cached(
        "INSERT INTO hours (hour, first, last, events) VALUES (?1, ?2, ?3, ?4)
         ON CONFLICT (hour) DO UPDATE SET first = min(first, ?2), last = max(last, ?3), events = events + ?4",
    )?;
    for (hour, Hour { first, last, events }) in hours {
        statement.execute([hour, first, last, events])?;
    }
    Ok(())
}

#[derive(Debug)]
struct Hour {
    first: i64,
    last: i64,
    events: i64,
}

/// Whether an arrival's bytes came before.
enum Earlier {
    Never,
    /// The same body under another delivery id.
    Body,
    /// The same delivery: the event it is an attempt of.
    Delivery(i64),
}

/// A batch while it is derived.
pub(super) struct Batch<'c> {
    pub(super) connection: &'c Connection,
    pub(super) statements: Statements<'c>,
    pub(super) words: &'c mut Words,
    pub(super) uploads: Uploads,
    pub(super) subjects: Subjects,
    pub(super) problems: Problems,
    hours: BTreeMap<i64, Hour>,
    tallies: Tallies,
    pub(super) pulses: Pulses,
    last_arrival_at: Option<i64>,
    applied: Applied,
}

impl Batch<'_> {
    fn row(&mut self, raw: &RawRow, forced: Option<&str>) -> rusqlite::Result<()> {
        let kind = derive::kind(raw);
        match (&kind, forced) {
            (Kind::Arrival(envelope), _) => self.arrival(raw, envelope, forced),
            (Kind::Action(action), None) => self.action(raw, action),
            (Kind::Action(_), Some(why)) => self.fault(raw.sequence, why),
            (Kind::Fault(why), _) => {
                self.fault(raw.sequence, why)?;
                if raw.kind == crate::log::ACTION {
                    return Ok(());
                }
                self.event(raw, None, &derive::not_derived(None), false)
            }
        }
    }

    fn fault(&mut self, sequence: i64, why: &str) -> rusqlite::Result<()> {
        tracing::error!(sequence, why, "a row of the log could not be derived");
        self.connection
            .prepare_cached("INSERT INTO faults (sequence, text) VALUES (?1, ?2)")?
            .execute(params![sequence, why])
            .map(drop)
    }

    fn arrival(&mut self, raw: &RawRow, envelope: &Envelope, forced: Option<&str>) -> rusqlite::Result<()> {
        if envelope.mark.considered().is_none() {
            self.last_arrival_at = Some(raw.at);
        }
        let webhook = self.words.id(self.connection, raw.webhook.as_deref().unwrap_or_default())?;
        let earlier = self.earlier(webhook, &digest(raw), envelope.delivery_id.as_deref())?;
        if let Earlier::Delivery(event) = earlier {
            self.heard(webhook, raw, Some(envelope));
            return self.attempt(raw, event);
        }
        let meaning = forced.map_or_else(|| derive::meaning(raw, envelope), |why| Err(why.to_owned()));
        let meaning = match meaning {
            Ok(meaning) => meaning,
            Err(why) => {
                self.fault(raw.sequence, &why)?;
                derive::not_derived(Some(envelope))
            }
        };
        self.event(raw, Some(envelope), &meaning, matches!(earlier, Earlier::Body))
    }

    /// product.md, "Same again". Keys are looked up, matches compared in full.
    fn earlier(&mut self, webhook: i64, digest: &[u8; 32], delivery_id: Option<&str>) -> rusqlite::Result<Earlier> {
        let body_key = codes::body_key(digest);
        let mut same_body = self.statements.find_body.query([body_key, webhook])?;
        let mut first = None;
        while let Some(row) = same_body.next()? {
            if row.get_ref(1)?.as_blob().is_ok_and(|found| found == digest) {
                first = Some(row.get(0)?);
                break;
            }
        }
        drop(same_body);
        let Some(first) = first else { return Ok(Earlier::Never) };
        let Some(delivery_id) = delivery_id else { return Ok(Earlier::Delivery(first)) };
        let mut same = self.statements.find_delivery.query([codes::delivery_key(delivery_id), body_key])?;
        while let Some(row) = same.next()? {
            let found = row.get::<_, i64>(1)? == webhook
                && row.get_ref(2)?.as_str().is_ok_and(|found| found == delivery_id)
                && row.get_ref(3)?.as_blob().is_ok_and(|found| found == digest);
            if found {
                return Ok(Earlier::Delivery(row.get(0)?));
            }
        }
        Ok(Earlier::Body)
    }

    fn attempt(&mut self, raw: &RawRow, event: i64) -> rusqlite::Result<()> {
        let source = self.words.id(self.connection, raw.source_ip.as_deref().unwrap_or_default())?;
        self.connection
            .prepare_cached("INSERT INTO attempts (sequence, event, received_at, source_ip) VALUES (?1, ?2, ?3, ?4)")?
            .execute([raw.sequence, event, raw.at, source])?;
        self.connection
            .prepare_cached("UPDATE events SET attempts = attempts + 1 WHERE sequence = ?")?
            .execute([event])
            .map(drop)
    }

    /// Something came of the webhook. What was brought in from CentrePoint's history did not: it ends no silence.
    fn heard(&mut self, webhook: i64, raw: &RawRow, envelope: Option<&Envelope>) {
        if envelope.is_none_or(|envelope| envelope.mark.considered().is_none()) {
            self.pulses.heard(webhook, raw.sequence, raw.at);
        }
    }

    /// Writes an event and folds it into its subject, its upload and its problem.
    fn event(
        &mut self,
        raw: &RawRow,
        envelope: Option<&Envelope>,
        meaning: &Meaning,
        repeat: bool,
    ) -> rusqlite::Result<()> {
        let connection = self.connection;
        let event = meaning.event.as_ref();
        let field = |get: fn(&centrepoint::Event) -> &Option<String>| event.and_then(|event| get(event).as_deref());
        let webhook = self.words.id(connection, raw.webhook.as_deref().unwrap_or_default())?;
        self.heard(webhook, raw, envelope);
        let name = self.words.id(connection, &meaning.name)?;
        let status = self.words.maybe(connection, field(|event| &event.status))?;
        let study = self.words.maybe(connection, field(|event| &event.study_id))?;
        let site = self.words.maybe(connection, field(|event| &event.site_id))?;
        let vendor = self.words.maybe(connection, envelope.and_then(|each| each.vendor_webhook.as_deref()))?;
        let source = self.words.id(connection, raw.source_ip.as_deref().unwrap_or_default())?;

        let handshake = meaning.flags & Flags::HANDSHAKE != 0;
        let subject = match event {
            Some(event) if !handshake => self.subject(raw, envelope, webhook, study.unwrap_or(0), event)?,
            _ => None,
        };
        let upload = self.upload(raw, webhook, study.unwrap_or(0), subject, meaning)?;
        let is_old = match &meaning.upload {
            // What its upload made of it counts: something may have come meanwhile.
            Some((_, event)) => event.status != UploadState::Started && upload.2 == Turn::None,
            None => envelope.is_some_and(|envelope| envelope.mark.considered() == Some(0)),
        };
        // What is over by now, though the news of it came first, opens nothing, and mends nothing that failed since.
        let problem = if is_old { None } else { self.signal(raw, webhook, study, subject, meaning)? };
        if let (Some(key), Some(problem)) = (&upload.1, problem) {
            let entry = self.uploads.entry(&mut self.statements, key.clone())?;
            entry.problem = Some(problem);
        }

        let digest = digest(raw);
        let flags = meaning.flags | if repeat { Flags::REPEAT } else { 0 };
        let delivery_id = envelope.and_then(|envelope| envelope.delivery_id.as_deref());
        let authentication = envelope.map_or(centrepoint::Authentication::None, |envelope| envelope.authentication);
        self.statements.insert_event.execute(params![
            raw.sequence,
            raw.at,
            webhook,
            name,
            status,
            study,
            site,
            subject,
            upload.0,
            problem,
            vendor,
            source,
            codes::authentication(authentication),
            flags,
            meaning.failed,
            codes::body_key(&digest),
            delivery_id.map(codes::delivery_key),
            digest,
            delivery_id,
            field(|event| &event.subject_id),
            field(|event| &event.subject_identifier),
            field(|event| &event.upload_id),
            field(|event| &event.monitor_serial),
            field(|event| &event.message),
            field(|event| &event.first_epoch_utc),
            field(|event| &event.first_epoch_subject),
            field(|event| &event.last_epoch_utc),
            field(|event| &event.last_epoch_subject),
            envelope.and_then(|envelope| envelope.mark.made_at(raw.at)),
        ])?;
        if !meaning.text.is_empty() {
            self.statements.insert_search.execute(params![raw.sequence, meaning.text])?;
        }
        let some = |word: Option<i64>| word.unwrap_or(0);
        let shape = [webhook, name, some(status), some(study), some(site), meaning.failed.into(), flags.into()];
        self.tallies.add(raw.sequence, raw.at, self.words.shapes.id(connection, shape)?);
        let hour = self.hours.entry(raw.at.div_euclid(codes::HOUR)).or_insert(Hour {
            first: raw.sequence,
            last: raw.sequence,
            events: 0,
        });
        hour.last = raw.sequence;
        hour.events += 1;
        Ok(())
    }

    /// What the event teaches about its subject; the subject's row.
    fn subject(
        &mut self,
        raw: &RawRow,
        envelope: Option<&Envelope>,
        webhook: i64,
        study: i64,
        event: &centrepoint::Event,
    ) -> rusqlite::Result<Option<i64>> {
        let Some(subject_id) = event.subject_id.as_deref() else { return Ok(None) };
        let entry = self.subjects.entry(self.connection, &mut self.statements, (subject_id.into(), webhook, study))?;
        let moment = envelope.map_or(raw.at, |envelope| envelope.moment(raw));
        // From CentrePoint's history, and older than what is known: it fills what is missing.
        let is_old = envelope.is_some_and(|envelope| envelope.mark.considered().is_some()) && moment < entry.last_at;
        let completed = event.kind == centrepoint::EventKind::Upload && event.status.as_deref() == Some("completed");
        let new = Learned {
            label: event.subject_identifier.clone(),
            site_id: event.site_id.clone(),
            monitor_serial: event.monitor_serial.clone(),
            completed_at: completed.then_some(moment),
        };
        if let Some(label) = &new.label
            && entry.learned.label.as_ref() != Some(label)
        {
            entry.new_labels.push(label.clone());
        }
        entry.say(&new, moment, raw.sequence, is_old);
        if let Some((date, minutes)) = event.wear() {
            entry.wear(date, minutes, (moment, raw.sequence), is_old);
        }
        let known = std::mem::take(&mut entry.learned);
        entry.learned = if is_old { learn(new, known) } else { learn(known, new) };
        entry.first_at = entry.first_at.min(raw.at);
        entry.last_at = entry.last_at.max(moment);
        entry.last_sequence = raw.sequence;
        Ok(Some(entry.id))
    }

    /// Folds the event into its upload; the upload's row and key, and what it did to it.
    fn upload(
        &mut self,
        raw: &RawRow,
        webhook: i64,
        study: i64,
        subject: Option<i64>,
        meaning: &Meaning,
    ) -> rusqlite::Result<(Option<i64>, Option<super::folded::IdKey>, Turn)> {
        let Some((key, event)) = &meaning.upload else { return Ok((None, None, Turn::None)) };
        let key = (key.upload_id.as_str().into(), webhook, study);
        let entry: &mut UploadEntry = self.uploads.entry(&mut self.statements, Clone::clone(&key))?;
        let (life, turn) = fold(entry.life.take(), event);
        entry.life = Some(life);
        entry.subject = subject.or(entry.subject);
        entry.last_at = raw.at;
        entry.last_sequence = raw.sequence;
        Ok((Some(entry.id), Some(key), turn))
    }

    /// What the event says about problems; the problem it belongs to.
    fn signal(
        &mut self,
        raw: &RawRow,
        webhook: i64,
        study: Option<i64>,
        subject: Option<i64>,
        meaning: &Meaning,
    ) -> rusqlite::Result<Option<i64>> {
        let (key, happened): (&ProblemKey, Step) = match &meaning.signal {
            Signal::None => return Ok(None),
            Signal::Failed(key) => (key, Step::Failed { at: raw.at, message: meaning.message.clone() }),
            Signal::Succeeded(key) => (key, Step::Succeeded { at: raw.at }),
        };
        let failed = matches!(happened, Step::Failed { .. });
        let key = (key.subject_matter.as_str().into(), webhook, codes::problem_kind(key.kind));
        // By row, not at the batch's end: words are numbered in the order of the log.
        let family = match &happened {
            Step::Failed { message, .. } => Some(self.words.id(self.connection, &family(message.as_deref()))?),
            _ => None,
        };
        let found = self.problems.find(self.connection, &mut self.statements, &key)?.is_some();
        if !found && !failed {
            return Ok(None);
        }
        let entry = if found {
            self.problems.find(self.connection, &mut self.statements, &key)?.expect("it was found just now")
        } else {
            self.problems.add(key, raw.sequence)
        };
        let (problem, change) = step(entry.problem.take(), &happened);
        entry.problem = problem;
        entry.family = family.unwrap_or(entry.family);
        entry.last_sequence = raw.sequence;
        if failed {
            let event = meaning.event.as_ref();
            entry.study = study.or(entry.study);
            entry.subject = subject.or(entry.subject);
            entry.subject_id = event.and_then(|event| event.subject_id.clone()).or(entry.subject_id.take());
            entry.upload_id = event.and_then(|event| event.upload_id.clone()).or(entry.upload_id.take());
        }
        let id = entry.id;
        if change == study::problem::Change::Opened {
            self.opened(id, raw)?;
        }
        Ok(Some(id))
    }

    fn opened(&mut self, problem: i64, raw: &RawRow) -> rusqlite::Result<()> {
        self.applied.opened_count += 1;
        if self.applied.opened.len() < MOST_OPENINGS {
            self.applied.opened.push(Opening { problem, sequence: raw.sequence });
        }
        self.connection
            .prepare_cached("INSERT INTO openings (sequence, problem, at) VALUES (?1, ?2, ?3)")?
            .execute([raw.sequence, problem, raw.at])
            .map(drop)
    }
}

fn digest(raw: &RawRow) -> [u8; 32] {
    raw.body_sha256.unwrap_or_else(|| BodyDigest::of(&raw.body).0)
}
