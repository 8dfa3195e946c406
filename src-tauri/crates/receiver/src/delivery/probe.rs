//! Self tests (see [`crate::probe`]): the same look at a request as at a delivery, of which nothing is kept.

use axum::body::Body;
use axum::extract::Request;
use axum::response::Response;
use bytes::Bytes;
use centrepoint::{BodyDigest, Unverified, handshake};
use http::header::{CACHE_CONTROL, CONTENT_TYPE};
use http::{HeaderName, HeaderValue};

use super::{Desk, place};
use crate::body::Whole;
use crate::connection::Arrived;
use crate::probe::{ANSWER, HookReport, Report, told};
use crate::verdict::{Verdict, judge};
use crate::{Hook, Intake, answers, forwarded};

/// The longest body of a self test, in bytes.
const LONGEST_BODY: usize = 16 * 1024;

/// Answers `request` where it is a self test of whoever has the receiver's key; hands it back where it is not.
pub(crate) async fn answered<I: Intake>(desk: &Desk<I>, request: Request) -> Result<Response, Request> {
    let Some(probes) = &desk.probes else { return Err(request) };
    let Some(Arrived { line, head }) = request.extensions().get::<Arrived>().cloned() else { return Err(request) };
    let now = desk.clock.now().as_microsecond();
    let Some(asked) = probes.recognise(&head.headers, now) else { return Err(request) };
    desk.intake.count("self_tests");
    let (parts, body) = request.into_parts();
    let Ok(Whole { bytes: body, share: _share }) = desk.budget.read(body, LONGEST_BODY).await else {
        return Ok(answers::TOO_LARGE.answer());
    };
    line.body_ended();

    let path = parts.uri.path();
    let source = {
        let proxies = desk.proxies.borrow();
        (forwarded::source(line.peer, &head.headers, &proxies), proxies.contain(line.peer))
    };
    let hooks = desk.hooks.borrow().clone();
    let hook = hooks.0.get(place(path).0).map(|hook| {
        let request = Unverified { headers: &head.headers, body: &body };
        of_hook(hook, source.0, judge(hook, request, &desk.tokens, now))
    });
    let (headers, forwarded) = told(&head.headers);
    let report = Report {
        method: parts.method.to_string(),
        path: path.to_owned(),
        peer: line.peer,
        trusted: source.1,
        source: source.0,
        forwarded,
        headers,
        body_sha256: hex(&BodyDigest::of(&body).0),
        hook,
    };
    let Ok(text) = serde_json::to_vec(&report) else { return Ok(answers::NOT_FOUND.answer()) };
    let mut response = match echo(&head.headers, &body) {
        Some(code) => answers::echo(code),
        None => answers::kept(),
    };
    let proof = probes.proof(&asked, &text);
    let headers = response.headers_mut();
    if let Ok(proof) = HeaderValue::from_str(&proof)
        && let Ok(name) = HeaderName::from_bytes(ANSWER.as_bytes())
    {
        headers.insert(name, proof);
    }
    headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
    headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-store, no-transform"));
    *response.body_mut() = Body::from(Bytes::from(text));
    Ok(response)
}

/// Two digits a byte.
fn hex(bytes: &[u8]) -> String {
    let digit = |half: u8| char::from_digit(u32::from(half), 16).unwrap_or('0');
    bytes.iter().flat_map(|byte| [byte >> 4, byte & 15]).map(digit).collect()
}

/// The code that a handshake of CentrePoint would get back.
fn echo(headers: &centrepoint::Headers, body: &[u8]) -> Option<HeaderValue> {
    let code = handshake::is_handshake(headers).then(|| handshake::code(headers, body).ok()).flatten()?;
    HeaderValue::from_str(code.as_str()).ok()
}

fn of_hook(hook: &Hook, source: std::net::IpAddr, verdict: Verdict<'_>) -> HookReport {
    let (verdict, reason) = match verdict {
        Verdict::Verified { by_former: false, .. } => ("verified", None),
        Verdict::Verified { by_former: true, .. } => ("former", None),
        Verdict::Refused { reason, .. } => ("refused", Some(reason)),
        Verdict::CannotTell(reason) => ("cannot_tell", Some(reason.to_string())),
    };
    HookReport {
        slug: hook.slug.to_string(),
        enabled: hook.enabled,
        allowed: hook.allow.allows(source),
        verdict: verdict.to_owned(),
        reason,
    }
}
