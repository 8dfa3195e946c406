//! A real Caddy and a real nginx in front, each with the file of `docs/proxy.md`.

mod caddy;
mod checked;
mod nginx;

use std::net::{SocketAddr, TcpListener};
use std::path::PathBuf;
use std::process::{Command, Stdio};
use std::time::Duration;

use serde_json::Value;

use crate::harness::{Authority, Folder, NAME, PASSCODE, Post, Process, Ran, Serve, eventually, ran};

/// The page with the files.
const PAGE: &str = include_str!("../docs/proxy.md");

/// What a delivery may be long.
const LIMIT: usize = 1024 * 1024;

/// What stands in front.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    Caddy,
    Nginx,
}

const BOTH: [Kind; 2] = [Kind::Caddy, Kind::Nginx];

/// What stands in front, by which name, and in what its file differs from the page's.
#[derive(Debug, Clone, Copy)]
struct Front {
    kind: Kind,
    /// The name it is called by.
    name: &'static str,
    /// Words of the file, and those in their place.
    edits: &'static [(&'static str, &'static str)],
    /// Caddy, too, has a certificate of a test's authority, good for long: its own are good for hours.
    proven: bool,
}

impl From<Kind> for Front {
    fn from(kind: Kind) -> Self {
        Self { kind, name: NAME, edits: &[], proven: false }
    }
}

impl Front {
    fn start(self, folder: &Folder, behind: SocketAddr, port: u16) -> Process {
        match self.kind {
            Kind::Caddy => caddy::start(self, folder, behind, port),
            Kind::Nginx => nginx::start(self, folder, behind, port),
        }
    }

    /// The page's file, edited.
    fn file(self) -> String {
        self.edits.iter().fold(self.kind.file().to_owned(), |file, (words, others)| {
            assert!(file.contains(words), "{words}: {file}");
            file.replace(words, others)
        })
    }
}

impl Kind {
    /// Where the certificate is that a client has to believe.
    fn root(self, folder: &Folder) -> PathBuf {
        match self {
            Self::Caddy if !folder.beside("root.pem").exists() => {
                folder.beside("caddy/caddy/pki/authorities/local/root.crt")
            }
            Self::Caddy | Self::Nginx => folder.beside("root.pem"),
        }
    }

    /// How long it keeps a connection to the receiver that is idle, as its file says.
    fn keeps(self) -> Duration {
        let before = match self {
            Self::Caddy => "keepalive ",
            Self::Nginx => "keepalive_timeout ",
        };
        let (_, rest) = self.file().split_once(before).expect("the file says how long");
        let digits: String = rest.chars().take_while(char::is_ascii_digit).collect();
        Duration::from_secs(digits.parse().expect("in seconds"))
    }

    /// The file as the page shows it.
    fn file(self) -> &'static str {
        let fence = match self {
            Self::Caddy => "```caddyfile\n",
            Self::Nginx => "```nginx\n",
        };
        let (_, rest) = PAGE.split_once(fence).expect("the page shows the file");
        rest.split_once("```").expect("the file ends").0
    }
}

/// The proxy, and the receiver behind it.
struct Site {
    kind: Kind,
    name: &'static str,
    folder: Folder,
    serve: Serve,
    port: u16,
    _proxy: Process,
}

/// Asserts that the program is there.
fn is_there(program: &str, option: &str) {
    let there = Command::new(program).arg(option).stdout(Stdio::null()).stderr(Stdio::null()).status();
    assert!(
        there.is_ok_and(|status| status.success()),
        "{program} is not there, and nothing passes a proxy unproven: `scripts/install test` installs it"
    );
}

/// A certificate of this name by an authority of its own, in files beside the data folder: `root.pem`, `fullchain.pem` and `key.pem`.
fn prove(folder: &Folder, name: &str) {
    let authority = Authority::new();
    let pair = authority.pair(&[name]);
    for (file, text) in [("root.pem", authority.root()), ("fullchain.pem", &pair.certificate), ("key.pem", &pair.key)] {
        std::fs::write(folder.beside(file), text).unwrap();
    }
}

fn free_port() -> u16 {
    TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port()
}

impl Site {
    /// A receiver with these options, which may receive on `signed`, and from `allow` on `listed`.
    fn new(front: impl Into<Front>, options: &[&str], allow: &str) -> Self {
        let front = front.into();
        let (kind, name) = (front.kind, front.name);
        let folder = Folder::new();
        folder.add_signed("signed");
        folder.run(&["webhook", "add", "Listed", "--slug", "listed", "--auth", "none", "--allow", allow]).good();
        let serve =
            Serve::start(&folder, &mut folder.command(&[&["serve", "--listen", "127.0.0.1:0"], options].concat()));
        let port = free_port();
        let proxy = front.start(&folder, serve.address(), port);
        let site = Self { kind, name, folder, serve, port, _proxy: proxy };
        eventually(&format!("{kind:?} to answer"), || (site.curl("/healthz", &[]).code == Some(0)).then_some(()));
        site
    }

    /// curl to a path, believing the proxy's own authority alone: the status, how many connections, and what was said on stderr.
    fn curl(&self, path: &str, options: &[&str]) -> Ran {
        let mut command = Command::new("curl");
        self.folder.dress(&mut command);
        command.args([
            "--silent",
            "--show-error",
            "--output",
            "/dev/null",
            "--write-out",
            "%{http_code} %{num_connects}\\n",
        ]);
        command
            .arg("--cacert")
            .arg(self.kind.root(&self.folder))
            .arg("--resolve")
            .arg(format!("{}:{}:127.0.0.1", self.name, self.port));
        command.args(options).arg(self.url(path));
        ran(&mut command, b"")
    }

    fn url(&self, path: &str) -> String {
        format!("https://{}:{}{path}", self.name, self.port)
    }

    /// The options of curl that send `post`'s headers and body.
    fn sending(&self, post: &Post) -> Vec<String> {
        let body = self.folder.beside("body");
        std::fs::write(&body, post.body()).unwrap();
        let mut options = vec!["--data-binary".to_owned(), format!("@{}", body.display())];
        for (name, value) in post.headers().iter().filter(|(name, _)| name != "Host") {
            options.extend(["--header".to_owned(), format!("{name}: {}", String::from_utf8_lossy(value))]);
        }
        options
    }

    /// Posts with curl, and with these options more.
    fn post(&self, slug: &str, post: &Post, more: &[&str]) -> Ran {
        let sending = self.sending(post);
        let options: Vec<&str> = sending.iter().map(String::as_str).chain(more.iter().copied()).collect();
        self.curl(&format!("/hooks/{slug}"), &options)
    }

    #[track_caller]
    fn is_answered(&self, status: &str, slug: &str, post: &Post, more: &[&str]) {
        let said = self.post(slug, post, more).good();
        assert!(said.starts_with(status), "{status} is expected: {said}; {}", self.log());
    }

    /// Asserts that bodies of these lengths are refused. Caddy passes our 413 on and closes without waiting for the rest of the body: a client
    /// that is still sending may see the connection break instead, but nothing else, and not always. nginx takes it whole first.
    #[track_caller]
    fn is_too_long(&self, lengths: &[usize], version: &str) {
        let before = self.too_long().len();
        let mut answered = 0;
        for length in lengths {
            let said = self.post("signed", &signed_of(*length), &[version]);
            // Cut off while receiving or sending.
            let broke = self.kind == Kind::Caddy && matches!(said.code, Some(18 | 52 | 55 | 56 | 92));
            let refused = said.stdout.starts_with("413");
            assert!(refused || broke, "{said:?}; {}", self.log());
            answered += usize::from(refused);
        }
        assert!(answered > 0, "413 is passed on");
        eventually("the rejections", || (self.too_long().len() == before + lengths.len()).then_some(()));
    }

    /// What the receiver refused for its length.
    fn too_long(&self) -> Vec<Value> {
        self.folder.list("rejections", &["--limit", "1000"]).into_iter().filter(|row| row["status"] == 413).collect()
    }

    fn log(&self) -> String {
        std::fs::read_to_string(self.folder.beside("proxy.log")).unwrap_or_default()
    }

    fn newest(&self) -> Value {
        self.folder.events().remove(0)
    }
}

fn upload(slug: &str) -> Post {
    Post::upload(slug, "1", "2", "started")
}

/// A signed delivery of exactly so many bytes.
fn signed_of(length: usize) -> Post {
    let [before, after] = [r#"{"uploadId":"1","status":"started","filler":""#, r#""}"#];
    let body = [before, &"x".repeat(length - before.len() - after.len()), after].concat();
    Post::delivery("signed", "upload", body).signed(PASSCODE)
}

#[test]
fn a_proxy_is_believed_when_it_is_trusted_and_its_own_word_alone() {
    for kind in BOTH {
        // Everything of 127.0.0.0/8 is this computer: curl can come from one address, and the proxy from another.
        let site = Site::new(kind, &["--trusted-proxy", "127.0.0.1"], "127.0.0.2");
        site.is_answered("200", "listed", &upload("listed"), &["--interface", "127.0.0.2"]);
        assert_eq!(site.newest()["source_ip"], "127.0.0.2", "whom the proxy names is kept");
        site.is_answered("403", "listed", &upload("listed"), &["--interface", "127.0.0.3"]);
        let spoofed = upload("listed").header("X-Forwarded-For", "127.0.0.2").header("Forwarded", "for=127.0.0.2");
        site.is_answered("403", "listed", &spoofed, &["--interface", "127.0.0.3"]);
        assert_eq!(site.folder.events().len(), 1);
    }
}

#[test]
fn a_proxy_is_not_believed_when_it_is_not_trusted() {
    for kind in BOTH {
        let site = Site::new(kind, &["--trusted-proxy", "none"], "127.0.0.2");
        site.is_answered("403", "listed", &upload("listed"), &["--interface", "127.0.0.2"]);
        let rejection = eventually("the rejection", || site.folder.rejections(1).pop());
        assert_eq!(rejection["source_ip"], "127.0.0.1", "the proxy's own address counts");
        let near = Site::new(kind, &["--trusted-proxy", "none"], "127.0.0.1");
        near.is_answered("200", "listed", &upload("listed"), &["--interface", "127.0.0.3"]);
        assert_eq!(near.newest()["source_ip"], "127.0.0.1");
    }
}

#[test]
fn bytes_pass_untouched_up_to_the_limit_and_refusals_pass_too() {
    for kind in BOTH {
        let site = Site::new(kind, &["--trusted-proxy", "127.0.0.1"], "127.0.0.1");
        for version in ["--http1.1", "--http2"] {
            let odd = Post::delivery("signed", "upload", "\u{feff}{ \"status\" :\"started\",\r\n\"x\":\"\u{e9}\" }")
                .signed(PASSCODE);
            site.is_answered("200", "signed", &odd, &[version]);
            let digest = centrepoint::BodyDigest::of(odd.body()).to_string();
            assert_eq!(site.newest()["body_sha256"], digest.as_str(), "not a byte is another");

            let greatest = signed_of(LIMIT);
            assert_eq!(greatest.body().len(), LIMIT);
            site.is_answered("200", "signed", &greatest, &[version]);
            site.is_too_long(&[LIMIT + 1, LIMIT + 1, LIMIT + 1, LIMIT + 1, 4 * LIMIT], version);
            let chunked = ["--header", "Transfer-Encoding: chunked", version];
            site.is_answered("200", "signed", &signed_of(300_000), &chunked);
            site.is_answered("401", "signed", &upload("signed"), &[version]);
            site.is_answered("404", "nobody", &upload("nobody"), &[version]);
        }
        assert!(site.curl("/", &[]).good().starts_with("404"), "nothing else is passed on");
        assert_eq!(site.folder.events().len(), 6);
        let kept = site.folder.events();
        assert!(kept.iter().all(|event| event["authentication"] == "hmac"), "{kept:?}");
    }
}

#[test]
fn who_expects_a_100_gets_it() {
    for kind in BOTH {
        let site = Site::new(kind, &[], "127.0.0.1");
        let expecting = ["--http1.1", "--verbose", "--header", "Expect: 100-continue", "--expect100-timeout", "30"];
        let ran = site.post("signed", &signed_of(LIMIT), &expecting);
        assert!(ran.stderr.contains("HTTP/1.1 100 Continue"), "{}", ran.stderr);
        assert!(ran.good().starts_with("200"));
    }
}

#[test]
fn a_503_passes_with_its_retry_after() {
    for kind in BOTH {
        let site = Site::new(kind, &[], "127.0.0.1");
        let log = site.folder.path().join("log.db");
        let mut holder = Command::new("sqlite3");
        let mut holder = Process::start(holder.arg(log).stdin(Stdio::piped()).stdout(Stdio::piped()));
        let mut input = holder.child().stdin.take().unwrap();
        std::io::Write::write_all(&mut input, b"BEGIN EXCLUSIVE; SELECT 'held';\n").unwrap();
        std::io::Read::read_exact(&mut holder.child().stdout.take().unwrap(), &mut [0; 4]).unwrap();
        let post = upload("signed").signed(PASSCODE);
        let refused = site.post("signed", &post, &["--http1.1", "--verbose"]);
        assert!(refused.stderr.to_lowercase().contains("\n< retry-after: "), "{}", refused.stderr);
        assert!(refused.good().starts_with("503"));
        drop(input);
        holder.wait();
        eventually("the log to be writable again", || {
            site.post("signed", &post, &[]).stdout.starts_with("200").then_some(())
        });
    }
}

#[test]
fn connections_are_used_again_on_both_sides_and_the_proxy_lets_go_first() {
    for kind in BOTH {
        let site = Site::new(kind, &[], "127.0.0.1");
        let sending = site.sending(&upload("signed").signed(PASSCODE));
        let mut options: Vec<&str> = vec!["--http1.1"];
        let url = site.url("/hooks/signed");
        options.extend(sending.iter().map(String::as_str));
        for _ in 0..20 {
            options.push(&url);
        }
        let said = site.curl("/hooks/signed", &options).good();
        let connects: Vec<&str> = said.lines().collect();
        assert_eq!((connects[0], connects.len()), ("200 1", 21), "{said}");
        assert!(connects[1..].iter().all(|line| *line == "200 0"), "one connection to the proxy: {said}");
        // The proxy opens another one where the last is not back in its pool yet; once they are, none is needed.
        let behind = || connections_to(site.serve.address().port());
        std::thread::sleep(Duration::from_millis(500));
        let opened = behind();
        for _ in 0..5 {
            assert!(site.post("signed", &upload("signed").signed(PASSCODE), &[]).good().starts_with("200"));
            std::thread::sleep(Duration::from_millis(300));
        }
        let now = behind();
        assert!((1..=opened).contains(&now), "those behind it are used again: {opened}, then {now}");

        assert!(kind.keeps() < receiver::Limits::default().head, "the receiver would close before {kind:?} does");
    }
}

/// Connections to this port, those that ended a moment ago among them.
fn connections_to(port: u16) -> usize {
    let table = std::fs::read_to_string("/proc/net/tcp").expect("Linux lists its connections");
    let there = format!(":{port:04X}");
    table.lines().filter(|line| line.split_whitespace().nth(2).is_some_and(|remote| remote.ends_with(&there))).count()
}
