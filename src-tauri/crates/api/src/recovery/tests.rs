//! Second chances over real files.

use centrepoint::Secret;
use centrepoint::authentication::sign;
use store::state::NewRejection;
use study::Slug;

use super::*;
use crate::testing::Bench;
use crate::wire::{EventQuery, EventRow, WebhookForm};

const RIGHT: &str = "the secret in the portal";

fn webhook(bench: &Bench, secret: &str) {
    let form = WebhookForm {
        name: "Rome".to_owned(),
        slug: "rome".to_owned(),
        authentication: "hmac".to_owned(),
        secret: Some(secret.to_owned()),
        ..WebhookForm::default()
    };
    bench.monitor().webhook_add(&form).unwrap();
}

/// A refusal of this body, signed with [`RIGHT`].
fn refused(at: i64, delivery: Option<&str>, body: &str) -> NewRejection {
    let delivery_line = delivery.map_or_else(String::new, |id| format!("X-ActiGraph-Delivery: {id}\r\n"));
    let signature = sign(&Secret::new(RIGHT), body.as_bytes());
    let head = format!(
        "POST /hooks/rome HTTP/1.1\r\nX-ActiGraph-Event: upload\r\n{delivery_line}X-ActiGraph-Signature: {signature}\r\n\r\n"
    );
    NewRejection {
        received_at: at,
        webhook: Slug::new("rome").unwrap(),
        status: 401,
        code: "signature_differs",
        reason: "signature differs".to_owned(),
        source_ip: "203.0.113.7".parse().unwrap(),
        delivery_id: delivery.map(str::to_owned),
        event: Some("upload".to_owned()),
        size: i64::try_from(body.len()).unwrap(),
        head: head.into_bytes(),
        body: body.as_bytes().to_vec(),
    }
}

fn body(upload: u32) -> String {
    format!(r#"{{"uploadId":"{upload}","studyId":"189","subjectId":"4","status":"error","message":"Battery"}}"#)
}

fn events(monitor: &Monitor) -> Vec<EventRow> {
    monitor.events(&EventQuery { limit: 100, ..EventQuery::default() }).unwrap().rows
}

#[test]
fn what_fits_is_accepted_with_its_bytes_and_when_it_first_came() {
    let bench = Bench::new();
    webhook(&bench, RIGHT);
    let monitor = bench.monitor();
    let other = NewRejection { head: b"POST / HTTP/1.1\r\n\r\n".to_vec(), ..refused(3, Some("c"), &body(3)) };
    let bodiless = NewRejection { body: Vec::new(), ..refused(4, Some("d"), &body(4)) };
    let elsewhere = NewRejection { status: 403, ..refused(5, Some("e"), &body(5)) };
    let all = [refused(1, Some("a"), &body(1)), refused(2, Some("a"), &body(1)), other, bodiless, elsewhere];
    monitor.state().reject(&all).unwrap();
    let expected = Recovery {
        webhook: "rome".to_owned(),
        checkable: true,
        fitting: 1,
        known: 0,
        differing: 1,
        without_body: 1,
        accepted: 0,
    };
    assert_eq!(monitor.rejections_recover("rome", true).unwrap(), expected);
    assert!(events(monitor).is_empty(), "asking changes nothing");
    assert_eq!(monitor.rejections_recover("rome", false).unwrap(), Recovery { accepted: 1, ..expected });

    let rows = events(monitor);
    assert_eq!((rows.len(), rows[0].attempts), (1, 1));
    assert_eq!((rows[0].flags.as_slice(), rows[0].authentication.as_str()), (&["recovered".to_owned()][..], "hmac"));
    assert_eq!((rows[0].source_ip.as_str(), rows[0].problem_state.as_deref()), ("203.0.113.7", Some("open")));
    let detail = monitor.event(rows[0].sequence).unwrap();
    assert_eq!(detail.first_refused_at.as_deref(), Some("1970-01-01T00:00:00.000001Z"), "the first time it came");
    assert_eq!(detail.body_text.as_deref(), Some(body(1).as_str()));
    assert!(detail.headers.iter().any(|line| line.name == "X-ActiGraph-Signature"), "its own head");
    assert!(!detail.by_former_secret);
    assert!(monitor.verify(|_, _| {}).unwrap().differences.is_empty());
    let marked = monitor.rejections(10).unwrap().iter().filter(|row| row.accepted_at.is_some()).count();
    assert_eq!(marked, 2, "both refusals of that delivery say so");
}

#[test]
fn an_interruption_between_the_two_files_doubles_nothing() {
    let bench = Bench::new();
    webhook(&bench, RIGHT);
    let monitor = bench.monitor();
    monitor.state().reject(&[refused(1, Some("a"), &body(1)), refused(2, None, &body(2))]).unwrap();
    let registered = monitor.registered("rome").unwrap();
    let credentials = monitor.present_passcode(&registered).unwrap();
    let mut found = Recovery::default();
    let cut_short = monitor.with_log(|log| {
        monitor.check_again(&registered, &credentials, &mut found, |_, arrival| {
            log.append_waiting(arrival.unwrap())?;
            Err(ApiError::failed("the power goes".to_owned()))
        })
    });
    assert!(cut_short.is_err());
    assert_eq!(events(monitor).len(), 1);
    let again = monitor.rejections_recover("rome", false).unwrap();
    assert_eq!((again.known, again.fitting, again.accepted), (1, 1, 1));
    let rows = events(monitor);
    assert_eq!(rows.iter().map(|row| row.attempts).collect::<Vec<_>>(), [1, 1], "neither twice");
    assert_eq!(monitor.rejections_recover("rome", false).unwrap().accepted, 0);
}

#[test]
fn a_secret_that_is_gone_is_said_and_changes_nothing() {
    let bench = Bench::new();
    webhook(&bench, RIGHT);
    let monitor = bench.monitor();
    monitor.state().reject(&[refused(1, Some("a"), &body(1))]).unwrap();
    let place = monitor.webhook("rome").unwrap().secret_place.unwrap();
    monitor.secrets().forget("rome", Place::from_word(&place).unwrap()).unwrap();
    assert!(monitor.rejections_recover("rome", false).is_err());
    assert!(monitor.rejections(1).unwrap()[0].accepted_at.is_none());
    assert!(monitor.rejections_recover("nobody", true).is_err());
}
