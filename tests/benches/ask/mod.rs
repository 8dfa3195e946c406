//! Questions to a long history, as the window asks them: in `store`, one after the other, each against the plainest one there is: the
//! newest rows by their primary key, asked of the command of SQLite's authors.

mod lists;
mod queries;
mod window;

use std::io::Write as _;
use std::path::Path;
use std::process::{Command, Stdio};
use std::sync::Arc;
use std::time::Instant;

use anyhow::{Context as _, ensure};
use store::history::{Lens, Page};
use store::{DataFolder, History, StoreError};
use study::Query;
use study::clock::SystemClock;

use crate::Size;
use crate::history;
use crate::report::{Aim, Report, median, percentile};

/// Rows of a page.
const PAGE: usize = 100;
/// How often each question is asked in a round.
const TIMES: usize = 4;
/// No answer takes longer, in 95 of 100 cases.
const AIM_MILLIS: f64 = 20.0;
/// How much longer the end of a list may take than its beginning: a page reads other rows there, not more of them.
const FLAT: f64 = 2.0;

/// The newest rows and nothing else.
const PLAINEST: &str = "SELECT * FROM events ORDER BY sequence DESC LIMIT 100;\n";
/// How often one `sqlite3` is asked for them, so that its start does not count.
const REPEATS: u32 = 400;

/// One question: what it is called, and how it is asked.
type Question<'a> = (String, Box<dyn Fn() -> anyhow::Result<()> + 'a>);

/// What is asked, and of what.
struct Questions<'a> {
    /// Looks for what may be asked.
    scout: &'a History,
    /// Is asked, and remembers nothing before.
    history: &'a History,
    lens: &'a Lens,
    /// The newest sequence.
    newest: i64,
    all: Vec<Question<'a>>,
}

impl<'a> Questions<'a> {
    fn add<T>(&mut self, name: impl Into<String>, ask: impl Fn(&'a History, &'a Lens) -> Result<T, StoreError> + 'a) {
        let (history, lens) = (self.history, self.lens);
        let ask = move || ask(history, lens).map(drop).map_err(anyhow::Error::from);
        self.all.push((name.into(), Box::new(ask)));
    }
}

#[expect(clippy::cast_precision_loss, reason = "counts far below 2^52")]
pub(crate) fn measure(size: Size) -> anyhow::Result<Report> {
    let folder = history::kept(size.history)?;
    let open = || anyhow::Ok(History::open(&DataFolder::open(&folder)?, Arc::new(SystemClock))?);
    let (scout, history) = (open()?, open()?);
    let lens = history.lens(jiff::tz::TimeZone::UTC, 2 * 3_600_000_000);
    let queries = queries::all(&scout, &lens)?;
    let mut questions =
        Questions { scout: &scout, history: &history, lens: &lens, newest: scout.newest()?, all: Vec::new() };
    for (name, query) in &queries {
        lists::events(&mut questions, name, query)?;
        lists::others(&mut questions, name, query);
    }
    window::all(&mut questions)?;
    let questions = questions.all;

    let mut baseline = Vec::new();
    let mut took: Vec<Vec<f64>> = vec![Vec::new(); questions.len()];
    for _ in 0..size.rounds {
        baseline.push(plainest(&folder)?);
        for (place, (name, ask)) in questions.iter().enumerate() {
            for _ in 0..TIMES {
                took[place].push(millis(ask).with_context(|| name.clone())?);
            }
        }
    }

    let mut report = Report::default();
    let to = median(&baseline);
    report.figure("sqlite3, the newest 100 rows", to, "ms");
    let mut slowest: f64 = 0.0;
    for ((name, _), times) in questions.iter().zip(&took) {
        let (middle, most) = (median(times), percentile(times, 95));
        slowest = slowest.max(most);
        report.figure(format!("{name}, p50"), middle, "ms");
        report.aimed(format!("{name}, p95"), most, "ms", Aim::AtMost(AIM_MILLIS));
        report.figure(format!("{name}, p50 to sqlite3"), middle / to, "");
        report.raw(name, times);
    }
    let of = |wanted: &str| {
        questions.iter().position(|(name, _)| name == wanted).map_or(f64::NAN, |place| median(&took[place]))
    };
    for (name, _) in &queries {
        let first = of(&format!("events {name}: first page"));
        let deepest = ["middle by offset", "end by offset", "middle by key", "end by key"]
            .map(|place| of(&format!("events {name}: {place}")));
        let deepest = deepest.into_iter().fold(0.0, f64::max);
        // Under a millisecond nobody feels a difference, and the clock hardly sees it.
        report.aimed(
            format!("events {name}: deepest page to first"),
            deepest.max(1.0) / first.max(1.0),
            "",
            Aim::AtMost(FLAT),
        );
    }
    report.aimed("slowest p95 of all", slowest, "ms", Aim::AtMost(AIM_MILLIS));
    // Nothing is remembered yet when a question is asked for the first time.
    let first: Vec<f64> = took.iter().filter_map(|times| times.first().copied()).collect();
    let slow = first.iter().filter(|time| **time > AIM_MILLIS).count();
    report.figure("asked for the first time: slowest", percentile(&first, 100), "ms");
    report.figure("asked for the first time: p95 of all questions", percentile(&first, 95), "ms");
    report.figure(format!("asked for the first time: over {AIM_MILLIS} ms, of {}", first.len()), slow as f64, "");
    report.raw("sqlite3", &baseline);
    Ok(report)
}

fn millis(ask: impl FnOnce() -> anyhow::Result<()>) -> anyhow::Result<f64> {
    let since = Instant::now();
    ask()?;
    Ok(since.elapsed().as_secs_f64() * 1e3)
}

/// Milliseconds `sqlite3` takes for the newest rows: many times in one process, less one that is asked for nothing.
fn plainest(folder: &Path) -> anyhow::Result<f64> {
    let seconds = |times: u32| -> anyhow::Result<f64> {
        let since = Instant::now();
        let mut command = Command::new("sqlite3");
        command.args(["-csv", "-readonly"]).arg(folder.join("view.db"));
        let mut process = command.stdin(Stdio::piped()).stdout(Stdio::null()).spawn()?;
        let mut input = process.stdin.take().context("it was piped")?;
        for _ in 0..times {
            input.write_all(PLAINEST.as_bytes())?;
        }
        drop(input);
        ensure!(process.wait()?.success(), "sqlite3 failed");
        Ok(since.elapsed().as_secs_f64())
    };
    let start = seconds(1)?;
    Ok((seconds(REPEATS + 1)? - start) * 1e3 / f64::from(REPEATS))
}

fn page(query: &Query, before: Option<i64>) -> Page {
    Page { query: query.clone(), before, after: None, limit: PAGE }
}
