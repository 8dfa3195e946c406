use proptest::prelude::*;

use super::*;
use crate::Header;

const FORM: (&str, &str) = ("Content-Type", "application/x-www-form-urlencoded");
const GRANT: &str = "grant_type=client_credentials";

fn read(pairs: &[(&str, &str)], body: &str) -> Result<TokenRequest, TokenRefusal> {
    let headers = pairs.iter().map(|(name, value)| Header { name: (*name).into(), value: (*value).into() });
    TokenRequest::read(&Headers(headers.collect()), body.as_bytes())
}

fn basic(pair: &str) -> String {
    format!("Basic {}", STANDARD.encode(pair))
}

fn refusal(pairs: &[(&str, &str)], body: &str) -> Option<TokenRefusal> {
    read(pairs, body).err()
}

#[test]
fn the_body_may_name_the_client() {
    let asked =
        read(&[FORM], &format!("{GRANT}&client_id=an+id&client_secret=a%2Bb%3D%C3%A9&scope=CentrePoint")).unwrap();
    assert!(asked.is_from("an id", &Secret::new("a+b=é")));
    assert!(!asked.is_from("an id", &Secret::new("a+b=e")), "another secret");
    assert!(!asked.is_from("an_id", &Secret::new("a+b=é")), "another id");
    assert_eq!(asked.scope(), Ok(Some("CentrePoint")));
}

#[test]
fn the_header_may_name_it_encoded_as_the_rfc_says_or_as_it_stands() {
    let secret = Secret::new("a+b%:c d");
    for pair in ["id:a%2Bb%25%3Ac+d", "id:a%2bb%25%3ac%20d", "id:a+b%:c d"] {
        let asked = read(&[FORM, ("authorization", &basic(pair))], GRANT).unwrap();
        assert!(asked.is_from("id", &secret), "{pair}");
        assert_eq!(asked.scope(), Ok(None));
    }
    let colon = read(&[FORM, ("Authorization", &basic("a%3Ab:s"))], GRANT).unwrap();
    assert!(colon.is_from("a:b", &Secret::new("s")), "an id may have a colon, once it is encoded");
    let mixed = read(&[FORM, ("Authorization", &basic("a%3Ab:a%2Bb"))], GRANT).unwrap();
    assert!(!mixed.is_from("a:b", &Secret::new("a%2Bb")), "one half encoded and the other not is neither");
}

#[test]
fn two_ways_at_once_are_none() {
    let header = basic("id:secret");
    let both = |body: &str| refusal(&[FORM, ("Authorization", &header)], &format!("{GRANT}&{body}"));
    assert_eq!(both("client_id=id&client_secret=secret"), Some(TokenRefusal::TwoWays));
    assert_eq!(both("client_secret=secret"), Some(TokenRefusal::TwoWays));
    assert_eq!(both("client_id=other"), Some(TokenRefusal::TwoWays));
    assert_eq!(both("client_id=id"), None, "the same id again is no second way");
    assert_eq!(both("client_secret="), None, "what has no value does not stand there (3.2)");
}

#[test]
fn each_refusal_has_its_error() {
    let client = "client_id=id&client_secret=s";
    let good = format!("{GRANT}&{client}");
    for (headers, body, expected) in [
        (vec![], good.clone(), TokenRefusal::NotAForm),
        (vec![("Content-Type", "application/json")], good.clone(), TokenRefusal::NotAForm),
        (vec![FORM, FORM], good.clone(), TokenRefusal::NotAForm),
        (vec![FORM], "a=%4".to_owned(), TokenRefusal::Malformed),
        (vec![FORM], "a=%zz".to_owned(), TokenRefusal::Malformed),
        (vec![FORM], "a=%+1".to_owned(), TokenRefusal::Malformed),
        (vec![FORM], "a=%FF".to_owned(), TokenRefusal::Malformed),
        (vec![FORM], ('A'..='a').map(|name| [name, '&']).take(33).flatten().collect(), TokenRefusal::Malformed),
        (vec![FORM], format!("{good}&client_id=id"), TokenRefusal::Repeated),
        (vec![FORM], format!("{good}&a=1&%61=2"), TokenRefusal::Repeated),
        (vec![FORM], GRANT.to_owned(), TokenRefusal::ClientMissing),
        (vec![FORM], format!("{GRANT}&client_id=id"), TokenRefusal::ClientMissing),
        (vec![FORM], format!("{GRANT}&client_secret=s&client_id"), TokenRefusal::ClientMissing),
        (vec![FORM, ("Authorization", "Bearer abc")], good.clone(), TokenRefusal::ClientMalformed),
        (vec![FORM, ("Authorization", "Basic !")], GRANT.to_owned(), TokenRefusal::ClientMalformed),
        (vec![FORM, ("Authorization", "Basic aWQ=")], GRANT.to_owned(), TokenRefusal::ClientMalformed),
    ] {
        assert_eq!(refusal(&headers, &body), Some(expected), "{headers:?} {body}");
    }
    for (body, expected) in [
        (client.to_owned(), Err(TokenRefusal::GrantMissing)),
        (format!("{client}&grant_type="), Err(TokenRefusal::GrantMissing)),
        (format!("{client}&grant_type=password"), Err(TokenRefusal::GrantUnsupported)),
        (format!("{client}&grant_type=Client_Credentials"), Err(TokenRefusal::GrantUnsupported)),
        (format!("{good}&scope=a++b"), Err(TokenRefusal::ScopeMalformed)),
        (format!("{good}&scope=%22"), Err(TokenRefusal::ScopeMalformed)),
        (format!("{good}&scope=%C3%A9"), Err(TokenRefusal::ScopeMalformed)),
        (format!("{good}&scope=a%0Ab"), Err(TokenRefusal::ScopeMalformed)),
        (format!("{good}&scope="), Ok(None)),
        (format!("&&{good}&scope=a+b&more=x&"), Ok(Some("a b"))),
    ] {
        assert_eq!(read(&[FORM], &body).unwrap().scope(), expected, "{body}");
    }
    let charset = ("content-type", "Application/X-WWW-Form-Urlencoded ; charset=utf-8");
    assert_eq!(refusal(&[charset], &good), None);
    assert_eq!(TokenRefusal::TwoWays.error(), TokenError::InvalidRequest);
    assert_eq!(TokenRefusal::ClientDiffers.error(), TokenError::InvalidClient);
}

#[test]
fn a_read_request_prints_no_secret() {
    let asked = read(&[FORM], &format!("{GRANT}&client_id=id&client_secret=hunter2")).unwrap();
    assert!(!format!("{asked:?}").contains("hunter2"));
}

proptest! {
    #[test]
    fn what_is_encoded_reads_back_by_either_way(id in ".{1,20}", secret in ".{1,40}", other in ".{1,40}") {
        let [form_id, form_secret] =
            [&id, &secret].map(|text| String::from_utf8(encoded(text.as_bytes()).expose().to_vec()).unwrap());
        let body = format!("{GRANT}&client_id={form_id}&client_secret={form_secret}");
        let header = basic(&format!("{form_id}:{form_secret}"));
        for asked in [read(&[FORM], &body).unwrap(), read(&[FORM, ("Authorization", &header)], GRANT).unwrap()] {
            prop_assert!(asked.is_from(&id, &Secret::new(secret.clone())));
            prop_assert_eq!(asked.is_from(&id, &Secret::new(other.clone())), other == secret);
        }
    }

    #[test]
    fn anything_is_read_without_panic(body in any::<Vec<u8>>(), form in "[%&=+a-f0-9]{0,60}", header in "[A-Za-z0-9+/= ]{0,40}") {
        let headers = |value: String| Headers(vec![
            Header { name: FORM.0.into(), value: FORM.1.into() },
            Header { name: b"Authorization".to_vec(), value: value.into_bytes() },
        ]);
        for body in [&body[..], form.as_bytes()] {
            let _ = TokenRequest::read(&headers(format!("Basic {header}")), body).map(|asked| asked.scope().is_ok());
            let _ = TokenRequest::read(&headers(header.clone()), body);
            let plain = Headers(headers(String::new()).0[..1].to_vec());
            let _ = TokenRequest::read(&plain, body).map(|asked| asked.scope().is_ok());
        }
    }
}
