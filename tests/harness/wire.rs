//! HTTP/1.1 by hand on a raw socket, so that a test controls every byte and sees every byte.

use std::io::{ErrorKind, Read, Write};
use std::net::{Shutdown, SocketAddr, TcpStream};
use std::sync::Arc;

use rustls::pki_types::CertificateDer;
use rustls::{ClientConfig, ClientConnection, StreamOwned};
use serde_json::Value;

use super::PATIENCE;

/// An answer as it came.
#[derive(Debug, Clone)]
pub(crate) struct Answer {
    /// Its status.
    pub(crate) status: u16,
    /// Interim answers before it (`100`).
    pub(crate) interim: Vec<u16>,
    /// Its headers in order, names as sent.
    pub(crate) headers: Vec<(String, String)>,
    /// Its body.
    pub(crate) body: Vec<u8>,
}

impl Answer {
    /// The only value under `name`; panics when it stands more than once.
    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        let mut values =
            self.headers.iter().filter(|(n, _)| n.eq_ignore_ascii_case(name)).map(|(_, value)| value.as_str());
        let value = values.next();
        assert_eq!(values.next(), None, "{name} stands once: {self:?}");
        value
    }

    /// The body as JSON.
    pub(crate) fn json(&self) -> Value {
        serde_json::from_slice(&self.body).unwrap_or_else(|e| panic!("not JSON ({e}): {self:?}"))
    }
}

/// The bytes' way: in the clear, or through TLS.
enum Stream {
    Clear(TcpStream),
    Tls(Box<StreamOwned<ClientConnection, TcpStream>>),
}

impl Stream {
    fn socket(&self) -> &TcpStream {
        match self {
            Self::Clear(socket) => socket,
            Self::Tls(stream) => &stream.sock,
        }
    }

    fn both(&mut self) -> &mut dyn ReadWrite {
        match self {
            Self::Clear(socket) => socket,
            Self::Tls(stream) => stream,
        }
    }
}

trait ReadWrite: Read + Write {}
impl<S: Read + Write> ReadWrite for S {}

/// A connection.
pub(crate) struct Wire {
    stream: Stream,
    /// Bytes received and not yet used.
    waiting: Vec<u8>,
}

impl Wire {
    /// Connects. Reads are given up after [`PATIENCE`].
    pub(crate) fn to(address: SocketAddr) -> Self {
        Self { stream: Stream::Clear(socket(address)), waiting: Vec::new() }
    }

    /// Connects and shakes hands, asking for `name`. Reads are given up after [`PATIENCE`].
    pub(crate) fn to_tls(address: SocketAddr, client: &Arc<ClientConfig>, name: &str) -> Result<Self, rustls::Error> {
        let name = name.to_owned().try_into().expect("it is a name");
        let mut connection = ClientConnection::new(Arc::clone(client), name)?;
        let mut socket = socket(address);
        while connection.is_handshaking() {
            if let Err(error) = connection.complete_io(&mut socket) {
                return Err(match error.downcast::<rustls::Error>() {
                    Ok(error) => error,
                    Err(error) => rustls::Error::General(error.to_string()),
                });
            }
        }
        let stream = Stream::Tls(Box::new(StreamOwned::new(connection, socket)));
        Ok(Self { stream, waiting: Vec::new() })
    }

    /// The certificate the receiver showed.
    pub(crate) fn certificate(&self) -> CertificateDer<'static> {
        let Stream::Tls(stream) = &self.stream else { panic!("nothing is shown in the clear") };
        stream.conn.peer_certificates().expect("the handshake is done")[0].clone().into_owned()
    }

    /// What was agreed on: the version, and the protocol within.
    pub(crate) fn agreed(&self) -> (Option<rustls::ProtocolVersion>, Option<&[u8]>) {
        let Stream::Tls(stream) = &self.stream else { panic!("nothing is agreed on in the clear") };
        (stream.conn.protocol_version(), stream.conn.alpn_protocol())
    }

    /// Sends `bytes` as they are. The receiver may close before it has read all: that shows in its answer.
    pub(crate) fn send(&mut self, bytes: &[u8]) -> &mut Self {
        let _ = self.stream.both().write_all(bytes).and_then(|()| self.stream.both().flush());
        self
    }

    /// Says that nothing more will be sent.
    pub(crate) fn half_close(&mut self) -> &mut Self {
        if let Stream::Tls(stream) = &mut self.stream {
            stream.conn.send_close_notify();
            let _ = stream.flush();
        }
        let _ = self.stream.socket().shutdown(Shutdown::Write);
        self
    }

    /// The next head on the wire, interim ones included: its status.
    pub(crate) fn head(&mut self) -> u16 {
        self.read_head().0
    }

    /// The next final answer with its body.
    pub(crate) fn answer(&mut self) -> Answer {
        self.answer_to("POST")
    }

    /// The next final answer to a request of this method: one to `HEAD` has no body.
    pub(crate) fn answer_to(&mut self, method: &str) -> Answer {
        let mut interim = Vec::new();
        let (status, headers) = loop {
            let (status, headers) = self.read_head();
            if status >= 200 {
                break (status, headers);
            }
            interim.push(status);
        };
        let mut answer = Answer { status, interim, headers, body: Vec::new() };
        if method != "HEAD" && status != 204 && status != 304 {
            let length = answer.header("Content-Length").expect("every answer says its length");
            let length = length.parse().expect("a length is a number");
            while self.waiting.len() < length {
                assert!(self.receive(), "the answer's body is whole");
            }
            answer.body = self.waiting.drain(..length).collect();
        }
        answer
    }

    /// Waits until the receiver closes the connection; `false` when it sends something instead.
    pub(crate) fn closes(&mut self) -> bool {
        self.waiting.is_empty() && !self.receive()
    }

    fn read_head(&mut self) -> (u16, Vec<(String, String)>) {
        let end = loop {
            if let Some(end) = self.waiting.windows(4).position(|window| window == b"\r\n\r\n") {
                break end;
            }
            assert!(self.receive(), "an answer comes; so far: {:?}", String::from_utf8_lossy(&self.waiting));
        };
        let head: Vec<u8> = self.waiting.drain(..end + 4).collect();
        let head = String::from_utf8(head).expect("an answer's head is text");
        let mut lines = head.trim_end().split("\r\n");
        let status = lines.next().and_then(|line| line.strip_prefix("HTTP/1.1 "));
        let status = status.and_then(|line| line.get(..3)).and_then(|code| code.parse().ok());
        let headers = lines.map(|line| {
            let (name, value) = line.split_once(':').expect("a header has a colon");
            (name.to_owned(), value.trim().to_owned())
        });
        (status.unwrap_or_else(|| panic!("not an HTTP/1.1 answer: {head}")), headers.collect())
    }

    /// Receives some more; `false` at the end of the stream, be it orderly or reset.
    fn receive(&mut self) -> bool {
        let mut chunk = [0; 16 * 1024];
        match self.stream.both().read(&mut chunk) {
            Ok(0) => false,
            Ok(count) => {
                self.waiting.extend(&chunk[..count]);
                true
            }
            // TLS calls an end without its last word unexpected.
            Err(e) if matches!(e.kind(), ErrorKind::ConnectionReset | ErrorKind::UnexpectedEof) => false,
            Err(e) if e.kind() == ErrorKind::Interrupted => self.receive(),
            Err(e) => panic!("gave up waiting for the receiver: {e}"),
        }
    }
}

fn socket(address: SocketAddr) -> TcpStream {
    let socket = TcpStream::connect(address).expect("the receiver accepts");
    socket.set_read_timeout(Some(PATIENCE)).expect("a socket takes a time-out");
    socket.set_nodelay(true).expect("a socket takes nodelay");
    socket
}
