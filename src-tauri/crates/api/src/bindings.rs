//! The TypeScript twins of the wire types: written by `UPDATE_BINDINGS=1 cargo test -p api bindings`, compared otherwise.

#[cfg(test)]
mod tests {
    use std::path::{Path, PathBuf};

    use ts_rs::{Config, TS};

    use crate::wire;

    fn export_all(into: &Path) {
        let config = Config::default().with_out_dir(into);
        macro_rules! export {
            ($($kind:ty),* $(,)?) => { $(<$kind as TS>::export_all(&config).expect("the bindings' folder is writable");)* };
        }
        export!(
            wire::ApiError,
            wire::EventQuery,
            wire::EventPage,
            wire::EventDetail,
            wire::Rejection,
            wire::ListQuery,
            wire::UploadPage,
            wire::Counting,
            wire::Counted,
            wire::SubjectPage,
            wire::ProblemPage,
            wire::ProblemDetail,
            wire::ProblemAct,
            wire::ProblemActed,
            wire::GroupQuery,
            wire::GroupPage,
            wire::SubjectDetail,
            wire::SubjectAct,
            wire::SubjectImport,
            wire::ImportReport,
            wire::SearchTerms,
            wire::ValuesQuery,
            wire::KnownValue,
            wire::SavedSearch,
            wire::ChangesQuery,
            wire::Changes,
            wire::TodayQuery,
            wire::Today,
            wire::FormerRow,
            wire::Recovery,
            wire::TimeAwayPage,
            wire::AwayCheck,
            wire::SettingsImport,
            wire::SettingsPlan,
            wire::AwayGap,
            wire::AwayGapQuery,
            wire::Checkup,
            wire::HistoryImport,
            wire::HistoryProgress,
            wire::HistoryReport,
            wire::WebhookRow,
            wire::SilenceRow,
            wire::EscalationForm,
            wire::EscalationStatus,
            wire::EscalationTest,
            wire::WebhookForm,
            wire::WebhookAdded,
            wire::Settings,
            wire::About,
            wire::NotificationPage,
            wire::PopUpTest,
            wire::Backups,
            wire::PracticeState,
            wire::Autostart,
            wire::ExportRequest,
            wire::LiveMessage,
        );
    }

    fn read_all(folder: &Path) -> Vec<(String, String)> {
        let mut files: Vec<(String, String)> = std::fs::read_dir(folder)
            .expect("the bindings are committed")
            .map(|entry| entry.unwrap().path())
            .filter(|path| path.extension().is_some_and(|extension| extension == "ts"))
            .map(|path| {
                (path.file_name().unwrap().to_string_lossy().into_owned(), std::fs::read_to_string(path).unwrap())
            })
            .collect();
        files.sort();
        files
    }

    #[test]
    fn bindings_are_those_of_the_wire_types() {
        let committed = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../../ui/src/ipc/bindings");
        if std::env::var_os("UPDATE_BINDINGS").is_some() {
            let _ = std::fs::remove_dir_all(&committed);
            std::fs::create_dir_all(&committed).unwrap();
            export_all(&committed);
        }
        let fresh = tempfile::tempdir().unwrap();
        export_all(fresh.path());
        assert_eq!(read_all(&committed), read_all(fresh.path()), "run UPDATE_BINDINGS=1 cargo test -p api bindings");
    }
}
