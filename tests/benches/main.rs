//! What `make bench` measures: intake, the view behind it, questions, export, start, strangers, the window. Prints a table and writes JSON to `target/bench`.
//!
//! `bench [--quick] [ingest|lag|ask|export|start|strangers|window]…`: all of them unless named. `--quick` only shows that each works: its figures mean nothing.

#[expect(dead_code, unused_imports, reason = "shared with the tests, which use all of it")]
#[path = "../harness/mod.rs"]
mod harness;

mod ask;
mod blank;
mod export;
mod history;
mod ingest;
mod lag;
mod load;
mod report;
mod start;
mod strangers;
mod window;

use report::Report;

/// How much is measured.
#[derive(Debug, Clone, Copy)]
struct Size {
    /// Events in the large history.
    history: usize,
    /// Deliveries in one measured round of intake.
    deliveries: usize,
    /// Rounds of everything that is measured in turn.
    rounds: usize,
    /// Seconds at a steady rate.
    seconds: u64,
}

const FULL: Size = Size { history: 1_000_000, deliveries: 100_000, rounds: 5, seconds: 10 };
const QUICK: Size = Size { history: 5_000, deliveries: 2_000, rounds: 1, seconds: 1 };

/// One benchmark.
type Measure = fn(Size) -> anyhow::Result<Report>;

fn main() -> anyhow::Result<()> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    if arguments.iter().any(|argument| argument == blank::COMMAND) {
        return blank::serve();
    }
    let size = if arguments.iter().any(|argument| argument == "--quick") { QUICK } else { FULL };
    let named = |name: &str| arguments.iter().any(|argument| argument == name);
    let benches: [(&str, Measure); 7] = [
        ("ingest", ingest::measure),
        ("lag", lag::measure),
        ("ask", ask::measure),
        ("export", export::measure),
        ("start", start::measure),
        ("strangers", strangers::measure),
        ("window", window::measure),
    ];
    let all = !benches.iter().any(|(name, _)| named(name));
    for (name, measure) in benches {
        if all || named(name) {
            measure(size)?.publish(name)?;
        }
    }
    Ok(())
}

/// How many of something a second.
#[expect(clippy::cast_precision_loss, reason = "counts far below 2^52")]
fn per_second(count: usize, time: std::time::Duration) -> f64 {
    count as f64 / time.as_secs_f64()
}
