//! Certificates, shown by a real TLS server.

use std::path::Path;

use super::*;

/// A receiver on another folder that serves this pair, at the public address of a site that believes the pair's authority.
fn seen(pem: &Pem, host: &str, believed: bool) -> Finding {
    let served = super::bench();
    let files = pem.files();
    served.monitor().use_tls(files.certificate.clone(), files.key.clone()).unwrap();
    let running = Running::on(served.monitor());
    let bench = super::bench();
    let roots = if believed { Roots::of(&[authority(&files.certificate)]) } else { strangers() };
    let public = format!("https://{host}:{}", running.address.port());
    certificate::outside(&Site::of(bench.monitor()).unwrap().believing(roots, &public))
}

/// The second certificate of a file.
pub(super) fn authority(file: &Path) -> Vec<u8> {
    use base64::Engine as _;
    let text = std::fs::read_to_string(file).unwrap();
    let part = text.split("-----BEGIN CERTIFICATE-----").nth(2).unwrap();
    let part: String = part.split("-----END").next().unwrap().split_whitespace().collect();
    base64::engine::general_purpose::STANDARD.decode(part).unwrap()
}

#[test]
fn a_certificate_is_believed_or_doubted_for_its_reason() {
    // The verifier asks the real clock, what is said the bench's: both lie before this day.
    let good = Pem::until(&["localhost"], "2037-01-01");
    is(&seen(&good, "localhost", true), CheckLevel::Green, "good until 1 January 2037");
    is(&seen(&good, "localhost", false), CheckLevel::Red, "only your own network knows");
    is(&seen(&good, "127.0.0.1", true), CheckLevel::Red, "is for localhost, not for 127.0.0.1");
    is(&seen(&Pem::until(&["localhost"], "2026-01-02"), "localhost", true), CheckLevel::Red, "ended on 2 January 2026");
    let alone = Pem::until(&["localhost"], "2037-01-01");
    alone.cut_to_the_first();
    is(&seen(&alone, "localhost", false), CheckLevel::Red, "comes alone");
}

#[test]
fn an_authority_that_was_named_is_believed_beside_the_others_and_only_where_it_vouches() {
    let bench = super::bench();
    let monitor = bench.monitor();
    let (pem, other) = (Pem::until(&["localhost"], "2037-01-01"), Pem::until(&["localhost"], "2037-01-01"));
    let files = pem.files();
    monitor.use_tls(files.certificate.clone(), files.key.clone()).unwrap();
    let running = Running::on(monitor);
    let public = format!("https://localhost:{}", running.address.port());
    let site = || Site::of(monitor).unwrap().believing(strangers(), &public);
    let named = site().believing_too(&files.certificate).unwrap();
    is(
        &certificate::outside(&named),
        CheckLevel::Green,
        "named for this check vouches for it. CentrePoint believes public",
    );
    is(&path::check(&named), CheckLevel::Green, "this very receiver");
    let elsewhere = site().believing_too(&other.files().certificate).unwrap();
    is(&certificate::outside(&elsewhere), CheckLevel::Red, "only your own network knows");
    is(&path::check(&elsewhere), CheckLevel::Red, "nobody outside believes the certificate");
    let believed = Site::of(monitor).unwrap().believing(Roots::of(&[authority(&files.certificate)]), &public);
    let both = believed.believing_too(&other.files().certificate).unwrap();
    is(&certificate::outside(&both), CheckLevel::Green, "public authorities vouch for it");
    let error = site().believing_too(&files.key).map(drop).unwrap_err();
    assert!(error.message.contains("a key in it and no certificate"), "{error}");
}

#[test]
fn one_that_is_its_own_authority_is_told() {
    let pem = Pem::until(&["localhost"], "2037-01-01");
    let key = rcgen::KeyPair::generate().unwrap();
    let own = rcgen::CertificateParams::new(vec!["localhost".to_owned()]).unwrap().self_signed(&key).unwrap();
    std::fs::write(pem.files().certificate, own.pem()).unwrap();
    std::fs::write(pem.files().key, key.serialize_pem()).unwrap();
    is(&seen(&pem, "localhost", false), CheckLevel::Red, "self-signed");
}

#[test]
fn what_is_not_https_is_told_and_nobody_is_left_to_the_other_check() {
    let bench = super::bench();
    let at = |public: &str| certificate::outside(&site(bench.monitor(), public));
    let plain = Fixed::says("200 OK", "hello");
    is(&at(&format!("https://{}", plain.0)), CheckLevel::Red, "does not speak HTTPS");
    is(&at("https://127.0.0.1:1"), CheckLevel::Amber, "the connection was refused");
    is(&at("https://nowhere.invalid"), CheckLevel::Amber, "no address is known");
    is(&at(""), CheckLevel::Amber, "no public address");
}

#[test]
fn who_answers_behind_a_doubted_certificate_is_told_and_what_speaks_no_tls_too() {
    let bench = super::bench();
    let running = Running::on(bench.monitor());
    let another = super::bench();
    let files = Pem::until(&["localhost"], "2037-01-01");
    another.monitor().use_tls(files.files().certificate.clone(), files.files().key.clone()).unwrap();
    let elsewhere = Running::on(another.monitor());
    let public = format!("https://localhost:{}", elsewhere.address.port());
    is(&path::check(&site(bench.monitor(), &public)), CheckLevel::Red, "A CentrePoint Monitor answers");
    let plain = format!("https://localhost:{}", running.address.port());
    is(&path::check(&site(bench.monitor(), &plain)), CheckLevel::Red, "no secure connection comes about");
}

#[test]
fn the_own_pair_is_looked_at_and_the_receiver_met_behind_it() {
    let bench = super::bench();
    let monitor = bench.monitor();
    let pem = Pem::until(&["localhost"], "2037-01-01");
    let files = pem.files();
    monitor.use_tls(files.certificate.clone(), files.key.clone()).unwrap();
    let running = Running::on(monitor);
    let roots = Roots::of(&[authority(&files.certificate)]);
    let public = format!("https://localhost:{}", running.address.port());
    let site = Site::of(monitor).unwrap().believing(roots, &public);
    is(&certificate::own(&site), CheckLevel::Green, "good until 1 January 2037");
    is(&port::check(&site), CheckLevel::Green, "https://127.0.0.1");
    is(&path::check(&site), CheckLevel::Green, "this very receiver");
    let doubting = Site::of(monitor).unwrap().believing(strangers(), &public);
    is(&path::check(&doubting), CheckLevel::Red, "this very receiver, but nobody outside believes the certificate");
    is(&proxy::check(&doubting), CheckLevel::Amber, "Bodies and headers arrive as they were sent");
    let webhook = monitor.registered("signed").unwrap();
    is(&handshake::check(&doubting, &webhook), CheckLevel::Amber, "CentrePoint does not get that far");
    let signature = signature::check(&doubting, &webhook);
    is(&signature, CheckLevel::Green, "is accepted here");
    assert!(!signature.found.contains("public address"), "nothing signed goes to a stranger: {signature:?}");
    pem.renew(&["localhost"], "2026-09-01");
    is(&certificate::own(&site), CheckLevel::Amber, "ends on 1 September 2026");
    std::fs::write(&files.key, "no key").unwrap();
    is(&certificate::own(&site), CheckLevel::Red, "cannot be used");
}
