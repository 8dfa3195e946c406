//! Quitting, wherever it is asked for: says first what it stops, where it stops something. The end of the desktop's session asks nobody.

use std::sync::atomic::{AtomicBool, Ordering};

use api::Monitor;
use api::wire::{ReceiverState, ReceiverStatus};
use tauri::{AppHandle, Manager as _};
use tauri_plugin_dialog::{DialogExt as _, MessageDialogButtons, MessageDialogKind};

use super::window;

/// What a person is told. When CentrePoint tries again is documented: ActiGraph's guide to webhooks.
const MEANS: &str = "While CentrePoint Monitor is closed, nothing is received. CentrePoint tries a delivery that nobody answers a couple of \
     times at once, about 24 hours later and about 48 hours later. What meets a closed receiver each time must be resent by hand in the \
     portal.\n\nClosing the window instead keeps receiving.";

/// Whether the question is on the screen: it is asked once at a time.
#[derive(Debug, Default)]
pub(super) struct Asking(AtomicBool);

/// Somebody wants to quit.
pub(super) fn asked(app: &AppHandle) {
    let app = app.clone();
    // The state is asked: that may not hold up the window's thread.
    tauri::async_runtime::spawn_blocking(move || {
        if stops_receiving(&app.state::<Monitor>()) {
            ask(&app);
        } else {
            app.exit(0);
        }
    });
}

fn ask(app: &AppHandle) {
    // Beside its window a person sees what the question is about.
    window::show(app);
    if app.state::<Asking>().0.swap(true, Ordering::Relaxed) {
        return;
    }
    let mut dialog = app.dialog().message(MEANS).title("Quit and stop receiving?").kind(MessageDialogKind::Warning);
    if let Some(window) = app.get_webview_window(window::LABEL) {
        dialog = dialog.parent(&window);
    }
    let app = app.clone();
    dialog
        .buttons(MessageDialogButtons::OkCancelCustom(
            "Quit and stop receiving".to_owned(),
            "Keep receiving".to_owned(),
        ))
        .show(move |is_wanted| {
            app.state::<Asking>().0.store(false, Ordering::Relaxed);
            if is_wanted {
                tracing::info!("quit by a person, who was told that receiving stops");
                app.exit(0);
            }
        });
}

fn stops_receiving(monitor: &Monitor) -> bool {
    let of_a_study =
        || -> Result<bool, api::wire::ApiError> { Ok(!monitor.is_practice()? && !monitor.webhooks()?.is_empty()) };
    // What cannot be read may be a study's.
    is_receiving(&monitor.receiver_status()) && of_a_study().unwrap_or(true)
}

/// Whether this process receives, or is about to.
fn is_receiving(status: &ReceiverStatus) -> bool {
    status.elsewhere.is_none() && status.state != ReceiverState::NotReceiving
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_stops_nothing_is_not_warned_of() {
        let status = |state, elsewhere| ReceiverStatus {
            state,
            since: None,
            reason: None,
            address: None,
            address_from: None,
            last_arrival_at: None,
            behind: 0,
            rebuilding: None,
            tls: None,
            warnings: Vec::new(),
            notices: Vec::new(),
            elsewhere,
        };
        for state in [ReceiverState::Starting, ReceiverState::Receiving, ReceiverState::Failing] {
            assert!(is_receiving(&status(state, None)), "{state:?}");
            assert!(!is_receiving(&status(state, Some(7))), "a service receives on: {state:?}");
        }
        assert!(!is_receiving(&status(ReceiverState::NotReceiving, None)));
    }
}
