//! Where a history comes from: files a person has, or CentrePoint's API.

use std::io::Read as _;
use std::path::Path;
use std::sync::atomic::AtomicBool;

use centrepoint::Secret;
use centrepoint::history::{Item, Unusable};

use crate::vendor::{self, Access, MOST_ITEMS};
use crate::wire::{ApiError, HistoryApi, HistoryImport};

/// The most files at once.
const MOST_FILES: usize = 200;
/// The largest file.
const LARGEST: u64 = 64 * 1024 * 1024;
/// The most bytes of all files.
const MOST_BYTES: u64 = 256 * 1024 * 1024;
/// What a token is for, unless told.
const SCOPE: &str = "CentrePoint";

/// What was read, and from where.
#[derive(Debug, Default)]
pub(super) struct Source {
    /// `file` or `api`.
    pub(super) kind: &'static str,
    /// The files' names, without their folders; or the API's address.
    pub(super) names: Vec<String>,
    pub(super) items: Vec<Result<Item, Unusable>>,
    pub(super) warnings: Vec<String>,
}

/// Said where the files are not all of it.
fn incomplete(read: u64, total: u64) -> String {
    format!(
        "These files hold {read} of the {total} deliveries that CentrePoint names: pages are missing. Import them, too: nothing is added twice."
    )
}

pub(super) fn read(
    request: &HistoryImport,
    stop: &AtomicBool,
    progress: &dyn Fn(usize, Option<u64>),
) -> Result<Source, ApiError> {
    match &request.api {
        Some(api) => from_api(api, stop, progress),
        None => from_files(&request.files, progress),
    }
}

fn from_api(api: &HistoryApi, stop: &AtomicBool, progress: &dyn Fn(usize, Option<u64>)) -> Result<Source, ApiError> {
    let missing = |field, what| Err(ApiError::invalid(field, what));
    if api.client_id.trim().is_empty() {
        return missing("client_id", "CentrePoint's API asks for a client id");
    }
    if api.secret.is_empty() {
        return missing("secret", "CentrePoint's API asks for the client's secret");
    }
    let scope = if api.scope.trim().is_empty() { SCOPE } else { api.scope.trim() };
    let access = Access {
        token_url: api.token_url.clone(),
        api_url: api.api_url.clone(),
        client_id: api.client_id.clone(),
        secret: Secret::new(api.secret.as_str()),
        scope: scope.to_owned(),
        study_id: api.study_id.clone(),
        webhook_id: api.webhook_id.clone(),
    };
    let read = vendor::read(&access, stop, progress)?;
    Ok(Source { kind: "api", names: vec![api.api_url.trim().to_owned()], items: read.items, warnings: read.warnings })
}

fn from_files(files: &[String], progress: &dyn Fn(usize, Option<u64>)) -> Result<Source, ApiError> {
    if files.is_empty() || files.len() > MOST_FILES {
        return Err(wrong(format!("choose 1 to {MOST_FILES} files")));
    }
    let mut source = Source { kind: "file", ..Source::default() };
    let (mut left, mut total) = (MOST_BYTES, 0);
    for file in files {
        let path = Path::new(file);
        let name = path.file_name().map_or_else(|| file.clone(), |name| name.to_string_lossy().into_owned());
        let bytes = bytes(path)?;
        left = left
            .checked_sub(bytes.len() as u64)
            .ok_or_else(|| wrong("the files are larger than 256 MiB together: import some of them first".to_owned()))?;
        let pages =
            centrepoint::history::read(&bytes).map_err(|error| wrong(format!("{name} cannot be used: {error}")))?;
        for page in pages {
            total = page.total.unwrap_or(0).max(total);
            source.items.extend(page.items);
        }
        if source.items.len() > MOST_ITEMS {
            return Err(wrong(format!("the files hold more than {MOST_ITEMS} deliveries: import some of them first")));
        }
        source.names.push(name);
        progress(source.items.len(), None);
    }
    let read = source.items.len() as u64;
    if read < total {
        source.warnings.push(incomplete(read, total));
    }
    Ok(source)
}

fn wrong(message: String) -> ApiError {
    ApiError::invalid("files", message)
}

fn bytes(path: &Path) -> Result<Vec<u8>, ApiError> {
    let unreadable = |error: std::io::Error| wrong(format!("{} cannot be read: {error}", path.display()));
    let file = std::fs::File::open(path).map_err(unreadable)?;
    let mut bytes = Vec::new();
    file.take(LARGEST + 1).read_to_end(&mut bytes).map_err(unreadable)?;
    if bytes.len() as u64 > LARGEST {
        return Err(wrong(format!("{} is larger than 64 MiB: is it the right file?", path.display())));
    }
    Ok(bytes)
}
