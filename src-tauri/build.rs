//! Prepares Tauri's build: the commands a window may be permitted, and a clear word where the window's files are missing.

use std::path::Path;

/// Every command of `src/desktop/commands.rs`; `capabilities/main.json` permits them one by one.
const COMMANDS: &[&str] = &[
    "subscribe",
    "today",
    "changes",
    "looked",
    "look",
    "search_terms",
    "search_values",
    "saved_searches",
    "saved_searches_set",
    "preferences",
    "preference_set",
    "zoom",
    "events",
    "event",
    "uploads",
    "count_rows",
    "subjects",
    "subject",
    "subject_act",
    "pem_choose_file",
    "subjects_choose_file",
    "subjects_import",
    "problems",
    "problem_groups",
    "problem",
    "problem_act",
    "rejections",
    "rejections_recover",
    "time_away",
    "time_away_check",
    "away_gap",
    "history_choose_files",
    "history_import",
    "history_progress",
    "history_stop",
    "notices_dismiss",
    "webhooks",
    "webhook_add",
    "webhook_edit",
    "webhook_set_enabled",
    "webhook_silence",
    "escalation",
    "escalation_set",
    "escalation_test",
    "webhook_silence_set",
    "webhook_end_former",
    "webhook_remove",
    "secret_generate",
    "settings",
    "settings_set",
    "settings_export",
    "settings_choose_file",
    "settings_import",
    "notifications",
    "notifications_read",
    "notifications_mute",
    "notifications_test",
    "about",
    "autostart",
    "autostart_set",
    "quit",
    "backups",
    "doctor",
    "doctor_start",
    "clock_server",
    "clock_server_set",
    "export_default_path",
    "export_choose_path",
    "export_start",
    "export_cancel",
    "export_reveal",
    "print_page",
    "text_save",
    "practice_state",
    "practice_steer",
    "practice_open",
    "practice_leave",
    "practice_start_over",
];

fn main() -> Result<(), Box<dyn std::error::Error>> {
    println!("cargo::rerun-if-changed=../ui/dist");
    let is_built_in = std::env::var_os("CARGO_FEATURE_CUSTOM_PROTOCOL").is_some();
    if is_built_in && !Path::new("../ui/dist/index.html").is_file() {
        let how = "`make build` does it all; by hand: npm --prefix ui ci && npm --prefix ui run build";
        println!("cargo::error=the window is not built yet (ui/dist is missing): {how}");
        return Ok(());
    }
    let manifest = tauri_build::AppManifest::new().commands(COMMANDS);
    tauri_build::try_build(tauri_build::Attributes::new().app_manifest(manifest))?;
    Ok(())
}
