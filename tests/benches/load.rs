//! A load generator that leaves the computer to what it measures: prepared bytes, one thread, kept-alive connections.

use std::net::SocketAddr;
use std::rc::Rc;
use std::time::{Duration, Instant};

use anyhow::{Context as _, bail};
use centrepoint::Secret;
use centrepoint::authentication::sign;
use hdrhistogram::Histogram;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;
use uuid::Uuid;

use crate::harness::PASSCODE;

/// Connections at once.
pub(crate) const CONNECTIONS: usize = 64;
/// The webhook they go to.
pub(crate) const SLUG: &str = "bench";

/// Signed upload deliveries, each with ids of its own, ready to be sent.
pub(crate) struct Deliveries(Vec<Vec<u8>>);

impl Deliveries {
    /// Prepares `count`. Random ids: what is looked up by them is looked up all over its index.
    pub(crate) fn prepare(count: usize) -> Self {
        let passcode = Secret::new(PASSCODE.as_bytes().to_vec());
        Self((0..count).map(|_| delivery(&passcode)).collect())
    }
}

/// The body of one upload event.
pub(crate) fn body() -> String {
    let id = Uuid::new_v4().as_u128();
    let (upload, subject) = (id % 100_000_000_000, id >> 64 & 511);
    let status = match id % 50 {
        0 => r#""status":"error","message":"Battery voltage below threshold""#,
        1..=4 => r#""status":"started""#,
        _ => {
            r#""status":"completed","firstEpochUTC":"2016-06-14T20:46:00.0000000","firstEpochSubjectTZ":"2016-06-14T16:46:00.0000000","lastEpochUTC":"2016-06-15T20:46:00.0000000","lastEpochSubjectTZ":"2016-06-15T16:46:00.0000000""#
        }
    };
    format!(r#"{{"uploadId":"{upload}","studyId":"189","subjectId":"{:06}",{status}}}"#, 44_000 + subject)
}

/// The head of a delivery of `body`, the empty line included.
pub(crate) fn head(body: &str, signature: &str) -> String {
    let (id, length) = (Uuid::new_v4(), body.len());
    format!(
        "POST /hooks/{SLUG} HTTP/1.1\r\nHost: monitor.example.org\r\nUser-Agent: ActiGraph-Hookshot/1.0\r\n\
         Content-Type: application/json; charset=utf-8\r\nX-ActiGraph-Webhook-Id: 15\r\nX-ActiGraph-Event: upload\r\n\
         X-ActiGraph-Delivery: {id}\r\nX-ActiGraph-Signature: {signature}\r\nX-Client-Cert-Used: False\r\n\
         Content-Length: {length}\r\n\r\n"
    )
}

fn delivery(passcode: &Secret) -> Vec<u8> {
    let body = body();
    let head = head(&body, &sign(passcode, body.as_bytes()));
    [head.as_bytes(), body.as_bytes()].concat()
}

/// How it went.
pub(crate) struct Outcome {
    /// Deliveries answered in a second.
    pub(crate) per_second: f64,
    /// Time to the answer, in microseconds.
    pub(crate) latency: Histogram<u64>,
}

impl Outcome {
    /// The time within which this part of them was answered, in milliseconds.
    #[expect(clippy::cast_precision_loss, reason = "latencies are far below 2^52 microseconds")]
    pub(crate) fn milliseconds(&self, quantile: f64) -> f64 {
        self.latency.value_at_quantile(quantile) as f64 / 1000.0
    }
}

/// Sends `deliveries` to `address` over [`CONNECTIONS`] connections, each waiting for its answer before it sends the next.
pub(crate) fn send(address: SocketAddr, deliveries: Deliveries) -> anyhow::Result<Outcome> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    runtime.block_on(tokio::task::LocalSet::new().run_until(drive(address, deliveries)))
}

#[expect(clippy::cast_precision_loss, reason = "counts far below 2^52")]
async fn drive(address: SocketAddr, deliveries: Deliveries) -> anyhow::Result<Outcome> {
    let deliveries = Rc::new(deliveries.0);
    let mut streams = Vec::new();
    for _ in 0..CONNECTIONS {
        let stream = TcpStream::connect(address).await?;
        stream.set_nodelay(true)?;
        streams.push(stream);
    }
    let started = Instant::now();
    let connections: Vec<_> = streams
        .into_iter()
        .enumerate()
        .map(|(first, stream)| tokio::task::spawn_local(connection(stream, Rc::clone(&deliveries), first)))
        .collect();
    let mut latency = Histogram::new(3)?;
    for connection in connections {
        latency.add(connection.await??)?;
    }
    let per_second = deliveries.len() as f64 / started.elapsed().as_secs_f64();
    Ok(Outcome { per_second, latency })
}

async fn connection(
    mut stream: TcpStream,
    deliveries: Rc<Vec<Vec<u8>>>,
    first: usize,
) -> anyhow::Result<Histogram<u64>> {
    let mut latency = Histogram::new(3)?;
    let mut answer = [0; 1024];
    for delivery in deliveries.iter().skip(first).step_by(CONNECTIONS) {
        let sent = Instant::now();
        stream.write_all(delivery).await?;
        let mut length = 0;
        // An acceptance has no body: it ends with its head.
        while !answer[..length].ends_with(b"\r\n\r\n") {
            let more = stream.read(&mut answer[length..]).await?;
            if more == 0 {
                bail!("the receiver closed the connection: {:?}", String::from_utf8_lossy(&answer[..length]));
            }
            length += more;
        }
        if !answer.starts_with(b"HTTP/1.1 200") {
            bail!("not accepted: {:?}", String::from_utf8_lossy(&answer[..length]));
        }
        latency.record(micros(sent.elapsed())?)?;
    }
    Ok(latency)
}

/// Microseconds, as a histogram takes them.
pub(crate) fn micros(time: Duration) -> anyhow::Result<u64> {
    u64::try_from(time.as_micros()).context("a measured time fits")
}
