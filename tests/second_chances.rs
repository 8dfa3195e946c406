//! Deliveries refused because the secret here was wrong, accepted once it is right.

use serde_json::Value;

use crate::harness::{Folder, Post, eventually};

const WRONG: &str = "mistyped";
const RIGHT: &str = "the secret in the portal";

fn with_secret(folder: &Folder, secret: &str, arguments: &[&str]) {
    folder.run_with(arguments, secret.as_bytes()).good();
}

fn recover(folder: &Folder, more: &[&str]) -> Value {
    let arguments = [&["rejections", "recover", "rome", "--json"], more].concat();
    serde_json::from_str(folder.run(&arguments).good().trim()).unwrap()
}

fn counts(found: &Value) -> [u64; 5] {
    ["fitting", "known", "differing", "without_body", "accepted"].map(|name| found[name].as_u64().unwrap())
}

fn upload(number: u32, status: &str) -> Post {
    Post::upload("rome", &number.to_string(), "4", status)
}

#[test]
fn refused_deliveries_are_accepted_once_the_secret_is_right_and_never_twice() {
    let folder = Folder::new();
    with_secret(&folder, WRONG, &["webhook", "add", "Rome", "--slug", "rome", "--auth", "hmac", "--secret-stdin"]);
    let serve = folder.serve();
    let (first, second, third) = (upload(1, "error").signed(RIGHT), upload(2, "completed"), upload(3, "started"));
    let second = second.signed(RIGHT);
    for post in [&first, &second, &first, &third.clone().signed("a stranger's")] {
        assert_eq!(serve.post(post).status, 401);
    }
    let came = folder.rejections(4);
    assert_eq!(counts(&recover(&folder, &[])), [0, 0, 4, 0, 0], "nothing fits the wrong secret");

    with_secret(&folder, RIGHT, &["webhook", "edit", "rome", "--secret-stdin", "--keep-old-hours", "0"]);
    eventually("the receiver to have the right secret", || (serve.post(&second).status == 200).then_some(()));
    let dry = recover(&folder, &["--dry-run"]);
    assert_eq!((dry["fitting"].as_u64(), dry["accepted"].as_u64()), (Some(1), Some(0)), "the second came again: {dry}");
    assert_eq!(folder.events().len(), 1, "asking changes nothing");
    assert_eq!(recover(&folder, &[])["accepted"], 1);

    let recovered: Vec<Value> =
        folder.events().into_iter().filter(|event| !event["flags"].as_array().unwrap().is_empty()).collect();
    assert_eq!(recovered.len(), 1);
    assert_eq!(recovered[0]["flags"], serde_json::json!(["recovered"]));
    assert_eq!(recovered[0]["attempts"], 1, "one arrival, however often it was refused");
    assert!(
        recovered[0]["received_at"].as_str() > came[0]["received_at"].as_str(),
        "it is received when it is accepted: the history is in order"
    );
    assert_eq!(folder.problems().len(), 1, "an error is a problem like any other");
    let exported = folder.run(&["export", "--profile", "analysis", "--output", "-"]).good();
    assert!(exported.lines().any(|line| line.contains(",recovered,")), "{exported}");

    let again = recover(&folder, &[]);
    assert_eq!((again["fitting"].as_u64(), again["accepted"].as_u64()), (Some(0), Some(0)), "never twice: {again}");
    assert_eq!(again["differing"].as_u64(), Some(1), "what is marked is not looked at again: {again}");
    assert_eq!(folder.events().len(), 2);
    let accepted = folder.list("rejections", &[]).iter().filter(|each| !each["accepted_at"].is_null()).count();
    assert!(accepted >= 3, "the refusals say what became of them");

    // As CentrePoint sends it again: an attempt, nothing else.
    assert_eq!(serve.post(&first).status, 200);
    serve.stop();
    let before = folder.events();
    folder.run(&["verify"]).good();
    folder.run(&["rebuild"]).good();
    assert_eq!(folder.events(), before, "a view derived anew is equal");
    assert_eq!(before.iter().map(|event| event["attempts"].as_u64().unwrap()).max(), Some(2));
}

#[test]
fn passwords_are_not_kept_so_nothing_of_basic_can_be_checked_again() {
    let folder = Folder::new();
    folder.add_basic("rome");
    let serve = folder.serve();
    assert_eq!(serve.post(&upload(1, "error").basic("someone", "else")).status, 401);
    folder.rejections(1);
    let found = recover(&folder, &[]);
    assert_eq!((found["checkable"].as_bool(), found["accepted"].as_u64()), (Some(false), Some(0)));
    let told = folder.run(&["rejections", "recover", "rome"]).good();
    assert!(told.contains("only signatures"), "{told}");
}
