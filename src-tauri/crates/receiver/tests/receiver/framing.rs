//! Heads that leave open how long their message is or whom it is for: 400, counted, and the connection ends.

use crate::site::{Answer, BODY, Site, patiently, post, signature};

/// What would be a second request to a receiver that was led astray.
const SMUGGLED: &str = "POST /hooks/open HTTP/1.1\r\nHost: a\r\nContent-Length: 11\r\n\r\n{\"evil\": 1}";

/// Each way to be unclear: what it is, its lines, and a body as one reading has it.
const UNCLEAR: [(&str, &str, &str); 12] = [
    ("equal lengths", "Host: a\r\nContent-Length: 16\r\nContent-Length: 16\r\n", BODY),
    ("different lengths", "Host: a\r\nContent-Length: 16\r\ncontent-length: 2\r\n", BODY),
    ("a list of lengths", "Host: a\r\nContent-Length: 16, 16\r\n", BODY),
    ("a signed length", "Host: a\r\nContent-Length: +16\r\n", BODY),
    ("a length, then chunks", "Host: a\r\nContent-Length: 2\r\nTransfer-Encoding: chunked\r\n", "2\r\n{}\r\n0\r\n\r\n"),
    ("chunks, then a length", "Host: a\r\nTransfer-Encoding: chunked\r\nContent-Length: 2\r\n", "2\r\n{}\r\n0\r\n\r\n"),
    (
        "chunked twice",
        "Host: a\r\nTransfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n",
        "2\r\n{}\r\n0\r\n\r\n",
    ),
    ("packed chunks", "Host: a\r\nTransfer-Encoding: gzip, chunked\r\n", "2\r\n{}\r\n0\r\n\r\n"),
    ("an unknown encoding", "Host: a\r\nTransfer-Encoding: xchunked\r\n", ""),
    ("no host", "Content-Length: 16\r\n", BODY),
    ("two hosts", "Host: a\r\nHost: a\r\nContent-Length: 16\r\n", BODY),
    ("two hosts in one", "Host: a, b\r\nContent-Length: 16\r\n", BODY),
];

async fn assert_counted(site: &Site, times: usize) {
    patiently(async {
        while site.notebook.counts.lock().unwrap().len() < times {
            tokio::time::sleep(std::time::Duration::from_millis(2)).await;
        }
    })
    .await;
    assert_eq!(*site.notebook.counts.lock().unwrap(), vec!["malformed"; times]);
}

fn assert_refused(answer: &Answer, why: &str) {
    assert_eq!((answer.status, answer.problem().as_str()), (400, "malformed"), "{why}");
    assert_eq!(answer.header("connection"), Some("close"), "{why}");
}

#[tokio::test]
async fn an_unclear_head_is_400_whatever_is_behind_it() {
    let site = Site::start().await;
    let mut texts = std::collections::BTreeSet::new();
    for (count, (why, lines, body)) in UNCLEAR.into_iter().enumerate() {
        let mut client = site.connect().await;
        client.send(format!("POST /hooks/open HTTP/1.1\r\n{lines}\r\n{body}{SMUGGLED}")).await;
        let answer = client.answer().await;
        assert_refused(&answer, why);
        texts.insert(answer.body);
        assert_eq!(client.closed().await, b"", "{why}: nothing more is read from that connection");
        assert_counted(&site, count + 1).await;
    }
    assert_eq!(texts.len(), 1, "strangers read one constant text");
    site.assert_nothing_kept();
}

#[tokio::test]
async fn it_is_refused_behind_requests_that_were_clear() {
    let before =
        [post("/hooks/signed", &signature(BODY), BODY), "GET /healthz HTTP/1.1\r\nHost: a\r\n\r\n".to_owned(), {
            let chunks = "8\r\n{\"Test\":\r\n8;x=y\r\n\"Value\"}\r\n0\r\nTrailer: t\r\n\r\n";
            format!(
                "POST /hooks/signed HTTP/1.1\r\nHost: a\r\n{}Transfer-Encoding: chunked\r\n\r\n{chunks}",
                signature(BODY)
            )
        }];
    for first in before {
        let site = Site::start().await;
        for (count, (why, lines, body)) in UNCLEAR.into_iter().enumerate() {
            let unclear = format!("POST /hooks/open HTTP/1.1\r\n{lines}\r\n{body}{SMUGGLED}");
            for at_once in [true, false] {
                let mut client = site.connect().await;
                if at_once {
                    client.send(format!("{first}{unclear}")).await;
                    assert_eq!(client.answer().await.status, 200, "{why}");
                } else {
                    assert_eq!(client.ask(&first).await.status, 200, "{why}");
                    client.send(&unclear).await;
                }
                assert_refused(&client.answer().await, why);
                assert_eq!(client.closed().await, b"", "{why}");
            }
            assert_counted(&site, 2 * (count + 1)).await;
        }
        assert!(site.arrivals().iter().all(|arrival| arrival.body == BODY), "only what was clear is kept");
        assert!(site.rejections().is_empty());
    }
}

#[tokio::test]
async fn it_is_refused_on_any_path_and_before_any_continue() {
    let site = Site::start().await;
    for path in ["/", "/healthz", "/hooks/nobody", "/hooks/off"] {
        let request =
            format!("POST {path} HTTP/1.1\r\nContent-Length: 2\r\nExpect: 100-continue\r\nContent-Length: 2\r\n\r\n");
        assert_refused(&site.ask(request).await, path);
    }
}

#[tokio::test]
async fn what_is_not_http_is_400_in_the_same_words() {
    let site = Site::start().await;
    for (count, wrong) in
        ["\u{16}\u{3}\u{1}\u{2}\u{0}\r\n\r\n", "POST /hooks/open\r\n\r\n", "GET / HTTP/1.1\r\nA b: c\r\n\r\n"]
            .into_iter()
            .enumerate()
    {
        let mut client = site.connect().await;
        client.send(wrong).await;
        assert_refused(&client.answer().await, wrong);
        assert_eq!(client.closed().await, b"", "{wrong}");
        assert_counted(&site, count + 1).await;
    }
}

#[tokio::test]
async fn http_1_0_needs_no_host() {
    let site = Site::start().await;
    assert_eq!(site.ask("GET /healthz HTTP/1.0\r\n\r\n").await.status, 200, "a load balancer's question");
    let chunked = format!("POST /hooks/open HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n{SMUGGLED}");
    assert_refused(&site.ask(chunked).await, "chunks came with HTTP/1.1");
    site.assert_nothing_kept();
}

#[tokio::test]
async fn a_chunked_body_that_nobody_read_leads_nobody_astray() {
    let site = Site::start().await;
    let mut client = site.connect().await;
    let request = "POST /nobody HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n2\r\n{}\r\n0\r\n\r\n";
    client.send(format!("{request}{}", post("/hooks/open", "Connection: close\r\n", BODY))).await;
    assert_eq!(client.answer().await.status, 404);
    // Whether hyper goes on behind it is its own affair: what it reads is the next request, or nothing.
    let rest = String::from_utf8(client.closed().await).unwrap();
    assert!(rest.is_empty() || rest.starts_with("HTTP/1.1 200"), "{rest}");
    assert!(site.arrivals().iter().all(|arrival| arrival.body == BODY));
}
