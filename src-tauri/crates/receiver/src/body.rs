//! The body: read whole, within its limits of size and time and the room there is for all, or not at all.

use std::sync::Arc;
use std::time::Duration;

use axum::body::Body;
use http_body::Body as _;
use http_body_util::BodyExt as _;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use crate::Limits;

/// Why a body was not read to its end.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Unread {
    /// It announces, or turned out to have, more than the limit. Bytes announced, else read so far.
    TooLarge(u64),
    /// It stalled. Bytes read so far.
    TimedOut(u64),
    /// There is no room for it beside all the others that are being received.
    NoRoom,
    /// The sender went away, or its framing is broken.
    Interrupted,
}

/// Room that every body has, in bytes: it is set aside for as many as there may be connections, so that no crowd of long bodies
/// keeps out a delivery of usual size. Made before the first byte is here, whatever is announced: a liar must send to make
/// it grow.
const FIRST_ROOM: usize = 32 * 1024;

/// The room for all bodies at once, beyond the first room of each.
#[derive(Debug)]
pub(crate) struct Budget {
    bytes: Arc<Semaphore>,
    limit: usize,
    within: Duration,
    wait: Duration,
}

/// A body, and its share of the room: given back when this is dropped, on whatever way that comes.
#[derive(Debug)]
pub(crate) struct Whole {
    /// The body.
    pub(crate) bytes: Vec<u8>,
    /// To be kept for as long as the bytes are held for the sender.
    pub(crate) share: Share,
}

/// A share of the room for all.
#[derive(Debug, Default)]
pub(crate) struct Share(Option<OwnedSemaphorePermit>);

impl Budget {
    pub(crate) fn new(limits: &Limits) -> Self {
        let set_aside = limits.connections.saturating_mul(FIRST_ROOM.min(limits.body_bytes));
        let shared = limits.bodies_bytes.saturating_sub(set_aside).min(Semaphore::MAX_PERMITS);
        Self {
            bytes: Arc::new(Semaphore::new(shared)),
            limit: limits.body_bytes,
            within: limits.body,
            wait: limits.room,
        }
    }

    /// Reads `body`, at most `longest` bytes and as long as the limits say.
    ///
    /// A body that announces too much is refused before it is polled, so hyper sends no `100 Continue` for it.
    pub(crate) async fn read(&self, mut body: Body, longest: usize) -> Result<Whole, Unread> {
        let announced = body.size_hint().lower();
        if announced > longest as u64 {
            return Err(Unread::TooLarge(announced));
        }
        let announced = usize::try_from(announced).unwrap_or(usize::MAX);
        let mut whole = Whole { bytes: Vec::with_capacity(announced.min(FIRST_ROOM)), share: Share::default() };
        match tokio::time::timeout(self.within, self.collect(&mut body, &mut whole, longest)).await {
            Ok(Ok(())) => Ok(whole),
            Ok(Err(unread)) => Err(unread),
            Err(_) => Err(Unread::TimedOut(whole.bytes.len() as u64)),
        }
    }

    /// Frames into `whole` until the end. Trailers are no part of a delivery: they are dropped.
    async fn collect(&self, body: &mut Body, whole: &mut Whole, longest: usize) -> Result<(), Unread> {
        while let Some(frame) = body.frame().await {
            let frame = frame.map_err(|_| Unread::Interrupted)?;
            if let Ok(data) = frame.into_data() {
                let length = whole.bytes.len() + data.len();
                if length > longest {
                    return Err(Unread::TooLarge(length as u64));
                }
                self.make_room(whole, length).await?;
                whole.bytes.extend_from_slice(&data);
            }
        }
        Ok(())
    }

    /// Room for `length` bytes, and for as many again, so that it seldom grows; waits a little for others to give some back.
    async fn make_room(&self, whole: &mut Whole, length: usize) -> Result<(), Unread> {
        let has = FIRST_ROOM + whole.share.0.as_ref().map_or(0, OwnedSemaphorePermit::num_permits);
        if length > has {
            let wanted = length.saturating_mul(2).min(self.limit) - has;
            let wanted = u32::try_from(wanted).unwrap_or(u32::MAX);
            let more = Arc::clone(&self.bytes).acquire_many_owned(wanted);
            let Ok(Ok(more)) = tokio::time::timeout(self.wait, more).await else { return Err(Unread::NoRoom) };
            match &mut whole.share.0 {
                Some(share) => share.merge(more),
                none => *none = Some(more),
            }
            let room = has.saturating_add(wanted as usize);
            whole.bytes.reserve_exact(room - whole.bytes.len());
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use std::io;
    use std::pin::{Pin, pin};
    use std::task::{Context, Poll};

    use bytes::Bytes;
    use http_body::Frame;
    use proptest::prelude::*;
    use tokio::sync::mpsc::{Receiver, Sender, channel};

    use super::*;

    const MIB: usize = 1024 * 1024;

    /// A body whose pieces come when they are sent; it ends when the sender is gone.
    struct Dripping(Receiver<io::Result<Bytes>>);

    impl http_body::Body for Dripping {
        type Data = Bytes;
        type Error = io::Error;

        fn poll_frame(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<io::Result<Frame<Bytes>>>> {
            self.0.poll_recv(cx).map(|piece| piece.map(|piece| piece.map(Frame::data)))
        }
    }

    fn dripping() -> (Sender<io::Result<Bytes>>, Body) {
        let (sender, receiver) = channel(16);
        (sender, Body::new(Dripping(receiver)))
    }

    fn piece(size: usize) -> Bytes {
        Bytes::from(vec![b'x'; size])
    }

    /// Room for so many bytes beyond each body's first.
    fn budget(shared: usize) -> Budget {
        let connections = 4;
        Budget::new(&Limits { connections, bodies_bytes: shared + connections * FIRST_ROOM, ..Limits::default() })
    }

    fn left(budget: &Budget) -> usize {
        budget.bytes.available_permits()
    }

    #[tokio::test]
    async fn a_body_takes_its_share_and_gives_it_back() {
        let budget = budget(4 * MIB);
        let small = budget.read(Body::from(vec![b'x'; FIRST_ROOM]), MIB).await.unwrap();
        assert_eq!((small.bytes.len(), left(&budget)), (FIRST_ROOM, 4 * MIB), "the first room is nobody else's");
        let large = budget.read(Body::from(vec![b'x'; MIB]), MIB).await.unwrap();
        assert_eq!((large.bytes.len(), left(&budget)), (MIB, 3 * MIB + FIRST_ROOM));
        drop((small, large));
        assert_eq!(left(&budget), 4 * MIB);
        assert_eq!(
            budget.read(Body::from(vec![b'x'; MIB + 1]), MIB).await.unwrap_err(),
            Unread::TooLarge(MIB as u64 + 1)
        );
        assert_eq!(
            budget.read(Body::from(vec![b'x'; 17]), 16).await.unwrap_err(),
            Unread::TooLarge(17),
            "a shorter limit"
        );
        assert_eq!(left(&budget), 4 * MIB);
    }

    #[tokio::test(start_paused = true)]
    async fn without_room_a_long_body_is_refused_and_a_short_one_is_not() {
        let budget = budget(MIB);
        let held = budget.read(Body::from(vec![b'x'; MIB]), MIB).await.unwrap();
        assert_eq!(budget.read(Body::from(vec![b'x'; MIB]), MIB).await.unwrap_err(), Unread::NoRoom);
        assert!(budget.read(Body::from(vec![b'x'; FIRST_ROOM]), MIB).await.is_ok(), "a delivery of usual size");
        drop(held);
        assert!(budget.read(Body::from(vec![b'x'; MIB]), MIB).await.is_ok());
    }

    #[tokio::test(start_paused = true)]
    async fn room_is_waited_for_a_little() {
        let budget = budget(MIB);
        let held = budget.read(Body::from(vec![b'x'; MIB]), MIB).await.unwrap();
        let later = async {
            tokio::time::sleep(Duration::from_millis(900)).await;
            drop(held);
        };
        let (read, ()) = tokio::join!(budget.read(Body::from(vec![b'x'; MIB]), MIB), later);
        assert!(read.is_ok());
    }

    #[tokio::test(start_paused = true)]
    async fn who_announces_much_and_sends_nothing_holds_nothing() {
        let budget = budget(MIB);
        let mut liars = Vec::new();
        for _ in 0..100 {
            let (sender, body) = dripping();
            sender.try_send(Ok(piece(FIRST_ROOM))).unwrap();
            liars.push((sender, body));
        }
        let mut reading: Vec<_> =
            liars.iter_mut().map(|(_, body)| Box::pin(budget.read(std::mem::take(body), MIB))).collect();
        for read in &mut reading {
            assert!(poll(read.as_mut()).is_pending());
        }
        assert_eq!(left(&budget), MIB);
    }

    fn poll<F: Future>(future: Pin<&mut F>) -> Poll<F::Output> {
        future.poll(&mut Context::from_waker(std::task::Waker::noop()))
    }

    #[tokio::test(start_paused = true)]
    async fn a_sender_that_goes_away_or_stalls_leaves_nothing_behind() {
        let budget = budget(4 * MIB);
        let (sender, body) = dripping();
        sender.try_send(Ok(piece(MIB / 2))).unwrap();
        {
            let mut reading = pin!(budget.read(body, MIB));
            assert!(poll(reading.as_mut()).is_pending());
            assert!(left(&budget) < 4 * MIB, "half of it is here");
        }
        assert_eq!(left(&budget), 4 * MIB, "its connection was closed in the middle");

        let (sender, body) = dripping();
        sender.try_send(Ok(piece(MIB / 2))).unwrap();
        sender.try_send(Err(io::ErrorKind::UnexpectedEof.into())).unwrap();
        assert_eq!(budget.read(body, MIB).await.unwrap_err(), Unread::Interrupted);
        assert_eq!(left(&budget), 4 * MIB);

        let (sender, body) = dripping();
        sender.try_send(Ok(piece(MIB / 2))).unwrap();
        assert_eq!(budget.read(body, MIB).await.unwrap_err(), Unread::TimedOut(MIB as u64 / 2));
        assert_eq!(left(&budget), 4 * MIB);
    }

    /// How a sender ends.
    #[derive(Debug, Clone, Copy)]
    enum End {
        Whole,
        Broken,
        Aborted,
        Stalled,
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(64))]
        #[test]
        fn whatever_senders_do_the_bound_holds_and_nothing_is_lost(
            senders in proptest::collection::vec(
                (
                    proptest::collection::vec(0_usize..300_000, 0..8),
                    prop_oneof![Just(End::Whole), Just(End::Broken), Just(End::Aborted), Just(End::Stalled)],
                ),
                0..12,
            ),
            shared in 0_usize..(2 * MIB),
        ) {
            let runtime = tokio::runtime::Builder::new_current_thread().enable_time().start_paused(true).build().unwrap();
            runtime.block_on(async {
                let budget = Arc::new(budget(shared));
                let mut tasks = Vec::new();
                let mut open = Vec::new();
                for (pieces, end) in senders {
                    let (sender, body) = dripping();
                    let reader = Arc::clone(&budget);
                    let task = tokio::spawn(async move {
                        let read = reader.read(body, MIB).await;
                        if let Ok(whole) = &read {
                            let has = FIRST_ROOM + whole.share.0.as_ref().map_or(0, OwnedSemaphorePermit::num_permits);
                            assert!(whole.bytes.len() <= has, "every byte is accounted for");
                            assert!(whole.bytes.capacity() <= has, "and so is the room made for more");
                            // Held for a while, as until it is durable.
                            tokio::time::sleep(Duration::from_millis(300)).await;
                        }
                    });
                    for size in pieces {
                        sender.try_send(Ok(piece(size))).unwrap_or_default();
                        tokio::task::yield_now().await;
                    }
                    match end {
                        End::Whole => {}
                        End::Broken => sender.try_send(Err(io::ErrorKind::ConnectionReset.into())).unwrap_or_default(),
                        End::Aborted => task.abort(),
                        End::Stalled => open.push(sender),
                    }
                    assert!(left(&budget) <= shared);
                    tasks.push(task);
                }
                for task in tasks {
                    if let Err(error) = task.await {
                        assert!(error.is_cancelled(), "{error}");
                    }
                }
                assert_eq!(left(&budget), shared, "everything was given back");
            });
        }
    }
}
