//! A receiver on a free port with a notebook behind it, and a client that writes and reads plain bytes.

use std::collections::HashMap;
use std::net::{IpAddr, SocketAddr};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use centrepoint::{Authentication, Credentials, Secret};
use receiver::probe::{Key, Probes};
use receiver::tls::Served;
use receiver::{Allow, Hook, Hooks, Intake, Limits, Mover, Networks, Socket};
use store::state::{Handshake, NewRejection};
use store::{Appended, NewArrival, NotDurable};
use study::Slug;
use study::clock::FixedClock;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;
use tokio::sync::{Semaphore, oneshot, watch};
use tokio::task::JoinHandle;

/// The passcode of the vendor's test vector.
pub(crate) const PASSCODE: &str = "B3`MlG4sJR.X^-%w=oG_UrNBEpszl?";
/// Its body, and the signature it has.
pub(crate) const BODY: &str = r#"{"Test":"Value"}"#;
/// 2026-08-22T14:05:33.123456Z
pub(crate) const NOW: i64 = 1_787_407_533_123_456;

/// Longer than anything here takes: a guard against hanging, not a measurement.
const PATIENCE: Duration = Duration::from_secs(20);

/// What was handed on of a handshake: slug, handshake, source, head and body of an unsigned one.
pub(crate) type NotedHandshake = (String, Handshake, IpAddr, Option<(Vec<u8>, Vec<u8>)>);

/// An [`Intake`] that writes everything down.
pub(crate) struct Notebook {
    pub(crate) arrivals: Mutex<Vec<NewArrival>>,
    pub(crate) rejections: Mutex<Vec<NewRejection>>,
    pub(crate) handshakes: Mutex<Vec<NotedHandshake>>,
    pub(crate) counts: Mutex<Vec<&'static str>>,
    /// Why requests were told to come again later.
    pub(crate) later: Mutex<Vec<&'static str>>,
    /// How many connections there were.
    pub(crate) connections: Mutex<Vec<usize>>,
    /// What appending fails with, where it does.
    pub(crate) fault: Mutex<Option<NotDurable>>,
    /// An append takes one permit and waits for it.
    pub(crate) gate: Semaphore,
    /// Appends that wait at the gate.
    pub(crate) waiting: AtomicUsize,
}

impl Intake for Notebook {
    async fn append(&self, arrival: NewArrival) -> Result<Appended, NotDurable> {
        self.waiting.fetch_add(1, Ordering::SeqCst);
        self.gate.acquire().await.unwrap().forget();
        self.waiting.fetch_sub(1, Ordering::SeqCst);
        if let Some(fault) = self.fault.lock().unwrap().clone() {
            return Err(fault);
        }
        let mut arrivals = self.arrivals.lock().unwrap();
        arrivals.push(arrival);
        Ok(Appended { sequence: i64::try_from(arrivals.len()).unwrap() })
    }

    fn reject(&self, rejection: NewRejection) {
        self.rejections.lock().unwrap().push(rejection);
    }

    fn handshake(&self, slug: &Slug, handshake: Handshake, source_ip: IpAddr, unsigned: Option<(Vec<u8>, Vec<u8>)>) {
        self.handshakes.lock().unwrap().push((slug.to_string(), handshake, source_ip, unsigned));
    }

    fn count(&self, name: &'static str) {
        self.counts.lock().unwrap().push(name);
    }

    fn told_later(&self, reason: &'static str) {
        self.later.lock().unwrap().push(reason);
    }

    fn connections(&self, open: usize) {
        self.connections.lock().unwrap().push(open);
    }

    fn health(&self) -> Result<(), Arc<str>> {
        self.fault.lock().unwrap().as_ref().map_or(Ok(()), |fault| Err(fault.to_string().into()))
    }
}

/// A running receiver.
pub(crate) struct Site {
    pub(crate) address: SocketAddr,
    pub(crate) notebook: Arc<Notebook>,
    pub(crate) hooks: watch::Sender<Hooks>,
    pub(crate) proxies: watch::Sender<Networks>,
    pub(crate) clock: Arc<FixedClock>,
    /// What self tests are signed with.
    pub(crate) key: Key,
    pub(crate) mover: Mover,
    end: oneshot::Sender<()>,
    task: JoinHandle<std::io::Result<()>>,
}

/// The client of the OAuth2 webhooks: its secret has what a form and a header escape.
pub(crate) const CLIENT: (&str, &str) = ("centre point", "s+e%c:r=t&é");

/// OAuth2 credentials with this secret.
pub(crate) fn client(secret: &str) -> Credentials {
    Credentials::OAuth2 { client_id: CLIENT.0.to_owned(), client_secret: Secret::new(secret) }
}

/// The webhooks of every test: `open`, `basic`, `signed`, `tokens` and `others` (OAuth2, the same client), `vendor` and `near` (from some
/// addresses only), `off` (disabled), `tokens-off`, `locked` and `tokens-locked` (secret not readable), `muddle` (signed, but with
/// credentials of another kind).
pub(crate) fn hooks() -> Hooks {
    let hmac = || Credentials::Hmac { passcode: Secret::new(PASSCODE) };
    let basic = || Credentials::Basic { username: "coordinator".to_owned(), password: Secret::new("pass:word") };
    let all = [
        ("open", true, Authentication::None, Ok(Credentials::None)),
        ("basic", true, Authentication::Basic, Ok(basic())),
        ("signed", true, Authentication::Hmac, Ok(hmac())),
        ("tokens", true, Authentication::OAuth2, Ok(client(CLIENT.1))),
        ("others", true, Authentication::OAuth2, Ok(client(CLIENT.1))),
        ("tokens-off", false, Authentication::OAuth2, Ok(client(CLIENT.1))),
        ("tokens-locked", true, Authentication::OAuth2, Err("the keychain is locked".into())),
        ("vendor", true, Authentication::None, Ok(Credentials::None)),
        ("near", true, Authentication::None, Ok(Credentials::None)),
        ("off", false, Authentication::Hmac, Ok(hmac())),
        ("locked", true, Authentication::Hmac, Err("the keychain is locked".into())),
        ("muddle", true, Authentication::Hmac, Ok(Credentials::None)),
    ];
    let hooks = all.map(|(slug, enabled, authentication, credentials)| {
        let allow = match slug {
            "vendor" => Allow::of(&["vendor".to_owned()]),
            "near" => Allow::of(&["10.0.0.0/8".to_owned(), "127.0.0.1".to_owned()]),
            _ => Allow::Everyone,
        };
        let slug = Slug::new(slug).unwrap();
        let hook =
            Hook { slug: slug.clone(), enabled, allow, authentication, credentials, secret_version: 1, former: None };
        (slug.to_string(), hook)
    });
    Hooks(Arc::new(HashMap::from(hooks)))
}

impl Site {
    pub(crate) async fn start() -> Self {
        Self::with(Limits::default()).await
    }

    pub(crate) async fn with(limits: Limits) -> Self {
        Self::behind(limits, Served::default()).await
    }

    /// A receiver that speaks TLS where `tls` does.
    pub(crate) async fn behind(limits: Limits, tls: Served) -> Self {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let notebook = Arc::new(Notebook {
            arrivals: Mutex::default(),
            rejections: Mutex::default(),
            handshakes: Mutex::default(),
            counts: Mutex::default(),
            later: Mutex::default(),
            connections: Mutex::default(),
            fault: Mutex::default(),
            gate: Semaphore::new(1_000_000),
            waiting: AtomicUsize::new(0),
        });
        let (hooks, watched) = watch::channel(hooks());
        let (proxies, trusted) = watch::channel(Networks::default());
        let (end, ended) = oneshot::channel();
        let clock = Arc::new(FixedClock::at(jiff::Timestamp::from_microsecond(NOW).unwrap()));
        let key = Key::fresh().unwrap();
        let probes = Some(Probes::of(key.clone()));
        let (intake, watch) = (Arc::clone(&notebook), Arc::clone(&clock));
        let (mover, wishes) = Mover::channel();
        let task = tokio::spawn(async move {
            let ended = async { ended.await.unwrap_or_default() };
            let socket = Socket { listener, tls, probes, moves: wishes };
            receiver::run(socket, watched, intake, watch, limits, trusted, ended).await
        });
        Self { address, notebook, hooks, proxies, clock, key, mover, end, task }
    }

    /// Tells the receiver to end; its outcome is the task's.
    pub(crate) fn end(self) -> JoinHandle<std::io::Result<()>> {
        self.end.send(()).unwrap();
        self.task
    }

    pub(crate) async fn connect(&self) -> Client {
        Client::on(TcpStream::connect(self.address).await.unwrap())
    }

    /// One request on a connection of its own.
    pub(crate) async fn ask(&self, request: impl AsRef<[u8]>) -> Answer {
        self.connect().await.ask(request).await
    }

    pub(crate) fn arrivals(&self) -> Vec<NewArrival> {
        self.notebook.arrivals.lock().unwrap().clone()
    }

    pub(crate) fn rejections(&self) -> Vec<NewRejection> {
        self.notebook.rejections.lock().unwrap().clone()
    }

    /// The one rejection there is.
    pub(crate) fn rejection(&self) -> NewRejection {
        let mut all = self.rejections();
        assert_eq!(all.len(), 1, "exactly one rejection: {all:?}");
        all.remove(0)
    }

    /// Nothing was kept anywhere.
    pub(crate) fn assert_nothing_kept(&self) {
        assert!(self.arrivals().is_empty(), "no arrival: {:?}", self.arrivals());
        assert!(self.rejections().is_empty(), "no rejection: {:?}", self.rejections());
        assert!(self.notebook.handshakes.lock().unwrap().is_empty(), "no handshake");
    }

    /// Waits until so many appends wait at the gate.
    pub(crate) async fn wait_for_appends(&self, count: usize) {
        patiently(async {
            while self.notebook.waiting.load(Ordering::SeqCst) < count {
                tokio::time::sleep(Duration::from_millis(2)).await;
            }
        })
        .await;
    }

    /// Closes the gate: appends wait from now on.
    pub(crate) fn close_gate(&self) {
        self.notebook.gate.forget_permits(usize::MAX);
    }

    pub(crate) fn open_gate(&self) {
        self.notebook.gate.add_permits(1_000);
    }
}

pub(crate) struct Client {
    pub(crate) stream: TcpStream,
    read: Vec<u8>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) headers: Vec<(String, String)>,
    pub(crate) body: String,
}

impl Answer {
    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        let mut found = self.headers.iter().filter(|(key, _)| key.eq_ignore_ascii_case(name));
        let value = found.next().map(|(_, value)| value.as_str());
        assert!(found.next().is_none(), "{name} stands at most once: {self:?}");
        value
    }

    /// The problem document's type, without what all have in common.
    pub(crate) fn problem(&self) -> String {
        assert_eq!(self.header("content-type"), Some("application/problem+json"), "{self:?}");
        let document: serde_json::Value = serde_json::from_str(&self.body).unwrap();
        assert_eq!(document["status"], self.status, "{self:?}");
        document["type"].as_str().unwrap().strip_prefix("urn:centrepoint-monitor:problem:").unwrap().to_owned()
    }
}

impl Client {
    pub(crate) fn on(stream: TcpStream) -> Self {
        Self { stream, read: Vec::new() }
    }

    pub(crate) async fn send(&mut self, bytes: impl AsRef<[u8]>) {
        self.stream.write_all(bytes.as_ref()).await.unwrap();
    }

    pub(crate) async fn ask(&mut self, request: impl AsRef<[u8]>) -> Answer {
        self.send(request).await;
        self.answer().await
    }

    /// The next answer, `100 Continue` included.
    pub(crate) async fn answer(&mut self) -> Answer {
        patiently(self.next_answer(true)).await.expect("an answer before the connection ends")
    }

    /// The next answer's head (an answer to HEAD has nothing behind it).
    pub(crate) async fn answer_to_head(&mut self) -> Answer {
        patiently(self.next_answer(false)).await.expect("an answer before the connection ends")
    }

    async fn next_answer(&mut self, with_body: bool) -> Option<Answer> {
        let head_end = loop {
            if let Some(at) = self.read.windows(4).position(|window| window == b"\r\n\r\n") {
                break at + 4;
            }
            self.more().await?;
        };
        let head = String::from_utf8(self.read[..head_end].to_vec()).unwrap();
        let mut lines = head.lines();
        let status = lines.next()?.split(' ').nth(1)?.parse().unwrap();
        let headers: Vec<(String, String)> = lines
            .filter_map(|line| line.split_once(':'))
            .map(|(name, value)| (name.to_owned(), value.trim().to_owned()))
            .collect();
        let length: usize = headers
            .iter()
            .find(|(name, _)| with_body && name.eq_ignore_ascii_case("content-length"))
            .map_or(0, |(_, value)| value.parse().unwrap());
        while self.read.len() < head_end + length {
            self.more().await?;
        }
        let body = String::from_utf8(self.read[head_end..head_end + length].to_vec()).unwrap();
        self.read.drain(..head_end + length);
        Some(Answer { status, headers, body })
    }

    async fn more(&mut self) -> Option<()> {
        let mut some = [0; 4096];
        // A reset is an end like another.
        let read = self.stream.read(&mut some).await.unwrap_or(0);
        self.read.extend_from_slice(&some[..read]);
        (read > 0).then_some(())
    }

    /// Waits until the receiver closes the connection; what it sent before that.
    pub(crate) async fn closed(mut self) -> Vec<u8> {
        patiently(async { while self.more().await.is_some() {} }).await;
        self.read
    }
}

/// Awaits `future`, and fails rather than hangs.
pub(crate) async fn patiently<T>(future: impl Future<Output = T>) -> T {
    tokio::time::timeout(PATIENCE, future).await.expect("this should not take so long")
}

/// A POST of `body` to `path`, with header lines as they stand in `headers` (each ending in CRLF).
pub(crate) fn post(path: &str, headers: &str, body: &str) -> String {
    format!("POST {path} HTTP/1.1\r\nHost: receiver\r\n{headers}Content-Length: {}\r\n\r\n{body}", body.len())
}

/// A header line with the right signature of `body`.
pub(crate) fn signature(body: &str) -> String {
    let signature = centrepoint::authentication::sign(&Secret::new(PASSCODE), body.as_bytes());
    format!("X-ActiGraph-Signature: {signature}\r\n")
}

/// A header line with the right user name and password.
pub(crate) fn basic() -> String {
    use base64::Engine as _;
    format!("Authorization: Basic {}\r\n", base64::engine::general_purpose::STANDARD.encode("coordinator:pass:word"))
}
