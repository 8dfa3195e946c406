//! What fuzzing has found worth keeping, through the same targets: `make fuzz` goes on from there.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::Path;

#[path = "fuzz/targets/mod.rs"]
mod targets;

/// Runs every file of a corpus through its target; each that breaks a promise is named.
fn replay(target: &str, check: fn(&[u8])) {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("fuzz/corpus").join(target);
    let files: Vec<_> = folder.read_dir().expect("there is a corpus").map(|entry| entry.unwrap().path()).collect();
    assert!(files.len() > 10, "a corpus of {} says little", files.len());
    let breaks = |file: &&std::path::PathBuf| {
        let data = std::fs::read(file).unwrap();
        catch_unwind(AssertUnwindSafe(|| check(&data))).is_err()
    };
    let broken: Vec<_> = files.iter().filter(breaks).collect();
    assert!(broken.is_empty(), "{broken:?}");
}

#[test]
fn requests() {
    replay("request", targets::request::check);
}

#[test]
fn events() {
    replay("event", targets::event::check);
}

#[test]
fn queries() {
    replay("query", targets::query::check);
}

#[test]
fn cells() {
    replay("cell", targets::cell::check);
}
