//! Where this computer keeps such things: the data folder, and the folder exports go to.

use std::path::PathBuf;

/// The folder's name in the system's folder for local data.
const NAME: &str = "centrepoint-monitor";

/// The folder inside the data folder for exports, where the computer has no better one.
pub(crate) const EXPORTS: &str = "exports";

/// The data folder unless told otherwise: in the system's folder for local data. `None` where the system names none (no home folder).
#[must_use]
pub fn default_data_folder() -> Option<PathBuf> {
    dirs::data_local_dir().map(|folder| folder.join(NAME))
}

/// Where exports go unless told otherwise: the person's documents, else downloads, else home; the first that is there.
pub(crate) fn export_folder() -> Option<PathBuf> {
    let candidates = [dirs::document_dir(), dirs::download_dir(), dirs::home_dir()];
    candidates.into_iter().flatten().find(|folder| folder.is_dir())
}
