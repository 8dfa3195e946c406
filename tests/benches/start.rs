//! From start to a window that shows Today: on a long history against an empty folder, in turn.

use std::rc::Rc;
use std::time::{Duration, Instant};

use anyhow::ensure;

use crate::Size;
use crate::harness::window::Driver;
use crate::harness::{Desk, Folder};
use crate::history;
use crate::report::{Aim, Report, median, ratio};

pub(crate) fn measure(size: Size) -> anyhow::Result<Report> {
    let desk = Rc::new(Desk::new());
    let empty = history::empty()?;
    let long = history::filled(size.history)?;
    // What the first start of all reads from disk is the same for both.
    start(&empty, &desk)?;
    let [mut on_empty, mut on_long] = [const { Vec::new() }; 2];
    for _ in 0..size.rounds {
        on_empty.push(start(&empty, &desk)?);
        on_long.push(start(&long, &desk)?);
    }
    let mut report = Report::default();
    report.figure("start to window, empty folder", median(&on_empty), "s");
    report.figure("start to window, a million events", median(&on_long), "s");
    report.aimed("a million events to an empty folder", ratio(&on_long, &on_empty), "", Aim::AtMost(1.2));
    report.raw("empty_seconds", &on_empty);
    report.raw("long_seconds", &on_long);
    Ok(report)
}

/// Seconds from starting the program until Today shows its figures and the corner says that it receives.
fn start(folder: &Folder, desk: &Rc<Desk>) -> anyhow::Result<f64> {
    let driver = Driver::start(folder, desk);
    let started = Instant::now();
    let window = driver.open(folder, desk);
    loop {
        let state = window.text("[data-testid=\"receiver-state\"]");
        // The figures come with the first answer from the history: before it, there is a skeleton.
        let figures = window.text("[data-testid=\"figure-completed\"]");
        if state.contains("Receiving") && figures.contains(|c: char| c.is_ascii_digit()) {
            return Ok(started.elapsed().as_secs_f64());
        }
        ensure!(started.elapsed() < Duration::from_mins(2), "the window shows nothing");
        std::thread::sleep(Duration::from_millis(2));
    }
}
