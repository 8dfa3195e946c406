//! A whole history to CSV: time against `sqlite3 -csv` on the same file, and memory on a short history and a long one.

use std::fs::File;
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use anyhow::{Context as _, ensure};

use crate::Size;
use crate::harness::{Folder, Process};
use crate::history;
use crate::report::{Aim, Report, median, ratio};

/// The export's columns, with the words that the view keeps once put back in their place.
const SAME_COLUMNS: &str = "
    SELECT e.sequence, e.received_at, e.received_at AS received_at_local, 'UTC' AS local_time_zone, webhook.text AS webhook,
        e.delivery_id, vendor.text AS vendor_webhook_id, event.text AS event, status.text AS status, study.text AS study_id,
        site.text AS site_id, e.subject_id, e.subject_identifier, e.upload_id, e.monitor_serial, e.message,
        e.first_epoch_utc, e.first_epoch_subject, e.last_epoch_utc, e.last_epoch_subject, e.authentication,
        source.text AS source_ip, e.attempts, e.flags, hex(e.body_sha256) AS body_sha256, p.state AS problem_state,
        p.acknowledged_by, p.acknowledged_at, p.note
    FROM events e
        LEFT JOIN words webhook ON webhook.id = e.webhook
        LEFT JOIN words vendor ON vendor.id = e.vendor_webhook
        LEFT JOIN words event ON event.id = e.event
        LEFT JOIN words status ON status.id = e.status
        LEFT JOIN words study ON study.id = e.study
        LEFT JOIN words site ON site.id = e.site
        LEFT JOIN words source ON source.id = e.source_ip
        LEFT JOIN problems p ON p.id = e.problem
    ORDER BY e.sequence";

/// The same without looking anything up: numbers where the words would be.
const BARE_COLUMNS: &str = "
    SELECT sequence, received_at, received_at, 'UTC', webhook, delivery_id, vendor_webhook, event, status, study, site,
        subject_id, subject_identifier, upload_id, monitor_serial, message, first_epoch_utc, first_epoch_subject,
        last_epoch_utc, last_epoch_subject, authentication, source_ip, attempts, flags, hex(body_sha256), problem, NULL,
        NULL, NULL
    FROM events ORDER BY sequence";

pub(crate) fn measure(size: Size) -> anyhow::Result<Report> {
    let long = history::filled(size.history)?;
    let short = history::filled(size.history / 10)?;
    let [mut ours, mut theirs, mut bare, mut memory, mut short_memory] = [const { Vec::new() }; 5];
    for _ in 0..size.rounds {
        theirs.push(sqlite(&long, SAME_COLUMNS)?);
        let (seconds, peak) = export(&long)?;
        ours.push(seconds);
        memory.push(peak);
        bare.push(sqlite(&long, BARE_COLUMNS)?);
        short_memory.push(export(&short)?.1);
    }
    let mut report = Report::default();
    report.figure("a million events to CSV", median(&ours), "s");
    report.figure("sqlite3 -csv, the same columns", median(&theirs), "s");
    report.figure("sqlite3 -csv, numbers instead of words", median(&bare), "s");
    report.aimed("to sqlite3 -csv, the same columns", ratio(&ours, &theirs), "", Aim::AtMost(0.5));
    report.figure("to sqlite3 -csv, numbers instead of words", ratio(&ours, &bare), "");
    report.figure("most memory, a million events", median(&memory), "MiB");
    report.figure("most memory, a tenth of them", median(&short_memory), "MiB");
    report.aimed("most memory, a million to a tenth", ratio(&memory, &short_memory), "", Aim::AtMost(1.25));
    report.raw("export_seconds", &ours);
    report.raw("sqlite3_seconds", &theirs);
    report.raw("sqlite3_bare_seconds", &bare);
    report.raw("export_mebibytes", &memory);
    report.raw("export_tenth_mebibytes", &short_memory);
    Ok(report)
}

/// Exports everything; returns the seconds and the most memory in MiB.
fn export(folder: &Folder) -> anyhow::Result<(f64, f64)> {
    let file = folder.beside("ours.csv");
    let output = file.to_str().context("a temporary path is UTF-8")?;
    let mut command = folder.command(&["export", "--profile", "excel", "--output", output]);
    command.stdout(Stdio::null()).stderr(Stdio::null());
    let started = Instant::now();
    let mut process = Process::start(&mut command);
    let mut peak = 0.0;
    let status = loop {
        if let Some(status) = process.child().try_wait()? {
            break status;
        }
        peak = peak_memory(process.id()).unwrap_or(peak);
        std::thread::sleep(Duration::from_millis(5));
    };
    let seconds = started.elapsed().as_secs_f64();
    ensure!(status.success(), "the export failed: {status}");
    std::fs::remove_file(file)?;
    Ok((seconds, peak))
}

/// The most memory a process has held so far, in MiB, as Linux counts it.
fn peak_memory(process: u32) -> Option<f64> {
    let status = std::fs::read_to_string(format!("/proc/{process}/status")).ok()?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"))?;
    line.split_whitespace().next()?.parse::<f64>().ok().map(|kibibytes| kibibytes / 1024.0)
}

/// Selects everything with the command of SQLite's authors; returns the seconds.
fn sqlite(folder: &Folder, query: &str) -> anyhow::Result<f64> {
    let file = folder.beside("theirs.csv");
    let database: &Path = &folder.path().join("view.db");
    let started = Instant::now();
    let mut command = Command::new("sqlite3");
    command.args(["-csv", "-header", "-readonly"]).arg(database).arg(query).stdout(File::create(&file)?);
    let status = command.status()?;
    let seconds = started.elapsed().as_secs_f64();
    ensure!(status.success(), "sqlite3 failed: {status}");
    std::fs::remove_file(file)?;
    Ok(seconds)
}
