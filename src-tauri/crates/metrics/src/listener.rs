//! A socket of its own for `/metrics`: on loopback addresses alone, and only for who asks for it by a name of this computer.
//!
//! A page in a browser here could have its own name lead to 127.0.0.1 and read what is answered; the `Host` it sends gives it away.

use std::convert::Infallible;
use std::io;
use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use http::header::{ALLOW, CACHE_CONTROL, CONTENT_TYPE, HOST};
use http::{HeaderMap, HeaderValue, Method, Response, StatusCode};
use http_body_util::Full;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::{TokioIo, TokioTimer};
use prometheus_client::encoding::prometheus_text;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::Semaphore;
use tokio::task::JoinSet;

/// The one path.
const PATH: &str = "/metrics";
/// Connections at once; more wait in the system's queue.
const CONNECTIONS: usize = 8;
/// For a head, and for an idle connection.
const HEAD: Duration = Duration::from_secs(30);
/// How long one connection may last in any case.
const LIFE: Duration = Duration::from_mins(10);
/// How long accepting pauses after it failed for want of something.
const PAUSE: Duration = Duration::from_millis(200);

/// Why figures are not served at an address.
#[derive(Debug, thiserror::Error)]
pub enum NotServed {
    /// It can be reached from elsewhere.
    #[error(
        "{0} can be reached from other computers: figures for monitoring are served on this computer alone, so name a loopback address, such as \
         127.0.0.1:9737"
    )]
    NotLoopback(SocketAddr),
    /// The system said no.
    #[error("figures for monitoring cannot be served at {address}: {source}")]
    Io {
        /// Where.
        address: SocketAddr,
        /// What it said.
        source: io::Error,
    },
}

/// Whether figures may be served at `address`.
///
/// # Errors
/// Where it can be reached from other computers.
pub fn may_listen(address: SocketAddr) -> Result<(), NotServed> {
    if address.ip().to_canonical().is_loopback() { Ok(()) } else { Err(NotServed::NotLoopback(address)) }
}

/// Listens on a loopback address.
#[derive(Debug)]
pub struct Listener(TcpListener);

impl Listener {
    /// Listens; port 0 takes a free one.
    ///
    /// # Errors
    /// Where the address is not of this computer alone, or taken.
    pub async fn bind(address: SocketAddr) -> Result<Self, NotServed> {
        may_listen(address)?;
        TcpListener::bind(address).await.map(Self).map_err(|source| NotServed::Io { address, source })
    }

    /// Where it listens.
    ///
    /// # Errors
    /// What the system said.
    pub fn address(&self) -> io::Result<SocketAddr> {
        self.0.local_addr()
    }

    /// Answers with what `text` writes, which may block, until this is dropped. `None` from it is answered `503`.
    pub async fn serve(self, text: impl Fn() -> Option<String> + Send + Sync + 'static) {
        let text: Arc<dyn Fn() -> Option<String> + Send + Sync> = Arc::new(text);
        let room = Arc::new(Semaphore::new(CONNECTIONS));
        let mut connections = JoinSet::new();
        loop {
            let Ok(place) = Arc::clone(&room).acquire_owned().await else { return };
            while connections.try_join_next().is_some() {}
            match self.0.accept().await {
                Ok((stream, _)) => {
                    let text = Arc::clone(&text);
                    connections.spawn(async move {
                        let _place = place;
                        // How one ended is of no interest: it is asked again.
                        let _ = tokio::time::timeout(LIFE, talk(stream, text)).await;
                    });
                }
                Err(error) => {
                    tracing::debug!(%error, "a connection for figures could not be accepted");
                    tokio::time::sleep(PAUSE).await;
                }
            }
        }
    }
}

async fn talk(stream: TcpStream, text: Arc<dyn Fn() -> Option<String> + Send + Sync>) -> hyper::Result<()> {
    let service = service_fn(move |request: http::Request<hyper::body::Incoming>| {
        let text = Arc::clone(&text);
        async move {
            Ok::<_, Infallible>(match checked(request.method(), request.uri().path(), request.headers()) {
                Ok(()) => figures(text).await,
                Err(status) => refusal(status),
            })
        }
    });
    http1::Builder::new()
        .timer(TokioTimer::new())
        .header_read_timeout(HEAD)
        .max_buf_size(16 * 1024)
        .serve_connection(TokioIo::new(stream), service)
        .await
}

/// What is asked is the figures, by a name of this computer.
fn checked(method: &Method, path: &str, headers: &HeaderMap) -> Result<(), StatusCode> {
    let mut hosts = headers.get_all(HOST).iter();
    let host = hosts.next().and_then(|host| host.to_str().ok()).ok_or(StatusCode::BAD_REQUEST)?;
    if hosts.next().is_some() {
        return Err(StatusCode::BAD_REQUEST);
    }
    if !is_of_this_computer(host) {
        return Err(StatusCode::MISDIRECTED_REQUEST);
    }
    match (path, method) {
        (PATH, &(Method::GET | Method::HEAD)) => Ok(()),
        (PATH, _) => Err(StatusCode::METHOD_NOT_ALLOWED),
        _ => Err(StatusCode::NOT_FOUND),
    }
}

/// `localhost` or a loopback address, with a port or without.
fn is_of_this_computer(host: &str) -> bool {
    let name = match host.rsplit_once(':') {
        // The colons of an IPv6 address stand in brackets.
        Some((name, port)) if port.bytes().all(|byte| byte.is_ascii_digit()) && !name.ends_with(':') => name,
        _ => host,
    };
    let bare = name.strip_prefix('[').and_then(|name| name.strip_suffix(']'));
    name.eq_ignore_ascii_case("localhost")
        || bare.unwrap_or(name).parse::<IpAddr>().is_ok_and(|address| address.to_canonical().is_loopback())
}

async fn figures(text: Arc<dyn Fn() -> Option<String> + Send + Sync>) -> Response<Full<Bytes>> {
    let Ok(Some(text)) = tokio::task::spawn_blocking(move || text()).await else {
        return refusal(StatusCode::SERVICE_UNAVAILABLE);
    };
    let mut response = Response::new(Full::from(text));
    let headers = response.headers_mut();
    headers.insert(CONTENT_TYPE, HeaderValue::from_static(prometheus_text::CONTENT_TYPE));
    headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
    response
}

fn refusal(status: StatusCode) -> Response<Full<Bytes>> {
    let says = match status {
        StatusCode::MISDIRECTED_REQUEST => "Ask by a name of this computer: localhost or 127.0.0.1.\n",
        StatusCode::METHOD_NOT_ALLOWED => "This address answers GET and HEAD.\n",
        StatusCode::BAD_REQUEST => "One Host header is expected.\n",
        StatusCode::SERVICE_UNAVAILABLE => "There are no figures now.\n",
        _ => "Figures are at /metrics.\n",
    };
    let mut response = Response::new(Full::from(says));
    *response.status_mut() = status;
    response.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static("text/plain; charset=utf-8"));
    if status == StatusCode::METHOD_NOT_ALLOWED {
        response.headers_mut().insert(ALLOW, HeaderValue::from_static("GET, HEAD"));
    }
    response
}

#[cfg(test)]
mod tests {
    use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};

    use super::*;

    #[test]
    fn only_addresses_of_this_computer_are_listened_on() {
        for fine in ["127.0.0.1:9737", "127.9.9.9:1", "[::1]:9737", "[::ffff:127.0.0.1]:9737"] {
            assert!(may_listen(fine.parse().unwrap()).is_ok(), "{fine}");
        }
        for open in ["0.0.0.0:9737", "[::]:9737", "192.0.2.1:9737", "10.0.0.1:1", "[2001:db8::1]:9737"] {
            let error = may_listen(open.parse().unwrap()).unwrap_err().to_string();
            assert!(error.contains("127.0.0.1:9737") && error.contains("other computers"), "{error}");
        }
    }

    #[test]
    fn a_name_that_is_led_here_is_not_of_this_computer() {
        for fine in ["localhost", "LOCALHOST:9737", "127.0.0.1", "127.0.0.1:9737", "[::1]", "[::1]:9737", "127.1.2.3:1"]
        {
            assert!(is_of_this_computer(fine), "{fine}");
        }
        for strange in [
            "evil.example",
            "evil.example:9737",
            "localhost.evil.example",
            "127.0.0.1.evil.example",
            "192.0.2.1:9737",
            "",
            ":9737",
            "[::2]:9737",
            "localhost:80:80",
            "user@localhost",
        ] {
            assert!(!is_of_this_computer(strange), "{strange}");
        }
    }

    async fn asked(address: SocketAddr, request: &str) -> String {
        let mut stream = TcpStream::connect(address).await.unwrap();
        stream.write_all(request.as_bytes()).await.unwrap();
        let mut answer = String::new();
        stream.read_to_string(&mut answer).await.unwrap();
        answer
    }

    async fn served(text: impl Fn() -> Option<String> + Send + Sync + 'static) -> SocketAddr {
        let listener = Listener::bind("127.0.0.1:0".parse().unwrap()).await.unwrap();
        let address = listener.address().unwrap();
        tokio::spawn(listener.serve(text));
        address
    }

    #[tokio::test]
    async fn figures_are_at_one_path_and_for_a_name_of_this_computer() {
        let address = served(|| Some("a 1\n".to_owned())).await;
        let ask = |line: &str, host: &str| format!("{line} HTTP/1.1\r\n{host}Connection: close\r\n\r\n");
        let good = asked(address, &ask("GET /metrics", "Host: localhost\r\n")).await;
        assert!(good.starts_with("HTTP/1.1 200 ") && good.ends_with("\r\n\r\na 1\n"), "{good}");
        assert!(good.contains("content-type: text/plain; version=0.0.4; charset=utf-8\r\n"), "{good}");
        for (line, host, status) in [
            ("GET /metrics", "Host: evil.example\r\n", "421"),
            ("GET /metrics", "", "400"),
            ("GET /metrics", "Host: localhost\r\nHost: evil.example\r\n", "400"),
            ("GET /metrics/", "Host: localhost\r\n", "404"),
            ("GET /hooks/study", "Host: localhost\r\n", "404"),
            ("POST /metrics", "Host: localhost\r\n", "405"),
        ] {
            let answer = asked(address, &ask(line, host)).await;
            assert!(answer.starts_with(&format!("HTTP/1.1 {status} ")), "{line} {host}: {answer}");
            assert!(!answer.contains("a 1"), "{answer}");
        }
        let head = asked(address, &ask("HEAD /metrics", "Host: 127.0.0.1:9737\r\n")).await;
        assert!(head.starts_with("HTTP/1.1 200 ") && head.ends_with("\r\n\r\n"), "{head}");
    }

    #[tokio::test]
    async fn no_figures_are_no_200() {
        let address = served(|| None).await;
        let answer = asked(address, "GET /metrics HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n").await;
        assert!(answer.starts_with("HTTP/1.1 503 "), "{answer}");
    }
}
