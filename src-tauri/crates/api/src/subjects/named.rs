//! Subjects by the ids people know them by, where a list to choose from is not at hand.

use store::history::Page;
use study::Query;
use study::query::{Key, KeyTerm};

use super::acts::MOST;
use crate::Monitor;
use crate::wire::ApiError;

/// Subjects looked at for one id: a label of others may be the same.
const LOOKED_AT: usize = 1_000;

/// Subjects as a person names them.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct SubjectsNamed {
    /// CentrePoint's subject ids, exactly. A label is none: two subjects may have the same.
    pub ids: Vec<String>,
    /// Only of this webhook, by its slug.
    pub webhook: Option<String>,
    /// Only of this study, by its id; empty: of none.
    pub study_id: Option<String>,
}

impl Monitor {
    /// The keys of named subjects, in the order of their names, for [`Self::subject`] and [`Self::subject_act`]. All or none.
    ///
    /// # Errors
    /// `not_found` for an id that no subject has, `invalid` for one that several have, both with the id; or what SQLite said.
    pub fn subject_keys(&self, named: &SubjectsNamed) -> Result<Vec<i64>, ApiError> {
        if named.ids.is_empty() || named.ids.len() > MOST {
            return Err(ApiError::invalid("keys", format!("name 1 to {MOST} subjects")));
        }
        named.ids.iter().map(|id| self.subject_key(id, named)).collect()
    }

    fn subject_key(&self, id: &str, named: &SubjectsNamed) -> Result<i64, ApiError> {
        let term = |key, value: &String| KeyTerm { key, values: vec![value.clone()] };
        let id = id.trim().to_owned();
        let mut keys = vec![term(Key::Subject, &id)];
        keys.extend(named.webhook.iter().map(|slug| term(Key::Webhook, slug)));
        keys.extend(named.study_id.iter().filter(|study| !study.is_empty()).map(|study| term(Key::Study, study)));
        let query = Query { keys, ..Query::default() };
        let page = Page { query, before: None, after: None, limit: LOOKED_AT };
        let mut rows = self.history().subjects(&page, &self.lens()?)?.rows;
        let is_without_study = named.study_id.as_deref() == Some("");
        rows.retain(|row| row.subject_id.as_ref() == Some(&id) && (!is_without_study || row.study_id.is_none()));
        match rows.as_slice() {
            [row] => Ok(row.id),
            [] => Err(ApiError::not_found(format!("there is no subject with the id {id} here"))),
            several => {
                let place = |row: &store::rows::SubjectRow| match &row.study_id {
                    Some(study) => format!("{} (study {study})", row.webhook),
                    None => format!("{} (no study: --study-id '')", row.webhook),
                };
                let places: Vec<String> = several.iter().map(place).collect();
                let message =
                    format!("several subjects have the id {id}: say of which webhook and study: {}", places.join(", "));
                Err(ApiError::invalid("keys", message))
            }
        }
    }
}
