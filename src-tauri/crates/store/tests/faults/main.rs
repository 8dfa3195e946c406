//! The store on a disk that loses what was not synced, and on one that fails: what was acknowledged is there once, whatever happens.

#![cfg(unix)]
#![expect(clippy::unwrap_used, reason = "a test that cannot go on should stop where it is")]
#![expect(clippy::print_stdout, reason = "what was measured")]

mod errors;
mod flips;
mod power;
mod site;
