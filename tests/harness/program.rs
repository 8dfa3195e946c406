//! The binary under test, in a data folder of its own.

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::SocketAddr;
use std::path::PathBuf;
use std::process::{Command, ExitStatus, Stdio};
use std::sync::mpsc::sync_channel;
use std::sync::{Arc, OnceLock};

use rustls::ClientConfig;
use serde_json::Value;

use super::{
    Answer, Authority, CLIENT_ID, CLIENT_SECRET, PASSCODE, PASSWORD, PATIENCE, Pair, Post, Process, USERNAME, Wire,
    eventually,
};

/// The program: `CENTREPOINT_MONITOR_BIN`, else the one cargo built beside these tests.
pub(crate) fn binary() -> PathBuf {
    let path = std::env::var_os("CENTREPOINT_MONITOR_BIN")
        .map_or_else(|| build_folder().join("centrepoint-monitor"), PathBuf::from);
    assert!(path.is_file(), "{} is not there: cargo build -p centrepoint-monitor", path.display());
    path
}

/// `target/debug`, from where this test program is: `target/debug/deps/outside-…`.
fn build_folder() -> PathBuf {
    let here = std::env::current_exe().expect("the system knows where this program is");
    here.ancestors().nth(2).expect("cargo puts tests two folders deep").to_path_buf()
}

/// Set, [`Folder::serve`] serves TLS: the same tests once more, through it.
pub(crate) const TLS_EVERYWHERE: &str = "CENTREPOINT_MONITOR_TESTS_TLS";

/// The name that CentrePoint would know the receiver by.
pub(crate) const NAME: &str = "hooks.example.org";

/// A folder for what a failed test leaves to look at: `target/outside`.
pub(crate) fn scrap() -> PathBuf {
    let folder = build_folder().parent().expect("the build folder has a parent").join("outside");
    std::fs::create_dir_all(&folder).expect("the target folder is writable");
    folder
}

/// What a command that ran to its end came to.
#[derive(Debug)]
pub(crate) struct Ran {
    /// Its exit code; `None` when a signal ended it.
    pub(crate) code: Option<i32>,
    /// Its standard output.
    pub(crate) stdout: String,
    /// Its standard error.
    pub(crate) stderr: String,
}

impl Ran {
    /// Asserts that it succeeded, and hands on what it printed.
    #[track_caller]
    pub(crate) fn good(self) -> String {
        assert_eq!(self.code, Some(0), "it should have succeeded: {self:?}");
        self.stdout
    }

    /// Asserts that it failed and said something for it on stderr, and hands that on.
    #[track_caller]
    pub(crate) fn bad(self) -> String {
        assert!(self.code.is_some_and(|code| code != 0), "it should have failed in good order: {self:?}");
        assert!(!self.stderr.trim().is_empty(), "a failure says why on stderr: {self:?}");
        assert!(!self.stderr.contains("panicked"), "a failure is no panic: {self:?}");
        self.stderr
    }
}

/// A data folder of one test, with a home folder of its own and no session bus, unless told otherwise.
pub(crate) struct Folder {
    dir: tempfile::TempDir,
    name: &'static str,
    environment: Vec<(String, String)>,
    authority: OnceLock<Authority>,
}

impl Folder {
    /// An empty one.
    pub(crate) fn new() -> Self {
        let dir = tempfile::Builder::new().prefix("cpm-").tempdir().expect("there is room for temporary files");
        std::fs::create_dir(dir.path().join("home")).expect("a fresh folder is writable");
        Self { dir, name: "data", environment: Vec::new(), authority: OnceLock::new() }
    }

    /// An empty one whose commands also see `environment`.
    pub(crate) fn with_environment(environment: Vec<(String, String)>) -> Self {
        Self { environment, ..Self::new() }
    }

    /// The same folder with its commands in another environment: another login, in a way.
    pub(crate) fn in_environment(self, environment: Vec<(String, String)>) -> Self {
        Self { environment, ..self }
    }

    /// The folder of this name beside it, in the same home.
    pub(crate) fn called(self, name: &'static str) -> Self {
        Self { name, ..self }
    }

    /// The data folder's path.
    pub(crate) fn path(&self) -> PathBuf {
        self.dir.path().join(self.name)
    }

    /// A path beside the data folder, for exports and the like.
    pub(crate) fn beside(&self, name: &str) -> PathBuf {
        self.dir.path().join(name)
    }

    /// The program with nothing of the caller's environment but `PATH`.
    pub(crate) fn bare_command(&self) -> Command {
        let mut command = Command::new(binary());
        self.dress(&mut command);
        command
    }

    /// Gives `command` the environment that the program's processes have here.
    pub(crate) fn dress(&self, command: &mut Command) {
        let home = self.dir.path().join("home");
        command
            .env_clear()
            .env("PATH", std::env::var_os("PATH").unwrap_or_default())
            .env("HOME", &home)
            .env("LANG", "C.UTF-8")
            .env("TZ", "UTC")
            .env("RUST_BACKTRACE", "1")
            .envs(self.environment.iter().map(|(name, value)| (name, value)))
            .current_dir(&home)
            .stdin(Stdio::null());
    }

    /// The program on this folder.
    pub(crate) fn command(&self, arguments: &[&str]) -> Command {
        let mut command = self.bare_command();
        command.arg("--data-dir").arg(self.path()).args(arguments);
        command
    }

    /// Runs a command to its end.
    pub(crate) fn run(&self, arguments: &[&str]) -> Ran {
        self.run_with(arguments, b"")
    }

    /// Runs a command to its end with `stdin` on its standard input.
    pub(crate) fn run_with(&self, arguments: &[&str], stdin: &[u8]) -> Ran {
        ran(&mut self.command(arguments), stdin)
    }

    /// Registers a webhook without authentication.
    pub(crate) fn add_open(&self, slug: &str) {
        self.run(&["webhook", "add", "Open study", "--slug", slug]).good();
    }

    /// Registers a webhook that checks signatures under [`PASSCODE`].
    pub(crate) fn add_signed(&self, slug: &str) {
        let arguments = ["webhook", "add", "Signed study", "--slug", slug, "--auth", "hmac", "--secret-stdin"];
        self.run_with(&arguments, format!("{PASSCODE}\n").as_bytes()).good();
    }

    /// Registers a webhook that checks [`USERNAME`] and [`PASSWORD`].
    pub(crate) fn add_basic(&self, slug: &str) {
        let arguments = [
            "webhook",
            "add",
            "Basic study",
            "--slug",
            slug,
            "--auth",
            "basic",
            "--username",
            USERNAME,
            "--secret-stdin",
        ];
        self.run_with(&arguments, format!("{PASSWORD}\n").as_bytes()).good();
    }

    /// Registers a webhook whose client is [`CLIENT_ID`] with [`CLIENT_SECRET`].
    pub(crate) fn add_tokens(&self, slug: &str) -> String {
        let arguments = [
            &["webhook", "add", "OAuth2 study", "--slug", slug, "--auth", "oauth2"][..],
            &["--client-id", CLIENT_ID, "--secret-stdin"],
        ]
        .concat();
        self.run_with(&arguments, format!("{CLIENT_SECRET}\n").as_bytes()).good()
    }

    /// Starts the receiver on a free port and waits until it accepts.
    pub(crate) fn serve(&self) -> Serve {
        if std::env::var_os(TLS_EVERYWHERE).is_some() {
            return self.serve_tls(&self.authority().pair(&[NAME]), &[]);
        }
        Serve::start(self, &mut self.command(&["serve", "--listen", "127.0.0.1:0"]))
    }

    /// The same with TLS from this pair, which is put into [`Folder::pem`], and with these options.
    pub(crate) fn serve_tls(&self, pair: &Pair, options: &[&str]) -> Serve {
        let [certificate, key] = self.pem(pair);
        let tls = ["serve", "--listen", "127.0.0.1:0", "--tls-cert", &certificate, "--tls-key", &key];
        Serve::start(self, &mut self.command(&[&tls, options].concat()))
    }

    /// Puts this pair into `cert.pem` and `key.pem` beside the data folder; their names.
    pub(crate) fn pem(&self, pair: &Pair) -> [String; 2] {
        [("cert.pem", &pair.certificate), ("key.pem", &pair.key)].map(|(name, text)| {
            let path = self.beside(name);
            std::fs::write(&path, text).expect("a fresh folder is writable");
            path.display().to_string()
        })
    }

    /// The authority that this folder's certificates come from.
    pub(crate) fn authority(&self) -> &Authority {
        self.authority.get_or_init(Authority::new)
    }

    /// `KIND --json` as values.
    pub(crate) fn list(&self, kind: &str, more: &[&str]) -> Vec<Value> {
        let mut arguments = vec![kind];
        arguments.extend(more);
        arguments.push("--json");
        json_lines(&self.run(&arguments).good())
    }

    /// Changes these settings; a receiver that runs has them within two seconds.
    pub(crate) fn set(&self, settings: &Value) {
        let file = self.beside("settings.json");
        let text = serde_json::json!({ "format": "centrepoint-monitor settings", "version": 1, "settings": settings });
        std::fs::write(&file, text.to_string()).expect("a fresh folder is writable");
        self.run(&["settings", "import", &file.display().to_string(), "--yes", "--by", "A test"]).good();
    }

    /// All events, newest first.
    pub(crate) fn events(&self) -> Vec<Value> {
        self.list("events", &["--limit", "1000000"])
    }

    /// Rejections, newest first, once there are `count`: they are readable within a second.
    pub(crate) fn rejections(&self, count: usize) -> Vec<Value> {
        eventually(&format!("{count} rejections"), || {
            Some(self.list("rejections", &[])).filter(|rows| rows.len() >= count)
        })
    }

    /// The problems.
    pub(crate) fn problems(&self) -> Vec<Value> {
        self.list("problems", &[])
    }
}

/// JSON Lines as values.
pub(crate) fn json_lines(text: &str) -> Vec<Value> {
    text.lines().map(|line| serde_json::from_str(line).unwrap_or_else(|e| panic!("not JSON ({e}): {line}"))).collect()
}

/// Runs `command` to its end with `stdin` on its standard input.
pub(crate) fn ran(command: &mut Command, stdin: &[u8]) -> Ran {
    let mut process = Process::start(command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()));
    let mut input = process.child().stdin.take().expect("stdin is a pipe");
    // A program that does not read its input may close it: that is no failure.
    let _ = input.write_all(stdin);
    drop(input);
    let mut stdout = process.child().stdout.take().expect("stdout is a pipe");
    let mut stderr = process.child().stderr.take().expect("stderr is a pipe");
    let errors = std::thread::spawn(move || {
        let mut text = Vec::new();
        stderr.read_to_end(&mut text).map(|_| text)
    });
    let mut output = Vec::new();
    stdout.read_to_end(&mut output).expect("a pipe can be read");
    let errors = errors.join().expect("the reader does not panic").expect("a pipe can be read");
    let text = |bytes| String::from_utf8(bytes).expect("the program prints UTF-8");
    Ran { code: process.wait().code(), stdout: text(output), stderr: text(errors) }
}

/// What a long-running process writes to stderr. When its test fails, it is left in [`scrap`] to look at.
pub(crate) struct Errors(PathBuf);

impl Errors {
    /// A file beside the data folder, and `command` writing to it.
    pub(crate) fn of(folder: &Folder, command: &mut Command) -> Self {
        let path = folder.beside(&format!("{}.stderr", super::fresh_id()));
        command.stderr(std::fs::File::create(&path).expect("a temporary file can be made"));
        Self(path)
    }

    /// What was written so far.
    pub(crate) fn text(&self) -> String {
        std::fs::read(&self.0).map(|bytes| String::from_utf8_lossy(&bytes).into_owned()).unwrap_or_default()
    }
}

impl Drop for Errors {
    fn drop(&mut self) {
        if std::thread::panicking() {
            let test = test_name();
            let name = self.0.file_name().unwrap_or_default().to_string_lossy().into_owned();
            let _ = std::fs::copy(&self.0, scrap().join(format!("{test}-{name}")));
        }
    }
}

/// The running test's name, fit for a file.
pub(crate) fn test_name() -> String {
    std::thread::current().name().unwrap_or("test").replace("::", "-")
}

/// A running receiver. Dropping it kills it.
pub(crate) struct Serve {
    process: Process,
    address: SocketAddr,
    /// Where it speaks TLS: who believes its authority.
    client: Option<Arc<ClientConfig>>,
    rest: std::thread::JoinHandle<String>,
    errors: Errors,
}

impl Serve {
    /// Starts `command`, which is some form of `serve` on `folder`, and waits for its line on stdout.
    pub(crate) fn start(folder: &Folder, command: &mut Command) -> Self {
        let errors = Errors::of(folder, command);
        let mut process = Process::start(command.stdout(Stdio::piped()));
        let stdout = process.child().stdout.take().expect("stdout is a pipe");
        let (tell, told) = sync_channel(1);
        let rest = std::thread::spawn(move || {
            let mut stdout = BufReader::new(stdout);
            let mut line = String::new();
            let _ = stdout.read_line(&mut line);
            let _ = tell.send(line);
            let mut rest = String::new();
            let _ = stdout.read_to_string(&mut rest);
            rest
        });
        let line = told.recv_timeout(PATIENCE).expect("the receiver says where it listens");
        let address = line
            .strip_prefix("listening on ")
            .and_then(|url| url.strip_prefix("https://").or_else(|| url.strip_prefix("http://")))
            .and_then(|text| text.trim_end().parse().ok())
            .unwrap_or_else(|| panic!("`serve` said {line:?}; stderr: {}", errors.text()));
        let client = line.starts_with("listening on https://").then(|| folder.authority().client());
        Self { process, address, client, rest, errors }
    }

    /// Where it listens.
    pub(crate) fn address(&self) -> SocketAddr {
        self.address
    }

    /// Its process id.
    pub(crate) fn id(&self) -> u32 {
        self.process.id()
    }

    /// The address of a webhook.
    pub(crate) fn url(&self, slug: &str) -> String {
        let scheme = if self.client.is_some() { "https" } else { "http" };
        format!("{scheme}://{}/hooks/{slug}", self.address)
    }

    /// A connection.
    pub(crate) fn connect(&self) -> Wire {
        match &self.client {
            Some(client) => Wire::to_tls(self.address, client, NAME).unwrap_or_else(|e| panic!("the handshake: {e}")),
            None => Wire::to(self.address),
        }
    }

    /// Posts on a connection of its own.
    pub(crate) fn post(&self, post: &Post) -> Answer {
        self.connect().send(&post.bytes()).answer()
    }

    /// What it wrote to stderr so far.
    pub(crate) fn stderr(&self) -> String {
        self.errors.text()
    }

    /// Asks it to end and waits. Returns how it ended and what else it had printed on stdout.
    pub(crate) fn stop(mut self) -> (ExitStatus, String) {
        self.process.signal("TERM");
        let status = self.process.wait();
        (status, self.rest.join().expect("the reader does not panic"))
    }

    /// Sends it a signal.
    pub(crate) fn signal(&self, signal: &str) {
        self.process.signal(signal);
    }

    /// Takes it away without a warning, as a power cut would.
    pub(crate) fn kill(mut self) {
        self.process.signal("KILL");
        self.process.wait();
    }
}
