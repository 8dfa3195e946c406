//! TLS of the running receiver: which files, when they are looked at again, what there is to say about them.

use std::path::PathBuf;
use std::time::{Duration, Instant};

use receiver::tls::{Certificate, Files, Looked, Served, Standing, Tls, Unusable};

use crate::Monitor;
use crate::times::{instant, rfc3339};
use crate::wire::{ApiError, Settings, TlsStanding, TlsStatus};

/// How often the files are looked at: a renewed certificate is served within some seconds.
const LOOK_EVERY: Duration = Duration::from_secs(5);

/// The files TLS is to be served from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Chosen {
    pub(crate) files: Files,
    /// They were named at the start of the program, and stand above the settings.
    pub(crate) told: bool,
}

impl Monitor {
    /// Serves TLS from these files as long as this process runs, whatever the settings say.
    ///
    /// # Errors
    /// That they cannot be used, and why.
    pub fn use_tls(&self, certificate: PathBuf, key: PathBuf) -> Result<(), ApiError> {
        let files = Files { certificate, key };
        files.certificate().map_err(|error| unusable(&error))?;
        self.tell_tls(files);
        Ok(())
    }

    /// The files TLS is to be served from, where it is. A practice folder has none but those named at the start: its sender knows plain HTTP.
    pub(crate) fn tls_chosen(&self) -> Result<Option<Chosen>, ApiError> {
        if let Some(files) = self.told_tls() {
            return Ok(Some(Chosen { files: files.clone(), told: true }));
        }
        match files(&self.settings()?) {
            Some(files) if !self.is_practice()? => Ok(Some(Chosen { files, told: false })),
            _ => Ok(None),
        }
    }
}

/// The files these settings name.
pub(crate) fn files(settings: &Settings) -> Option<Files> {
    let Settings { tls_certificate: certificate, tls_key: key, .. } = settings;
    (!certificate.is_empty() && !key.is_empty()).then(|| Files { certificate: certificate.into(), key: key.into() })
}

/// Says it to a person.
fn unusable(unusable: &Unusable) -> ApiError {
    ApiError::failed(unusable.to_string())
}

/// What the receiver serves, looked after.
pub(super) struct Care {
    tls: Tls,
    chosen: Option<Chosen>,
    looked: Instant,
    remarks: Vec<String>,
}

impl Care {
    /// Reads the files there are to be read.
    pub(super) fn open(monitor: &Monitor) -> Result<Self, ApiError> {
        let chosen = monitor.tls_chosen()?;
        let tls = Tls::open(chosen.as_ref().map(|chosen| &chosen.files)).map_err(|error| unusable(&error))?;
        Ok(Self { tls, chosen, looked: Instant::now(), remarks: Vec::new() })
    }

    /// How connections are served.
    pub(super) fn served(&self) -> Served {
        self.tls.served()
    }

    /// TLS is on.
    pub(super) fn is_secure(&self) -> bool {
        self.tls.is_secure()
    }

    /// Looks at the files where that is due, or where others are `chosen` now.
    pub(super) fn look(&mut self, chosen: Option<Chosen>) {
        if self.chosen == chosen && self.looked.elapsed() < LOOK_EVERY {
            return;
        }
        self.looked = Instant::now();
        self.chosen = chosen;
        match self.tls.look(self.chosen.as_ref().map(|chosen| &chosen.files)) {
            Looked::Same => {}
            Looked::Taken => {
                let until = self.tls.certificate().map(|certificate| rfc3339(certificate.not_after));
                tracing::info!(until, "new connections are served with the certificate that is in the files now");
            }
            Looked::Off => tracing::warn!("TLS is off: new connections are served in the clear"),
            Looked::Kept(unusable) => {
                tracing::warn!(reason = %unusable, "the files for TLS cannot be used as they are now: what was in use goes on");
            }
        }
    }

    /// What there is to say at `now`: each remark into the log when it is new. `public` is the address CentrePoint is given.
    pub(super) fn status(&mut self, now: i64, public: &str) -> Option<Box<TlsStatus>> {
        let remarks = remarks(&self.tls, now, public);
        for remark in remarks.iter().filter(|remark| !self.remarks.contains(remark)) {
            tracing::warn!("{remark}");
        }
        self.remarks = remarks;
        let (chosen, certificate) = (self.chosen.as_ref()?, self.tls.certificate()?);
        let standing = certificate.standing(now);
        Some(Box::new(TlsStatus {
            certificate: chosen.files.certificate.display().to_string(),
            key: chosen.files.key.display().to_string(),
            told: chosen.told,
            names: certificate.names.clone(),
            not_before: rfc3339(certificate.not_before),
            not_after: rfc3339(certificate.not_after),
            standing: match standing {
                Standing::NotYet => TlsStanding::NotYet,
                Standing::Good => TlsStanding::Good,
                Standing::EndsSoon => TlsStanding::EndsSoon,
                Standing::Ended => TlsStanding::Ended,
            },
            remarks: self.remarks.clone(),
        }))
    }

    /// What there is to know, for the receiver's warnings.
    pub(super) fn remarks(&self) -> &[String] {
        &self.remarks
    }

    /// Why nothing can arrive, although connections are accepted: nobody believes the certificate at `now`.
    pub(super) fn barrier(&self, now: i64) -> Option<String> {
        let certificate = self.tls.certificate()?;
        of_time(certificate, now).filter(|_| matches!(certificate.standing(now), Standing::NotYet | Standing::Ended))
    }
}

fn remarks(tls: &Tls, now: i64, public: &str) -> Vec<String> {
    let mut remarks = Vec::new();
    if let Some(trouble) = tls.trouble() {
        remarks.push(if tls.is_secure() {
            format!("{trouble}. The certificate from before goes on being used.")
        } else {
            format!("{trouble}. Deliveries are received without TLS until it can be.")
        });
    }
    let Some(certificate) = tls.certificate() else { return remarks };
    remarks.extend(of_time(certificate, now));
    if certificate.self_signed {
        remarks.push(
            "The TLS certificate is its own authority (self-signed): CentrePoint does not accept it, unless a proxy with another one \
             stands in front."
                .to_owned(),
        );
    } else if certificate.behind == 0 {
        remarks.push(
            "The file with the TLS certificate holds no intermediate certificates, and CentrePoint may not accept it without them: \
             put them behind it, or name the file that has both (often fullchain.pem)."
                .to_owned(),
        );
    }
    let host = host(public);
    if !host.is_empty() && !certificate.covers(host) {
        remarks.push(format!(
            "The TLS certificate is for {}, and not for the public address {host}: CentrePoint does not accept it there, unless a proxy \
             with another one stands in front.",
            named(&certificate.names)
        ));
    }
    remarks
}

fn of_time(certificate: &Certificate, now: i64) -> Option<String> {
    let when = |micros: i64| instant(micros).strftime("%Y-%m-%d %H:%M UTC").to_string();
    match certificate.standing(now) {
        Standing::Good => None,
        Standing::EndsSoon => {
            let days = (certificate.not_after - now) / (24 * 3_600 * 1_000_000);
            let left = if days == 1 { "1 day".to_owned() } else { format!("{days} days") };
            Some(format!(
                "The TLS certificate ends on {}, in {left}: have it renewed. New files are taken by themselves.",
                when(certificate.not_after)
            ))
        }
        Standing::Ended => Some(format!(
            "The TLS certificate ended on {}: CentrePoint does not accept it, and what does not arrive within two days must be resent by hand. \
             Have it renewed; new files are taken by themselves.",
            when(certificate.not_after)
        )),
        Standing::NotYet => Some(format!(
            "The TLS certificate is good from {} on, and by this computer's clock it is {} now: CentrePoint does not accept it before. \
             See whether the clock is right.",
            when(certificate.not_before),
            when(now)
        )),
    }
}

/// The host of `https://host:port`.
fn host(public: &str) -> &str {
    let host = public.strip_prefix("https://").unwrap_or(public);
    if let Some(end) = host.find(']') {
        return &host[..=end];
    }
    host.split_once(':').map_or(host, |(host, _)| host)
}

/// `a.example, b.example and 3 more`
fn named(names: &[String]) -> String {
    const SHOWN: usize = 3;
    match names {
        [] => "no name at all".to_owned(),
        names if names.len() <= SHOWN => names.join(", "),
        names => format!("{} and {} more", names[..SHOWN].join(", "), names.len() - SHOWN),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{Bench, Pem};

    fn told(pem: &Pem, now: i64, public: &str) -> Vec<String> {
        remarks(&Tls::open(Some(&pem.files())).unwrap(), now, public)
    }

    #[test]
    fn an_end_is_told_thirty_days_ahead_and_stands_in_the_way_once_it_is_there() {
        let bench = Bench::new();
        let now = bench.monitor().now();
        for (day, part, stands) in [
            ("2026-11-01", "", false),
            ("2026-09-20", "in 28 days: have it renewed", false),
            ("2026-08-24", "in 1 day: have it renewed", false),
            ("2026-08-22", "ended on 2026-08-22 00:00 UTC", true),
        ] {
            let pem = Pem::until(&["a.example"], day);
            let care = Care {
                tls: Tls::open(Some(&pem.files())).unwrap(),
                chosen: None,
                looked: Instant::now(),
                remarks: Vec::new(),
            };
            let said = told(&pem, now, "https://a.example");
            assert_eq!(said.is_empty(), part.is_empty(), "{day}: {said:?}");
            assert!(said.concat().contains(part), "{day}: {said:?}");
            assert_eq!(care.barrier(now).is_some(), stands, "{day}");
        }
        let before = told(&Pem::until(&["a.example"], "2026-11-01"), 1_700_000_000_000_000, "");
        assert!(before.concat().contains("See whether the clock is right"), "{before:?}");
    }

    #[test]
    fn a_public_address_it_is_not_for_is_told() {
        let bench = Bench::new();
        let now = bench.monitor().now();
        let pem = Pem::until(&["a.example", "*.b.example"], "2026-11-01");
        for fine in ["", "https://a.example", "https://x.b.example:8443"] {
            assert_eq!(told(&pem, now, fine), [""; 0], "{fine}");
        }
        let said = told(&pem, now, "https://hooks.example.org:8443");
        assert!(
            said[0].contains("for a.example, *.b.example, and not for the public address hooks.example.org:"),
            "{said:?}"
        );
        assert_eq!(host("https://[2001:db8::1]:8443"), "[2001:db8::1]");
    }

    #[test]
    fn one_without_those_behind_it_is_told() {
        let bench = Bench::new();
        let now = bench.monitor().now();
        let pem = Pem::until(&["a.example"], "2026-11-01");
        pem.cut_to_the_first();
        assert!(told(&pem, now, "")[0].contains("fullchain.pem"));
    }

    #[test]
    fn files_named_at_the_start_stand_above_the_settings_and_wrong_ones_are_refused() {
        let bench = Bench::new();
        let monitor = bench.monitor();
        assert_eq!(monitor.tls_chosen().unwrap(), None);
        let pem = Pem::until(&["a.example"], "2026-11-01");
        let files = pem.files();
        let text = |path: &std::path::Path| path.display().to_string();
        let settings =
            Settings { tls_certificate: text(&files.certificate), tls_key: text(&files.key), ..Settings::default() };
        monitor.settings_set(&settings).unwrap();
        assert_eq!(monitor.tls_chosen().unwrap(), Some(Chosen { files: files.clone(), told: false }));
        let wrong = monitor.use_tls(files.certificate.clone(), "/nowhere/key.pem".into()).unwrap_err();
        assert!(wrong.message.contains("/nowhere/key.pem") && wrong.message.contains("no such file"), "{wrong}");
        let other = Pem::until(&["b.example"], "2026-11-01").keep();
        monitor.use_tls(other.certificate.clone(), other.key.clone()).unwrap();
        assert_eq!(monitor.tls_chosen().unwrap(), Some(Chosen { files: other, told: true }));
    }
}
