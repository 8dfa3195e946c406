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
    Verified {
        /// The request.
        verified: Verified<'a>,
        /// By the credentials the webhook had before.
        by_former: bool,
    },
    /// It is not.
    Refused {
        /// What the sender is told.
        problem: &'static Problem,
        /// The rejection's word.
        code: &'static str,
        /// The plain sentence for the coordinator.
        reason: String,
    },
    /// A secret that might have fitted cannot be read here.
    CannotTell(Arc<str>),
}

/// Checks `request`, which came at `now`, against all of the webhook's credentials that count then: always all of them, so that the time
/// it takes does not tell which one fitted, or nearly did.
pub(crate) fn judge<'a>(hook: &Hook, request: Unverified<'a>, tokens: &Tokens, now: i64) -> Verdict<'a> {
    let (mut fitting, mut refused, mut unread) = (None, None, None);
    for standing in hook.standing(now) {
        let verified = match standing.credentials {
            Err(reason) => {
                unread.get_or_insert(reason);
                continue;
            }
            Ok(Credentials::OAuth2 { client_id, client_secret }) => {
                let grant = Grant::of(client_id, client_secret, standing.version);
                request.verify_token(|token| tokens.check(&hook.slug, &[grant], token, now))
            }
            Ok(other) => request.verify(other),
        };
        match verified {
            // The first one that fits: the present one, where both are the same.
            Ok(verified) => drop(fitting.get_or_insert((verified, standing.until.is_some()))),
            // The present one's, unless the token was once good for the former one.
            Err(refusal) if refused.is_none() || refusal == Refusal::TokenExpired => refused = Some(refusal),
            Err(_) => {}
        }
    }
    match (fitting, unread, refused) {
        (Some((verified, by_former)), ..) => Verdict::Verified { verified, by_former },
        (None, Some(reason), _) => Verdict::CannotTell(reason),
        (None, None, Some(refusal)) => refuse(hook.authentication, refusal),
        (None, None, None) => Verdict::CannotTell("the webhook has no credentials".into()),
    }
}

fn refuse<'a>(authentication: Authentication, refusal: Refusal) -> Verdict<'a> {
    let problem = match authentication {
        Authentication::Basic => &answers::BASIC_EXPECTED,
        Authentication::OAuth2 if refusal == Refusal::TokenMissing => &answers::BEARER_EXPECTED,
        Authentication::OAuth2 => &answers::TOKEN_INVALID,
        _ => &answers::UNSIGNED,
    };
    Verdict::Refused { problem, code: code(refusal), reason: refusal.to_string() }
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
