//! The access token of a client (OAuth2 client credentials): asked for when it is needed, and once more where it is not accepted any more.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use centrepoint::Secret;
use centrepoint::token::encoded;
use serde_json::Value;
use ureq::http::Uri;

use super::Access;
use super::call::{Caller, Failure, said, told};
use crate::wire::ApiError;

/// The longest token, in bytes.
const LONGEST: usize = 16 * 1024;

/// The token of one client.
pub(super) struct Tokens<'a> {
    url: Uri,
    access: &'a Access,
    /// The header's value.
    bearer: Option<String>,
}

impl<'a> Tokens<'a> {
    pub(super) fn new(url: Uri, access: &'a Access) -> Self {
        Self { url, access, bearer: None }
    }

    /// Asks something with the token; with a fresh one once more where it is not accepted.
    pub(super) fn with(
        &mut self,
        caller: &Caller<'_>,
        ask: impl Fn(&str) -> Result<Vec<u8>, Failure>,
    ) -> Result<Vec<u8>, ApiError> {
        for _ in 0..2 {
            let bearer = match &self.bearer {
                Some(bearer) => bearer.clone(),
                None => self.fetch(caller).map_err(in_words)?,
            };
            match ask(&bearer) {
                Err(Failure::Unauthorized) => self.bearer = None,
                answer => {
                    self.bearer = Some(bearer);
                    return answer.map_err(in_words);
                }
            }
        }
        Err(in_words(Failure::Unauthorized))
    }

    fn fetch(&self, caller: &Caller<'_>) -> Result<String, Failure> {
        let access = self.access;
        let secret = std::str::from_utf8(access.secret.expose())
            .map_err(|_| Failure::Said(ApiError::invalid("secret", "the client secret is not a text")))?;
        let id = access.client_id.trim();
        let common = [("grant_type", "client_credentials"), ("scope", access.scope.trim())];
        let form = [&common[..], &[("client_id", id), ("client_secret", secret)]].concat();
        let (mut status, mut body) = caller.post(&self.url, &form, None)?;
        if matches!(status, 400 | 401) {
            // Some servers take a client's name and secret in a header alone.
            let pair =
                Secret::new([encoded(id.as_bytes()).expose(), b":", encoded(secret.as_bytes()).expose()].concat());
            let header = format!("Basic {}", STANDARD.encode(pair.expose()));
            (status, body) = caller.post(&self.url, &common, Some(&header))?;
        }
        if status != 200 {
            return Err(said(refused(status, &body)));
        }
        let token = serde_json::from_slice::<Value>(&body).ok();
        let token = token.as_ref().and_then(|answer| answer.get("access_token")).and_then(Value::as_str);
        let fits = |token: &&str| {
            !token.is_empty() && token.len() <= LONGEST && token.bytes().all(|byte| byte.is_ascii_graphic())
        };
        // What it is instead is not told: it may hold a token.
        let token =
            token.filter(fits).ok_or_else(|| said("the address for tokens answered without a token".to_owned()))?;
        Ok(format!("Bearer {token}"))
    }
}

fn refused(status: u16, body: &[u8]) -> String {
    let error = serde_json::from_slice::<Value>(body).ok();
    let error = error.as_ref().and_then(|answer| answer.get("error")).and_then(Value::as_str).unwrap_or_default();
    match (status, error) {
        (_, "invalid_client") | (401, _) => {
            "CentrePoint does not accept this client: are its id and secret right?".to_owned()
        }
        (_, "invalid_scope") => "CentrePoint does not give this client that scope".to_owned(),
        _ => format!("the address for tokens answered {status}{}", told(body)),
    }
}

fn in_words(failure: Failure) -> ApiError {
    match failure {
        Failure::Said(error) => error,
        Failure::Unauthorized => {
            ApiError::failed("CentrePoint's API does not accept the token it was asked with (401)")
        }
    }
}
