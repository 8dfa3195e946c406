//! Behind a proxy: whose word counts, and what address is kept and checked.

use receiver::Networks;

use crate::site::{BODY, Site, post};

const SENDER: &str = "X-Forwarded-For: 203.0.113.9, 13.82.60.74\r\n";

#[tokio::test]
async fn nobody_is_believed_unless_named() {
    let site = Site::start().await;
    assert_eq!(site.ask(post("/hooks/vendor", SENDER, BODY)).await.status, 403);
    assert_eq!(site.rejection().source_ip.to_string(), "127.0.0.1");
    assert_eq!(site.ask(post("/hooks/open", SENDER, BODY)).await.status, 200);
    assert_eq!(site.arrivals()[0].source_ip.to_string(), "127.0.0.1");
}

#[tokio::test]
async fn a_trusted_proxy_names_the_source_that_is_checked_and_kept() {
    let site = Site::start().await;
    site.proxies.send_replace(Networks::of(["127.0.0.1"]));
    assert_eq!(site.ask(post("/hooks/vendor", SENDER, BODY)).await.status, 200);
    assert_eq!(site.ask(post("/hooks/vendor", "forwarded: for=\"13.68.136.18:443\"\r\n", BODY)).await.status, 200);
    let sources: Vec<_> = site.arrivals().iter().map(|arrival| arrival.source_ip.to_string()).collect();
    assert_eq!(sources, ["13.82.60.74", "13.68.136.18"]);

    let spoofed = "X-Forwarded-For: 13.82.60.74, 203.0.113.9\r\n";
    assert_eq!(site.ask(post("/hooks/vendor", spoofed, BODY)).await.status, 403);
    assert_eq!(site.rejection().source_ip.to_string(), "203.0.113.9");
    assert!(!site.rejection().reason.contains("proxy"), "nothing is amiss in front: {}", site.rejection().reason);

    let validation = "X-ActiGraph-Event: validation\r\nX-ActiGraph-Hook-Secret: c\r\n";
    assert_eq!(site.ask(post("/hooks/signed", &format!("{validation}{SENDER}"), "{}")).await.status, 200);
    assert_eq!(site.notebook.handshakes.lock().unwrap()[0].2.to_string(), "13.82.60.74");
}

#[tokio::test]
async fn the_source_is_each_requests_own_and_what_is_trusted_changes_at_once() {
    let site = Site::start().await;
    site.proxies.send_replace(Networks::of(["127.0.0.0/8"]));
    let mut client = site.connect().await;
    for source in ["192.0.2.1", "192.0.2.2"] {
        let named = format!("X-Forwarded-For: {source}\r\n");
        assert_eq!(client.ask(post("/hooks/open", &named, BODY)).await.status, 200);
    }
    assert_eq!(client.ask(post("/hooks/open", "X-Forwarded-For: unknown\r\n", BODY)).await.status, 200);
    site.proxies.send_replace(Networks::default());
    assert_eq!(client.ask(post("/hooks/open", SENDER, BODY)).await.status, 200);
    let sources: Vec<_> = site.arrivals().iter().map(|arrival| arrival.source_ip.to_string()).collect();
    assert_eq!(sources, ["192.0.2.1", "192.0.2.2", "127.0.0.1", "127.0.0.1"]);
}
