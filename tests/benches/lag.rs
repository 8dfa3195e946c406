//! How far the view is behind the log: at a steady thousand a second, after a burst, and how fast it catches up.

use std::sync::atomic::{AtomicI64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use anyhow::{Context as _, ensure};
use centrepoint::{Authentication, BodyDigest};
use hdrhistogram::Histogram;
use store::{Appended, DataFolder, Log, Mark, NewArrival, NotDurable, Projector};
use study::clock::SystemClock;
use study::{Clock, Slug};
use tokio::task::JoinSet;

use crate::Size;
use crate::load::{self, SLUG, micros};
use crate::report::{Aim, Report, median};

/// Arrivals a second at the steady rate.
const STEADY: u64 = 1_000;

/// Log and view in this process, with a note of when each sequence reached either.
struct Pair {
    log: Log,
    projector: Projector,
    times: Arc<Times>,
    _folder: tempfile::TempDir,
}

/// When commits happened. Bounded by the number of arrivals of one measurement.
#[derive(Default)]
struct Times {
    logged: Mutex<Vec<(i64, Instant)>>,
    viewed: Mutex<Vec<(i64, Instant)>>,
    last_viewed: AtomicI64,
}

impl Pair {
    fn open() -> anyhow::Result<Self> {
        let temporary = tempfile::tempdir()?;
        let folder = DataFolder::open(temporary.path())?;
        let log = Log::open(&folder, Arc::new(SystemClock))?;
        let times = Arc::new(Times::default());
        let on_log = Arc::clone(&times);
        log.on_commit(move |sequence| note(&on_log.logged, sequence));
        let on_view = Arc::clone(&times);
        let projector = Projector::start(&folder, &log, move |change| {
            note(&on_view.viewed, change.sequence);
            on_view.last_viewed.store(change.sequence, Ordering::Release);
        })?;
        Ok(Self { log, projector, times, _folder: temporary })
    }

    fn wait_for(&self, sequence: i64) -> anyhow::Result<()> {
        let started = Instant::now();
        while self.times.last_viewed.load(Ordering::Acquire) < sequence {
            ensure!(started.elapsed() < Duration::from_mins(5), "the view does not arrive");
            std::thread::sleep(Duration::from_millis(1));
        }
        Ok(())
    }

    fn close(self) {
        self.projector.stop();
        self.log.close();
    }
}

fn note(times: &Mutex<Vec<(i64, Instant)>>, sequence: i64) {
    times.lock().unwrap_or_else(PoisonError::into_inner).push((sequence, Instant::now()));
}

fn taken(times: &Mutex<Vec<(i64, Instant)>>) -> Vec<(i64, Instant)> {
    std::mem::take(&mut times.lock().unwrap_or_else(PoisonError::into_inner))
}

fn arrival() -> anyhow::Result<NewArrival> {
    let body = load::body();
    let head = load::head(&body, "Ri20SCicySZmIf2D4kCY5KWEJrsqI7W8sWXMADj1RaQ=").into_bytes();
    Ok(NewArrival {
        received_at: SystemClock.now().as_microsecond(),
        webhook: Slug::new(SLUG)?,
        head,
        body_sha256: BodyDigest::of(body.as_bytes()),
        body: body.into_bytes().into(),
        authentication: Authentication::Hmac,
        mark: Mark::Plain,
        source_ip: [127, 0, 0, 1].into(),
    })
}

#[expect(clippy::cast_precision_loss, reason = "counts and times far below 2^52")]
pub(crate) fn measure(size: Size) -> anyhow::Result<Report> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    let mut report = Report::default();

    let pair = Pair::open()?;
    let last = runtime.block_on(steady(&pair.log, size.seconds))?;
    pair.wait_for(last)?;
    let lags = lags(&taken(&pair.times.logged), &taken(&pair.times.viewed))?;
    report.figure("behind at 1,000/s, half of the time within", lags.value_at_quantile(0.5) as f64 / 1000.0, "ms");
    report.aimed("behind at 1,000/s, p99", lags.value_at_quantile(0.99) as f64 / 1000.0, "ms", Aim::AtMost(100.0));
    report.figure("behind at 1,000/s, most", lags.max() as f64 / 1000.0, "ms");
    pair.close();

    let [mut behind, mut seconds, mut rates] = [const { Vec::new() }; 3];
    for _ in 0..size.rounds {
        let pair = Pair::open()?;
        let last = runtime.block_on(burst(&pair.log, size.deliveries))?;
        let rows = last - pair.times.last_viewed.load(Ordering::Acquire);
        let ended = Instant::now();
        pair.wait_for(last)?;
        let taken = ended.elapsed().as_secs_f64();
        behind.push(rows as f64);
        seconds.push(taken);
        rates.push(rows as f64 / taken.max(1e-6));
        pair.close();
    }
    report.figure("behind at the end of a burst", median(&behind), "rows");
    report.figure("caught up after it within", median(&seconds), "s");
    report.figure("catching up at", median(&rates), "/s");
    report.raw("behind_rows", &behind);
    report.raw("caught_up_seconds", &seconds);
    report.raw("catching_up_per_second", &rates);
    Ok(report)
}

/// Appends [`STEADY`] arrivals a second, evenly, and returns the last sequence.
async fn steady(log: &Log, seconds: u64) -> anyhow::Result<i64> {
    let mut beat = tokio::time::interval(Duration::from_secs(1) / u32::try_from(STEADY)?);
    let mut waiting: JoinSet<Result<Appended, NotDurable>> = JoinSet::new();
    for _ in 0..STEADY * seconds {
        beat.tick().await;
        let (log, arrival) = (log.clone(), arrival()?);
        waiting.spawn(async move { log.append(arrival).await });
    }
    let mut last = 0;
    while let Some(appended) = waiting.join_next().await {
        last = last.max(appended??.sequence);
    }
    Ok(last)
}

/// Appends `count` arrivals as fast as they become durable, as many at once as a busy receiver has; returns the last sequence.
async fn burst(log: &Log, count: usize) -> anyhow::Result<i64> {
    let arrivals = (0..count).map(|_| arrival()).collect::<anyhow::Result<Vec<_>>>()?;
    let mut waiting: JoinSet<Result<Appended, NotDurable>> = JoinSet::new();
    let mut last = 0;
    for arrival in arrivals {
        if waiting.len() == load::CONNECTIONS {
            let appended = waiting.join_next().await.context("there are some")??;
            last = last.max(appended?.sequence);
        }
        let log = log.clone();
        waiting.spawn(async move { log.append(arrival).await });
    }
    while let Some(appended) = waiting.join_next().await {
        last = last.max(appended??.sequence);
    }
    Ok(last)
}

/// For each commit of the log, how long until the view held it.
fn lags(logged: &[(i64, Instant)], viewed: &[(i64, Instant)]) -> anyhow::Result<Histogram<u64>> {
    let mut lags = Histogram::new(3)?;
    for (sequence, at) in logged {
        let there = viewed.iter().find(|(reached, _)| reached >= sequence).context("the view got there")?;
        lags.record(micros(there.1.saturating_duration_since(*at))?)?;
    }
    Ok(lags)
}
