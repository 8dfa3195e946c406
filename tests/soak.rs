//! Deliveries at a steady rate for a long time: what the receiver takes of the computer stays what it was.
//!
//! The short form is part of `make test`, the long one is `make soak`.

use std::io::Write as _;
use std::time::{Duration, Instant};

use crate::harness::{Folder, PASSCODE, Post, Serve};

/// Deliveries a second.
const RATE: u32 = 200;
/// Parts of the time that are compared.
const PARTS: usize = 10;
/// What the caches of the view may take in all, in KiB: 96 MiB of who derives it, 16 of each of four who read. At some 0.7 KiB a delivery, ten
/// minutes do not fill them.
const CACHES: u64 = (96 + 4 * 16) * 1024;
/// More than that for each delivery is no cache that fills, in KiB.
const MOST_EACH: u64 = 1;
/// Room for what the system and the allocator do as they like, in KiB.
const SLACK: u64 = 16 * 1024;
/// Room for files that SQLite and the log open now and then.
const DESCRIPTORS: usize = 8;

#[test]
fn a_steady_stream_leaves_memory_and_descriptors_as_they_were() {
    soak(Duration::from_secs(10));
}

#[test]
#[ignore = "takes ten minutes: make soak"]
fn soak_long() {
    soak(Duration::from_mins(10));
}

/// What one part of the time looked like.
struct Part {
    /// Within this 99 of 100 were answered.
    p99: Duration,
    /// Resident memory at its end, in KiB.
    memory: u64,
    /// Open descriptors at its end.
    descriptors: usize,
}

fn soak(time: Duration) {
    let folder = Folder::new();
    folder.add_signed("signed");
    let serve = folder.serve();
    let mut wire = serve.connect();
    let each = RATE * u32::try_from(time.as_secs()).expect("some minutes") / u32::try_from(PARTS).expect("ten");
    let (started, mut number) = (Instant::now(), 0);
    let mut parts = Vec::new();
    for _ in 0..PARTS {
        let mut times = Vec::new();
        for _ in 0..each {
            let due = started + Duration::from_secs(1) * number / RATE;
            std::thread::sleep(due.saturating_duration_since(Instant::now()));
            let status = if number % 50 == 0 { "error" } else { "completed" };
            let subject = format!("{:06}", number % 500);
            let post = Post::upload("signed", &number.to_string(), &subject, status).signed(PASSCODE);
            let since = Instant::now();
            assert_eq!(wire.send(&post.bytes()).answer().status, 200);
            times.push(since.elapsed());
            number += 1;
        }
        times.sort();
        let p99 = times[times.len() * 99 / 100];
        parts.push(Part { p99, memory: memory(&serve), descriptors: descriptors(&serve) });
    }
    let mut table = String::from("part  p99        memory  descriptors\n");
    for (place, part) in parts.iter().enumerate() {
        let line = format!("{place:>4}  {:<9.2?}  {:>6}  {:>11}\n", part.p99, part.memory, part.descriptors);
        table.push_str(&line);
    }
    // Written past the capture of a test's output only where it is asked for.
    println!("{number} deliveries in {:?}, KiB\n{table}", started.elapsed());
    std::io::stdout().flush().expect("there is an output");

    let early = &parts[PARTS / 2 - 2..PARTS / 2];
    let late = &parts[PARTS - 2..];
    let most = |parts: &[Part]| parts.iter().map(|part| (part.memory, part.descriptors)).max().expect("two parts");
    let ((memory_early, files_early), (memory_late, files_late)) = (most(early), most(late));
    let growth = memory_late.saturating_sub(memory_early);
    assert!(growth <= CACHES.min(u64::from(number) / 2 * MOST_EACH) + SLACK, "memory grows:\n{table}");
    assert!(files_late <= files_early + DESCRIPTORS, "descriptors grow:\n{table}");
    assert_eq!(folder.events().len(), usize::try_from(number).expect("fits"), "every one is there");
    serve.stop();
    folder.run(&["verify"]).good();
}

/// Its resident memory, in KiB.
fn memory(serve: &Serve) -> u64 {
    let status = std::fs::read_to_string(format!("/proc/{}/status", serve.id())).expect("it runs");
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:")).expect("Linux says so");
    line.split_whitespace().next().and_then(|number| number.parse().ok()).expect("a number")
}

fn descriptors(serve: &Serve) -> usize {
    std::fs::read_dir(format!("/proc/{}/fd", serve.id())).expect("it runs").count()
}
