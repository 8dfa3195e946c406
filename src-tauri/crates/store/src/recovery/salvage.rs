//! What can be read of a damaged log, row by row, into the one that took its place: each row with its sequence, its time and its bytes.
//!
//! The damaged file is only read. Its chain is held against itself on the way, then computed anew for the rows that are left.

use std::path::Path;
use std::time::Instant;

use rusqlite::{Connection, OptionalExtension, TransactionBehavior};
use study::Action;

use super::tolerant;
use crate::log::file as log_file;
use crate::log::read::RawRow;
use crate::log::{START, begins_anew, insert_raw, link_of};
use crate::sqlite::During;
use crate::state::{self, Damage, Missing, Salvaged};
use crate::view::file as view;
use crate::{DataFolder, Log, StoreError};

/// Rows in one transaction at most: the receiver writes between two.
const ROWS: usize = 256;
/// Bytes of heads and bodies in one transaction.
const BYTES: usize = 4 * 1024 * 1024;
/// Rows said not to fit the chain, at most.
const DOUBTFUL: usize = 100;

const SELECT: &str = "SELECT sequence, at, kind, webhook, authentication, source_ip, body_sha256, chain, head, body
    FROM log WHERE sequence > ?1 AND sequence < ?2 ORDER BY sequence LIMIT 256";

/// Brings over what can be read of the log set aside in `damage`, in small transactions beside the receiver's, and says what came of it
/// in the log and in the state. `Ok(None)`: stopped before it was through; called again, it goes on where it was.
///
/// # Errors
/// When the new log or the state cannot be written: trying again later may help.
pub(crate) fn salvage(
    folder: &DataFolder,
    log: &Log,
    damage: &Damage,
    stopped: &dyn Fn() -> bool,
) -> Result<Option<Salvaged>, StoreError> {
    let state::Outcome::SetAside { file, begun: Some(begun), .. } = &damage.outcome else { return Ok(None) };
    let Some(file) = file else {
        let missing = Some(Missing { from: None, to: damage.found_at });
        return Ok(Some(Salvaged { deliveries: 0, missing }));
    };
    let mut target = log_file::open(folder)?;
    let aside = folder.path().join(file);
    let mut doubtful = Vec::new();
    let source = tolerant::open(&aside, is_log)
        .or_else(|| tolerant::with_fresh_first_page(&log_file::MIGRATIONS, &aside, is_log));
    if let Some(source) = source
        && !bring_over(&source, &mut target, *begun, &mut doubtful, stopped)?
    {
        return Ok(None);
    }
    let newest = newest(&aside);
    let Outcome { rows, deliveries, chain, missing } =
        outcome(&target, *begun, newest, damage.found_at).during("reading the log")?;
    if rows > 0 {
        // The view is ahead of these rows: it begins anew. Marked first, so that a crash in between costs a rebuild and no row.
        view::mark_damaged(folder);
    }
    let action = Action::LogSalvaged { begun: *begun, file: file.clone(), rows, chain: chain.map(hex), doubtful };
    log.act(&action).map_err(|error| StoreError::Refused(error.to_string()))?;
    Ok(Some(Salvaged { deliveries, missing }))
}

fn hex(link: [u8; 32]) -> String {
    centrepoint::BodyDigest(link).to_string()
}

/// The newest sequence of a damaged log, where its end can be read.
pub(super) fn newest(aside: &Path) -> Option<i64> {
    let connection = tolerant::open(aside, is_log)?;
    connection.query_row("SELECT max(sequence) FROM log", [], |row| row.get::<_, Option<i64>>(0)).ok().flatten()
}

/// Whether there is a log to read in it.
fn is_log(connection: &Connection) -> rusqlite::Result<()> {
    connection.prepare(SELECT).map(drop)
}

/// Everything that can be read before `begun`, behind what is there already; whether it got to the end.
fn bring_over(
    source: &Connection,
    target: &mut Connection,
    begun: i64,
    doubtful: &mut Vec<i64>,
    stopped: &dyn Fn() -> bool,
) -> Result<bool, StoreError> {
    let context = "bringing over what can be read of the damaged log";
    let mut at = target
        .query_row("SELECT coalesce(max(sequence), 0) FROM log WHERE sequence < ?", [begun], |row| row.get(0))
        .during(context)?;
    let mut fitting = Fitting { sequence: at, link: (at == 0).then_some(START) };
    loop {
        if stopped() {
            return Ok(false);
        }
        let since = Instant::now();
        let (rows, whole) = read(source, at, begun);
        if rows.is_empty() && whole {
            return Ok(true);
        }
        if let Some(last) = rows.last() {
            at = last.sequence;
            for row in &rows {
                if !fitting.fits(row) && doubtful.len() < DOUBTFUL {
                    doubtful.push(row.sequence);
                }
            }
            write(target, &rows, begun).during(context)?;
        }
        if !whole {
            // What stands right behind cannot be read: every later number is tried, so that no row that can be is left out.
            at += 1;
            if at >= begun {
                return Ok(true);
            }
        }
        if !rows.is_empty() {
            // Half of the time is the receiver's.
            std::thread::sleep(since.elapsed());
        }
    }
}

/// Rows after `after`, up to the first that cannot be read; whether there was none such.
fn read(source: &Connection, after: i64, begun: i64) -> (Vec<RawRow>, bool) {
    let mut rows = Vec::new();
    let outcome = (|| -> rusqlite::Result<()> {
        let mut statement = source.prepare_cached(SELECT)?;
        let mut found = statement.query([after, begun])?;
        let mut bytes = 0;
        while rows.len() < ROWS && bytes < BYTES {
            let Some(row) = found.next()? else { break };
            let row = RawRow::of(row)?;
            bytes += row.head.len() + row.body.len();
            rows.push(row);
        }
        Ok(())
    })();
    (rows, outcome.is_ok())
}

/// The damaged log's own chain, as far as it was read.
struct Fitting {
    sequence: i64,
    link: Option<[u8; 32]>,
}

impl Fitting {
    /// Whether the row is the one that was written, as far as that can be told.
    fn fits(&mut self, row: &RawRow) -> bool {
        let body = row.body_sha256 == Some(centrepoint::BodyDigest::of(&row.body).0);
        let before = self.link.filter(|_| row.sequence == self.sequence + 1);
        let link = before.is_none_or(|before| row.chain == Some(link_of(row, &before))) || begins_anew(row);
        *self = Self { sequence: row.sequence, link: row.chain };
        body && link
    }
}

fn write(target: &mut Connection, rows: &[RawRow], begun: i64) -> rusqlite::Result<()> {
    let transaction = target.transaction_with_behavior(TransactionBehavior::Immediate)?;
    let mut chain = transaction
        .prepare_cached("SELECT chain FROM log WHERE sequence < ? ORDER BY sequence DESC LIMIT 1")?
        .query_row([begun], |row| row.get(0))
        .optional()?
        .unwrap_or(START);
    for row in rows {
        chain = insert_raw(&transaction, row, &chain)?;
    }
    transaction.commit()
}

/// What stands before the row that began the log anew.
struct Outcome {
    rows: i64,
    /// Rows that are arrivals.
    deliveries: i64,
    /// The newest row's link.
    chain: Option<[u8; 32]>,
    missing: Option<Missing>,
}

fn outcome(target: &Connection, begun: i64, newest: Option<i64>, found_at: i64) -> rusqlite::Result<Outcome> {
    let mut statement =
        target.prepare("SELECT sequence, at, chain, kind = 'arrival' FROM log WHERE sequence < ? ORDER BY sequence")?;
    let mut rows = statement.query([begun])?;
    let (mut count, mut deliveries, mut last, mut last_at, mut chain) = (0, 0, 0, None, None);
    let mut missing: Option<Missing> = None;
    while let Some(row) = rows.next()? {
        let (sequence, at): (i64, i64) = (row.get(0)?, row.get(1)?);
        if sequence != last + 1 && !began_anew(target, sequence)? {
            let from = missing.map_or(last_at, |missing| missing.from);
            missing = Some(Missing { from, to: at });
        }
        deliveries += row.get::<_, i64>(3)?;
        (count, last, last_at, chain) = (count + 1, sequence, Some(at), row.get(2)?);
    }
    if newest != Some(last) {
        let from = missing.map_or(last_at, |missing| missing.from);
        missing = Some(Missing { from, to: found_at });
    }
    Ok(Outcome { rows: count, deliveries, chain, missing })
}

/// Whether numbers were left free before this row by an earlier beginning.
fn began_anew(log: &Connection, sequence: i64) -> rusqlite::Result<bool> {
    let rows = crate::log::read::read_after(log, sequence - 1, 1, 1)?;
    Ok(rows.first().is_some_and(begins_anew))
}
