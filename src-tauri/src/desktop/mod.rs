//! The app: a window over `api`, a tray, pop-ups, and the receiver on threads of its own.
//!
//! The window only shows: when it hangs or is closed, deliveries are received all the same.

mod autostarting;
mod bridge;
mod closing;
mod commands;
mod notifier;
mod page;
mod paper;
mod practising;
mod quitting;
mod reception;
mod second;
mod tray;
mod window;

use std::process::ExitCode;
use std::sync::Arc;

use anyhow::Context as _;
use api::{Monitor, Practice, WindowLock};
use tauri::RunEvent;

use crate::autostart::Start;
use crate::practice::Study;
use bridge::Bridge;
pub(crate) use notifier::try_out as try_pop_up;
use reception::Reception;

/// The configuration and the window's files, built in.
#[expect(
    clippy::disallowed_methods,
    reason = "the macro's own code ends the process where its context cannot be built"
)]
fn context() -> tauri::Context {
    tauri::generate_context!()
}

/// A builder that says when the page's process ended, where Tauri knows.
fn builder() -> tauri::Builder<tauri::Wry> {
    let builder = tauri::Builder::default();
    #[cfg(target_os = "macos")]
    let builder = builder.on_web_content_process_terminate(|view| {
        page::ended(tauri::Manager::app_handle(view), "the system ended its process");
    });
    builder
}

/// How the window is opened.
pub(crate) struct Opening {
    /// A simulated study that is sent.
    pub(crate) practice: Option<(Practice, Study)>,
    /// The window is not shown at first.
    pub(crate) is_hidden: bool,
    /// The right to it.
    pub(crate) lock: WindowLock,
    /// What starts with the computer, where that is switched on.
    pub(crate) start: anyhow::Result<Start>,
}

/// What the page may ask, one command each; `capabilities/main.json` names them, too.
fn handler() -> impl Fn(tauri::ipc::Invoke) -> bool + Send + Sync + 'static {
    tauri::generate_handler![
        commands::subscribe,
        commands::today,
        commands::changes,
        commands::looked,
        commands::look,
        commands::search_terms,
        commands::search_values,
        commands::saved_searches,
        commands::saved_searches_set,
        commands::preferences,
        commands::preference_set,
        commands::zoom,
        commands::events,
        commands::event,
        commands::uploads,
        commands::count_rows,
        commands::subjects,
        commands::subject,
        commands::subject_act,
        commands::pem_choose_file,
        commands::subjects_choose_file,
        commands::subjects_import,
        commands::problems,
        commands::problem_groups,
        commands::problem,
        commands::problem_act,
        commands::rejections,
        commands::rejections_recover,
        commands::time_away,
        commands::time_away_check,
        commands::away_gap,
        commands::history_choose_files,
        commands::history_import,
        commands::history_progress,
        commands::history_stop,
        commands::notices_dismiss,
        commands::webhooks,
        commands::webhook_add,
        commands::webhook_edit,
        commands::webhook_set_enabled,
        commands::webhook_silence,
        commands::escalation,
        commands::escalation_set,
        commands::escalation_test,
        commands::webhook_silence_set,
        commands::webhook_end_former,
        commands::webhook_remove,
        commands::secret_generate,
        commands::settings,
        commands::settings_set,
        commands::settings_export,
        commands::settings_choose_file,
        commands::settings_import,
        commands::notifications,
        commands::notifications_read,
        commands::notifications_mute,
        commands::notifications_test,
        commands::about,
        commands::autostart,
        commands::autostart_set,
        commands::quit,
        commands::backups,
        commands::doctor,
        commands::doctor_start,
        commands::clock_server,
        commands::clock_server_set,
        commands::export_default_path,
        commands::export_choose_path,
        commands::export_start,
        commands::export_cancel,
        commands::export_reveal,
        paper::print_page,
        paper::text_save,
        practising::practice_state,
        practising::practice_steer,
        practising::practice_open,
        practising::practice_leave,
        practising::practice_start_over,
    ]
}

/// Opens the window, receives, and returns once the person quits.
pub(crate) fn run(monitor: Monitor, opening: Opening) -> anyhow::Result<ExitCode> {
    let Opening { practice, is_hidden, lock, start } = opening;
    let bridge = Arc::new(Bridge::default());
    let practice = practice.map(|(practice, study)| (practice, study, study.dial()));
    let dial = practice.as_ref().map(|(_, _, dial)| Arc::clone(dial));
    let app = builder()
        .plugin(tauri_plugin_dialog::init())
        .plugin(window::remembering(&monitor))
        .manage(monitor.clone())
        .manage(window::Shown::from(is_hidden))
        .manage(quitting::Asking::default())
        .manage(autostarting::Autostarting::from(start))
        .manage(page::Page::default())
        .manage(practising::Practising(dial))
        .manage(Arc::clone(&bridge))
        .invoke_handler(handler())
        .build(context())
        .context("the window cannot be opened")?;

    let reception = Reception::start(&monitor, practice, app.handle().clone())?;
    second::start(app.handle(), lock)?;
    bridge::start(&monitor, &bridge)?;
    let handle = app.handle().clone();
    notifier::start(monitor.clone(), {
        let bridge = Arc::clone(&bridge);
        move |target| {
            window::show(&handle);
            bridge.open(target);
        }
    })
    .context("pop-ups cannot be raised")?;

    let shown_by = Arc::clone(&bridge);
    let code = app.run_return(move |app, event| match event {
        RunEvent::Ready => {
            if let Err(error) = window::open(app, &monitor) {
                tracing::error!(%error, "the window cannot be opened");
                app.exit(1);
            }
            tray::start(app, &monitor, &shown_by, is_hidden);
        }
        RunEvent::WindowEvent { label, event: tauri::WindowEvent::CloseRequested { api, .. }, .. }
            if label == window::LABEL =>
        {
            api.prevent_close();
            closing::asked(app, &monitor);
        }
        _ => {}
    });
    reception.finish();
    Ok(ExitCode::from(u8::try_from(code).unwrap_or(1)))
}
