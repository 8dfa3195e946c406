//! Rows from one thread to another: one reads the history, one formats and writes. What a row looks like is `csv`'s and `json`'s business.

use std::io::{self, BufWriter, Write};
use std::ops::ControlFlow;
use std::sync::atomic::Ordering;

use crossbeam_channel::{Receiver, bounded};
use store::StoreError;
use store::rows::EventRow;

use crate::json::EventJson;
use crate::{ExportError, Format, Progress, Request, csv};

/// A row with its body where that goes along.
pub(crate) type Row = (EventRow, Option<Vec<u8>>);

/// Rows handed over at once.
const BATCH: usize = 256;

/// Bytes of bodies handed over at once; a batch is closed early when it has more.
const BATCH_BYTES: usize = 1024 * 1024;

/// Batches that may wait for the writer. With the one being filled and the one being written, at most 6 × (256 rows and
/// 1 MiB and one body) are in memory.
const WAITING: usize = 4;

/// What the reader calls for each row.
pub(crate) type Each<'a> = &'a mut dyn FnMut(EventRow, Option<Vec<u8>>) -> ControlFlow<()>;

/// Runs `read` here and `write` on a second thread. Returns the rows written. `name` is what the output is called in an error.
pub(crate) fn run(
    read: impl FnOnce(Each<'_>) -> Result<(), StoreError>,
    write: impl FnOnce(&Receiver<Vec<Row>>) -> io::Result<u64> + Send,
    name: &str,
    progress: &Progress,
) -> Result<u64, ExportError> {
    let (sender, receiver) = bounded(WAITING);
    std::thread::scope(|scope| {
        let writer = scope.spawn(move || write(&receiver));
        let mut batch = Vec::with_capacity(BATCH);
        let mut bytes = 0;
        let outcome = read(&mut |row, body| {
            if progress.cancel.load(Ordering::Relaxed) {
                return ControlFlow::Break(());
            }
            bytes += body.as_ref().map_or(0, Vec::len);
            batch.push((row, body));
            if batch.len() < BATCH && bytes < BATCH_BYTES {
                return ControlFlow::Continue(());
            }
            bytes = 0;
            // The other end is gone when writing failed: its error is the one that counts.
            match sender.send(std::mem::replace(&mut batch, Vec::with_capacity(BATCH))) {
                Ok(()) => ControlFlow::Continue(()),
                Err(_) => ControlFlow::Break(()),
            }
        });
        if outcome.is_ok() && !batch.is_empty() {
            // As above.
            let _ = sender.send(batch);
        }
        drop(sender);
        let written = writer.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic));
        outcome?;
        let rows = written.map_err(|source| ExportError::Write { path: name.to_owned(), source })?;
        if progress.cancel.load(Ordering::Relaxed) { Err(ExportError::Cancelled) } else { Ok(rows) }
    })
}

/// Formats and writes all `rows`, in the request's format; how many there were.
pub(crate) fn write(
    request: &Request,
    rows: &Receiver<Vec<Row>>,
    out: &mut (dyn Write + Send),
    progress: &Progress,
) -> io::Result<u64> {
    match request.format {
        Format::Csv(profile) => {
            let mut lines = csv::Rows::begin(out, profile, request.with_body, &request.zones, &request.lens.zone)?;
            each(rows, progress, |(row, body)| lines.row(row, body.as_deref()))?;
            lines.end()?;
        }
        Format::JsonLines => {
            let mut out = BufWriter::with_capacity(64 * 1024, out);
            each(rows, progress, |(row, body)| {
                serde_json::to_writer(&mut out, &EventJson::new(row, body.as_deref()))?;
                out.write_all(b"\n")
            })?;
            out.flush()?;
        }
    }
    Ok(progress.rows.load(Ordering::Relaxed))
}

fn each(
    batches: &Receiver<Vec<Row>>,
    progress: &Progress,
    mut write: impl FnMut(&Row) -> io::Result<()>,
) -> io::Result<()> {
    for batch in batches {
        batch.iter().try_for_each(&mut write)?;
        progress.rows.fetch_add(batch.len() as u64, Ordering::Relaxed);
    }
    Ok(())
}

#[cfg(test)]
mod tests;
