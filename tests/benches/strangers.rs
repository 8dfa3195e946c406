//! A thousand strangers who keep their connections open, while `CentrePoint` delivers 50 a second: what they cost it, and how long they stay.
//! Our own, who do nothing, never end a head or never end a body; and those of slowhttptest, who also read answers slowly.

use std::io::{ErrorKind, Read as _, Write as _};
use std::net::{SocketAddr, TcpStream};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use anyhow::ensure;
use hdrhistogram::Histogram;

use crate::Size;
use crate::harness::{PASSCODE, Post, Process, Serve};
use crate::history;
use crate::load::{SLUG, micros};
use crate::report::{Aim, Report, median, ratio};

/// How many. The receiver takes 1,024 connections at once.
const STRANGERS: usize = 1_000;
/// Deliveries a second.
const STEADY: u32 = 50;
/// A stranger sends its next byte after this long.
const DRIP: Duration = Duration::from_secs(1);
/// The longest limit is that for a head: 30 s. After this long every stranger was to be closed.
const GONE: Duration = Duration::from_secs(40);

/// What a stranger does with its connection.
#[derive(Debug, Clone, Copy)]
enum Habit {
    /// Nothing.
    Silent,
    /// Sends a head that never ends.
    Head,
    /// Sends a body that never ends.
    Body,
}

struct Stranger {
    stream: TcpStream,
    habit: Habit,
}

impl Stranger {
    fn arrive(address: SocketAddr, habit: Habit) -> anyhow::Result<Self> {
        let mut stream = TcpStream::connect(address)?;
        match habit {
            Habit::Silent => {}
            Habit::Head => stream.write_all(b"POST /hooks/bench HTTP/1.1\r\nHost: x\r\nX-Filler: ")?,
            Habit::Body => {
                stream.write_all(b"POST /hooks/bench HTTP/1.1\r\nHost: x\r\nContent-Length: 1000000\r\n\r\n")?;
            }
        }
        stream.set_nonblocking(true)?;
        Ok(Self { stream, habit })
    }

    /// Sends one more byte, where it sends any; whether the receiver still lets it.
    fn drip(&mut self) -> bool {
        let mut heard = [0; 512];
        let heard = self.stream.read(&mut heard);
        let open = match heard {
            Ok(0) => false,
            Ok(_) => true,
            Err(error) => error.kind() == ErrorKind::WouldBlock,
        };
        open && (matches!(self.habit, Habit::Silent) || self.stream.write_all(b"x").is_ok())
    }
}

#[expect(clippy::cast_precision_loss, reason = "counts and times far below 2^52")]
pub(crate) fn measure(size: Size) -> anyhow::Result<Report> {
    let mut report = Report::default();
    let [mut alone, mut beside, mut memory, mut stayed] = [const { Vec::new() }; 4];
    for _ in 0..size.rounds.min(3) {
        let folder = history::empty()?;
        let serve = folder.serve();
        alone.push(deliver(&serve, size.seconds, &mut Vec::new())?);
        let before = resident(&serve)?;
        let habits = [Habit::Silent, Habit::Head, Habit::Body].into_iter().cycle();
        let since = Instant::now();
        let mut strangers = Vec::new();
        for habit in habits.take(STRANGERS) {
            strangers.push(Stranger::arrive(serve.address(), habit)?);
        }
        beside.push(deliver(&serve, size.seconds, &mut strangers)?);
        memory.push(resident(&serve)? - before);
        while since.elapsed() < GONE && !strangers.is_empty() {
            strangers.retain_mut(Stranger::drip);
            std::thread::sleep(DRIP);
        }
        stayed.push(strangers.len() as f64);
        // Nothing of the strangers is in the history, and what was accepted is whole.
        serve.stop();
        let verified = folder.run(&["verify"]);
        ensure!(verified.code == Some(0), "{verified:?}");
    }
    report.figure("answer at 50/s alone, p99", median(&alone), "ms");
    report.figure("answer at 50/s beside 1,000 strangers, p99", median(&beside), "ms");
    report.aimed("beside strangers to alone, p99", ratio(&beside, &alone), "", Aim::AtMost(2.0));
    report.figure("memory that the strangers take", median(&memory), "MiB");
    report.aimed("strangers still there after 40 s", median(&stayed), "", Aim::AtMost(0.0));
    report.raw("alone_ms", &alone);
    report.raw("beside_ms", &beside);
    for (name, mode) in [("heads", "-H"), ("bodies", "-B"), ("reading", "-X")] {
        let (ratio, memory, stayed) = slowly(mode, size.seconds)?;
        report.aimed(format!("beside slowhttptest {mode} (slow {name}) to alone, p99"), ratio, "", Aim::AtMost(2.0));
        report.figure(format!("memory that slow {name} take"), memory, "MiB");
        report.aimed(format!("slow {name} still there at the end"), stayed, "", Aim::AtMost(0.0));
    }
    Ok(report)
}

/// The same with the strangers of slowhttptest: p99 beside them to alone, MiB that they take, and how many are there after 40 s.
#[expect(clippy::cast_precision_loss, reason = "counts far below 2^52")]
fn slowly(mode: &str, seconds: u64) -> anyhow::Result<(f64, f64, f64)> {
    let folder = history::empty()?;
    let serve = folder.serve();
    let alone = deliver(&serve, seconds, &mut Vec::new())?;
    let (before, few) = (resident(&serve)?, sockets(&serve)?);
    let (many, long) = (STRANGERS.to_string(), GONE.as_secs().to_string());
    let mut command = Command::new("slowhttptest");
    command.args([mode, "-c", &many, "-r", "500", "-i", "1", "-x", "8", "-s", "1000000", "-w", "1", "-y", "1"]);
    command.args(["-n", "1", "-z", "1", "-k", "1", "-p", "3", "-t", "POST", "-l", &long, "-u", &serve.url(SLUG)]);
    let silent = command.stdout(Stdio::null()).stderr(Stdio::null());
    let mut strangers = Process::start(silent);
    let since = Instant::now();
    // They come at 500 a second.
    std::thread::sleep(Duration::from_secs(3));
    ensure!(sockets(&serve)? >= STRANGERS / 2, "slowhttptest has not come");
    let beside = deliver(&serve, seconds, &mut Vec::new())?;
    let memory = resident(&serve)? - before;
    // What counts is whom the receiver keeps: bytes on their way are the system's, and a stranger may read those for long.
    std::thread::sleep(GONE.saturating_sub(since.elapsed() + Duration::from_secs(1)));
    let stayed = sockets(&serve)?.saturating_sub(few) as f64;
    strangers.wait();
    serve.stop();
    Ok((beside / alone, memory, stayed))
}

/// Delivers for some seconds while the strangers drip; the time within which 99 of 100 were answered, in milliseconds.
#[expect(clippy::cast_precision_loss, reason = "times far below 2^52")]
fn deliver(serve: &Serve, seconds: u64, strangers: &mut Vec<Stranger>) -> anyhow::Result<f64> {
    let mut times: Histogram<u64> = Histogram::new(3)?;
    let pause = Duration::from_secs(1) / STEADY;
    let (started, mut dripped) = (Instant::now(), Instant::now());
    for number in 0..STEADY * u32::try_from(seconds)? {
        std::thread::sleep((started + pause * number).saturating_duration_since(Instant::now()));
        if dripped.elapsed() >= DRIP {
            dripped = Instant::now();
            strangers.retain_mut(Stranger::drip);
        }
        let post = Post::upload(SLUG, &format!("{number}"), "000103", "completed").signed(PASSCODE);
        let sent = Instant::now();
        let answer = serve.post(&post);
        ensure!(answer.status == 200, "not accepted: {answer:?}");
        times.record(micros(sent.elapsed())?)?;
    }
    Ok(times.value_at_quantile(0.99) as f64 / 1000.0)
}

/// Sockets it has open.
fn sockets(serve: &Serve) -> anyhow::Result<usize> {
    let open = std::fs::read_dir(format!("/proc/{}/fd", serve.id()))?;
    let leads_to = open.filter_map(|entry| std::fs::read_link(entry.ok()?.path()).ok());
    Ok(leads_to.filter(|target| target.to_string_lossy().starts_with("socket:")).count())
}

/// Its resident memory, in MiB.
fn resident(serve: &Serve) -> anyhow::Result<f64> {
    let status = std::fs::read_to_string(format!("/proc/{}/status", serve.id()))?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:")).unwrap_or_default();
    let kibibytes: f64 = line.split_whitespace().next().unwrap_or_default().parse()?;
    Ok(kibibytes / 1024.0)
}
