//! Where a chunked body ends: its framing followed byte by byte, beside hyper, which alone decodes and refuses.
//!
//! It need not find fault: whatever hyper would not decode ends the connection anyway. It must only never be of another
//! opinion about where a body ends that hyper accepts.

/// What the next byte of a chunked body is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Chunks {
    /// A digit of a chunk's size, so far so many; or what ends it.
    Size(u64),
    /// Behind the digits: spaces and extensions, up to the CR.
    Extension(u64),
    /// The LF behind the size.
    SizeLf(u64),
    /// So many bytes of data come.
    Data(u64),
    /// The CR behind the data.
    DataCr,
    /// The LF behind the data.
    DataLf,
    /// The first byte of a trailer, or the CR that ends it all.
    Line,
    /// Within a trailer.
    Trailer,
    /// The LF of a trailer.
    TrailerLf,
    /// The last LF.
    EndLf,
}

/// How far a body was followed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Followed {
    /// All of it, and more is to come.
    On(Chunks),
    /// It ended after so many bytes.
    Ended(usize),
    /// This is not chunked.
    Broken,
}

impl Chunks {
    /// The first byte of a body.
    pub(crate) const START: Self = Self::Size(0);

    /// Follows `bytes` up to the body's end.
    pub(crate) fn follow(mut self, bytes: &[u8]) -> Followed {
        let mut at = 0;
        while let Some(byte) = bytes.get(at) {
            let here = bytes.len() - at;
            let mut step = 1;
            self = match (self, byte) {
                (Self::Data(left), _) => {
                    step = usize::try_from(left).map_or(here, |left| left.min(here));
                    let left = left - step as u64;
                    if left == 0 { Self::DataCr } else { Self::Data(left) }
                }
                (Self::Size(size) | Self::Extension(size), b'\r') => Self::SizeLf(size),
                (Self::Size(size), b' ' | b'\t' | b';') => Self::Extension(size),
                (Self::Size(size), digit) => match grown(size, *digit) {
                    Some(size) => Self::Size(size),
                    None => return Followed::Broken,
                },
                (Self::Extension(size), byte) if *byte != b'\n' => Self::Extension(size),
                (Self::SizeLf(0) | Self::TrailerLf, b'\n') => Self::Line,
                (Self::SizeLf(size), b'\n') => Self::Data(size),
                (Self::DataCr, b'\r') => Self::DataLf,
                (Self::DataLf, b'\n') => Self::START,
                (Self::Line, b'\r') => Self::EndLf,
                (Self::Trailer, b'\r') => Self::TrailerLf,
                (Self::Line | Self::Trailer, _) => Self::Trailer,
                (Self::EndLf, b'\n') => return Followed::Ended(at + 1),
                _ => return Followed::Broken,
            };
            at += step;
        }
        Followed::On(self)
    }
}

/// `size` with one more hexadecimal digit.
fn grown(size: u64, digit: u8) -> Option<u64> {
    let digit = char::from(digit).to_digit(16)?;
    size.checked_mul(16)?.checked_add(u64::from(digit))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// Follows `stream` in pieces of `step` bytes; where the body ended, or that it did not.
    fn end_of(stream: &[u8], step: usize) -> Option<usize> {
        let mut chunks = Chunks::START;
        for (index, piece) in stream.chunks(step).enumerate() {
            match chunks.follow(piece) {
                Followed::On(further) => chunks = further,
                Followed::Ended(at) => return Some(index * step + at),
                Followed::Broken => return None,
            }
        }
        None
    }

    #[test]
    fn a_body_ends_where_it_ends() {
        for body in [
            "0\r\n\r\n",
            "2\r\n{}\r\n0\r\n\r\n",
            "A;name=\"v\"\r\n0123456789\r\n000\r\nTrailer: x\r\nOther:\r\n\r\n",
            "1 \r\n\r\r\n0;\r\n\r\n",
        ] {
            let stream = format!("{body}POST / HTTP/1.1\r\n\r\n");
            for step in 1..stream.len() {
                assert_eq!(end_of(stream.as_bytes(), step), Some(body.len()), "{body:?} in pieces of {step}");
            }
        }
    }

    #[test]
    fn what_is_not_chunked_has_no_end() {
        for wrong in ["x\r\n", "2\n{}", "2\r\n{}0\r\n", "0\r\n\rX", "2;\n", "10000000000000000\r\n", "0\r\nA: b\rX"] {
            assert_eq!(Chunks::START.follow(wrong.as_bytes()), Followed::Broken, "{wrong:?}");
        }
    }

    proptest! {
        #[test]
        fn any_chunks_end_where_they_end(
            parts in proptest::collection::vec(proptest::collection::vec(any::<u8>(), 1..40), 0..6),
            trailers in proptest::collection::vec("[A-Z][a-z]{0,4}: [ -~]{0,8}", 0..3),
            behind in proptest::collection::vec(any::<u8>(), 0..40),
            step in 1_usize..50,
        ) {
            let mut stream = Vec::new();
            for part in &parts {
                stream.extend_from_slice(format!("{:x}\r\n", part.len()).as_bytes());
                stream.extend_from_slice(part);
                stream.extend_from_slice(b"\r\n");
            }
            stream.extend_from_slice(b"0\r\n");
            for trailer in trailers {
                stream.extend_from_slice(trailer.as_bytes());
                stream.extend_from_slice(b"\r\n");
            }
            stream.extend_from_slice(b"\r\n");
            let end = stream.len();
            stream.extend_from_slice(&behind);
            prop_assert_eq!(end_of(&stream, step), Some(end));
        }

        #[test]
        fn arbitrary_bytes_never_panic(bytes in proptest::collection::vec(any::<u8>(), 0..200)) {
            if let Followed::Ended(at) = Chunks::START.follow(&bytes) {
                prop_assert!(at <= bytes.len());
            }
        }
    }
}
