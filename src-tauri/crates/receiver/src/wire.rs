//! The socket under hyper: notes what is read, bounds how long a write may stall, and ends without cutting off the answer.

use std::io;
use std::mem::MaybeUninit;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, ready};
use std::time::Duration;

use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::time::Sleep;

use crate::answers;
use crate::connection::Line;

/// How long, after an answer that did not wait for the body, what the peer still sends is read and dropped. Closing at once
/// would reset the connection, and the peer might lose the answer with it.
const LINGER: Duration = Duration::from_secs(1);

/// How hyper's own answer to what it cannot read begins.
const HYPERS_OWN: &[u8] = b"HTTP/1.1 400 ";

/// The most bytes dropped that way.
const LINGER_BYTES: usize = 4 * 1024 * 1024;

/// A stream `S` as one connection's wire.
#[derive(Debug)]
pub(crate) struct Wire<S> {
    inner: S,
    line: Arc<Line>,
    write_limit: Duration,
    /// Runs while the peer takes nothing.
    stalled: Option<Pin<Box<Sleep>>>,
    /// What is being sent in place of an answer of hyper's own, and how much of it is sent.
    own_words: Option<(Vec<u8>, usize)>,
    /// Runs once our side is closed and the peer may still be sending.
    linger: Option<(Pin<Box<Sleep>>, usize)>,
}

impl<S> Wire<S> {
    /// `write_limit`: how long the peer may take nothing at all.
    pub(crate) fn new(inner: S, line: Arc<Line>, write_limit: Duration) -> Self {
        Self { inner, line, write_limit, stalled: None, own_words: None, linger: None }
    }

    /// Passes on what a write said, and an error when it has been pending for too long.
    fn bounded<T>(&mut self, cx: &mut Context<'_>, written: Poll<io::Result<T>>) -> Poll<io::Result<T>> {
        if written.is_ready() {
            self.stalled = None;
            return written;
        }
        let limit = self.write_limit;
        let stalled = self.stalled.get_or_insert_with(|| Box::pin(tokio::time::sleep(limit)));
        stalled.as_mut().poll(cx).map(|()| Err(io::ErrorKind::TimedOut.into()))
    }
}

impl<S: AsyncWrite + Unpin> Wire<S> {
    /// hyper answers a head it cannot read by itself, with a status and no word. Where `bytes` are that, ours are sent instead;
    /// `None` where they are something else, and ready once all of ours are sent.
    fn say_it_better(&mut self, cx: &mut Context<'_>, bytes: &[u8]) -> Option<Poll<io::Result<()>>> {
        // Without a request at hand it can be nothing else; a `100 Continue` comes while one is worked on.
        if self.own_words.is_none() && self.line.is_idle() && bytes.starts_with(HYPERS_OWN) {
            self.own_words = Some((answers::MALFORMED.closing_bytes(), 0));
        }
        let (words, mut sent) = self.own_words.take()?;
        while sent < words.len() {
            let written = Pin::new(&mut self.inner).poll_write(cx, &words[sent..]);
            match self.bounded(cx, written) {
                Poll::Ready(Ok(0)) => return Some(Poll::Ready(Err(io::ErrorKind::WriteZero.into()))),
                Poll::Ready(Ok(written)) => sent += written,
                Poll::Ready(Err(error)) => return Some(Poll::Ready(Err(error))),
                Poll::Pending => {
                    self.own_words = Some((words, sent));
                    return Some(Poll::Pending);
                }
            }
        }
        Some(Poll::Ready(Ok(())))
    }
}

impl<S: AsyncRead + Unpin> AsyncRead for Wire<S> {
    fn poll_read(self: Pin<&mut Self>, cx: &mut Context<'_>, buffer: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        let this = self.get_mut();
        let before = buffer.filled().len();
        ready!(Pin::new(&mut this.inner).poll_read(cx, buffer))?;
        this.line.tap.note(&buffer.filled()[before..]);
        Poll::Ready(Ok(()))
    }
}

impl<S: AsyncRead + AsyncWrite + Unpin> AsyncWrite for Wire<S> {
    fn poll_write(self: Pin<&mut Self>, cx: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        let this = self.get_mut();
        if let Some(said) = this.say_it_better(cx, bytes) {
            return said.map_ok(|()| bytes.len());
        }
        let written = Pin::new(&mut this.inner).poll_write(cx, bytes);
        this.bounded(cx, written)
    }

    fn poll_write_vectored(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        slices: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        let this = self.get_mut();
        if let Some(said) = this.say_it_better(cx, slices.first().map_or(&[], |first| first)) {
            return said.map_ok(|()| slices.iter().map(|slice| slice.len()).sum());
        }
        let written = Pin::new(&mut this.inner).poll_write_vectored(cx, slices);
        this.bounded(cx, written)
    }

    fn is_write_vectored(&self) -> bool {
        self.inner.is_write_vectored()
    }

    fn poll_flush(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        let this = self.get_mut();
        let flushed = Pin::new(&mut this.inner).poll_flush(cx);
        ready!(this.bounded(cx, flushed))?;
        this.line.flushed();
        Poll::Ready(Ok(()))
    }

    fn poll_shutdown(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        let this = self.get_mut();
        if this.linger.is_none() {
            let closed = Pin::new(&mut this.inner).poll_shutdown(cx);
            ready!(this.bounded(cx, closed))?;
            if !this.line.is_body_pending() {
                return Poll::Ready(Ok(()));
            }
        }
        let (until, dropped) = this.linger.get_or_insert_with(|| (Box::pin(tokio::time::sleep(LINGER)), 0));
        while *dropped < LINGER_BYTES && until.as_mut().poll(cx).is_pending() {
            let mut space = [MaybeUninit::uninit(); 8 * 1024];
            let mut buffer = ReadBuf::uninit(&mut space);
            match ready!(Pin::new(&mut this.inner).poll_read(cx, &mut buffer)) {
                Ok(()) if !buffer.filled().is_empty() => *dropped += buffer.filled().len(),
                // The peer has closed its side too, or is gone: the answer is where it will get.
                _ => break,
            }
        }
        Poll::Ready(Ok(()))
    }
}

#[cfg(test)]
mod tests {
    use std::net::{IpAddr, Ipv4Addr};

    use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};

    use super::*;
    use crate::tap::Framing;

    fn line() -> Arc<Line> {
        Arc::new(Line::new(IpAddr::V4(Ipv4Addr::LOCALHOST)))
    }

    #[tokio::test]
    async fn what_is_read_is_noted() {
        let (mut far, near) = tokio::io::duplex(64);
        let line = line();
        let mut wire = Wire::new(near, Arc::clone(&line), Duration::from_secs(1));
        far.write_all(b"abcdef").await.unwrap();
        let mut six = [0; 6];
        wire.read_exact(&mut six).await.unwrap();
        let noted = line.tap.take(Framing::Length(0), |noted| Some((noted.len(), noted.to_vec())));
        assert_eq!(noted.as_deref(), Some(&b"abcdef"[..]));
    }

    #[tokio::test(start_paused = true)]
    async fn a_peer_that_takes_nothing_is_given_up() {
        let (_far, near) = tokio::io::duplex(4);
        let mut wire = Wire::new(near, line(), Duration::from_secs(10));
        let error = wire.write_all(b"more than four").await.unwrap_err();
        assert_eq!(error.kind(), io::ErrorKind::TimedOut);
    }

    #[tokio::test(start_paused = true)]
    async fn a_peer_that_takes_a_little_now_and_then_is_not() {
        let (mut far, near) = tokio::io::duplex(4);
        let mut wire = Wire::new(near, line(), Duration::from_secs(10));
        let slow = async {
            let mut got = Vec::new();
            while got.len() < 14 {
                tokio::time::sleep(Duration::from_secs(9)).await;
                let mut some = [0; 4];
                let read = far.read(&mut some).await.unwrap();
                got.extend_from_slice(&some[..read]);
            }
            got
        };
        let (written, got) = tokio::join!(wire.write_all(b"more than four"), slow);
        written.unwrap();
        assert_eq!(got, b"more than four");
    }
}
