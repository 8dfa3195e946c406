//! The app: a window over `api`, a tray, pop-ups, and the receiver on threads of its own.
//!
//! The window only shows: when it hangs or is closed, deliveries are received all the same.

mod bridge;
mod closing;
mod commands;
mod notifier;
mod page;
mod paper;
mod practising;
mod reception;
mod tray;
mod window;

use std::net::SocketAddr;
use std::process::ExitCode;
use std::sync::Arc;

use anyhow::Context as _;
use api::{Monitor, Practice};
use tauri::RunEvent;

use crate::practice::Study;
use bridge::Bridge;
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

/// Opens the window, receives, and returns once the person quits.
pub(crate) fn run(
    monitor: Monitor,
    address: SocketAddr,
    practice: Option<(Practice, Study)>,
) -> anyhow::Result<ExitCode> {
    let bridge = Arc::new(Bridge::default());
    let practice = practice.map(|(practice, study)| (practice, study, study.dial()));
    let dial = practice.as_ref().map(|(_, _, dial)| Arc::clone(dial));
    let app = builder()
        .plugin(tauri_plugin_dialog::init())
        .plugin(window::remembering(&monitor))
        .manage(monitor.clone())
        .manage(window::Shown::default())
        .manage(page::Page::default())
        .manage(practising::Practising(dial))
        .manage(Arc::clone(&bridge))
        .invoke_handler(tauri::generate_handler![
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
            commands::notices_dismiss,
            commands::webhooks,
            commands::webhook_add,
            commands::webhook_edit,
            commands::webhook_set_enabled,
            commands::webhook_end_former,
            commands::webhook_remove,
            commands::secret_generate,
            commands::settings,
            commands::settings_set,
            commands::about,
            commands::backups,
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
        ])
        .build(context())
        .context("the window cannot be opened")?;

    let reception = Reception::start(&monitor, address, practice, app.handle().clone())?;
    bridge::start(&monitor, &bridge)?;
    let handle = app.handle().clone();
    notifier::start(monitor.clone(), {
        let bridge = Arc::clone(&bridge);
        move |problem| {
            window::show(&handle);
            bridge.open_problem(problem);
        }
    })
    .context("pop-ups cannot be raised")?;

    let code = app.run_return(move |app, event| match event {
        RunEvent::Ready => {
            if let Err(error) = window::open(app, &monitor) {
                tracing::error!(%error, "the window cannot be opened");
                app.exit(1);
            }
            tray::start(app, &monitor);
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
