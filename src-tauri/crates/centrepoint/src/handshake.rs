//! The validation handshake: find the code, judge whether it may be echoed in a header.

use crate::Headers;

/// The event name of a handshake.
pub const EVENT: &str = "validation";
/// The header that carries the code, in the request and in our answer.
pub const HEADER: &str = "X-ActiGraph-Hook-Secret";
/// Longest code that is echoed, in bytes.
pub const MAX_CODE_BYTES: usize = 256;

/// A code fit for a header value: visible ASCII and inner spaces, 1 to [`MAX_CODE_BYTES`] bytes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Code(String);

impl Code {
    /// The code's text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// Why a handshake cannot be answered.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum NoCode {
    /// Neither the header nor the body has one.
    #[error("the handshake carries no validation code")]
    Missing,
    /// Control characters, non-ASCII or too long.
    #[error("the handshake's code could not be a header value")]
    Unsafe,
}

/// Whether these headers announce a handshake (`X-ActiGraph-Event: validation`, any casing, trailing commas ignored).
#[must_use]
pub fn is_handshake(_headers: &Headers) -> bool {
    todo!()
}

/// The code to echo: from the header, else from the body's `ValidationCode`.
///
/// # Errors
/// When there is none, or it could not safely be a header value.
pub fn code(_headers: &Headers, _body: &[u8]) -> Result<Code, NoCode> {
    todo!()
}
