//! Every answer a sender gets, constant per case: problem+json (RFC 9457) for refusals, next to nothing otherwise.
//!
//! Strangers read these, and so do people in the portal's delivery list: a constant text says what kind of thing went wrong.
//! The detail for the coordinator goes to the rejection, never here.

use axum::body::Body;
use axum::response::Response;
use bytes::Bytes;
use centrepoint::TokenError;
use http::header::{CACHE_CONTROL, CONTENT_TYPE, PRAGMA, WWW_AUTHENTICATE};
use http::{HeaderName, HeaderValue, StatusCode};

/// One refusal: its status, its constant body, at most one header of its own.
#[derive(Debug)]
pub(crate) struct Problem {
    /// The HTTP status, also in the body.
    pub(crate) status: StatusCode,
    body: &'static str,
    header: Extra,
}

/// A problem document as one constant text, so that no refusal costs an allocation.
macro_rules! document {
    ($status:literal, $kind:literal, $title:literal, $detail:literal) => {
        concat!(
            r#"{"type":"urn:centrepoint-monitor:problem:"#,
            $kind,
            r#"","title":""#,
            $title,
            r#"","status":"#,
            $status,
            r#","detail":""#,
            $detail,
            "\"}"
        )
    };
}

/// A constant header, its name in lower case.
type Extra = Option<(&'static str, &'static str)>;

const POST_ONLY: Extra = Some(("allow", "POST"));
const GET_ONLY: Extra = Some(("allow", "GET, HEAD"));
const CLOSE: Extra = Some(("connection", "close"));
const AGAIN_SOON: Extra = Some(("retry-after", "5"));
const BASIC_CHALLENGE: &str = r#"Basic realm="CentrePoint Monitor", charset="UTF-8""#;
const BASIC: Extra = Some(("www-authenticate", BASIC_CHALLENGE));
/// Nothing that could have been a token: RFC 6750, 3.1 wants no error then.
const BEARER: Extra = Some(("www-authenticate", r#"Bearer realm="CentrePoint Monitor""#));
const INVALID_TOKEN: Extra = Some((
    "www-authenticate",
    r#"Bearer realm="CentrePoint Monitor", error="invalid_token", error_description="The access token is not valid here: ask for a new one""#,
));

/// No webhook has this path.
pub(crate) const NOT_FOUND: Problem = Problem {
    status: StatusCode::NOT_FOUND,
    body: document!("404", "not-found", "Not found", "No webhook has this address."),
    header: None,
};

/// A webhook takes POST and nothing else.
pub(crate) const POST_EXPECTED: Problem = Problem {
    status: StatusCode::METHOD_NOT_ALLOWED,
    body: document!("405", "method-not-allowed", "Method not allowed", "Deliveries are sent with POST."),
    header: POST_ONLY,
};

/// The health check takes GET and HEAD and nothing else.
pub(crate) const GET_EXPECTED: Problem = Problem {
    status: StatusCode::METHOD_NOT_ALLOWED,
    body: document!("405", "method-not-allowed", "Method not allowed", "This address answers GET and HEAD."),
    header: GET_ONLY,
};

/// The webhook is switched off here.
pub(crate) const DISABLED: Problem = Problem {
    status: StatusCode::GONE,
    body: document!("410", "disabled", "Disabled", "This webhook is switched off at the receiver."),
    header: None,
};

/// The webhook takes deliveries from certain addresses only.
pub(crate) const NOT_ALLOWED: Problem = Problem {
    status: StatusCode::FORBIDDEN,
    body: document!("403", "not-allowed", "Not allowed", "This webhook does not accept deliveries from your address."),
    header: None,
};

/// The body is longer than the limit; it was not read.
pub(crate) const TOO_LARGE: Problem = Problem {
    status: StatusCode::PAYLOAD_TOO_LARGE,
    body: document!("413", "too-large", "Body too large", "The body is longer than this receiver accepts."),
    header: CLOSE,
};

/// The body did not come in time.
pub(crate) const BODY_TIMEOUT: Problem = Problem {
    status: StatusCode::REQUEST_TIMEOUT,
    body: document!("408", "body-timeout", "Body too slow", "The body did not arrive in time."),
    header: CLOSE,
};

/// The head is no HTTP/1 head, or leaves open how long the message is or whom it is for. The connection ends: where the next
/// request would begin is not certain.
pub(crate) const MALFORMED: Problem = Problem {
    status: StatusCode::BAD_REQUEST,
    body: document!(
        "400",
        "malformed",
        "Malformed request",
        "The request is malformed, or does not say exactly once how long it is and which host it is for."
    ),
    header: CLOSE,
};

/// The sender stopped in the middle of its body; hardly anyone reads this.
pub(crate) const INTERRUPTED: Problem = Problem {
    status: StatusCode::BAD_REQUEST,
    body: document!("400", "body-incomplete", "Body incomplete", "The body ended before it was whole."),
    header: CLOSE,
};

/// A handshake whose code is missing or could not be echoed.
pub(crate) const NO_CODE: Problem = Problem {
    status: StatusCode::BAD_REQUEST,
    body: document!(
        "400",
        "no-validation-code",
        "No validation code",
        "The validation request carries no code that can be sent back."
    ),
    header: None,
};

/// Signature missing or wrong.
pub(crate) const UNSIGNED: Problem = Problem {
    status: StatusCode::UNAUTHORIZED,
    body: document!(
        "401",
        "not-authenticated",
        "Not authenticated",
        "The signature is missing, or is not that of this body with the secret kept at the receiver."
    ),
    header: None,
};

/// User name and password missing or wrong.
pub(crate) const BASIC_EXPECTED: Problem = Problem {
    status: StatusCode::UNAUTHORIZED,
    body: document!(
        "401",
        "not-authenticated",
        "Not authenticated",
        "User name and password are missing, or are not those kept at the receiver."
    ),
    header: BASIC,
};

/// No token.
pub(crate) const BEARER_EXPECTED: Problem = Problem {
    status: StatusCode::UNAUTHORIZED,
    body: document!("401", "not-authenticated", "Not authenticated", "The access token is missing."),
    header: BEARER,
};

/// A token that is not good (any more).
pub(crate) const TOKEN_INVALID: Problem = Problem {
    status: StatusCode::UNAUTHORIZED,
    body: document!(
        "401",
        "not-authenticated",
        "Not authenticated",
        "The access token is not valid here: ask for a new one."
    ),
    header: INVALID_TOKEN,
};

/// What came without authentication is not a JSON object.
pub(crate) const NOT_AN_OBJECT: Problem = Problem {
    status: StatusCode::BAD_REQUEST,
    body: document!("400", "not-an-object", "Not a JSON object", "The body is not a JSON object."),
    header: None,
};

/// The webhook's secret cannot be read at the moment.
pub(crate) const SECRET_UNREADABLE: Problem = Problem {
    status: StatusCode::SERVICE_UNAVAILABLE,
    body: document!(
        "503",
        "cannot-check",
        "Cannot check now",
        "The receiver cannot check deliveries at the moment. Nothing was kept: please send it again."
    ),
    header: AGAIN_SOON,
};

/// The delivery could not be made durable.
pub(crate) const NOT_DURABLE: Problem = Problem {
    status: StatusCode::SERVICE_UNAVAILABLE,
    body: document!(
        "503",
        "cannot-keep",
        "Cannot keep it now",
        "The receiver cannot keep deliveries at the moment. Nothing was kept: please send it again."
    ),
    header: AGAIN_SOON,
};

/// There is no room for the body beside all the others; it was not read to its end.
pub(crate) const NO_ROOM: Problem = Problem {
    status: StatusCode::SERVICE_UNAVAILABLE,
    body: document!(
        "503",
        "busy",
        "Too busy now",
        "The receiver is reading too much at the moment. Nothing was kept: please send it again."
    ),
    header: AGAIN_SOON,
};

impl Problem {
    /// The answer as bytes, for a connection that ends with it: where hyper answers by itself, with nothing to read in it.
    pub(crate) fn closing_bytes(&self) -> Vec<u8> {
        format!(
            "HTTP/1.1 {}\r\ncontent-type: application/problem+json\r\nconnection: close\r\ncontent-length: {}\r\n\r\n{}",
            self.status,
            self.body.len(),
            self.body
        )
        .into_bytes()
    }

    /// The answer.
    pub(crate) fn answer(&self) -> Response {
        let mut response = plain(self.status, self.body);
        response.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static("application/problem+json"));
        if let Some((name, value)) = self.header {
            response.headers_mut().insert(HeaderName::from_static(name), HeaderValue::from_static(value));
        }
        response
    }
}

/// A refused token request: its status, and a constant body of RFC 6749, 5.2.
pub(crate) fn token_refused(error: TokenError) -> Response {
    let (status, body) = match error {
        TokenError::InvalidRequest => (
            StatusCode::BAD_REQUEST,
            r#"{"error":"invalid_request","error_description":"The token request is malformed or incomplete."}"#,
        ),
        TokenError::InvalidClient => (
            StatusCode::UNAUTHORIZED,
            r#"{"error":"invalid_client","error_description":"Client id and secret are missing, or are not those kept at the receiver."}"#,
        ),
        TokenError::UnsupportedGrantType => (
            StatusCode::BAD_REQUEST,
            r#"{"error":"unsupported_grant_type","error_description":"Tokens are given for client_credentials only."}"#,
        ),
        TokenError::InvalidScope => {
            (StatusCode::BAD_REQUEST, r#"{"error":"invalid_scope","error_description":"The scope is malformed."}"#)
        }
    };
    let mut response = unstored(plain(status, body));
    if status == StatusCode::UNAUTHORIZED {
        // Also where nothing was tried: a 401 names what would do (RFC 9110, 15.5.2).
        response.headers_mut().insert(WWW_AUTHENTICATE, HeaderValue::from_static(BASIC_CHALLENGE));
    }
    response
}

/// `200` with a fresh token (RFC 6749, 5.1). `token` and `scope` hold nothing that JSON would escape.
pub(crate) fn token(token: &str, seconds: u64, scope: Option<&str>) -> Response {
    let scope = scope.map_or_else(String::new, |scope| format!(r#","scope":"{scope}""#));
    let body = format!(r#"{{"access_token":"{token}","token_type":"Bearer","expires_in":{seconds}{scope}}}"#);
    unstored(Response::new(Body::from(body)))
}

/// What RFC 6749, 5.1 asks of every answer about tokens.
fn unstored(mut response: Response) -> Response {
    let headers = response.headers_mut();
    headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
    headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
    headers.insert(PRAGMA, HeaderValue::from_static("no-cache"));
    response
}

/// `200` with an empty body: it is on disk.
pub(crate) fn kept() -> Response {
    plain(StatusCode::OK, "")
}

/// `200` to a handshake, with its code in `X-ActiGraph-Hook-Secret`.
pub(crate) fn echo(code: HeaderValue) -> Response {
    const HOOK_SECRET: HeaderName = HeaderName::from_static("x-actigraph-hook-secret");
    let mut response = kept();
    response.headers_mut().insert(HOOK_SECRET, code);
    response
}

/// The health check: `200` or `503`, one word and no reason.
pub(crate) fn health(well: bool) -> Response {
    let mut response = if well {
        plain(StatusCode::OK, r#"{"status": "ok"}"#)
    } else {
        plain(StatusCode::SERVICE_UNAVAILABLE, r#"{"status": "unavailable"}"#)
    };
    response.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
    response.headers_mut().insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
    response
}

fn plain(status: StatusCode, body: &'static str) -> Response {
    let mut response = Response::new(Body::from(Bytes::from_static(body.as_bytes())));
    *response.status_mut() = status;
    response
}

#[cfg(test)]
mod tests {
    use super::*;

    const ALL: [&Problem; 18] = [
        &NOT_FOUND,
        &POST_EXPECTED,
        &GET_EXPECTED,
        &DISABLED,
        &NOT_ALLOWED,
        &TOO_LARGE,
        &BODY_TIMEOUT,
        &MALFORMED,
        &INTERRUPTED,
        &NO_CODE,
        &UNSIGNED,
        &BASIC_EXPECTED,
        &BEARER_EXPECTED,
        &TOKEN_INVALID,
        &NOT_AN_OBJECT,
        &SECRET_UNREADABLE,
        &NOT_DURABLE,
        &NO_ROOM,
    ];

    #[test]
    fn every_problem_is_a_problem_document_of_its_status() {
        for problem in ALL {
            let document: serde_json::Value = serde_json::from_str(problem.body).unwrap();
            let fields: Vec<&str> = document.as_object().unwrap().keys().map(String::as_str).collect();
            assert_eq!(fields, ["detail", "status", "title", "type"], "RFC 9457's members: {document}");
            assert_eq!(document["status"], problem.status.as_u16(), "status and body say the same: {document}");
        }
    }

    #[test]
    fn the_texts_are_these() {
        let texts: Vec<String> =
            ALL.iter().map(|problem| format!("{}\n  {:?}", problem.body, problem.header)).collect();
        insta::assert_snapshot!(texts.join("\n"));
    }
}
