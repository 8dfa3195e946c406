//! `export`

use std::io::{self, Write};
use std::path::Path;
use std::process::ExitCode;

use api::{ExportFormat, Monitor};

use super::arguments::{Export, Format, Profile};
use super::out::note;

pub(crate) fn run(monitor: &Monitor, ask: &Export) -> anyhow::Result<ExitCode> {
    let format = match (ask.format, ask.profile) {
        (Format::Csv, Profile::Excel) => ExportFormat::Excel,
        (Format::Csv, Profile::Analysis) => ExportFormat::Analysis,
        (Format::Jsonl, _) => ExportFormat::JsonLines,
        (Format::Xlsx, _) => ExportFormat::Xlsx,
    };
    if ask.output == Path::new("-") {
        let mut out = Pipe { out: io::stdout(), is_gone: false };
        return match monitor.export_to_writer(&ask.query, format, ask.with_body, &mut out) {
            Err(_) if out.is_gone => Ok(ExitCode::SUCCESS),
            outcome => Ok(outcome.map(|_| ExitCode::SUCCESS)?),
        };
    }
    let rows = monitor.export_to_file(&ask.query, format, ask.with_body, &ask.output)?;
    note(&format!("{rows} {} written to {}", if rows == 1 { "event" } else { "events" }, ask.output.display()));
    Ok(ExitCode::SUCCESS)
}

/// Standard output that remembers whether its reader went away.
struct Pipe {
    out: io::Stdout,
    is_gone: bool,
}

impl Pipe {
    fn seen<T>(&mut self, outcome: io::Result<T>) -> io::Result<T> {
        self.is_gone |= outcome.as_ref().is_err_and(|error| error.kind() == io::ErrorKind::BrokenPipe);
        outcome
    }
}

impl Write for Pipe {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let outcome = self.out.write(bytes);
        self.seen(outcome)
    }

    fn flush(&mut self) -> io::Result<()> {
        let outcome = self.out.flush();
        self.seen(outcome)
    }
}
