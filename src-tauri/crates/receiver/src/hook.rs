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
}

/// The webhooks by slug, replaced as a whole when they change. Removed ones are not in it.
#[derive(Debug, Clone, Default)]
pub struct Hooks(pub Arc<HashMap<String, Hook>>);
