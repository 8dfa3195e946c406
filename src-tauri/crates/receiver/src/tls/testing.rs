//! Certificates made for a test, in a folder of its own.

use rcgen::{BasicConstraints, CertificateParams, IsCa, Issuer, KeyPair};
use tempfile::TempDir;

use super::Files;

/// A day in microseconds.
pub(crate) const DAY: i64 = 24 * 3_600 * 1_000_000;

/// PEM texts.
pub(crate) struct Texts {
    pub(crate) certificate: String,
    pub(crate) key: String,
}

/// A folder for the files.
pub(crate) struct Pem(TempDir);

impl Pem {
    pub(crate) fn new() -> Self {
        Self(tempfile::Builder::new().prefix("tls-").tempdir().unwrap())
    }

    /// A certificate of these names, signed by an authority of its own which stands behind it.
    pub(crate) fn signed(names: &[&str]) -> Texts {
        let names: Vec<String> = names.iter().map(|name| (*name).to_owned()).collect();
        let (own, key) = (KeyPair::generate().unwrap(), KeyPair::generate().unwrap());
        let mut authority = CertificateParams::default();
        authority.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        authority.distinguished_name.push(rcgen::DnType::CommonName, "An authority of tests");
        let root = authority.self_signed(&own).unwrap();
        let issuer = Issuer::new(authority, own);
        let leaf = CertificateParams::new(names).unwrap().signed_by(&key, &issuer).unwrap();
        Texts { certificate: leaf.pem() + &root.pem(), key: key.serialize_pem() }
    }

    /// One that is its own authority.
    pub(crate) fn alone(name: &str) -> Texts {
        let made = rcgen::generate_simple_self_signed([name.to_owned()]).unwrap();
        Texts { certificate: made.cert.pem(), key: made.signing_key.serialize_pem() }
    }

    pub(crate) fn write(&self, texts: &Texts) -> Files {
        self.write_bytes(texts.certificate.as_bytes(), texts.key.as_bytes())
    }

    pub(crate) fn write_bytes(&self, certificate: &[u8], key: &[u8]) -> Files {
        let files = Files { certificate: self.0.path().join("cert.pem"), key: self.0.path().join("key.pem") };
        std::fs::write(&files.certificate, certificate).unwrap();
        std::fs::write(&files.key, key).unwrap();
        files
    }
}
