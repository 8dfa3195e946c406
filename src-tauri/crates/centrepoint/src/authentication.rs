//! From `Unverified` to `Verified`: None, Basic (RFC 7617), keyed-hash HMAC over the exact body, and bearer tokens (RFC 6750).
//! What is compared is compared in constant time. Which tokens were given out is the receiver's business: see `token` for the asking.

use std::fmt;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use hmac::{Hmac, KeyInit, Mac};
use sha2::{Digest, Sha256};
use subtle::ConstantTimeEq;

use crate::{Headers, Secret, headers};

/// Length of a signature: 32 bytes in padded base64.
const SIGNATURE_CHARACTERS: usize = 44;

/// How a webhook proves that a delivery comes from CentrePoint.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Authentication {
    /// Nothing is checked.
    None,
    /// RFC 7617 user name and password.
    Basic,
    /// Base64 of HMAC-SHA256 over the body in `X-ActiGraph-Signature`.
    Hmac,
    /// Bearer tokens issued by this receiver.
    OAuth2,
}

impl Authentication {
    /// The word used in the log, in JSON, in CSV and on the command line.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::None => "none",
            Self::Basic => "basic",
            Self::Hmac => "hmac",
            Self::OAuth2 => "oauth2",
        }
    }
}

impl fmt::Display for Authentication {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl std::str::FromStr for Authentication {
    type Err = UnknownAuthentication;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        match text {
            "none" => Ok(Self::None),
            "basic" => Ok(Self::Basic),
            "hmac" => Ok(Self::Hmac),
            "oauth2" => Ok(Self::OAuth2),
            _ => Err(UnknownAuthentication),
        }
    }
}

/// Not one of `none`, `basic`, `hmac`, `oauth2`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("authentication is one of none, basic, hmac, oauth2")]
pub struct UnknownAuthentication;

/// What a delivery is checked against.
#[derive(Debug, Clone)]
pub enum Credentials {
    /// Everything is accepted.
    None,
    /// User name and password must both be equal.
    Basic {
        /// The user name, which holds no colon.
        username: String,
        /// The password.
        password: Secret,
    },
    /// The signature must be that of the body under this passcode.
    Hmac {
        /// The key: the UTF-8 bytes of the passcode typed into the portal.
        passcode: Secret,
    },
    /// Deliveries carry a token that was given to this client. The secret itself never accepts a delivery.
    OAuth2 {
        /// The client's id.
        client_id: String,
        /// The client's secret, for asking for tokens.
        client_secret: Secret,
    },
}

impl Credentials {
    /// The kind of authentication these credentials serve.
    #[must_use]
    pub fn authentication(&self) -> Authentication {
        match self {
            Self::None => Authentication::None,
            Self::Basic { .. } => Authentication::Basic,
            Self::Hmac { .. } => Authentication::Hmac,
            Self::OAuth2 { .. } => Authentication::OAuth2,
        }
    }
}

/// A request whose sender is not known yet.
#[derive(Debug, Clone, Copy)]
pub struct Unverified<'a> {
    /// The headers as received.
    pub headers: &'a Headers,
    /// The exact bytes of the body.
    pub body: &'a [u8],
}

/// A request that passed its webhook's check. Only [`Unverified::verify`] and [`Unverified::verify_token`] make one.
#[derive(Debug, Clone, Copy)]
pub struct Verified<'a> {
    request: Unverified<'a>,
    authentication: Authentication,
}

impl<'a> Verified<'a> {
    /// The headers as received.
    #[must_use]
    pub fn headers(&self) -> &'a Headers {
        self.request.headers
    }

    /// The exact bytes of the body.
    #[must_use]
    pub fn body(&self) -> &'a [u8] {
        self.request.body
    }

    /// How it was authenticated.
    #[must_use]
    pub fn authentication(&self) -> Authentication {
        self.authentication
    }
}

/// Why a request was not accepted as the webhook's. The `Display` text is the plain reason a coordinator reads.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    /// No `X-ActiGraph-Signature`.
    #[error("no signature: is the webhook set to Keyed-Hash HMAC in the portal?")]
    SignatureMissing,
    /// Not exactly 44 characters of padded standard base64, or the header stands more than once.
    #[error("the signature is not one base64 HMAC-SHA256 value")]
    SignatureMalformed,
    /// A well-formed signature that is not this body's.
    #[error("signature differs: is the secret the one in the portal?")]
    SignatureDiffers,
    /// No `Authorization`, or one of another scheme.
    #[error("no user name and password: is the webhook set to Basic in the portal?")]
    CredentialsMissing,
    /// `Authorization: Basic` without a padded base64 `user:password` behind it, or `Authorization` more than once.
    #[error("the user name and password could not be read")]
    CredentialsMalformed,
    /// User name or password differ.
    #[error("user name or password differ: are they the ones in the portal?")]
    CredentialsDiffer,
    /// No `Authorization`, or one of another scheme.
    #[error("no access token: is the webhook set to OAuth2 in the portal, with the token address shown here?")]
    TokenMissing,
    /// `Authorization: Bearer` without one token behind it, or `Authorization` more than once.
    #[error("the access token could not be read")]
    TokenMalformed,
    /// No token that is remembered for this webhook and this client.
    #[error(
        "the access token is not known: it is another webhook's, or was given before the credentials changed or the \
         receiver started; the sender has to ask for a new one"
    )]
    TokenUnknown,
    /// One that was good for its time.
    #[error("the access token has run out; the sender has to ask for a new one")]
    TokenExpired,
}

impl<'a> Unverified<'a> {
    /// Checks the request against the webhook's credentials, in constant time over the exact bytes.
    ///
    /// # Errors
    /// The reason for the refusal.
    pub fn verify(self, credentials: &Credentials) -> Result<Verified<'a>, Refusal> {
        match credentials {
            Credentials::None => {}
            Credentials::Basic { username, password } => self.check_basic(username, password)?,
            Credentials::Hmac { passcode } => self.check_signature(passcode)?,
            // What was given out is not known here: `verify_token` asks whoever knows.
            Credentials::OAuth2 { .. } => return Err(Refusal::TokenUnknown),
        }
        Ok(Verified { request: self, authentication: credentials.authentication() })
    }

    /// Checks the request by the bearer token it carries in its `Authorization` (RFC 6750, 2.1; nowhere else): `known` says
    /// whether that token was given out for this webhook and is still good.
    ///
    /// # Errors
    /// The reason for the refusal.
    pub fn verify_token(self, known: impl FnOnce(&[u8]) -> Result<(), Refusal>) -> Result<Verified<'a>, Refusal> {
        let value = self.only("Authorization", Refusal::TokenMissing, Refusal::TokenMalformed)?;
        let (scheme, token) = scheme(value);
        if !scheme.eq_ignore_ascii_case(b"Bearer") {
            return Err(Refusal::TokenMissing);
        }
        if !is_token(token) {
            return Err(Refusal::TokenMalformed);
        }
        known(token)?;
        Ok(Verified { request: self, authentication: Authentication::OAuth2 })
    }

    fn check_signature(self, passcode: &Secret) -> Result<(), Refusal> {
        let signature = self.only(headers::SIGNATURE, Refusal::SignatureMissing, Refusal::SignatureMalformed)?;
        if signature.len() != SIGNATURE_CHARACTERS {
            return Err(Refusal::SignatureMalformed);
        }
        // Strict: refuses other alphabets, missing padding and stray bits in the last character.
        let signature = STANDARD.decode(signature).map_err(|_| Refusal::SignatureMalformed)?;
        if signature.len() != Sha256::output_size() {
            return Err(Refusal::SignatureMalformed);
        }
        keyed(passcode, self.body).verify_slice(&signature).map_err(|_| Refusal::SignatureDiffers)
    }

    fn check_basic(self, username: &str, password: &Secret) -> Result<(), Refusal> {
        let value = self.only("Authorization", Refusal::CredentialsMissing, Refusal::CredentialsMalformed)?;
        let (scheme, token) = scheme(value);
        if !scheme.eq_ignore_ascii_case(b"Basic") {
            return Err(Refusal::CredentialsMissing);
        }
        let pair = Secret::new(STANDARD.decode(token).map_err(|_| Refusal::CredentialsMalformed)?);
        let pair = pair.expose();
        // The first colon: a user name has none, a password may have many.
        let colon = pair.iter().position(|b| *b == b':').ok_or(Refusal::CredentialsMalformed)?;
        let equal = same(&pair[..colon], username.as_bytes()) & same(&pair[colon + 1..], password.expose());
        if bool::from(equal) { Ok(()) } else { Err(Refusal::CredentialsDiffer) }
    }

    /// The one value under `name`.
    fn only(self, name: &'static str, missing: Refusal, repeated: Refusal) -> Result<&'a [u8], Refusal> {
        let mut values = self.headers.all(name);
        let value = values.next().filter(|value| !value.is_empty());
        if values.next().is_some() { Err(repeated) } else { value.ok_or(missing) }
    }
}

/// The scheme of an `Authorization`, and what stands behind it.
pub(crate) fn scheme(value: &[u8]) -> (&[u8], &[u8]) {
    let space = value.iter().position(|b| *b == b' ').unwrap_or(value.len());
    let (scheme, rest) = value.split_at(space);
    (scheme, rest.trim_ascii_start())
}

/// `b64token` of RFC 6750, 2.1: letters, digits and `-._~+/`, at least one, then any number of `=`.
fn is_token(token: &[u8]) -> bool {
    let padding = token.iter().rev().take_while(|byte| **byte == b'=').count();
    let characters = &token[..token.len() - padding];
    !characters.is_empty() && characters.iter().all(|b| b.is_ascii_alphanumeric() || b"-._~+/".contains(b))
}

/// Whether two texts are equal, in a time that tells neither where nor in what length they differ: their digests are compared.
pub(crate) fn same(a: &[u8], b: &[u8]) -> subtle::Choice {
    Sha256::digest(a).ct_eq(&Sha256::digest(b))
}

fn keyed(passcode: &Secret, body: &[u8]) -> Hmac<Sha256> {
    let mac = <Hmac<Sha256> as KeyInit>::new_from_slice(passcode.expose());
    mac.expect("HMAC takes a key of any length").chain_update(body)
}

/// The signature CentrePoint would send for `body`: 44 characters of padded standard base64.
#[must_use]
pub fn sign(passcode: &Secret, body: &[u8]) -> String {
    STANDARD.encode(keyed(passcode, body).finalize().into_bytes())
}

#[cfg(test)]
mod tests;
