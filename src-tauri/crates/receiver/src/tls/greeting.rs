//! The TLS handshake of one connection: bounded in time, counted where it comes to nothing, said in the log once a minute at most.

use std::io;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use rustls::ServerConfig;
use tokio::net::TcpStream;
use tokio::sync::watch;
use tokio_rustls::TlsAcceptor;
use tokio_rustls::server::TlsStream;

use crate::connection::{Line, Shared};

/// How often one kind of failure is said in the log.
const SAID: Duration = Duration::from_mins(1);

/// What every TLS record of a handshake begins with (RFC 8446, 5.1).
const HANDSHAKE: u8 = 22;

/// The count of connections that spoke to the TLS port in the clear.
const IN_THE_CLEAR: &str = "in_the_clear";
/// The count of handshakes that failed.
const FAILED: &str = "tls_failed";
/// The count of handshakes that took too long.
const SLOW: &str = "tls_slow";

/// What was said of failed handshakes, of all connections together.
#[derive(Debug, Default)]
pub(crate) struct Greetings {
    in_the_clear: Seldom,
    failed: Seldom,
    slow: Seldom,
}

/// Something that is said now and then, with how often it happened meanwhile.
#[derive(Debug, Default)]
struct Seldom(Mutex<(Option<Instant>, u64)>);

impl Seldom {
    /// How often it happened since it was last said, this time included; `None` while it was said just now.
    fn due(&self) -> Option<u64> {
        let mut guard = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let (said, times) = &mut *guard;
        *times += 1;
        if said.is_some_and(|said| said.elapsed() < SAID) {
            return None;
        }
        *said = Some(Instant::now());
        Some(std::mem::take(times))
    }
}

/// How a handshake can come to nothing.
enum Failed {
    /// The peer closed before it said anything: a look whether the port is open.
    Nothing,
    /// It does not speak TLS.
    InTheClear,
    /// TLS itself failed, or the connection broke.
    Tls(io::Error),
}

/// Brings `stream` through its handshake, within `limits.tls_handshake`; `None` where it comes to nothing. Once `ending` turns true, it ends
/// at once.
pub(crate) async fn greet(
    stream: TcpStream,
    line: &Line,
    shared: &Shared,
    config: Arc<ServerConfig>,
    mut ending: watch::Receiver<bool>,
) -> Option<TlsStream<TcpStream>> {
    let shaken = tokio::time::timeout(shared.limits.tls_handshake, shake(stream, config));
    let outcome = tokio::select! {
        biased;
        outcome = shaken => outcome,
        _ = ending.wait_for(|ending| *ending) => return None,
    };
    let peer = line.peer;
    let Greetings { in_the_clear, failed, slow } = &*shared.greetings;
    match outcome {
        Ok(Ok(stream)) => return Some(stream),
        Ok(Err(Failed::Nothing)) => tracing::debug!(%peer, "connected and said nothing"),
        Ok(Err(Failed::InTheClear)) => {
            (shared.count)(IN_THE_CLEAR);
            if let Some(times) = in_the_clear.due() {
                tracing::warn!(%peer, times, "plain HTTP was spoken to the port for TLS, and closed: the address there begins with https://");
            }
        }
        Ok(Err(Failed::Tls(error))) => {
            (shared.count)(FAILED);
            if let Some(times) = failed.due() {
                tracing::info!(%peer, %error, times, "a TLS handshake failed");
            }
        }
        Err(_) => {
            (shared.count)(SLOW);
            if let Some(times) = slow.due() {
                tracing::info!(%peer, times, "a TLS handshake took too long, and was closed");
            }
        }
    }
    None
}

async fn shake(stream: TcpStream, config: Arc<ServerConfig>) -> Result<TlsStream<TcpStream>, Failed> {
    let mut first = [0];
    match stream.peek(&mut first).await {
        Ok(0) => return Err(Failed::Nothing),
        Ok(_) if first[0] != HANDSHAKE && first[0].is_ascii_alphabetic() => return Err(Failed::InTheClear),
        Ok(_) => {}
        Err(error) => return Err(Failed::Tls(error)),
    }
    TlsAcceptor::from(config).accept(stream).await.map_err(Failed::Tls)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_storm_is_said_once_and_then_with_its_number() {
        let seldom = Seldom::default();
        assert_eq!(seldom.due(), Some(1));
        for _ in 0..1_000 {
            assert_eq!(seldom.due(), None);
        }
        seldom.0.lock().unwrap().0 = Instant::now().checked_sub(SAID);
        assert_eq!(seldom.due(), Some(1_001));
    }
}
