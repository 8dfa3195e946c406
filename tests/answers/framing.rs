//! Heads that two readers could read differently: refused, before anything else.

use super::{Bench, is_problem};
use crate::harness::Post;

#[test]
fn unclear_lengths_and_hosts_are_400_and_the_connection_closes() {
    let bench = Bench::new();
    let body = r#"{"status":"started"}"#;
    for lines in [
        "Host: x\r\nContent-Length: 20\r\nContent-Length: 20\r\n",
        "Host: x\r\nContent-Length: 20\r\nContent-Length: 2\r\n",
        "Host: x\r\nContent-Length: 20\r\nTransfer-Encoding: chunked\r\n",
        "Content-Length: 20\r\n",
        "Host: x\r\nHost: y\r\nContent-Length: 20\r\n",
    ] {
        let mut wire = bench.serve.connect();
        wire.send(format!("POST /hooks/open HTTP/1.1\r\n{lines}\r\n{body}").as_bytes());
        // What would be the next request, to one who read the lengths differently.
        wire.send(&Post::upload("open", "1", "2", "error").bytes());
        is_problem(&wire.answer(), 400);
        assert!(wire.closes(), "nothing more is read from that connection: {lines:?}");
    }
    bench.keeps_nothing();
    bench.accepts(&Post::upload("open", "1", "2", "error"));
}
