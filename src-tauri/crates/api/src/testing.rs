//! A data folder to try things on, with a clock that stands still until told otherwise.

use std::sync::Arc;

use jiff::{SignedDuration, Timestamp};
use study::Clock as _;
use study::clock::FixedClock;

use crate::Monitor;

/// A temporary data folder, opened.
pub(crate) struct Bench {
    clock: Arc<FixedClock>,
    monitor: Monitor,
    folder: tempfile::TempDir,
}

impl Bench {
    /// A fresh one, on 22 August 2026 at 14:05 UTC.
    pub(crate) fn new() -> Self {
        let start: Timestamp = "2026-08-22T14:05:00Z".parse().unwrap();
        let clock = Arc::new(FixedClock::at(start));
        let folder = tempfile::tempdir().unwrap();
        let monitor = Monitor::open(folder.path(), Arc::clone(&clock) as Arc<dyn study::Clock>).unwrap();
        Self { clock, monitor, folder }
    }

    pub(crate) fn monitor(&self) -> &Monitor {
        &self.monitor
    }

    /// A second process on the same folder, as far as the files can tell.
    pub(crate) fn another(&self) -> Monitor {
        Monitor::open(self.folder.path(), Arc::clone(&self.clock) as Arc<dyn study::Clock>).unwrap()
    }

    /// Moves the clock on by `seconds`.
    pub(crate) fn later(&self, seconds: i64) {
        self.clock.set(self.clock.now() + SignedDuration::from_secs(seconds));
    }
}

/// A certificate and its key, in a folder of their own.
pub(crate) struct Pem(tempfile::TempDir);

impl Pem {
    /// One of these names, with its authority behind it, good from 2025 up to the day `until`.
    pub(crate) fn until(names: &[&str], until: &str) -> Self {
        let pem = Self(tempfile::tempdir().unwrap());
        pem.renew(names, until);
        pem
    }

    /// Writes another pair in place of this one.
    pub(crate) fn renew(&self, names: &[&str], until: &str) {
        use rcgen::{CertificateParams, DnType, Issuer, KeyPair};

        let (own, key) = (KeyPair::generate().unwrap(), KeyPair::generate().unwrap());
        let mut authority = CertificateParams::default();
        authority.is_ca = rcgen::IsCa::Ca(rcgen::BasicConstraints::Unconstrained);
        authority.distinguished_name.push(DnType::CommonName, "An authority of tests");
        let root = authority.self_signed(&own).unwrap();
        let names: Vec<String> = names.iter().map(|name| (*name).to_owned()).collect();
        let mut params = CertificateParams::new(names).unwrap();
        let until: jiff::civil::Date = until.parse().unwrap();
        let part = |number: i8| u8::try_from(number).unwrap();
        params.not_before = rcgen::date_time_ymd(2025, 1, 1);
        params.not_after = rcgen::date_time_ymd(until.year().into(), part(until.month()), part(until.day()));
        let leaf = params.signed_by(&key, &Issuer::new(authority, own)).unwrap();
        let files = self.files();
        std::fs::write(files.certificate, leaf.pem() + &root.pem()).unwrap();
        std::fs::write(files.key, key.serialize_pem()).unwrap();
    }

    /// Leaves the certificate alone in its file.
    pub(crate) fn cut_to_the_first(&self) {
        let file = self.files().certificate;
        let text = std::fs::read_to_string(&file).unwrap();
        let end = text.find("-----END CERTIFICATE-----").unwrap() + 26;
        std::fs::write(file, &text[..end]).unwrap();
    }

    /// Where they are.
    pub(crate) fn files(&self) -> receiver::tls::Files {
        receiver::tls::Files { certificate: self.0.path().join("cert.pem"), key: self.0.path().join("key.pem") }
    }

    /// Where they are, for longer than this.
    pub(crate) fn keep(self) -> receiver::tls::Files {
        let files = self.files();
        let _ = self.0.keep();
        files
    }
}
