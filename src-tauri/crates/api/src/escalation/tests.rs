use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::TcpListener;
use std::sync::mpsc::{Receiver, sync_channel};

use store::NewArrival;
use store::state::{Alive, SignOfLife};
use study::Slug;

use super::keeper::Keeper;
use super::*;
use crate::testing::Bench;
use crate::wire::{ProblemAct, ProblemActKind, WebhookForm};

/// A chat that answers each message with the next of these, the last one for ever; what it was sent.
fn chat(answers: &'static [&'static str]) -> (String, Receiver<String>) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}/services/a-secret-token", listener.local_addr().unwrap());
    let (sender, told) = sync_channel(64);
    std::thread::spawn(move || {
        let mut answers = answers.iter().copied().peekable();
        for stream in listener.incoming() {
            let mut stream = BufReader::new(stream.unwrap());
            let mut length = 0;
            loop {
                let mut line = String::new();
                stream.read_line(&mut line).unwrap();
                if let Some(value) = line.to_ascii_lowercase().strip_prefix("content-length:") {
                    length = value.trim().parse().unwrap();
                }
                if line.trim().is_empty() {
                    break;
                }
            }
            let mut body = vec![0; length];
            stream.read_exact(&mut body).unwrap();
            let answer = if answers.len() > 1 { answers.next().unwrap() } else { answers.peek().unwrap() };
            let answer = format!("HTTP/1.1 {answer}\r\nConnection: close\r\nContent-Length: 0\r\n\r\n");
            stream.get_mut().write_all(answer.as_bytes()).unwrap();
            if sender.send(String::from_utf8(body).unwrap()).is_err() {
                return;
            }
        }
    });
    (url, told)
}

struct House {
    bench: Bench,
    log: store::Log,
    runtime: tokio::runtime::Runtime,
}

impl House {
    fn new(url: &str) -> Self {
        let bench = Bench::new();
        let form = WebhookForm {
            name: "Rome".to_owned(),
            slug: "rome".to_owned(),
            authentication: "none".to_owned(),
            ..WebhookForm::default()
        };
        bench.monitor().webhook_add(&form).unwrap();
        let log = store::Log::open(bench.monitor().folder(), std::sync::Arc::clone(bench.monitor().clock())).unwrap();
        bench.monitor().hold_log(Some(log.clone()));
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        let house = Self { bench, log, runtime };
        house.later(0);
        let rules = EscalationRules { on: true, ..EscalationRules::default() };
        let form = EscalationForm { rules, password: None, chat_url: Some(url.to_owned()) };
        house.bench.monitor().escalation_set(&form).unwrap();
        house
    }

    fn fails(&self, upload: &str) -> i64 {
        let body = format!(
            r#"{{"uploadId":"{upload}","studyId":"189","subjectId":"44732","status":"error","message":"battery of 44732 low"}}"#
        );
        let arrival = NewArrival {
            received_at: self.bench.monitor().now(),
            webhook: Slug::new("rome").unwrap(),
            head: b"POST /hooks/rome HTTP/1.1\r\nX-ActiGraph-Event: upload\r\n\r\n".to_vec(),
            body_sha256: centrepoint::BodyDigest::of(body.as_bytes()),
            body: body.into(),
            authentication: centrepoint::Authentication::None,
            mark: store::Mark::Plain,
            source_ip: "127.0.0.1".parse().unwrap(),
        };
        self.runtime.block_on(self.log.append(arrival)).unwrap().sequence
    }

    /// The clock goes on; the receiver is there.
    fn later(&self, minutes: i64) {
        self.bench.later(minutes * 60);
        let monitor = self.bench.monitor();
        let sign = SignOfLife { at: monitor.now(), boot: None, since_boot: 0, phase: store::state::Phase::Receiving };
        Alive::open(monitor.folder()).unwrap().note(&sign).unwrap();
    }

    /// One look, as a program does that was just started.
    fn look(&self) {
        let (_stop, stopped) = sync_channel(1);
        Keeper::new(self.bench.monitor().clone()).turn(&stopped).unwrap();
    }

    fn newest(&self) -> EscalationMessage {
        self.bench.monitor().escalation().unwrap().messages.remove(0)
    }
}

#[test]
fn what_nobody_acknowledged_goes_out_once_also_over_restarts_and_stands_in_its_story() {
    let (url, told) = chat(&["200 OK"]);
    let house = House::new(&url);
    let monitor = house.bench.monitor();
    let (first, second) = (house.fails("1"), house.fails("2"));
    house.look();
    assert!(told.try_recv().is_err(), "not yet");
    let act = ProblemAct {
        ids: vec![second],
        act: ProblemActKind::Acknowledge,
        by: "Ann".to_owned(),
        note: None,
        until: None,
    };
    monitor.problem_act(&act).unwrap();
    house.later(241);
    house.look();
    let message = told.recv().unwrap();
    assert!(message.contains("1 problem waits for somebody") && message.contains("Study 189"), "{message}");
    assert!(!message.contains("44732"), "no subject: {message}");
    let row = house.newest();
    assert_eq!((row.way.as_str(), row.standing.as_str(), row.tries, row.problems), ("chat", "sent", 1, 1));
    let story = monitor.problem(first).unwrap().story;
    assert!(story.iter().any(|line| line.what == "escalated" && line.text.as_deref() == Some("chat")), "{story:?}");
    house.later(60);
    house.look();
    assert!(told.try_recv().is_err(), "once");
}

#[test]
fn what_is_not_taken_is_tried_again_and_given_up_in_the_end() {
    let (url, told) = chat(&["500 Oops"]);
    let house = House::new(&url);
    let id = house.fails("1");
    house.later(241);
    house.look();
    let row = house.newest();
    assert_eq!((row.standing.as_str(), row.said.as_str(), row.next_at.is_some()), ("waiting", "500", true));
    for _ in 0..200 {
        house.later(1);
        house.look();
    }
    assert_eq!(told.try_iter().count(), 6);
    assert_eq!(house.newest().standing, "given_up");
    let story = house.bench.monitor().problem(id).unwrap().story;
    assert!(story.iter().any(|line| line.what == "not_escalated"), "{story:?}");
}

#[test]
fn what_is_seen_to_while_it_is_tried_again_is_withdrawn() {
    let (url, told) = chat(&["503 Busy", "200 OK"]);
    let house = House::new(&url);
    let id = house.fails("1");
    house.later(241);
    house.look();
    told.recv().unwrap();
    let act = ProblemAct { ids: vec![id], act: ProblemActKind::Resolve, by: "Ann".to_owned(), note: None, until: None };
    house.bench.monitor().problem_act(&act).unwrap();
    house.later(5);
    house.look();
    assert_eq!((told.try_recv().is_err(), house.newest().standing.as_str()), (true, "withdrawn"));
}

#[test]
fn that_nothing_is_received_goes_out_while_the_receiver_is_down() {
    let (url, told) = chat(&["200 OK"]);
    let house = House::new(&url);
    let monitor = house.bench.monitor();
    let rules = EscalationRules { on: true, after_hours: 0.000_000_1, ..EscalationRules::default() };
    monitor.escalation_set(&EscalationForm { rules, password: None, chat_url: None }).unwrap();
    house.look();
    assert!(told.try_recv().is_err());
    // The receiver gave its last sign an hour ago; this program is there.
    house.bench.later(3_600);
    let (_stop, stopped) = sync_channel(1);
    let mut keeper = Keeper::new(monitor.clone());
    std::thread::sleep(std::time::Duration::from_millis(5));
    keeper.turn(&stopped).unwrap();
    let message = told.recv().unwrap();
    assert!(message.contains("not receiving") && message.contains("Nothing has been received since"), "{message}");
    keeper.turn(&stopped).unwrap();
    assert!(told.try_recv().is_err(), "once");
}

#[test]
fn settings_are_checked_and_secrets_are_kept_elsewhere() {
    let (url, told) = chat(&["200 OK"]);
    let house = House::new(&url);
    let monitor = house.bench.monitor();
    let mail = || EscalationMail {
        host: "mail.example.org".to_owned(),
        port: 587,
        security: "starttls".to_owned(),
        username: "monitor".to_owned(),
        from: "monitor@example.org".to_owned(),
        to: vec![" ann@example.org ".to_owned()],
    };
    let set = |rules: EscalationRules, password: Option<&str>, url: Option<&str>| {
        let (password, chat_url) = (password.map(str::to_owned), url.map(str::to_owned));
        monitor.escalation_set(&EscalationForm { rules, password, chat_url })
    };
    let on = || EscalationRules { on: true, ..EscalationRules::default() };
    let none = EscalationRules { errors: false, stuck: false, silence: false, not_receiving: false, ..on() };
    for (field, rules, url) in [
        ("after_hours", EscalationRules { after_hours: 0.0, ..on() }, None),
        ("after_hours", EscalationRules { after_hours: f64::NAN, ..on() }, None),
        ("errors", none, None),
        ("on", on(), Some("")),
        ("chat_url", on(), Some("http://hooks.example.org/x")),
        ("mail_host", EscalationRules { mail: Some(EscalationMail { host: String::new(), ..mail() }), ..on() }, None),
        (
            "mail_security",
            EscalationRules { mail: Some(EscalationMail { security: "none".to_owned(), ..mail() }), ..on() },
            None,
        ),
        (
            "mail_security",
            EscalationRules { mail: Some(EscalationMail { security: "ssl".to_owned(), ..mail() }), ..on() },
            None,
        ),
        ("mail_to", EscalationRules { mail: Some(EscalationMail { to: Vec::new(), ..mail() }), ..on() }, None),
        (
            "mail_from",
            EscalationRules { mail: Some(EscalationMail { from: "x\ny@z".to_owned(), ..mail() }), ..on() },
            None,
        ),
    ] {
        let error = set(rules, None, url).unwrap_err();
        assert_eq!(error.field.as_deref(), Some(field), "{}", error.message);
    }
    let without = set(EscalationRules { mail: Some(mail()), ..on() }, None, None).unwrap_err();
    assert_eq!(without.field.as_deref(), Some("mail_password"));
    let kept = set(EscalationRules { mail: Some(mail()), ..on() }, Some("hunter2-canary"), None).unwrap();
    assert_eq!(kept.rules.mail.unwrap().to, ["ann@example.org"]);
    assert!(kept.password_place.is_some() && kept.chat_place.is_some());
    for name in ["state.db", "log.db", "state.db-wal", "log.db-wal"] {
        let bytes = std::fs::read(monitor.data_folder().join(name)).unwrap_or_default();
        for secret in ["hunter2-canary", "a-secret-token"] {
            assert!(!bytes.windows(secret.len()).any(|window| window == secret.as_bytes()), "{secret} in {name}");
        }
    }
    let forgotten = set(on(), Some(""), None).unwrap();
    assert_eq!((forgotten.password_place, forgotten.rules.mail), (None, None));
    let tested = monitor.escalation_test().unwrap();
    assert_eq!((tested[0].way.as_str(), tested[0].taken, tested[0].said.as_str()), ("chat", true, "200"));
    assert!(told.recv().unwrap().contains("This is a test"));
    set(EscalationRules::default(), None, Some("")).unwrap();
    assert_eq!(monitor.escalation_test().unwrap_err().field.as_deref(), Some("on"));
}
