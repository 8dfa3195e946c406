//! The exact bytes of a request's head, noted beside hyper, which keeps neither casing nor order nor spacing.
//!
//! Knows where one message ends and the next begins from the framing: a length is counted off, chunks are followed. What the
//! bytes mean, and whether hyper saw the same, is `head`'s business.

use std::sync::{Mutex, PoisonError};

use crate::chunks::{Chunks, Followed};

/// The longest head hyper is let to read, in bytes; also the most a body is buffered ahead.
pub(crate) const MAX_HEAD: usize = 64 * 1024;

/// The most bytes kept: hyper's buffer can hold no more than this before it has a whole head.
const MAX_NOTED: usize = 2 * MAX_HEAD;

/// Room kept for the next head of the same connection; more than that is given back.
const KEPT_ROOM: usize = 8 * 1024;

/// How the body behind a head is framed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Framing {
    /// So many bytes (0: none).
    Length(u64),
    /// Chunked.
    Chunked,
}

/// The bytes read from one connection since its last message ended.
#[derive(Debug, Default)]
pub(crate) struct Tap(Mutex<Notes>);

#[derive(Debug, Default)]
struct Notes {
    bytes: Vec<u8>,
    mode: Mode,
}

#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
enum Mode {
    /// What comes belongs to a head (or stands behind one that was not taken yet).
    #[default]
    Noting,
    /// So many bytes of a body come first.
    Skipping(u64),
    /// A chunked body comes first; this is its next byte.
    Following(Chunks),
    /// Where the next head begins is not known any more: no further head of this connection is.
    Lost,
}

impl Tap {
    /// Notes bytes that hyper has just read.
    pub(crate) fn note(&self, read: &[u8]) {
        self.notes().note(read);
    }

    /// Lets `read_head` look at what was noted. It returns how long the head is, and what it made of it; the tap then moves on
    /// to behind the body. `None` from it, or nothing noted, means that the tap has lost its place, for good.
    pub(crate) fn take<T>(&self, body: Framing, read_head: impl FnOnce(&[u8]) -> Option<(usize, T)>) -> Option<T> {
        let mut notes = self.notes();
        let found = if notes.mode == Mode::Noting { read_head(&notes.bytes) } else { None };
        if let Some((head, made)) = found {
            notes.advance(head, body);
            Some(made)
        } else {
            notes.lose();
            None
        }
    }

    fn notes(&self) -> std::sync::MutexGuard<'_, Notes> {
        // A panic while it was held leaves at worst a head that does not match, which is checked.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Notes {
    fn note(&mut self, read: &[u8]) {
        let read = self.beyond_body(read);
        if self.mode != Mode::Noting {
            return;
        }
        if read.len() > MAX_NOTED.saturating_sub(self.bytes.len()) {
            self.lose();
        } else {
            self.bytes.extend_from_slice(read);
        }
    }

    /// Moves on over what is left of a body; what of `read` stands behind it.
    fn beyond_body<'a>(&mut self, read: &'a [u8]) -> &'a [u8] {
        match self.mode {
            Mode::Noting => read,
            Mode::Lost => &[],
            Mode::Skipping(left) => {
                let skipped = usize::try_from(left).map_or(read.len(), |left| left.min(read.len()));
                let left = left - skipped as u64;
                self.mode = if left == 0 { Mode::Noting } else { Mode::Skipping(left) };
                &read[skipped..]
            }
            Mode::Following(chunks) => match chunks.follow(read) {
                Followed::On(further) => {
                    self.mode = Mode::Following(further);
                    &[]
                }
                Followed::Ended(at) => {
                    self.mode = Mode::Noting;
                    &read[at..]
                }
                Followed::Broken => {
                    self.lose();
                    &[]
                }
            },
        }
    }

    /// Drops the head's bytes and the body's, those that are here and those still to come.
    fn advance(&mut self, head: usize, body: Framing) {
        let mut bytes = std::mem::take(&mut self.bytes);
        self.mode = match body {
            Framing::Length(0) => Mode::Noting,
            Framing::Length(length) => Mode::Skipping(length),
            Framing::Chunked => Mode::Following(Chunks::START),
        };
        let behind = self.beyond_body(&bytes[head.min(bytes.len())..]).len();
        bytes.drain(..bytes.len() - behind);
        bytes.shrink_to(KEPT_ROOM);
        self.bytes = bytes;
    }

    fn lose(&mut self) {
        self.bytes.clear();
        self.bytes.shrink_to(KEPT_ROOM);
        self.mode = Mode::Lost;
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// A stand-in for a head: everything up to and with the first `!`.
    fn up_to_mark(noted: &[u8]) -> Option<(usize, Vec<u8>)> {
        let end = noted.iter().position(|byte| *byte == b'!')? + 1;
        Some((end, noted[..end].to_vec()))
    }

    fn taken(tap: &Tap, body: Framing) -> Option<String> {
        tap.take(body, up_to_mark).map(|head| String::from_utf8(head).unwrap())
    }

    #[test]
    fn a_length_is_followed_exactly_however_reads_fall() {
        let stream = b"one!bodytwo!three!xyz";
        for step in 1..=stream.len() {
            let tap = Tap::default();
            let mut heads = Vec::new();
            let mut lengths = [4, 0, 3].into_iter();
            for part in stream.chunks(step) {
                tap.note(part);
                // As hyper does: a head is taken as soon as it is whole, and the next one after that.
                while tap.notes().mode == Mode::Noting && tap.notes().bytes.contains(&b'!') {
                    heads.extend(taken(&tap, Framing::Length(lengths.next().unwrap())));
                }
            }
            assert_eq!(heads, ["one!", "two!", "three!"], "reads of {step} bytes");
        }
    }

    #[test]
    fn a_chunked_body_is_followed_however_reads_fall() {
        let stream = b"one!4\r\nbo!y\r\n0\r\n\r\ntwo!three!";
        for step in 1..=stream.len() {
            let tap = Tap::default();
            let mut heads = Vec::new();
            let mut framings = [Framing::Chunked, Framing::Length(0), Framing::Length(0)].into_iter();
            for part in stream.chunks(step) {
                tap.note(part);
                while tap.notes().mode == Mode::Noting && tap.notes().bytes.contains(&b'!') {
                    heads.extend(taken(&tap, framings.next().unwrap()));
                }
            }
            assert_eq!(heads, ["one!", "two!", "three!"], "reads of {step} bytes");
        }
    }

    #[test]
    fn a_lost_place_stays_lost() {
        let tap = Tap::default();
        tap.note(b"no mark");
        assert_eq!(taken(&tap, Framing::Length(3)), None);
        tap.note(b"xyz");
        tap.note(b"two!");
        assert_eq!(taken(&tap, Framing::Length(0)), None, "what looks like a head may be a part of something else");
    }

    #[test]
    fn what_is_noted_stays_within_its_bound() {
        let tap = Tap::default();
        for _ in 0..100 {
            tap.note(&[b'x'; 4096]);
            assert!(tap.notes().bytes.len() <= MAX_NOTED);
        }
        assert_eq!(taken(&tap, Framing::Length(0)), None, "a head over the bound is not known exactly");
        assert!(tap.notes().bytes.capacity() <= KEPT_ROOM, "its room is given back");
    }

    #[derive(Debug, Clone)]
    enum Doing {
        Note(Vec<u8>),
        Take(Option<u64>),
    }

    fn doing() -> impl Strategy<Value = Doing> {
        prop_oneof![
            proptest::collection::vec(any::<u8>(), 0..200).prop_map(Doing::Note),
            proptest::option::of(prop_oneof![0_u64..300, Just(u64::MAX)]).prop_map(Doing::Take),
        ]
    }

    proptest! {
        #[test]
        fn no_order_of_things_panics_or_breaks_the_bound(doings in proptest::collection::vec(doing(), 0..60)) {
            let tap = Tap::default();
            for doing in doings {
                match doing {
                    Doing::Note(bytes) => tap.note(&bytes),
                    Doing::Take(length) => {
                        let body = length.map_or(Framing::Chunked, Framing::Length);
                        if let Some(head) = tap.take(body, up_to_mark) {
                            prop_assert!(head.ends_with(b"!"), "only what the reader of heads accepted comes out");
                        }
                    }
                }
                prop_assert!(tap.notes().bytes.len() <= MAX_NOTED);
            }
        }
    }
}
