//! What is fuzzed: each takes any bytes, and panics where a promise is broken. Fuzzed by `make fuzz`, replayed by `make test`.

pub(crate) mod cell;
pub(crate) mod event;
pub(crate) mod query;
pub(crate) mod request;

/// The bytes before and behind the first of `byte`; everything and nothing where there is none.
fn split(data: &[u8], byte: u8) -> (&[u8], &[u8]) {
    data.iter().position(|b| *b == byte).map_or((data, &[]), |at| (&data[..at], &data[at + 1..]))
}
