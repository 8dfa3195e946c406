//! The receiver put together, over a real socket and real files.

mod beside;
mod damaged;
mod old_secrets;

use std::io::{Read, Write};
use std::net::{Ipv4Addr, TcpStream};

use super::*;
use crate::testing::Bench;
use crate::wire::{AddressFrom, EventQuery, WebhookForm};

fn webhook(bench: &Bench, slug: &str) {
    let form = WebhookForm {
        name: slug.to_owned(),
        slug: slug.to_owned(),
        authentication: "none".to_owned(),
        ..WebhookForm::default()
    };
    bench.monitor().webhook_add(&form).unwrap();
}

fn post(address: SocketAddr, slug: &str, body: &str) -> String {
    let mut stream = TcpStream::connect(address).unwrap();
    let head = format!(
        "POST /hooks/{slug} HTTP/1.1\r\nHost: a\r\nX-ActiGraph-Event: upload\r\nContent-Length: {}\r\nConnection: close\r\n\r\n",
        body.len()
    );
    stream.write_all(head.as_bytes()).unwrap();
    stream.write_all(body.as_bytes()).unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).unwrap();
    answer.lines().next().unwrap_or_default().to_owned()
}

/// Told at the start to listen at `address`.
fn told(monitor: &Monitor, address: impl Into<SocketAddr>) -> &Monitor {
    monitor.use_address(address.into(), AddressFrom::CommandLine);
    monitor
}

/// Runs the receiver, and `visit` against its address beside it.
fn serving<T: Send + 'static>(bench: &Bench, visit: impl FnOnce(SocketAddr) -> T + Send + 'static) -> T {
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap();
    let (here, there) = tokio::sync::oneshot::channel();
    let (done, ended) = tokio::sync::oneshot::channel::<()>();
    let monitor = bench.monitor().clone();
    let server = runtime.spawn(async move {
        let shutdown = async { drop(ended.await) };
        serve(told(&monitor, (Ipv4Addr::LOCALHOST, 0)), |at| here.send(at.address).unwrap(), shutdown).await
    });
    let address = runtime.block_on(there).unwrap();
    let outcome = std::thread::spawn(move || visit(address)).join().unwrap();
    drop(done);
    runtime.block_on(server).unwrap().unwrap();
    outcome
}

#[test]
fn a_delivery_answered_200_is_an_event_and_an_act_goes_beside_it() {
    let bench = Bench::new();
    webhook(&bench, "rome");
    let monitor = bench.monitor().clone();
    serving(&bench, move |address| {
        let body = r#"{"uploadId":"1","studyId":"189","subjectId":"4","status":"error","message":"Battery"}"#;
        assert_eq!(post(address, "rome", body), "HTTP/1.1 200 OK");
        let page = monitor.events(&EventQuery { limit: 10, count: true, ..EventQuery::default() }).unwrap();
        assert_eq!((page.rows.len(), page.total), (1, Some(1)));
        assert_eq!(page.rows[0].message.as_deref(), Some("Battery"));
        assert_eq!(monitor.receiver_status().state, ReceiverState::Receiving);
        assert!(monitor.receiver_status().last_arrival_at.is_some());

        let id = page.rows[0].problem_id.unwrap();
        let act = crate::wire::ProblemAct {
            ids: vec![id],
            act: crate::wire::ProblemActKind::Acknowledge,
            by: "M. Rossi".to_owned(),
            note: None,
            until: None,
        };
        monitor.problem_act(&act).unwrap();
        let problem = monitor.problem(id).unwrap();
        assert_eq!(
            (problem.row.state.as_str(), problem.row.acknowledged_by.as_deref()),
            ("acknowledged", Some("M. Rossi"))
        );
        assert_eq!(problem.event_sequence, Some(page.rows[0].sequence));

        let resolve =
            crate::wire::ProblemAct { act: crate::wire::ProblemActKind::Resolve, ids: vec![id, id], ..act.clone() };
        assert_eq!(monitor.problem_act(&resolve).unwrap().ids, [id], "named twice, done once");
        let story = monitor.problem(id).unwrap().story.len();
        for act in [&resolve, &act] {
            let refused = monitor.problem_act(act).unwrap_err();
            assert_eq!(refused.code, crate::wire::ErrorCode::Invalid, "nothing would change: {refused}");
        }
        assert_eq!(monitor.problem(id).unwrap().story.len(), story, "and nothing is written");
    });
    assert_eq!(bench.monitor().receiver_status().state, ReceiverState::NotReceiving);
}

#[test]
fn a_view_that_nobody_brings_up_to_date_is_told_of_and_receiving_goes_on() {
    let bench = Bench::new();
    webhook(&bench, "rome");
    let monitor = bench.monitor().clone();
    // Somebody else has the right to write the view, and does nothing with it.
    let lock = std::fs::File::create(monitor.data_folder().join("projector.lock")).unwrap();
    lock.lock().unwrap();
    serving(&bench, move |address| {
        assert_eq!(post(address, "rome", r#"{"uploadId":"1"}"#), "HTTP/1.1 200 OK");
        let comes_to = |wanted: bool| {
            let is_told = || monitor.receiver_status().warnings.iter().any(|words| words.contains("out of date"));
            let since = std::time::Instant::now();
            while is_told() != wanted {
                assert!(since.elapsed() < Duration::from_secs(30), "told: {}", !wanted);
                std::thread::sleep(Duration::from_millis(20));
            }
        };
        comes_to(true);
        drop(lock);
        comes_to(false);
        let page = monitor.events(&EventQuery { limit: 10, ..EventQuery::default() }).unwrap();
        assert_eq!(page.rows.len(), 1, "nothing is lost");
    });
}

#[test]
fn problems_are_gathered_put_aside_followed_up_and_taken_back() {
    use crate::wire::{GroupQuery, ProblemAct, ProblemActKind};

    let bench = Bench::new();
    webhook(&bench, "rome");
    let monitor = bench.monitor().clone();
    serving(&bench, move |address| {
        for (upload, message) in [(1, "Battery 11 %"), (2, "battery 9 %"), (3, "No space left")] {
            let body = format!(
                r#"{{"uploadId":"{upload}","studyId":"189","subjectId":"{upload}","status":"error","message":"{message}"}}"#
            );
            assert_eq!(post(address, "rome", &body), "HTTP/1.1 200 OK");
        }
        let inbox = |snoozed| {
            let page = monitor.problem_groups(&GroupQuery { query: "is:open".to_owned(), snoozed }).unwrap();
            let mut groups: Vec<_> = page.groups.iter().map(|group| (group.problems, group.subjects)).collect();
            // The clock stands still here: nothing is later than anything.
            groups.sort_unstable();
            (groups, page.problems, page.snoozed)
        };
        assert_eq!(inbox(false), (vec![(1, 1), (2, 2)], 3, 0), "the same message but for its numbers is one group");
        let page = monitor.problem_groups(&GroupQuery { query: "is:open".to_owned(), snoozed: false }).unwrap();
        let ids = page.groups.iter().find(|group| group.problems == 2).unwrap().ids.clone();
        let act = |kind, until: Option<&str>, note: Option<&str>| ProblemAct {
            ids: ids.clone(),
            act: kind,
            by: "M. Rossi".to_owned(),
            note: note.map(str::to_owned),
            until: until.map(str::to_owned),
        };
        let snooze = act(ProblemActKind::Snooze, Some("2026-08-23T06:00:00Z"), None);
        assert_eq!(monitor.problem_act(&snooze).unwrap().ids.len(), 2);
        assert_eq!(inbox(false), (vec![(1, 1)], 1, 2));
        assert_eq!(inbox(true).1, 3);
        let row = monitor.problem(ids[0]).unwrap().row;
        assert_eq!((row.state.as_str(), row.snoozed_until.as_deref()), ("open", Some("2026-08-23T06:00:00.000000Z")));

        let back = act(ProblemActKind::TakeBack, None, None);
        assert_eq!(monitor.problem_act(&back).unwrap().ids.len(), 2);
        assert_eq!(inbox(false).1, 3, "as it was before");
        assert_eq!(monitor.problem_act(&back).unwrap_err().field.as_deref(), Some("ids"), "once is enough");

        let contact = act(ProblemActKind::Contact, Some("2026-08-27"), Some("called"));
        monitor.problem_act(&contact).unwrap();
        let detail = monitor.problem(ids[0]).unwrap();
        assert_eq!(detail.row.follow_up.as_deref(), Some("2026-08-27"));
        let told: Vec<_> = detail.story.iter().map(|line| line.what.as_str()).collect();
        assert_eq!(told, ["failed", "snoozed", "taken_back", "contacted"]);
        for (field, wrong) in [
            ("until", act(ProblemActKind::Snooze, Some("2026-08-22T14:00:00Z"), None)),
            ("until", act(ProblemActKind::Snooze, None, None)),
            ("until", act(ProblemActKind::Snooze, Some("2027-08-30T14:00:00Z"), None)),
            ("until", act(ProblemActKind::Contact, Some("Thursday"), Some("called"))),
            ("until", act(ProblemActKind::Contact, Some("2026-08-27T10:00"), Some("called"))),
            ("note", act(ProblemActKind::Contact, None, None)),
        ] {
            assert_eq!(monitor.problem_act(&wrong).unwrap_err().field.as_deref(), Some(field));
        }
        monitor.problem_act(&act(ProblemActKind::Resolve, None, None)).unwrap();
        assert_eq!(monitor.problem(ids[0]).unwrap().row.follow_up, None);
        let refused = monitor.problem_act(&contact).unwrap_err();
        assert_eq!(refused.field.as_deref(), Some("ids"), "a day to look again would be lost: {refused}");
        monitor.problem_act(&act(ProblemActKind::Contact, None, Some("they are glad"))).unwrap();
    });
}

#[test]
fn an_act_on_hundreds_of_problems_is_one_question_and_few_commits() {
    use crate::wire::{ListQuery, ProblemAct, ProblemActKind};

    const MANY: usize = 500;
    let bench = Bench::new();
    webhook(&bench, "rome");
    let monitor = bench.monitor().clone();
    serving(&bench, move |address| {
        std::thread::scope(|scope| {
            for part in 0..8 {
                scope.spawn(move || {
                    for upload in (part..MANY).step_by(8) {
                        let body =
                            format!(r#"{{"uploadId":"{upload}","studyId":"189","subjectId":"1","status":"error"}}"#);
                        assert_eq!(post(address, "rome", &body), "HTTP/1.1 200 OK");
                    }
                });
            }
        });
        let open = monitor.problems(&ListQuery { query: "is:open".to_owned(), before: None, limit: 1_000 }).unwrap();
        let ids: Vec<i64> = open.rows.iter().map(|row| row.id).collect();
        assert_eq!(ids.len(), MANY);
        let act = |act| ProblemAct { ids: ids.clone(), act, by: "M. Rossi".to_owned(), note: None, until: None };
        let since = std::time::Instant::now();
        assert_eq!(monitor.problem_act(&act(ProblemActKind::Resolve)).unwrap().ids.len(), MANY);
        assert_eq!(monitor.problem_act(&act(ProblemActKind::TakeBack)).unwrap().ids.len(), MANY);
        let took = since.elapsed();
        // One commit for each would be a thousand syncs of the disk.
        assert!(took < Duration::from_secs(5), "{took:?}");
        let open = monitor.problems(&ListQuery { query: "is:open".to_owned(), before: None, limit: 1_000 }).unwrap();
        assert_eq!(open.rows.len(), MANY);
    });
}

#[test]
fn a_refusal_is_readable_soon_and_a_change_elsewhere_reaches_the_receiver() {
    let bench = Bench::new();
    webhook(&bench, "rome");
    let (monitor, elsewhere) = (bench.monitor().clone(), bench.another());
    serving(&bench, move |address| {
        assert_eq!(post(address, "rome", "no json"), "HTTP/1.1 400 Bad Request");
        let mut looks = 0;
        while monitor.rejections(10).unwrap().is_empty() {
            looks += 1;
            assert!(looks < 200, "the refusal is written down");
            std::thread::sleep(Duration::from_millis(25));
        }
        elsewhere.webhook_set_enabled("rome", false).unwrap();
        looks = 0;
        while post(address, "rome", "{}") != "HTTP/1.1 410 Gone" {
            looks += 1;
            assert!(looks < 200, "the receiver hears of the change");
            std::thread::sleep(Duration::from_millis(25));
        }
    });
}

#[test]
fn credentials_in_the_clear_are_refused_before_anything_listens() {
    let bench = Bench::new();
    let form = WebhookForm {
        name: "a".to_owned(),
        slug: "a".to_owned(),
        authentication: "basic".to_owned(),
        username: Some("u".to_owned()),
        secret: Some("p".to_owned()),
        ..WebhookForm::default()
    };
    bench.monitor().webhook_add(&form).unwrap();
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let never = std::future::pending::<()>();
    let refused =
        runtime.block_on(serve(told(bench.monitor(), (Ipv4Addr::UNSPECIFIED, 0)), |_| {}, never)).unwrap_err();
    assert!(refused.message.contains("unencrypted"), "{refused}");
}

#[test]
fn the_last_delivery_is_the_last_by_its_order_when_the_clock_was_set_back() {
    let bench = Bench::new();
    webhook(&bench, "rome");
    let (monitor, clock) = (bench.monitor().clone(), bench.monitor().clone());
    serving(&bench, move |address| {
        assert_eq!(post(address, "rome", "{}"), "HTTP/1.1 200 OK");
        let first = monitor.receiver_status().last_arrival_at;
        clock.note_arrival(clock.now() - 3_600_000_000);
        let second = monitor.receiver_status().last_arrival_at;
        assert!(second < first && second.is_some(), "{second:?} after {first:?}");
    });
}
