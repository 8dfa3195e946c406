//! One request of a check, and how it fails, told apart.

use std::fmt;
use std::io;
use std::time::Duration;

use receiver::tls::Roots;
use ureq::tls::{Certificate, RootCerts, TlsConfig};
use ureq::{Agent, Body, Error};

/// How long one request may take.
const LIMIT: Duration = Duration::from_secs(4);

/// The longest answer that is read, in bytes.
const LONGEST_ANSWER: u64 = 64 * 1024;

/// Why there was no answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Unheard {
    NoSuchHost,
    Refused,
    TimedOut,
    Tls(String),
    Broken(String),
}

impl fmt::Display for Unheard {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NoSuchHost => f.write_str("its name is not known, or this computer is offline"),
            Self::Refused => f.write_str("the connection was refused"),
            Self::TimedOut => f.write_str("no answer in time"),
            Self::Tls(reason) | Self::Broken(reason) => f.write_str(reason),
        }
    }
}

/// An answer.
#[derive(Debug, Clone)]
pub(super) struct Said {
    pub(super) status: u16,
    headers: Vec<(String, Vec<u8>)>,
    pub(super) body: Vec<u8>,
}

impl Said {
    /// The first value of a header, as text.
    pub(super) fn header(&self, name: &str) -> Option<&str> {
        let found = self.headers.iter().find(|(known, _)| known.eq_ignore_ascii_case(name));
        found.and_then(|(_, value)| std::str::from_utf8(value).ok())
    }
}

/// How a connection is judged.
#[derive(Debug, Clone, Copy)]
pub(super) enum Judged<'a> {
    /// By these authorities.
    By(&'a Roots),
    /// On this computer: whoever answers proves itself by the receiver's key, or counts for nothing. Its certificate is for another name.
    ByKey,
    /// The same on the way from outside, where the certificate is known to be doubted. Nothing of worth goes along.
    Doubted,
}

/// Asks once. Redirects are not followed, any status is an answer.
pub(super) fn ask(
    method: &str,
    url: &str,
    headers: &[(&str, &str)],
    body: Option<&[u8]>,
    judged: Judged<'_>,
) -> Result<Said, Unheard> {
    let mut request = ureq::http::Request::builder().method(method).uri(url);
    for (name, value) in headers {
        request = request.header(*name, *value);
    }
    let broken = |error: &dyn std::fmt::Display| Unheard::Broken(error.to_string());
    let agent = agent(judged);
    let response = match body {
        Some(body) => agent.run(request.body(body).map_err(|error| broken(&error))?),
        None => agent.run(request.body(()).map_err(|error| broken(&error))?),
    };
    Ok(heard(response.map_err(unheard)?))
}

fn heard(mut response: ureq::http::Response<Body>) -> Said {
    let headers =
        response.headers().iter().map(|(name, value)| (name.to_string(), value.as_bytes().to_vec())).collect();
    let status = response.status().as_u16();
    let body = response.body_mut().with_config().limit(LONGEST_ANSWER).read_to_vec();
    // What is longer is nothing of ours.
    Said { status, headers, body: body.unwrap_or_default() }
}

fn agent(judged: Judged<'_>) -> Agent {
    let mut config = Agent::config_builder()
        .http_status_as_error(false)
        .max_redirects(0)
        .max_redirects_will_error(false)
        .timeout_global(Some(LIMIT))
        .max_idle_connections(0)
        .user_agent(concat!("CentrePoint-Monitor/", env!("CARGO_PKG_VERSION"), " self-test"));
    let mut tls = TlsConfig::builder();
    match judged {
        Judged::ByKey => {
            config = config.proxy(None);
            tls = tls.disable_verification(true);
        }
        Judged::Doubted => tls = tls.disable_verification(true),
        Judged::By(roots) if roots.own().is_empty() => {}
        Judged::By(roots) => {
            config = config.proxy(None);
            let own: Vec<_> = roots.own().iter().map(|der| Certificate::from_der(der).to_owned()).collect();
            tls = tls.root_certs(RootCerts::new_with_certs(&own));
        }
    }
    config.tls_config(tls.build()).build().new_agent()
}

fn unheard(error: Error) -> Unheard {
    match error {
        Error::HostNotFound => Unheard::NoSuchHost,
        Error::Timeout(_) => Unheard::TimedOut,
        Error::ConnectionFailed => Unheard::Refused,
        Error::Tls(reason) => Unheard::Tls(reason.to_owned()),
        Error::Rustls(error) => Unheard::Tls(error.to_string()),
        Error::Io(error) => match error.kind() {
            io::ErrorKind::ConnectionRefused => Unheard::Refused,
            io::ErrorKind::TimedOut | io::ErrorKind::WouldBlock => Unheard::TimedOut,
            _ if is_unknown_name(&error) => Unheard::NoSuchHost,
            _ if is_tls(&error) => Unheard::Tls(error.to_string()),
            _ => Unheard::Broken(error.to_string()),
        },
        other => Unheard::Broken(other.to_string()),
    }
}

/// The system's word for a name without an address has no kind of its own.
fn is_unknown_name(error: &io::Error) -> bool {
    const WINDOWS: [i32; 3] = [11_001, 11_002, 11_004];
    error.to_string().starts_with("failed to lookup address")
        || error.raw_os_error().is_some_and(|code| cfg!(windows) && WINDOWS.contains(&code))
}

/// A failed handshake comes as an I/O error around it.
fn is_tls(error: &io::Error) -> bool {
    let text = error.to_string();
    error.kind() == io::ErrorKind::InvalidData || text.contains("certificate") || text.contains("HandshakeFailure")
}
