use proptest::prelude::*;

use super::*;
use crate::testing::Bench;
use crate::wire::WebhookForm;

fn set(bench: &Bench, address: &str) -> Result<(), ApiError> {
    let monitor = bench.monitor();
    monitor.settings_set(&Settings { listen_address: address.to_owned(), ..monitor.settings().unwrap() })
}

fn refused(bench: &Bench, address: &str, part: &str) {
    let error = set(bench, address).unwrap_err();
    assert_eq!(error.field.as_deref(), Some(FIELD), "{address}: {error}");
    assert!(error.message.contains(part), "{address}: {error}");
}

/// A port that nobody listens on.
fn free() -> SocketAddr {
    TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap()
}

#[test]
fn what_the_start_said_stands_above_the_setting_and_that_above_the_default() {
    let bench = Bench::new();
    let monitor = bench.monitor();
    let place = monitor.place().unwrap();
    assert_eq!((place.address, place.from), (default(), AddressFrom::Default));
    let address = free();
    set(&bench, &format!(" http://{address}/ ")).unwrap();
    assert_eq!(monitor.settings().unwrap().listen_address, address.to_string(), "as it is shown is understood, too");
    let place = monitor.place().unwrap();
    assert_eq!((place.address, place.from), (address, AddressFrom::Setting));
    monitor.use_address("127.0.0.1:9".parse().unwrap(), AddressFrom::Environment);
    let place = monitor.place().unwrap();
    assert_eq!((place.address.port(), place.from, place.setting), (9, AddressFrom::Environment, address.to_string()));
}

#[test]
fn what_is_no_address_is_told_in_plain_words_and_changes_nothing() {
    let bench = Bench::new();
    for (address, part) in [
        ("here", "write numbers such as 127.0.0.1:8737"),
        ("localhost:8737", "and no name"),
        ("8737", "write 127.0.0.1:8737"),
        ("127.0.0.1", "the port is missing: write the address and the port, such as 127.0.0.1:8737"),
        ("::1", "[::1]:8737"),
        ("127.0.0.1:0", "port 0"),
        ("127.0.0.1:65536", "no port from 1024 to 65535"),
        ("127.0.0.1:8737/hooks", "not an address"),
        ("224.0.0.1:8737", "no address of one computer"),
        ("192.0.2.1:8737", "this computer has no address 192.0.2.1"),
    ] {
        refused(&bench, address, part);
    }
    let taken = TcpListener::bind("127.0.0.1:0").unwrap();
    refused(&bench, &taken.local_addr().unwrap().to_string(), "is in use by another program: choose another one");
    assert_eq!(bench.monitor().settings().unwrap(), Settings::default());
}

#[test]
fn a_right_that_is_missing_is_told() {
    let denied = io::Error::from(io::ErrorKind::PermissionDenied);
    let said = cannot_listen("127.0.0.1:443".parse().unwrap(), &denied);
    assert!(said.contains("special rights listen on port 443: choose one from 1024 to 65535"), "{said}");
}

#[test]
fn credentials_are_not_put_in_the_open_by_a_setting() {
    let bench = Bench::new();
    let form = WebhookForm {
        name: "Rome".to_owned(),
        slug: "rome".to_owned(),
        authentication: "basic".to_owned(),
        username: Some("coordinator".to_owned()),
        secret: Some("pass".to_owned()),
        ..WebhookForm::default()
    };
    bench.monitor().webhook_add(&form).unwrap();
    refused(&bench, &format!("0.0.0.0:{}", free().port()), "would travel there");
}

#[test]
fn the_port_of_the_figures_is_not_taken() {
    let bench = Bench::new();
    let (monitor, address) = (bench.monitor(), free().to_string());
    let settings = Settings { metrics_address: address.clone(), ..Settings::default() };
    monitor.settings_set(&settings).unwrap();
    refused(&bench, &address, "figures for monitoring");
}

#[test]
fn while_nobody_receives_the_address_shown_is_the_one_that_was_set() {
    let bench = Bench::new();
    let address = free();
    set(&bench, &address.to_string()).unwrap();
    assert_eq!(bench.monitor().near_address().unwrap(), format!("http://{address}"));
    assert_eq!(bench.another().near_address().unwrap(), format!("http://{address}"), "of another process, too");
}

#[test]
fn a_receiver_that_has_just_begun_is_not_taken_for_another_program() {
    let bench = Bench::new();
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    let _lock = bench.monitor().folder().claim_receiver().unwrap();
    bench.monitor().remember_address(&format!("http://{address}")).unwrap();
    let everyone = format!("0.0.0.0:{}", address.port());
    let other = bench.another();
    other.settings_set(&Settings { listen_address: everyone, ..Settings::default() }).unwrap();
}

proptest! {
    #[test]
    fn any_text_is_an_address_that_stays_as_it_is_or_a_sentence(text in "\\PC{0,24}|[0-9.:\\[\\]/]{0,24}") {
        match kept(&text) {
            Ok(address) => prop_assert_eq!(kept(&address), Ok(address.clone())),
            Err(sentence) => prop_assert!(!sentence.is_empty() && sentence.len() < 500),
        }
    }
}
