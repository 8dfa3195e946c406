//! The cap on connections, and the end.

use std::time::Duration;

use receiver::Limits;

use crate::site::{BODY, Site, patiently, post, signature};

fn signed() -> String {
    post("/hooks/signed", &signature(BODY), BODY)
}

#[tokio::test]
async fn at_the_cap_the_oldest_connection_without_an_authentic_request_goes() {
    let site = Site::with(Limits { connections: 3, ..Limits::default() }).await;
    let mut authentic = site.connect().await;
    assert_eq!(authentic.ask(signed()).await.status, 200);
    let mut refused = site.connect().await;
    assert_eq!(refused.ask(post("/hooks/signed", "", BODY)).await.status, 401);
    let mut half_sent = site.connect().await;
    half_sent.send("POST /hooks/signed HTTP/1.1\r\n").await;

    let mut fourth = site.connect().await;
    assert_eq!(fourth.ask(signed()).await.status, 200);
    refused.closed().await;
    let mut fifth = site.connect().await;
    assert_eq!(fifth.ask(signed()).await.status, 200);
    half_sent.closed().await;

    assert_eq!(authentic.ask(signed()).await.status, 200, "the older, authentic one is still there");
}

#[tokio::test]
async fn where_all_are_authentic_the_oldest_idle_one_goes() {
    let site = Site::with(Limits { connections: 2, ..Limits::default() }).await;
    let mut first = site.connect().await;
    assert_eq!(first.ask(signed()).await.status, 200);
    let mut second = site.connect().await;
    assert_eq!(second.ask(signed()).await.status, 200);
    let mut third = site.connect().await;
    assert_eq!(third.ask(signed()).await.status, 200);
    first.closed().await;
    assert_eq!(second.ask(signed()).await.status, 200);
}

#[tokio::test]
async fn where_all_are_at_work_a_newcomer_waits_its_turn() {
    let site = Site::with(Limits { connections: 2, ..Limits::default() }).await;
    site.close_gate();
    let mut working = [site.connect().await, site.connect().await];
    for client in &mut working {
        client.send(signed()).await;
    }
    site.wait_for_appends(2).await;
    let mut newcomer = site.connect().await;
    newcomer.send(signed()).await;
    site.open_gate();
    for client in &mut working {
        assert_eq!(client.answer().await.status, 200, "nobody is cut off in the middle of being kept");
    }
    assert_eq!(newcomer.answer().await.status, 200);
}

#[tokio::test]
async fn a_hundred_strangers_do_not_keep_a_delivery_out() {
    let site = Site::with(Limits { connections: 10, ..Limits::default() }).await;
    let mut strangers = Vec::new();
    for _ in 0..100 {
        strangers.push(site.connect().await);
    }
    assert_eq!(site.ask(signed()).await.status, 200);
}

#[tokio::test]
async fn the_end_finishes_what_is_in_flight_and_closes_the_rest_at_once() {
    let site = Site::start().await;
    site.close_gate();
    let idle = site.connect().await;
    let mut half_sent = site.connect().await;
    half_sent.send("POST /hooks/signed HTTP/1.1\r\nX-Never").await;
    let mut working = site.connect().await;
    working.send(signed()).await;
    site.wait_for_appends(1).await;

    let (address, notebook) = (site.address, std::sync::Arc::clone(&site.notebook));
    let task = site.end();
    idle.closed().await;
    half_sent.closed().await;
    assert!(!task.is_finished(), "it waits for the one in flight");
    assert!(tokio::net::TcpStream::connect(address).await.is_err(), "and takes nobody in");

    notebook.gate.add_permits(1);
    let answer = working.answer().await;
    assert_eq!((answer.status, answer.header("connection")), (200, Some("close")));
    working.closed().await;
    patiently(task).await.unwrap().unwrap();
    assert_eq!(notebook.arrivals.lock().unwrap().len(), 1);
}

#[tokio::test]
async fn an_idle_keep_alive_connection_is_closed_at_once_at_the_end() {
    let site = Site::start().await;
    let mut client = site.connect().await;
    assert_eq!(client.ask(signed()).await.status, 200);
    let task = site.end();
    assert_eq!(client.closed().await, b"");
    patiently(task).await.unwrap().unwrap();
}

#[tokio::test]
async fn the_end_does_not_wait_for_ever() {
    let site = Site::with(Limits { shutdown: Duration::from_millis(100), ..Limits::default() }).await;
    site.close_gate();
    let mut stuck = site.connect().await;
    stuck.send(signed()).await;
    site.wait_for_appends(1).await;
    patiently(site.end()).await.unwrap().unwrap();
    assert_eq!(stuck.closed().await, b"");
}
