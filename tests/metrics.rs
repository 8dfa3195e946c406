//! Figures for a monitoring system, asked for over real sockets.

use std::io::{Read as _, Write as _};
use std::net::{SocketAddr, TcpStream};

use crate::harness::{Folder, PASSCODE, Post, Serve, eventually};

/// What nobody may find among the figures.
const SUBJECT: &str = "subject-7f3a";

/// A receiver whose figures are served at a free port.
fn watched(folder: &Folder) -> (Serve, SocketAddr) {
    let mut command = folder.command(&["serve", "--listen", "127.0.0.1:0", "--metrics", "127.0.0.1:0"]);
    let serve = Serve::start(folder, &mut command);
    let address = figures_address(&serve);
    (serve, address)
}

/// Where the program's log says that figures are.
fn figures_address(serve: &Serve) -> SocketAddr {
    eventually("the line that says where figures are", || {
        let text = serve.stderr();
        let (_, rest) = text.split_once("figures for monitoring address=http://")?;
        rest.split_once("/metrics")?.0.parse().ok()
    })
}

/// Everything that is answered.
fn asked(address: SocketAddr, request: &str) -> String {
    let mut stream = TcpStream::connect(address).expect("figures are served");
    stream.write_all(request.as_bytes()).unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).unwrap();
    answer
}

fn get(address: SocketAddr, path: &str, host: &str) -> String {
    asked(address, &format!("GET {path} HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n\r\n"))
}

fn figures(address: SocketAddr) -> String {
    let answer = get(address, "/metrics", &address.to_string());
    assert!(answer.starts_with("HTTP/1.1 200 OK\r\n"), "{answer}");
    answer.split_once("\r\n\r\n").expect("there is a body").1.to_owned()
}

/// One figure, once it is there.
fn figure(text: &str, name: &str) -> Option<f64> {
    let line = text.lines().find(|line| line.strip_prefix(name).is_some_and(|rest| rest.starts_with(' ')))?;
    line.rsplit_once(' ')?.1.parse().ok()
}

#[test]
fn what_happens_is_in_the_figures_and_nobody_it_happened_to() {
    let folder = Folder::new();
    folder.add_signed("signed");
    let (serve, address) = watched(&folder);
    let of = |name: &str| figure(&figures(address), &format!("centrepoint_monitor_{name}"));
    assert_eq!(of("deliveries_accepted_total{webhook=\"signed\"}"), Some(0.0), "from the beginning on");
    assert_eq!(of("last_delivery_age_seconds"), None, "nothing came");
    assert_eq!(of("receiver_state{state=\"receiving\"}"), Some(1.0));

    for number in 0..3 {
        let post = Post::upload("signed", &number.to_string(), SUBJECT, "error").signed(PASSCODE);
        assert_eq!(serve.post(&post).status, 200);
    }
    assert_eq!(serve.post(&Post::upload("signed", "9", SUBJECT, "error").signed("wrong")).status, 401);
    assert_eq!(serve.post(&Post::upload("nobody", "9", SUBJECT, "error")).status, 404);
    let text = eventually("three problems", || {
        Some(figures(address)).filter(|text| figure(text, "centrepoint_monitor_problems_open") == Some(3.0))
    });
    let is = |name: &str| figure(&text, &format!("centrepoint_monitor_{name}"));
    assert_eq!(is("deliveries_accepted_total{webhook=\"signed\"}"), Some(3.0));
    assert_eq!(is("requests_refused_total{reason=\"signature_differs\"}"), Some(1.0));
    assert_eq!(is("counted_total{name=\"not_found\"}"), Some(1.0));
    assert_eq!(is("answers_later_total{reason=\"not_durable\"}"), Some(0.0));
    assert_eq!(is("durable_seconds_count"), Some(3.0));
    assert_eq!(is(&format!("build_info{{version=\"{}\"}}", env!("CARGO_PKG_VERSION"))), Some(1.0));
    assert!(is("last_delivery_age_seconds").is_some_and(|age| (0.0..60.0).contains(&age)), "{text}");
    assert!(is("disk_left_bytes") <= is("disk_total_bytes") && is("disk_left_bytes") > Some(0.0), "{text}");
    assert_eq!(is("write_queue_rows"), Some(0.0));
    assert_eq!(is("view_behind_rows"), Some(0.0));
    assert!(is("connections_open").is_some(), "{text}");
    for private in [SUBJECT, PASSCODE, "189", "127.0.0.1", "Signed study"] {
        assert!(!text.contains(private), "{private}: {text}");
    }
}

#[test]
fn every_name_is_in_the_it_guide() {
    let guide = include_str!("../docs/it-guide.md");
    let folder = Folder::new();
    folder.add_signed("signed");
    let (serve, address) = watched(&folder);
    assert_eq!(serve.post(&Post::upload("signed", "1", "2", "error").signed(PASSCODE)).status, 200);
    assert_eq!(serve.post(&Post::upload("signed", "1", "2", "error")).status, 401);
    assert_eq!(serve.post(&Post::upload("nobody", "1", "2", "error")).status, 404);
    let text = figures(address);
    let types = text.lines().filter_map(|line| line.strip_prefix("# TYPE centrepoint_monitor_"));
    let names: Vec<&str> = types.map(|rest| rest.split(' ').next().unwrap()).collect();
    assert!(names.len() >= 14, "{text}");
    for name in names {
        assert!(guide.contains(&format!("`{name}")), "{name} is not in docs/it-guide.md");
    }
}

#[test]
fn they_are_for_this_computer_and_asked_for_by_its_name() {
    let folder = Folder::new();
    let (serve, address) = watched(&folder);
    for host in ["localhost", "127.0.0.1:1", "[::1]"] {
        assert!(get(address, "/metrics", host).starts_with("HTTP/1.1 200 "), "{host}");
    }
    for host in ["evil.example", "hooks.example.org:9737", "localhost.evil.example", "192.0.2.7"] {
        let answer = get(address, "/metrics", host);
        assert!(answer.starts_with("HTTP/1.1 421 "), "a page whose name was led here: {host}: {answer}");
        assert!(!answer.contains("centrepoint_monitor"), "{answer}");
    }
    assert!(get(address, "/hooks/signed", "localhost").starts_with("HTTP/1.1 404 "), "nothing is received there");
    let reached = serve.connect().send(b"GET /metrics HTTP/1.1\r\nHost: localhost\r\n\r\n").answer();
    assert_eq!(reached.status, 404, "and they are not where CentrePoint sends to");
}

#[test]
fn an_address_that_others_reach_and_one_that_is_taken_are_errors_at_once() {
    let folder = Folder::new();
    for open in ["0.0.0.0:0", "[::]:0", "192.0.2.1:9737"] {
        let said = folder.run(&["serve", "--listen", "127.0.0.1:0", "--metrics", open]).bad();
        assert!(said.contains("other computers") && said.contains("127.0.0.1:9737"), "{open}: {said}");
    }
    let holder = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let taken = holder.local_addr().unwrap().to_string();
    let said = folder.run(&["serve", "--listen", "127.0.0.1:0", "--metrics", &taken]).bad();
    assert!(said.contains(&taken), "{said}");
}

#[test]
fn they_are_off_unless_wanted() {
    let folder = Folder::new();
    let serve = folder.serve();
    assert!(!serve.stderr().contains("figures for monitoring"), "{}", serve.stderr());
}
