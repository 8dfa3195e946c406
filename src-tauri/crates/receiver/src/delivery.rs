//! The checks of the answers table, in its order, and what is kept of each case. Nothing here blocks. Token requests take the same
//! way up to their body; the rest of theirs is `token`.
//!
//! How bytes got here is `connection`'s business; what is judged is `centrepoint`'s; what an event means is nobody's here.

use std::net::IpAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use axum::body::Body;
use axum::extract::{Request, State};
use axum::response::Response;
use bytes::Bytes;
use centrepoint::headers::MASK;
use centrepoint::{Authentication, BodyDigest, Unverified, event, handshake};
use http::{HeaderValue, Method, StatusCode};
use http_body::Body as _;
use store::state::{Handshake, NewRejection};
use store::{Mark, NewArrival};
use study::Clock;
use tokio::sync::watch;

use crate::answers::{self, Problem};
use crate::body::{Budget, Unread, Whole};
use crate::connection::{Arrived, Line};
use crate::head::Head;
use crate::probe::Probes;
use crate::routes::{HOOKS, TOKEN};
use crate::tokens::Tokens;
use crate::verdict::{Verdict, judge};
use crate::{Hook, Hooks, Intake, Limits, Networks, forwarded};

mod probe;
mod token;

pub(crate) use probe::answered;

/// What every handler shares.
pub(crate) struct Desk<I> {
    pub(crate) hooks: watch::Receiver<Hooks>,
    pub(crate) intake: Arc<I>,
    pub(crate) clock: Arc<dyn Clock>,
    pub(crate) limits: Limits,
    proxies: watch::Receiver<Networks>,
    budget: Budget,
    tokens: Tokens,
    probes: Option<Probes>,
    failing: AtomicBool,
}

impl<I: Intake> Desk<I> {
    pub(crate) fn new(
        hooks: watch::Receiver<Hooks>,
        intake: Arc<I>,
        clock: Arc<dyn Clock>,
        limits: Limits,
        proxies: watch::Receiver<Networks>,
        probes: Option<Probes>,
    ) -> Self {
        let (budget, tokens) = (Budget::new(&limits), Tokens::default());
        Self { hooks, intake, clock, limits, proxies, budget, tokens, probes, failing: AtomicBool::new(false) }
    }

    /// Makes `arrival` durable within the limit. Says in the program's log when that begins to fail and when it works again:
    /// a full disk is two lines there, not one a request.
    async fn keep(&self, arrival: NewArrival) -> bool {
        let reason = match tokio::time::timeout(self.limits.durable, self.intake.append(arrival)).await {
            Ok(Ok(_)) => {
                if self.failing.load(Ordering::Relaxed) && self.failing.swap(false, Ordering::Relaxed) {
                    tracing::info!("deliveries can be kept again");
                }
                return true;
            }
            Ok(Err(error)) => error.to_string(),
            Err(_) => format!("not on disk after {} ms", self.limits.durable.as_millis()),
        };
        self.intake.told_later("not_durable");
        if !self.failing.swap(true, Ordering::Relaxed) {
            tracing::error!(reason, "deliveries cannot be kept: answering 503 until they can");
        }
        false
    }
}

/// `/hooks/<slug>` and, where the webhook is an OAuth2 one, `/hooks/<slug>/token`
pub(crate) async fn deliver<I: Intake>(State(desk): State<Arc<Desk<I>>>, request: Request) -> Response {
    let request = match answered(&desk, request).await {
        Ok(answer) => return answer,
        Err(request) => request,
    };
    let received_at = desk.clock.now().as_microsecond();
    let (mut parts, body) = request.into_parts();
    let Arrived { line, head } =
        parts.extensions.remove().expect("a connection puts its line and the head into each of its requests");

    let hooks = desk.hooks.borrow().clone();
    let (slug, asks_token) = place(parts.uri.path());
    let found = hooks.0.get(slug).filter(|hook| !asks_token || hook.authentication == Authentication::OAuth2);
    let Some(hook) = found else {
        desk.intake.count("not_found");
        return answers::NOT_FOUND.answer();
    };
    if parts.method != Method::POST {
        desk.intake.count("method_not_allowed");
        return answers::POST_EXPECTED.answer();
    }
    let source = forwarded::source(line.peer, &head.headers, &desk.proxies.borrow());
    Visit { desk: &desk, hook, line: &line, source, received_at, head, asks_token }.answer(body).await
}

/// The slug that a path names, and whether it is that of its token endpoint.
fn place(path: &str) -> (&str, bool) {
    let path = path.strip_prefix(HOOKS).unwrap_or_default();
    let path = path.strip_suffix('/').unwrap_or(path);
    path.strip_suffix(TOKEN).map_or((path, false), |slug| (slug, true))
}

/// One POST to one webhook.
struct Visit<'a, I> {
    desk: &'a Desk<I>,
    hook: &'a Hook,
    line: &'a Line,
    /// Whom it comes from: the peer, or whom a trusted proxy names.
    source: IpAddr,
    received_at: i64,
    head: Head,
    /// It was sent to the token endpoint.
    asks_token: bool,
}

impl<I: Intake> Visit<'_, I> {
    /// The answers table from "webhook disabled" on.
    async fn answer(self, body: Body) -> Response {
        let announced = body.size_hint().lower();
        if !self.hook.enabled {
            return self.refuse(&answers::DISABLED, "disabled", "the webhook is disabled here", announced, Vec::new());
        }
        if !self.hook.allow.allows(self.source) {
            let reason = not_allowed(self.source);
            return self.refuse(&answers::NOT_ALLOWED, "source_not_allowed", reason, announced, Vec::new());
        }
        let longest = if self.asks_token { self.desk.limits.token_request_bytes } else { self.desk.limits.body_bytes };
        // Its share of the room is held until the answer is made.
        let Whole { bytes: body, share: _share } = match self.desk.budget.read(body, longest).await {
            Ok(whole) => whole,
            Err(unread) => return self.unread(unread, longest),
        };
        self.line.body_ended();
        if self.asks_token {
            return self.token(body);
        }
        if handshake::is_handshake(&self.head.headers) {
            return self.handshake(body).await;
        }

        let request = Unverified { headers: &self.head.headers, body: &body };
        let (authentication, mark) = match self.judge(request) {
            Verdict::Verified { verified, by_former } => (verified.authentication(), mark(by_former)),
            Verdict::Refused { problem, code, reason } => {
                return self.refuse(problem, code, reason, body.len() as u64, body);
            }
            Verdict::CannotTell(reason) => {
                tracing::debug!(webhook = %self.hook.slug, %reason, "a delivery could not be checked");
                self.desk.intake.told_later("secret_unreadable");
                return answers::SECRET_UNREADABLE.answer();
            }
        };
        self.line.set_authentic();
        if authentication == Authentication::None
            && let Err(unreadable) = event::is_object(&body)
        {
            let reason = unreadable.to_string();
            return self.refuse(&answers::NOT_AN_OBJECT, "not_an_object", reason, body.len() as u64, body);
        }
        if self.keep(authentication, mark, body).await { answers::kept() } else { answers::NOT_DURABLE.answer() }
    }

    /// A handshake with a code that can be sent back is answered whoever sent it; only a signed one becomes a delivery.
    async fn handshake(self, body: Vec<u8>) -> Response {
        let code = match handshake::code(&self.head.headers, &body) {
            Ok(code) => code,
            Err(no_code) => return self.no_code(no_code, body),
        };
        let Ok(echo) = HeaderValue::from_str(code.as_str()) else {
            return self.no_code(handshake::NoCode::Unsafe, body);
        };
        let verdict = self.judge(Unverified { headers: &self.head.headers, body: &body });
        let (hook, at, source) = (self.hook, self.received_at, self.source);
        if let Verdict::Verified { verified, by_former } = verdict {
            let authentication = verified.authentication();
            self.line.set_authentic();
            let intake = Arc::clone(&self.desk.intake);
            if !self.keep(authentication, mark(by_former), body).await {
                return answers::NOT_DURABLE.answer();
            }
            // One by the former secret proves nothing about the new one, for which the window waits.
            if by_former {
                return answers::echo(echo);
            }
            intake.handshake(&hook.slug, Handshake { at, authenticated: true }, source, None);
        } else {
            // Also where the secret cannot be read: the code is no secret, and CentrePoint asks for it only once.
            let unsigned = Some(without_credentials(hook, self.head.bytes, body));
            self.desk.intake.handshake(&hook.slug, Handshake { at, authenticated: false }, source, unsigned);
        }
        answers::echo(echo)
    }

    fn no_code(self, no_code: handshake::NoCode, body: Vec<u8>) -> Response {
        let code = match no_code {
            handshake::NoCode::Missing => "handshake_code_missing",
            handshake::NoCode::Unsafe => "handshake_code_unsafe",
        };
        self.refuse(&answers::NO_CODE, code, no_code.to_string(), body.len() as u64, body)
    }

    fn judge<'r>(&self, request: Unverified<'r>) -> Verdict<'r> {
        judge(self.hook, request, &self.desk.tokens, self.received_at)
    }

    fn unread(self, unread: Unread, longest: usize) -> Response {
        match unread {
            Unread::TooLarge(size) => {
                let reason = format!("the body is longer than the limit of {longest} bytes");
                self.refuse(&answers::TOO_LARGE, "too_large", reason, size, Vec::new())
            }
            Unread::TimedOut(size) => {
                let reason = format!("the body was not whole after {} s", self.desk.limits.body.as_secs());
                self.refuse(&answers::BODY_TIMEOUT, "body_timeout", reason, size, Vec::new())
            }
            Unread::NoRoom => {
                self.desk.intake.count("no_room");
                self.desk.intake.told_later("no_room");
                tracing::debug!(webhook = %self.hook.slug, "no room for a body beside the others");
                answers::NO_ROOM.answer()
            }
            Unread::Interrupted => {
                self.desk.intake.count("interrupted");
                answers::INTERRUPTED.answer()
            }
        }
    }

    /// Makes it an arrival; whether it is on disk.
    async fn keep(self, authentication: Authentication, mark: Mark, body: Vec<u8>) -> bool {
        let arrival = NewArrival {
            received_at: self.received_at,
            webhook: self.hook.slug.clone(),
            head: self.head.bytes,
            body_sha256: BodyDigest::of(&body),
            body: Bytes::from(body),
            authentication,
            mark,
            source_ip: self.source,
        };
        self.desk.keep(arrival).await
    }

    /// Hands on why it was refused, and answers. `size` in bytes, of what was read or else announced.
    fn refuse(
        self,
        problem: &Problem,
        code: &'static str,
        reason: impl Into<String>,
        size: u64,
        body: Vec<u8>,
    ) -> Response {
        self.reject(problem.status, code, reason, size, body);
        problem.answer()
    }

    /// Hands on why it was refused.
    fn reject(self, status: StatusCode, code: &'static str, reason: impl Into<String>, size: u64, body: Vec<u8>) {
        let reason = reason.into();
        let source_ip = self.source;
        let status = status.as_u16();
        let (delivery_id, event) = (self.head.headers.delivery_id().map(|id| id.0), self.head.headers.event_name());
        let (head, body) = without_credentials(self.hook, self.head.bytes, body);
        tracing::debug!(webhook = %self.hook.slug, status, code, reason, %source_ip, size_bytes = size, "refused");
        self.desk.intake.reject(NewRejection {
            received_at: self.received_at,
            webhook: self.hook.slug.clone(),
            status,
            code,
            reason,
            source_ip,
            delivery_id,
            event,
            size: i64::try_from(size).unwrap_or(i64::MAX),
            head,
            body,
        });
    }
}

fn mark(by_former: bool) -> Mark {
    if by_former { Mark::Former } else { Mark::Plain }
}

/// Why a source was refused, and what to do where it cannot be the sender.
fn not_allowed(source: IpAddr) -> String {
    let near = match source {
        IpAddr::V4(address) => address.is_loopback() || address.is_private() || address.is_link_local(),
        IpAddr::V6(address) => address.is_loopback() || address.is_unique_local() || address.is_unicast_link_local(),
    };
    let hint = if near {
        ": is it a proxy or a tunnel in front of this computer? Then name it as a trusted one, so that the sender's own address counts"
    } else {
        ""
    };
    format!("{source} is not on the webhook's list of allowed addresses{hint}")
}

/// Head and body of what is not kept as a delivery, without what a sender that confused the two addresses of an OAuth2 webhook,
/// or the ways of RFC 6749 and 6750, may have put there: a client's secret in a form, a token in the query.
fn without_credentials(hook: &Hook, head: Vec<u8>, body: Vec<u8>) -> (Vec<u8>, Vec<u8>) {
    let names_secret = body.windows(SECRET_FIELD.len()).any(|window| window.eq_ignore_ascii_case(SECRET_FIELD));
    let body = if names_secret { Vec::new() } else { body };
    let head = if hook.authentication == Authentication::OAuth2 { without_query(head) } else { head };
    (head, body)
}

/// What a client's secret is called in a form.
const SECRET_FIELD: &[u8] = b"client_secret";

/// `head` with the query of its request line masked.
fn without_query(head: Vec<u8>) -> Vec<u8> {
    let line = head.iter().position(|byte| *byte == b'\n').unwrap_or(head.len());
    let Some(begin) = head[..line].iter().position(|byte| *byte == b'?') else { return head };
    let end = head[begin..line].iter().position(u8::is_ascii_whitespace).map_or(line, |length| begin + length);
    [&head[..=begin], MASK.as_bytes(), &head[end..]].concat()
}
