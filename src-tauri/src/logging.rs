//! The program's own log: to stderr, and for what runs for long also to files that are bounded. Never bodies or secrets.

use std::io::IsTerminal as _;
use std::path::Path;

use tracing_appender::non_blocking::WorkerGuard;
use tracing_appender::rolling::{Builder, Rotation};
use tracing_subscriber::layer::SubscriberExt as _;
use tracing_subscriber::util::SubscriberInitExt as _;
use tracing_subscriber::{EnvFilter, Layer as _, fmt};

/// Chooses what is logged, in the notation of `tracing`: `debug`, `info,receiver=debug`, …
pub(crate) const VARIABLE: &str = "CENTREPOINT_MONITOR_LOG";

/// Files kept, one a day.
const FILES: usize = 14;

/// Lines that may wait for the disk; past it they are dropped, never waited for.
const QUEUE: usize = 8_192;

/// Libraries that are never logged, whatever is chosen: the address of a chat's webhook is one of their words.
const QUIET: [&str; 3] = ["ureq=off", "ureq_proto=off", "lettre=off"];

/// Logs to stderr from `level` on and, where a data folder is given, into its `logs` folder. Lines wait in memory: they are
/// written when the returned guard is dropped.
pub(crate) fn start(level: &str, data_folder: Option<&Path>) -> Option<WorkerGuard> {
    let filter = || {
        let chosen = EnvFilter::try_from_env(VARIABLE).unwrap_or_else(|_| EnvFilter::new(level));
        // These would write down addresses that are secrets.
        QUIET.iter().filter_map(|target| target.parse().ok()).fold(chosen, EnvFilter::add_directive)
    };
    let stderr =
        fmt::layer().with_writer(std::io::stderr).with_ansi(std::io::stderr().is_terminal()).with_filter(filter());
    let (file, guard) = match data_folder.and_then(|folder| file(&folder.join("logs"))) {
        Some((writer, guard)) => {
            (Some(fmt::layer().with_writer(writer).with_ansi(false).with_filter(filter())), Some(guard))
        }
        None => (None, None),
    };
    // Fails only where a test has set one before.
    let _ = tracing_subscriber::registry().with(stderr).with(file).try_init();
    guard
}

fn file(folder: &Path) -> Option<(tracing_appender::non_blocking::NonBlocking, WorkerGuard)> {
    std::fs::create_dir_all(folder).ok()?;
    let appender = Builder::new()
        .rotation(Rotation::DAILY)
        .filename_prefix("centrepoint-monitor")
        .filename_suffix("log")
        .max_log_files(FILES)
        .build(folder)
        .ok()?;
    let builder = tracing_appender::non_blocking::NonBlockingBuilder::default();
    Some(builder.buffered_lines_limit(QUEUE).lossy(true).finish(appender))
}
