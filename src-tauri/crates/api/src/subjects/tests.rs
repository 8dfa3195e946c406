//! A list is imported, subjects are declared about, and the board says so.

use super::SubjectsNamed;
use crate::testing::Bench;
use crate::wire::{ErrorCode, ListQuery, SubjectAct, SubjectActKind, SubjectImport, WebhookForm};

fn ask() -> ListQuery {
    ListQuery { limit: 100, ..ListQuery::default() }
}

#[test]
fn a_list_is_tried_then_imported_and_its_subjects_declared_about() {
    let bench = Bench::new();
    let monitor = bench.monitor();
    let form = WebhookForm {
        name: "Rome".to_owned(),
        slug: "rome".to_owned(),
        authentication: "none".to_owned(),
        study_id: Some("189".to_owned()),
        ..WebhookForm::default()
    };
    monitor.webhook_add(&form).unwrap();
    let file = tempfile::NamedTempFile::new().unwrap();
    std::fs::write(file.path(), "Subject ID;Label\n44732;000103\n;000104\n").unwrap();
    let request = SubjectImport {
        path: file.path().display().to_string(),
        webhook: "rome".to_owned(),
        dry_run: true,
        by: "M. Rossi".to_owned(),
    };
    let report = monitor.subjects_import(&request).unwrap();
    assert_eq!((report.rows, report.new, report.changed), (2, 2, 0));
    assert_eq!(report.columns, ["Subject ID → subject id", "Label → label"]);
    assert_eq!(monitor.subjects(&ask()).unwrap().rows, [], "a dry run changes nothing");

    monitor.subjects_import(&SubjectImport { dry_run: false, ..request.clone() }).unwrap();
    let rows = monitor.subjects(&ask()).unwrap().rows;
    assert_eq!(rows.len(), 2);
    assert_eq!((rows[0].subject_id.as_deref(), rows[0].label.as_deref()), (Some("44732"), Some("000103")));
    assert!(rows.iter().all(|row| row.state == "no_upload" && row.expected && row.key < 0));
    let again = monitor.subjects_import(&request).unwrap();
    assert_eq!((again.new, again.changed), (0, 0), "the same list again changes nothing: {again:?}");

    let act = SubjectAct {
        keys: vec![rows[0].key],
        act: SubjectActKind::Leave,
        by: "M. Rossi".to_owned(),
        until: Some("2026-08-27".to_owned()),
        note: None,
    };
    monitor.subject_act(&act).unwrap();
    let detail = monitor.subject(rows[0].key).unwrap();
    assert_eq!((detail.row.state.as_str(), detail.row.on_leave_until.as_deref()), ("on_leave", Some("2026-08-27")));
    assert_eq!(detail.notes[0].what, "on_leave");
    assert_eq!(detail.wear_threshold, 600);
    let by_label = SubjectAct { keys: vec![rows[1].key], ..act.clone() };
    assert_eq!(monitor.subject_act(&by_label).unwrap_err().field.as_deref(), Some("keys"));
    let bad = SubjectAct { until: Some("Thursday".to_owned()), ..act };
    assert_eq!(monitor.subject_act(&bad).unwrap_err().field.as_deref(), Some("until"));
}

#[test]
fn levels_are_checked_and_kept() {
    let bench = Bench::new();
    let monitor = bench.monitor();
    let form = WebhookForm {
        name: "Rome".to_owned(),
        slug: "rome".to_owned(),
        authentication: "none".to_owned(),
        overdue_days: Some(7),
        late_days: Some(10),
        ..WebhookForm::default()
    };
    let added = monitor.webhook_add(&form).unwrap().webhook;
    assert_eq!((added.overdue_days, added.late_days, added.wear_minutes), (7, 10, 600));
    let edited = WebhookForm { overdue_days: None, late_days: None, wear_minutes: Some(480), ..form.clone() };
    let edited = monitor.webhook_edit(&edited).unwrap().webhook;
    assert_eq!((edited.overdue_days, edited.late_days, edited.wear_minutes), (7, 10, 480), "what is not said stays");
    for (field, wrong) in [
        ("overdue_days", WebhookForm { overdue_days: Some(0), ..form.clone() }),
        ("late_days", WebhookForm { late_days: Some(7), ..form.clone() }),
        ("wear_minutes", WebhookForm { wear_minutes: Some(1_441), ..form.clone() }),
    ] {
        assert_eq!(monitor.webhook_edit(&wrong).unwrap_err().field.as_deref(), Some(field));
    }
}

#[test]
fn subjects_are_named_by_their_ids_and_only_where_that_is_one() {
    let bench = Bench::new();
    let monitor = bench.monitor();
    let file = tempfile::NamedTempFile::new().unwrap();
    std::fs::write(file.path(), "Subject ID,Label\n000103,TAS-1\n44732,000103\n").unwrap();
    for (slug, study) in [("rome", "189"), ("oslo", "190")] {
        let form = WebhookForm {
            name: slug.to_owned(),
            slug: slug.to_owned(),
            authentication: "none".to_owned(),
            study_id: Some(study.to_owned()),
            ..WebhookForm::default()
        };
        monitor.webhook_add(&form).unwrap();
        let request = SubjectImport {
            path: file.path().display().to_string(),
            webhook: slug.to_owned(),
            dry_run: false,
            by: "M. Rossi".to_owned(),
        };
        monitor.subjects_import(&request).unwrap();
    }
    let named = |id: &str, webhook: Option<&str>, study: Option<&str>| SubjectsNamed {
        ids: vec![id.to_owned()],
        webhook: webhook.map(str::to_owned),
        study_id: study.map(str::to_owned),
    };
    let of_rome = monitor.subject_keys(&named("000103", Some("rome"), None)).unwrap();
    let row = monitor.subject(of_rome[0]).unwrap().row;
    assert_eq!(
        (row.webhook.as_str(), row.subject_id.as_deref(), row.label.as_deref()),
        ("rome", Some("000103"), Some("TAS-1"))
    );
    let of_oslo = monitor.subject_keys(&named("000103", None, Some("190"))).unwrap();
    assert_eq!(monitor.subject(of_oslo[0]).unwrap().row.webhook, "oslo");
    let both = monitor.subject_keys(&named("000103", None, None)).unwrap_err();
    assert!(both.message.contains("rome (study 189)") && both.message.contains("oslo (study 190)"), "{}", both.message);
    for unknown in ["103", "TAS-1", ""] {
        let error = monitor.subject_keys(&named(unknown, None, None)).unwrap_err();
        assert_eq!(error.code, ErrorCode::NotFound, "{unknown}: neither a number nor a label is an id");
    }
}
