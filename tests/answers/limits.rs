//! How much is read and how long is waited: size, `Expect: 100-continue`, chunks, silence.

use std::io::{BufRead as _, BufReader};
use std::process::{Command, Stdio};

use super::{Bench, is_problem};
use crate::harness::{Folder, PASSCODE, Post, Process, Serve, Wire, binary};

const LIMIT: usize = 1024 * 1024;

/// A JSON object of exactly this size.
fn object(size: usize) -> Vec<u8> {
    let frame = r#"{"filler":""}"#.len();
    [br#"{"filler":""#.as_slice(), &vec![b'x'; size - frame], b"\"}"].concat()
}

#[test]
fn the_largest_body_is_kept_and_one_byte_more_is_413() {
    let bench = Bench::new();
    bench.accepts(&Post::delivery("signed", "upload", object(LIMIT)).signed(PASSCODE));
    let over = Post::delivery("signed", "upload", object(LIMIT + 1)).signed(PASSCODE);
    bench.refuses(&over, 413);
    bench.keeps_rejection(&over, "signed", 413);
    assert_eq!(bench.folder.events().len(), 1);
}

#[test]
fn an_expected_continue_comes_before_the_body() {
    let bench = Bench::new();
    let post = Post::upload("signed", "1", "2", "error").signed(PASSCODE).header("Expect", "100-continue");
    let mut wire = bench.serve.connect();
    assert_eq!(wire.send(&post.head()).head(), 100, "the vendor's client waits for this");
    let answer = wire.send(post.body()).answer();
    assert_eq!(answer.status, 200);
    assert_eq!(bench.folder.events().len(), 1);
}

#[test]
fn too_large_is_said_before_any_continue_and_without_reading() {
    let bench = Bench::new();
    // Its length is a lie: not one byte of a body is ever sent, and the answer comes all the same.
    let post =
        Post::delivery("signed", "upload", "").header("Content-Length", "3000000000").header("Expect", "100-continue");
    let mut wire = bench.serve.connect();
    let answer = wire.send(&post.head()).answer();
    is_problem(&answer, 413);
    assert_eq!(answer.interim, [0u16; 0], "no 100 before a 413");
    assert!(wire.closes(), "what would follow is not read");
    let rejection = bench.keeps_rejection(&post, "signed", 413);
    assert_eq!(rejection["event"], "upload");
}

#[test]
fn chunks_are_counted_as_they_come() {
    let bench = Bench::new();
    bench.accepts(&Post::delivery("signed", "upload", object(100_000)).signed(PASSCODE).chunked());
    let over = Post::delivery("signed", "upload", object(LIMIT + 100_000)).signed(PASSCODE).chunked();
    bench.refuses(&over, 413);
    bench.keeps_rejection(&over, "signed", 413);
}

#[test]
fn deliveries_follow_each_other_on_one_connection() {
    let bench = Bench::new();
    let mut wire = bench.serve.connect();
    let one = Post::upload("signed", "1", "2", "started").signed(PASSCODE).bytes();
    let two = Post::upload("signed", "1", "2", "completed").signed(PASSCODE).bytes();
    assert_eq!(wire.send(&one).answer().status, 200);
    assert_eq!(wire.send(&two).answer().status, 200);
    // And both at once, the second before the first is answered.
    let both = [Post::upload("signed", "3", "2", "started"), Post::upload("signed", "4", "2", "started")];
    let both: Vec<u8> = both.into_iter().flat_map(|post| post.signed(PASSCODE).bytes()).collect();
    wire.send(&both);
    assert_eq!([wire.answer().status, wire.answer().status], [200, 200]);
    assert_eq!(bench.folder.events().len(), 4);
}

#[test]
fn a_stalled_body_is_408_and_the_connection_closes() {
    let bench = Bench::new();
    let post = Post::delivery("signed", "upload", "").header("Content-Length", "100");
    let mut wire = bench.serve.connect();
    let answer = wire.send(&post.head()).send(b"{\"half\":").answer();
    is_problem(&answer, 408);
    assert!(wire.closes());
    assert_eq!(bench.folder.events().len(), 0);
}

#[test]
fn silent_half_spoken_and_idle_connections_are_closed() {
    let bench = Bench::new();
    let mut silent = bench.serve.connect();
    let mut half = bench.serve.connect();
    half.send(b"POST /hooks/signed HTTP/1.1\r\nHost: x\r\nX-Acti");
    let mut idle = bench.serve.connect();
    let post = Post::upload("signed", "1", "2", "started").signed(PASSCODE);
    assert_eq!(idle.send(&post.bytes()).answer().status, 200);
    // One that said nothing, one in the middle of its head, one that is done: nobody holds a place for ever.
    assert!(silent.closes(), "a silent connection");
    assert!(closes_or_says_408(&mut half), "half a head");
    assert!(idle.closes(), "an idle connection");
}

fn closes_or_says_408(wire: &mut Wire) -> bool {
    wire.closes() || (wire.head() == 408 && wire.closes())
}

#[test]
fn an_interrupted_delivery_leaves_nothing() {
    let bench = Bench::new();
    let post = Post::upload("signed", "1", "2", "error").signed(PASSCODE);
    let bytes = post.bytes();
    let mut wire = bench.serve.connect();
    wire.send(&bytes[..bytes.len() - 10]).half_close();
    wire.closes();
    assert_eq!(bench.folder.events().len(), 0);
    bench.accepts(&post);
    assert_eq!(bench.folder.events()[0]["attempts"], 1, "what was cut off was no attempt");
}

#[test]
fn a_crowd_of_silent_connections_keeps_no_delivery_out() {
    let bench = Bench::new();
    let address = bench.serve.address();
    let mut acquainted = bench.serve.connect();
    let post = |number: usize| Post::upload("signed", &number.to_string(), "2", "started").signed(PASSCODE);
    assert_eq!(acquainted.send(&post(1).bytes()).answer().status, 200);

    let mut crowd = Command::new("sh");
    crowd.args([
        "-c",
        "ulimit -S -n 4096; exec python3 \"$@\"",
        "sh",
        concat!(env!("CARGO_MANIFEST_DIR"), "/fixtures/crowd.py"),
    ]);
    crowd.args([address.ip().to_string(), address.port().to_string(), "1500".to_owned()]);
    let mut crowd = Process::start(crowd.stdin(Stdio::piped()).stdout(Stdio::piped()));
    let mut line = String::new();
    let stdout = crowd.child().stdout.take().expect("stdout is a pipe");
    BufReader::new(stdout).read_line(&mut line).expect("a pipe can be read");
    assert_eq!(line.trim(), "open", "more connections than the receiver keeps");

    bench.accepts(&post(2));
    assert_eq!(acquainted.send(&post(3).bytes()).answer().status, 200, "who has delivered before stays connected");
    assert_eq!(bench.folder.events().len(), 3);
}

/// A receiver whose user may have so many file handles at most, asked for or not.
fn with_handles(folder: &Folder, unasked: u32, most: u32) -> Serve {
    let mut command = Command::new("prlimit");
    command.arg(format!("--nofile={unasked}:{most}")).arg("--").arg(binary()).arg("--data-dir").arg(folder.path());
    folder.dress(command.args(["serve", "--listen", "127.0.0.1:0"]));
    Serve::start(folder, &mut command)
}

#[test]
fn more_file_handles_are_asked_for_than_a_system_gives_unasked() {
    let folder = Folder::new();
    let serve = with_handles(&folder, 256, 4096);
    let limits = std::fs::read_to_string(format!("/proc/{}/limits", serve.id())).expect("the kernel tells");
    let line = limits.lines().find(|line| line.starts_with("Max open files")).expect("it names the limit");
    let numbers: Vec<&str> = line.split_whitespace().filter(|word| word.parse::<u64>().is_ok()).collect();
    assert_eq!(numbers, ["4096", "4096"], "as many as this user may have");
}

#[test]
fn a_crowd_does_not_use_up_the_file_handles() {
    let folder = Folder::new();
    folder.add_signed("signed");
    let serve = with_handles(&folder, 256, 256);
    // More than there are handles; none of them ever says a word.
    let strangers: Vec<Wire> = (0..300).map(|_| serve.connect()).collect();
    assert_eq!(serve.post(&Post::upload("signed", "1", "2", "started").signed(PASSCODE)).status, 200);
    let open = std::fs::read_dir(format!("/proc/{}/fd", serve.id())).expect("the kernel tells").count();
    assert!(open < 200, "{open} of 256 handles are in use");
    let said = serve.stderr();
    assert!(said.contains("few file handles") && !said.contains("cannot be accepted"), "{said}");
    drop(strangers);
}
