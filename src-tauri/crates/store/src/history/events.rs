//! Pages of events, how many match, and one event with its bytes.

use centrepoint::{Authentication, BodyDigest};
use rusqlite::{Connection, OptionalExtension, Row};
use study::Query;

use super::at::{self, Place};
use super::drive::{Range, Ready, With, join_problems};
use super::sql::Sql;
use super::terms::StuckBefore;
use super::words::WordFinder;
use super::{History, Lens, Page, Rows, limit};
use crate::StoreError;
use crate::log::{Mark, Proof};
use crate::rows::{AttemptRow, EventDetail, EventRow, Flags};
use crate::sqlite::lossy;
use crate::view::codes;

/// Attempts listed with one event.
const MOST_ATTEMPTS: i64 = 1_000;

/// What [`read`] reads, in its order. `p` and `k` are those of [`join_problems`].
pub(super) const COLUMNS: &str = "e.sequence, e.received_at, e.webhook, e.delivery_id, e.vendor_webhook, e.event, e.status, e.study, e.site, \
     e.subject_id, e.subject_identifier, e.upload_id, e.monitor_serial, e.message, e.first_epoch_utc, e.first_epoch_subject, \
     e.last_epoch_utc, e.last_epoch_subject, e.authentication, e.source_ip, e.attempts, e.flags, e.body_sha256, \
     coalesce(e.problem, k.started_sequence), coalesce(p.state, k.stuck_state, CASE WHEN k.id IS NOT NULL THEN 0 END), \
     coalesce(p.acknowledged_by, k.stuck_by), coalesce(p.acknowledged_at, k.stuck_at), coalesce(p.note, k.stuck_note), e.made_at";
/// How many there are.
pub(super) const COLUMN_COUNT: usize = 29;
/// The subject's label, read after [`COLUMNS`] where a person looks at the event.
const LABEL: &str = ", coalesce((SELECT label FROM subjects WHERE id = e.subject), e.subject_identifier)";

impl History {
    /// Events, newest first (by sequence).
    ///
    /// # Errors
    /// [`StoreError::Behind`] or what SQLite said.
    pub fn events(&self, page: &Page, lens: &Lens) -> Result<Rows<EventRow>, StoreError> {
        self.events_from(page, 0, lens)
    }

    /// The same without the newest `offset` rows of those that `page` is about: any place of a long list at once.
    ///
    /// # Errors
    /// As [`Self::events`].
    pub fn events_from(&self, page: &Page, offset: i64, lens: &Lens) -> Result<Rows<EventRow>, StoreError> {
        self.readers.ask("reading the events", |reader| {
            let mut ready = Ready::new(reader, &page.query, lens)?;
            let range = Range { before: page.before, after: page.after };
            let rows = match at::place(reader, &mut ready, range, offset, page.limit)? {
                Place::Walk(range) => walked(reader.connection(), &ready, range, page.limit)?,
                Place::Rows(sequences) => these(reader.connection(), &sequences, ready.stuck())?,
            };
            Ok(Rows { sequence: reader.sequence(), rows })
        })
    }

    /// How many events match, exactly.
    ///
    /// # Errors
    /// As [`Self::events`].
    pub fn count_events(&self, query: &Query, lens: &Lens) -> Result<i64, StoreError> {
        self.count_events_within(query, None, None, lens)
    }

    /// How many match among those newer than `after` and up to `until`, itself included.
    ///
    /// # Errors
    /// As [`Self::events`].
    pub fn count_events_within(
        &self,
        query: &Query,
        after: Option<i64>,
        until: Option<i64>,
        lens: &Lens,
    ) -> Result<i64, StoreError> {
        self.readers.ask("counting the events", |reader| {
            let mut ready = Ready::new(reader, query, lens)?;
            at::count(reader, &mut ready, Range { before: until.map(|until| until.saturating_add(1)), after })
        })
    }

    /// One event with its bytes; `None` when there is no event of that sequence (an attempt's sequence finds its event).
    ///
    /// # Errors
    /// As [`Self::events`].
    pub fn event(&self, sequence: i64, lens: &Lens) -> Result<Option<EventDetail>, StoreError> {
        self.readers.ask("reading an event", |reader| detail(reader.connection(), sequence, lens.stuck_before()))
    }
}

/// The newest rows of the statement within the range.
fn walked(connection: &Connection, ready: &Ready, range: Range, most: usize) -> rusqlite::Result<Vec<EventRow>> {
    let mut sql = ready.select(&format!("{COLUMNS}{LABEL}"), With::Problems, range);
    sql.push(" ORDER BY ").push(ready.order_column()).push(" DESC LIMIT ").bind(limit(most));
    let mut statement = connection.prepare_cached(&sql.text)?;
    let mut words = WordFinder::new(connection)?;
    let found = statement.query_and_then(sql.params(), |row| read_labelled(row, &mut words))?;
    found.collect()
}

/// The events of these sequences, in that order.
fn these(connection: &Connection, sequences: &[i64], stuck: StuckBefore) -> rusqlite::Result<Vec<EventRow>> {
    let mut sql = Sql::new("SELECT ");
    sql.push(COLUMNS).push(LABEL).push(" FROM events e");
    join_problems(&mut sql, stuck);
    sql.push(" WHERE e.sequence = ");
    let mut statement = {
        let mut sql = sql.clone();
        sql.bind(0);
        connection.prepare_cached(&sql.text)?
    };
    let mut words = WordFinder::new(connection)?;
    let one = |sequence: &i64| {
        let values = sql.values.iter().cloned().chain([rusqlite::types::Value::from(*sequence)]);
        statement.query_row(rusqlite::params_from_iter(values), |row| read_labelled(row, &mut words))
    };
    sequences.iter().map(one).collect()
}

fn detail(connection: &Connection, sequence: i64, stuck: StuckBefore) -> rusqlite::Result<Option<EventDetail>> {
    let first: Option<i64> = connection
        .prepare_cached("SELECT event FROM attempts WHERE sequence = ?")?
        .query_row([sequence], |row| row.get(0))
        .optional()?;
    let sequence = first.unwrap_or(sequence);
    let mut words = WordFinder::new(connection)?;
    let mut sql = Sql::new("SELECT ");
    sql.push(COLUMNS).push(LABEL).push(" FROM events e");
    join_problems(&mut sql, stuck);
    sql.push(" WHERE e.sequence = ").bind(sequence);
    let row = connection
        .prepare_cached(&sql.text)?
        .query_row(sql.params(), |row| read_labelled(row, &mut words))
        .optional()?;
    let Some(row) = row else { return Ok(None) };
    let (head, body, chain, mark) = connection
        .prepare_cached("SELECT head, body, chain, authentication FROM log.log WHERE sequence = ?")?
        .query_row([sequence], |row| {
            let column: String = lossy(row, 3)?.unwrap_or_default();
            let mark = Proof::read(&column).map_or(Mark::Plain, |proof| proof.mark);
            Ok((row.get::<_, Option<Vec<u8>>>(0)?.unwrap_or_default(), row.get(1)?, row.get(2)?, mark))
        })?;
    let mut attempts = {
        let mut statement = connection.prepare_cached(
            "SELECT sequence, received_at, source_ip FROM attempts WHERE event = ?1 ORDER BY sequence DESC LIMIT ?2",
        )?;
        let rows = statement.query_and_then([sequence, MOST_ATTEMPTS - 1], |row| -> rusqlite::Result<_> {
            Ok(AttemptRow { sequence: row.get(0)?, received_at: row.get(1)?, source_ip: words.text(row.get(2)?)? })
        })?;
        rows.collect::<rusqlite::Result<Vec<_>>>()?
    };
    attempts.push(AttemptRow { sequence, received_at: row.received_at, source_ip: row.source_ip.clone() });
    attempts.reverse();
    let fault = connection
        .prepare_cached("SELECT text FROM faults WHERE sequence = ?")?
        .query_row([sequence], |row| row.get(0))
        .optional()?;
    Ok(Some(EventDetail { row, head, body, attempts, chain, mark, fault }))
}

/// Reads an event from [`COLUMNS`] and [`LABEL`].
fn read_labelled(row: &Row<'_>, words: &mut WordFinder<'_>) -> rusqlite::Result<EventRow> {
    Ok(EventRow { subject_label: row.get(COLUMN_COUNT)?, ..read(row, words)? })
}

/// Reads an event from [`COLUMNS`].
pub(super) fn read(row: &Row<'_>, words: &mut WordFinder<'_>) -> rusqlite::Result<EventRow> {
    let mut event = EventRow::empty();
    read_into(&mut event, row, words)?;
    Ok(event)
}

/// The same over an event that was read before: its texts keep their room, which a walk over everything saves a million times.
pub(super) fn read_into(event: &mut EventRow, row: &Row<'_>, words: &mut WordFinder<'_>) -> rusqlite::Result<()> {
    event.sequence = row.get(0)?;
    event.received_at = row.get(1)?;
    words.put(row.get(2)?, &mut event.webhook)?;
    put(row, 3, &mut event.delivery_id)?;
    words.put_maybe(row.get(4)?, &mut event.vendor_webhook_id)?;
    words.put(row.get(5)?, &mut event.event)?;
    words.put_maybe(row.get(6)?, &mut event.status)?;
    words.put_maybe(row.get(7)?, &mut event.study_id)?;
    words.put_maybe(row.get(8)?, &mut event.site_id)?;
    put(row, 9, &mut event.subject_id)?;
    put(row, 10, &mut event.subject_identifier)?;
    put(row, 11, &mut event.upload_id)?;
    put(row, 12, &mut event.monitor_serial)?;
    put(row, 13, &mut event.message)?;
    put(row, 14, &mut event.first_epoch_utc)?;
    put(row, 15, &mut event.first_epoch_subject)?;
    put(row, 16, &mut event.last_epoch_utc)?;
    put(row, 17, &mut event.last_epoch_subject)?;
    event.authentication = codes::authentication_of(row.get(18)?).unwrap_or(Authentication::None);
    words.put(row.get(19)?, &mut event.source_ip)?;
    event.attempts = row.get(20)?;
    event.flags = Flags(row.get(21)?);
    event.body_sha256 = BodyDigest(row.get(22)?);
    event.problem_id = row.get(23)?;
    event.problem_state = row.get::<_, Option<i64>>(24)?.and_then(codes::problem_state_of);
    put(row, 25, &mut event.acknowledged_by)?;
    event.acknowledged_at = row.get(26)?;
    put(row, 27, &mut event.note)?;
    event.made_at = row.get(28)?;
    Ok(())
}

/// Puts the text of a column, or that there is none, in the place of another.
fn put(row: &Row<'_>, column: usize, text: &mut Option<String>) -> rusqlite::Result<()> {
    match (row.get_ref(column)?.as_str_or_null()?, &mut *text) {
        (Some(found), Some(text)) => found.clone_into(text),
        (found, _) => *text = found.map(str::to_owned),
    }
    Ok(())
}
