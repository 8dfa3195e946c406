//! The tray: whether it receives, at a glance; the window; what wants a person; the way out. Only where a desktop says that it shows one,
//! and looked after for as long as the app runs: a panel may come late, and go.

mod face;
mod host;
mod lookout;

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::thread;
use std::time::Duration;

use api::Monitor;
use api::wire::NotificationTarget;
use tauri::menu::{MenuBuilder, MenuItem, MenuItemBuilder};
use tauri::tray::{MouseButton, TrayIconBuilder, TrayIconEvent};
use tauri::{AppHandle, Manager as _, Wry};
use tokio::sync::oneshot;

use self::face::Face;
use self::host::Host;
use self::lookout::{Lookout, Step};
use super::bridge::Bridge;
use super::{quitting, window};

/// The tray's id.
const ID: &str = "tray";
/// How often the icon may change.
const PAUSE: Duration = Duration::from_secs(1);
/// How often it is looked for a tray: twice that, and a window that was closed into it is back.
const LOOK_EVERY: Duration = Duration::from_secs(2);

/// What of the menu changes.
struct Lines {
    state: MenuItem<Wry>,
    problems: MenuItem<Wry>,
    quit: MenuItem<Wry>,
}

/// Puts the icon up once there is a tray, keeps it right, and brings the window back where the tray it was closed into is gone. Without
/// one the app works all the same.
pub(super) fn start(app: &AppHandle, monitor: &Monitor, bridge: &Arc<Bridge>, is_hidden: bool) {
    let (app, monitor, bridge) = (app.clone(), monitor.clone(), Arc::clone(bridge));
    let watch = move || {
        let (mut host, mut lookout, mut can) = (Host::new(), Lookout::new(is_hidden), true);
        loop {
            match lookout.look(can && host.is_there(), window::is_away(&app)) {
                Step::Nothing => {}
                Step::PutUp => can = put_up(&app, &monitor, &bridge),
                Step::BringBack => {
                    tracing::warn!("this desktop shows no tray any more: the window is back, minimised");
                    window::come_back(&app);
                }
            }
            thread::sleep(LOOK_EVERY);
        }
    };
    // It asks the bus, which may not answer: a thread of its own.
    if let Err(error) = thread::Builder::new().name("tray".to_owned()).spawn(watch) {
        tracing::error!(%error, "there will be no tray icon");
    }
}

/// Whether the tray icon is there to be seen. Asks the bus: not for the window's thread.
pub(super) fn is_shown(app: &AppHandle) -> bool {
    app.tray_by_id(ID).is_some() && Host::new().is_there()
}

/// Puts the icon up. Whether that can be done here.
fn put_up(app: &AppHandle, monitor: &Monitor, bridge: &Arc<Bridge>) -> bool {
    let (sender, built) = oneshot::channel();
    let (there, bridge) = (app.clone(), Arc::clone(bridge));
    // A menu belongs to the window's thread. The tray's library is looked for at run time, and its absence is a panic.
    let asked = app.run_on_main_thread(move || {
        if let Ok(built) = catch_unwind(AssertUnwindSafe(|| build(&there, bridge))) {
            // Nobody waits for it any more only where the process ends.
            let _ = sender.send(built);
        }
    });
    match (asked, built.blocking_recv()) {
        (Ok(()), Ok(Ok(lines))) => {
            let (app, monitor) = (app.clone(), monitor.clone());
            tauri::async_runtime::spawn(async move { follow(&app, &monitor, &lines).await });
            return true;
        }
        (Ok(()), Ok(Err(error))) | (Err(error), _) => tracing::warn!(%error, "the tray icon cannot be shown"),
        (Ok(()), Err(_)) => tracing::warn!("the tray icon cannot be shown: its library is missing"),
    }
    false
}

/// Builds icon and menu.
fn build(app: &AppHandle, bridge: Arc<Bridge>) -> tauri::Result<Lines> {
    let state = MenuItemBuilder::with_id("state", "Starting…").enabled(false).build(app)?;
    let problems = MenuItemBuilder::with_id("problems", "Problems").build(app)?;
    let quit = MenuItemBuilder::with_id("quit", "Quit").build(app)?;
    let menu = MenuBuilder::new(app)
        .item(&state)
        .separator()
        .text("show", "Open CentrePoint Monitor")
        .item(&problems)
        .separator()
        .text("hour", "No pop-ups for an hour")
        .text("tomorrow", "No pop-ups until tomorrow morning")
        .separator()
        .item(&quit)
        .build()?;
    TrayIconBuilder::with_id(ID)
        .icon(Face::of(&app_status(app), 0).icon())
        .tooltip("CentrePoint Monitor")
        .menu(&menu)
        .show_menu_on_left_click(false)
        .on_menu_event(move |app, event| match event.id().as_ref() {
            "show" => window::show(app),
            "problems" => {
                window::show(app);
                bridge.open(NotificationTarget { view: "problems".to_owned(), problem: None, query: String::new() });
            }
            until @ ("hour" | "tomorrow") => mute(app, until.to_owned()),
            "quit" => quitting::asked(app),
            _ => {}
        })
        .on_tray_icon_event(|tray, event| {
            if let TrayIconEvent::Click { button: MouseButton::Left, .. } = event {
                window::show(tray.app_handle());
            }
        })
        .build(app)?;
    Ok(Lines { state, problems, quit })
}

/// Nothing pops up for a while. The history is written to: not on the window's thread.
fn mute(app: &AppHandle, until: String) {
    let app = app.clone();
    tauri::async_runtime::spawn_blocking(move || {
        if let Err(error) = app.state::<Monitor>().notifications_mute(&until) {
            tracing::warn!(%error, "pop-ups cannot be muted");
        }
    });
}

fn app_status(app: &AppHandle) -> api::wire::ReceiverStatus {
    tauri::Manager::state::<Monitor>(app).receiver_status()
}

async fn follow(app: &AppHandle, monitor: &Monitor, lines: &Lines) {
    let (mut pulse, mut receiver) = (monitor.watch_pulse(), monitor.watch_receiver());
    let mut shown = None;
    loop {
        let asked = monitor.clone();
        let open = tauri::async_runtime::spawn_blocking(move || asked.open_problems()).await;
        // While the view is behind, what was known stands.
        let known = shown.as_ref().map_or(0, |face: &Face| face.open);
        let open = open.ok().and_then(Result::ok).unwrap_or(known);
        let face = Face::of(&monitor.receiver_status(), open);
        if shown.as_ref() != Some(&face) {
            if let Err(error) = wear(app, lines, &face) {
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

fn wear(app: &AppHandle, lines: &Lines, face: &Face) -> tauri::Result<()> {
    lines.state.set_text(face.state())?;
    lines.problems.set_text(face.problems())?;
    lines.problems.set_enabled(face.open > 0)?;
    lines.quit.set_text(face.quit())?;
    let Some(tray) = app.tray_by_id(ID) else { return Ok(()) };
    tray.set_icon(Some(face.icon()))?;
    tray.set_tooltip(Some(format!("CentrePoint Monitor: {}", face.words())))
}
