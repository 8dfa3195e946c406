//! Asking for an access token: the client credentials grant of OAuth 2.0 (RFC 6749, 4.4), read and judged.
//!
//! The documentation of CentrePoint names no token endpoint, only that it is given a client id, a client secret and a scope. What
//! is accepted is therefore what the RFC says, with one leniency: in a Basic header also an id and a secret that were not
//! form-encoded first, as many clients send them. Giving tokens out and remembering them is not done here.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use crate::authentication::{same, scheme};
use crate::{Headers, Secret};

/// The error codes of RFC 6749, 5.2 that occur here.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum TokenError {
    /// Malformed, incomplete, or ambiguous.
    InvalidRequest,
    /// Not, or not rightly, authenticated.
    InvalidClient,
    /// A grant other than client credentials.
    UnsupportedGrantType,
    /// A scope that is none.
    InvalidScope,
}

/// Why no token is given. The `Display` text is the plain reason a coordinator reads; it holds nothing of what was sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, thiserror::Error)]
pub enum TokenRefusal {
    /// The body's type is not `application/x-www-form-urlencoded`.
    #[error("this is the token address: it takes a form (application/x-www-form-urlencoded), not deliveries")]
    NotAForm,
    /// An escape that is none, text that is not UTF-8, or far more parameters than there are.
    #[error("the form of the token request could not be read")]
    Malformed,
    /// A parameter stands twice (RFC 6749, 3.2).
    #[error("a parameter stands more than once in the token request")]
    Repeated,
    /// The client authenticated both in the header and in the body (RFC 6749, 2.3), or named two ids.
    #[error("the token request has client credentials both in its header and in its body")]
    TwoWays,
    /// No client id, or no client secret.
    #[error("the token request has no client id and secret")]
    ClientMissing,
    /// An `Authorization` that is not Basic, or not readable, or stands twice.
    #[error("the client id and secret in the header of the token request could not be read")]
    ClientMalformed,
    /// Id or secret differ.
    #[error("client id or client secret differ: are they the ones in the portal?")]
    ClientDiffers,
    /// No `grant_type`.
    #[error("the token request names no grant_type (client_credentials is expected)")]
    GrantMissing,
    /// Another one than `client_credentials`.
    #[error("the token request asks for another grant than client_credentials")]
    GrantUnsupported,
    /// A scope with characters that no scope has (RFC 6749, 3.3).
    #[error("the scope of the token request is not a list of words")]
    ScopeMalformed,
}

impl TokenRefusal {
    /// What the client is told.
    #[must_use]
    pub fn error(self) -> TokenError {
        match self {
            Self::NotAForm | Self::Malformed | Self::Repeated | Self::TwoWays | Self::GrantMissing => {
                TokenError::InvalidRequest
            }
            Self::ClientMissing | Self::ClientMalformed | Self::ClientDiffers => TokenError::InvalidClient,
            Self::GrantUnsupported => TokenError::UnsupportedGrantType,
            Self::ScopeMalformed => TokenError::InvalidScope,
        }
    }
}

/// A token request that could be read. Whose it is, is not known yet: [`TokenRequest::is_from`].
#[derive(Debug)]
pub struct TokenRequest {
    /// Id and secret, in each way in which they may have been meant.
    meant: Vec<(Secret, Secret)>,
    grant_type: Option<Secret>,
    scope: Option<Secret>,
}

impl TokenRequest {
    /// Reads the request's headers and body.
    ///
    /// # Errors
    /// What is wrong with its form, or that it names no client.
    pub fn read(headers: &Headers, body: &[u8]) -> Result<Self, TokenRefusal> {
        if !is_form(headers) {
            return Err(TokenRefusal::NotAForm);
        }
        let mut form = Form::read(body)?;
        let (id, secret) = (form.take(b"client_id"), form.take(b"client_secret"));
        let meant = match in_header(headers)? {
            None => vec![(id.ok_or(TokenRefusal::ClientMissing)?, secret.ok_or(TokenRefusal::ClientMissing)?)],
            Some(_) if secret.is_some() => return Err(TokenRefusal::TwoWays),
            // The id alone is no second authentication, as long as it is the same one.
            Some(meant) if id.as_ref().is_some_and(|id| meant.iter().all(|(other, _)| other != id)) => {
                return Err(TokenRefusal::TwoWays);
            }
            Some(meant) => meant,
        };
        Ok(Self { meant, grant_type: form.take(b"grant_type"), scope: form.take(b"scope") })
    }

    /// Whether id and secret are these, in a time that does not tell where they differ.
    #[must_use]
    pub fn is_from(&self, client_id: &str, client_secret: &Secret) -> bool {
        let equal = self.meant.iter().map(|(id, secret)| {
            same(id.expose(), client_id.as_bytes()) & same(secret.expose(), client_secret.expose())
        });
        bool::from(equal.fold(subtle::Choice::from(0), |any, one| any | one))
    }

    /// The scope asked for, where one is, once it is clear who asks. Any scope is granted: there is only one thing to be had here.
    ///
    /// # Errors
    /// That another grant is asked for, or something that is no scope.
    pub fn scope(&self) -> Result<Option<&str>, TokenRefusal> {
        match self.grant_type.as_ref().map(Secret::expose) {
            None => return Err(TokenRefusal::GrantMissing),
            Some(b"client_credentials") => {}
            Some(_) => return Err(TokenRefusal::GrantUnsupported),
        }
        let Some(scope) = self.scope.as_ref().map(Secret::expose) else { return Ok(None) };
        let fits = scope.split(|byte| *byte == b' ').all(|word| !word.is_empty() && word.iter().copied().all(is_scope));
        match std::str::from_utf8(scope) {
            Ok(text) if fits => Ok(Some(text)),
            _ => Err(TokenRefusal::ScopeMalformed),
        }
    }
}

/// A character of a scope's word: visible ASCII without `"` and `\`.
fn is_scope(byte: u8) -> bool {
    byte.is_ascii_graphic() && byte != b'"' && byte != b'\\'
}

/// Whether the body is said to be a form, once.
fn is_form(headers: &Headers) -> bool {
    let mut types = headers.all("Content-Type");
    let first = types.next().and_then(|value| value.split(|byte| *byte == b';').next());
    types.next().is_none()
        && first.is_some_and(|kind| kind.trim_ascii().eq_ignore_ascii_case(b"application/x-www-form-urlencoded"))
}

/// Id and secret in an `Authorization: Basic`: form-encoded (RFC 6749, 2.3.1), and as they stand.
fn in_header(headers: &Headers) -> Result<Option<Vec<(Secret, Secret)>>, TokenRefusal> {
    let mut values = headers.all("Authorization");
    let Some(value) = values.next() else { return Ok(None) };
    let (scheme, token) = scheme(value);
    if values.next().is_some() || !scheme.eq_ignore_ascii_case(b"Basic") {
        return Err(TokenRefusal::ClientMalformed);
    }
    let pair = STANDARD.decode(token).map(Secret::new).map_err(|_| TokenRefusal::ClientMalformed)?;
    let pair = pair.expose();
    let colon = pair.iter().position(|byte| *byte == b':').ok_or(TokenRefusal::ClientMalformed)?;
    let (id, secret) = (&pair[..colon], &pair[colon + 1..]);
    let mut meant = vec![(Secret::new(id), Secret::new(secret))];
    if let (Some(id), Some(secret)) = (decoded(id), decoded(secret)) {
        meant.push((id, secret));
    }
    Ok(Some(meant))
}

/// Parameters of a form at most: four are known.
const PARAMETERS: usize = 32;

/// The parameters of a form.
struct Form(Vec<(Secret, Secret)>);

impl Form {
    fn read(body: &[u8]) -> Result<Self, TokenRefusal> {
        let mut form = Self(Vec::new());
        for part in body.split(|byte| *byte == b'&').filter(|part| !part.is_empty()) {
            let equals = part.iter().position(|byte| *byte == b'=').unwrap_or(part.len());
            let name = decoded(&part[..equals]).ok_or(TokenRefusal::Malformed)?;
            let value = decoded(part.get(equals + 1..).unwrap_or_default()).ok_or(TokenRefusal::Malformed)?;
            if form.0.iter().any(|(known, _)| known.expose() == name.expose()) {
                return Err(TokenRefusal::Repeated);
            }
            if form.0.len() == PARAMETERS {
                return Err(TokenRefusal::Malformed);
            }
            form.0.push((name, value));
        }
        Ok(form)
    }

    /// One without a value counts as not there (RFC 6749, 3.2).
    fn take(&mut self, name: &[u8]) -> Option<Secret> {
        let at = self.0.iter().position(|(known, _)| known.expose() == name)?;
        Some(self.0.swap_remove(at).1).filter(|value| !value.expose().is_empty())
    }
}

/// The bytes of a form-encoded text: `+` is a space, `%41` a byte. `None` where an escape is none, or it is not UTF-8.
fn decoded(text: &[u8]) -> Option<Secret> {
    // As long as the result can be, so that it never moves and leaves a copy behind.
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text;
    while let Some((first, behind)) = rest.split_first() {
        rest = behind;
        bytes.push(match first {
            b'+' => b' ',
            b'%' => {
                let (high, low) = (hex(*rest.first()?)?, hex(*rest.get(1)?)?);
                rest = &rest[2..];
                high << 4 | low
            }
            other => *other,
        });
    }
    let bytes = Secret::new(bytes);
    std::str::from_utf8(bytes.expose()).is_ok().then_some(bytes)
}

fn hex(digit: u8) -> Option<u8> {
    char::from(digit).to_digit(16).and_then(|value| u8::try_from(value).ok())
}

/// `text` as a form writes it: what is not a letter, a digit or one of `*-._` is escaped.
#[must_use]
pub fn encoded(text: &[u8]) -> Secret {
    const DIGITS: &[u8; 16] = b"0123456789ABCDEF";
    let mut form = Vec::with_capacity(text.len() * 3);
    for byte in text {
        match byte {
            b' ' => form.push(b'+'),
            plain if plain.is_ascii_alphanumeric() || b"*-._".contains(plain) => form.push(*plain),
            other => form.extend([b'%', DIGITS[usize::from(other >> 4)], DIGITS[usize::from(other & 15)]]),
        }
    }
    Secret::new(form)
}

#[cfg(test)]
mod tests;
