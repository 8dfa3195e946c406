//! Whether a request is its webhook's: the credentials' word, turned into the answer and the rejection it leads to.

use std::sync::Arc;

use centrepoint::{Authentication, Credentials, Refusal, Unverified, Verified};

use crate::Hook;
use crate::answers::{self, Problem};
use crate::tokens::{Grant, Tokens};

/// What came of the check.
#[derive(Debug)]
pub(crate) enum Verdict<'a> {
    /// It is authentic (or nothing was to be checked).
    Verified(Verified<'a>),
    /// It is not.
    Refused {
        /// What the sender is told.
        problem: &'static Problem,
        /// The rejection's word.
        code: &'static str,
        /// The plain sentence for the coordinator.
        reason: String,
    },
    /// The secret cannot be read here.
    CannotTell(Arc<str>),
}

/// Checks `request`, which came at `now`, against the webhook's credentials.
///
/// Only credentials of the webhook's own kind count: whatever else stands there, a webhook that has authentication never
/// accepts everything.
pub(crate) fn judge<'a>(hook: &Hook, request: Unverified<'a>, tokens: &Tokens, now: i64) -> Verdict<'a> {
    let credentials = match &hook.credentials {
        Ok(credentials) if credentials.authentication() == hook.authentication => credentials,
        Ok(_) => return Verdict::CannotTell("the webhook has no credentials of its kind".into()),
        Err(reason) => return Verdict::CannotTell(Arc::clone(reason)),
    };
    let verified = match credentials {
        Credentials::OAuth2 { client_id, client_secret } => {
            let grant = Grant::of(client_id, client_secret, hook.secret_version);
            request.verify_token(|token| tokens.check(&hook.slug, &[grant], token, now))
        }
        other => request.verify(other),
    };
    match verified {
        Ok(verified) => Verdict::Verified(verified),
        Err(refusal) => {
            let problem = match hook.authentication {
                Authentication::Basic => &answers::BASIC_EXPECTED,
                Authentication::OAuth2 if refusal == Refusal::TokenMissing => &answers::BEARER_EXPECTED,
                Authentication::OAuth2 => &answers::TOKEN_INVALID,
                _ => &answers::UNSIGNED,
            };
            Verdict::Refused { problem, code: code(refusal), reason: refusal.to_string() }
        }
    }
}

/// The word rejections of one kind are bounded by.
fn code(refusal: Refusal) -> &'static str {
    match refusal {
        Refusal::SignatureMissing => "signature_missing",
        Refusal::SignatureMalformed => "signature_malformed",
        Refusal::SignatureDiffers => "signature_differs",
        Refusal::CredentialsMissing => "credentials_missing",
        Refusal::CredentialsMalformed => "credentials_malformed",
        Refusal::CredentialsDiffer => "credentials_differ",
        Refusal::TokenMissing => "token_missing",
        Refusal::TokenMalformed => "token_malformed",
        Refusal::TokenUnknown => "token_unknown",
        Refusal::TokenExpired => "token_expired",
    }
}
