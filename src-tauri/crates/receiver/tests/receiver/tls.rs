//! Connections that do not get through the TLS handshake: closed, counted, within the caps. What goes on behind a handshake is
//! tested from outside.

use std::sync::Arc;
use std::time::{Duration, Instant};

use receiver::Limits;
use receiver::tls::{Files, Tls};
use rustls::pki_types::pem::PemObject as _;
use rustls::pki_types::{CertificateDer, ServerName};
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;
use tokio_rustls::client::TlsStream;

use crate::site::{BODY, Site, patiently, post, signature};

/// A pair in a folder, and the receiver's side of it.
struct Pair {
    tls: Tls,
    files: Files,
    folder: tempfile::TempDir,
}

impl Pair {
    fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let files = Files { certificate: folder.path().join("cert.pem"), key: folder.path().join("key.pem") };
        renew(&files);
        Self { tls: Tls::open(Some(&files)).unwrap(), files, folder }
    }
}

fn renew(files: &Files) {
    let made = rcgen::generate_simple_self_signed(["receiver.example".to_owned()]).unwrap();
    std::fs::write(&files.certificate, made.cert.pem()).unwrap();
    std::fs::write(&files.key, made.signing_key.serialize_pem()).unwrap();
}

async fn site(limits: Limits) -> (Site, Pair) {
    let pair = Pair::new();
    (Site::behind(limits, pair.tls.served()).await, pair)
}

/// Connects, believing the certificate that is in the file now and no other.
async fn shaken(site: &Site, files: &Files) -> std::io::Result<TlsStream<TcpStream>> {
    let mut roots = rustls::RootCertStore::empty();
    roots.add(CertificateDer::from_pem_file(&files.certificate).unwrap()).unwrap();
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let config = rustls::ClientConfig::builder_with_provider(provider).with_safe_default_protocol_versions().unwrap();
    let config = config.with_root_certificates(roots).with_no_client_auth();
    let stream = TcpStream::connect(site.address).await?;
    TlsConnector::from(Arc::new(config)).connect(ServerName::try_from("receiver.example").unwrap(), stream).await
}

async fn status(stream: &mut TlsStream<TcpStream>) -> String {
    use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
    stream.write_all(post("/hooks/signed", &signature(BODY), BODY).as_bytes()).await.unwrap();
    let mut answer = vec![0; 12];
    patiently(stream.read_exact(&mut answer)).await.unwrap();
    let mut rest = vec![0; 4096];
    let _ = tokio::time::timeout(Duration::from_millis(100), stream.read(&mut rest)).await;
    String::from_utf8(answer).unwrap()
}

async fn counted(site: &Site, name: &str) -> usize {
    patiently(async {
        loop {
            let count = site.notebook.counts.lock().unwrap().iter().filter(|count| **count == name).count();
            if count > 0 {
                return count;
            }
            tokio::time::sleep(Duration::from_millis(2)).await;
        }
    })
    .await
}

#[tokio::test]
async fn who_says_nothing_or_half_a_hello_is_closed_in_time() {
    let limits = Limits { tls_handshake: Duration::from_millis(300), ..Limits::default() };
    let (site, _pair) = site(limits).await;
    let began = Instant::now();
    let silent = site.connect().await;
    let mut half = site.connect().await;
    // A record of 512 bytes with a ClientHello is announced, and six bytes of it come.
    half.send([22, 3, 1, 2, 0, 1, 0, 1, 252, 3, 3]).await;
    assert_eq!(silent.closed().await, b"");
    assert_eq!(half.closed().await, b"");
    let took = began.elapsed();
    assert!(took >= limits.tls_handshake && took < Limits::default().head, "not the bound of a head: {took:?}");
    assert_eq!(counted(&site, "tls_slow").await, 2);
    site.assert_nothing_kept();
}

#[tokio::test]
async fn a_drop_now_and_then_does_not_prolong_a_handshake() {
    let limits = Limits { tls_handshake: Duration::from_millis(400), ..Limits::default() };
    let (site, _pair) = site(limits).await;
    let began = Instant::now();
    let mut client = site.connect().await;
    client.send([22, 3, 1, 2, 0, 1, 0, 1, 252, 3, 3]).await;
    let dripping = async {
        use tokio::io::AsyncWriteExt as _;
        while client.stream.write_all(&[0]).await.is_ok() && began.elapsed() < Duration::from_secs(10) {
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    };
    dripping.await;
    assert!(began.elapsed() < Duration::from_secs(8), "{:?}", began.elapsed());
}

#[tokio::test]
async fn plain_http_to_the_tls_port_is_closed_and_counted() {
    let (site, _pair) = site(Limits::default()).await;
    let mut client = site.connect().await;
    client.send(post("/hooks/open", "", BODY)).await;
    assert_eq!(client.closed().await, b"");
    assert_eq!(counted(&site, "in_the_clear").await, 1);
    let mut client = site.connect().await;
    client.send([22, 3, 3, 0, 4, 99, 99, 99, 99]).await;
    client.closed().await;
    assert_eq!(counted(&site, "tls_failed").await, 1);
    site.assert_nothing_kept();
}

#[tokio::test]
async fn who_is_still_shaking_hands_counts_within_the_caps() {
    let (site, pair) = site(Limits { connections: 4, ..Limits::default() }).await;
    let mut authentic = shaken(&site, &pair.files).await.unwrap();
    assert_eq!(status(&mut authentic).await, "HTTP/1.1 200");
    let mut strangers = Vec::new();
    for _ in 0..20 {
        strangers.push(site.connect().await);
    }
    let oldest = strangers.remove(0);
    assert_eq!(oldest.closed().await, b"", "the oldest goes, long before its time is up");
    assert_eq!(status(&mut authentic).await, "HTTP/1.1 200", "and not the one that was authentic");
    let mut newest = shaken(&site, &pair.files).await.expect("there is always room for one more");
    assert_eq!(status(&mut newest).await, "HTTP/1.1 200");
}

#[tokio::test]
async fn the_end_does_not_wait_for_a_handshake() {
    let (site, _pair) = site(Limits::default()).await;
    let silent = site.connect().await;
    tokio::time::sleep(Duration::from_millis(50)).await;
    let began = Instant::now();
    patiently(site.end()).await.unwrap().unwrap();
    assert!(began.elapsed() < Duration::from_secs(5));
    silent.closed().await;
}

#[tokio::test]
async fn a_renewed_pair_is_for_new_connections_and_the_others_go_on() {
    let (site, mut pair) = site(Limits::default()).await;
    let mut old = shaken(&site, &pair.files).await.unwrap();
    assert_eq!(status(&mut old).await, "HTTP/1.1 200");
    renew(&pair.files);
    assert!(shaken(&site, &pair.files).await.is_err(), "the old certificate is still served");
    assert_eq!(pair.tls.look(Some(&pair.files)), receiver::tls::Looked::Taken);
    let mut new = shaken(&site, &pair.files).await.expect("the new one is served");
    assert_eq!(status(&mut new).await, "HTTP/1.1 200");
    assert_eq!(status(&mut old).await, "HTTP/1.1 200", "as it began");
    drop(pair.folder);
}
