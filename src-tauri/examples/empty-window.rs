//! A Tauri window with an empty page: what the benchmark of memory compares the app with.

use std::borrow::Cow;

use tauri::{WebviewUrl, WebviewWindowBuilder, http::Response};

/// A page with nothing on it. Not `about:blank`: for that the web view starts no process of its own, and there would be no window to compare with.
const PAGE: &[u8] = b"<!doctype html><html lang=en><meta charset=utf-8><title>Empty</title><p>Empty</p></html>";

#[expect(clippy::disallowed_methods, reason = "inside what Tauri generates")]
fn main() -> tauri::Result<()> {
    tauri::Builder::default()
        .register_uri_scheme_protocol("empty", |_, _| Response::new(Cow::Borrowed(PAGE)))
        .setup(|app| {
            let page =
                WebviewUrl::CustomProtocol("empty://localhost/".parse().map_err(|_| tauri::Error::WindowNotFound)?);
            WebviewWindowBuilder::new(app, "empty", page).inner_size(1280.0, 800.0).build()?;
            Ok(())
        })
        .run(tauri::generate_context!())
}
