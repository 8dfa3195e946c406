//! The program's own log: to stderr, and for what runs for long also to files that are bounded (`files`). Never bodies or secrets.

mod files;

use std::io::IsTerminal as _;
use std::path::Path;
use std::sync::{Arc, OnceLock};

use study::clock::SystemClock;
use tracing_appender::non_blocking::{NonBlocking, NonBlockingBuilder, WorkerGuard};
use tracing_subscriber::fmt::MakeWriter;
use tracing_subscriber::layer::SubscriberExt as _;
use tracing_subscriber::util::SubscriberInitExt as _;
use tracing_subscriber::{EnvFilter, Layer, Registry, fmt};

use crate::cli::LogFormat;
use files::{Bounds, Files};

/// Lines that may wait for the disk; past it they are dropped, never waited for.
const QUEUE: usize = 8_192;

/// Libraries that are never logged, whatever is chosen: the address of a chat's webhook is one of their words.
const QUIET: [&str; 3] = ["ureq=off", "ureq_proto=off", "lettre=off"];

/// What was chosen for this process: the level, where one was, and the format.
static CHOSEN: OnceLock<(Option<String>, LogFormat)> = OnceLock::new();

/// A level in the notation of `tracing`: `debug`, `info,receiver=debug`, …
pub(crate) fn level(text: &str) -> Result<String, String> {
    EnvFilter::try_new(text).map(|_| text.to_owned()).map_err(|error| error.to_string())
}

/// Chooses for this process. The first choice stays.
pub(crate) fn choose(level: Option<String>, format: LogFormat) {
    let _ = CHOSEN.set((level, format));
}

/// Logs to stderr from `level` on, unless another one was chosen, and, where a data folder is given, into its `logs` folder. Lines wait in
/// memory: they are written when the returned guard is dropped.
pub(crate) fn start(level: &str, data_folder: Option<&Path>) -> Option<WorkerGuard> {
    let (chosen, format) = CHOSEN.get().cloned().unwrap_or_default();
    let level = chosen.as_deref().unwrap_or(level);
    let stderr = layer(std::io::stderr, std::io::stderr().is_terminal(), format, level);
    let (file, guard) = match data_folder.and_then(|folder| file(&folder.join("logs"))) {
        Some((writer, guard)) => (Some(layer(writer, false, format, level)), Some(guard)),
        None => (None, None),
    };
    let layers: Vec<_> = [Some(stderr), file].into_iter().flatten().collect();
    // Fails only where a test has set one before.
    let _ = tracing_subscriber::registry().with(layers).try_init();
    guard
}

/// Writes what is at `level` or above.
fn layer(
    writer: impl for<'w> MakeWriter<'w> + Send + Sync + 'static,
    is_terminal: bool,
    format: LogFormat,
    level: &str,
) -> Box<dyn Layer<Registry> + Send + Sync> {
    let lines = fmt::layer().with_writer(writer).with_ansi(is_terminal);
    // These would write down addresses that are secrets.
    let quiet = QUIET.iter().filter_map(|target| target.parse().ok());
    let filter = quiet.fold(EnvFilter::new(level), EnvFilter::add_directive);
    match format {
        LogFormat::Text => lines.with_filter(filter).boxed(),
        LogFormat::Json => lines.json().flatten_event(true).with_ansi(false).with_filter(filter).boxed(),
    }
}

fn file(folder: &Path) -> Option<(NonBlocking, WorkerGuard)> {
    let files = Files::open(folder, Bounds::default(), Arc::new(SystemClock)).ok()?;
    Some(NonBlockingBuilder::default().buffered_lines_limit(QUEUE).lossy(true).finish(files))
}
