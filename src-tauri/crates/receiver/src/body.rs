//! The body: read whole, within its limits of size and time, or not at all.

use std::time::Duration;

use axum::body::Body;
use http_body::Body as _;
use http_body_util::BodyExt as _;

/// Why a body was not read to its end.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Unread {
    /// It announces, or turned out to have, more than the limit. Bytes announced, else read so far.
    TooLarge(u64),
    /// It stalled. Bytes read so far.
    TimedOut(u64),
    /// The sender went away, or its framing is broken.
    Interrupted,
}

/// Room made for a body before its first byte is here, whatever it announces: a liar must send to make it grow.
const FIRST_ROOM: u64 = 16 * 1024;

/// Reads `body`, at most `limit` bytes, at most `within`.
///
/// A body that announces too much is refused before it is polled, so hyper sends no `100 Continue` for it.
pub(crate) async fn read(mut body: Body, limit: usize, within: Duration) -> Result<Vec<u8>, Unread> {
    let announced = body.size_hint().lower();
    if announced > limit as u64 {
        return Err(Unread::TooLarge(announced));
    }
    let mut bytes = Vec::with_capacity(usize::try_from(announced.min(FIRST_ROOM)).unwrap_or_default());
    match tokio::time::timeout(within, collect(&mut body, limit, &mut bytes)).await {
        Ok(Ok(())) => Ok(bytes),
        Ok(Err(unread)) => Err(unread),
        Err(_) => Err(Unread::TimedOut(bytes.len() as u64)),
    }
}

/// Frames into `bytes` until the end. Trailers are no part of a delivery: they are dropped.
async fn collect(body: &mut Body, limit: usize, bytes: &mut Vec<u8>) -> Result<(), Unread> {
    while let Some(frame) = body.frame().await {
        let frame = frame.map_err(|_| Unread::Interrupted)?;
        if let Ok(data) = frame.into_data() {
            if data.len() > limit - bytes.len() {
                return Err(Unread::TooLarge(bytes.len() as u64 + data.len() as u64));
            }
            bytes.extend_from_slice(&data);
        }
    }
    Ok(())
}
