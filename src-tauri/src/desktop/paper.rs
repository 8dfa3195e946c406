//! What leaves the window on paper or as a text: the page for the IT person.

use api::wire::ApiError;
use tauri::WebviewWindow;
use tauri_plugin_dialog::DialogExt as _;

/// A text at most, in bytes.
const MOST: usize = 64 * 1024;

/// Prints what the page shows, with the system's dialog.
#[tauri::command]
pub(super) async fn print_page(window: WebviewWindow) -> Result<(), ApiError> {
    window.print().map_err(|error| ApiError::failed(format!("this cannot be printed here: {error}")))
}

/// Asks for a place with the system's dialog and writes `text` there; false when the person cancelled.
#[tauri::command]
pub(super) async fn text_save(window: WebviewWindow, name: String, text: String) -> Result<bool, ApiError> {
    if text.len() > MOST {
        return Err(ApiError::failed("this text is too long to be saved"));
    }
    let asked = tauri::async_runtime::spawn_blocking(move || {
        let dialog = window.dialog().file().set_parent(&window).add_filter("Text", &["txt"]).set_file_name(name);
        let Some(path) = dialog.blocking_save_file() else { return Ok(false) };
        let path =
            path.into_path().map_err(|error| ApiError::failed(format!("this is no place for a file: {error}")))?;
        let written = std::fs::write(&path, text);
        written.map_err(|error| ApiError::failed(format!("{} cannot be written: {error}", path.display())))?;
        Ok(true)
    });
    asked.await.unwrap_or_else(|error| Err(ApiError::failed(format!("the file could not be written: {error}"))))
}
