//! The file itself: what is in it, and how it is read. What it means here is planned one level up.

use std::io::Read as _;
use std::path::Path;

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use super::wrong;
use crate::wire::ApiError;

/// What the file says it is.
pub(super) const FORMAT: &str = "centrepoint-monitor settings";
/// Its version. A later one is refused.
pub(super) const VERSION: u64 = 1;
/// The largest file.
const LARGEST: u64 = 1024 * 1024;

/// A file, as it is written.
#[derive(Debug, Serialize, Deserialize)]
pub(super) struct File {
    pub(super) format: String,
    pub(super) version: u64,
    #[serde(default)]
    pub(super) program: String,
    #[serde(default)]
    pub(super) exported_at: Option<String>,
    #[serde(default)]
    pub(super) settings: Map<String, Value>,
    #[serde(default)]
    pub(super) webhooks: Vec<Registered>,
}

/// A webhook without its secret.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Registered {
    pub(super) slug: String,
    pub(super) name: String,
    pub(super) authentication: String,
    #[serde(default)]
    pub(super) username: Option<String>,
    #[serde(default)]
    pub(super) client_id: Option<String>,
    #[serde(default)]
    pub(super) study_id: Option<String>,
    #[serde(default)]
    pub(super) time_zone: Option<String>,
    #[serde(default)]
    pub(super) allow: Vec<String>,
    #[serde(default = "yes")]
    pub(super) enabled: bool,
    #[serde(default)]
    pub(super) overdue_days: Option<u32>,
    #[serde(default)]
    pub(super) late_days: Option<u32>,
    #[serde(default)]
    pub(super) wear_minutes: Option<u32>,
}

fn yes() -> bool {
    true
}

/// Reads one, whole.
pub(super) fn read(path: &Path) -> Result<File, ApiError> {
    let shown = path.display();
    let unreadable = |error: std::io::Error| wrong(format!("{shown} cannot be read: {error}"));
    let mut bytes = Vec::new();
    std::fs::File::open(path).map_err(unreadable)?.take(LARGEST + 1).read_to_end(&mut bytes).map_err(unreadable)?;
    if bytes.len() as u64 > LARGEST {
        return Err(wrong(format!("{shown} is larger than 1 MiB: is it the right file?")));
    }
    let bytes = bytes.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(&bytes);
    let value: Value = serde_json::from_slice(bytes)
        .map_err(|_| wrong(format!("{shown} is no file with settings: it is not JSON")))?;
    if value.get("format").and_then(Value::as_str) != Some(FORMAT) {
        return Err(wrong(format!("{shown} is no file with settings of this program")));
    }
    if value.get("version").and_then(Value::as_u64).is_none_or(|version| version > VERSION) {
        return Err(wrong(format!("{shown} was written by a later version of this program: update this one first")));
    }
    serde_json::from_value(value).map_err(|error| wrong(format!("{shown} cannot be used: {error}")))
}
