//! Whoever starts the program again on this data folder wants to see its window: it comes forward.

use std::sync::mpsc::sync_channel;
use std::thread;
use std::time::Duration;

use anyhow::Context as _;
use api::WindowLock;
use tauri::AppHandle;

use super::window;

/// How often it looks whether somebody does.
const LOOK_EVERY: Duration = Duration::from_millis(250);

/// Starts the thread that looks; it has the right to the window until the process ends.
pub(super) fn start(app: &AppHandle, lock: WindowLock) -> anyhow::Result<()> {
    let app = app.clone();
    let answering = move || {
        loop {
            thread::sleep(LOOK_EVERY);
            if lock.is_wanted() {
                // Answered by the window's own thread: one that hangs does not come forward.
                let (done, shown) = sync_channel(1);
                let there = app.clone();
                let asked = app.run_on_main_thread(move || {
                    window::show(&there);
                    // Nobody waits for it any more only where the process ends.
                    let _ = done.send(());
                });
                if asked.is_ok() && shown.recv().is_ok() {
                    tracing::info!("started a second time: the window was brought to the front");
                    lock.answered();
                }
            }
        }
    };
    thread::Builder::new().name("second".to_owned()).spawn(answering).map(drop).context("a thread cannot be started")
}
