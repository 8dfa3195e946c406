//! A receiver whose clock on the wall is set by a test.

use std::path::PathBuf;
use std::process::Command;

use super::{Folder, Serve, binary};

/// A receiver whose clock on the wall shows what the file that comes with it says (`+3h`, `-6d`), and may be set while it runs. What measures
/// time is left as it is.
pub(crate) fn faked(folder: &Folder, offset: &str) -> (Serve, PathBuf) {
    let clock = folder.beside("clock");
    std::fs::write(&clock, offset).expect("a fresh folder is writable");
    let mut command = Command::new(binary());
    folder.dress(&mut command);
    command
        // The loader puts in where this system keeps its libraries.
        .env("LD_PRELOAD", "/usr/$LIB/faketime/libfaketimeMT.so.1")
        .env("FAKETIME_TIMESTAMP_FILE", &clock)
        .env("FAKETIME_NO_CACHE", "1")
        .env("FAKETIME_DONT_FAKE_MONOTONIC", "1")
        .env("NO_FAKE_STAT", "1")
        .arg("--data-dir")
        .arg(folder.path())
        .args(["serve", "--listen", "127.0.0.1:0"]);
    (Serve::start(folder, &mut command), clock)
}
