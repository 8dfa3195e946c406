//! The workbook as it is written: a ZIP archive from front to back, one sheet after another, each as full as it may be.

use std::io::{self, Write};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use zip::result::ZipError;
use zip::write::{SimpleFileOptions, StreamWriter};
use zip::{CompressionMethod, ZipWriter};

use super::{NUMBER, ROW_END, parts};

/// Rows of a sheet, the header included: Excel's limit.
const SHEET_ROWS: u32 = 1_048_576;
/// Bytes of a sheet's XML from which on the next one is begun: below the 4 GiB that a part of an archive may have everywhere.
const SHEET_BYTES: u64 = 2 * 1024 * 1024 * 1024;
/// Bytes compressed at a time: always so many, so that the same rows become the same file however they came.
const CHUNK: usize = 256 * 1024;
/// Least effort: a history is large, and a disk is not.
const LEVEL: i64 = 1;

/// A workbook being written.
pub(crate) struct Book<'o> {
    /// Before `zip`, so that it goes first.
    _unfinished: Unfinished,
    zip: ZipWriter<StreamWriter<Gate<'o>>>,
    with_body: bool,
    /// Rows of each sheet so far, the header included.
    rows: Vec<u32>,
    /// Bytes of the sheet at work.
    bytes: u64,
    most_rows: u32,
    most_bytes: u64,
    /// Rows with their numbers, not compressed yet: less than [`CHUNK`] of them wait between two calls.
    scratch: Vec<u8>,
}

impl<'o> Book<'o> {
    /// Begins it, with the header.
    pub(crate) fn begin(out: &'o mut (dyn Write + Send), with_body: bool) -> io::Result<Self> {
        Self::with_limits(out, with_body, SHEET_ROWS, SHEET_BYTES)
    }

    /// As [`Self::begin`], with other limits.
    pub(super) fn with_limits(
        out: &'o mut (dyn Write + Send),
        with_body: bool,
        most_rows: u32,
        most_bytes: u64,
    ) -> io::Result<Self> {
        let unfinished = Unfinished::default();
        let zip = ZipWriter::new_stream(Gate { out, is_shut: Arc::clone(&unfinished.0) });
        let (rows, scratch) = (Vec::new(), Vec::new());
        let mut book = Self { _unfinished: unfinished, zip, with_body, rows, bytes: 0, most_rows, most_bytes, scratch };
        book.part("_rels/.rels", parts::RELATIONS)?;
        book.begin_sheet()?;
        Ok(book)
    }

    /// Adds rows, as formatted.
    pub(crate) fn add(&mut self, rows: &[u8]) -> io::Result<()> {
        for row in rows.split_inclusive(|byte| *byte == ROW_END) {
            if self.rows.last().is_none_or(|rows| *rows >= self.most_rows) || self.bytes >= self.most_bytes {
                self.end_sheet()?;
                self.begin_sheet()?;
            }
            let number = self.rows.last_mut().map_or(1, |rows| {
                *rows += 1;
                *rows
            });
            let number = number.to_string();
            for (place, piece) in row.split(|byte| *byte == NUMBER).enumerate() {
                if place > 0 {
                    self.scratch.extend_from_slice(number.as_bytes());
                }
                self.scratch.extend_from_slice(piece);
            }
            self.bytes += row.len() as u64;
        }
        let whole = self.scratch.len() / CHUNK * CHUNK;
        self.pass_on(whole)
    }

    /// Ends it: until then it is no workbook.
    pub(crate) fn finish(mut self) -> io::Result<()> {
        self.end_sheet()?;
        let sheets = self.rows.len();
        let rows = std::mem::take(&mut self.rows);
        self.part("xl/workbook.xml", &parts::workbook(&rows, self.with_body))?;
        self.part("xl/_rels/workbook.xml.rels", &parts::workbook_relations(sheets))?;
        self.part("xl/styles.xml", parts::STYLES)?;
        self.part("[Content_Types].xml", &parts::content_types(sheets))?;
        self.zip.finish().map_err(plain)?.into_inner().flush()
    }

    fn begin_sheet(&mut self) -> io::Result<()> {
        let number = self.rows.len() + 1;
        self.rows.push(1);
        self.bytes = 0;
        self.part(&parts::sheet_part(number), &parts::sheet_begin(number, self.with_body))
    }

    fn end_sheet(&mut self) -> io::Result<()> {
        self.pass_on(self.scratch.len())?;
        let rows = self.rows.last().copied().unwrap_or(1);
        self.zip.write_all(parts::sheet_end(rows, self.with_body).as_bytes())
    }

    fn part(&mut self, name: &str, content: &str) -> io::Result<()> {
        let options = SimpleFileOptions::default()
            .compression_method(CompressionMethod::Deflated)
            .compression_level(Some(LEVEL))
            .large_file(false);
        self.zip.start_file(name, options).map_err(plain)?;
        self.zip.write_all(content.as_bytes())
    }

    /// Compresses the first `bytes` of the rows gathered.
    fn pass_on(&mut self, bytes: usize) -> io::Result<()> {
        for chunk in self.scratch[..bytes].chunks(CHUNK) {
            self.zip.write_all(chunk)?;
        }
        self.scratch.drain(..bytes);
        Ok(())
    }
}

/// The system's own error, where it is one.
fn plain(error: ZipError) -> io::Error {
    match error {
        ZipError::Io(error) => error,
        other => io::Error::other(other),
    }
}

/// Shuts the output when it goes: an archive that was given up does not end itself as if it were whole.
#[derive(Default)]
struct Unfinished(Arc<AtomicBool>);

impl Drop for Unfinished {
    fn drop(&mut self) {
        self.0.store(true, Ordering::Relaxed);
    }
}

/// The output; shut after its first error, too, so that the archive does not try to end itself on a full disk and complain.
struct Gate<'o> {
    out: &'o mut (dyn Write + Send),
    is_shut: Arc<AtomicBool>,
}

impl Gate<'_> {
    fn seen<T>(&mut self, outcome: io::Result<T>) -> io::Result<T> {
        if outcome.as_ref().is_err_and(|error| error.kind() != io::ErrorKind::Interrupted) {
            self.is_shut.store(true, Ordering::Relaxed);
        }
        outcome
    }
}

impl Write for Gate<'_> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        if self.is_shut.load(Ordering::Relaxed) {
            return Ok(bytes.len());
        }
        let outcome = self.out.write(bytes);
        self.seen(outcome)
    }

    fn flush(&mut self) -> io::Result<()> {
        if self.is_shut.load(Ordering::Relaxed) {
            return Ok(());
        }
        let outcome = self.out.flush();
        self.seen(outcome)
    }
}
