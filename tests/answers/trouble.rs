//! When the disk says no: 503 with a time to come back, nothing kept, and all well again by itself.

use std::io::{Read as _, Write as _};
use std::process::{Command, Stdio};

use super::is_problem;
use crate::harness::{Folder, PASSCODE, Post, Process, Serve, binary, eventually};

/// A receiver whose files cannot grow beyond `kibibytes`, as on a full disk, until [`lift`].
fn cramped(folder: &Folder, kibibytes: u32) -> Serve {
    // The shell sets a soft limit and ignores the signal that would come with it, and both are inherited.
    let script = format!("trap '' XFSZ; ulimit -S -f {}; exec \"$@\"", kibibytes * 2);
    let mut command = Command::new("sh");
    folder.dress(&mut command);
    command.args(["-c", &script, "sh"]).arg(binary());
    command.arg("--data-dir").arg(folder.path()).args(["serve", "--listen", "127.0.0.1:0"]);
    Serve::start(folder, &mut command)
}

fn lift(serve: &Serve) {
    let pid = serve.id().to_string();
    let status = Command::new("prlimit").args(["--pid", &pid, "--fsize=unlimited"]).status();
    assert!(status.expect("util-linux is everywhere").success());
}

#[test]
fn a_full_disk_is_503_and_recovers() {
    let folder = Folder::new();
    folder.add_signed("signed");
    let serve = cramped(&folder, 2048);
    let filler = "x".repeat(200_000);
    let mut kept = Vec::new();
    let refused = eventually("the disk to be full", || {
        let body = serde_json::json!({ "uploadId": kept.len().to_string(), "status": "started", "filler": filler });
        let post = Post::delivery("signed", "upload", body.to_string()).signed(PASSCODE);
        let answer = serve.post(&post);
        if answer.status == 200 {
            kept.push(post.delivery_id());
            return None;
        }
        is_problem(&answer, 503);
        assert!(answer.header("Retry-After").is_some(), "it says when to come back: {answer:?}");
        Some(post)
    });
    let healthz = || serve.connect().send(b"GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n").answer();
    assert_eq!(healthz().status, 503, "the health check tells");

    lift(&serve);
    eventually("the receiver to recover by itself", || (healthz().status == 200).then_some(()));
    assert_eq!(serve.post(&refused).status, 200);
    kept.push(refused.delivery_id());
    let mut listed: Vec<String> =
        folder.events().iter().map(|event| event["delivery_id"].as_str().unwrap().to_owned()).collect();
    listed.reverse();
    assert_eq!(
        listed, kept,
        "what was answered 200 is there, what was answered 503 is not, and once it was accepted it is there once"
    );
    let (status, _) = serve.stop();
    assert!(status.success());
    folder.run(&["verify"]).good();
}

#[test]
fn a_log_held_by_someone_else_is_503_within_its_time() {
    let folder = Folder::new();
    folder.add_signed("signed");
    let serve = folder.serve();
    let mut holder = Command::new("sqlite3");
    holder.arg(folder.path().join("log.db")).stdin(Stdio::piped()).stdout(Stdio::piped());
    let mut holder = Process::start(&mut holder);
    let mut input = holder.child().stdin.take().expect("stdin is a pipe");
    input.write_all(b"BEGIN EXCLUSIVE; SELECT 'held';\n").unwrap();
    let mut held = [0; 4];
    holder.child().stdout.take().expect("stdout is a pipe").read_exact(&mut held).unwrap();
    assert_eq!(&held, b"held");

    let post = Post::upload("signed", "1", "2", "error").signed(PASSCODE);
    let answer = serve.post(&post);
    is_problem(&answer, 503);
    assert!(answer.header("Retry-After").is_some());

    drop(input);
    holder.wait();
    eventually("the log to be writable again", || (serve.post(&post).status == 200).then_some(()));
    let events = folder.events();
    assert_eq!(events.len(), 1, "the refused one was not kept: {events:?}");
    assert_eq!(events[0]["attempts"], 1);
}
