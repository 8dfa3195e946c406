//! Exports over a real data folder.

use super::*;
use crate::testing::Bench;
use crate::wire::{ErrorCode, ExportState, WebhookForm};

fn webhook(bench: &Bench, slug: &str, study: Option<&str>) {
    let form = WebhookForm {
        name: slug.to_owned(),
        slug: slug.to_owned(),
        authentication: "none".to_owned(),
        study_id: study.map(str::to_owned),
        ..WebhookForm::default()
    };
    bench.monitor().webhook_add(&form).unwrap();
}

#[test]
fn the_proposed_name_has_the_study_where_there_is_only_one() {
    let bench = Bench::new();
    let name = |query: &str| {
        let path = bench.monitor().export_default_path(query, "excel").unwrap();
        path.file_name().unwrap().to_string_lossy().into_owned()
    };
    webhook(&bench, "rome", Some("189"));
    assert_eq!(name("is:error"), "study-189_events_2026-08-22T1405Z.csv");
    webhook(&bench, "oslo", Some("190"));
    assert_eq!(name(""), "events_2026-08-22T1405Z.csv");
    assert_eq!(name("webhook:oslo"), "study-190_events_2026-08-22T1405Z.csv");
    assert_eq!(name("study:7"), "study-7_events_2026-08-22T1405Z.csv");
    assert_eq!(bench.monitor().export_default_path("colour:red", "excel").unwrap_err().code, ErrorCode::Query);
}

#[test]
fn an_export_ends_with_a_whole_file_or_with_the_reason() {
    let bench = Bench::new();
    let folder = tempfile::tempdir().unwrap();
    let run = |path: &Path| {
        let request = ExportRequest {
            query: String::new(),
            profile: "excel".to_owned(),
            with_body: false,
            path: path.display().to_string(),
        };
        let id = bench.monitor().export_start(&request).unwrap();
        let mut exports = bench.monitor().watch_exports();
        let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
        let ended = runtime.block_on(exports.wait_for(|all| all[&id].state != ExportState::Running)).unwrap();
        ended[&id].clone()
    };
    let done = run(&folder.path().join("all.csv"));
    assert_eq!((done.state, done.message), (ExportState::Done, None));
    assert!(folder.path().join("all.csv").is_file());
    let failed = run(&folder.path().join("missing/all.csv"));
    assert_eq!(failed.state, ExportState::Failed);
    assert!(failed.message.is_some(), "a failed export says why");
}

#[test]
fn an_export_never_replaces_the_history() {
    let bench = Bench::new();
    let data = bench.monitor().data_folder().to_path_buf();
    let elsewhere = tempfile::tempdir().unwrap();
    let link = elsewhere.path().join("link.csv");
    std::os::unix::fs::symlink(data.join("state.db"), &link).unwrap();
    for path in [data.join("log.db"), data.join("state.db"), data.join("new.csv"), link] {
        let refused = bench.monitor().export_to_file("", ExportFormat::Excel, false, &path).unwrap_err();
        assert_eq!(refused.code, ErrorCode::Invalid, "{}", path.display());
    }
    let inside = data.join(crate::places::EXPORTS);
    std::fs::create_dir_all(&inside).unwrap();
    bench.monitor().export_to_file("", ExportFormat::Excel, false, &inside.join("a.csv")).unwrap();
    bench.monitor().webhooks().expect("the state is as it was");
}
