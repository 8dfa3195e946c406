//! The token endpoint of an OAuth2 webhook: client credentials for a short-lived token (RFC 6749, 4.4 and 5).
//!
//! Nothing of a token request is kept but that it came and why it was refused: its body holds a secret.

use std::time::Duration;

use axum::response::Response;
use centrepoint::{Authentication, Credentials, Secret, TokenError, TokenRefusal, TokenRequest};
use http::StatusCode;

use super::Visit;
use crate::tokens::Grant;
use crate::{Intake, answers};

impl<I: Intake> Visit<'_, I> {
    /// Gives a token, or says why not.
    pub(super) fn token(self, body: Vec<u8>) -> Response {
        // Wiped when it is dropped.
        let body = Secret::new(body);
        let standing: Vec<_> = self.hook.standing(self.received_at).collect();
        if standing.iter().all(|standing| standing.credentials.is_err()) {
            return self.unreadable();
        }
        let size = body.expose().len() as u64;
        let asked = match TokenRequest::read(&self.head.headers, body.expose()) {
            Ok(asked) => asked,
            Err(refusal) => return self.refuse_token(refusal, size),
        };
        // All of them, always: see `judge`.
        let mut fitting = None;
        for standing in &standing {
            if let Ok(Credentials::OAuth2 { client_id, client_secret }) = standing.credentials
                && asked.is_from(client_id, client_secret)
            {
                fitting.get_or_insert((Grant::of(client_id, client_secret, standing.version), standing.until));
            }
        }
        let Some((grant, until)) = fitting else {
            if standing.iter().any(|standing| standing.credentials.is_err()) {
                return self.unreadable();
            }
            return self.refuse_token(TokenRefusal::ClientDiffers, size);
        };
        self.line.set_authentic();
        let scope = match asked.scope() {
            Ok(scope) => scope,
            Err(refusal) => return self.refuse_token(refusal, size),
        };
        let lifetime = self.lifetime(until);
        match self.desk.tokens.give(&self.hook.slug, grant, self.received_at, lifetime) {
            Ok(token) => {
                tracing::debug!(webhook = %self.hook.slug, lifetime_s = lifetime.as_secs(), "a token was given");
                self.desk.intake.count("tokens_given");
                answers::token(&token, lifetime.as_secs(), scope)
            }
            Err(error) => {
                tracing::error!(%error, "no token can be made: the system gives no randomness");
                answers::SECRET_UNREADABLE.answer()
            }
        }
    }

    /// How long a token lives: one for the former client no longer than that one is accepted, in whole seconds as the answer says it.
    fn lifetime(&self, until: Option<i64>) -> Duration {
        let left = until.map_or(i64::MAX, |until| until.saturating_sub(self.received_at));
        let left = Duration::from_secs(u64::try_from(left / 1_000_000).unwrap_or(0));
        self.desk.limits.token.min(left)
    }

    fn unreadable(&self) -> Response {
        tracing::debug!(webhook = %self.hook.slug, "a token request could not be checked");
        self.desk.intake.told_later("secret_unreadable");
        answers::SECRET_UNREADABLE.answer()
    }

    fn refuse_token(self, refusal: TokenRefusal, size: u64) -> Response {
        debug_assert_eq!(self.hook.authentication, Authentication::OAuth2, "nobody else has a token endpoint");
        let error = refusal.error();
        let (status, code) = match error {
            TokenError::InvalidRequest => (StatusCode::BAD_REQUEST, "token_request_invalid"),
            TokenError::InvalidClient => (StatusCode::UNAUTHORIZED, "token_client_refused"),
            TokenError::UnsupportedGrantType => (StatusCode::BAD_REQUEST, "token_grant_unsupported"),
            TokenError::InvalidScope => (StatusCode::BAD_REQUEST, "token_scope_invalid"),
        };
        self.reject(status, code, refusal.to_string(), size, Vec::new());
        answers::token_refused(error)
    }
}
