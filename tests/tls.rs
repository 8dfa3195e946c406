//! TLS from PEM files, seen by other people's programs: curl and openssl.

use std::net::TcpStream;
use std::path::Path;
use std::process::Command;
use std::time::{Duration, Instant};

use rustls::ProtocolVersion;

use crate::harness::{Answer, Folder, NAME, PASSCODE, Pair, Post, Ran, Serve, TLS_EVERYWHERE, Wire, eventually, ran};

/// A receiver of one signed webhook, with a good certificate.
fn signed() -> (Folder, Serve) {
    let folder = Folder::new();
    folder.add_signed("signed");
    let serve = folder.serve_tls(&folder.authority().pair(&[NAME]), &[]);
    (folder, serve)
}

fn upload(number: u32) -> Post {
    Post::upload("signed", &number.to_string(), "2", "started").signed(PASSCODE)
}

/// curl, which believes the folder's authority alone, posting `post` to the receiver under its name. It prints the status, the versions of
/// HTTP and how many connections it took.
fn curl(folder: &Folder, serve: &Serve, post: &Post, options: &[&str]) -> Ran {
    let root = folder.beside("root.pem");
    std::fs::write(&root, folder.authority().root()).unwrap();
    let (address, body) = (serve.address(), folder.beside("body"));
    std::fs::write(&body, post.body()).unwrap();
    let mut command = Command::new("curl");
    folder.dress(&mut command);
    command.args(["--silent", "--show-error", "--output", "/dev/null", "--write-out", "%{http_code} %{http_version}"]);
    command.arg("--cacert").arg(&root).arg("--data-binary").arg(format!("@{}", body.display()));
    command.arg("--resolve").arg(format!("{NAME}:{}:{}", address.port(), address.ip()));
    for (name, value) in post.headers().iter().filter(|(name, _)| name != "Host") {
        command.arg("--header").arg(format!("{name}: {}", String::from_utf8_lossy(value)));
    }
    command.args(options).arg(format!("https://{NAME}:{}/hooks/signed", address.port()));
    ran(&mut command, b"")
}

/// `openssl s_client` with these options, asking for the health; all it said.
fn s_client(serve: &Serve, options: &[&str]) -> (Option<i32>, String) {
    let mut command = Command::new("openssl");
    command.args(["s_client", "-quiet", "-connect", &serve.address().to_string()]).args(options);
    let Ran { code, stdout, stderr } =
        ran(&mut command, b"GET /healthz HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n");
    (code, stdout + &stderr)
}

fn ask(wire: &mut Wire, post: &Post) -> Answer {
    wire.send(&post.bytes()).answer()
}

#[test]
fn curl_delivers_over_either_version_and_http_1_1_alone() {
    let (folder, serve) = signed();
    assert_eq!(serve.url("signed"), format!("https://{}/hooks/signed", serve.address()), "and so it says on stdout");
    for options in [&["--tlsv1.2", "--tls-max", "1.2"][..], &["--tlsv1.3"], &["--http2"]] {
        let post = upload(1).with("X-ActiGraph-Delivery", options.concat());
        assert_eq!(curl(&folder, &serve, &post, options).good(), "200 1.1", "{options:?}");
    }
    let (version, protocol) = (serve.connect().agreed().0, serve.connect().agreed().1.map(<[u8]>::to_vec));
    assert_eq!((version, protocol), (Some(ProtocolVersion::TLSv1_3), Some(b"http/1.1".to_vec())));
    let events = folder.events();
    assert_eq!(events.len(), 3, "each is kept once: {events:?}");
    assert!(events.iter().all(|event| event["authentication"] == "hmac" && event["source_ip"] == "127.0.0.1"));
    let (status, rest) = serve.stop();
    assert!(status.success() && rest.is_empty(), "nothing else is printed: {rest:?}");
}

/// What is promised of framing, limits, bodies and handshakes holds through TLS as well: the same tests once more, through it.
#[test]
fn the_answers_are_the_same_through_tls() {
    let tests = std::env::current_exe().unwrap();
    let mut command = Command::new(tests);
    command.args(["answers::framing", "answers::limits", "answers::bodies", "answers::handshakes", "answers::paths"]);
    command.args(["answers::credentials", "answers::a_signed", "answers::health", "tokens::", "--test-threads", "2"]);
    let said = ran(command.env(TLS_EVERYWHERE, "1"), b"").good();
    let passed = said.split(" passed").next().and_then(|text| text.split(". ").last()?.parse::<u32>().ok());
    assert!(passed.is_some_and(|passed| passed >= 25), "they ran: {said}");
}

#[test]
fn a_renewed_pair_is_served_without_a_restart_and_a_half_written_one_is_not() {
    let (folder, serve) = signed();
    let mut old = serve.connect();
    let first = old.certificate();
    assert_eq!(ask(&mut old, &upload(1)).status, 200);

    let renewed = folder.authority().pair(&[NAME]);
    // The certificate is there, its key is not yet.
    std::fs::write(folder.beside("cert.pem"), &renewed.certificate).unwrap();
    eventually("the log to say so", || serve.stderr().contains("cannot be used as they are now").then_some(()));
    assert!(serve.stderr().contains("key.pem"), "with the file's name: {}", serve.stderr());
    let mut meanwhile = serve.connect();
    assert_eq!(meanwhile.certificate(), first, "what was in use goes on");
    assert_eq!(ask(&mut meanwhile, &upload(2)).status, 200);

    std::fs::write(folder.beside("key.pem"), &renewed.key).unwrap();
    eventually("the new one to be served", || (serve.connect().certificate() != first).then_some(()));
    assert_eq!(curl(&folder, &serve, &upload(3), &[]).good(), "200 1.1");
    assert_eq!(ask(&mut old, &upload(4)).status, 200, "a connection from before goes on as it began");
    assert_eq!(folder.events().len(), 4);

    std::fs::remove_file(folder.beside("cert.pem")).unwrap();
    eventually("the log to say so", || serve.stderr().contains("there is no such file").then_some(()));
    assert_eq!(curl(&folder, &serve, &upload(5), &[]).good(), "200 1.1", "files that are gone stop nothing");
}

#[test]
fn an_expired_certificate_is_served_and_loudly_told_of() {
    let folder = Folder::new();
    folder.add_signed("signed");
    let authority = folder.authority();
    for (years, said) in [([2001, 2002], "ended on 2002-01-01"), ([3000, 3001], "See whether the clock is right")] {
        let serve = folder.serve_tls(&authority.pair_of(&[NAME], years), &[]);
        eventually("the log to say so", || serve.stderr().contains(said).then_some(()));
        let refused = curl(&folder, &serve, &upload(1), &[]);
        assert_eq!(refused.code, Some(60), "who looks does not believe it: {refused:?}");
        assert_eq!(curl(&folder, &serve, &upload(1), &["--insecure"]).good(), "200 1.1", "who does not look is served");
    }
}

#[test]
fn what_cannot_be_used_is_said_at_the_start() {
    let folder = Folder::new();
    let [own, other] = [folder.authority().pair(&[NAME]), folder.authority().pair(&[NAME])];
    let openssl = |arguments: &[&str], input: &str| {
        let mut command = Command::new("openssl");
        ran(command.args(arguments), input.as_bytes()).good()
    };
    let encrypted = openssl(&["pkey", "-aes256", "-passout", "pass:secret"], &own.key);
    let old_form = openssl(&["ec", "-aes256", "-passout", "pass:secret"], &own.key);
    let (leaf, root) = own.certificate.split_at(own.certificate.len() - folder.authority().root().len());
    let backwards = [root, leaf].concat();
    let half = &own.certificate[..own.certificate.len() - 40];
    for (certificate, key, file, part) in [
        (own.certificate.as_str(), other.key.as_str(), "key.pem", "does not belong to the certificate"),
        (&own.key, &own.certificate, "cert.pem", "wrong way round"),
        (&own.certificate, &own.certificate, "key.pem", "wrong way round"),
        ("", &own.key, "cert.pem", "is empty"),
        (&own.certificate, "", "key.pem", "is empty"),
        (half, &own.key, "cert.pem", "cut short"),
        ("certificate", &own.key, "cert.pem", "not in PEM form"),
        (&own.certificate, &encrypted, "key.pem", "password"),
        (&own.certificate, &old_form, "key.pem", "password"),
        (&backwards, &own.key, "cert.pem", "number 2; put it first"),
    ] {
        let pair = Pair { certificate: certificate.to_owned(), key: key.to_owned() };
        let [certificate, key] = folder.pem(&pair);
        let serve = ["serve", "--listen", "127.0.0.1:0", "--tls-cert", &certificate, "--tls-key", &key];
        let said = folder.run(&serve).bad();
        assert!(said.contains(file) && said.contains(part), "{file}, {part}: {said}");
        assert!(said.trim().lines().count() <= 3, "in plain words: {said}");
    }
    let missing =
        ["serve", "--listen", "127.0.0.1:0", "--tls-cert", "/nowhere/cert.pem", "--tls-key", "/nowhere/key.pem"];
    assert!(folder.run(&missing).bad().contains("/nowhere/cert.pem cannot be used for TLS: there is no such file"));
    for one in [["--tls-cert", "cert.pem"], ["--tls-key", "key.pem"]] {
        let said = folder.run(&["serve", one[0], one[1]]).bad();
        assert!(said.contains("--tls-cert") && said.contains("--tls-key"), "both are wanted: {said}");
    }
}

#[test]
fn passwords_may_come_from_elsewhere_with_tls_and_not_without() {
    let folder = Folder::new();
    folder.add_basic("basic");
    let said = folder.run(&["serve", "--listen", "0.0.0.0:0"]).bad();
    assert!(said.contains("unencrypted") && said.contains("--tls-cert"), "{said}");
    let [certificate, key] = folder.pem(&folder.authority().pair(&[NAME]));
    let serve = ["serve", "--listen", "0.0.0.0:0", "--tls-cert", &certificate, "--tls-key", &key];
    let serve = Serve::start(&folder, &mut folder.command(&serve));
    let post = Post::upload("basic", "1", "2", "started").basic(crate::harness::USERNAME, crate::harness::PASSWORD);
    assert_eq!(serve.post(&post).status, 200);
    assert!(!serve.stderr().contains("without TLS"), "there is nothing to warn of: {}", serve.stderr());
}

#[test]
fn plain_http_to_the_port_is_closed_and_said_once() {
    let (folder, serve) = signed();
    for number in 0..50 {
        let mut wire = Wire::to(serve.address());
        wire.send(&upload(number).bytes());
        assert!(wire.closes(), "it is not answered in the clear");
    }
    assert_eq!(folder.events().len(), 0);
    let said = serve.stderr();
    assert_eq!(said.matches("plain HTTP was spoken").count(), 1, "a storm is one line: {said}");
    assert_eq!(serve.post(&upload(1)).status, 200);
}

#[test]
fn old_versions_are_refused_and_no_or_another_name_is_not() {
    let (_folder, serve) = signed();
    for version in ["-tls1", "-tls1_1"] {
        // openssl offers them only where it is told to lower its guard.
        let (_, said) = s_client(&serve, &[version, "-cipher", "ALL:@SECLEVEL=0"]);
        assert!(
            said.contains("SSL alert number") && !said.contains("HTTP/1.1"),
            "{version} is refused by the receiver: {said}"
        );
    }
    for options in [
        &["-tls1_2"][..],
        &["-tls1_3"],
        &["-noservername"],
        &["-servername", "another.example.com"],
        &["-servername", "under_score.example.com"],
    ] {
        let (_, said) = s_client(&serve, options);
        assert!(said.contains("HTTP/1.1 200"), "{options:?}: {said}");
    }
    let mut only_h2 = Command::new("openssl");
    only_h2.args(["s_client", "-connect", &serve.address().to_string(), "-alpn", "h2"]);
    let only_h2 = ran(&mut only_h2, b"");
    assert!(only_h2.stderr.contains("no application protocol"), "HTTP/2 alone is refused: {only_h2:?}");
}

#[test]
fn half_a_hello_is_closed_after_ten_seconds() {
    use std::io::{Read as _, Write as _};

    let (_folder, serve) = signed();
    let began = Instant::now();
    let mut half = TcpStream::connect(serve.address()).unwrap();
    half.set_read_timeout(Some(Duration::from_secs(40))).unwrap();
    half.write_all(&[22, 3, 1, 2, 0, 1, 0, 1, 252, 3, 3]).unwrap();
    let end = half.read(&mut [0; 100]).unwrap_or(0);
    let took = began.elapsed();
    assert_eq!(end, 0, "nothing is said to it");
    assert!((9..25).contains(&took.as_secs()), "ten seconds, not the thirty of a head: {took:?}");
}

#[test]
fn files_in_the_settings_are_served_and_taken_back_while_it_runs() {
    let folder = Folder::new();
    folder.add_signed("signed");
    let serve = folder.serve();
    let [certificate, key] = folder.pem(&folder.authority().pair(&[NAME]));
    settings(&folder.path(), &serde_json::json!({ "tls_certificate": certificate, "tls_key": key }));
    let client = folder.authority().client();
    let mut wire = eventually("TLS to be on", || Wire::to_tls(serve.address(), &client, NAME).ok());
    assert_eq!(ask(&mut wire, &upload(1)).status, 200);
    settings(&folder.path(), &serde_json::json!({}));
    eventually("TLS to be off", || Wire::to_tls(serve.address(), &client, NAME).err());
    assert_eq!(Wire::to(serve.address()).send(&upload(2).bytes()).answer().status, 200);
    assert_eq!(ask(&mut wire, &upload(3)).status, 200, "what began with TLS goes on with it");
}

/// Writes the settings, as another program of the same data folder would.
fn settings(folder: &Path, settings: &serde_json::Value) {
    let folder = store::DataFolder::open(folder).unwrap();
    store::State::open(&folder).unwrap().set_setting("settings", settings).unwrap();
}
