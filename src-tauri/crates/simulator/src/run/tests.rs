use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::{Arc, Mutex};

use centrepoint::{Authentication, Credentials, Headers, Secret, Unverified, handshake};

use super::*;
use crate::{MAX_ATTEMPTS, Outcome, Pace, Scenario, run, run_steered};

/// One request as it stood on the wire.
#[derive(Debug, Clone)]
struct Request {
    line: String,
    headers: Headers,
    body: Vec<u8>,
}

impl Request {
    fn value(&self, name: &str) -> Option<String> {
        let values: Vec<_> = self.headers.all(name).map(|value| String::from_utf8(value.to_vec()).unwrap()).collect();
        assert!(values.len() < 2, "{name} stands there {} times", values.len());
        values.into_iter().next()
    }
}

/// What a server does with a request: an answer's status line and headers, or `None` to hang up.
type Behaviour = dyn Fn(&Request) -> Option<String> + Send + Sync;

/// A server as small as can be: it says `100 Continue` when asked to, keeps connections, and remembers all it was sent.
struct Server {
    url: String,
    seen: Arc<Mutex<Vec<Request>>>,
}

impl Server {
    fn start(behaviour: impl Fn(&Request) -> Option<String> + Send + Sync + 'static) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let url = format!("http://{}/hooks/study-189", listener.local_addr().unwrap());
        let seen = Arc::<Mutex<Vec<Request>>>::default();
        let (behaviour, remembered): (Arc<Behaviour>, _) = (Arc::new(behaviour), Arc::clone(&seen));
        thread::spawn(move || {
            for stream in listener.incoming() {
                let (behaviour, remembered) = (Arc::clone(&behaviour), Arc::clone(&remembered));
                thread::spawn(move || serve(stream.unwrap(), &*behaviour, &remembered));
            }
        });
        Self { url, seen }
    }

    /// One that accepts everything, as a receiver does.
    fn accepting() -> Self {
        Self::start(|request| Some(accepted(request)))
    }

    fn seen(&self) -> Vec<Request> {
        self.seen.lock().unwrap().clone()
    }

    /// All it was sent but the handshake.
    fn deliveries(&self) -> Vec<Request> {
        self.seen().into_iter().filter(|request| !handshake::is_handshake(&request.headers)).collect()
    }

    fn plan(&self, credentials: Credentials, count: u64) -> Plan {
        Plan {
            url: self.url.clone(),
            credentials,
            vendor_webhook_id: "15".into(),
            study_id: "189".into(),
            scenario: Scenario::Burst,
            count: Some(count),
            rate: 0.0,
            seed: 7,
            start: "2026-08-22T08:00:00Z".parse().unwrap(),
        }
    }
}

fn accepted(request: &Request) -> String {
    let code = handshake::code(&request.headers, &request.body).ok();
    let echo = code.map(|code| format!("{}: {}\r\n", handshake::HEADER, code.as_str())).unwrap_or_default();
    format!("200 OK\r\n{echo}")
}

fn serve(stream: TcpStream, behaviour: &Behaviour, seen: &Mutex<Vec<Request>>) {
    // A small write is sent at once; else each would wait for the other side's acknowledgement.
    stream.set_nodelay(true).unwrap();
    let mut reader = BufReader::new(stream.try_clone().unwrap());
    let mut writer = stream;
    loop {
        let mut head = Vec::new();
        while !head.ends_with(b"\r\n\r\n") {
            if reader.read_until(b'\n', &mut head).unwrap_or(0) == 0 {
                return;
            }
        }
        let (line, headers) = Headers::read_head(&head);
        let mut request = Request { line: String::from_utf8(line).unwrap(), headers, body: Vec::new() };
        if request.value("Expect").is_some() {
            assert!(reader.buffer().is_empty(), "the body waits until it is asked for");
            writer.write_all(b"HTTP/1.1 100 Continue\r\n\r\n").unwrap();
        }
        request.body.resize(request.value("Content-Length").unwrap().parse().unwrap(), 0);
        reader.read_exact(&mut request.body).unwrap();
        let answer = behaviour(&request);
        let asks_token = is_token_request(&request);
        seen.lock().unwrap().push(request);
        let Some(answer) = answer else { return };
        let text = if asks_token {
            r#"{"access_token":"t-1","token_type":"Bearer","expires_in":3600}"#
        } else {
            r#"{"title":"told"}"#
        };
        let answer = format!("HTTP/1.1 {answer}Content-Length: {}\r\n\r\n{text}", text.len());
        writer.write_all(answer.as_bytes()).unwrap();
    }
}

fn is_token_request(request: &Request) -> bool {
    request.line.starts_with("POST /hooks/study-189/token ")
}

fn client() -> Credentials {
    Credentials::OAuth2 { client_id: "an id".into(), client_secret: Secret::new("a+b:c") }
}

fn go(plan: &Plan) -> (Summary, Vec<Answer>) {
    let mut answers = Vec::new();
    let summary = run(plan, &AtomicBool::new(false), &mut |answer| answers.push(answer.clone())).unwrap();
    (summary, answers)
}

fn passcode() -> Credentials {
    Credentials::Hmac { passcode: Secret::new("B3`MlG4sJR.X^-%w=oG_UrNBEpszl?") }
}

#[test]
fn the_wire_is_the_vendors() {
    let server = Server::accepting();
    let plan = server.plan(passcode(), 120);
    let (summary, answers) = go(&plan);
    assert!(summary.all_accepted(), "{summary}");
    assert_eq!((summary.sent, summary.retries), (120, 0));
    assert_eq!(answers.len(), 120);

    let seen = server.seen();
    assert_eq!(seen.len(), 121);
    assert!(handshake::is_handshake(&seen[0].headers), "the handshake comes first");
    let body: serde_json::Value = serde_json::from_slice(&seen[0].body).unwrap();
    assert_eq!(body["ValidationCode"].as_str(), seen[0].value(handshake::HEADER).as_deref());
    assert_eq!(body["WebhookId"], "15");
    for request in &seen {
        assert_eq!(request.line, "POST /hooks/study-189 HTTP/1.1");
        assert_eq!(request.value("Expect").as_deref(), Some("100-continue"));
        assert_eq!(request.value("Content-Type").as_deref(), Some("application/json; charset=utf-8"));
        assert!(request.value("User-Agent").unwrap().starts_with("ActiGraph-Hookshot/1.0"));
        assert_eq!(request.headers.webhook_id().as_deref(), Some("15"));
        assert!(request.headers.delivery_id().is_some());
        assert_eq!(request.value("Accept"), None, "the vendor's client asks for nothing");
        let check = Unverified { headers: &request.headers, body: &request.body }.verify(&plan.credentials);
        assert_eq!(check.unwrap().authentication(), Authentication::Hmac);
    }
    let traced = seen.iter().filter(|request| request.value("traceparent").is_some()).count();
    assert!(traced > 10 && traced < 100, "{traced} of 121 carry a trace");
    let doubled = seen.iter().filter(|request| request.value("User-Agent").unwrap().contains("1.0 ActiGraph")).count();
    assert!(doubled > 0, "the name is sometimes doubled");
    let commas = seen.iter().filter(|request| request.value("X-ActiGraph-Webhook-Id").unwrap() == "15,").count();
    assert!(commas > 0 && commas < 20, "{commas} of 121 have the comma");
}

#[test]
fn what_arrives_is_the_stream_and_each_subjects_part_in_its_order() {
    let server = Server::accepting();
    let plan = server.plan(Credentials::None, 200);
    let (_, answers) = go(&plan);
    let sent: Vec<_> = deliveries(plan.scenario, plan.seed, &plan.study_id, plan.start).take(200).collect();
    let mut numbers: Vec<_> = answers.iter().map(|answer| answer.number).collect();
    numbers.sort_unstable();
    assert_eq!(numbers, (1..=200).collect::<Vec<_>>(), "each is answered for once");

    let arrived = server.deliveries();
    let lanes: std::collections::BTreeSet<_> = sent.iter().map(|delivery| delivery.lane).collect();
    for lane in lanes {
        let of_lane: Vec<_> = sent.iter().filter(|delivery| delivery.lane == lane).collect();
        let bodies: Vec<_> = of_lane.iter().map(|delivery| &delivery.body).collect();
        let arrived: Vec<_> =
            arrived.iter().map(|request| &request.body).filter(|body| bodies.contains(body)).collect();
        assert_eq!(arrived, bodies, "subject {lane}");
    }
}

#[test]
fn basic_and_none_send_what_they_are() {
    let server = Server::accepting();
    let basic = Credentials::Basic { username: "Jürgen".into(), password: Secret::new("a:b") };
    assert!(go(&server.plan(basic.clone(), 3)).0.all_accepted());
    for request in server.seen() {
        assert!(Unverified { headers: &request.headers, body: &request.body }.verify(&basic).is_ok());
        assert_eq!(request.value(centrepoint::headers::SIGNATURE), None);
    }
    let server = Server::accepting();
    assert!(go(&server.plan(Credentials::None, 3)).0.all_accepted());
    assert!(server.seen().iter().all(|request| request.value("Authorization").is_none()));
}

#[test]
fn without_a_passed_handshake_nothing_is_sent() {
    let wrong = Server::start(|_| Some(format!("200 OK\r\n{}: other\r\n", handshake::HEADER)));
    let refusing = Server::start(|_| Some("401 Unauthorized\r\n".into()));
    let silent = Server::start(|_| None);
    for (server, start) in [(&wrong, "200, but"), (&refusing, "401 {\"title\""), (&silent, "")] {
        let (summary, answers) = go(&server.plan(passcode(), 5));
        match &summary.handshake {
            Handshake::Failed(why) if !start.is_empty() => assert!(why.starts_with(start), "{why}"),
            Handshake::NoAnswer(why) if start.is_empty() => assert!(!why.is_empty()),
            other => panic!("{start}: {other:?}"),
        }
        assert_eq!((summary.sent, answers.len(), server.deliveries().len()), (0, 0, 0));
        assert!(!summary.all_accepted());
    }
    assert_eq!(silent.seen().len(), MAX_ATTEMPTS as usize, "an unanswered handshake is tried again");
}

#[test]
fn answers_are_counted_by_status_and_told_once() {
    let server = Server::start(|request| {
        let is_upload = request.headers.event_name().as_deref() == Some("upload");
        Some(if is_upload { "401 Unauthorized\r\n".into() } else { accepted(request) })
    });
    let (summary, answers) = go(&server.plan(passcode(), 60));
    let uploads = answers.iter().filter(|answer| answer.event == "upload").count() as u64;
    assert!(uploads > 0);
    assert_eq!(summary.answers, [(200, 60 - uploads), (401, uploads)].into());
    assert_eq!(summary.errors, [r#"401 {"title":"told"}"#]);
    assert!(answers.iter().all(|answer| answer.attempts == 1), "a refusal is an answer: it is not retried");
}

#[test]
fn no_answer_is_tried_again_with_the_same_id_and_body() {
    let server = Server::start(|request| handshake::is_handshake(&request.headers).then(|| accepted(request)));
    let (summary, answers) = go(&server.plan(passcode(), 4));
    assert_eq!((summary.sent, summary.unanswered), (4, 4));
    assert_eq!(summary.retries, 4 * u64::from(MAX_ATTEMPTS - 1));
    assert!(answers.iter().all(|answer| matches!(&answer.outcome, Outcome::NoAnswer(why) if !why.is_empty())));
    for answer in &answers {
        let all = server.deliveries();
        let id = |request: &&Request| request.headers.delivery_id().unwrap().0 == answer.delivery_id;
        let attempts: Vec<_> = all.iter().filter(id).collect();
        assert!(attempts.len() >= MAX_ATTEMPTS as usize);
        assert!(attempts.iter().all(|request| request.body == attempts[0].body));
    }
}

#[test]
fn an_oauth2_client_asks_for_one_token_and_sends_everything_with_it() {
    let server = Server::accepting();
    let mut plan = server.plan(client(), 30);
    plan.url += "/?ignored";
    let (summary, _) = go(&plan);
    assert!(summary.all_accepted(), "{summary}");
    let seen = server.seen();
    assert_eq!(seen.iter().filter(|request| is_token_request(request)).count(), 1);
    assert!(is_token_request(&seen[0]), "before anything else");
    let basic =
        format!("Basic {}", base64::Engine::encode(&base64::engine::general_purpose::STANDARD, "an+id:a%2Bb%3Ac"));
    assert_eq!(seen[0].value("Authorization"), Some(basic));
    assert!(seen[0].body.starts_with(b"grant_type=client_credentials"));
    assert!(seen[1..].iter().all(|request| request.value("Authorization").as_deref() == Some("Bearer t-1")));
    assert!(handshake::is_handshake(&seen[1].headers), "the handshake carries it, too");
}

#[test]
fn a_refused_token_is_replaced_once_and_a_refused_client_is_said() {
    let server = Server::start(|request| {
        let is_upload = request.headers.event_name().as_deref() == Some("upload");
        Some(if is_upload { "401 Unauthorized\r\n".into() } else { accepted(request) })
    });
    let (summary, _) = go(&server.plan(client(), 20));
    let uploads = summary.answers[&401];
    assert_eq!(summary.sent, 20);
    let sent = server.deliveries().iter().filter(|request| !is_token_request(request)).count() as u64;
    assert_eq!(sent, 20 + uploads, "each refused one was sent twice, with a fresh token");

    let stranger = Server::start(|request| {
        Some(if is_token_request(request) { "401 Unauthorized\r\n".into() } else { accepted(request) })
    });
    let (summary, _) = go(&stranger.plan(client(), 20));
    assert!(matches!(&summary.handshake, Handshake::Failed(why) if why.starts_with("401")), "{summary}");
    assert_eq!(stranger.seen().len(), 1, "without a token nothing is sent");
}

#[test]
fn an_address_where_nobody_listens_is_a_handshake_without_an_answer() {
    let port = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
    let server = Server { url: format!("http://127.0.0.1:{port}/hooks/a"), seen: Arc::default() };
    let (summary, _) = go(&server.plan(Credentials::None, 1));
    assert!(matches!(summary.handshake, Handshake::NoAnswer(_)), "{summary}");
}

#[test]
fn a_stop_ends_an_endless_run() {
    let server = Server::accepting();
    let plan = Plan { count: None, ..server.plan(passcode(), 0) };
    let stop = AtomicBool::new(false);
    let mut answers = 0;
    let summary = run(&plan, &stop, &mut |_| {
        answers += 1;
        stop.store(answers >= 25, Ordering::Relaxed);
    });
    let summary = summary.unwrap();
    assert_eq!(summary.sent, answers);
    let most = 25 + u64::try_from(SENDERS * (QUEUE + 1) + ANSWERS).unwrap();
    assert!((25..=most).contains(&summary.sent), "{} were sent after the stop", summary.sent);

    let stopped = AtomicBool::new(true);
    let summary = run(&plan, &stopped, &mut |_| panic!("nothing is sent once stopped")).unwrap();
    assert_eq!(summary.sent, 0);
}

#[test]
fn a_plan_that_cannot_be_carried_out_is_said_at_once() {
    let server = Server::accepting();
    let plan = server.plan(Credentials::None, 1);
    let refused = |plan: &Plan| run(plan, &AtomicBool::new(false), &mut |_| {}).unwrap_err().to_string();
    for (url, why) in [
        ("localhost:8737/hooks/a", "it begins with neither http:// nor https://"),
        ("ftp://a/b", "it begins with neither http:// nor https://"),
        ("", "it begins with neither http:// nor https://"),
        ("http://a b/", "invalid uri character"),
        ("http://", "it names no host"),
        ("HTTPS:///a", "it names no host"),
        ("http://:80/a", "it names no host"),
    ] {
        assert_eq!(
            refused(&Plan { url: url.into(), ..plan.clone() }),
            format!("{url} is not an address to send to: {why}")
        );
    }
    let with_password = refused(&Plan { url: "http://user:hunter2@a/b".into(), ..plan.clone() });
    assert!(!with_password.contains("hunter2") && with_password.contains("do not belong"), "{with_password}");
    for rate in [-1.0, f64::NAN, f64::INFINITY] {
        assert!(refused(&Plan { rate, ..plan.clone() }).starts_with("the rate is"));
    }
    assert!(refused(&Plan { vendor_webhook_id: "1\r\nX: y".into(), ..plan.clone() }).contains("webhook id"));
    let colon = Credentials::Basic { username: "a:b".into(), password: Secret::new("c") };
    assert!(refused(&Plan { credentials: colon, ..plan.clone() }).contains("colon"));
    assert!(server.seen().is_empty(), "none of these sent anything");
}

#[test]
fn a_run_is_paused_and_goes_on_where_it_was() {
    let server = Server::accepting();
    let plan = Plan { rate: 200.0, ..server.plan(passcode(), 40) };
    let dial = Dial::new(Pace { is_paused: true, ..Pace::of(&plan) });
    let stop = AtomicBool::new(false);
    thread::scope(|scope| {
        let run = scope.spawn(|| run_steered(&plan, &dial, &stop, &mut |_| {}).unwrap());
        thread::sleep(Duration::from_millis(200));
        assert_eq!(server.deliveries().len(), 0, "paused from the beginning");
        assert!(!dial.turn(Pace { rate: f64::INFINITY, ..dial.pace() }), "no rate");
        assert!(dial.turn(Pace { is_paused: false, rate: 0.0, ..dial.pace() }));
        assert_eq!(run.join().unwrap().sent, 40);
    });
    let stream: Vec<_> = deliveries(plan.scenario, plan.seed, &plan.study_id, plan.start).take(40).collect();
    let mut sent: Vec<_> = server.deliveries().iter().map(|request| request.body.clone()).collect();
    let mut wanted: Vec<_> = stream.into_iter().map(|delivery| delivery.body).collect();
    sent.sort();
    wanted.sort();
    assert_eq!(sent, wanted, "nothing is left out or sent twice for it");
}
