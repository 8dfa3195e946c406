//! Closing the window: receiving goes on, in the tray where the desktop has one, minimised elsewhere. Said once.

use api::Monitor;
use tauri::{AppHandle, Manager as _};
use tauri_plugin_dialog::{DialogExt as _, MessageDialogButtons};

use super::{quitting, tray, window};

/// What is said the first time.
const TITLE: &str = "CentrePoint Monitor keeps receiving";

/// Said where there is a tray.
const IN_THE_TRAY: &str =
    "Deliveries are received as before. You find the window in the tray; to stop receiving, choose Quit there.";

/// Said where there is none.
const MINIMISED: &str = "Deliveries are received as before, so the window is only minimised. To stop receiving, quit with Ctrl+Q, or close \
     the window once more while it is minimised.";

/// The person closed the window.
pub(super) fn asked(app: &AppHandle, monitor: &Monitor) {
    let Some(window) = app.get_webview_window(window::LABEL) else { return };
    // With a tray the window cannot be closed while it is away; without one this is the way out.
    if window.is_minimized().unwrap_or(false) {
        return quitting::asked(app);
    }
    let (app, monitor) = (app.clone(), monitor.clone());
    // Where another process receives, closing this window stops nothing: nothing has to be explained.
    let is_viewer = monitor.receiver_status().elsewhere.is_some();
    // The bus and the state are asked: neither may hold up the window's thread.
    tauri::async_runtime::spawn_blocking(move || {
        let has_tray = tray::is_shown(&app);
        let is_first = !is_viewer
            && monitor.explain_tray_once().unwrap_or_else(|error| {
                tracing::warn!(%error, "whether closing was explained cannot be remembered");
                false
            });
        if !is_first {
            return away(&app, has_tray);
        }
        let text = if has_tray { IN_THE_TRAY } else { MINIMISED };
        let dialog = app.dialog().message(text).title(TITLE).parent(&window);
        let answered = app.clone();
        dialog
            .buttons(MessageDialogButtons::OkCustom("Keep receiving".to_owned()))
            .show(move |_| away(&answered, has_tray));
    });
}

fn away(app: &AppHandle, has_tray: bool) {
    let Some(window) = app.get_webview_window(window::LABEL) else { return };
    let outcome = if has_tray { window.hide() } else { window.minimize() };
    if let Err(error) = outcome {
        tracing::warn!(%error, "the window cannot be put away");
    }
}
