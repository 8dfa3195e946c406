//! Size and time: what is too large, too slow, or not what it said.

use std::time::Duration;

use receiver::Limits;
use tokio::io::AsyncWriteExt as _;

use crate::site::{BODY, Site, patiently, post};

const SHORT: Duration = Duration::from_millis(150);

#[tokio::test]
async fn a_length_over_the_limit_is_413_before_100_continue() {
    let site = Site::with(Limits { body_bytes: 100, ..Limits::default() }).await;
    let mut client = site.connect().await;
    let head = "POST /hooks/signed HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\nContent-Length: 101\r\n\r\n";
    let answer = client.ask(head).await;
    assert_eq!((answer.status, answer.problem().as_str()), (413, "too-large"), "no 100 came first");
    assert_eq!(answer.header("connection"), Some("close"));
    assert_eq!(client.closed().await, b"");
    let rejection = site.rejection();
    assert_eq!((rejection.status, rejection.code, rejection.size), (413, "too_large", 101));
}

#[tokio::test]
async fn a_body_of_exactly_the_limit_is_fine() {
    let site = Site::with(Limits { body_bytes: BODY.len(), ..Limits::default() }).await;
    assert_eq!(site.ask(post("/hooks/open", "", BODY)).await.status, 200);
    let chunked =
        format!("POST /hooks/open HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n10\r\n{BODY}\r\n0\r\n\r\n");
    assert_eq!(site.ask(chunked).await.status, 200);
    assert_eq!(site.arrivals().len(), 2);
}

#[tokio::test]
async fn a_mebibyte_goes_through_and_one_byte_more_does_not() {
    let site = Site::start().await;
    let body = format!("{{\"a\":\"{}\"}}", "x".repeat(1024 * 1024 - 8));
    assert_eq!(body.len(), 1024 * 1024);
    assert_eq!(site.ask(post("/hooks/open", "", &body)).await.status, 200);
    assert_eq!(site.arrivals().remove(0).body, body.as_bytes());
    let answer = site.ask(post("/hooks/open", "", &format!("{body} "))).await;
    assert_eq!(answer.status, 413, "and the sender gets to read it although it sent everything");
}

#[tokio::test]
async fn a_chunked_body_is_413_as_soon_as_it_is_over() {
    let site = Site::with(Limits { body_bytes: 100, ..Limits::default() }).await;
    let mut client = site.connect().await;
    let head = "POST /hooks/open HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n";
    let chunk = format!("40\r\n{}\r\n", "x".repeat(64));
    let answer = client.ask(format!("{head}{chunk}{chunk}")).await;
    assert_eq!((answer.status, answer.header("connection")), (413, Some("close")));
    assert_eq!(site.rejection().code, "too_large");
}

#[tokio::test]
async fn a_stalled_body_is_408_and_the_connection_closed() {
    let site = Site::with(Limits { body: SHORT, ..Limits::default() }).await;
    let mut client = site.connect().await;
    let answer = client.ask("POST /hooks/open HTTP/1.1\r\nHost: a\r\nContent-Length: 100\r\n\r\n{\"lying").await;
    assert_eq!((answer.status, answer.problem().as_str()), (408, "body-timeout"));
    assert_eq!(answer.header("connection"), Some("close"));
    assert_eq!(client.closed().await, b"");
    let rejection = site.rejection();
    assert_eq!((rejection.status, rejection.code, rejection.size), (408, "body_timeout", 7));
}

#[tokio::test]
async fn a_dribbled_body_is_408_however_lively_it_is() {
    let site = Site::with(Limits { body: SHORT, ..Limits::default() }).await;
    let mut client = site.connect().await;
    client.send("POST /hooks/open HTTP/1.1\r\nHost: a\r\nContent-Length: 100000\r\n\r\n").await;
    let dribble = async {
        // Ends with the connection.
        while client.stream.write_all(b"x").await.is_ok() {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    };
    patiently(dribble).await;
    assert_eq!(site.rejection().code, "body_timeout");
}

#[tokio::test]
async fn where_long_bodies_take_all_the_room_a_usual_delivery_still_has_its_own() {
    // Room for one long body beyond what each of four connections has for itself.
    let limits = Limits { connections: 4, bodies_bytes: (4 * 32 + 1024 - 32) * 1024, room: SHORT, ..Limits::default() };
    let site = Site::with(limits).await;
    let long = post("/hooks/open", "", &format!("{{\"a\":\"{}\"}}", "x".repeat(1024 * 1024 - 8)));
    let mut hostile = site.connect().await;
    hostile.send(&long[..long.len() - 10]).await;
    let mut other = site.connect().await;
    let refused = other.ask(&long[..600_000]).await;
    assert_eq!((refused.status, refused.problem().as_str()), (503, "busy"));
    assert_eq!(refused.header("retry-after"), Some("5"));
    other.closed().await;
    assert_eq!(*site.notebook.counts.lock().unwrap(), ["no_room"]);
    assert_eq!(site.ask(post("/hooks/open", "", BODY)).await.status, 200, "a delivery of usual size");
    // It goes away in the middle: what it held is there for the next.
    drop(hostile);
    let mut status = 0;
    for _ in 0..100 {
        status = site.ask(&long).await.status;
        if status == 200 {
            break;
        }
    }
    assert_eq!(status, 200);
}

#[tokio::test]
async fn a_sender_that_goes_away_in_its_body_is_only_counted() {
    let site = Site::start().await;
    let mut client = site.connect().await;
    client.send("POST /hooks/open HTTP/1.1\r\nHost: a\r\nContent-Length: 100\r\n\r\n{\"cut").await;
    drop(client);
    patiently(async {
        while *site.notebook.counts.lock().unwrap() != ["interrupted"] {
            tokio::time::sleep(Duration::from_millis(2)).await;
        }
    })
    .await;
    site.assert_nothing_kept();
}

#[tokio::test]
async fn more_body_than_announced_is_a_broken_next_request() {
    let site = Site::start().await;
    let mut client = site.connect().await;
    client.send("POST /hooks/open HTTP/1.1\r\nHost: a\r\nContent-Length: 2\r\n\r\n{}{\"a\":1}\r\n\r\n").await;
    assert_eq!(client.answer().await.status, 200);
    assert_eq!(client.answer().await.status, 400);
    assert_eq!(client.closed().await, b"");
    assert_eq!(site.arrivals().len(), 1);
    assert_eq!(site.arrivals()[0].body, "{}");
}

#[tokio::test]
async fn silent_half_sent_and_idle_connections_are_closed() {
    let site = Site::with(Limits { head: SHORT, ..Limits::default() }).await;
    let silent = site.connect().await;
    let mut half_sent = site.connect().await;
    half_sent.send("POST /hooks/open HTTP/1.1\r\nHost: a\r\nX-Never").await;
    let mut idle = site.connect().await;
    assert_eq!(idle.ask(post("/hooks/open", "", BODY)).await.status, 200);
    for client in [silent, half_sent, idle] {
        let rest = String::from_utf8(client.closed().await).unwrap();
        assert!(rest.is_empty() || rest.starts_with("HTTP/1.1 408"), "{rest}");
    }
}

#[tokio::test]
async fn a_head_that_is_too_long_is_refused() {
    let site = Site::start().await;
    let many = format!("POST /hooks/open HTTP/1.1\r\n{}\r\n", "X-Many: 1\r\n".repeat(200));
    assert_eq!(site.ask(many).await.status, 431);
    let long = format!("POST /hooks/open HTTP/1.1\r\nX-Long: {}\r\n\r\n", "x".repeat(200_000));
    let mut client = site.connect().await;
    // The receiver may close before all of it is written.
    let _ = client.stream.write_all(long.as_bytes()).await;
    let rest = String::from_utf8(client.closed().await).unwrap();
    assert!(rest.is_empty() || rest.starts_with("HTTP/1.1 431"), "{rest}");
    site.assert_nothing_kept();
}

#[tokio::test]
async fn a_sender_that_never_reads_its_answers_is_cut_off() {
    let site = Site::with(Limits { write: SHORT, ..Limits::default() }).await;
    let mut client = site.connect().await;
    let request = "GET /nobody HTTP/1.1\r\nHost: a\r\n\r\n".repeat(1000);
    patiently(async { while client.stream.write_all(request.as_bytes()).await.is_ok() {} }).await;
}

#[tokio::test]
async fn http2_is_not_spoken() {
    let site = Site::start().await;
    let mut client = site.connect().await;
    client.send("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n").await;
    let rest = String::from_utf8_lossy(&client.closed().await).into_owned();
    assert!(rest.is_empty() || rest.starts_with("HTTP/1.1 4"), "{rest}");
}
