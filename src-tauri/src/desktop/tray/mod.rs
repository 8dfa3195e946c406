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
use tauri::{AppHandle, Wry};
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
    unmute: MenuItem<Wry>,
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
    let name = window::name(&tauri::Manager::state::<Monitor>(app));
    let state = MenuItemBuilder::with_id("state", "Starting…").enabled(false).build(app)?;
    let problems = MenuItemBuilder::with_id("problems", "Problems").build(app)?;
    let unmute = MenuItemBuilder::with_id("unmute", "Pop-ups again").enabled(false).build(app)?;
    let quit = MenuItemBuilder::with_id("quit", "Quit").build(app)?;
    let menu = MenuBuilder::new(app)
        .item(&state)
        .separator()
        .text("show", format!("Open {name}"))
        .item(&problems)
        .separator()
        .text("mute-hour", "No pop-ups for an hour")
        .text("mute-tomorrow", "No pop-ups until tomorrow morning")
        .item(&unmute)
        .separator()
        .item(&quit)
        .build()?;
    TrayIconBuilder::with_id(ID)
        .icon(Face::of(&app_status(app), 0, false).icon())
        .tooltip(name)
        .menu(&menu)
        .show_menu_on_left_click(false)
        .on_menu_event(move |app, event| match event.id().as_ref() {
            "show" => window::show(app),
            "problems" => {
                window::show(app);
                bridge.open(NotificationTarget { view: "problems".to_owned(), ..NotificationTarget::default() });
            }
            "mute-hour" => mute(app, "hour"),
            "mute-tomorrow" => mute(app, "tomorrow"),
            "unmute" => mute(app, "off"),
            "quit" => quitting::asked(app),
            _ => {}
        })
        .on_tray_icon_event(|tray, event| {
            if let TrayIconEvent::Click { button: MouseButton::Left, .. } = event {
                window::show(tray.app_handle());
            }
        })
        .build(app)?;
    Ok(Lines { state, problems, unmute, quit })
}

/// Mutes notifications; written into the history, so not on the window's thread.
fn mute(app: &AppHandle, until: &'static str) {
    let monitor = tauri::Manager::state::<Monitor>(app).inner().clone();
    tauri::async_runtime::spawn_blocking(move || {
        if let Err(error) = monitor.notifications_mute(until) {
            tracing::warn!(%error, until, "pop-ups cannot be muted");
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
        let figures = move || (asked.open_problems(), asked.notifications(1));
        let (open, notifications) = tauri::async_runtime::spawn_blocking(figures).await.ok().unzip();
        // While the view is behind, what was known stands.
        let known = shown.as_ref().map_or(0, |face: &Face| face.open);
        let open = open.and_then(Result::ok).unwrap_or(known);
        let is_muted = notifications.and_then(Result::ok).is_some_and(|page| page.muted_until.is_some());
        let face = Face::of(&monitor.receiver_status(), open, is_muted);
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
    lines.unmute.set_enabled(face.is_muted)?;
    lines.quit.set_text(face.quit())?;
    let Some(tray) = app.tray_by_id(ID) else { return Ok(()) };
    tray.set_icon(Some(face.icon()))?;
    let name = window::name(&tauri::Manager::state::<Monitor>(app));
    tray.set_tooltip(Some(format!("{name}: {}", face.words())))
}
