//! The window while deliveries come: how soon one is seen, how long the page is held up in a burst, what all of it takes in memory.

use std::process::{Command, Stdio};
use std::rc::Rc;
use std::time::{Duration, Instant};

use anyhow::{Context as _, ensure};
use hdrhistogram::Histogram;
use study::Clock as _;
use study::clock::SystemClock;

use crate::Size;
use crate::harness::window::Window;
use crate::harness::{Desk, Folder, PASSCODE, Post, Process, binary, eventually};
use crate::history;
use crate::load::{self, Deliveries, SLUG};
use crate::report::{Aim, Report, median, ratio};

/// Deliveries a second while it is measured how soon one is seen.
const STEADY: u64 = 50;

/// Deliveries a second in the burst.
const BURST: usize = 2_000;

/// How long a window gets to come to rest before its memory is read.
const REST: Duration = Duration::from_secs(8);

/// Notes when the text of a row is first in the page, by the upload id in it. Times are the computer's, in milliseconds.
const WATCH: &str = "
    window.seen = {};
    const look = () => {
        for (const row of document.querySelectorAll('[data-testid=\"event-row\"]')) {
            for (const [id] of row.textContent.matchAll(/seen-\\d{5}/g)) window.seen[id] ??= performance.timeOrigin + performance.now();
        }
    };
    new MutationObserver(look).observe(document.body, { subtree: true, childList: true, characterData: true });
    return true";

/// Notes the longest time between two turns of the page's event loop, in milliseconds.
const BEAT: &str = "
    window.longest = 0;
    let last = performance.now();
    const { port1, port2 } = new MessageChannel();
    port1.onmessage = () => {
        const now = performance.now();
        window.longest = Math.max(window.longest, now - last);
        last = now;
        setTimeout(() => port2.postMessage(0), 1);
    };
    port2.postMessage(0);
    return true";

pub(crate) fn measure(size: Size) -> anyhow::Result<Report> {
    let mut report = Report::default();
    let desk = Rc::new(Desk::new());
    seen(&mut report, &desk, size)?;
    burst(&mut report, &desk, size)?;
    memory(&mut report, &desk, size)?;
    Ok(report)
}

/// Commit to visible in Events, on a long history.
#[expect(clippy::cast_precision_loss, reason = "times far below 2^52")]
fn seen(report: &mut Report, desk: &Rc<Desk>, size: Size) -> anyhow::Result<()> {
    let folder = history::filled(size.history)?;
    let window = on_events(&folder, desk);
    window.run(WATCH, &[]);
    let pause = Duration::from_secs(1) / u32::try_from(STEADY)?;
    let mut committed = Vec::new();
    let started = Instant::now();
    for number in 0..STEADY * size.seconds {
        let due = started + pause * u32::try_from(number)?;
        std::thread::sleep(due.saturating_duration_since(Instant::now()));
        let id = format!("seen-{number:05}");
        let answer = window.post(&Post::upload(SLUG, &id, "000103", "completed").signed(PASSCODE));
        ensure!(answer.status == 200, "not accepted: {answer:?}");
        // The answer follows the commit at once.
        committed.push((id, SystemClock.now().as_microsecond()));
    }
    let (last, _) = committed.last().context("something was sent")?;
    eventually("the last delivery to be seen", || {
        window.run("return window.seen", &[])[last.as_str()].is_number().then_some(())
    });
    let seen = window.run("return window.seen", &[]);
    let mut times: Histogram<u64> = Histogram::new(3)?;
    // Where the list was held up for long, rows came and went below its end without ever being drawn.
    let mut passed = 0_u32;
    for (id, at) in &committed {
        let Some(shown) = seen[id.as_str()].as_f64() else {
            passed += 1;
            continue;
        };
        #[expect(
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            reason = "a difference of some milliseconds"
        )]
        times.record((shown * 1000.0 - *at as f64).max(0.0) as u64)?;
    }
    report.aimed("rows passed over at 50/s", f64::from(passed), "", Aim::AtMost(0.0));
    report.raw(
        "seen_ms",
        &times.iter_recorded().map(|value| value.value_iterated_to() as f64 / 1000.0).collect::<Vec<_>>(),
    );
    report.figure("commit to visible at 50/s, half of them within", times.value_at_quantile(0.5) as f64 / 1000.0, "ms");
    report.aimed(
        "commit to visible at 50/s, p99",
        times.value_at_quantile(0.99) as f64 / 1000.0,
        "ms",
        Aim::AtMost(150.0),
    );
    Ok(())
}

/// The longest the page, its list in use, is held up while 2,000 deliveries a second come, against its longest while nothing does.
fn burst(report: &mut Report, desk: &Rc<Desk>, size: Size) -> anyhow::Result<()> {
    let [mut idle, mut held, mut rates] = [const { Vec::new() }; 3];
    for _ in 0..size.rounds.min(3) {
        let folder = history::empty()?;
        let window = on_events(&folder, desk);
        // A list that was in use: what is made and compiled once is not what a burst costs.
        load::send(window.address(), Deliveries::prepare(BURST / 10))?;
        std::thread::sleep(Duration::from_secs(3));
        window.run(BEAT, &[]);
        let longest = || -> anyhow::Result<f64> {
            window.run("return window.longest", &[]).as_f64().context("the page keeps its longest")
        };
        std::thread::sleep(Duration::from_secs(size.seconds));
        idle.push(longest()?);
        window.run("window.longest = 0; return true", &[]);
        let started = Instant::now();
        for second in 0..size.seconds {
            load::send(window.address(), Deliveries::prepare(BURST))?;
            std::thread::sleep(Duration::from_secs(second + 1).saturating_sub(started.elapsed()));
        }
        held.push(longest()?);
        rates.push(crate::per_second(BURST * usize::try_from(size.seconds)?, started.elapsed()));
    }
    report.figure("longest hold of an idle page", median(&idle), "ms");
    report.figure("burst", median(&rates), "/s");
    report.aimed("longest hold of the page in the burst", median(&held), "ms", Aim::AtMost(100.0));
    report.raw("idle_ms", &idle);
    report.raw("burst_ms", &held);
    Ok(())
}

/// Memory of all processes of the app on a long history, against those of a Tauri window with an empty page.
fn memory(report: &mut Report, desk: &Rc<Desk>, size: Size) -> anyhow::Result<()> {
    let [mut app, mut empty] = [const { Vec::new() }; 2];
    let folder = history::filled(size.history)?;
    for _ in 0..size.rounds.min(3) {
        let mut command = Command::new(history::example("empty-window")?);
        folder.dress(&mut command);
        let process = Process::start(command.envs(desk.environment()).stdout(Stdio::null()).stderr(Stdio::null()));
        std::thread::sleep(REST);
        empty.push(mebibytes(process.id())?);
        drop(process);

        let mut command = folder.command(&["--listen", "127.0.0.1:0"]);
        let process = Process::start(command.envs(desk.environment()).stdout(Stdio::null()).stderr(Stdio::null()));
        std::thread::sleep(REST);
        app.push(mebibytes(process.id())?);
        drop(process);
    }
    report.figure("memory of an empty Tauri window, all processes", median(&empty), "MiB");
    report.figure("memory of the app on a million events, all processes", median(&app), "MiB");
    report.aimed("the app to an empty Tauri window", ratio(&app, &empty), "", Aim::AtMost(1.5));
    report.raw("empty_mebibytes", &empty);
    report.raw("app_mebibytes", &app);
    Ok(())
}

/// The app with Events open and at rest.
fn on_events(folder: &Folder, desk: &Rc<Desk>) -> Window {
    let window = Window::drive(folder, desk);
    window.text_where("[data-testid=\"receiver-state\"]", |text| text.contains("Receiving"));
    window.click("[data-testid=\"nav-events\"]");
    window.find("[data-testid=\"view-events\"]");
    std::thread::sleep(Duration::from_secs(2));
    window
}

/// The proportional set size of a process and all below it: what is shared is counted once.
#[expect(clippy::cast_precision_loss, reason = "kibibytes far below 2^52")]
fn mebibytes(root: u32) -> anyhow::Result<f64> {
    let parents: Vec<(u32, u32)> = std::fs::read_dir("/proc")?
        .filter_map(|entry| entry.ok()?.file_name().to_str()?.parse().ok())
        .filter_map(|id: u32| {
            let stat = std::fs::read_to_string(format!("/proc/{id}/stat")).ok()?;
            // The name in brackets may hold anything; the parent is the second field behind it.
            Some((id, stat.rsplit_once(')')?.1.split_whitespace().nth(1)?.parse().ok()?))
        })
        .collect();
    let mut family = vec![root];
    let mut at = 0;
    while let Some(parent) = family.get(at).copied() {
        family.extend(parents.iter().filter(|(_, of)| *of == parent).map(|(id, _)| *id));
        at += 1;
    }
    let kibibytes = |id: &u32| -> Option<u64> {
        let rollup = std::fs::read_to_string(format!("/proc/{id}/smaps_rollup")).ok()?;
        rollup.lines().find_map(|line| line.strip_prefix("Pss:"))?.split_whitespace().next()?.parse().ok()
    };
    let total: u64 = family.iter().filter_map(kibibytes).sum();
    ensure!(total > 0, "the memory of {} cannot be read", binary().display());
    Ok(total as f64 / 1024.0)
}
