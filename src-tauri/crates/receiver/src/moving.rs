//! Going on at another address while everything runs: with both open for a moment, so that there is always one; where the two are in each other's
//! way (the same port, here alone and for everyone), with an instant between them, and back to the old one where the new one cannot be.
//!
//! Connections that are open stay open. Who decides where to go is the caller.

use std::io;
use std::net::SocketAddr;

use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{mpsc, oneshot};

/// Connections that came to the old address and were not accepted yet: so many are brought along at most, and the others try again.
const MOST_WAITING: usize = 256;

/// Asks a running receiver to go on at another address.
#[derive(Debug, Clone)]
pub struct Mover(mpsc::Sender<Move>);

/// What is asked by its [`Mover`]; one at a time.
#[derive(Debug)]
pub struct Moves(Option<mpsc::Receiver<Move>>);

/// A wish, and who waits for what becomes of it.
#[derive(Debug)]
pub(crate) struct Move {
    pub(crate) to: SocketAddr,
    pub(crate) done: oneshot::Sender<io::Result<SocketAddr>>,
}

/// Where a receiver goes on.
pub(crate) struct Moved {
    pub(crate) listener: TcpListener,
    /// Connections that had come to the old address.
    pub(crate) waiting: Vec<(TcpStream, SocketAddr)>,
    /// The new address, or why it is still the old one.
    pub(crate) outcome: io::Result<SocketAddr>,
}

impl Mover {
    /// Both ends.
    #[must_use]
    pub fn channel() -> (Self, Moves) {
        let (sender, receiver) = mpsc::channel(1);
        (Self(sender), Moves(Some(receiver)))
    }

    /// Goes on at `to`; returns where that is. Blocks, and not within a runtime.
    ///
    /// # Errors
    /// Why `to` cannot be listened on: the old address is kept then.
    pub fn go(&self, to: SocketAddr) -> io::Result<SocketAddr> {
        let gone = || io::Error::other("the receiver has ended");
        let (done, outcome) = oneshot::channel();
        self.0.blocking_send(Move { to, done }).map_err(|_| gone())?;
        outcome.blocking_recv().map_err(|_| gone())?
    }
}

impl Moves {
    /// Nobody asks.
    #[must_use]
    pub fn none() -> Self {
        Self(None)
    }

    /// The next wish; for ever, where nobody asks any more.
    pub(crate) async fn next(&mut self) -> Move {
        if let Some(moves) = &mut self.0
            && let Some(wanted) = moves.recv().await
        {
            return wanted;
        }
        std::future::pending().await
    }
}

/// Listens on `to` in the place of `old`.
///
/// # Errors
/// When neither can be listened on any more.
pub(crate) async fn go(old: TcpListener, to: SocketAddr) -> io::Result<Moved> {
    let from = old.local_addr()?;
    match TcpListener::bind(to).await {
        Ok(listener) => {
            let outcome = listener.local_addr();
            Ok(Moved { listener, waiting: emptied(old)?, outcome })
        }
        Err(error) if error.kind() == io::ErrorKind::AddrInUse && are_in_each_others_way(from, to) => {
            let waiting = emptied(old)?;
            let (listener, outcome) = match TcpListener::bind(to).await {
                Ok(listener) => {
                    let address = listener.local_addr();
                    (listener, address)
                }
                Err(error) => (TcpListener::bind(from).await?, Err(error)),
            };
            Ok(Moved { listener, waiting, outcome })
        }
        Err(error) => Ok(Moved { listener: old, waiting: Vec::new(), outcome: Err(error) }),
    }
}

/// One port, of addresses of which one includes the other.
#[must_use]
pub fn are_in_each_others_way(one: SocketAddr, other: SocketAddr) -> bool {
    let (ip, another) = (one.ip().to_canonical(), other.ip().to_canonical());
    one.port() == other.port() && (ip == another || ip.is_unspecified() || another.is_unspecified())
}

/// Closes it. Whoever had come by then is brought along: the system has told them that they are connected.
fn emptied(listener: TcpListener) -> io::Result<Vec<(TcpStream, SocketAddr)>> {
    let listener = listener.into_std()?;
    let mut waiting = Vec::new();
    while waiting.len() < MOST_WAITING {
        // It waits for nobody: an error is the end of those who are there, or of one that is gone again.
        let Ok((stream, peer)) = listener.accept() else { break };
        if stream.set_nonblocking(true).is_ok()
            && let Ok(stream) = TcpStream::from_std(stream)
        {
            waiting.push((stream, peer));
        }
    }
    Ok(waiting)
}

#[cfg(test)]
mod tests {
    use super::*;

    async fn listener() -> (TcpListener, SocketAddr) {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        (listener, address)
    }

    #[tokio::test]
    async fn who_was_connected_and_not_yet_seen_is_brought_along() {
        let (old, from) = listener().await;
        let early = [0; 3].map(|_| std::net::TcpStream::connect(from).unwrap());
        let moved = go(old, "127.0.0.1:0".parse().unwrap()).await.unwrap();
        let mut peers: Vec<_> = moved.waiting.iter().map(|(_, peer)| *peer).collect();
        let mut came = early.map(|stream| stream.local_addr().unwrap());
        (peers.sort_unstable(), came.sort_unstable());
        assert_eq!(peers, came);
        assert_ne!(moved.outcome.unwrap(), from);
        assert!(std::net::TcpStream::connect(from).is_err(), "nobody listens there any more");
    }

    #[tokio::test]
    async fn one_that_cannot_be_listened_on_changes_nothing() {
        let (old, from) = listener().await;
        let (_taken, address) = listener().await;
        let moved = go(old, address).await.unwrap();
        assert_eq!(moved.outcome.unwrap_err().kind(), io::ErrorKind::AddrInUse);
        assert_eq!(moved.listener.local_addr().unwrap(), from);
    }

    #[tokio::test]
    async fn from_here_alone_to_everyone_and_back_on_one_port() {
        let (old, from) = listener().await;
        let _early = std::net::TcpStream::connect(from).unwrap();
        let everyone: SocketAddr = ([0, 0, 0, 0], from.port()).into();
        let moved = go(old, everyone).await.unwrap();
        assert_eq!((moved.outcome.unwrap(), moved.waiting.len()), (everyone, 1));
        let back = go(moved.listener, from).await.unwrap();
        assert_eq!(back.outcome.unwrap(), from);
    }

    #[tokio::test]
    async fn where_another_program_is_in_the_way_of_everyone_it_is_the_old_one_again() {
        let (old, from) = listener().await;
        let Ok(_other) = TcpListener::bind(("127.0.0.2", from.port())).await else {
            return; // Not every system has that address.
        };
        let moved = go(old, ([0, 0, 0, 0], from.port()).into()).await.unwrap();
        assert_eq!(moved.outcome.unwrap_err().kind(), io::ErrorKind::AddrInUse);
        assert_eq!(moved.listener.local_addr().unwrap(), from);
    }

    #[test]
    fn the_same_port_is_in_the_way_where_one_includes_the_other() {
        let judged = |one: &str, other: &str| are_in_each_others_way(one.parse().unwrap(), other.parse().unwrap());
        assert!(judged("127.0.0.1:1", "0.0.0.0:1") && judged("[::]:1", "127.0.0.1:1"));
        assert!(judged("[::ffff:127.0.0.1]:1", "127.0.0.1:1"));
        assert!(!judged("127.0.0.1:1", "127.0.0.1:2") && !judged("127.0.0.1:1", "192.0.2.1:1"));
    }
}
