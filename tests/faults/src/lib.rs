//! A disk for tests: it notes what SQLite writes and what it syncs, can be cut off at any moment with an arbitrary part of what was not
//! synced lost, and fails at the call it is told to.
//!
//! It stands between SQLite and the real files as SQLite's default file system ([`Disk::under`]), so that the program's own code runs on it
//! unchanged. What the program does to files without SQLite (locks, renames) is not noted. The program itself never links this.

#![cfg(unix)]

mod dice;
mod disk;
mod journal;
mod vfs;

pub use dice::Dice;
pub use disk::{Call, Disk, Errno, Fault};
pub use journal::{Files, Moment};
