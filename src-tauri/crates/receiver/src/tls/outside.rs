//! A server's certificate as a sender sees it, judged by the public authorities. None is accepted that they do not vouch for: the
//! handshake ends there, and why is told.

use std::io::{self, Read, Write};
use std::net::{TcpStream, ToSocketAddrs as _};
use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use rustls::client::WebPkiServerVerifier;
use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::pki_types::{CertificateDer, ServerName, UnixTime};
use rustls::{CertificateError, ClientConfig, ClientConnection, DigitallySignedStruct, RootCertStore, SignatureScheme};

use super::certificate::Standing;
use super::files::authorities;
use super::{Certificate, Unusable};

/// Whom to believe about certificates.
#[derive(Debug, Clone)]
pub struct Roots {
    store: Arc<RootCertStore>,
    own: Vec<Vec<u8>>,
}

impl Roots {
    /// The authorities that browsers believe.
    #[must_use]
    pub fn public() -> Self {
        let store = RootCertStore { roots: webpki_roots::TLS_SERVER_ROOTS.to_vec() };
        Self { store: Arc::new(store), own: Vec::new() }
    }

    /// These alone, in DER form; what is no certificate is left out.
    #[must_use]
    pub fn of(own: &[Vec<u8>]) -> Self {
        let mut store = RootCertStore::empty();
        store.add_parsable_certificates(own.iter().map(|der| CertificateDer::from(der.clone())));
        Self { store: Arc::new(store), own: own.to_vec() }
    }

    /// Those alone whose certificates are in this file of PEM text.
    ///
    /// # Errors
    /// Why it cannot be used.
    pub fn read(file: &Path) -> Result<Self, Unusable> {
        authorities(file).map(|found| Self::of(&found))
    }

    /// Those that were named instead of the public ones, in DER form.
    #[must_use]
    pub fn own(&self) -> &[Vec<u8>] {
        &self.own
    }
}

/// What was seen.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Seen {
    /// The server's own certificate; `behind` are those it sent with it.
    pub certificate: Certificate,
    /// Why a sender does not believe it.
    pub doubt: Option<Doubt>,
}

/// Why a certificate is not believed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Doubt {
    /// Its time is over.
    Ended,
    /// Its time has not come.
    NotYet,
    /// It is for other names.
    OtherName,
    /// It is its own authority.
    SelfSigned,
    /// It was sent without those that lead to its authority.
    ChainMissing,
    /// No public authority vouches for it.
    UnknownAuthority,
    /// Something else.
    Other(String),
}

/// Why nothing was seen.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Unseen {
    /// No address is known by that name.
    #[error("no address is known by that name: {0}")]
    NoSuchHost(String),
    /// Nobody listens there.
    #[error("the connection was refused")]
    Refused,
    /// Nobody answered in time.
    #[error("nobody answered in time")]
    TimedOut,
    /// What answered does not speak TLS, or broke off.
    #[error("no TLS connection came about: {0}")]
    NoTls(String),
}

/// Looks at the certificate of `host` (an IPv6 address without brackets), at `now` (microseconds since 1970 UTC). Blocks, for `limit` to connect
/// and for as long again to shake hands, however slowly the other side goes on; finding the name's address takes what the system takes.
///
/// # Errors
/// That none was seen, and why.
pub fn look(host: &str, port: u16, roots: &Roots, now: i64, limit: Duration) -> Result<Seen, Unseen> {
    let name = ServerName::try_from(host.to_owned()).map_err(|error| Unseen::NoSuchHost(error.to_string()))?;
    let found = (host, port).to_socket_addrs().map_err(|error| Unseen::NoSuchHost(error.to_string()))?;
    let mut stream = Until { stream: connected(&found.collect::<Vec<_>>(), limit)?, end: Instant::now() + limit };
    let witness = Arc::new(Witness::of(roots)?);
    let broken = |error: &dyn std::fmt::Display| Unseen::NoTls(error.to_string());
    let config = ClientConfig::builder_with_provider(Arc::new(rustls::crypto::ring::default_provider()))
        .with_safe_default_protocol_versions()
        .map_err(|error| broken(&error))?
        .dangerous()
        .with_custom_certificate_verifier(Arc::clone(&witness) as Arc<dyn ServerCertVerifier>)
        .with_no_client_auth();
    let mut connection = ClientConnection::new(Arc::new(config), name).map_err(|error| broken(&error))?;
    let mut outcome = Ok((0, 0));
    while outcome.is_ok() && connection.is_handshaking() {
        outcome = connection.complete_io(&mut stream);
    }
    let seen = witness.seen.lock().unwrap_or_else(PoisonError::into_inner).take();
    let Some((der, behind, verdict)) = seen else {
        return Err(match outcome {
            Err(error) if is_too_late(&error) => Unseen::TimedOut,
            Err(error) => broken(&error),
            Ok(_) => broken(&"it ended too soon"),
        });
    };
    let certificate = Certificate::read(&der, behind).map_err(|error| broken(&error))?;
    let doubt = verdict.err().map(|error| doubt(&certificate, host, now, error));
    Ok(Seen { certificate, doubt })
}

fn connected(addresses: &[std::net::SocketAddr], limit: Duration) -> Result<TcpStream, Unseen> {
    let mut last = Unseen::NoSuchHost("the name has no address".to_owned());
    // A name has few; of more than that the rest is not tried, so that the limit holds.
    let share = limit / u32::try_from(addresses.len().clamp(1, 4)).unwrap_or(1);
    for address in addresses.iter().take(4) {
        match TcpStream::connect_timeout(address, share) {
            Ok(stream) => return Ok(stream),
            Err(error) if error.kind() == io::ErrorKind::ConnectionRefused => last = Unseen::Refused,
            Err(error) if is_too_late(&error) => last = Unseen::TimedOut,
            Err(error) => last = Unseen::NoTls(error.to_string()),
        }
    }
    Err(last)
}

/// A connection that is given up at a moment.
struct Until {
    stream: TcpStream,
    end: Instant,
}

impl Until {
    fn left(&self) -> io::Result<Option<Duration>> {
        let left = self.end.saturating_duration_since(Instant::now());
        if left.is_zero() { Err(io::ErrorKind::TimedOut.into()) } else { Ok(Some(left)) }
    }
}

impl Read for Until {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        self.stream.set_read_timeout(self.left()?)?;
        self.stream.read(buffer)
    }
}

impl Write for Until {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.stream.set_write_timeout(self.left()?)?;
        self.stream.write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.stream.flush()
    }
}

fn is_too_late(error: &io::Error) -> bool {
    matches!(error.kind(), io::ErrorKind::TimedOut | io::ErrorKind::WouldBlock)
}

/// Why it is not believed: what a person can do something about comes first, whatever the check tripped over.
fn doubt(certificate: &Certificate, host: &str, now: i64, error: rustls::Error) -> Doubt {
    match (certificate.standing(now), error) {
        (Standing::Ended, _) => Doubt::Ended,
        (Standing::NotYet, _) => Doubt::NotYet,
        _ if !certificate.covers(host) => Doubt::OtherName,
        _ if certificate.self_signed => Doubt::SelfSigned,
        // An authority of the same name that did not sign it is another one, too: one that was set up anew, mostly.
        (_, rustls::Error::InvalidCertificate(CertificateError::UnknownIssuer | CertificateError::BadSignature)) => {
            if certificate.behind == 0 {
                Doubt::ChainMissing
            } else {
                Doubt::UnknownAuthority
            }
        }
        (_, error) => Doubt::Other(error.to_string()),
    }
}

/// The certificate, how many came behind it, and what the check said.
type Noted = (Vec<u8>, usize, Result<(), rustls::Error>);

/// Checks as every client does, and notes what it saw.
#[derive(Debug)]
struct Witness {
    inner: Arc<WebPkiServerVerifier>,
    seen: Mutex<Option<Noted>>,
}

impl Witness {
    fn of(roots: &Roots) -> Result<Self, Unseen> {
        let provider = Arc::new(rustls::crypto::ring::default_provider());
        let inner = WebPkiServerVerifier::builder_with_provider(Arc::clone(&roots.store), provider).build();
        Ok(Self { inner: inner.map_err(|error| Unseen::NoTls(error.to_string()))?, seen: Mutex::new(None) })
    }
}

impl ServerCertVerifier for Witness {
    fn verify_server_cert(
        &self,
        end_entity: &CertificateDer<'_>,
        intermediates: &[CertificateDer<'_>],
        server_name: &ServerName<'_>,
        ocsp_response: &[u8],
        now: UnixTime,
    ) -> Result<ServerCertVerified, rustls::Error> {
        let verdict = self.inner.verify_server_cert(end_entity, intermediates, server_name, ocsp_response, now);
        let noted = (end_entity.to_vec(), intermediates.len(), verdict.as_ref().map(drop).map_err(Clone::clone));
        *self.seen.lock().unwrap_or_else(PoisonError::into_inner) = Some(noted);
        verdict
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        cert: &CertificateDer<'_>,
        dss: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        self.inner.verify_tls12_signature(message, cert, dss)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        cert: &CertificateDer<'_>,
        dss: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        self.inner.verify_tls13_signature(message, cert, dss)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.inner.supported_verify_schemes()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn whoever_never_comes_to_the_end_of_a_handshake_is_given_up() {
        let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
        let port = listener.local_addr().unwrap().port();
        // Each byte comes in time for a limit on the next one; the record they begin has 16 KiB.
        let dribble = std::thread::spawn(move || {
            let (mut stream, _) = listener.accept().unwrap();
            let mut record = [22, 3, 3, 64, 0].into_iter().chain(std::iter::repeat(2_u8));
            while stream.write_all(&[record.next().unwrap()]).is_ok() {
                std::thread::sleep(Duration::from_millis(50));
            }
        });
        let began = Instant::now();
        let seen = look("127.0.0.1", port, &Roots::public(), 0, Duration::from_millis(500));
        assert_eq!(seen, Err(Unseen::TimedOut));
        assert!(began.elapsed() < Duration::from_secs(5), "{:?}", began.elapsed());
        dribble.join().unwrap();
    }
}
