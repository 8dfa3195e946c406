//! A secret that would be recognised anywhere is set, used rightly and wrongly, exported, logged in every detail and simulated;
//! then everything the program leaves behind is searched for it, in every spelling it travels in.

use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::Stdio;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use crate::harness::{Bus, CLIENT_ID, Folder, Post, Process, Serve, USERNAME, eventually, form_encoded};

/// With what forms, headers and JSON escape, and long enough that no chance holds it.
const CANARY: &str = "Canary 7f3a+do%not:write&me=anywhere\"";

/// How the canary may be spelled.
fn spellings() -> Vec<String> {
    let escaped = form_encoded(CANARY);
    let hex = CANARY.bytes().map(|byte| format!("{byte:02x}")).collect::<Vec<_>>().concat();
    let mut all = vec![
        CANARY.to_owned(),
        CANARY.replace('"', "\\\""),
        CANARY.replace('"', "\\u0022"),
        escaped.replace('+', "%20"),
        escaped.to_lowercase(),
        hex.to_uppercase(),
        hex,
    ];
    // In base64 a text looks different at each of three places; what depends on its neighbours is left out.
    for text in [CANARY, &escaped] {
        for before in 0..3 {
            let encoded = STANDARD.encode(["x".repeat(before), text.to_owned()].concat());
            let (begin, end) = ((before * 8).div_ceil(6), (before + text.len()) * 8 / 6);
            all.extend([encoded[begin..end].to_owned(), encoded[begin..end].replace('+', "-").replace('/', "_")]);
        }
    }
    all.push(escaped);
    all
}

#[track_caller]
fn is_clean(what: &str, bytes: &[u8]) {
    for spelling in spellings() {
        let found = bytes.windows(spelling.len()).position(|window| window == spelling.as_bytes());
        assert_eq!(found, None, "{what} holds the secret, spelled {spelling}");
    }
}

/// Every file below `folder`, but not what is in `without`.
fn files(folder: &Path, without: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path == without {
            continue;
        }
        if path.is_dir() { found.extend(files(&path, without)) } else { found.push(path) }
    }
    found
}

/// The process has it neither in its arguments nor in its environment, which others can read.
fn is_clean_process(id: u32) {
    for file in ["cmdline", "environ"] {
        // Empty for a moment, until the program has taken the place of the process that started it.
        let bytes = eventually(&format!("the {file} of a running process"), || {
            std::fs::read(format!("/proc/{id}/{file}")).ok().filter(|bytes| !bytes.is_empty())
        });
        is_clean(file, &bytes);
    }
}

/// Runs a command that reads the canary; what it says is clean.
fn told(folder: &Folder, arguments: &[&str]) -> Option<i32> {
    let ran = folder.run_with(arguments, CANARY.as_bytes());
    is_clean(&format!("what {arguments:?} printed"), format!("{}{}", ran.stdout, ran.stderr).as_bytes());
    ran.code
}

fn credentials(kind: &str) -> Vec<&str> {
    let name: &[&str] = match kind {
        "basic" => &["--username", USERNAME],
        "oauth2" => &["--client-id", CLIENT_ID],
        _ => &[],
    };
    [&["--auth", kind, "--secret-stdin"], name].concat()
}

/// Uses the secret rightly, and in every wrong way there is a place for.
fn use_it(serve: &Serve) {
    let post = |slug: &str| Post::upload(slug, "1", "2", "error");
    assert_eq!(serve.post(&post("hmac").signed(CANARY)).status, 200);
    assert_eq!(serve.post(&post("basic").basic(USERNAME, CANARY)).status, 200);
    let given = serve.post(&Post::token_request("oauth2", CLIENT_ID, CANARY)).json();
    assert_eq!(serve.post(&post("oauth2").bearer(given["access_token"].as_str().unwrap())).status, 200);

    let form = format!("grant_type=client_credentials&client_id=x&client_secret={}", form_encoded(CANARY));
    let is_form = |post: Post| post.with("Content-Type", "application/x-www-form-urlencoded");
    let to = |slug: &str| is_form(Post::delivery(slug, "upload", form.clone()));
    let query = format!("/hooks/oauth2/token?{form}");
    for wrong in [
        post("basic").basic("someone", CANARY),
        post("hmac").basic(USERNAME, CANARY),
        post("oauth2").basic(CLIENT_ID, CANARY),
        post("oauth2").bearer(&form_encoded(CANARY)),
        post("basic").header("Authorization", CANARY),
        post("oauth2").header("Proxy-Authorization", format!("Basic {}", STANDARD.encode(CANARY))),
        post("hmac").header("X-ActiGraph-Signature", STANDARD.encode("short")).basic(USERNAME, CANARY),
        Post::token_form("oauth2", &form),
        Post::token_form("oauth2", &format!("{form}&client_id=x")),
        Post::token_form("oauth2", "grant_type=client_credentials").basic("x", CANARY),
        Post::token_form("oauth2", "grant_type=client_credentials").path(&query),
        Post::token_form("oauth2", &form).basic("x", CANARY),
        Post::token_form("hmac", &form),
        to("oauth2"),
        to("hmac"),
        to("basic"),
    ] {
        let answer = serve.post(&wrong);
        assert!((400..500).contains(&answer.status), "{wrong:?}: {answer:?}");
        is_clean("an answer", format!("{:?}", answer.headers).as_bytes());
        is_clean("an answer", &answer.body);
    }
    for slug in ["hmac", "basic", "oauth2"] {
        assert_eq!(serve.post(&Post::handshake(slug, "code").basic(USERNAME, CANARY)).status, 200);
    }
}

/// Sends a simulated study, looking at the process meanwhile.
fn simulate(folder: &Folder, serve: &Serve, kind: &str) {
    let url = serve.url(kind);
    let how = ["simulate", "--to", &url, "--count", "12", "--rate", "10"];
    let mut command = folder.command(&[&how[..], &credentials(kind)].concat());
    let mut process = Process::start(command.stdin(Stdio::piped()).stdout(Stdio::null()).stderr(Stdio::null()));
    process.child().stdin.take().unwrap().write_all(CANARY.as_bytes()).unwrap();
    is_clean_process(process.id());
    assert!(process.wait().success(), "{kind}");
}

/// Proves deliveries by the canary while it is the former secret.
fn former_is_used(folder: &Folder, kind: &str) {
    let serve = folder.serve();
    let post = Post::upload(kind, "1", "2", "started");
    let post = match kind {
        "hmac" => post.signed(CANARY),
        "basic" => post.basic(USERNAME, CANARY),
        _ => {
            let given = serve.post(&Post::token_request(kind, CLIENT_ID, CANARY)).json();
            post.bearer(given["access_token"].as_str().unwrap())
        }
    };
    assert_eq!(serve.post(&post).status, 200, "{kind}: the former secret is accepted");
    is_clean_process(serve.id());
    let errors = serve.stderr();
    is_clean("the log on stderr", errors.as_bytes());
    let (_, rest) = serve.stop();
    is_clean("stdout", rest.as_bytes());
}

/// Escalation by e-mail and to a chat: the password is the canary, and so is a part of the chat's address.
fn escalate(folder: &Folder) {
    let (port, _mailed) = crate::escalation::mail(Some("535 5.7.8 no"));
    let port = port.to_string();
    let how = ["escalation", "mail", "--host", "127.0.0.1", "--port", &port, "--security", "none", "--username", "ann"];
    let whom = ["--from", "monitor@example.org", "--to", "it@example.org", "--secret-stdin"];
    assert_eq!(told(folder, &[&how[..], &whom].concat()), Some(0));
    let (url, _posted) = crate::escalation::chat(&form_encoded(CANARY), &["404 Not Found"]);
    let set = folder.run_with(&["escalation", "chat", "--secret-stdin"], url.as_bytes());
    is_clean("what setting a chat printed", format!("{}{}", set.stdout, set.stderr).as_bytes());
    assert_eq!(set.code, Some(0));
    assert_eq!(told(folder, &["escalation", "test"]), Some(1), "neither takes it");
    assert_eq!(told(folder, &["escalation", "on", "--after-hours", "0.0001"]), Some(0));
    assert_eq!(told(folder, &["escalation", "status", "--json"]), Some(0));
}

/// The whole walk in `folder`, where secrets are kept outside it or below its folder for them.
fn leaves_no_trace(folder: &Folder) {
    for kind in ["hmac", "basic", "oauth2"] {
        let add = [&["webhook", "add", "Study", "--slug", kind][..], &credentials(kind)].concat();
        assert_eq!(told(folder, &add), Some(0));
        // Replaced and set back, so that it is kept as the former one, too.
        assert_eq!(folder.run_with(&["webhook", "edit", kind, "--secret-stdin"], b"between").code, Some(0));
        let places = folder.list("webhook", &["list"]);
        assert!(places.iter().any(|webhook| webhook["slug"] == kind && !webhook["former"].is_null()), "{places:?}");
        former_is_used(folder, kind);
        // Set again, and refused: what is refused is not repeated.
        assert_eq!(told(folder, &["webhook", "edit", kind, "--secret-stdin"]), Some(0));
        assert_eq!(told(folder, &["webhook", "edit", kind, "--secret-stdin", "--time-zone", "Europe/Mars"]), Some(1));
    }
    escalate(folder);
    let serve = folder.serve();
    use_it(&serve);
    for kind in ["hmac", "basic", "oauth2"] {
        simulate(folder, &serve, kind);
        let url = serve.url(kind);
        let refused =
            ["simulate", "--to", &url, "--count", "2", "--auth", "basic", "--username", "x", "--secret-stdin"];
        assert_eq!(told(folder, &refused), Some(1), "{kind}");
    }
    folder.rejections(15);
    eventually("a message to be tried", || {
        let status = folder.list("escalation", &["status"]);
        status[0]["messages"].as_array().is_some_and(|messages| !messages.is_empty()).then_some(())
    });
    is_clean_process(serve.id());
    for format in ["csv", "xlsx", "jsonl"] {
        let (file, copy) = (folder.beside(&format!("export.{format}")), folder.beside(&format!("{format}.backup")));
        assert_eq!(
            told(folder, &["export", "--format", format, "--with-body", "--output", file.to_str().unwrap()]),
            Some(0)
        );
        assert_eq!(told(folder, &["backup", copy.to_str().unwrap()]), Some(0));
    }
    for list in ["events", "rejections", "problems", "uploads", "subjects"] {
        assert_eq!(told(folder, &[list, "--json"]), Some(0));
    }
    assert_eq!(told(folder, &["webhook", "list", "--json"]), Some(0));
    let everything = folder.beside("");
    let search = |when: &str| {
        let found = files(&everything, &folder.path().join("secrets"));
        assert!(found.iter().any(|path| path.ends_with("log.db")), "{when}: {found:?}");
        for path in found {
            is_clean(&format!("{when}, {}", path.display()), &std::fs::read(&path).unwrap_or_default());
        }
    };
    search("while it runs");
    let errors = serve.stderr();
    assert!(errors.contains("TRACE") || errors.contains("DEBUG"), "the log is at its most verbose: {errors:.500}");
    is_clean("the log on stderr", errors.as_bytes());
    let (_, rest) = serve.stop();
    is_clean("stdout", rest.as_bytes());
    search("after it ended");
}

fn verbose() -> (String, String) {
    ("CENTREPOINT_MONITOR_LOG".to_owned(), "trace".to_owned())
}

#[test]
fn the_search_finds_what_it_looks_for() {
    for text in [
        format!("a {CANARY} b"),
        STANDARD.encode(format!("user:{CANARY}")),
        STANDARD.encode(format!("a+b:{}", form_encoded(CANARY))),
        form_encoded(CANARY),
        serde_json::json!({ "secret": CANARY }).to_string(),
    ] {
        assert!(std::panic::catch_unwind(|| is_clean("it", text.as_bytes())).is_err(), "{text}");
    }
}

#[test]
fn with_a_keychain_no_secret_is_anywhere_else() {
    let keychain = tempfile::tempdir().unwrap();
    let bus = Bus::start();
    let _unlocked = bus.keychain(keychain.path());
    let mut environment = bus.environment();
    environment.push(verbose());
    let folder = Folder::with_environment(environment);
    leaves_no_trace(&folder);
    let kept = files(&folder.path().join("secrets"), Path::new(""));
    for path in kept {
        is_clean("the folder for secrets, which are in the keychain", &std::fs::read(path).unwrap());
    }
}

#[test]
fn without_a_keychain_no_secret_is_outside_its_own_file() {
    leaves_no_trace(&Folder::with_environment(vec![verbose()]));
}
