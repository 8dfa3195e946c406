//! What the system was asked, seen by strace: an answer of 200 leaves after the write-ahead log was synced, and a disk that says no
//! makes no answer false.

use std::collections::HashMap;
use std::path::PathBuf;
use std::process::Command;
use std::time::{Duration, Instant};

use crate::harness::{Folder, PASSCODE, Post, Process, Serve, binary, eventually};

/// A failed write is over within this time once the disk can again.
const RECOVERY: Duration = Duration::from_secs(5);

/// The program under strace, which is told `options` and writes what it sees into a file beside the data folder.
fn traced(folder: &Folder, options: &[&str], arguments: &[&str]) -> (Command, PathBuf) {
    let seen = folder.beside("strace.txt");
    let mut command = Command::new("strace");
    folder.dress(&mut command);
    // With -D the program is the child, and gets the signals.
    command.args(["-D", "-f", "-y", "-ttt", "-s", "48", "-o"]).arg(&seen).args(options).arg(binary());
    command.arg("--data-dir").arg(folder.path()).args(arguments);
    (command, seen)
}

/// A call that began or ended, in the order in which strace saw them.
#[derive(Debug, PartialEq, Eq)]
enum Step {
    Began(String),
    /// With what it came to.
    Ended(String, i64),
}

/// Takes strace's lines apart: `PID TIME call(…) = 0`, or in two parts with others between.
fn steps(text: &str) -> Vec<Step> {
    let mut open: HashMap<&str, String> = HashMap::new();
    let mut steps = Vec::new();
    let ended = |call: &str| -> Option<(String, i64)> {
        let (call, outcome) = call.rsplit_once(" = ")?;
        let number = outcome.split(['<', ' ']).next()?.parse().ok()?;
        Some((call.trim_end().to_owned(), number))
    };
    for line in text.lines() {
        // A short number of a thread is filled up with blanks.
        let Some((thread, rest)) = line.trim_start().split_once(' ') else { continue };
        let Some((_time, call)) = rest.trim_start().split_once(' ') else { continue };
        let call = call.trim_start();
        if let Some(begun) = call.strip_suffix(" <unfinished ...>") {
            steps.push(Step::Began(begun.to_owned()));
            open.insert(thread, begun.to_owned());
        } else if call.starts_with("<... ") {
            let begun = open.remove(thread).unwrap_or_default();
            if let Some((_, outcome)) = ended(call) {
                steps.push(Step::Ended(begun, outcome));
            }
        } else if let Some((begun, outcome)) = ended(call) {
            steps.push(Step::Began(begun.clone()));
            steps.push(Step::Ended(begun, outcome));
        }
    }
    steps
}

#[test]
fn strace_is_read_as_it_is_written() {
    let text = "7 1.5 fdatasync(9</d/log.db-wal> <unfinished ...>\n8 1.6 sendto(4<socket:[1]>, \"HTTP/1.1 200 OK\", 15) = 15\n\
        7     1.7 <... fdatasync resumed>) = 0\n  7 1.8 openat(AT_FDCWD</>, \"x\", O_RDWR|O_CREAT, 0644) = 3</d/x>\n";
    let sync = "fdatasync(9</d/log.db-wal>".to_owned();
    let send = "sendto(4<socket:[1]>, \"HTTP/1.1 200 OK\", 15)".to_owned();
    let open = "openat(AT_FDCWD</>, \"x\", O_RDWR|O_CREAT, 0644)".to_owned();
    let expected = [
        Step::Began(sync.clone()),
        Step::Began(send.clone()),
        Step::Ended(send, 15),
        Step::Ended(sync, 0),
        Step::Began(open.clone()),
        Step::Ended(open, 3),
    ];
    assert_eq!(steps(text), expected);
}

const WATCHED: &str = "trace=openat,pwrite64,fdatasync,fsync,write,writev,sendto,sendmsg";

fn is_sync_of(call: &str, end: &str) -> bool {
    (call.starts_with("fdatasync(") || call.starts_with("fsync(")) && call.trim_end_matches(')').ends_with(end)
}

#[test]
fn an_answer_of_200_leaves_after_the_write_ahead_log_was_synced() {
    const DELIVERIES: usize = 30;
    let folder = Folder::new();
    folder.add_signed("signed");
    let (mut command, seen) = traced(&folder, &["-e", WATCHED], &["serve", "--listen", "127.0.0.1:0"]);
    let serve = Serve::start(&folder, &mut command);
    let mut wire = serve.connect();
    for number in 0..DELIVERIES {
        let post = Post::upload("signed", &number.to_string(), "000103", "started").signed(PASSCODE);
        assert_eq!(wire.send(&post.bytes()).answer().status, 200);
    }
    serve.stop();
    let text = eventually("strace to end", || {
        let text = std::fs::read_to_string(&seen).ok()?;
        text.contains("+++ exited with 0 +++").then_some(text)
    });

    let answers = each_answer_after_its_sync(steps(&text), &format!("<{}>", folder.path().display()));
    assert_eq!(answers, Ok(DELIVERIES), "each answer was seen");
}

/// How many answers of 200 left, each after what was written before it, and the write-ahead log's name, were synced; else the first that did not.
fn each_answer_after_its_sync(steps: Vec<Step>, folder_end: &str) -> Result<usize, String> {
    let (mut answers, mut written, mut synced, mut syncing, mut names_synced) = (0, 0, false, false, true);
    for step in steps {
        match step {
            Step::Began(call)
                if call.starts_with("openat(") && call.contains("log.db-wal") && call.contains("O_CREAT") =>
            {
                names_synced = false;
            }
            Step::Began(call) if call.starts_with("pwrite64(") && call.contains("/log.db-wal>") => {
                written += 1;
                (synced, syncing) = (false, false);
            }
            Step::Began(call) if is_sync_of(&call, "/log.db-wal>") => syncing = true,
            // Only a sync that began after the last write counts.
            Step::Ended(call, 0) if is_sync_of(&call, "/log.db-wal>") => synced = syncing,
            Step::Ended(call, 0) if is_sync_of(&call, folder_end) => names_synced = true,
            Step::Began(call) if call.contains("\"HTTP/1.1 200 ") => {
                if written == 0 || !synced || !names_synced {
                    return Err(format!(
                        "answer {answers}: written {written}, synced {synced}, name synced {names_synced}"
                    ));
                }
                answers += 1;
                written = 0;
            }
            _ => {}
        }
    }
    Ok(answers)
}

#[test]
fn an_answer_before_its_sync_would_be_seen() {
    let write = "7 1 pwrite64(9</d/log.db-wal>, \"x\", 24, 32) = 24\n";
    let sync = "7 1 fdatasync(9</d/log.db-wal>) = 0\n";
    let begun = "7 1 fdatasync(9</d/log.db-wal> <unfinished ...>\n";
    let ended = "7 1 <... fdatasync resumed>) = 0\n";
    let failed = "7 1 fdatasync(9</d/log.db-wal>) = -1 EIO (Input/output error) (INJECTED)\n";
    let made = "7 1 openat(AT_FDCWD</>, \"/d/log.db-wal\", O_RDWR|O_CREAT, 0644) = 9</d/log.db-wal>\n";
    let send = "8 1 sendto(4<socket:[1]>, \"HTTP/1.1 200 OK\", 15) = 15\n";
    let judge = |parts: &[&str]| each_answer_after_its_sync(steps(&parts.concat()), "</d>");
    assert_eq!(judge(&[write, sync, send, write, begun, ended, send]), Ok(2));
    for early in [
        &[write, send, sync][..],
        &[write, begun, send, ended],
        &[write, failed, send],
        &[write, sync, write, send],
        &[write, begun, write, ended, send],
        &[made, write, sync, send],
        &[send],
    ] {
        assert!(judge(early).is_err(), "{early:?}");
    }
}

#[test]
fn a_new_folders_files_are_synced_by_name() {
    let folder = Folder::new();
    let (mut command, seen) = traced(&folder, &["-e", WATCHED], &["events", "--json"]);
    crate::harness::ran(&mut command, b"").good();
    let text = eventually("strace to end", || {
        let text = std::fs::read_to_string(&seen).ok()?;
        text.contains("+++ exited with 0 +++").then_some(text)
    });
    let folder_end = format!("<{}>", folder.path().display());
    for name in ["log.db", "state.db"] {
        let made = format!("/{name}\"");
        let mut steps = steps(&text).into_iter();
        let is_made = |step: Step| matches!(step, Step::Began(call) if call.starts_with("openat(") && call.contains(&made) && call.contains("O_CREAT"));
        assert!(steps.any(is_made), "{name} is made");
        let is_synced = |step: Step| matches!(step, Step::Ended(call, 0) if is_sync_of(&call, &folder_end));
        assert!(steps.any(is_synced), "{name}: its name is synced after it was made");
    }
}

/// From now on the system says no to a running receiver about its log, as `inject` has it (strace's `--inject`; each thread counts its own
/// calls), until this is dropped.
fn failing(folder: &Folder, serve: &Serve, inject: &str) -> Process {
    let calls = inject.split([':', '=']).nth(1).expect("inject=call:…");
    let said = folder.beside("strace.stderr");
    let mut command = Command::new("strace");
    command.args(["-f", "-p", &serve.id().to_string(), "-e", &format!("trace={calls}"), "-e", inject]);
    command.args(["-o", "/dev/null"]).stderr(std::fs::File::create(&said).expect("a file can be made"));
    for name in ["log.db", "log.db-wal", "log.db-shm"] {
        command.arg("-P").arg(folder.path().join(name));
    }
    let strace = Process::start(&mut command);
    eventually("strace to take hold of the receiver", || {
        let text = std::fs::read_to_string(&said).ok()?;
        assert!(!text.contains("Operation not permitted"), "strace may not look at other processes here: {text}");
        text.contains("attached").then_some(())
    });
    strace
}

/// Runs `inject` on a receiver and ends it again.
fn no_false_answer_while(inject: &str) {
    let folder = Folder::new();
    folder.add_signed("signed");
    let serve = folder.serve();
    let post = |number: usize| Post::upload("signed", &number.to_string(), "000103", "started").signed(PASSCODE);
    let (mut acknowledged, mut refused) = (Vec::new(), 0);
    let mut send = |number: usize| {
        let post = post(number);
        let answer = serve.post(&post);
        match answer.status {
            200 => acknowledged.push(post.delivery_id()),
            503 => {
                assert!(answer.header("Retry-After").is_some(), "{inject}: it says when to come back");
                refused += 1;
            }
            other => panic!("{inject}: {other}"),
        }
        answer.status == 200
    };
    for number in 0..3 {
        assert!(send(number), "nothing is wrong yet");
    }
    let strace = failing(&folder, &serve, inject);
    for number in 3..20 {
        send(number);
    }
    drop(strace);
    let since = Instant::now();
    let healthz = || serve.connect().send(b"GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n").answer().status;
    eventually("the receiver to recover by itself", || (healthz() == 200).then_some(()));
    let recovered = since.elapsed();
    assert!(recovered < RECOVERY, "{inject}: it recovers by itself, soon: {recovered:?}");
    assert!(send(20), "{inject}: and it keeps what comes");
    assert!(refused > 0, "{inject}: the fault was met");
    serve.stop();
    let mut kept: Vec<_> = folder.events();
    kept.reverse();
    assert!(kept.iter().all(|event| event["attempts"] == 1), "{inject}: nothing twice");
    let kept: Vec<String> = kept.iter().map(|event| event["delivery_id"].as_str().unwrap().to_owned()).collect();
    assert_eq!(kept, acknowledged, "{inject}: what was answered 200 is there, and nothing else");
    folder.run(&["verify"]).good();
    println!("{inject}: {refused} refused, well again {recovered:?} after the end of it");
}

#[test]
fn a_disk_that_says_no_makes_no_answer_false() {
    for inject in [
        "inject=pwrite64:error=ENOSPC:when=1+",
        "inject=pwrite64:error=ENOSPC:when=3",
        "inject=pwrite64:error=EIO:when=2..9",
        // As where the file system turned read-only.
        "inject=pwrite64:error=EROFS:when=1+",
        "inject=fdatasync:error=EIO:when=1+",
        "inject=fdatasync:error=EIO:when=2",
        "inject=fdatasync:error=ENOSPC:when=3..5",
    ] {
        no_false_answer_while(inject);
    }
}

#[test]
#[ignore = "takes minutes: make torture"]
fn torture_long_a_disk_that_says_no() {
    for call in ["pwrite64", "fdatasync"] {
        for errno in ["ENOSPC", "EIO"] {
            for n in 1..=12 {
                for when in [format!("{n}"), format!("{n}+")] {
                    no_false_answer_while(&format!("inject={call}:error={errno}:when={when}"));
                }
            }
        }
    }
}
