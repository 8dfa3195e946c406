//! A certificate and its key, read from two files of PEM text and judged: whether they can be used, and what is wrong where not.

use std::fs::File;
use std::io::{ErrorKind, Read as _};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use rustls::crypto::ring;
use rustls::pki_types::pem::PemObject as _;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::sign::CertifiedKey;
use rustls::{InconsistentKeys, RootCertStore, ServerConfig};
use sha2::{Digest as _, Sha256};

use super::{Certificate, Fault, Unusable, Which};

/// The longest file that is read, in bytes: 1 MiB.
const LONGEST: u64 = 1024 * 1024;

/// Where certificate and key are.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Files {
    /// The server's own certificate, and behind it those that lead to its authority.
    pub certificate: PathBuf,
    /// The key of the first of them.
    pub key: PathBuf,
}

/// A pair that can be used.
#[derive(Debug)]
pub(super) struct Pair {
    pub(super) config: Arc<ServerConfig>,
    pub(super) certificate: Certificate,
    /// Of both files.
    pub(super) digest: [u8; 32],
}

impl Files {
    /// Reads the certificate, and tries whether the key fits.
    ///
    /// # Errors
    /// What is wrong with which of the two.
    pub fn certificate(&self) -> Result<Certificate, Unusable> {
        self.read().map(|pair| pair.certificate)
    }

    /// Reads both, and judges them.
    pub(super) fn read(&self) -> Result<Pair, Unusable> {
        let of_certificate = |fault| Unusable { which: Which::Certificate, path: self.certificate.clone(), fault };
        let of_key = |fault| Unusable { which: Which::Key, path: self.key.clone(), fault };
        let certificate_text = text(&self.certificate).map_err(of_certificate)?;
        let key_text = text(&self.key).map_err(of_key)?;
        let chain = chain(&certificate_text).map_err(of_certificate)?;
        let key = key(&key_text).map_err(of_key)?;
        let certificate = Certificate::read(&chain[0], chain.len() - 1)
            .map_err(|reason| of_certificate(Fault::BadCertificate(reason)))?;
        let config = config(chain, &key).map_err(|(which, fault)| match which {
            Which::Certificate => of_certificate(fault),
            Which::Key => of_key(fault),
        })?;
        let mut digest = Sha256::new();
        // The length parts them: the same bytes, cut elsewhere, are another pair.
        digest.update(certificate_text.len().to_le_bytes());
        digest.update(&certificate_text);
        digest.update(&key_text);
        Ok(Pair { config: Arc::new(config), certificate, digest: digest.finalize().into() })
    }
}

/// The certificates of authorities in a file, in DER form.
pub(super) fn authorities(path: &Path) -> Result<Vec<Vec<u8>>, Unusable> {
    let unusable = |fault| Unusable { which: Which::Certificate, path: path.to_path_buf(), fault };
    let found = chain(&text(path).map_err(unusable)?).map_err(unusable)?;
    let mut store = RootCertStore::empty();
    for each in &found {
        store.add(each.clone()).map_err(|error| unusable(Fault::BadCertificate(error.to_string())))?;
    }
    Ok(found.iter().map(|each| each.to_vec()).collect())
}

fn text(path: &Path) -> Result<Vec<u8>, Fault> {
    let said = |error: std::io::Error| match error.kind() {
        ErrorKind::NotFound => Fault::Missing,
        ErrorKind::PermissionDenied => Fault::NotAllowed,
        _ => Fault::Unreadable(error.to_string()),
    };
    // A pipe would keep whoever opens it waiting.
    if !std::fs::metadata(path).map_err(said)?.is_file() {
        return Err(Fault::NotAFile);
    }
    let mut bytes = Vec::new();
    File::open(path).map_err(said)?.take(LONGEST + 1).read_to_end(&mut bytes).map_err(said)?;
    if bytes.len() as u64 > LONGEST {
        return Err(Fault::TooLong);
    }
    if bytes.trim_ascii().is_empty() {
        return Err(Fault::Empty);
    }
    if labels(&bytes).next().is_none() {
        return Err(Fault::NotPem);
    }
    Ok(bytes)
}

/// What stands in the `-----BEGIN …-----` lines.
fn labels(text: &[u8]) -> impl Iterator<Item = &[u8]> {
    text.split(|byte| matches!(byte, b'\n' | b'\r'))
        .filter_map(|line| line.trim_ascii().strip_prefix(b"-----BEGIN ")?.strip_suffix(b"-----"))
}

fn is_key(label: &[u8]) -> bool {
    label.ends_with(b"PRIVATE KEY")
}

fn chain(text: &[u8]) -> Result<Vec<CertificateDer<'static>>, Fault> {
    let chain: Vec<_> = CertificateDer::pem_slice_iter(text).collect::<Result<_, _>>().map_err(|_| Fault::Damaged)?;
    if !chain.is_empty() {
        Ok(chain)
    } else if labels(text).any(is_key) {
        Err(Fault::KeyInstead)
    } else {
        Err(Fault::NoCertificate)
    }
}

fn key(text: &[u8]) -> Result<PrivateKeyDer<'static>, Fault> {
    let has = |part: &[u8]| text.windows(part.len()).any(|window| window == part);
    if has(b"BEGIN ENCRYPTED PRIVATE KEY") || has(b"Proc-Type: 4,ENCRYPTED") {
        return Err(Fault::Encrypted);
    }
    match PrivateKeyDer::from_pem_slice(text) {
        Ok(key) => Ok(key),
        Err(_) if labels(text).any(is_key) => Err(Fault::Damaged),
        Err(_) if labels(text).any(|label| label == b"CERTIFICATE") => Err(Fault::CertificateInstead),
        Err(_) => Err(Fault::NoKey),
    }
}

/// TLS 1.2 and 1.3, HTTP/1.1 alone, whatever name is asked for.
fn config(chain: Vec<CertificateDer<'static>>, key: &PrivateKeyDer<'static>) -> Result<ServerConfig, (Which, Fault)> {
    let provider = ring::default_provider();
    let signing =
        provider.key_provider.load_private_key(key.clone_key()).map_err(|_| (Which::Key, Fault::UnknownKey))?;
    let fits = |certificate: &CertificateDer<'static>| {
        CertifiedKey::new(vec![certificate.clone()], Arc::clone(&signing)).keys_match()
    };
    match fits(&chain[0]) {
        Ok(()) => {}
        Err(rustls::Error::InconsistentKeys(InconsistentKeys::KeyMismatch)) => {
            let place = chain.iter().position(|certificate| fits(certificate).is_ok());
            return Err(place
                .map_or((Which::Key, Fault::DoesNotFit), |place| (Which::Certificate, Fault::WrongOrder(place + 1))));
        }
        Err(error) => return Err((Which::Certificate, Fault::BadCertificate(error.to_string()))),
    }
    let bad = |error: rustls::Error| (Which::Certificate, Fault::BadCertificate(error.to_string()));
    let mut config = ServerConfig::builder_with_provider(Arc::new(provider))
        .with_protocol_versions(&[&rustls::version::TLS13, &rustls::version::TLS12])
        .map_err(bad)?
        .with_no_client_auth()
        .with_single_cert(chain, key.clone_key())
        .map_err(bad)?;
    config.alpn_protocols = vec![b"http/1.1".to_vec()];
    Ok(config)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tls::testing::{Pem, Texts};

    /// What is said of these two texts.
    fn said(certificate: &[u8], key: &[u8]) -> (Which, Fault) {
        let pem = Pem::new();
        let files = pem.write_bytes(certificate, key);
        let unusable = files.read().expect_err("it cannot be used");
        assert!(unusable.to_string().contains("tls-"), "the file is named: {unusable}");
        (unusable.which, unusable.fault)
    }

    #[test]
    fn each_fault_is_told_from_the_others() {
        let Texts { certificate, key } = Pem::signed(&["a.example"]);
        let other = Pem::signed(&["a.example"]);
        let (certificate_bytes, key_bytes) = (certificate.as_bytes(), key.as_bytes());
        let leaf_end = certificate.find("-----END CERTIFICATE-----\n").unwrap() + 26;
        let (leaf, authority) = certificate.split_at(leaf_end);
        let wrong_order = [authority, leaf].concat();
        let der = CertificateDer::from_pem_slice(certificate_bytes).unwrap();
        let damaged = certificate.replacen("MII", "M!I", 1);
        let locked = "-----BEGIN ENCRYPTED PRIVATE KEY-----\nMIIB\n-----END ENCRYPTED PRIVATE KEY-----\n";
        let locked_old = "-----BEGIN RSA PRIVATE KEY-----\nProc-Type: 4,ENCRYPTED\nDEK-Info: AES-256-CBC,00\n\nMIIB\n-----END RSA PRIVATE KEY-----\n";
        let unknown = "-----BEGIN PRIVATE KEY-----\nMIIB\n-----END PRIVATE KEY-----\n";
        let request = "-----BEGIN CERTIFICATE REQUEST-----\nMIIB\n-----END CERTIFICATE REQUEST-----\n";
        let nonsense = "-----BEGIN CERTIFICATE-----\nMIIB\n-----END CERTIFICATE-----\n";
        for (certificate, key, which, fault) in [
            (&b""[..], key_bytes, Which::Certificate, Fault::Empty),
            (certificate_bytes, b" \r\n", Which::Key, Fault::Empty),
            (&der, key_bytes, Which::Certificate, Fault::NotPem),
            (b"hello", key_bytes, Which::Certificate, Fault::NotPem),
            (certificate_bytes, b"\x30\x82\x01", Which::Key, Fault::NotPem),
            (&certificate_bytes[..certificate.len() - 30], key_bytes, Which::Certificate, Fault::Damaged),
            (damaged.as_bytes(), key_bytes, Which::Certificate, Fault::Damaged),
            (certificate_bytes, &key_bytes[..key.len() - 30], Which::Key, Fault::Damaged),
            (key_bytes, certificate_bytes, Which::Certificate, Fault::KeyInstead),
            (certificate_bytes, certificate_bytes, Which::Key, Fault::CertificateInstead),
            (request.as_bytes(), key_bytes, Which::Certificate, Fault::NoCertificate),
            (certificate_bytes, request.as_bytes(), Which::Key, Fault::NoKey),
            (certificate_bytes, locked.as_bytes(), Which::Key, Fault::Encrypted),
            (certificate_bytes, locked_old.as_bytes(), Which::Key, Fault::Encrypted),
            (certificate_bytes, unknown.as_bytes(), Which::Key, Fault::UnknownKey),
            (certificate_bytes, other.key.as_bytes(), Which::Key, Fault::DoesNotFit),
            (wrong_order.as_bytes(), key_bytes, Which::Certificate, Fault::WrongOrder(2)),
            (&vec![b'x'; 1024 * 1024 + 1], key_bytes, Which::Certificate, Fault::TooLong),
        ] {
            assert_eq!(said(certificate, key), (which, fault));
        }
        assert!(matches!(said(nonsense.as_bytes(), key_bytes), (Which::Certificate, Fault::BadCertificate(_))));
    }

    #[test]
    fn what_is_no_file_or_may_not_be_read_is_said_so() {
        let pem = Pem::new();
        let good = pem.write(&Pem::signed(&["a.example"]));
        let of = |certificate: &Path| {
            let files = Files { certificate: certificate.to_path_buf(), ..good.clone() };
            files.read().unwrap_err().fault
        };
        assert_eq!(of(Path::new("/nowhere/at/all.pem")), Fault::Missing);
        assert_eq!(of(good.certificate.parent().unwrap()), Fault::NotAFile);
    }

    #[test]
    fn a_key_in_either_form_and_with_text_around_it_is_read() {
        let pem = Pem::new();
        let Texts { certificate, key } = Pem::signed(&["a.example"]);
        let around = format!("Bag Attributes\r\n  friendlyName: hooks\r\n{}", key.replace('\n', "\r\n"));
        pem.write_bytes(certificate.as_bytes(), around.as_bytes()).read().unwrap();
        let both = [key.as_str(), certificate.as_str()].concat();
        pem.write_bytes(both.as_bytes(), both.as_bytes()).read().expect("both in one file, as some programs want it");
    }
}
