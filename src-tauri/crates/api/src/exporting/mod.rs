//! Exports: started, watched, cancelled by id; at most four at once. How a file is written is `export`'s business.

mod running;

use std::io::Write;
use std::path::{Path, PathBuf};

use export::{Format, Profile, Request};
use jiff::tz::TimeZone;

pub(crate) use running::Exports;

use crate::wire::{ApiError, ExportRequest};
use crate::{Monitor, lens, query};

/// A file format with its profile, as people name it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ExportFormat {
    /// CSV for a spreadsheet.
    Excel,
    /// CSV for a program.
    Analysis,
    /// An Excel workbook.
    Xlsx,
    /// JSON Lines.
    JsonLines,
}

impl ExportFormat {
    /// `excel`, `analysis`, `xlsx` or `jsonl`.
    ///
    /// # Errors
    /// `invalid` for another word.
    pub fn from_word(word: &str) -> Result<Self, ApiError> {
        match word {
            "excel" => Ok(Self::Excel),
            "analysis" => Ok(Self::Analysis),
            "xlsx" => Ok(Self::Xlsx),
            "jsonl" => Ok(Self::JsonLines),
            _ => Err(ApiError::invalid("profile", "the profile is one of excel, analysis, xlsx, jsonl")),
        }
    }

    fn format(self) -> Format {
        match self {
            Self::Excel => Format::Csv(Profile::Excel),
            Self::Analysis => Format::Csv(Profile::Analysis),
            Self::Xlsx => Format::Xlsx,
            Self::JsonLines => Format::JsonLines,
        }
    }
}

impl Monitor {
    /// The file an export of this query would get unless told otherwise.
    ///
    /// # Errors
    /// `query` with the place, `invalid` for an unknown profile.
    pub fn export_default_path(&self, text: &str, profile: &str) -> Result<PathBuf, ApiError> {
        let format = ExportFormat::from_word(profile)?;
        let study = self.one_study(&query::parse(text)?)?;
        let name = export::default_name(study.as_deref(), format.format(), self.now());
        Ok(self.export_folder().join(name))
    }

    /// Starts an export and returns its id. How it goes is told by [`Self::watch_exports`].
    ///
    /// # Errors
    /// `query` with the place, `invalid` with the field, or that four are already at work.
    pub fn export_start(&self, ask: &ExportRequest) -> Result<u32, ApiError> {
        let format = ExportFormat::from_word(&ask.profile)?;
        let request = self.export_request(&ask.query, format, ask.with_body)?;
        if ask.path.trim().is_empty() {
            return Err(ApiError::invalid("path", "choose a file to export to"));
        }
        let path = self.export_folder().join(&ask.path);
        self.is_outside(&path)?;
        running::start(self, request, path)
    }

    /// Stops an export; nothing stands under its name then. One that ended is left as it is.
    pub fn export_cancel(&self, id: u32) {
        self.exports().cancel(id);
    }

    /// Exports into a file and waits for it. Returns the rows.
    ///
    /// # Errors
    /// `query` with the place, or why it failed.
    pub fn export_to_file(
        &self,
        text: &str,
        format: ExportFormat,
        with_body: bool,
        path: &Path,
    ) -> Result<u64, ApiError> {
        self.is_outside(path)?;
        let request = self.export_request(text, format, with_body)?;
        export::to_file(self.history(), &request, path, &export::Progress::default()).map_err(failed)
    }

    /// Exports to a writer (standard output). Returns the rows.
    ///
    /// # Errors
    /// `query` with the place, or why it failed.
    pub fn export_to_writer(
        &self,
        text: &str,
        format: ExportFormat,
        with_body: bool,
        out: &mut (dyn Write + Send),
    ) -> Result<u64, ApiError> {
        let request = self.export_request(text, format, with_body)?;
        export::to_writer(self.history(), &request, out, &export::Progress::default()).map_err(failed)
    }

    /// An export must never stand where the history is kept: under one of its names it would replace it.
    fn is_outside(&self, path: &Path) -> Result<(), ApiError> {
        let folder_of = |path: &Path| match path.parent() {
            Some(parent) if !parent.as_os_str().is_empty() => parent.canonicalize(),
            _ => Path::new(".").canonicalize(),
        };
        // A link is judged by what it points to. What does not exist yet is judged by its folder; without one the export says so itself.
        let Ok(folder) = path.canonicalize().and_then(|file| folder_of(&file)).or_else(|_| folder_of(path)) else {
            return Ok(());
        };
        let Ok(data) = self.data_folder().canonicalize() else { return Ok(()) };
        if folder.starts_with(&data) && !folder.starts_with(data.join(crate::places::EXPORTS)) {
            let why = "the history is kept in that folder: choose another one for exports";
            return Err(ApiError::invalid("path", why));
        }
        Ok(())
    }

    fn export_request(&self, text: &str, format: ExportFormat, with_body: bool) -> Result<Request, ApiError> {
        let query = query::parse(text)?;
        let webhooks = self.state().webhooks()?;
        let zone_of = |name: &String| -> Option<TimeZone> { lens::zone(name) };
        let zones = webhooks
            .into_iter()
            .filter_map(|webhook| Some((webhook.slug.to_string(), webhook.time_zone.as_ref().and_then(zone_of)?)))
            .collect();
        Ok(Request { query, lens: self.lens()?, format: format.format(), with_body, zones })
    }

    /// The study of everything the query can find, where webhooks say that there is only one.
    fn one_study(&self, query: &study::Query) -> Result<Option<String>, ApiError> {
        let terms = |key| query.keys.iter().find(|term| term.key == key).map(|term| term.values.as_slice());
        if let Some([study]) = terms(study::query::Key::Study) {
            return Ok(Some(study.clone()));
        }
        let slugs = terms(study::query::Key::Webhook);
        let webhooks = self.state().webhooks()?;
        let asked = webhooks
            .iter()
            .filter(|webhook| slugs.is_none_or(|slugs| slugs.iter().any(|slug| slug == webhook.slug.as_str())));
        let mut studies: Vec<Option<String>> = asked.map(|webhook| webhook.study_id.clone()).collect();
        studies.sort();
        studies.dedup();
        Ok(if let [Some(study)] = studies.as_slice() { Some(study.clone()) } else { None })
    }
}

/// An export's end as the one error.
fn failed(error: export::ExportError) -> ApiError {
    match error {
        export::ExportError::Store(error) => error.into(),
        other => ApiError::failed(other.to_string()),
    }
}

#[cfg(test)]
mod tests;
