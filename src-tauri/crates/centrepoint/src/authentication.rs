//! From `Unverified` to `Verified`: None, Basic (RFC 7617) and keyed-hash HMAC over the exact body, compared in constant time.

use std::fmt;

use crate::{Headers, Secret};

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
}

impl Credentials {
    /// The kind of authentication these credentials serve.
    #[must_use]
    pub fn authentication(&self) -> Authentication {
        match self {
            Self::None => Authentication::None,
            Self::Basic { .. } => Authentication::Basic,
            Self::Hmac { .. } => Authentication::Hmac,
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

/// A request that passed its webhook's check. Only [`Unverified::verify`] makes one.
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
    /// No `Authorization: Basic`.
    #[error("no user name and password: is the webhook set to Basic in the portal?")]
    CredentialsMissing,
    /// `Authorization` is not Basic with a base64 `user:password`, or stands more than once.
    #[error("the user name and password could not be read")]
    CredentialsMalformed,
    /// User name or password differ.
    #[error("user name or password differ: are they the ones in the portal?")]
    CredentialsDiffer,
}

impl<'a> Unverified<'a> {
    /// Checks the request against the webhook's credentials, in constant time over the exact bytes.
    ///
    /// # Errors
    /// The reason for the refusal.
    pub fn verify(self, _credentials: &Credentials) -> Result<Verified<'a>, Refusal> {
        todo!()
    }
}

/// The signature CentrePoint would send for `body`: 44 characters of padded standard base64.
#[must_use]
pub fn sign(_passcode: &Secret, _body: &[u8]) -> String {
    todo!()
}
