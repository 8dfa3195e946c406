//! Who may send: the list of a webhook, and whom a proxy is believed to forward for.

use super::{Bench, is_problem};
use crate::harness::{Folder, Post, Serve, eventually};

const SENDER: &str = "13.82.60.74";

fn post() -> Post {
    Post::upload("listed", "1", "2", "started")
}

/// A receiver of one webhook that takes deliveries from CentrePoint's addresses alone, with these options.
fn listed(options: &[&str]) -> (Folder, Serve) {
    let folder = Folder::new();
    let add = ["webhook", "add", "Listed", "--slug", "listed", "--auth", "none", "--allow", "vendor"];
    folder.run(&add).good();
    let serve = Serve::start(&folder, &mut folder.command(&[&["serve", "--listen", "127.0.0.1:0"], options].concat()));
    (folder, serve)
}

#[test]
fn only_listed_addresses_may_send_and_a_change_reaches_the_receiver() {
    let (folder, serve) = listed(&[]);
    // Whatever a stranger claims, it is its own address that counts.
    let spoofed = post().header("X-Forwarded-For", SENDER).header("Forwarded", "for=13.82.60.74");
    is_problem(&serve.post(&spoofed), 403);
    let rejection = eventually("the rejection", || folder.rejections(1).pop());
    assert_eq!((&rejection["status"], &rejection["source_ip"]), (&403.into(), &"127.0.0.1".into()));
    assert!(rejection["reason"].as_str().is_some_and(|reason| reason.contains("proxy")), "{rejection}");
    assert_eq!(folder.events().len(), 0);

    let edit = ["webhook", "edit", "listed", "--allow", "10.0.0.0/8", "--allow", "127.0.0.0/8"];
    folder.run(&edit).good();
    eventually("the new list counts", || (serve.post(&post()).status == 200).then_some(()));
}

#[test]
fn a_trusted_proxy_names_the_sender_and_a_spoofed_part_never_counts() {
    let (folder, serve) = listed(&["--trusted-proxy", "127.0.0.1", "--trusted-proxy", "10.0.0.0/8"]);
    let forwarded = post().header("X-Forwarded-For", "203.0.113.9, 13.82.60.74, 10.1.2.3");
    assert_eq!(serve.post(&forwarded).status, 200);
    assert_eq!(folder.events()[0]["source_ip"], SENDER, "the sender's address is kept, not the proxy's");
    is_problem(&serve.post(&post().header("X-Forwarded-For", "13.82.60.74, 203.0.113.9")), 403);
    is_problem(&serve.post(&post().header("X-Forwarded-For", "13.82.60.74, unknown")), 403);
    is_problem(&serve.post(&post()), 403);
    drop(serve);
    // It is a setting: a receiver that is told nothing goes on with it, until it is told otherwise.
    let again = folder.serve();
    assert_eq!(again.post(&post().header("Forwarded", "for=\"13.82.60.74:50000\"")).status, 200);
    drop(again);
    let nobody = ["serve", "--listen", "127.0.0.1:0", "--trusted-proxy", "none"];
    let nobody = Serve::start(&folder, &mut folder.command(&nobody));
    is_problem(&nobody.post(&forwarded), 403);
}

#[test]
fn what_is_no_address_is_refused_where_it_is_typed() {
    let bench = Bench::new();
    for wrong in ["example.org", "10.0.0.0/33", "Vendor"] {
        let said = bench.folder.run(&["webhook", "edit", "open", "--allow", wrong]).bad();
        assert!(said.contains(wrong) && said.contains("203.0.113.0/24"), "what is wrong, and how it is right: {said}");
    }
    for wrong in ["proxy.example.org", "0.0.0.0/0"] {
        let folder = Folder::new();
        let said = folder.run(&["serve", "--listen", "127.0.0.1:0", "--trusted-proxy", wrong]).bad();
        assert!(said.contains(wrong), "{said}");
    }
}
