//! Going on at another address while deliveries come.

use std::io;
use std::net::SocketAddr;

use crate::site::{BODY, Client, Site, patiently, post, signature};

fn signed() -> String {
    post("/hooks/signed", &signature(BODY), BODY)
}

async fn moved(site: &Site, to: SocketAddr) -> io::Result<SocketAddr> {
    let mover = site.mover.clone();
    patiently(tokio::task::spawn_blocking(move || mover.go(to))).await.unwrap()
}

async fn connect(address: SocketAddr) -> io::Result<Client> {
    Ok(Client::on(tokio::net::TcpStream::connect(address).await?))
}

#[tokio::test]
async fn open_connections_go_on_and_newcomers_find_it_at_the_new_address_alone() {
    let site = Site::start().await;
    let mut open = site.connect().await;
    assert_eq!(open.ask(signed()).await.status, 200);
    let address = moved(&site, "127.0.0.1:0".parse().unwrap()).await.unwrap();
    assert_ne!(address, site.address);
    assert_eq!(connect(address).await.unwrap().ask(signed()).await.status, 200);
    assert_eq!(open.ask(signed()).await.status, 200, "a proxy's connection that is open stays open");
    let refused = connect(site.address).await.err().expect("nobody is there any more");
    assert_eq!(refused.kind(), io::ErrorKind::ConnectionRefused);
    assert_eq!(site.arrivals().len(), 3);
    patiently(site.end()).await.unwrap().unwrap();
    assert!(connect(address).await.is_err(), "and at the end nobody is there, either");
}

#[tokio::test]
async fn one_that_is_taken_leaves_it_where_it_is() {
    let site = Site::start().await;
    let taken = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let refused = moved(&site, taken.local_addr().unwrap()).await.unwrap_err();
    assert_eq!(refused.kind(), io::ErrorKind::AddrInUse);
    assert_eq!(site.ask(signed()).await.status, 200);
}

#[tokio::test]
async fn who_was_connected_when_it_moved_is_answered() {
    let site = Site::start().await;
    // As many as come in one moment: some of them nobody has looked at yet.
    let mut crowd = Vec::new();
    for _ in 0..50 {
        crowd.push(Client::on(tokio::net::TcpStream::from_std(early(site.address)).unwrap()));
    }
    let everyone: SocketAddr = ([0, 0, 0, 0], site.address.port()).into();
    assert_eq!(moved(&site, everyone).await.unwrap(), everyone);
    for client in &mut crowd {
        assert_eq!(client.ask(signed()).await.status, 200);
    }
    assert_eq!(site.ask(signed()).await.status, 200);
    assert_eq!(site.arrivals().len(), 51);
}

/// Connected before the receiver's own task could run.
fn early(address: SocketAddr) -> std::net::TcpStream {
    let stream = std::net::TcpStream::connect(address).unwrap();
    stream.set_nonblocking(true).unwrap();
    stream
}
