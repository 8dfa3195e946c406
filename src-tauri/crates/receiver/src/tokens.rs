//! The access tokens that were given out: in memory alone, so that none survives a restart; as digests, so that nobody reads one
//! out of it; bounded; each for one webhook and the client it was given to.

use std::collections::{HashMap, VecDeque};
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use centrepoint::{Refusal, Secret};
use sha2::{Digest, Sha256};
use study::Slug;

/// Tokens remembered of one webhook; past it the oldest goes. A client that asks anew for every delivery and sends ten a second
/// still finds each of them good for minutes.
const MOST: usize = 4_096;

/// Random bytes of a token.
const TOKEN_BYTES: usize = 32;

type Sum = [u8; 32];

/// The client a token was given to, as it was then: id, secret and version. A token is good only while that one still stands, so
/// that no change has to think of the tokens.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Grant(Sum);

impl Grant {
    pub(crate) fn of(client_id: &str, client_secret: &Secret, version: i64) -> Self {
        let mut sum = Sha256::new();
        // The length keeps the parts apart.
        sum.update(client_id.len().to_le_bytes());
        sum.update(client_id);
        sum.update(version.to_le_bytes());
        sum.update(client_secret.expose());
        Self(sum.finalize().into())
    }
}

/// What is remembered of a token.
#[derive(Debug, Clone, Copy)]
struct Given {
    grant: Grant,
    /// Good before this, microseconds since 1970 UTC.
    until: i64,
}

/// The tokens of one webhook, by digest. Looking one up may take a time that tells of the digest, which tells nothing of the token.
#[derive(Debug, Default)]
struct Book {
    given: HashMap<Sum, Given>,
    /// Oldest first.
    order: VecDeque<Sum>,
}

impl Book {
    fn forget_oldest(&mut self) {
        if let Some(oldest) = self.order.pop_front() {
            self.given.remove(&oldest);
        }
    }
}

/// All of them.
#[derive(Debug, Default)]
pub(crate) struct Tokens(Mutex<HashMap<Slug, Book>>);

impl Tokens {
    /// A fresh token of `slug` for the client of `grant`, good for `lifetime` from `now` on: 43 characters of unpadded URL-safe base64.
    ///
    /// # Errors
    /// When the system has no randomness to give.
    pub(crate) fn give(
        &self,
        slug: &Slug,
        grant: Grant,
        now: i64,
        lifetime: Duration,
    ) -> Result<String, getrandom::Error> {
        let mut random = [0; TOKEN_BYTES];
        getrandom::fill(&mut random)?;
        let token = URL_SAFE_NO_PAD.encode(random);
        let until = now.saturating_add(i64::try_from(lifetime.as_micros()).unwrap_or(i64::MAX));
        let mut books = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let book = books.entry(slug.clone()).or_default();
        if book.order.len() >= MOST {
            book.forget_oldest();
        }
        let sum = Sha256::digest(&token).into();
        book.given.insert(sum, Given { grant, until });
        book.order.push_back(sum);
        Ok(token)
    }

    /// Whether `token` was given out for `slug`, to a client that still stands, and is good at `now`.
    pub(crate) fn check(&self, slug: &Slug, standing: &[Grant], token: &[u8], now: i64) -> Result<(), Refusal> {
        let sum: Sum = Sha256::digest(token).into();
        let books = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let given = books.get(slug).and_then(|book| book.given.get(&sum)).ok_or(Refusal::TokenUnknown)?;
        if !standing.contains(&given.grant) {
            Err(Refusal::TokenUnknown)
        } else if now >= given.until {
            Err(Refusal::TokenExpired)
        } else {
            Ok(())
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const HOUR: Duration = Duration::from_hours(1);
    const HOUR_MICROS: i64 = 3_600_000_000;

    fn slug(text: &str) -> Slug {
        Slug::new(text).unwrap()
    }

    fn grant(id: &str, secret: &str, version: i64) -> Grant {
        Grant::of(id, &Secret::new(secret), version)
    }

    #[test]
    fn a_token_is_good_for_its_webhook_its_client_and_its_time() {
        let (tokens, client) = (Tokens::default(), grant("id", "secret", 1));
        let token = tokens.give(&slug("a"), client, 5, HOUR).unwrap();
        let check = |webhook, standing: &[Grant], now| tokens.check(&slug(webhook), standing, token.as_bytes(), now);
        assert_eq!(token.len(), 43);
        assert_eq!(check("a", &[client], 5), Ok(()));
        assert_eq!(check("a", &[client], 5 + HOUR_MICROS - 1), Ok(()));
        assert_eq!(check("a", &[client], 5 + HOUR_MICROS), Err(Refusal::TokenExpired));
        assert_eq!(check("b", &[client], 5), Err(Refusal::TokenUnknown));
        for other in [grant("id2", "secret", 1), grant("id", "secret2", 1), grant("id", "secret", 2)] {
            assert_eq!(check("a", &[other], 5), Err(Refusal::TokenUnknown), "the client changed");
            assert_eq!(check("a", &[other, client], 5), Ok(()), "as long as the former one stands beside it");
        }
        assert_eq!(tokens.check(&slug("a"), &[client], &token.as_bytes()[1..], 5), Err(Refusal::TokenUnknown));
        let another = Tokens::default();
        assert_eq!(another.check(&slug("a"), &[client], token.as_bytes(), 5), Err(Refusal::TokenUnknown), "a restart");
    }

    #[test]
    fn the_parts_of_a_grant_are_kept_apart() {
        assert_ne!(grant("ab", "c", 1), grant("a", "bc", 1));
    }

    #[test]
    fn the_oldest_go_and_only_those() {
        let (tokens, client) = (Tokens::default(), grant("id", "secret", 1));
        let elsewhere = tokens.give(&slug("b"), client, 0, HOUR).unwrap();
        let all: Vec<String> = (0..MOST + 2).map(|_| tokens.give(&slug("a"), client, 0, HOUR).unwrap()).collect();
        let good = |token: &String| tokens.check(&slug("a"), &[client], token.as_bytes(), 1).is_ok();
        assert!(!good(&all[0]) && !good(&all[1]));
        assert!(all[2..].iter().all(good));
        assert_eq!(tokens.check(&slug("b"), &[client], elsewhere.as_bytes(), 1), Ok(()), "each webhook has its own");
        let books = tokens.0.lock().unwrap();
        assert_eq!((books[&slug("a")].given.len(), books[&slug("a")].order.len()), (MOST, MOST));
    }

    #[test]
    fn nothing_in_memory_is_a_token() {
        let tokens = Tokens::default();
        let token = tokens.give(&slug("a"), grant("id", "secret", 1), 0, HOUR).unwrap();
        assert!(!format!("{tokens:?}").contains(&token));
    }

    proptest! {
        #[test]
        fn nothing_that_was_not_given_is_good(token in any::<Vec<u8>>()) {
            let (tokens, client) = (Tokens::default(), grant("id", "secret", 1));
            tokens.give(&slug("a"), client, 0, HOUR).unwrap();
            prop_assert_eq!(tokens.check(&slug("a"), &[client], &token, 1), Err(Refusal::TokenUnknown));
        }
    }
}
