//! The exact bytes of a request's head, noted beside hyper, which keeps neither casing nor order nor spacing.
//!
//! Knows where one message ends and the next begins only as far as the framing tells: a length is exact, a chunked body is
//! sat out. What the bytes mean, and whether hyper saw the same, is `head`'s business.

use std::sync::{Mutex, PoisonError};

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
    /// Chunked: it ends where hyper says.
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
    /// Where the next head begins is not known until the body was read to its end.
    Blind,
}

impl Tap {
    /// Notes bytes that hyper has just read.
    pub(crate) fn note(&self, read: &[u8]) {
        self.notes().note(read);
    }

    /// Lets `read_head` look at what was noted. It returns how long the head is, and what it made of it; the tap then moves on
    /// to behind the body. `None` from it, or nothing noted, means that the tap has lost its place; it then waits for
    /// [`Tap::body_ended`].
    pub(crate) fn take<T>(&self, body: Framing, read_head: impl FnOnce(&[u8]) -> Option<(usize, T)>) -> Option<T> {
        let mut notes = self.notes();
        let found = if notes.mode == Mode::Noting { read_head(&notes.bytes) } else { None };
        match (found, body) {
            (Some((head, made)), Framing::Length(length)) => {
                notes.advance(head, length);
                Some(made)
            }
            (Some((_, made)), Framing::Chunked) => {
                notes.lose();
                Some(made)
            }
            (None, _) => {
                notes.lose();
                None
            }
        }
    }

    /// The body was read to its end: a tap that had lost its place finds it again, unless the sender did not wait (then the
    /// next head does not match, and hyper's view of it serves).
    pub(crate) fn body_ended(&self) {
        let mut notes = self.notes();
        if notes.mode == Mode::Blind {
            notes.mode = Mode::Noting;
        }
    }

    fn notes(&self) -> std::sync::MutexGuard<'_, Notes> {
        // A panic while it was held leaves at worst a head that does not match, which is checked.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Notes {
    fn note(&mut self, read: &[u8]) {
        let read = match self.mode {
            Mode::Noting => read,
            Mode::Blind => return,
            Mode::Skipping(left) => {
                let skipped = usize::try_from(left).map_or(read.len(), |left| left.min(read.len()));
                let left = left - skipped as u64;
                self.mode = if left == 0 { Mode::Noting } else { Mode::Skipping(left) };
                &read[skipped..]
            }
        };
        if read.len() > MAX_NOTED.saturating_sub(self.bytes.len()) {
            self.lose();
        } else {
            self.bytes.extend_from_slice(read);
        }
    }

    /// Drops the head's bytes and the body's, those that are here and those still to come.
    fn advance(&mut self, head: usize, body: u64) {
        let here = self.bytes.len().saturating_sub(head);
        let dropped = usize::try_from(body).map_or(here, |body| body.min(here));
        self.bytes.drain(..(head + dropped).min(self.bytes.len()));
        self.bytes.shrink_to(KEPT_ROOM);
        let left = body - dropped as u64;
        self.mode = if left == 0 { Mode::Noting } else { Mode::Skipping(left) };
    }

    fn lose(&mut self) {
        self.bytes.clear();
        self.bytes.shrink_to(KEPT_ROOM);
        self.mode = Mode::Blind;
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
    fn a_chunked_body_is_sat_out() {
        let tap = Tap::default();
        tap.note(b"one!4\r\n");
        assert_eq!(taken(&tap, Framing::Chunked).as_deref(), Some("one!"));
        tap.note(b"body\r\n0\r\n\r\n");
        tap.body_ended();
        tap.note(b"two!");
        assert_eq!(taken(&tap, Framing::Length(0)).as_deref(), Some("two!"));
    }

    #[test]
    fn a_lost_place_is_found_again_after_the_body() {
        let tap = Tap::default();
        tap.note(b"no mark");
        assert_eq!(taken(&tap, Framing::Length(3)), None);
        tap.note(b"xyz");
        tap.body_ended();
        tap.note(b"two!");
        assert_eq!(taken(&tap, Framing::Length(0)).as_deref(), Some("two!"));
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
        BodyEnded,
    }

    fn doing() -> impl Strategy<Value = Doing> {
        prop_oneof![
            proptest::collection::vec(any::<u8>(), 0..200).prop_map(Doing::Note),
            proptest::option::of(prop_oneof![0_u64..300, Just(u64::MAX)]).prop_map(Doing::Take),
            Just(Doing::BodyEnded),
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
                    Doing::BodyEnded => tap.body_ended(),
                }
                prop_assert!(tap.notes().bytes.len() <= MAX_NOTED);
            }
        }
    }
}
