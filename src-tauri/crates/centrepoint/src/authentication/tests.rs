use proptest::prelude::*;

use super::*;
use crate::Header;

fn headers(pairs: &[(&str, &str)]) -> Headers {
    let header = |(name, value): &(&str, &str)| Header { name: (*name).into(), value: (*value).into() };
    Headers(pairs.iter().map(header).collect())
}

fn hmac(passcode: impl Into<Vec<u8>>) -> Credentials {
    Credentials::Hmac { passcode: Secret::new(passcode) }
}

fn basic(username: &str, password: &str) -> Credentials {
    Credentials::Basic { username: username.into(), password: Secret::new(password) }
}

fn check(pairs: &[(&str, &str)], body: &[u8], credentials: &Credentials) -> Result<Authentication, Refusal> {
    let headers = headers(pairs);
    let verified = Unverified { headers: &headers, body }.verify(credentials)?;
    assert_eq!(verified.body(), body);
    assert_eq!(verified.headers(), &headers);
    Ok(verified.authentication())
}

fn check_basic(value: &str, credentials: &Credentials) -> Result<Authentication, Refusal> {
    check(&[("Authorization", value)], b"", credentials)
}

/// From the vendor's documentation (Securing webhooks).
const PASSCODE: &str = "B3`MlG4sJR.X^-%w=oG_UrNBEpszl?";
const BODY: &[u8] = br#"{"Test":"Value"}"#;
const SIGNATURE: &str = "Ri20SCicySZmIf2D4kCY5KWEJrsqI7W8sWXMADj1RaQ=";

#[test]
fn the_vendors_test_vector_holds() {
    assert_eq!(sign(&Secret::new(PASSCODE), BODY), SIGNATURE);
    assert_eq!(check(&[("x-actigraph-SIGNATURE", SIGNATURE)], BODY, &hmac(PASSCODE)), Ok(Authentication::Hmac));
    let other = check(&[("X-ActiGraph-Signature", SIGNATURE)], br#"{"Test": "Value"}"#, &hmac(PASSCODE));
    assert_eq!(other, Err(Refusal::SignatureDiffers), "one space more is another body");
}

#[test]
fn no_signature_is_told_from_one_that_is_none() {
    assert_eq!(check(&[], BODY, &hmac(PASSCODE)), Err(Refusal::SignatureMissing));
    assert_eq!(check(&[("X-ActiGraph-Signature", "")], BODY, &hmac(PASSCODE)), Err(Refusal::SignatureMissing));
    let twice = [("X-ActiGraph-Signature", SIGNATURE), ("X-ActiGraph-Signature", SIGNATURE)];
    assert_eq!(check(&twice, BODY, &hmac(PASSCODE)), Err(Refusal::SignatureMalformed));
    let joined = format!("{SIGNATURE},{SIGNATURE}");
    let hex = "sha1=0123456789012345678901234567890123456789";
    let unpadded = SIGNATURE.trim_end_matches('=');
    let url_safe = SIGNATURE.replace('R', "-");
    let spaced = format!("{unpadded} ");
    let longer = format!("{unpadded}A");
    for value in [&joined, hex, unpadded, &url_safe, &spaced, &longer, "====", "é"] {
        let answer = check(&[("X-ActiGraph-Signature", value)], BODY, &hmac(PASSCODE));
        assert_eq!(answer, Err(Refusal::SignatureMalformed), "{value}");
    }
}

#[test]
fn stray_bits_in_the_last_character_are_refused() {
    // `Q` and `R` differ only in bits that 32 bytes do not reach: a lax decoder takes both for the same signature.
    let stray = SIGNATURE.replace("aQ=", "aR=");
    assert_ne!(stray, SIGNATURE);
    assert_eq!(check(&[("X-ActiGraph-Signature", &stray)], BODY, &hmac(PASSCODE)), Err(Refusal::SignatureMalformed));
}

#[test]
fn basic_takes_colons_in_the_password_and_the_scheme_in_any_casing() {
    let credentials = basic("Aladdin", "open:sesame:");
    let token = STANDARD.encode("Aladdin:open:sesame:");
    for scheme in ["Basic", "basic", "BASIC"] {
        assert_eq!(check_basic(&format!("{scheme} {token}"), &credentials), Ok(Authentication::Basic));
    }
    assert_eq!(check_basic(&format!("Basic   {token}"), &credentials), Ok(Authentication::Basic));
    let umlaut = basic("Jürgen", "påss");
    assert_eq!(check_basic(&format!("Basic {}", STANDARD.encode("Jürgen:påss")), &umlaut), Ok(Authentication::Basic));
}

#[test]
fn basic_says_what_is_wrong() {
    let credentials = basic("user", "word");
    let of = |pair: &str| check_basic(&format!("Basic {}", STANDARD.encode(pair)), &credentials);
    for pair in ["user:", "user:wor", "user:wordy", "use:word", ":word", "User:word", ":"] {
        assert_eq!(of(pair), Err(Refusal::CredentialsDiffer), "{pair}");
    }
    assert_eq!(of("userword"), Err(Refusal::CredentialsMalformed));
    for value in ["Basic", "Basic ", "Basic dXNlcjp3b3Jk!", "Basic dXNlcjp3b3Jk dXNlcjp3b3Jk", "Basic dXNlcjp3b3JkZA"] {
        assert_eq!(check_basic(value, &credentials), Err(Refusal::CredentialsMalformed), "{value}");
    }
    assert_eq!(check_basic("Bearer dXNlcjp3b3Jk", &credentials), Err(Refusal::CredentialsMissing));
    assert_eq!(check(&[], b"", &credentials), Err(Refusal::CredentialsMissing));
    let twice = [("Authorization", "Basic dXNlcjp3b3Jk"), ("authorization", "Basic dXNlcjp3b3Jk")];
    assert_eq!(check(&twice, b"", &credentials), Err(Refusal::CredentialsMalformed));
}

#[test]
fn none_takes_everything() {
    let pairs = [("Authorization", "Basic x"), ("X-ActiGraph-Signature", "x")];
    assert_eq!(check(&pairs, b"\xFF", &Credentials::None), Ok(Authentication::None));
}

fn check_token(pairs: &[(&str, &str)]) -> Result<Authentication, Refusal> {
    let known = |token: &[u8]| match token {
        b"good" | b"-._~+/9==" => Ok(()),
        b"old" => Err(Refusal::TokenExpired),
        _ => Err(Refusal::TokenUnknown),
    };
    let headers = headers(pairs);
    Unverified { headers: &headers, body: b"{}" }.verify_token(known).map(|verified| verified.authentication())
}

#[test]
fn a_bearer_token_is_read_from_one_header_and_handed_on_as_it_is() {
    for value in ["Bearer good", "bearer good", "BEARER   good", "Bearer -._~+/9=="] {
        assert_eq!(check_token(&[("authorization", value)]), Ok(Authentication::OAuth2), "{value}");
    }
    assert_eq!(check_token(&[("Authorization", "Bearer old")]), Err(Refusal::TokenExpired));
    assert_eq!(check_token(&[("Authorization", "Bearer Good")]), Err(Refusal::TokenUnknown));
    for value in ["", "good", "Basic good", "Bearergood"] {
        assert_eq!(check_token(&[("Authorization", value)]), Err(Refusal::TokenMissing), "{value}");
    }
    assert_eq!(check_token(&[]), Err(Refusal::TokenMissing));
    for value in ["Bearer", "Bearer =", "Bearer good good", "Bearer good,", "Bearer \"good\"", "Bearer go=od"] {
        assert_eq!(check_token(&[("Authorization", value)]), Err(Refusal::TokenMalformed), "{value}");
    }
    let twice = [("Authorization", "Bearer good"), ("authorization", "Bearer good")];
    assert_eq!(check_token(&twice), Err(Refusal::TokenMalformed));
}

#[test]
fn a_clients_secret_never_accepts_a_delivery() {
    let credentials = Credentials::OAuth2 { client_id: "id".into(), client_secret: Secret::new("good") };
    for value in ["Bearer good", &format!("Basic {}", STANDARD.encode("id:good"))] {
        assert!(check(&[("Authorization", value)], b"{}", &credentials).is_err(), "{value}");
    }
    assert!(check(&[], b"{}", &credentials).is_err());
    assert_eq!(credentials.authentication(), Authentication::OAuth2);
}

#[test]
fn the_words_read_back() {
    for kind in [Authentication::None, Authentication::Basic, Authentication::Hmac, Authentication::OAuth2] {
        assert_eq!(kind.to_string().parse(), Ok(kind));
        assert_eq!(serde_json::to_value(kind).unwrap(), kind.as_str());
    }
    assert_eq!("Basic".parse::<Authentication>(), Err(UnknownAuthentication));
}

fn flipped(bytes: &[u8], bit: prop::sample::Index) -> Vec<u8> {
    let mut bytes = bytes.to_vec();
    let bit = bit.index(bytes.len() * 8);
    bytes[bit / 8] ^= 1 << (bit % 8);
    bytes
}

proptest! {
    #[test]
    fn what_is_signed_is_accepted_and_one_flipped_bit_is_not(
        // Longer than a block of the hash too, where the key itself is hashed first. HMAC pads a shorter key with zeros,
        // so a passcode's bit is flipped within its length only.
        passcode in prop::collection::vec(any::<u8>(), 1..200),
        body in prop::collection::vec(any::<u8>(), 1..500),
        bit in any::<prop::sample::Index>(),
    ) {
        let signature = sign(&Secret::new(passcode.clone()), &body);
        let signed = |signature: &[u8]| Headers(vec![Header { name: headers::SIGNATURE.into(), value: signature.into() }]);
        let good = signed(signature.as_bytes());
        let accepts = |headers: &Headers, body: &[u8], passcode: Vec<u8>| {
            Unverified { headers, body }.verify(&hmac(passcode)).is_ok()
        };
        prop_assert_eq!(signature.len(), SIGNATURE_CHARACTERS);
        prop_assert!(accepts(&good, &body, passcode.clone()));

        let other_signature = signed(&flipped(signature.as_bytes(), bit));
        prop_assert!(!accepts(&good, &flipped(&body, bit), passcode.clone()));
        prop_assert!(!accepts(&other_signature, &body, passcode.clone()));
        prop_assert!(!accepts(&good, &body, flipped(&passcode, bit)));
    }

    #[test]
    fn basic_accepts_exactly_its_pair(
        username in "[^:]{0,12}", password in ".{0,20}", other in ".{0,20}", bit in any::<prop::sample::Index>(),
    ) {
        let credentials = basic(&username, &password);
        let value = |pair: &[u8]| format!("Basic {}", STANDARD.encode(pair));
        let pair = format!("{username}:{password}");
        prop_assert!(check_basic(&value(pair.as_bytes()), &credentials).is_ok());
        prop_assert!(check_basic(&value(&flipped(pair.as_bytes(), bit)), &credentials).is_err());
        prop_assert_eq!(check_basic(&value(format!("{username}:{other}").as_bytes()), &credentials).is_ok(), other == password);
    }

    #[test]
    fn any_headers_are_checked_without_panic(value in any::<Vec<u8>>(), token in "[A-Za-z0-9+/= ]{0,60}", body in any::<Vec<u8>>()) {
        for credentials in [hmac("a"), basic("a", "b")] {
            for value in [value.clone(), token.clone().into_bytes(), format!("Basic {token}").into_bytes()] {
                for name in ["Authorization", headers::SIGNATURE] {
                    let headers = Headers(vec![Header { name: name.into(), value: value.clone() }]);
                    let _ = Unverified { headers: &headers, body: &body }.verify(&credentials);
                }
            }
        }
    }
}

/// A million requests that are not quite the real one: none is accepted, and the real one between them always is.
#[test]
fn of_a_million_mutations_none_is_accepted_and_nothing_real_is_refused() {
    mutate(1_000_000);
}

fn mutate(rounds: u64) {
    let (signed, named) = (hmac(PASSCODE), basic("user", "secret"));
    let pair = format!("Basic {}", STANDARD.encode("user:secret"));
    let mut dice = Dice(0x9e37_79b9_7f4a_7c15);
    for round in 0..rounds {
        let (mut signature, mut body, mut value) =
            (SIGNATURE.as_bytes().to_vec(), BODY.to_vec(), pair.clone().into_bytes());
        let mutated = if round % 2 == 0 { &mut signature } else { &mut value };
        dice.mutate(mutated);
        let answer = if round % 2 == 0 {
            if signature == SIGNATURE.as_bytes() {
                continue;
            }
            let headers = Headers(vec![Header { name: "X-ActiGraph-Signature".into(), value: signature.clone() }]);
            Unverified { headers: &headers, body: &body }.verify(&signed).map(|_| ())
        } else {
            if value == pair.as_bytes() || is_the_pair(&value) {
                continue;
            }
            let headers = Headers(vec![Header { name: "Authorization".into(), value: value.clone() }]);
            Unverified { headers: &headers, body: b"" }.verify(&named).map(|_| ())
        };
        assert!(
            answer.is_err(),
            "accepted: {:?} {:?}",
            String::from_utf8_lossy(&signature),
            String::from_utf8_lossy(&value)
        );
        if round % 100 == 0 {
            assert_eq!(check(&[("X-ActiGraph-Signature", SIGNATURE)], BODY, &signed), Ok(Authentication::Hmac));
            assert_eq!(check_basic(&pair, &named), Ok(Authentication::Basic));
            dice.mutate(&mut body);
            let headers = headers(&[("X-ActiGraph-Signature", SIGNATURE)]);
            let other = Unverified { headers: &headers, body: &body }.verify(&signed).is_err();
            assert!(other || body == BODY, "a body that was not signed: {:?}", String::from_utf8_lossy(&body));
        }
    }
}

/// Another way to write the same user name and password: the scheme's casing, spaces before the token.
fn is_the_pair(value: &[u8]) -> bool {
    let space = value.iter().position(|byte| *byte == b' ').unwrap_or(value.len());
    let (scheme, token) = value.split_at(space);
    scheme.eq_ignore_ascii_case(b"Basic") && token.trim_ascii_start() == STANDARD.encode("user:secret").as_bytes()
}

/// Numbers that look like chance and are the same in every run.
struct Dice(u64);

impl Dice {
    fn next(&mut self, below: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        usize::try_from(self.0 >> 16).unwrap_or(0) % below
    }

    /// One small change, as a mistake or an attacker makes it.
    fn mutate(&mut self, bytes: &mut Vec<u8>) {
        let at = self.next(bytes.len());
        let byte = u8::try_from(self.next(256)).expect("below 256");
        match self.next(6) {
            0 => bytes[at] ^= 1 << self.next(8),
            1 => bytes[at] = byte,
            2 => bytes.insert(at, byte),
            3 => drop(bytes.remove(at)),
            4 => bytes.truncate(at),
            _ => {
                let other = self.next(bytes.len());
                bytes.swap(at, other);
            }
        }
    }
}
