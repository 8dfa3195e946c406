//! What the receiver hands on, as a trait: the program puts the store behind it, a benchmark nothing, a test a notebook.

use std::future::Future;
use std::net::IpAddr;
use std::sync::Arc;

use store::state::{Handshake, NewRejection};
use store::{Appended, NewArrival, NotDurable};
use study::Slug;

/// What the receiver hands on. `store` is behind it in the program; a benchmark puts nothing behind it.
pub trait Intake: Send + Sync + 'static {
    /// Makes an arrival durable; resolves after the commit.
    fn append(&self, arrival: NewArrival) -> impl Future<Output = Result<Appended, NotDurable>> + Send;
    /// Keeps a refusal, soon, within its bounds; must not wait for the disk.
    fn reject(&self, rejection: NewRejection);
    /// Notes an answered handshake on its webhook. `unsigned` is head and body of one that was not authenticated, for the
    /// bounded list. Must not wait for the disk.
    fn handshake(&self, slug: &Slug, handshake: Handshake, source_ip: IpAddr, unsigned: Option<(Vec<u8>, Vec<u8>)>);
    /// Counts what is only counted: `not_found`, `method_not_allowed`, `interrupted` (the sender went away before its body
    /// was whole), `malformed` (the head is not HTTP/1, or unclear about length or host), `connections_refused` (by the
    /// cap of one address), `no_room` (for a body beside the others), `tokens_given`, `self_tests`. Must not wait for the disk.
    fn count(&self, name: &'static str);
    /// Tells of an answer 503, which is kept nowhere: `not_durable`, `no_room` (for a body beside the others), `secret_unreadable`. Must not
    /// wait for anything.
    fn told_later(&self, reason: &'static str) {
        let _ = reason;
    }
    /// Tells how many connections are open, whenever that may have changed. Must not wait for anything.
    fn connections(&self, open: usize) {
        let _ = open;
    }
    /// Whether arrivals can be made durable now; the reason otherwise. For `/healthz`.
    ///
    /// # Errors
    /// Why they cannot.
    fn health(&self) -> Result<(), Arc<str>>;
}
