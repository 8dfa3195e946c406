//! Self tests: a request by which whoever has the data folder proves that it is this very receiver that answers, and learns how the
//! request arrived. Nothing of it is kept; to anybody else a request with such a header is one like any other.
//!
//! Who asks has the receiver's [`Key`], which is made anew at each start and lies in the data folder for its owner alone. The
//! question is signed with it and good once, for a minute; the answer is signed with it, too, over the question and the whole report.

use std::collections::VecDeque;
use std::net::IpAddr;
use std::sync::{Mutex, PoisonError};

use centrepoint::authentication::sign;
use centrepoint::headers::SIGNATURE;
use centrepoint::{Credentials, Header, Headers, Secret, Unverified};
use serde::{Deserialize, Serialize};

/// The header that asks.
pub const ASK: &str = "X-CentrePoint-Monitor-Probe";

/// The header that answers.
pub const ANSWER: &str = "X-CentrePoint-Monitor-Proof";

/// For how long a question is good, before and after the moment it names: a minute, in microseconds.
const GOOD_FOR: i64 = 60 * 1_000_000;

/// Questions that are remembered, so that none is answered twice; past it none is recognised until the oldest have run out.
const REMEMBERED: usize = 1_024;

/// The longest question, in bytes.
const LONGEST_ASK: usize = 256;

/// The longest nonce, in bytes.
const LONGEST_NONCE: usize = 64;

/// The most header names that are told.
const MOST_NAMES: usize = 60;

/// The longest text of a stranger that is told, in characters.
const LONGEST_TEXT: usize = 200;

/// What a receiver and who may test it have in common.
#[derive(Debug, Clone)]
pub struct Key(Secret);

impl Key {
    /// A new one, of the system's randomness.
    ///
    /// # Errors
    /// When the system has none to give.
    pub fn fresh() -> std::io::Result<Self> {
        let mut bytes = [0_u8; 32];
        getrandom::fill(&mut bytes).map_err(|error| std::io::Error::other(error.to_string()))?;
        Ok(Self(Secret::new(bytes)))
    }

    /// The one that was kept.
    #[must_use]
    pub fn of(secret: Secret) -> Self {
        Self(secret)
    }

    /// What is to be kept of it.
    #[must_use]
    pub fn secret(&self) -> &Secret {
        &self.0
    }

    /// The value of [`ASK`] that asks with `nonce` (letters, digits, `-`; at most 64) at `now`, microseconds since 1970 UTC.
    #[must_use]
    pub fn ask(&self, nonce: &str, now: i64) -> String {
        format!("{now} {nonce} {}", sign(&self.0, &question(nonce, now)))
    }

    /// Whether `proof`, the value of [`ANSWER`], is this receiver's for `nonce` and these bytes.
    #[must_use]
    pub fn is_proven(&self, nonce: &str, body: &[u8], proof: &[u8]) -> bool {
        fits(&self.0, &answer(nonce, body), proof)
    }
}

fn question(nonce: &str, now: i64) -> Vec<u8> {
    format!("ask\n{now}\n{nonce}").into_bytes()
}

fn answer(nonce: &str, body: &[u8]) -> Vec<u8> {
    [b"answer\n", nonce.as_bytes(), b"\n", body].concat()
}

/// Compares in constant time, by the same code that checks deliveries.
fn fits(key: &Secret, message: &[u8], signature: &[u8]) -> bool {
    let headers = Headers(vec![Header { name: SIGNATURE.into(), value: signature.to_vec() }]);
    let credentials = Credentials::Hmac { passcode: key.clone() };
    Unverified { headers: &headers, body: message }.verify(&credentials).is_ok()
}

/// How a question arrived. Everything in it is known to whoever passed it on, or says no more than yes or no.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Report {
    /// The method, as it came.
    pub method: String,
    /// The path, as it came.
    pub path: String,
    /// Whose connection it was.
    pub peer: IpAddr,
    /// The peer is believed when it says whom it forwards for.
    pub trusted: bool,
    /// Whom it counts as from.
    pub source: IpAddr,
    /// What `X-Forwarded-For` and `Forwarded` said, cut.
    pub forwarded: Vec<String>,
    /// The names of its headers, as they came.
    pub headers: Vec<String>,
    /// SHA-256 of the body, in hexadecimal digits.
    pub body_sha256: String,
    /// The webhook of that path, where there is one.
    pub hook: Option<HookReport>,
}

/// What would have become of a delivery.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct HookReport {
    /// Its slug.
    pub slug: String,
    /// It accepts deliveries.
    pub enabled: bool,
    /// Its list of addresses has the source, or there is none.
    pub allowed: bool,
    /// `verified`, `former` (by the secret from before), `refused`, `cannot_tell`.
    pub verdict: String,
    /// Why, where it is not verified.
    pub reason: Option<String>,
}

/// What the receiver knows of questions: its key, and those it has answered.
#[derive(Debug)]
pub struct Probes {
    key: Key,
    answered: Mutex<VecDeque<(i64, String)>>,
}

/// A question that was recognised.
#[derive(Debug)]
pub(crate) struct Recognised(String);

impl Probes {
    /// Answers those who have `key`.
    #[must_use]
    pub fn of(key: Key) -> Self {
        Self { key, answered: Mutex::new(VecDeque::new()) }
    }

    /// The question in these headers, the first time it is asked, `now`. Anything that is not quite right is no question.
    pub(crate) fn recognise(&self, headers: &Headers, now: i64) -> Option<Recognised> {
        let mut values = headers.all(ASK);
        let value = values.next().filter(|value| value.len() <= LONGEST_ASK)?;
        if values.next().is_some() {
            return None;
        }
        let mut parts = std::str::from_utf8(value).ok()?.split(' ');
        let (at, nonce, signature) = (parts.next()?, parts.next()?, parts.next()?);
        let at: i64 = at.parse().ok()?;
        let plain = nonce.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-');
        let recent = |at: i64| now.abs_diff(at) <= GOOD_FOR.unsigned_abs();
        if parts.next().is_some() || !plain || nonce.len() > LONGEST_NONCE || !recent(at) {
            return None;
        }
        if !fits(&self.key.0, &question(nonce, at), signature.as_bytes()) {
            return None;
        }
        let mut answered = self.answered.lock().unwrap_or_else(PoisonError::into_inner);
        answered.retain(|(at, _)| recent(*at));
        if answered.len() >= REMEMBERED || answered.iter().any(|(_, known)| known == nonce) {
            return None;
        }
        answered.push_back((at, nonce.to_owned()));
        Some(Recognised(nonce.to_owned()))
    }

    /// The proof that goes with `body`.
    pub(crate) fn proof(&self, asked: &Recognised, body: &[u8]) -> String {
        sign(&self.key.0, &answer(&asked.0, body))
    }
}

/// What a report tells of these headers: their names, and whom they name.
pub(crate) fn told(headers: &Headers) -> (Vec<String>, Vec<String>) {
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).chars().take(LONGEST_TEXT).collect::<String>();
    let names = headers.0.iter().take(MOST_NAMES).map(|header| text(&header.name)).collect();
    let forwarded = ["x-forwarded-for", "forwarded"].into_iter().flat_map(|name| headers.all(name));
    (names, forwarded.take(MOST_NAMES).map(text).collect())
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const NOW: i64 = 1_787_407_533_000_000;

    fn asking(value: &str) -> Headers {
        Headers(vec![Header { name: ASK.into(), value: value.into() }])
    }

    fn pair() -> (Key, Probes) {
        let key = Key::fresh().unwrap();
        (key.clone(), Probes::of(key))
    }

    #[test]
    fn who_has_the_key_is_recognised_once_and_gets_a_proof() {
        let (key, probes) = pair();
        let ask = asking(&key.ask("n-1", NOW));
        let asked = probes.recognise(&ask, NOW + 5).expect("the key is the receiver's");
        let proof = probes.proof(&asked, b"{}");
        assert!(key.is_proven("n-1", b"{}", proof.as_bytes()));
        for (nonce, body) in [("n-2", "{}"), ("n-1", "{ }")] {
            assert!(!key.is_proven(nonce, body.as_bytes(), proof.as_bytes()), "it proves this answer to this question");
        }
        assert!(probes.recognise(&ask, NOW + 6).is_none(), "whoever overheard it cannot ask it again");
    }

    #[test]
    fn a_question_of_another_key_or_time_is_none() {
        let (key, probes) = pair();
        assert!(probes.recognise(&asking(&Key::fresh().unwrap().ask("n", NOW)), NOW).is_none());
        let ask = asking(&key.ask("n", NOW));
        for late in [NOW + GOOD_FOR + 1, NOW - GOOD_FOR - 1, i64::MAX, i64::MIN] {
            assert!(probes.recognise(&ask, late).is_none(), "{late}");
        }
        let twice = Headers([ask.0.clone(), ask.0.clone()].concat());
        assert!(probes.recognise(&twice, NOW).is_none(), "two values are no question");
        for part in ["", "x", &key.ask("n n", NOW), &key.ask(&"n".repeat(65), NOW), &format!("{} x", key.ask("n", NOW))]
        {
            assert!(probes.recognise(&asking(part), NOW).is_none(), "{part}");
        }
        assert!(probes.recognise(&ask, NOW + GOOD_FOR).is_some());
    }

    #[test]
    fn what_is_remembered_is_bounded_and_runs_out() {
        let (key, probes) = pair();
        let asked = |n: usize, now: i64| probes.recognise(&asking(&key.ask(&format!("n{n}"), now)), now).is_some();
        assert!((0..REMEMBERED).all(|n| asked(n, NOW)));
        assert!(!asked(REMEMBERED, NOW), "more than that in a minute is no self test");
        assert!(asked(REMEMBERED, NOW + GOOD_FOR + 1));
        assert_eq!(probes.answered.lock().unwrap().len(), 1);
    }

    proptest! {
        #[test]
        fn nothing_made_up_is_recognised(value in any::<Vec<u8>>(), now in any::<i64>()) {
            let headers = Headers(vec![Header { name: ASK.into(), value }]);
            prop_assert!(pair().1.recognise(&headers, now).is_none());
        }
    }
}
