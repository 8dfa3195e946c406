//! Killed without a warning, at random moments of a burst, again and again: what was answered 200 is there once, and the log is sound.
//!
//! The short form is part of `make test`, the long one is `make torture`.

use std::collections::{HashMap, HashSet};
use std::io::{BufRead as _, BufReader, Write as _};
use std::net::{SocketAddr, TcpStream};
use std::time::{Duration, Instant};

use crate::harness::{Folder, PASSCODE, Post};

/// Connections that send at once.
const SENDERS: usize = 4;
/// A round lasts at most so long under load.
const LONGEST: Duration = Duration::from_millis(400);

#[test]
fn acknowledged_deliveries_survive_kills_in_the_middle_of_bursts() {
    torture(25);
}

#[test]
#[ignore = "takes minutes: make torture"]
fn torture_long() {
    torture(250);
}

/// What one sender knows of its deliveries.
#[derive(Default)]
struct Sent {
    acknowledged: Vec<String>,
    /// On its way when the receiver was killed: kept or not, nobody knows.
    open: Option<Post>,
}

fn torture(rounds: usize) {
    let folder = Folder::new();
    folder.add_signed("signed");
    let mut dice = 0x2545_f491_4f6c_dd1d;
    let mut acknowledged = HashSet::new();
    let mut again: HashMap<String, u64> = HashMap::new();
    let mut open: Vec<Post> = Vec::new();
    let mut restarts = Vec::new();
    for round in 0..rounds {
        let since = Instant::now();
        let serve = folder.serve();
        if round > 0 {
            restarts.push(since.elapsed());
        }
        let address = serve.address();
        let senders: Vec<_> = (0..SENDERS)
            .map(|sender| {
                // What was not answered is sent again, as CentrePoint does.
                let first = open.pop();
                if let Some(post) = &first {
                    *again.entry(post.delivery_id()).or_default() += 1;
                }
                std::thread::spawn(move || send(address, (round * SENDERS + sender) * 1_000_000, first))
            })
            .collect();
        std::thread::sleep(LONGEST.mul_f64(roll(&mut dice)));
        serve.kill();
        for sender in senders {
            let sent = sender.join().expect("a sender does not panic");
            acknowledged.extend(sent.acknowledged);
            open.extend(sent.open);
        }
    }

    let mut kept: HashMap<String, (usize, u64)> = HashMap::new();
    for event in folder.events() {
        let entry = kept.entry(event["delivery_id"].as_str().expect("each has one").to_owned()).or_default();
        entry.0 += 1;
        entry.1 += event["attempts"].as_u64().expect("a number");
    }
    let lost = acknowledged.iter().filter(|id| !kept.contains_key(*id)).count();
    // One event each, and no attempt that was not sent.
    let twice = kept
        .iter()
        .filter(|(id, (events, attempts))| *events > 1 || *attempts > 1 + again.get(*id).copied().unwrap_or(0));
    let twice = twice.count();
    let verdict = folder.run(&["verify"]);
    restarts.sort();
    let percentile = |percent: usize| restarts[(restarts.len() * percent / 100).min(restarts.len() - 1)];
    println!(
        "{rounds} kills: {} acknowledged, {} kept, lost {lost}, duplicates {twice}, corrupt {}; restart p50 {:?}, p99 {:?}",
        acknowledged.len(),
        kept.len(),
        u8::from(verdict.code != Some(0)),
        percentile(50),
        percentile(99),
    );
    assert!(acknowledged.len() > rounds, "there was a load: {}", acknowledged.len());
    assert_eq!((lost, twice), (0, 0), "lost and kept twice, of {} acknowledged", acknowledged.len());
    verdict.good();
}

/// Sends one delivery after the other until the receiver is gone.
fn send(address: SocketAddr, from: usize, first: Option<Post>) -> Sent {
    let mut sent = Sent::default();
    let Ok(stream) = TcpStream::connect(address) else {
        return Sent { open: first, ..sent };
    };
    let mut stream = BufReader::new(stream);
    let new = (from..).map(|number| Post::upload("signed", &number.to_string(), "000103", "started").signed(PASSCODE));
    for post in first.into_iter().chain(new) {
        if matches!(exchange(&mut stream, &post), Ok(true)) {
            sent.acknowledged.push(post.delivery_id());
        } else {
            sent.open = Some(post);
            break;
        }
    }
    sent
}

/// One request and its answer; whether that was 200.
fn exchange(stream: &mut BufReader<TcpStream>, post: &Post) -> std::io::Result<bool> {
    stream.get_mut().write_all(&post.bytes())?;
    let mut line = String::new();
    stream.read_line(&mut line)?;
    let kept = line.starts_with("HTTP/1.1 200");
    while kept && line != "\r\n" {
        line.clear();
        if stream.read_line(&mut line)? == 0 {
            break;
        }
    }
    Ok(kept)
}

/// The next of a row of numbers from 0 to 1 that is the same in every run.
fn roll(dice: &mut u64) -> f64 {
    *dice ^= *dice << 13;
    *dice ^= *dice >> 7;
    *dice ^= *dice << 17;
    f64::from(u32::try_from(*dice >> 32).expect("32 bits are left")) / f64::from(u32::MAX)
}
