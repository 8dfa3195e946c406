//! Fills a data folder with believable signed upload events, straight through the log, then derives the view; prints the rates.
//!
//! `cargo run --release -p store --example fill -- DIR [N] [--log-only | --live [RATE]]`. For benches and for trying the window on a
//! large history. With `--live` the projector runs beside it, at RATE arrivals a second or as many as there can be; its lag is printed.

use std::fmt::Write as _;
use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, Instant};

use centrepoint::{Authentication, BodyDigest, Secret};
use store::history::{Lens, Page};
use store::{DataFolder, History, Log, Mark, NewArrival, Projector};
use study::clock::SystemClock;
use study::{Clock, Query, Slug};

/// Appends that wait at once.
const AT_ONCE: usize = 1_500;

/// A small generator: the same numbers every time.
struct Dice(u64);

impl Dice {
    fn roll(&mut self) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0
    }

    fn below(&mut self, limit: u64) -> u64 {
        self.roll() % limit
    }
}

/// The uploads of a study, event by event: a start, then an end; one in fifty fails.
struct Sender {
    dice: Dice,
    running: Option<(u64, u64)>,
    uploads: u64,
    now: i64,
    /// Microseconds between two events.
    step: i64,
    slug: Slug,
    passcode: Secret,
}

impl Sender {
    fn next(&mut self) -> NewArrival {
        self.now += self.step;
        let body = match self.running.take() {
            None => {
                self.uploads += 1;
                let (upload, subject) = (self.uploads, self.dice.below(500));
                // Some never end.
                if self.dice.below(1_000) != 0 {
                    self.running = Some((upload, subject));
                }
                event(upload, subject, "started", "")
            }
            Some((upload, subject)) if self.dice.below(50) == 0 => {
                let message =
                    ["Upload file could not be parsed", "Device clock was not set", "Checksum of block 17 differs"]
                        [usize::try_from(self.dice.below(3)).unwrap_or(0)];
                event(upload, subject, "error", &format!(r#","message":"{message}""#))
            }
            Some((upload, subject)) => {
                let times = r#","firstEpochUTC":"2026-06-14T20:46:00.0000000","firstEpochSubjectTZ":"2026-06-14T16:46:00.0000000","lastEpochUTC":"2026-06-21T20:45:00.0000000","lastEpochSubjectTZ":"2026-06-21T16:45:00.0000000""#;
                event(upload, subject, "completed", times)
            }
        };
        let signature = centrepoint::authentication::sign(&self.passcode, body.as_bytes());
        let mut delivery = String::new();
        let (high, low) = (self.dice.roll(), self.dice.roll());
        let _ = write!(
            delivery,
            "{:08x}-{:04x}-4{:03x}-8{:03x}-{:012x}",
            high >> 32,
            high & 0xffff,
            low >> 52,
            low & 0xfff,
            low >> 16
        );
        let head = format!(
            "POST /hooks/{} HTTP/1.1\r\nHost: monitor.example.org\r\nUser-Agent: ActiGraph-Hookshot/1.0\r\n\
             Content-Type: application/json; charset=utf-8\r\nContent-Length: {}\r\nX-ActiGraph-Webhook-Id: 15\r\n\
             X-ActiGraph-Event: upload\r\nX-ActiGraph-Delivery: {delivery}\r\nX-ActiGraph-Signature: {signature}\r\n\
             X-Client-Cert-Used: False\r\n\r\n",
            self.slug,
            body.len(),
        );
        NewArrival {
            received_at: self.now,
            webhook: self.slug.clone(),
            head: head.into_bytes(),
            body_sha256: BodyDigest::of(body.as_bytes()),
            body: body.into(),
            authentication: Authentication::Hmac,
            mark: Mark::Plain,
            source_ip: std::net::IpAddr::from([13, 82, 60, 74]),
        }
    }
}

fn event(upload: u64, subject: u64, status: &str, more: &str) -> String {
    format!(
        r#"{{"uploadId":"{}","studyId":"189","subjectId":"{:06}","status":"{status}"{more}}}"#,
        4_000_000 + upload,
        20_000 + subject
    )
}

#[expect(clippy::print_stdout, reason = "a program for the terminal")]
fn say(text: &str) {
    println!("{text}");
}

#[expect(clippy::cast_precision_loss, reason = "a rate needs no exact numbers")]
fn rate(rows: i64, took: Duration) -> String {
    format!("{rows} in {:.2} s: {:.0}/s", took.as_secs_f64(), rows as f64 / took.as_secs_f64())
}

fn timed<T>(
    what: &str,
    f: impl Fn() -> Result<T, store::StoreError>,
    size: impl Fn(&T) -> usize,
) -> Result<(), store::StoreError> {
    f()?;
    let since = Instant::now();
    let answer = f()?;
    say(&format!("{what}: {:.2} ms ({} rows)", since.elapsed().as_secs_f64() * 1e3, size(&answer)));
    Ok(())
}

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let mut arguments = std::env::args().skip(1);
    let directory = arguments.next().ok_or("which folder?")?;
    let rest: Vec<String> = arguments.collect();
    let rows: i64 = rest.iter().find_map(|text| text.parse().ok()).unwrap_or(1_000_000);
    let folder = DataFolder::open(Path::new(&directory))?;
    let clock: Arc<dyn Clock> = Arc::new(SystemClock);
    let live = rest.iter().position(|text| text == "--live");
    if let Some(place) = live {
        let per_second = rest.get(place + 1).and_then(|text| text.parse().ok());
        return follow(&folder, &clock, rows, per_second);
    }
    append(&folder, &clock, rows)?;
    if rest.iter().any(|text| text == "--log-only") {
        return Ok(());
    }
    let since = Instant::now();
    let derived = store::view::rebuild(&folder, |_, _| ())?;
    say(&format!("view: {}", rate(derived, since.elapsed())));
    questions(&folder, clock)?;
    Ok(())
}

/// Appends with a projector behind it.
fn follow(
    folder: &DataFolder,
    clock: &Arc<dyn Clock>,
    rows: i64,
    per_second: Option<u32>,
) -> Result<(), Box<dyn std::error::Error>> {
    let log = Log::open(folder, Arc::clone(clock))?;
    let start = Instant::now();
    let told = std::sync::Mutex::new((start, 0));
    let projector = Projector::start(folder, &log, move |change| {
        let mut told = told.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        if told.0.elapsed() > Duration::from_millis(500) || (change.behind == 0 && told.1 > 10_000) {
            say(&format!(
                "  {:6.2} s: at {}, behind {}",
                start.elapsed().as_secs_f64(),
                change.sequence,
                change.behind
            ));
            *told = (Instant::now(), change.behind);
        }
    })?;
    append_to(&log, clock, rows, per_second)?;
    let history = History::open(folder, Arc::clone(clock))?;
    let lens = history.lens(jiff::tz::TimeZone::UTC, 2 * 3_600_000_000);
    let since = Instant::now();
    history.count_events(&Query::parse("")?, &lens)?;
    say(&format!("caught up {:.3} s after the last answer", since.elapsed().as_secs_f64()));
    projector.stop();
    log.close();
    Ok(())
}

fn append(folder: &DataFolder, clock: &Arc<dyn Clock>, rows: i64) -> Result<(), Box<dyn std::error::Error>> {
    let log = Log::open(folder, Arc::clone(clock))?;
    append_to(&log, clock, rows, None)?;
    log.close();
    Ok(())
}

#[expect(clippy::cast_precision_loss, reason = "a pace needs no exact numbers")]
fn append_to(
    log: &Log,
    clock: &Arc<dyn Clock>,
    rows: i64,
    per_second: Option<u32>,
) -> Result<(), Box<dyn std::error::Error>> {
    let now = clock.now().as_microsecond();
    // Spread over half a year that ends now.
    let step = 182 * 24 * 3_600_000_000 / rows.max(1);
    let seed = u64::from_ne_bytes(now.to_ne_bytes()) | 1;
    let mut sender = Sender {
        dice: Dice(seed),
        running: None,
        uploads: seed % 1_000_000_000,
        now: now - step * rows,
        step,
        slug: Slug::new("study-189")?,
        passcode: Secret::new("B3`MlG4sJR.X^-%w=oG_UrNBEpszl?"),
    };
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build()?;
    let since = Instant::now();
    runtime.block_on(async {
        let mut waiting = std::collections::VecDeque::with_capacity(AT_ONCE);
        for n in 0..rows {
            if let Some(per_second) = per_second {
                let due = Duration::from_secs(1).mul_f64(n as f64 / f64::from(per_second));
                let ahead = due.saturating_sub(since.elapsed());
                // A timer is not finer than a millisecond.
                if ahead > Duration::from_millis(2) {
                    tokio::time::sleep(ahead).await;
                }
            }
            if waiting.len() >= AT_ONCE
                && let Some(first) = waiting.pop_front()
            {
                appended(first).await?;
            }
            let (log, arrival) = (log.clone(), sender.next());
            waiting.push_back(tokio::spawn(async move { log.append(arrival).await }));
        }
        for each in waiting {
            appended(each).await?;
        }
        Ok::<_, Box<dyn std::error::Error>>(())
    })?;
    say(&format!("log: {}", rate(rows, since.elapsed())));
    Ok(())
}

async fn appended(
    task: tokio::task::JoinHandle<Result<store::Appended, store::NotDurable>>,
) -> Result<(), Box<dyn std::error::Error>> {
    task.await??;
    Ok(())
}

fn questions(folder: &DataFolder, clock: Arc<dyn Clock>) -> Result<(), Box<dyn std::error::Error>> {
    let history = History::open(folder, clock)?;
    let lens: Lens = history.lens(jiff::tz::TimeZone::UTC, 2 * 3_600_000_000);
    let queries = [
        "",
        "status:error",
        "status:completed",
        "event:upload status:completed",
        "subject:020017",
        "differs",
        "completed",
        "completed status:error",
        "-completed",
        "is:open",
        "is:stuck",
        "after:2026-01-01 before:2026-10-01",
        "status:error status:started",
    ];
    for text in queries {
        let query = Query::parse(text)?;
        let page = Page { query: query.clone(), before: None, after: None, limit: 100 };
        timed(&format!("events {text:?}"), || history.events(&page, &lens), |found| found.rows.len())?;
        let since = Instant::now();
        let count = history.count_events(&query, &lens)?;
        say(&format!("  count {count}: {:.2} ms", since.elapsed().as_secs_f64() * 1e3));
        timed("  uploads", || history.uploads(&page, &lens), |found| found.rows.len())?;
        timed("  problems", || history.problems(&page, &lens), |found| found.rows.len())?;
        timed("  subjects", || history.subjects(&page, &lens), |found| found.rows.len())?;
    }
    let deep = Page { query: Query::parse("status:completed")?, before: Some(20_000), after: None, limit: 100 };
    timed("a page deep down", || history.events(&deep, &lens), |found| found.rows.len())?;
    timed("counts", || history.counts(lens.now - 86_400_000_000, &lens), |found| found.rows.len())?;
    for with_body in [false, true] {
        let since = Instant::now();
        let mut rows = 0;
        history.format_events(&Query::parse("")?, &lens, with_body, 2, &|| Nothing, &mut |_, some| {
            rows += some.cast_signed();
            std::ops::ControlFlow::Continue(())
        })?;
        say(&format!("each event (with body: {with_body}): {}", rate(rows, since.elapsed())));
    }
    Ok(())
}

/// Reads, and writes nothing.
struct Nothing;

impl store::history::Formatter for Nothing {
    fn add(&mut self, _row: &store::rows::EventRow, _body: Option<&[u8]>) {}

    fn take(&mut self) -> Vec<u8> {
        Vec::new()
    }
}
