//! The one window: created hidden, shown when its page is at work; goes nowhere else, opens nothing.

use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use api::Monitor;
use tauri::plugin::TauriPlugin;
use tauri::webview::{Color, NewWindowResponse, PageLoadEvent};
use tauri::{AppHandle, Manager as _, Theme, Url, WebviewUrl, WebviewWindow, WebviewWindowBuilder, Wry};
use tauri_plugin_window_state::StateFlags;

use super::page;

/// Its label, which `capabilities/main.json` names.
pub(super) const LABEL: &str = "main";

/// What is behind the page until it is drawn: its own `--surface`, so that nothing flashes.
const LIGHT: Color = Color(0xff, 0xff, 0xff, 0xff);
/// See [`LIGHT`].
const DARK: Color = Color(0x17, 0x19, 0x1e, 0xff);

/// What every page of it runs first: see there. Tauri's own `freezePrototype` breaks libraries that give their objects a `constructor`.
const HARDEN: &str = include_str!("harden.js");

/// Whether how the page is drawn is chosen before there is one. WebKitGTK starts the page's process for the first page that is not blank;
/// chosen later, the process changes its way of drawing while it runs, and crashes where the window is shown in that moment.
const IS_PREPARED: bool =
    cfg!(any(target_os = "linux", target_os = "freebsd", target_os = "openbsd", target_os = "netbsd"));

/// Shown after this long even if its page has not said that it is there.
const PATIENCE: Duration = Duration::from_secs(3);

/// Whether the window was shown yet, or is not to be shown by itself.
#[derive(Debug)]
pub(super) struct Shown(AtomicBool);

impl From<bool> for Shown {
    fn from(is_hidden: bool) -> Self {
        Self(AtomicBool::new(is_hidden))
    }
}

/// Remembers where the window was and how large, in the data folder like everything else.
pub(super) fn remembering(monitor: &Monitor) -> TauriPlugin<Wry> {
    let file = monitor.data_folder().join("window.json");
    tauri_plugin_window_state::Builder::default()
        .with_filename(file.display().to_string())
        .with_state_flags(StateFlags::SIZE | StateFlags::POSITION | StateFlags::MAXIMIZED)
        .build()
}

/// What the window and the tray go by.
pub(super) fn name(monitor: &Monitor) -> &'static str {
    match monitor.is_practice() {
        Ok(true) => "CentrePoint Monitor (practice)",
        _ => "CentrePoint Monitor",
    }
}

/// Creates it.
pub(super) fn open(app: &AppHandle, monitor: &Monitor) -> tauri::Result<()> {
    let is_begun = AtomicBool::new(!IS_PREPARED);
    let first = if IS_PREPARED { WebviewUrl::External(blank()) } else { WebviewUrl::default() };
    let window = WebviewWindowBuilder::new(app, LABEL, first)
        .title(name(monitor))
        .inner_size(1280.0, 800.0)
        .min_inner_size(900.0, 600.0)
        .center()
        .visible(false)
        .data_directory(monitor.data_folder().join("webview"))
        .disable_drag_drop_handler()
        .initialization_script(HARDEN)
        .on_navigation(move |url| (*url == blank() && !is_begun.swap(true, Ordering::Relaxed)) || is_ours(url))
        .on_page_load(|window, load| {
            if load.event() == PageLoadEvent::Started && *load.url() != blank() {
                page::loading(window.app_handle());
            }
        })
        .on_new_window(|url, _| {
            tracing::warn!(%url, "the page wanted to open a window");
            NewWindowResponse::Deny
        })
        .build()?;
    window.set_background_color(Some(if is_dark(&window, monitor) { DARK } else { LIGHT }))?;
    draw_plainly(&window)?;
    page::follow(&window)?;
    if IS_PREPARED {
        window.navigate(home())?;
    }
    let app = app.clone();
    tauri::async_runtime::spawn(async move {
        tokio::time::sleep(PATIENCE).await;
        if show_first(&app) {
            tracing::warn!("the page is slow: the window is shown without it");
        }
    });
    Ok(())
}

/// Has WebKitGTK draw by the processor alone. The page is text that changes by the row: the graphics processor draws it no faster, takes half
/// as much memory again, and with some of its drivers leaves the window white.
fn draw_plainly(window: &WebviewWindow) -> tauri::Result<()> {
    #[cfg(any(target_os = "linux", target_os = "freebsd", target_os = "openbsd", target_os = "netbsd"))]
    window.with_webview(|view| {
        use webkit2gtk::{HardwareAccelerationPolicy, SettingsExt as _};
        if let Some(settings) = webkit2gtk::WebViewExt::settings(&view.inner()) {
            settings.set_hardware_acceleration_policy(HardwareAccelerationPolicy::Never);
        }
    })?;
    #[cfg(not(any(target_os = "linux", target_os = "freebsd", target_os = "openbsd", target_os = "netbsd")))]
    let _ = window;
    Ok(())
}

fn is_dark(window: &WebviewWindow, monitor: &Monitor) -> bool {
    match monitor.settings().map(|settings| settings.theme).as_deref() {
        Ok("dark") => true,
        Ok("light") => false,
        _ => window.theme().is_ok_and(|theme| theme == Theme::Dark),
    }
}

/// The page subscribed: there is something to show.
pub(super) fn page_is_there(app: &AppHandle) {
    page::is_there(app);
    show_first(app);
}

/// Shows the window for the first time. Whether it was that.
fn show_first(app: &AppHandle) -> bool {
    let Some(window) = app.get_webview_window(LABEL) else { return false };
    // Put away since is the person's wish.
    let is_first = !app.state::<Shown>().0.swap(true, Ordering::Relaxed);
    if is_first {
        if let Err(error) = window.show() {
            tracing::error!(%error, "the window cannot be shown");
        }
        // Given up while nobody could be asked: somebody can see it now.
        page::wanted(app);
    }
    is_first
}

/// Brings it to the front.
pub(super) fn show(app: &AppHandle) {
    let Some(window) = app.get_webview_window(LABEL) else { return };
    let shown = window.show().and_then(|()| window.unminimize()).and_then(|()| window.set_focus());
    if let Err(error) = shown {
        tracing::warn!(%error, "the window cannot be brought to the front");
    }
    page::wanted(app);
}

/// Whether it is out of sight, and not even minimised.
pub(super) fn is_away(app: &AppHandle) -> bool {
    let is_visible = app.get_webview_window(LABEL).and_then(|window| window.is_visible().ok());
    let was_shown = app.state::<Shown>().0.load(Ordering::Relaxed);
    was_shown && is_visible == Some(false)
}

/// Brings it where it can be reached without pushing it in front of anybody.
pub(super) fn come_back(app: &AppHandle) {
    let Some(window) = app.get_webview_window(LABEL) else { return };
    // Minimised before it is there, it does not flash; some desktops forget that by the time it is.
    if let Err(error) = window.minimize().and_then(|()| window.show()).and_then(|()| window.minimize()) {
        tracing::warn!(%error, "the window cannot be minimised");
    }
    page::wanted(app);
}

/// Nothing, before the page.
fn blank() -> Url {
    "about:blank".parse().expect("it is an address")
}

/// Where the page begins; [`is_ours`].
pub(super) fn home() -> Url {
    let home = match (tauri::is_dev(), cfg!(windows)) {
        (true, _) => "http://localhost:5173",
        (false, true) => "http://tauri.localhost",
        (false, false) => "tauri://localhost",
    };
    home.parse().expect("the addresses above are addresses")
}

/// The page comes from inside the program, or, for its makers, from the UI's development server.
fn is_ours(url: &Url) -> bool {
    let is_inside = match url.scheme() {
        "tauri" => url.host_str() == Some("localhost"),
        "http" | "https" => url.host_str() == Some("tauri.localhost"),
        _ => false,
    };
    let is_development = tauri::is_dev() && url.host_str() == Some("localhost") && url.port() == Some(5173);
    let is_ours = is_inside || is_development;
    if !is_ours {
        tracing::warn!(%url, "the page wanted to go elsewhere");
    }
    is_ours
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_page_stays_inside_the_program() {
        assert!(is_ours(&home()));
        for inside in ["tauri://localhost/", "tauri://localhost/index.html#/events", "http://tauri.localhost/"] {
            assert!(is_ours(&inside.parse().unwrap()), "{inside}");
        }
        let elsewhere = [
            "https://example.org/",
            "http://localhost:8737/hooks/a",
            "tauri://elsewhere/",
            "file:///etc/passwd",
            "data:text/html,x",
            "javascript:alert(1)",
            "about:blank",
        ];
        for elsewhere in elsewhere {
            assert!(!is_ours(&elsewhere.parse().unwrap()), "{elsewhere}");
        }
    }
}
