//! What people said about subjects: lists of expected ones, and what was declared or written down about one.

use rusqlite::params;
use study::subject::{ExpectedSubject, SubjectRef, SubjectStatus};

use super::apply::Batch;
use crate::log::read::RawRow;

impl Batch<'_> {
    /// A list of expected subjects. The latest list to name a subject stands.
    pub(super) fn expect(
        &mut self,
        raw: &RawRow,
        webhook: &str,
        study_id: Option<&str>,
        subjects: &[ExpectedSubject],
    ) -> rusqlite::Result<()> {
        let webhook = self.words.id(self.connection, webhook)?;
        let study = self.words.maybe(self.connection, study_id)?.unwrap_or(0);
        for subject in subjects {
            self.expected(raw.sequence, webhook, study, subject)?;
            let (Some(id), Some(label)) = (&subject.subject_id, &subject.label) else { continue };
            for key in self.subjects.keys_of(self.connection, id, webhook)? {
                if study != 0 && key.2 != study {
                    continue;
                }
                let entry = self.subjects.entry(self.connection, &mut self.statements, key)?;
                entry.imported_label = Some(label.clone());
                entry.new_labels.push(label.clone());
            }
        }
        Ok(())
    }

    fn expected(&mut self, sequence: i64, webhook: i64, study: i64, subject: &ExpectedSubject) -> rusqlite::Result<()> {
        let (column, value) = match (&subject.subject_id, &subject.label) {
            (Some(id), _) => ("subject_id = ?3", id),
            (None, Some(label)) => ("subject_id IS NULL AND label = ?3", label),
            (None, None) => return Ok(()),
        };
        let changed = self
            .connection
            .prepare_cached(&format!(
                "UPDATE expected SET label = coalesce(?4, label), site_id = coalesce(?5, site_id), sequence = ?6
                 WHERE webhook = ?1 AND study = ?2 AND {column}"
            ))?
            .execute(params![webhook, study, value, subject.label, subject.site_id, sequence])?;
        if changed == 0 {
            self.connection
                .prepare_cached(
                    "INSERT INTO expected (webhook, study, subject_id, label, site_id, sequence)
                     VALUES (?1, ?2, ?3, ?4, ?5, ?6)",
                )?
                .execute(params![webhook, study, subject.subject_id, subject.label, subject.site_id, sequence])?;
        }
        Ok(())
    }

    /// A subject's part in the study as a person declares it.
    pub(super) fn declare(
        &mut self,
        raw: &RawRow,
        subject: &SubjectRef,
        by: &str,
        status: SubjectStatus,
        note: Option<&str>,
    ) -> rusqlite::Result<()> {
        let (what, until) = match status {
            SubjectStatus::Active => ("resumed", None),
            SubjectStatus::Finished => ("finished", None),
            SubjectStatus::OnLeave { until } => ("on_leave", until.map(|day| day.to_string())),
        };
        let status =
            serde_json::to_string(&status).map_err(|error| rusqlite::Error::ToSqlConversionFailure(error.into()))?;
        let (webhook, study) = self.about(raw, subject, what, by, note, until.as_deref(), Some(&status))?;
        for key in self.subjects.keys_of(self.connection, &subject.subject_id, webhook)? {
            if study == 0 || key.2 == study {
                let entry = self.subjects.entry(self.connection, &mut self.statements, key)?;
                entry.status = Some(status.clone());
            }
        }
        Ok(())
    }

    /// Something written down about a subject.
    pub(super) fn remark(&mut self, raw: &RawRow, subject: &SubjectRef, by: &str, text: &str) -> rusqlite::Result<()> {
        self.about(raw, subject, "noted", by, Some(text), None, None).map(drop)
    }

    #[expect(clippy::too_many_arguments, reason = "one for each column of the row")]
    fn about(
        &mut self,
        raw: &RawRow,
        subject: &SubjectRef,
        what: &str,
        by: &str,
        text: Option<&str>,
        until: Option<&str>,
        status: Option<&str>,
    ) -> rusqlite::Result<(i64, i64)> {
        let webhook = self.words.id(self.connection, &subject.webhook)?;
        let study = self.words.maybe(self.connection, subject.study_id.as_deref())?.unwrap_or(0);
        self.connection
            .prepare_cached(
                "INSERT INTO subject_actions (sequence, at, webhook, study, subject_id, what, by, text, until, status)
                 VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10)",
            )?
            .execute(params![
                raw.sequence,
                raw.at,
                webhook,
                study,
                subject.subject_id,
                what,
                by,
                text,
                until,
                status
            ])?;
        Ok((webhook, study))
    }
}
