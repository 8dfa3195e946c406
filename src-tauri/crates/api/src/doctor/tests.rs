//! Each check turned red on purpose, and green by what it advises: against a real receiver, and real servers that are none.

mod served;

use std::io::{Read as _, Write as _};
use std::net::{Ipv4Addr, SocketAddr, TcpListener};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use receiver::tls::Roots;
use tokio::sync::oneshot;

use super::site::{Site, Way};
use super::{Finding, Outside, certificate, clock, contact, handshake, path, port, proxy, running, signature, tasks};
use crate::Monitor;
use crate::receiving;
use crate::testing::{Bench, Pem};
use crate::wire::{CheckLevel, Settings, WaitingFor, WebhookForm};

/// A receiver that runs on the bench's folder.
struct Running {
    address: SocketAddr,
    end: Option<oneshot::Sender<()>>,
    thread: Option<std::thread::JoinHandle<()>>,
}

impl Running {
    fn on(monitor: &Monitor) -> Self {
        let (end, ended) = oneshot::channel::<()>();
        let (told, heard) = std::sync::mpsc::sync_channel(1);
        let monitor = monitor.clone();
        let thread = std::thread::spawn(move || {
            let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build().unwrap();
            runtime.block_on(async {
                let ended = async { ended.await.unwrap_or_default() };
                let address = SocketAddr::from((Ipv4Addr::LOCALHOST, 0));
                monitor.use_address(address, crate::wire::AddressFrom::CommandLine);
                receiving::serve(&monitor, |at| told.send(at.address).unwrap(), ended).await.unwrap();
            });
        });
        let address = heard.recv_timeout(Duration::from_secs(20)).unwrap();
        Self { address, end: Some(end), thread: Some(thread) }
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        let _ = self.end.take().map(|end| end.send(()));
        let _ = self.thread.take().map(std::thread::JoinHandle::join);
    }
}

/// A server that answers every request with the same words, as often as it is asked.
struct Fixed(SocketAddr, Arc<AtomicBool>);

impl Fixed {
    fn says(head: &str, body: &str) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        let answer = format!("HTTP/1.1 {head}\r\nContent-Length: {}\r\nConnection: close\r\n\r\n{body}", body.len());
        let over = Arc::new(AtomicBool::new(false));
        let seen = Arc::clone(&over);
        std::thread::spawn(move || {
            for stream in listener.incoming() {
                if seen.load(Ordering::SeqCst) {
                    break;
                }
                let Ok(mut stream) = stream else { break };
                let _ = stream.set_read_timeout(Some(Duration::from_secs(2)));
                let _ = stream.read(&mut [0; 8192]);
                let _ = stream.write_all(answer.as_bytes());
            }
        });
        Self(address, over)
    }
}

impl Drop for Fixed {
    fn drop(&mut self) {
        self.1.store(true, Ordering::SeqCst);
        let _ = std::net::TcpStream::connect(self.0);
    }
}

fn hmac(slug: &str) -> WebhookForm {
    WebhookForm {
        name: format!("Study {slug}"),
        slug: slug.to_owned(),
        authentication: "hmac".to_owned(),
        secret: Some("passcode".to_owned()),
        ..WebhookForm::default()
    }
}

/// A folder with a webhook, whose secrets are in files.
fn bench() -> Bench {
    let bench = Bench::new();
    bench.monitor().webhook_add(&hmac("signed")).unwrap();
    bench
}

/// An authority that vouches for nobody here.
fn strangers() -> Roots {
    Roots::of(&[served::authority(&Pem::until(&["a.example"], "2037-01-01").files().certificate)])
}

/// As the checks see it; the far way is `public`, in the clear where a test says so.
fn site(monitor: &Monitor, public: &str) -> Site {
    Site::of(monitor).unwrap().believing(strangers(), public)
}

#[track_caller]
fn is(finding: &Finding, level: CheckLevel, words: &str) {
    assert_eq!(finding.level, level, "{finding:?}");
    assert!(finding.found.contains(words), "{words}: {finding:?}");
    assert_eq!(finding.next.is_none(), level == CheckLevel::Green, "red and amber say what to do: {finding:?}");
}

#[test]
fn the_port_is_ours_or_nobodys_or_somebody_elses() {
    let bench = bench();
    let monitor = bench.monitor();
    is(&port::check(&site(monitor, "")), CheckLevel::Red, "No receiver runs on this data folder");
    let running = Running::on(monitor);
    is(&port::check(&site(monitor, "")), CheckLevel::Green, "of this program answers");
    is(&port::check(&site(&bench.another(), "")), CheckLevel::Green, "another process than this one");
    let address = running.address;
    drop(running);
    let other = bench.another();
    is(&port::check(&site(&other, "")), CheckLevel::Red, &format!("nothing listens at http://{address}"));
    is(&port::check(&site(monitor, "")), CheckLevel::Red, "no receiver runs. The receiver is closed.");
    let foreign = Fixed::says("200 OK\r\nServer: nginx", "hello");
    other.remember_address(&format!("http://{}", foreign.0)).unwrap();
    let found = port::check(&site(&other, ""));
    is(&found, CheckLevel::Red, "belongs to another program");
    assert!(found.found.contains("200 as nginx"), "{found:?}");
    #[cfg(target_os = "linux")]
    assert!(found.found.contains(&format!("process {}", std::process::id())), "it names the program: {found:?}");
}

#[test]
fn the_way_from_outside_is_told_apart() {
    let bench = bench();
    let monitor = bench.monitor();
    is(&path::check(&site(monitor, "")), CheckLevel::Red, "No public address is entered");
    let running = Running::on(monitor);
    let here = format!("http://{}", running.address);
    is(&path::check(&site(monitor, &here)), CheckLevel::Green, "arrives at this very receiver");

    let closed = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let far = |fixed: &Fixed| path::check(&site(monitor, &format!("http://{}", fixed.0)));
    is(&path::check(&site(monitor, &format!("http://{closed}"))), CheckLevel::Red, "the connection is refused");
    is(&path::check(&site(monitor, "http://nowhere.invalid")), CheckLevel::Red, "(DNS)");
    for (head, body, words) in [
        ("502 Bad Gateway", "", "answers 502: it does not reach this computer"),
        ("504 Gateway Timeout", "", "answers 504"),
        ("530 ", "error 1033", "answers 530"),
        ("301 Moved\r\nLocation: https://other.example/", "", "answers 301 and sends on to “https://other.example/”"),
        ("200 OK\r\nServer: Apache", "welcome", "Somebody else answers"),
        ("404 Not Found", "", "Somebody else answers"),
        ("200 OK", r#"{"status": "ok"}"#, "A CentrePoint Monitor answers"),
        ("200 OK\r\nX-CentrePoint-Monitor-Proof: made-up", "{}", "Somebody else answers"),
    ] {
        is(&far(&Fixed::says(head, body)), CheckLevel::Red, words);
    }
    let slow = TcpListener::bind("127.0.0.1:0").unwrap();
    is(&path::check(&site(monitor, &format!("http://{}", slow.local_addr().unwrap()))), CheckLevel::Red, "in time");

    let another = self::bench();
    let elsewhere = Running::on(another.monitor());
    is(
        &path::check(&site(monitor, &format!("http://{}", elsewhere.address))),
        CheckLevel::Red,
        "A CentrePoint Monitor answers",
    );
    assert!(another.monitor().rejections(10).unwrap().is_empty(), "and nothing is kept there of having asked");
}

#[test]
fn a_proxy_that_changes_the_path_is_told() {
    let bench = bench();
    let running = Running::on(bench.monitor());
    let public = format!("http://{}/prefix", running.address);
    let mut site = site(bench.monitor(), &public);
    // What the proxy would be asked for is what the receiver is asked for here, less the prefix.
    let told = site.ask(Way::Far, "GET", "/healthz", &[], None).unwrap();
    assert_eq!(told.report.path, "/prefix/healthz");
    is(&path::check(&site), CheckLevel::Red, "arrives here as /prefix/healthz");
    site.settings.public_address = format!("http://{}", running.address);
    assert!(site.met(Way::Far).is_ok(), "asked once a checkup");
}

#[test]
fn a_handshake_to_oneself_is_echoed_and_kept_nowhere() {
    let bench = bench();
    let monitor = bench.monitor();
    let webhook = monitor.registered("signed").unwrap();
    is(&handshake::check(&site(monitor, ""), &webhook), CheckLevel::Amber, "does not answer");
    let running = Running::on(monitor);
    let here = format!("http://{}", running.address);
    is(&handshake::check(&site(monitor, ""), &webhook), CheckLevel::Amber, "no public address");
    is(&handshake::check(&site(monitor, &here), &webhook), CheckLevel::Green, "also by the public address");
    let unclear = site(monitor, &format!("http://{}", Fixed::says("502 Bad", "").0));
    is(&handshake::check(&unclear, &webhook), CheckLevel::Amber, "the way is not clear");
    monitor.webhook_set_enabled("signed", false).unwrap();
    let off = monitor.registered("signed").unwrap();
    is(&handshake::check(&site(monitor, &here), &off), CheckLevel::Amber, "switched off");
    assert_eq!(monitor.newest_event("").unwrap(), None);
    assert!(monitor.registered("signed").unwrap().handshake.is_none(), "no handshake of CentrePoint is made up");
    assert!(monitor.state().unsigned_handshakes().unwrap().is_empty());
    assert!(monitor.rejections(10).unwrap().is_empty());
}

#[test]
fn the_proof_is_tried_with_the_webhooks_own_secret() {
    let bench = bench();
    let monitor = bench.monitor();
    let checked = |slug: &str| {
        let here = monitor.receiver_status().address.unwrap_or_default();
        signature::check(&site(monitor, &here), &monitor.registered(slug).unwrap())
    };
    is(&checked("signed"), CheckLevel::Amber, "does not answer");
    let form =
        |slug: &str, authentication: &str| WebhookForm { authentication: authentication.to_owned(), ..hmac(slug) };
    let basic = WebhookForm { username: Some("user".to_owned()), ..form("basic", "basic") };
    monitor.webhook_add(&basic).unwrap();
    monitor.webhook_add(&WebhookForm { client_id: Some("client".to_owned()), ..form("tokens", "oauth2") }).unwrap();
    let open = WebhookForm { secret: None, confirmed_no_authentication: true, ..form("open", "none") };
    monitor.webhook_add(&open).unwrap();
    let running = Running::on(monitor);
    is(&checked("signed"), CheckLevel::Green, "also by the public address");
    is(&checked("basic"), CheckLevel::Green, "the receiver accepts them");
    is(&checked("tokens"), CheckLevel::Green, "here and by the receiver");
    is(&checked("open"), CheckLevel::Amber, "without proof");

    // Another secret than the one in use: changed behind the receiver's back.
    let secret = monitor.data_folder().join("secrets/signed");
    let kept = std::fs::read(&secret).unwrap();
    std::fs::write(&secret, "another").unwrap();
    is(&checked("signed"), CheckLevel::Red, "another secret in use");
    std::fs::remove_file(&secret).unwrap();
    is(&checked("signed"), CheckLevel::Red, "cannot be read");
    std::fs::write(&secret, kept).unwrap();
    is(&checked("signed"), CheckLevel::Green, "accepted");
    drop(running);
    assert!(monitor.rejections(10).unwrap().is_empty(), "nothing is kept of it");
    assert_eq!(monitor.newest_event("").unwrap(), None);
}

#[test]
fn a_proxy_is_told_to_name_whom_it_forwards_for_and_lists_make_it_urgent() {
    let bench = bench();
    let monitor = bench.monitor();
    is(&proxy::check(&site(monitor, "")), CheckLevel::Amber, "no request gets here");
    let running = Running::on(monitor);
    let here = format!("http://{}", running.address);
    is(&proxy::check(&site(monitor, &here)), CheckLevel::Amber, "nothing says whom they are forwarded for");
    monitor.webhook_edit(&WebhookForm { allow: vec!["vendor".to_owned()], secret: None, ..hmac("signed") }).unwrap();
    is(&proxy::check(&site(monitor, &here)), CheckLevel::Red, "cannot work like this");
    monitor.trust_proxies(&["127.0.0.1".to_owned()]).unwrap();
    let trusted = || proxy::check(&site(monitor, &here));
    let waited = (0..100).find(|_| {
        std::thread::sleep(Duration::from_millis(50));
        trusted().found.contains("is trusted, but")
    });
    assert!(waited.is_some(), "the receiver hears of it");
    is(&trusted(), CheckLevel::Red, "does not say whom it forwards for");
}

#[test]
fn contact_tells_apart_what_was_heard() {
    let bench = bench();
    let monitor = bench.monitor();
    let checked = || contact::check(&site(monitor, ""), &monitor.registered("signed").unwrap());
    let waiting = || monitor.webhook("signed").unwrap().waiting.map(|waiting| (waiting.state, waiting.signed));
    is(&checked(), CheckLevel::Amber, "never contacted");
    assert_eq!(waiting(), Some((WaitingFor::NeverContacted, None)));
    let running = Running::on(monitor);
    let send = |headers: &[(&str, &str)], body: &str| {
        let url = format!("http://{}/hooks/signed", running.address);
        super::client::ask("POST", &url, headers, Some(body.as_bytes()), super::client::Judged::ByKey).unwrap().status
    };
    let eventually = |wanted: WaitingFor| {
        let seen = (0..100).any(|_| {
            std::thread::sleep(Duration::from_millis(50));
            waiting().is_some_and(|(state, _)| state == wanted)
        });
        assert!(seen, "{wanted:?}: {:?}", waiting());
    };
    assert_eq!(send(&[], "{}"), 401);
    assert_eq!(send(&[("X-ActiGraph-Event", "validation"), ("X-ActiGraph-Hook-Secret", "c")], "{}"), 200);
    eventually(WaitingFor::HandshakeSeen);
    is(&checked(), CheckLevel::Green, "without a proof");
    bench.later(5);
    let wrong = centrepoint::authentication::sign(&centrepoint::Secret::new("wrong"), b"{}");
    let delivery = |signature: &str| {
        send(
            &[("X-ActiGraph-Delivery", "d-1"), ("X-ActiGraph-Event", "upload"), ("X-ActiGraph-Signature", signature)],
            "{}",
        )
    };
    assert_eq!(delivery(&wrong), 401);
    eventually(WaitingFor::Refused);
    is(&checked(), CheckLevel::Red, "signature differs");
    assert!(checked().next.unwrap().contains("same secret on both sides"));
    bench.later(5);
    let right = centrepoint::authentication::sign(&centrepoint::Secret::new("passcode"), b"{}");
    assert_eq!(delivery(&right), 200);
    assert_eq!(waiting(), None);
    is(&checked(), CheckLevel::Green, "the last one on 22 August 2026");
    bench.later(5);
    assert_eq!(delivery(&wrong), 401);
    let refused = (0..100).any(|_| {
        std::thread::sleep(Duration::from_millis(50));
        checked().level == CheckLevel::Red
    });
    assert!(refused, "{:?}", checked());
    is(&checked(), CheckLevel::Red, "since then one was refused");
}

#[test]
fn a_server_without_a_clock_or_with_a_wrong_one_is_told() {
    let bench = bench();
    let checked = |head: &str| {
        let fixed = Fixed::says(head, "");
        let mut site = site(bench.monitor(), "");
        site.clock = format!("http://{}", fixed.0);
        clock::check(&site)
    };
    // The bench's clock stands at 14:05:00.
    is(&checked("200 OK\r\nDate: Sat, 22 Aug 2026 14:05:01 GMT"), CheckLevel::Green, "agrees");
    is(&checked("403 Forbidden\r\nDate: Sat, 22 Aug 2026 14:04:00 GMT"), CheckLevel::Amber, "59 seconds ahead");
    is(&checked("200 OK\r\nDate: Sat, 22 Aug 2026 15:05:00 GMT"), CheckLevel::Red, "3600 seconds behind");
    is(&checked("200 OK"), CheckLevel::Amber, "does not say what time it is");
    let mut offline = site(bench.monitor(), "");
    offline.clock = "https://127.0.0.1:1".to_owned();
    is(&clock::check(&offline), CheckLevel::Amber, "gives no time (the connection was refused)");
}

#[test]
fn checks_run_side_by_side_and_none_is_waited_for_longer_than_its_limit() {
    let bench = bench();
    let site = Arc::new(site(bench.monitor(), ""));
    let (over, never) = std::sync::mpsc::sync_channel::<()>(0);
    let hang = Outside::new("hang", "Something that hangs", move || {
        let _ = never.recv();
        Finding::green("too late")
    });
    let fault = Outside::new("fault", "Something that fails", || panic!("on purpose"));
    let fine = Outside::new("fine", "Something fine", || Finding::green("fine"));
    let mut tasks = tasks(&site, vec![hang, fault, fine]);
    let tasks = tasks.split_off(tasks.len() - 3);
    let checkup = crate::wire::Checkup {
        running: true,
        begun_at: None,
        checks: tasks.iter().map(super::Task::row).collect(),
        text: String::new(),
    };
    let changes = std::cell::Cell::new(0);
    // Long enough for a busy computer to write down how the one that fails did.
    let limit = Duration::from_secs(4);
    let done = running::within(limit, &site, tasks, |_| changes.set(changes.get() + 1), checkup);
    let levels: Vec<_> = done.checks.iter().map(|check| check.level).collect();
    assert_eq!(levels, [CheckLevel::Amber, CheckLevel::Amber, CheckLevel::Green], "{done:?}");
    assert!(done.checks[0].found.contains("no answer within") && done.checks[1].found.contains("fault of its own"));
    assert_eq!(changes.get(), 3, "row by row");
    assert!(!done.running && !done.is_red());
    drop(over);
}

#[test]
fn the_whole_of_it_has_a_text_without_secrets() {
    let bench = bench();
    let monitor = bench.monitor();
    monitor
        .settings_set(&Settings { public_address: "https://127.0.0.1:1".to_owned(), ..Settings::default() })
        .unwrap();
    monitor.set_clock_server("https://127.0.0.1:1").unwrap();
    let outside = Outside::new("popups", "Pop-ups", || Finding::green("dunst shows them."));
    assert!(monitor.doctor().begun_at.is_none());
    let begun = monitor.doctor_start(vec![outside]).unwrap();
    assert!(begun.running && begun.checks.iter().any(|check| check.level == CheckLevel::Running));
    let ended = (0..400).any(|_| {
        std::thread::sleep(Duration::from_millis(50));
        !monitor.doctor().running
    });
    assert!(ended);
    let done = monitor.doctor();
    assert!(done.is_red());
    let ids: Vec<_> = done.checks.iter().map(|check| check.id.as_str()).collect();
    assert_eq!(
        ids,
        [
            "port",
            "path",
            "certificate",
            "proxy",
            "handshake",
            "signature",
            "contact",
            "clock",
            "keychain",
            "room",
            "popups"
        ]
    );
    assert!(
        done.text.contains("[wrong] The receiver listens") && done.text.contains("[well] Pop-ups"),
        "{}",
        done.text
    );
    assert!(done.text.contains("Next: Start CentrePoint Monitor"), "{}", done.text);
    assert!(!done.text.contains("passcode"), "{}", done.text);
}
