//! The window's commands: adapters of one line each over `api`, run where they may block.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;

use api::Monitor;
use api::wire::{
    About, ApiError, Autostart, AwayCheck, AwayGap, AwayGapQuery, Backups, Changes, ChangesQuery, Checkup, Counted,
    Counting, EscalationForm, EscalationStatus, EscalationTest, EventDetail, EventPage, EventQuery, ExportRequest,
    ExportState, GroupPage, GroupQuery, HistoryImport, HistoryProgress, HistoryReport, ImportReport, KnownValue,
    ListQuery, LiveMessage, NotificationPage, PopUpTest, ProblemAct, ProblemActed, ProblemDetail, ProblemPage,
    Recovery, Rejection, SavedSearch, SearchTerms, Settings, SettingsImport, SettingsPlan, SilenceRow, SubjectAct,
    SubjectDetail, SubjectImport, SubjectPage, TimeAwayPage, Today, TodayQuery, UploadPage, ValuesQuery, WebhookAdded,
    WebhookForm, WebhookRow,
};
use serde_json::Value;
use tauri::ipc::Channel;
use tauri::{AppHandle, State, WebviewWindow};
use tauri_plugin_dialog::DialogExt as _;

use super::autostarting::Autostarting;
use super::bridge::Bridge;
use super::{notifier, quitting, window};

type Answer<T> = Result<T, ApiError>;

/// Runs `work` where it may block.
async fn ask<T: Send + 'static>(
    monitor: State<'_, Monitor>,
    work: impl FnOnce(&Monitor) -> Answer<T> + Send + 'static,
) -> Answer<T> {
    let monitor = monitor.inner().clone();
    match tauri::async_runtime::spawn_blocking(move || work(&monitor)).await {
        Ok(answer) => answer,
        Err(error) => {
            tracing::error!(%error, "a command stopped at a fault");
            Err(ApiError::failed("the program stopped at a fault of its own; the history is safe"))
        }
    }
}

#[tauri::command]
#[expect(clippy::needless_pass_by_value, reason = "Tauri hands its state over like this")]
pub(super) fn subscribe(app: AppHandle, bridge: State<'_, Arc<Bridge>>, channel: Channel<Vec<LiveMessage>>) {
    bridge.subscribe(channel);
    window::page_is_there(&app);
}

#[tauri::command]
pub(super) async fn today(monitor: State<'_, Monitor>, query: TodayQuery) -> Answer<Today> {
    ask(monitor, move |monitor| monitor.today(&query)).await
}

#[tauri::command]
pub(super) async fn changes(monitor: State<'_, Monitor>, query: ChangesQuery) -> Answer<Changes> {
    ask(monitor, move |monitor| monitor.changes(&query)).await
}

#[tauri::command]
pub(super) async fn looked(monitor: State<'_, Monitor>) -> Answer<Option<String>> {
    ask(monitor, Monitor::looked).await
}

#[tauri::command]
pub(super) async fn look(monitor: State<'_, Monitor>) -> Answer<()> {
    ask(monitor, Monitor::look).await
}

#[tauri::command]
#[expect(clippy::needless_pass_by_value, reason = "Tauri hands its arguments over like this")]
pub(super) fn search_terms(monitor: State<'_, Monitor>, text: String) -> SearchTerms {
    monitor.search_terms(&text)
}

#[tauri::command]
pub(super) async fn search_values(monitor: State<'_, Monitor>, query: ValuesQuery) -> Answer<Vec<KnownValue>> {
    ask(monitor, move |monitor| monitor.search_values(&query)).await
}

#[tauri::command]
pub(super) async fn saved_searches(monitor: State<'_, Monitor>) -> Answer<Vec<SavedSearch>> {
    ask(monitor, Monitor::saved_searches).await
}

#[tauri::command]
pub(super) async fn saved_searches_set(monitor: State<'_, Monitor>, searches: Vec<SavedSearch>) -> Answer<()> {
    ask(monitor, move |monitor| monitor.saved_searches_set(&searches)).await
}

#[tauri::command]
pub(super) async fn preferences(monitor: State<'_, Monitor>) -> Answer<BTreeMap<String, Value>> {
    ask(monitor, Monitor::preferences).await
}

#[tauri::command]
pub(super) async fn preference_set(monitor: State<'_, Monitor>, name: String, value: Value) -> Answer<()> {
    ask(monitor, move |monitor| monitor.preference_set(&name, value)).await
}

#[tauri::command]
#[expect(clippy::needless_pass_by_value, reason = "Tauri hands its arguments over like this")]
pub(super) fn zoom(window: WebviewWindow, factor: f64) -> Answer<()> {
    if !(0.5..=3.0).contains(&factor) {
        return Err(ApiError::invalid("factor", "the zoom is a number from 0.5 to 3"));
    }
    window.set_zoom(factor).map_err(|error| ApiError::failed(format!("the window cannot be zoomed: {error}")))
}

#[tauri::command]
pub(super) async fn events(monitor: State<'_, Monitor>, query: EventQuery) -> Answer<EventPage> {
    ask(monitor, move |monitor| monitor.events(&query)).await
}

#[tauri::command]
pub(super) async fn event(monitor: State<'_, Monitor>, sequence: i64) -> Answer<EventDetail> {
    ask(monitor, move |monitor| monitor.event(sequence)).await
}

#[tauri::command]
pub(super) async fn uploads(monitor: State<'_, Monitor>, query: ListQuery) -> Answer<UploadPage> {
    ask(monitor, move |monitor| monitor.uploads(&query)).await
}

#[tauri::command]
pub(super) async fn count_rows(monitor: State<'_, Monitor>, list: Counting, query: String) -> Answer<Counted> {
    ask(monitor, move |monitor| monitor.count_rows(list, &query)).await
}

#[tauri::command]
pub(super) async fn subjects(monitor: State<'_, Monitor>, query: ListQuery) -> Answer<SubjectPage> {
    ask(monitor, move |monitor| monitor.subjects(&query)).await
}

#[tauri::command]
pub(super) async fn subject(monitor: State<'_, Monitor>, key: i64) -> Answer<SubjectDetail> {
    ask(monitor, move |monitor| monitor.subject(key)).await
}

#[tauri::command]
pub(super) async fn subject_act(monitor: State<'_, Monitor>, act: SubjectAct) -> Answer<Vec<i64>> {
    ask(monitor, move |monitor| monitor.subject_act(&act)).await
}

#[tauri::command]
pub(super) async fn pem_choose_file(monitor: State<'_, Monitor>, window: WebviewWindow) -> Answer<Option<String>> {
    ask(monitor, move |_| {
        let dialog = window.dialog().file().set_parent(&window).add_filter("PEM", &["pem", "crt", "cer", "key"]);
        Ok(dialog.blocking_pick_file().map(|path| path.to_string()))
    })
    .await
}

#[tauri::command]
pub(super) async fn subjects_choose_file(monitor: State<'_, Monitor>, window: WebviewWindow) -> Answer<Option<String>> {
    ask(monitor, move |_| {
        let dialog = window.dialog().file().set_parent(&window).add_filter("CSV", &["csv", "txt", "tsv"]);
        Ok(dialog.blocking_pick_file().map(|path| path.to_string()))
    })
    .await
}

#[tauri::command]
pub(super) async fn subjects_import(monitor: State<'_, Monitor>, request: SubjectImport) -> Answer<ImportReport> {
    ask(monitor, move |monitor| monitor.subjects_import(&request)).await
}

#[tauri::command]
pub(super) async fn problems(monitor: State<'_, Monitor>, query: ListQuery) -> Answer<ProblemPage> {
    ask(monitor, move |monitor| monitor.problems(&query)).await
}

#[tauri::command]
pub(super) async fn problem_groups(monitor: State<'_, Monitor>, query: GroupQuery) -> Answer<GroupPage> {
    ask(monitor, move |monitor| monitor.problem_groups(&query)).await
}

#[tauri::command]
pub(super) async fn problem(monitor: State<'_, Monitor>, id: i64) -> Answer<ProblemDetail> {
    ask(monitor, move |monitor| monitor.problem(id)).await
}

#[tauri::command]
pub(super) async fn problem_act(monitor: State<'_, Monitor>, act: ProblemAct) -> Answer<ProblemActed> {
    ask(monitor, move |monitor| monitor.problem_act(&act)).await
}

#[tauri::command]
pub(super) async fn rejections(monitor: State<'_, Monitor>, limit: u32) -> Answer<Vec<Rejection>> {
    ask(monitor, move |monitor| monitor.rejections(limit.min(10_000) as usize)).await
}

#[tauri::command]
pub(super) async fn rejections_recover(monitor: State<'_, Monitor>, slug: String, dry_run: bool) -> Answer<Recovery> {
    ask(monitor, move |monitor| monitor.rejections_recover(&slug, dry_run)).await
}

#[tauri::command]
pub(super) async fn time_away(monitor: State<'_, Monitor>, limit: usize) -> Answer<TimeAwayPage> {
    ask(monitor, move |monitor| monitor.time_away(limit)).await
}

#[tauri::command]
pub(super) async fn time_away_check(monitor: State<'_, Monitor>, check: AwayCheck) -> Answer<()> {
    ask(monitor, move |monitor| monitor.time_away_check(&check)).await
}

#[tauri::command]
pub(super) async fn away_gap(monitor: State<'_, Monitor>, query: AwayGapQuery) -> Answer<AwayGap> {
    ask(monitor, move |monitor| monitor.away_gap(&query)).await
}

#[tauri::command]
pub(super) async fn history_choose_files(
    monitor: State<'_, Monitor>,
    window: WebviewWindow,
) -> Answer<Option<Vec<String>>> {
    ask(monitor, move |_| {
        let dialog = window.dialog().file().set_parent(&window).add_filter("JSON", &["json", "txt"]);
        let files = dialog.blocking_pick_files();
        Ok(files.map(|files| files.into_iter().map(|path| path.to_string()).collect()))
    })
    .await
}

#[tauri::command]
pub(super) async fn history_import(monitor: State<'_, Monitor>, request: HistoryImport) -> Answer<HistoryReport> {
    ask(monitor, move |monitor| monitor.history_import(&request)).await
}

#[tauri::command]
#[expect(clippy::needless_pass_by_value, reason = "Tauri hands its state over like this")]
pub(super) fn history_progress(monitor: State<'_, Monitor>) -> Option<HistoryProgress> {
    monitor.history_progress()
}

#[tauri::command]
#[expect(clippy::needless_pass_by_value, reason = "Tauri hands its state over like this")]
pub(super) fn history_stop(monitor: State<'_, Monitor>) {
    monitor.history_stop();
}

#[tauri::command]
pub(super) async fn notices_dismiss(monitor: State<'_, Monitor>, ids: Vec<i64>) -> Answer<()> {
    ask(monitor, move |monitor| monitor.notices_dismiss(&ids)).await
}

#[tauri::command]
pub(super) async fn webhooks(monitor: State<'_, Monitor>) -> Answer<Vec<WebhookRow>> {
    ask(monitor, Monitor::webhooks).await
}

#[tauri::command]
pub(super) async fn webhook_add(monitor: State<'_, Monitor>, form: WebhookForm) -> Answer<WebhookAdded> {
    ask(monitor, move |monitor| monitor.webhook_add(&form)).await
}

#[tauri::command]
pub(super) async fn webhook_edit(monitor: State<'_, Monitor>, form: WebhookForm) -> Answer<WebhookAdded> {
    ask(monitor, move |monitor| monitor.webhook_edit(&form)).await
}

#[tauri::command]
pub(super) async fn webhook_set_enabled(monitor: State<'_, Monitor>, slug: String, enabled: bool) -> Answer<()> {
    ask(monitor, move |monitor| monitor.webhook_set_enabled(&slug, enabled)).await
}

#[tauri::command]
pub(super) async fn webhook_silence(monitor: State<'_, Monitor>, slug: String) -> Answer<SilenceRow> {
    ask(monitor, move |monitor| monitor.webhook_silence(&slug)).await
}

#[tauri::command]
pub(super) async fn webhook_silence_set(monitor: State<'_, Monitor>, slug: String, rule: String) -> Answer<SilenceRow> {
    ask(monitor, move |monitor| monitor.webhook_silence_set(&slug, &rule)).await
}

#[tauri::command]
pub(super) async fn escalation(monitor: State<'_, Monitor>) -> Answer<EscalationStatus> {
    ask(monitor, Monitor::escalation).await
}

#[tauri::command]
pub(super) async fn escalation_set(monitor: State<'_, Monitor>, form: EscalationForm) -> Answer<EscalationStatus> {
    ask(monitor, move |monitor| monitor.escalation_set(&form)).await
}

#[tauri::command]
pub(super) async fn escalation_test(monitor: State<'_, Monitor>) -> Answer<Vec<EscalationTest>> {
    ask(monitor, Monitor::escalation_test).await
}

#[tauri::command]
pub(super) async fn webhook_end_former(monitor: State<'_, Monitor>, slug: String) -> Answer<()> {
    ask(monitor, move |monitor| monitor.webhook_end_former(&slug)).await
}

#[tauri::command]
pub(super) async fn webhook_remove(monitor: State<'_, Monitor>, slug: String) -> Answer<()> {
    ask(monitor, move |monitor| monitor.webhook_remove(&slug)).await
}

#[tauri::command]
pub(super) fn secret_generate() -> Answer<String> {
    api::secret_generate()
}

#[tauri::command]
pub(super) async fn settings(monitor: State<'_, Monitor>) -> Answer<Settings> {
    ask(monitor, Monitor::settings).await
}

#[tauri::command]
pub(super) async fn settings_set(monitor: State<'_, Monitor>, settings: Settings) -> Answer<()> {
    ask(monitor, move |monitor| monitor.settings_set(&settings)).await
}

#[tauri::command]
pub(super) async fn settings_export(monitor: State<'_, Monitor>, window: WebviewWindow) -> Answer<Option<String>> {
    ask(monitor, move |monitor| {
        let dialog = window.dialog().file().set_parent(&window).add_filter("JSON", &["json"]);
        let chosen = dialog.set_file_name("centrepoint-monitor-settings.json").blocking_save_file();
        let Some(path) = chosen.map(|path| path.to_string()) else { return Ok(None) };
        // The dialog has asked whether it may be replaced.
        monitor.settings_export_over(Path::new(&path))?;
        Ok(Some(path))
    })
    .await
}

#[tauri::command]
pub(super) async fn settings_choose_file(monitor: State<'_, Monitor>, window: WebviewWindow) -> Answer<Option<String>> {
    ask(monitor, move |_| {
        let dialog = window.dialog().file().set_parent(&window).add_filter("JSON", &["json", "txt"]);
        Ok(dialog.blocking_pick_file().map(|path| path.to_string()))
    })
    .await
}

#[tauri::command]
pub(super) async fn settings_import(monitor: State<'_, Monitor>, request: SettingsImport) -> Answer<SettingsPlan> {
    ask(monitor, move |monitor| monitor.settings_import(&request)).await
}

#[tauri::command]
pub(super) async fn notifications(monitor: State<'_, Monitor>, limit: u32) -> Answer<NotificationPage> {
    ask(monitor, move |monitor| monitor.notifications(usize::try_from(limit).unwrap_or(usize::MAX))).await
}

#[tauri::command]
pub(super) async fn notifications_read(monitor: State<'_, Monitor>, ids: Vec<i64>) -> Answer<()> {
    ask(monitor, move |monitor| monitor.notifications_read(&ids)).await
}

#[tauri::command]
pub(super) async fn notifications_mute(monitor: State<'_, Monitor>, until: String) -> Answer<Option<String>> {
    ask(monitor, move |monitor| monitor.notifications_mute(&until)).await
}

#[tauri::command]
pub(super) async fn notifications_test(monitor: State<'_, Monitor>) -> Answer<PopUpTest> {
    ask(monitor, |_| notifier::try_out()).await
}

#[tauri::command]
pub(super) async fn about(monitor: State<'_, Monitor>) -> Answer<About> {
    ask(monitor, Monitor::about).await
}

#[tauri::command]
pub(super) async fn autostart(monitor: State<'_, Monitor>, start: State<'_, Autostarting>) -> Answer<Autostart> {
    start.after(&monitor, |_| Ok(()))
}

#[tauri::command]
pub(super) async fn autostart_set(
    monitor: State<'_, Monitor>,
    start: State<'_, Autostarting>,
    on: bool,
) -> Answer<Autostart> {
    start.after(&monitor, |start| start.set(on))
}

#[tauri::command]
#[expect(clippy::needless_pass_by_value, reason = "Tauri hands its arguments over like this")]
pub(super) fn quit(app: AppHandle) {
    quitting::asked(&app);
}

#[tauri::command]
pub(super) async fn backups(monitor: State<'_, Monitor>) -> Answer<Backups> {
    ask(monitor, Monitor::backups).await
}

#[tauri::command]
#[expect(clippy::needless_pass_by_value, reason = "Tauri hands its state over like this")]
pub(super) fn doctor(monitor: State<'_, Monitor>) -> Checkup {
    monitor.doctor()
}

#[tauri::command]
pub(super) async fn doctor_start(monitor: State<'_, Monitor>) -> Answer<Checkup> {
    ask(monitor, |monitor| monitor.doctor_start(crate::doctor::outside(monitor))).await
}

#[tauri::command]
pub(super) async fn clock_server(monitor: State<'_, Monitor>) -> Answer<String> {
    ask(monitor, Monitor::clock_server).await
}

#[tauri::command]
pub(super) async fn clock_server_set(monitor: State<'_, Monitor>, url: String) -> Answer<()> {
    ask(monitor, move |monitor| monitor.set_clock_server(&url)).await
}

#[tauri::command]
pub(super) async fn export_default_path(monitor: State<'_, Monitor>, query: String, profile: String) -> Answer<String> {
    ask(monitor, move |monitor| Ok(monitor.export_default_path(&query, &profile)?.display().to_string())).await
}

#[tauri::command]
pub(super) async fn export_choose_path(
    monitor: State<'_, Monitor>,
    window: WebviewWindow,
    path: String,
) -> Answer<Option<String>> {
    ask(monitor, move |_| Ok(choose(&window, Path::new(&path)))).await
}

#[tauri::command]
pub(super) async fn export_start(monitor: State<'_, Monitor>, request: ExportRequest) -> Answer<u32> {
    ask(monitor, move |monitor| monitor.export_start(&request)).await
}

#[tauri::command]
#[expect(clippy::needless_pass_by_value, reason = "Tauri hands its state over like this")]
pub(super) fn export_cancel(monitor: State<'_, Monitor>, id: u32) {
    monitor.export_cancel(id);
}

#[tauri::command]
pub(super) async fn export_reveal(monitor: State<'_, Monitor>, path: String) -> Answer<()> {
    ask(monitor, move |monitor| reveal(monitor, &path)).await
}

/// Asks with the system's dialog, starting at `path`.
fn choose(window: &WebviewWindow, path: &Path) -> Option<String> {
    let is_workbook = path.extension().is_some_and(|extension| extension == "xlsx");
    let (kind, extension) = if is_workbook { ("Excel", "xlsx") } else { ("CSV", "csv") };
    let mut dialog = window.dialog().file().set_parent(window).add_filter(kind, &[extension]);
    if let Some(folder) = path.parent().filter(|folder| folder.is_dir()) {
        dialog = dialog.set_directory(folder);
    }
    if let Some(name) = path.file_name() {
        dialog = dialog.set_file_name(name.to_string_lossy());
    }
    dialog.blocking_save_file().map(|path| path.to_string())
}

/// Shows a finished export of this process in the system's file browser, and no other file.
fn reveal(monitor: &Monitor, path: &str) -> Answer<()> {
    let is_ours =
        monitor.watch_exports().borrow().values().any(|one| one.state == ExportState::Done && one.path == path);
    if !is_ours {
        return Err(ApiError::not_found("that is not a finished export"));
    }
    tauri_plugin_opener::reveal_item_in_dir(path)
        .map_err(|error| ApiError::failed(format!("the file browser cannot be opened: {error}. The file is {path}")))
}
