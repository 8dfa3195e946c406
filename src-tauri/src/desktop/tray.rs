//! The tray: whether it receives, at a glance; the window; the way out. Only where a desktop says that it shows one.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::time::Duration;

use api::Monitor;
use api::wire::ReceiverState;
use tauri::image::Image;
use tauri::menu::{MenuBuilder, MenuItem, MenuItemBuilder};
use tauri::tray::{MouseButton, TrayIconBuilder, TrayIconEvent};
use tauri::{AppHandle, Wry};

use super::window;

/// The tray's id.
const ID: &str = "tray";
/// How often the icon may change.
const PAUSE: Duration = Duration::from_secs(1);

const RECEIVING: Image<'_> = tauri::include_image!("../icons/tray-receiving.png");
const ATTENTION: Image<'_> = tauri::include_image!("../icons/tray-attention.png");
const NOT_RECEIVING: Image<'_> = tauri::include_image!("../icons/tray-not-receiving.png");

/// Puts the tray icon up where there is a tray, and keeps it right. Without one the app works all the same.
pub(super) fn start(app: &AppHandle, monitor: &Monitor) {
    let (app, monitor) = (app.clone(), monitor.clone());
    tauri::async_runtime::spawn(async move {
        let has_host = tauri::async_runtime::spawn_blocking(has_host).await.unwrap_or(false);
        if !has_host {
            return tracing::info!("this desktop shows no tray");
        }
        let (sender, built) = tokio::sync::oneshot::channel();
        let there = app.clone();
        // A menu belongs to the window's thread. The tray's library is looked for at run time, and its absence is a panic.
        let asked = app.run_on_main_thread(move || {
            if let Ok(built) = catch_unwind(AssertUnwindSafe(|| build(&there))) {
                // Nobody waits for it any more only where the process ends.
                let _ = sender.send(built);
            }
        });
        match (asked, built.await) {
            (Ok(()), Ok(Ok(line))) => follow(&app, &monitor, &line).await,
            (Ok(()), Ok(Err(error))) | (Err(error), _) => tracing::warn!(%error, "the tray icon cannot be shown"),
            (Ok(()), Err(_)) => tracing::warn!("the tray icon cannot be shown: its library is missing"),
        }
    });
}

/// Whether the tray icon is there to be seen. Asks the bus: not for the window's thread.
pub(super) fn is_shown(app: &AppHandle) -> bool {
    app.tray_by_id(ID).is_some() && has_host()
}

#[cfg(any(target_os = "linux", target_os = "freebsd", target_os = "openbsd", target_os = "netbsd"))]
fn has_host() -> bool {
    use zbus::blocking::{Connection, fdo::DBusProxy};
    /// The service a desktop's tray goes by. Where nobody owns it, a tray icon is created without error and never seen.
    const HOST: &str = "org.kde.StatusNotifierWatcher";
    let ask =
        || -> zbus::Result<bool> { Ok(DBusProxy::new(&Connection::session()?)?.name_has_owner(HOST.try_into()?)?) };
    ask().unwrap_or_else(|error| {
        tracing::debug!(%error, "the session bus cannot be asked for a tray");
        false
    })
}

#[cfg(not(any(target_os = "linux", target_os = "freebsd", target_os = "openbsd", target_os = "netbsd")))]
fn has_host() -> bool {
    // The others always show one.
    true
}

/// Builds icon and menu; returns the menu's line that says whether it receives.
fn build(app: &AppHandle) -> tauri::Result<MenuItem<Wry>> {
    let line = MenuItemBuilder::with_id("state", "Starting…").enabled(false).build(app)?;
    let menu = MenuBuilder::new(app)
        .item(&line)
        .separator()
        .text("show", "Open CentrePoint Monitor")
        .separator()
        .text("quit", "Quit and stop receiving")
        .build()?;
    TrayIconBuilder::with_id(ID)
        .icon(NOT_RECEIVING)
        .tooltip("CentrePoint Monitor")
        .menu(&menu)
        .show_menu_on_left_click(false)
        .on_menu_event(|app, event| match event.id().as_ref() {
            "show" => window::show(app),
            "quit" => app.exit(0),
            _ => {}
        })
        .on_tray_icon_event(|tray, event| {
            if let TrayIconEvent::Click { button: MouseButton::Left, .. } = event {
                window::show(tray.app_handle());
            }
        })
        .build(app)?;
    Ok(line)
}

/// What the tray says.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Face {
    is_receiving: bool,
    open: i64,
}

impl Face {
    fn icon(&self) -> Image<'static> {
        match (self.is_receiving, self.open) {
            (false, _) => NOT_RECEIVING,
            (true, 0) => RECEIVING,
            (true, _) => ATTENTION,
        }
    }

    fn words(&self) -> String {
        let state = if self.is_receiving { "Receiving" } else { "Not receiving" };
        match self.open {
            0 => state.to_owned(),
            1 => format!("{state}, 1 open problem"),
            open => format!("{state}, {open} open problems"),
        }
    }
}

async fn follow(app: &AppHandle, monitor: &Monitor, line: &MenuItem<Wry>) {
    let (mut pulse, mut receiver) = (monitor.watch_pulse(), monitor.watch_receiver());
    let mut shown = None;
    loop {
        let asked = monitor.clone();
        let open = tauri::async_runtime::spawn_blocking(move || asked.open_problems()).await;
        // While the view is behind, what was known stands.
        let known = shown.as_ref().map_or(0, |face: &Face| face.open);
        let open = open.ok().and_then(Result::ok).unwrap_or(known);
        let is_receiving = monitor.receiver_status().state == ReceiverState::Receiving;
        let face = Face { is_receiving, open };
        if shown.as_ref() != Some(&face) {
            if let Err(error) = wear(app, line, &face) {
                tracing::warn!(%error, "the tray icon cannot be changed");
            }
            shown = Some(face);
        }
        tokio::time::sleep(PAUSE).await;
        tokio::select! {
            _ = pulse.changed() => {}
            _ = receiver.changed() => {}
        }
    }
}

fn wear(app: &AppHandle, line: &MenuItem<Wry>, face: &Face) -> tauri::Result<()> {
    line.set_text(face.words())?;
    let Some(tray) = app.tray_by_id(ID) else { return Ok(()) };
    tray.set_icon(Some(face.icon()))?;
    tray.set_tooltip(Some(format!("CentrePoint Monitor: {}", face.words())))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_tray_says_in_words_what_its_shape_says() {
        let words = |is_receiving, open| Face { is_receiving, open }.words();
        assert_eq!(words(true, 0), "Receiving");
        assert_eq!(words(true, 1), "Receiving, 1 open problem");
        assert_eq!(words(false, 4), "Not receiving, 4 open problems");
    }
}
