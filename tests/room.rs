//! A disk that is full, and a folder that cannot be written to, on file systems of their own. Mounting is root's: for anybody else these
//! tests say so and end.

use std::io::{Read as _, Write as _};
use std::path::PathBuf;
use std::process::{Command, Stdio};

use crate::harness::{Folder, PASSCODE, Post, Process, Serve, eventually};

/// A file system in memory under a folder's data. It goes away when dropped.
struct Mounted(PathBuf);

impl Mounted {
    /// `None`, having said so, where mounting is not allowed.
    fn under(folder: &Folder, options: &str) -> Option<Self> {
        let path = folder.path();
        std::fs::create_dir(&path).unwrap();
        let mounted = Self(path);
        if mounted.mount(&["-t", "tmpfs", "-o", options, "tmpfs"]) {
            return Some(mounted);
        }
        println!("not tested: mounting needs to be root, and allowed");
        let id = Command::new("id").arg("-u").output().unwrap().stdout;
        assert!(id != b"0\n" || std::env::var_os("CI").is_none(), "a build server that is root must be able to mount");
        std::mem::forget(mounted);
        None
    }

    fn mount(&self, arguments: &[&str]) -> bool {
        Command::new("mount")
            .args(arguments)
            .arg(&self.0)
            .stderr(Stdio::null())
            .status()
            .is_ok_and(|status| status.success())
    }

    fn again(&self, options: &str) {
        assert!(self.mount(&["-o", &format!("remount,{options}")]), "remounted: {options}");
    }
}

impl Drop for Mounted {
    fn drop(&mut self) {
        let _ = Command::new("umount").arg("--lazy").arg(&self.0).status();
    }
}

fn large(number: usize) -> Post {
    let filler = "x".repeat(200_000);
    let body = serde_json::json!({ "uploadId": number.to_string(), "status": "started", "filler": filler });
    Post::delivery("signed", "upload", body.to_string()).signed(PASSCODE)
}

fn healthz(serve: &Serve) -> u16 {
    serve.connect().send(b"GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n").answer().status
}

/// Posts until one is refused; what was acknowledged, and the refused one.
fn fill(serve: &Serve) -> (Vec<String>, Post) {
    let mut kept = Vec::new();
    let refused = eventually("the disk to be full", || {
        let post = large(kept.len());
        let answer = serve.post(&post);
        if answer.status == 200 {
            kept.push(post.delivery_id());
            return None;
        }
        assert_eq!(answer.status, 503);
        assert!(answer.header("Retry-After").is_some(), "it says when to come back");
        Some(post)
    });
    (kept, refused)
}

/// Makes room; all is well again, and what was acknowledged is there once.
fn is_well_with_more_room(folder: &Folder, mounted: &Mounted, serve: Serve, mut kept: Vec<String>, refused: &Post) {
    assert_eq!(healthz(&serve), 503, "the health check tells");
    mounted.again("size=256m");
    eventually("the receiver to recover by itself", || (healthz(&serve) == 200).then_some(()));
    assert_eq!(serve.post(refused).status, 200);
    kept.push(refused.delivery_id());
    let mut listed: Vec<String> =
        folder.events().iter().map(|event| event["delivery_id"].as_str().unwrap().to_owned()).collect();
    listed.reverse();
    assert_eq!(listed, kept, "what was answered 200 is there, what was answered 503 is not, until it was accepted");
    serve.stop();
    folder.run(&["verify"]).good();
}

#[test]
fn a_disk_that_really_is_full_is_warned_of_is_503_and_recovers() {
    let folder = Folder::new();
    let Some(mounted) = Mounted::under(&folder, "size=8m,mode=700") else { return };
    folder.add_signed("signed");
    let serve = folder.serve();
    eventually("the warning before", || serve.stderr().contains("little room is left on the disk").then_some(()));
    let (kept, refused) = fill(&serve);
    assert!(kept.len() > 5, "there was room for some: {}", kept.len());
    is_well_with_more_room(&folder, &mounted, serve, kept, &refused);
}

#[test]
fn a_disk_filled_by_the_write_ahead_log_alone_is_503_and_recovers() {
    let folder = Folder::new();
    let Some(mounted) = Mounted::under(&folder, "size=8m,mode=700") else { return };
    folder.add_signed("signed");
    let serve = folder.serve();
    let first = Post::upload("signed", "1", "2", "started").signed(PASSCODE);
    assert_eq!(serve.post(&first).status, 200);
    // Nothing leaves the write-ahead log while somebody reads what was before it.
    let mut reader = Command::new("sqlite3");
    reader.arg(folder.path().join("log.db")).stdin(Stdio::piped()).stdout(Stdio::piped());
    let mut reader = Process::start(&mut reader);
    let mut input = reader.child().stdin.take().unwrap();
    input.write_all(b"BEGIN; SELECT count(*) FROM log;\n").unwrap();
    let mut held = [0; 1];
    reader.child().stdout.take().unwrap().read_exact(&mut held).unwrap();
    let (kept, refused) = fill(&serve);
    let wal = std::fs::metadata(folder.path().join("log.db-wal")).unwrap().len();
    let log = std::fs::metadata(folder.path().join("log.db")).unwrap().len();
    assert!(wal > log, "it is the write-ahead log that fills it: {wal} to {log}");
    drop(input);
    reader.wait();
    let kept = std::iter::once(first.delivery_id()).chain(kept).collect();
    is_well_with_more_room(&folder, &mounted, serve, kept, &refused);
}

#[test]
fn a_folder_that_cannot_be_written_to_is_said_at_the_start() {
    let folder = Folder::new();
    let Some(mounted) = Mounted::under(&folder, "size=64m,mode=700") else { return };
    folder.add_signed("signed");
    let serve = folder.serve();
    assert_eq!(serve.post(&Post::upload("signed", "1", "2", "started").signed(PASSCODE)).status, 200);
    serve.stop();
    mounted.again("ro");
    for command in [&["serve", "--listen", "127.0.0.1:0"][..], &["events"], &["verify"], &["webhook", "list"]] {
        let said = folder.run(command).bad();
        assert!(said.contains("cannot be written to") && said.contains("Read-only file system"), "{command:?}: {said}");
    }
    mounted.again("rw");
    let serve = folder.serve();
    assert_eq!(serve.post(&Post::upload("signed", "2", "2", "started").signed(PASSCODE)).status, 200);
    serve.stop();
    assert_eq!(folder.events().len(), 2);
    folder.run(&["verify"]).good();
}
