//! The stored head is the one that was sent, byte for byte: casing, order, duplicates, odd spacing.

use crate::site::{BODY, Site, basic};

/// As the vendor writes it, and worse.
const ODD: &str = "POST /hooks/open?x=%20y HTTP/1.1\r\nhOsT:receiver\r\nUser-Agent:  ActiGraph-Hookshot/1.0 ActiGraph-Hookshot/1.0  \r\n\
    X-ACTIGRAPH-EVENT: upload,\r\nX-Twice: b\r\nx-actigraph-delivery:\td-1\r\nx-twice: a\r\nEmpty:\r\nX-Client-Cert-Used: False\r\n";

fn odd(more: &str, body: &str) -> (String, String) {
    let head = format!("{ODD}{more}Content-Length: {}\r\n\r\n", body.len());
    (format!("{head}{body}"), head)
}

fn heads(site: &Site) -> Vec<String> {
    site.arrivals().into_iter().map(|arrival| String::from_utf8(arrival.head).unwrap()).collect()
}

#[tokio::test]
async fn casing_order_duplicates_and_spacing_survive_on_every_request_of_a_connection() {
    let site = Site::start().await;
    let mut client = site.connect().await;
    let mut sent = Vec::new();
    for round in 0..3 {
        let (request, head) = odd(&format!("Round: {round}\r\n"), BODY);
        assert_eq!(client.ask(&request).await.status, 200);
        sent.push(head);
    }
    assert_eq!(heads(&site), sent);
}

#[tokio::test]
async fn they_survive_requests_between_that_are_not_kept() {
    let site = Site::start().await;
    let mut client = site.connect().await;
    assert_eq!(client.ask("GET /healthz HTTP/1.1\r\nHost: a\r\n\r\n").await.status, 200);
    assert_eq!(client.ask("POST /nobody HTTP/1.1\r\nHost: a\r\nContent-Length: 2\r\n\r\n{}").await.status, 404);
    let (request, head) = odd("", BODY);
    assert_eq!(client.ask(&request).await.status, 200);
    assert_eq!(heads(&site), [head]);
}

#[tokio::test]
async fn they_survive_expect_100_continue() {
    let site = Site::start().await;
    let mut client = site.connect().await;
    let mut sent = Vec::new();
    for _ in 0..2 {
        let (request, head) = odd("Expect: 100-continue\r\n", BODY);
        let (first, rest) = request.split_at(head.len());
        assert_eq!(client.ask(first).await.status, 100);
        assert_eq!(client.ask(rest).await.status, 200);
        sent.push(head);
    }
    assert_eq!(heads(&site), sent);
}

#[tokio::test]
async fn they_survive_a_head_and_a_body_that_come_in_pieces() {
    let site = Site::start().await;
    let mut client = site.connect().await;
    let mut sent = Vec::new();
    for step in [1, 7, 50] {
        let (request, head) = odd("", BODY);
        for piece in request.as_bytes().chunks(step) {
            client.send(piece).await;
            tokio::task::yield_now().await;
        }
        assert_eq!(client.answer().await.status, 200);
        sent.push(head);
    }
    assert_eq!(heads(&site), sent);
}

#[tokio::test]
async fn they_survive_chunked_bodies() {
    let site = Site::start().await;
    let mut client = site.connect().await;
    let head = format!("{ODD}Transfer-Encoding: chunked\r\n\r\n");
    for _ in 0..2 {
        let answer = client.ask(format!("{head}2\r\n{{}}\r\n0\r\nTrailer: x\r\n\r\n")).await;
        assert_eq!(answer.status, 200);
    }
    assert_eq!(heads(&site), [head.clone(), head]);
    assert!(site.arrivals().iter().all(|arrival| arrival.body == "{}"));
}

#[tokio::test]
async fn they_survive_a_sender_that_does_not_wait_for_answers() {
    let site = Site::start().await;
    let mut client = site.connect().await;
    let (first, first_head) = odd("Round: 1\r\n", BODY);
    let (second, second_head) = odd("Round: 2\r\n", "{}");
    client.send(format!("{first}{second}")).await;
    assert_eq!(client.answer().await.status, 200);
    assert_eq!(client.answer().await.status, 200);
    assert_eq!(heads(&site), [first_head, second_head]);
    assert_eq!(site.arrivals()[1].body, "{}");
}

#[tokio::test]
async fn they_survive_a_sender_that_does_not_wait_after_a_chunked_body() {
    let site = Site::start().await;
    let mut client = site.connect().await;
    let first = format!("{ODD}Transfer-Encoding: chunked\r\n\r\n");
    let (second, second_head) = odd("", "{}");
    client.send(format!("{first}2\r\n{{}}\r\n0\r\n\r\n{second}")).await;
    assert_eq!(client.answer().await.status, 200);
    assert_eq!(client.answer().await.status, 200);
    let (request, third_head) = odd("Again: 1\r\n", BODY);
    assert_eq!(client.ask(&request).await.status, 200);
    assert_eq!(heads(&site), [first, second_head, third_head]);
}

#[tokio::test]
async fn authorization_is_masked_and_the_lines_around_it_are_untouched() {
    let site = Site::start().await;
    let head = format!("{}{}Content-Length: 2\r\n\r\n", ODD.replace("/hooks/open", "/hooks/basic"), basic());
    assert_eq!(site.ask(format!("{head}{{}}")).await.status, 200);
    let kept = heads(&site).remove(0);
    let (before, after) = head.split_once(&basic()).unwrap();
    let line = kept.strip_prefix(before).unwrap().strip_suffix(after).unwrap();
    assert_eq!(line, "Authorization: Basic ***\r\n");
}
