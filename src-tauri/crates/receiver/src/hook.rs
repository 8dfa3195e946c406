//! The webhooks as the receiver needs them: what a path leads to and what a request is checked against.

use std::collections::HashMap;
use std::sync::Arc;

use centrepoint::{Authentication, Credentials};
use study::Slug;

use crate::Allow;

/// One webhook as the receiver needs it.
#[derive(Debug, Clone)]
pub struct Hook {
    /// The last part of its path.
    pub slug: Slug,
    /// Accepts deliveries.
    pub enabled: bool,
    /// Who may send to it.
    pub allow: Allow,
    /// What it is checked by. It decides: credentials of another kind are never used, so that a webhook set to HMAC cannot
    /// fall back to accepting everything.
    pub authentication: Authentication,
    /// The credentials, or why they cannot be read here (answered 503, said in the window).
    pub credentials: Result<Credentials, Arc<str>>,
    /// Changes whenever the secret does: tokens given out under another one are worth nothing.
    pub secret_version: i64,
    /// What it was checked by before, accepted beside that for a while.
    pub former: Option<Former>,
}

/// The credentials a webhook had before. Those of another kind than the webhook's are never used.
#[derive(Debug, Clone)]
pub struct Former {
    /// The credentials, or why they cannot be read here: what the present ones do not fit is then answered 503.
    pub credentials: Result<Credentials, Arc<str>>,
    /// The webhook's `secret_version` then.
    pub version: i64,
    /// Accepted before this, microseconds since 1970 UTC.
    pub until: i64,
}

/// Credentials that count at some instant, or why they cannot be read.
pub(crate) struct Standing<'a> {
    pub(crate) credentials: Result<&'a Credentials, Arc<str>>,
    pub(crate) version: i64,
    /// They are the former ones, and end then.
    pub(crate) until: Option<i64>,
}

impl Hook {
    /// What counts at `now`: the present credentials, then the former ones while they are accepted.
    ///
    /// Only credentials of the webhook's own kind count: whatever else stands there, a webhook that has authentication never
    /// accepts everything.
    pub(crate) fn standing(&self, now: i64) -> impl Iterator<Item = Standing<'_>> {
        let present = Standing { credentials: self.own(&self.credentials), version: self.secret_version, until: None };
        let former = self.former.as_ref().filter(|former| now < former.until);
        let former = former.map(|former| Standing {
            credentials: self.own(&former.credentials),
            version: former.version,
            until: Some(former.until),
        });
        std::iter::once(present).chain(former)
    }

    fn own<'a>(&self, credentials: &'a Result<Credentials, Arc<str>>) -> Result<&'a Credentials, Arc<str>> {
        match credentials {
            Ok(credentials) if credentials.authentication() == self.authentication => Ok(credentials),
            Ok(_) => Err("the webhook has no credentials of its kind".into()),
            Err(reason) => Err(Arc::clone(reason)),
        }
    }
}

/// The webhooks by slug, replaced as a whole when they change. Removed ones are not in it.
#[derive(Debug, Clone, Default)]
pub struct Hooks(pub Arc<HashMap<String, Hook>>);
