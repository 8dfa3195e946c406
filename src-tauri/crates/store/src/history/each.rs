//! All events of a query as bytes, oldest first, from one snapshot and in constant memory: for export. A walk over everything is cut
//! into slices that several threads read and format at the same time. What the bytes look like is the caller's business.

use std::ops::ControlFlow;

use crossbeam_channel::{Receiver, Sender, bounded};
use rusqlite::Connection;
use study::Query;

use super::drive::{Range, Ready, With};
use super::events::{COLUMN_COUNT, COLUMNS, read_into};
use super::words::WordFinder;
use super::{History, Lens};
use crate::StoreError;
use crate::rows::EventRow;

/// Sequences in one slice. A thread takes every so-manieth, so that they keep abreast.
const SLICE: i64 = 8_192;
/// A piece is handed over when it has this many rows, …
const PIECE_ROWS: u64 = 1_024;
/// … or bodies of this many bytes.
const PIECE_BYTES: usize = 256 * 1024;
/// Pieces of one thread that may wait to be taken.
const WAITING: usize = 4;
/// How often threads try to see the same snapshot while the view goes on. One thread alone always does.
const TRIES: u32 = 5;

/// Turns events into bytes, each on a thread of its own.
pub trait Formatter: Send {
    /// Adds an event, with its body where bodies were asked for.
    fn add(&mut self, row: &EventRow, body: Option<&[u8]>);
    /// Hands over the bytes of everything added since the last time.
    fn take(&mut self) -> Vec<u8>;
}

/// What takes the bytes, in the order of the events, with the number of rows in them.
pub type Take<'a> = &'a mut dyn FnMut(&[u8], u64) -> ControlFlow<()>;

struct Piece {
    bytes: Vec<u8>,
    rows: u64,
    ends_slice: bool,
}

/// What a thread sees when it has begun: the view's position, and whether the query walks over everything.
type Sight = (i64, bool);

impl History {
    /// Formats events oldest first on up to `threads` threads and hands the bytes over in order. `with_body` reads the bodies from
    /// the log, too.
    ///
    /// # Errors
    /// As [`Self::events`].
    pub fn format_events<F: Formatter>(
        &self,
        query: &Query,
        lens: &Lens,
        with_body: bool,
        threads: usize,
        formatter: &(dyn Fn() -> F + Sync),
        take: Take<'_>,
    ) -> Result<(), StoreError> {
        let job =
            Job { history: self, query, lens, with: if with_body { With::ProblemsAndBodies } else { With::Problems } };
        for threads in std::iter::repeat_n(threads.max(1), TRIES as usize).chain([1]) {
            if job.run(threads, formatter, take)? {
                break;
            }
        }
        Ok(())
    }
}

#[derive(Clone, Copy)]
struct Job<'a> {
    history: &'a History,
    query: &'a Query,
    lens: &'a Lens,
    with: With,
}

impl Job<'_> {
    /// `false`, and nothing taken, when the threads did not see the same snapshot.
    fn run<F: Formatter>(
        self,
        threads: usize,
        formatter: &(dyn Fn() -> F + Sync),
        take: Take<'_>,
    ) -> Result<bool, StoreError> {
        std::thread::scope(|scope| {
            let (tell, told) = bounded(threads);
            let mut workers = Vec::with_capacity(threads);
            let mut outputs = Vec::with_capacity(threads);
            for place in 0..threads {
                let (output, pieces) = bounded(WAITING);
                let (go, may_go) = bounded(1);
                let tell = tell.clone();
                workers.push(scope.spawn(move || self.work((place, threads), formatter, tell, &may_go, &output)));
                outputs.push((go, pieces));
            }
            drop(tell);
            let sights: Vec<Sight> = told.iter().take(threads).collect();
            let together = sights.len() == threads && sights.iter().all(|sight| *sight == sights[0]);
            for (go, _) in &outputs {
                // A thread that is gone has its reason, which is told below.
                let _ = go.send(together);
            }
            if together {
                let (position, is_walk) = sights[0];
                let slices = if is_walk { slices(position) } else { 1 };
                in_order(slices, &outputs, take);
            }
            drop(outputs);
            for worker in workers {
                worker.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic))?;
            }
            Ok(together)
        })
    }

    fn work<F: Formatter>(
        self,
        (place, threads): (usize, usize),
        formatter: &(dyn Fn() -> F + Sync),
        tell: Sender<Sight>,
        may_go: &Receiver<bool>,
        output: &Sender<Piece>,
    ) -> Result<(), StoreError> {
        self.history.readers.ask_apart("reading the events", |reader| {
            let connection = reader.connection();
            let mut ready = Ready::new(reader, self.query, self.lens)?;
            ready.remember(reader)?;
            let _ = tell.send((reader.sequence(), ready.is_walk()));
            // The others may be waiting for a thread that failed before it told: they must learn that it never will.
            drop(tell);
            if !may_go.recv().unwrap_or(false) {
                return Ok(());
            }
            let words = WordFinder::new(connection)?;
            let mut press = Press { connection, words, ready: &ready, with: self.with, formatter: formatter(), output };
            if !ready.is_walk() {
                return if place == 0 { press.print(Range::default()).map(|_| ()) } else { Ok(()) };
            }
            for slice in (place..).step_by(threads).map_while(|slice| i64::try_from(slice).ok()) {
                let after = slice * SLICE;
                if slice >= slices(reader.sequence())
                    || press.print(Range { after: Some(after), before: Some(after + SLICE + 1) })?.is_break()
                {
                    break;
                }
            }
            Ok(())
        })
    }
}

/// Slices up to this position.
fn slices(position: i64) -> i64 {
    position.div_euclid(SLICE) + i64::from(position.rem_euclid(SLICE) > 0)
}

/// Takes the pieces slice by slice. Ends early where a thread failed or the taker has enough.
fn in_order(slices: i64, outputs: &[(Sender<bool>, Receiver<Piece>)], take: Take<'_>) {
    let mut threads = outputs.iter().cycle();
    for _ in 0..slices {
        let Some((_, pieces)) = threads.next() else { return };
        loop {
            let Ok(piece) = pieces.recv() else { return };
            if take(&piece.bytes, piece.rows).is_break() {
                return;
            }
            if piece.ends_slice {
                break;
            }
        }
    }
}

/// One thread's means to turn rows into pieces.
struct Press<'a, F> {
    connection: &'a Connection,
    words: WordFinder<'a>,
    ready: &'a Ready,
    with: With,
    formatter: F,
    output: &'a Sender<Piece>,
}

impl<F: Formatter> Press<'_, F> {
    /// Everything within `range`; `Break` when nobody takes it any more.
    fn print(&mut self, range: Range) -> rusqlite::Result<ControlFlow<()>> {
        let with_body = self.with == With::ProblemsAndBodies;
        let body = if with_body { ", l.body" } else { "" };
        let mut sql = self.ready.select(&format!("{COLUMNS}{body}"), self.with, range);
        sql.push(" ORDER BY ").push(self.ready.order_column());
        let mut statement = self.connection.prepare_cached(&sql.text)?;
        let mut found = statement.query(sql.params())?;
        let (mut rows, mut bytes) = (0, 0);
        let mut event = EventRow::empty();
        while let Some(row) = found.next()? {
            let body = if with_body { row.get_ref(COLUMN_COUNT)?.as_bytes_or_null()? } else { None };
            let body = with_body.then(|| body.unwrap_or_default());
            read_into(&mut event, row, &mut self.words)?;
            self.formatter.add(&event, body);
            rows += 1;
            bytes += body.map_or(0, <[u8]>::len);
            if rows >= PIECE_ROWS || bytes >= PIECE_BYTES {
                let piece = Piece { bytes: self.formatter.take(), rows, ends_slice: false };
                (rows, bytes) = (0, 0);
                if self.output.send(piece).is_err() {
                    return Ok(ControlFlow::Break(()));
                }
            }
        }
        let piece = Piece { bytes: self.formatter.take(), rows, ends_slice: true };
        Ok(if self.output.send(piece).is_err() { ControlFlow::Break(()) } else { ControlFlow::Continue(()) })
    }
}
