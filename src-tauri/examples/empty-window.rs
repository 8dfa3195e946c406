//! A Tauri window with an empty page: what the benchmark of memory compares the app with.

use tauri::{WebviewUrl, WebviewWindowBuilder};

#[expect(clippy::disallowed_methods, reason = "inside what Tauri generates")]
fn main() -> tauri::Result<()> {
    tauri::Builder::default()
        .setup(|app| {
            let blank = WebviewUrl::External("about:blank".parse().map_err(|_| tauri::Error::WindowNotFound)?);
            WebviewWindowBuilder::new(app, "empty", blank).inner_size(1280.0, 800.0).build()?;
            Ok(())
        })
        .run(tauri::generate_context!())
}
