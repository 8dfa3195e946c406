//! Deliveries a second: the receiver as it is, on an empty log and on a long one, against itself without storing, in turn.

use std::process::Command;

use crate::Size;
use crate::blank;
use crate::harness::{Folder, Serve};
use crate::history;
use crate::load::{self, Deliveries, Outcome};
use crate::report::{Aim, Report, median, ratio};

/// Deliveries to each receiver before it is measured.
const WARM_UP: usize = 2_000;

pub(crate) fn measure(size: Size) -> anyhow::Result<Report> {
    let nowhere = Folder::new();
    let long = history::filled(size.history)?;
    let [mut blank_rate, mut blank_p99, mut empty_rate, mut empty_p99, mut long_rate, mut long_p99] =
        [const { Vec::new() }; 6];
    for _ in 0..size.rounds {
        let blank = round(start_blank(&nowhere)?, size)?;
        blank_rate.push(blank.per_second);
        blank_p99.push(blank.milliseconds(0.99));
        let empty = round(history::empty()?.serve(), size)?;
        empty_rate.push(empty.per_second);
        empty_p99.push(empty.milliseconds(0.99));
        // What the last round left for the view to derive is not this round's work.
        long.list("events", &["--limit", "1"]);
        let long = round(long.serve(), size)?;
        long_rate.push(long.per_second);
        long_p99.push(long.milliseconds(0.99));
    }
    let mut report = Report::default();
    report.figure("without storing", median(&blank_rate), "/s");
    report.figure("without storing, p99", median(&blank_p99), "ms");
    report.figure("durable, empty log", median(&empty_rate), "/s");
    report.aimed("durable, empty log, p99", median(&empty_p99), "ms", Aim::AtMost(20.0));
    report.aimed("durable, empty log, to without storing", ratio(&empty_rate, &blank_rate), "", Aim::AtLeast(0.5));
    report.figure("durable, a million events before", median(&long_rate), "/s");
    report.aimed("durable, a million events before, p99", median(&long_p99), "ms", Aim::AtMost(20.0));
    report.aimed("durable, a million, to without storing", ratio(&long_rate, &blank_rate), "", Aim::AtLeast(0.5));
    report.aimed("a million events before, to an empty log", ratio(&long_rate, &empty_rate), "", Aim::AtLeast(0.9));
    for (name, values) in [
        ("blank_per_second", &blank_rate),
        ("blank_p99_ms", &blank_p99),
        ("empty_per_second", &empty_rate),
        ("empty_p99_ms", &empty_p99),
        ("long_per_second", &long_rate),
        ("long_p99_ms", &long_p99),
    ] {
        report.raw(name, values);
    }
    Ok(report)
}

fn round(serve: Serve, size: Size) -> anyhow::Result<Outcome> {
    load::send(serve.address(), Deliveries::prepare(WARM_UP.min(size.deliveries)))?;
    let deliveries = Deliveries::prepare(size.deliveries);
    let outcome = load::send(serve.address(), deliveries);
    serve.stop();
    outcome
}

fn start_blank(folder: &Folder) -> anyhow::Result<Serve> {
    let mut command = Command::new(std::env::current_exe()?);
    folder.dress(&mut command);
    command.arg(blank::COMMAND);
    Ok(Serve::start(folder, &mut command))
}
