//! Requests as CentrePoint sends them, and as it should not.

use std::sync::atomic::{AtomicU32, Ordering};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};

/// A GUID that no other call of this test run gets.
pub(crate) fn fresh_id() -> String {
    static NEXT: AtomicU32 = AtomicU32::new(1);
    let number = NEXT.fetch_add(1, Ordering::Relaxed);
    format!("{:08x}-8baf-4c83-a591-{number:012x}", std::process::id())
}

/// An `upload` event. An error has a message, a completed one its epochs.
pub(crate) fn upload(upload_id: &str, subject_id: &str, status: &str) -> Value {
    let mut event = json!({ "uploadId": upload_id, "studyId": "189", "subjectId": subject_id, "status": status });
    let more = match status {
        "error" => json!({ "message": "Battery voltage below threshold" }),
        "completed" => json!({
            "firstEpochUTC": "2016-06-14T20:46:00.0000000",
            "firstEpochSubjectTZ": "2016-06-14T16:46:00.0000000",
            "lastEpochUTC": "2016-06-15T20:46:00.0000000",
            "lastEpochSubjectTZ": "2016-06-15T16:46:00.0000000",
        }),
        _ => json!({}),
    };
    for (name, value) in more.as_object().expect("an object stands above") {
        event[name] = value.clone();
    }
    event
}

/// `text` as a form writes it.
pub(crate) fn form_encoded(text: &str) -> String {
    String::from_utf8(centrepoint::token::encoded(text.as_bytes()).expose().to_vec()).expect("a form is ASCII")
}

/// A request about to be sent.
#[derive(Debug, Clone)]
pub(crate) struct Post {
    method: String,
    path: String,
    headers: Vec<(String, Vec<u8>)>,
    body: Vec<u8>,
    chunked: bool,
}

impl Post {
    /// A delivery with a fresh id, as the vendor's client sends it.
    pub(crate) fn delivery(slug: &str, event: &str, body: impl Into<Vec<u8>>) -> Self {
        let post = Self {
            method: "POST".to_owned(),
            path: format!("/hooks/{slug}"),
            headers: Vec::new(),
            body: body.into(),
            chunked: false,
        };
        post.header("Host", "monitor.example.org")
            .header("User-Agent", "ActiGraph-Hookshot/1.0 ActiGraph-Hookshot/1.0")
            .header("Content-Type", "application/json; charset=utf-8")
            .header("X-ActiGraph-Webhook-Id", "15")
            .header("X-ActiGraph-Event", event)
            .header("X-ActiGraph-Delivery", fresh_id())
            .header("X-Client-Cert-Used", "False")
    }

    /// An `upload` delivery.
    pub(crate) fn upload(slug: &str, upload_id: &str, subject_id: &str, status: &str) -> Self {
        Self::delivery(slug, "upload", upload(upload_id, subject_id, status).to_string())
    }

    /// A handshake with this code in header and body.
    pub(crate) fn handshake(slug: &str, code: &str) -> Self {
        let body = json!({ "WebhookId": "74", "ValidationCode": code }).to_string();
        Self::delivery(slug, "validation", body).header("X-ActiGraph-Hook-Secret", code)
    }

    /// With one more header line.
    pub(crate) fn header(mut self, name: &str, value: impl Into<Vec<u8>>) -> Self {
        self.headers.push((name.to_owned(), value.into()));
        self
    }

    /// Without any header line of this name, whatever its casing.
    pub(crate) fn without(mut self, name: &str) -> Self {
        self.headers.retain(|(n, _)| !n.eq_ignore_ascii_case(name));
        self
    }

    /// With this header line in place of those of its name.
    pub(crate) fn with(self, name: &str, value: impl Into<Vec<u8>>) -> Self {
        self.without(name).header(name, value)
    }

    /// With every header name passed through `change`.
    pub(crate) fn header_names(mut self, change: impl Fn(&str) -> String) -> Self {
        for (name, _) in &mut self.headers {
            *name = change(name);
        }
        self
    }

    /// With another method.
    pub(crate) fn method(mut self, method: &str) -> Self {
        method.clone_into(&mut self.method);
        self
    }

    /// To another path.
    pub(crate) fn path(mut self, path: &str) -> Self {
        path.clone_into(&mut self.path);
        self
    }

    /// Signed over its body.
    pub(crate) fn signed(self, passcode: &str) -> Self {
        let signature =
            centrepoint::authentication::sign(&centrepoint::Secret::new(passcode.as_bytes().to_vec()), &self.body);
        self.with("X-ActiGraph-Signature", signature)
    }

    /// With a user name and a password.
    pub(crate) fn basic(self, username: &str, password: &str) -> Self {
        let pair = STANDARD.encode(format!("{username}:{password}"));
        self.with("Authorization", format!("Basic {pair}"))
    }

    /// A token request with the client's id and secret in its form.
    pub(crate) fn token_request(slug: &str, client_id: &str, client_secret: &str) -> Self {
        let [id, secret] = [client_id, client_secret].map(form_encoded);
        Self::token_form(slug, &format!("grant_type=client_credentials&client_id={id}&client_secret={secret}"))
    }

    /// A form for a webhook's token endpoint.
    pub(crate) fn token_form(slug: &str, form: &str) -> Self {
        let path = format!("/hooks/{slug}/token");
        let post = Self { method: "POST".to_owned(), path, headers: Vec::new(), body: form.into(), chunked: false };
        post.header("Host", "monitor.example.org").header("Content-Type", "application/x-www-form-urlencoded")
    }

    /// With an access token.
    pub(crate) fn bearer(self, token: &str) -> Self {
        self.with("Authorization", format!("Bearer {token}"))
    }

    /// With its body in chunks, its length not told.
    pub(crate) fn chunked(mut self) -> Self {
        self.chunked = true;
        self
    }

    /// Its body.
    pub(crate) fn body(&self) -> &[u8] {
        &self.body
    }

    /// Its header lines, its length aside.
    pub(crate) fn headers(&self) -> &[(String, Vec<u8>)] {
        &self.headers
    }

    /// Its delivery id.
    pub(crate) fn delivery_id(&self) -> String {
        let id = self.headers.iter().find(|(name, _)| name.eq_ignore_ascii_case("X-ActiGraph-Delivery"));
        id.map(|(_, value)| String::from_utf8_lossy(value).into_owned()).expect("it has a delivery id")
    }

    /// Its head, the empty line included.
    pub(crate) fn head(&self) -> Vec<u8> {
        let mut head = format!("{} {} HTTP/1.1\r\n", self.method, self.path).into_bytes();
        for (name, value) in &self.headers {
            head.extend([name.as_bytes(), b": ", value, b"\r\n"].concat());
        }
        let length_told = self.headers.iter().any(|(name, _)| name.eq_ignore_ascii_case("Content-Length"));
        if self.chunked {
            head.extend(b"Transfer-Encoding: chunked\r\n");
        } else if !length_told {
            head.extend(format!("Content-Length: {}\r\n", self.body.len()).as_bytes());
        }
        head.extend(b"\r\n");
        head
    }

    /// Everything, as it goes over the wire.
    pub(crate) fn bytes(&self) -> Vec<u8> {
        let mut bytes = self.head();
        if self.chunked {
            for chunk in self.body.chunks(7000) {
                bytes.extend(format!("{:x}\r\n", chunk.len()).as_bytes());
                bytes.extend(chunk);
                bytes.extend(b"\r\n");
            }
            bytes.extend(b"0\r\n\r\n");
        } else {
            bytes.extend(&self.body);
        }
        bytes
    }
}
