//! Where webhook secrets are kept: the OS keychain or, where there is none, a 0600 file in the data folder.
//!
//! Each webhook remembers its [`Place`]. Nothing here logs, formats or copies a secret elsewhere. Calls may block
//! (a keychain can prompt): never from an async task.

use std::path::{Path, PathBuf};

use centrepoint::Secret;

/// Where a secret is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Place {
    /// The OS keychain.
    Keychain,
    /// A 0600 file in the data folder.
    File,
}

impl Place {
    /// `keychain` or `file`.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Keychain => "keychain",
            Self::File => "file",
        }
    }

    /// The place a stored word stands for.
    #[must_use]
    pub fn from_word(word: &str) -> Option<Self> {
        match word {
            "keychain" => Some(Self::Keychain),
            "file" => Some(Self::File),
            _ => None,
        }
    }
}

/// Why a secret could not be kept or read.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum SecretError {
    /// The keychain is locked, did not answer in time, or said no.
    #[error("the keychain cannot be read ({0}): unlock it and try again")]
    Locked(String),
    /// There is no secret under that name.
    #[error("the secret of webhook {0} is missing: set it again")]
    Missing(String),
    /// The file could not be read or written.
    #[error("the secrets file cannot be used: {0}")]
    File(#[from] std::io::Error),
}

/// Keeps secrets for one data folder.
#[derive(Debug, Clone)]
pub struct Secrets {
    _folder: PathBuf,
}

impl Secrets {
    /// For the data folder at `folder`. Reads nothing yet.
    #[must_use]
    pub fn new(folder: &Path) -> Self {
        Self { _folder: folder.to_path_buf() }
    }

    /// Keeps `secret` for `slug`: in the keychain where one answers within a few seconds and proves it by reading back, else in the file. Says which.
    ///
    /// # Errors
    /// When neither works.
    pub fn put(&self, _slug: &str, _secret: &Secret) -> Result<Place, SecretError> {
        todo!()
    }

    /// Reads the secret of `slug` from where it was put.
    ///
    /// # Errors
    /// Locked, missing or unreadable.
    pub fn get(&self, _slug: &str, _place: Place) -> Result<Secret, SecretError> {
        todo!()
    }

    /// Forgets it. Not there is fine.
    ///
    /// # Errors
    /// When it may still be there.
    pub fn forget(&self, _slug: &str, _place: Place) -> Result<(), SecretError> {
        todo!()
    }
}
