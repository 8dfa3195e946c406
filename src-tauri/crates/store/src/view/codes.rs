//! The small numbers and hashes that stand for words in the view's tables. Changing one means a new view version.

use centrepoint::Authentication;
use study::{ProblemKind, ProblemState, UploadState};

pub(crate) fn authentication(value: Authentication) -> i64 {
    match value {
        Authentication::None => 0,
        Authentication::Basic => 1,
        Authentication::Hmac => 2,
        Authentication::OAuth2 => 3,
    }
}

pub(crate) fn authentication_of(code: i64) -> Option<Authentication> {
    [Authentication::None, Authentication::Basic, Authentication::Hmac, Authentication::OAuth2]
        .into_iter()
        .find(|value| authentication(*value) == code)
}

/// What is learned about a subject, as `known.what` has it: its label.
pub(crate) const LABEL: i64 = 0;
/// See [`LABEL`]: its site.
pub(crate) const SITE: i64 = 1;
/// See [`LABEL`]: its monitor.
pub(crate) const MONITOR: i64 = 2;

pub(crate) fn upload_state(value: UploadState) -> i64 {
    match value {
        UploadState::Started => 0,
        UploadState::Completed => 1,
        UploadState::Error => 2,
    }
}

pub(crate) fn upload_state_of(code: i64) -> Option<UploadState> {
    [UploadState::Started, UploadState::Completed, UploadState::Error]
        .into_iter()
        .find(|value| upload_state(*value) == code)
}

pub(crate) fn problem_state(value: ProblemState) -> i64 {
    match value {
        ProblemState::Open => 0,
        ProblemState::Acknowledged => 1,
        ProblemState::Resolved => 2,
    }
}

pub(crate) fn problem_state_of(code: i64) -> Option<ProblemState> {
    [ProblemState::Open, ProblemState::Acknowledged, ProblemState::Resolved]
        .into_iter()
        .find(|value| problem_state(*value) == code)
}

pub(crate) fn problem_kind(value: ProblemKind) -> i64 {
    match value {
        ProblemKind::UploadError => 0,
        ProblemKind::ProcessingError => 1,
        ProblemKind::Unreadable => 2,
        ProblemKind::StuckUpload => 3,
        ProblemKind::Silence => 4,
    }
}

pub(crate) fn problem_kind_of(code: i64) -> Option<ProblemKind> {
    [
        ProblemKind::UploadError,
        ProblemKind::ProcessingError,
        ProblemKind::Unreadable,
        ProblemKind::StuckUpload,
        ProblemKind::Silence,
    ]
    .into_iter()
    .find(|value| problem_kind(*value) == code)
}

/// What a body is looked up by: short, so that the index stays small. Matches are compared in full.
pub(crate) fn body_key(digest: &[u8; 32]) -> i64 {
    let mut first = [0; 8];
    first.copy_from_slice(&digest[..8]);
    i64::from_be_bytes(first)
}

/// What a delivery id is looked up by (FNV-1a, 64 bits). Matches are compared in full.
pub(crate) fn delivery_key(id: &str) -> i64 {
    let hash = id
        .bytes()
        .fold(0xcbf2_9ce4_8422_2325_u64, |hash, byte| (hash ^ u64::from(byte)).wrapping_mul(0x0000_0100_0000_01b3));
    i64::from_be_bytes(hash.to_be_bytes())
}

/// A delivery id as one searchable token: its letters and digits behind a mark nobody types. Split at its hyphens
/// it would be five tokens that occur nowhere else, and the index would be twice as large.
pub(crate) fn delivery_token(id: &str) -> Option<String> {
    let inner: String = id.chars().filter(|c| c.is_alphanumeric()).flat_map(char::to_lowercase).collect();
    (!inner.is_empty()).then(|| format!("\u{e000}{inner}"))
}

/// Sequences in one block of `tallies`. In tests few, so that short histories have several.
pub(crate) const BLOCK: i64 = if cfg!(test) { 8 } else { 2_048 };

/// Microseconds in an hour.
pub(crate) const HOUR: i64 = 3_600_000_000;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_are_what_the_files_in_the_field_hold() {
        assert_eq!(
            delivery_key("0f9G3fde-8Baf-0c83-1591-517307kpp19c"),
            delivery_key("0f9G3fde-8Baf-0c83-1591-517307kpp19c")
        );
        assert_eq!(delivery_key(""), -3_750_763_034_362_895_579, "FNV-1a's offset basis");
        assert_eq!(delivery_token("0F-9g."), Some("\u{e000}0f9g".to_owned()));
        assert_eq!(delivery_token("--"), None);
        for value in [UploadState::Started, UploadState::Completed, UploadState::Error] {
            assert_eq!(upload_state_of(upload_state(value)), Some(value));
        }
        for value in [ProblemState::Open, ProblemState::Acknowledged, ProblemState::Resolved] {
            assert_eq!(problem_state_of(problem_state(value)), Some(value));
        }
        assert_eq!(problem_kind_of(9), None);
    }
}
