//! An authority of a test's own, and the certificates it issues.

use std::sync::Arc;

use rcgen::{BasicConstraints, CertificateParams, DnType, IsCa, Issuer, KeyPair, date_time_ymd};
use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject as _;
use rustls::{ClientConfig, RootCertStore};

/// Issues certificates that only whoever knows it believes.
pub(crate) struct Authority {
    issuer: Issuer<'static, KeyPair>,
    root: String,
}

/// A certificate with its authority's behind it, and its key: PEM text.
pub(crate) struct Pair {
    pub(crate) certificate: String,
    pub(crate) key: String,
}

impl Pair {
    /// A certificate of these names that is its own authority.
    pub(crate) fn alone(names: &[&str]) -> Self {
        let key = KeyPair::generate().expect("there is randomness");
        let names: Vec<String> = names.iter().map(|name| (*name).to_owned()).collect();
        let params = CertificateParams::new(names).expect("they are names");
        Self { certificate: params.self_signed(&key).expect("it is its own").pem(), key: key.serialize_pem() }
    }
}

impl Authority {
    pub(crate) fn new() -> Self {
        let key = KeyPair::generate().expect("there is randomness");
        let mut params = CertificateParams::default();
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        params.distinguished_name.push(DnType::CommonName, format!("An authority of tests {}", super::fresh_id()));
        let root = params.self_signed(&key).expect("it is its own").pem();
        Self { issuer: Issuer::new(params, key), root }
    }

    /// Its own certificate.
    pub(crate) fn root(&self) -> &str {
        &self.root
    }

    /// For these names, good for as long as any test runs.
    pub(crate) fn pair(&self, names: &[&str]) -> Pair {
        self.pair_of(names, [1975, 4096])
    }

    /// For these names, from the beginning of one year to that of another.
    pub(crate) fn pair_of(&self, names: &[&str], [from, until]: [i32; 2]) -> Pair {
        let key = KeyPair::generate().expect("there is randomness");
        let names: Vec<String> = names.iter().map(|name| (*name).to_owned()).collect();
        let mut params = CertificateParams::new(names).expect("they are names");
        params.not_before = date_time_ymd(from, 1, 1);
        params.not_after = date_time_ymd(until, 1, 1);
        let certificate = params.signed_by(&key, &self.issuer).expect("the authority issues it");
        Pair { certificate: certificate.pem() + &self.root, key: key.serialize_pem() }
    }

    /// A client that believes it and nobody else, and offers HTTP/2 before HTTP/1.1.
    pub(crate) fn client(&self) -> Arc<ClientConfig> {
        let mut roots = RootCertStore::empty();
        roots.add(CertificateDer::from_pem_slice(self.root.as_bytes()).expect("it is PEM")).expect("it is one");
        let provider = Arc::new(rustls::crypto::ring::default_provider());
        let client = ClientConfig::builder_with_provider(provider).with_safe_default_protocol_versions();
        let mut client = client.expect("ring knows both").with_root_certificates(roots).with_no_client_auth();
        client.alpn_protocols = vec![b"h2".to_vec(), b"http/1.1".to_vec()];
        Arc::new(client)
    }
}
