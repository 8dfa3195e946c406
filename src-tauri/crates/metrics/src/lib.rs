//! Figures for a monitoring system, in Prometheus' text format, on this computer alone. The only room that knows `prometheus-client`.
//!
//! `figures` counts and writes them out; `listener` is a socket of its own that takes loopback addresses alone and answers `/metrics`, and nothing
//! else. Who sends deliveries never reaches it. Nothing here is about subjects: the only label a person chose is a webhook's slug.

mod figures;
mod listener;

pub use figures::{Figures, Now, STATES};
pub use listener::{Listener, NotServed, may_listen};
