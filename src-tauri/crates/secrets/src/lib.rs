//! Where webhook secrets are kept: the OS keychain or, where there is none, a 0600 file in the data folder.
//!
//! Each webhook remembers its [`Place`]. Nothing here logs, formats or copies a secret elsewhere. Calls may block
//! (a keychain can prompt): never from an async task.

mod file;
mod keychain;
mod patience;

use std::path::Path;

use centrepoint::Secret;

use file::Folder;
use keychain::{Account, Keychain, Trouble};

/// The environment variable that keeps this program away from the OS keychain when it says `off`: for servers whose keychain
/// nobody will ever unlock, and for tests. Secrets then live in files.
pub const KEYCHAIN_VARIABLE: &str = "CENTREPOINT_MONITOR_KEYCHAIN";

/// Longest secret, in bytes. A longer one is refused.
pub const MAX_SECRET_BYTES: usize = 64 * 1024;

/// What stands behind a slug where its former secret is kept. A slug has no dot, so no webhook can be called that.
const FORMER: &str = ".old";

/// The names of the secrets that escalation needs: the mail server's password, and the address of the chat's webhook, which is one. A slug
/// has no dot, so no webhook can be called that.
pub const ESCALATION: [&str; 2] = [MAIL, CHAT];
/// See [`ESCALATION`].
pub const MAIL: &str = ".escalation-mail";
/// See [`ESCALATION`].
pub const CHAT: &str = ".escalation-chat";

/// The name under which the secret that a webhook had before is kept beside its present one.
#[must_use]
pub fn former(slug: &str) -> String {
    format!("{slug}{FORMER}")
}

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

/// Keeps secrets for one data folder. Two data folders never share one, also where their webhooks have the same slugs.
#[derive(Debug, Clone)]
pub struct Secrets {
    folder: Folder,
    keychain: Keychain,
}

impl Secrets {
    /// For the data folder at `folder`. Reads nothing of it yet, only whether [`KEYCHAIN_VARIABLE`] says `off`.
    #[must_use]
    pub fn new(folder: &Path) -> Self {
        let off = std::env::var_os(KEYCHAIN_VARIABLE).is_some_and(|value| value.eq_ignore_ascii_case("off"));
        Self { folder: Folder::new(folder), keychain: if off { Keychain::Off } else { Keychain::Os } }
    }

    /// Keeps `secret` for `slug`: in the keychain where one answers within a few seconds and proves it by reading back, else in the file. Says which.
    ///
    /// A copy in the file goes when the keychain has it. Where a former one is in the keychain and this one went to the file,
    /// [`Self::forget`] removes the former.
    ///
    /// # Errors
    /// When neither works.
    pub fn put(&self, slug: &str, secret: &Secret) -> Result<Place, SecretError> {
        self.folder.check(slug, secret)?;
        let kept = self.account(slug).map_err(Trouble::Io).and_then(|account| self.keychain.put(account, secret));
        match kept {
            Ok(()) => {
                self.folder.forget(slug)?;
                Ok(Place::Keychain)
            }
            Err(trouble) => {
                if self.keychain == Keychain::Os {
                    tracing::info!(%trouble, webhook = slug, "no keychain to be had: the secret goes to a file");
                }
                self.folder.put(slug, secret)?;
                Ok(Place::File)
            }
        }
    }

    /// Reads the secret of `slug` from where it was put.
    ///
    /// # Errors
    /// Locked, missing or unreadable.
    pub fn get(&self, slug: &str, place: Place) -> Result<Secret, SecretError> {
        let found = match place {
            Place::File => self.folder.get(slug)?,
            Place::Keychain => self.keychain.get(self.account(slug)?).map_err(SecretError::from)?,
        };
        found.ok_or_else(|| SecretError::Missing(slug.to_owned()))
    }

    /// Forgets it. Not there is fine.
    ///
    /// # Errors
    /// When it may still be there.
    pub fn forget(&self, slug: &str, place: Place) -> Result<(), SecretError> {
        match place {
            Place::File => Ok(self.folder.forget(slug)?),
            Place::Keychain => Ok(self.keychain.forget(self.account(slug)?)?),
        }
    }

    /// Keeps what self tests of the running receiver are signed with: for this computer's account alone, until the next start.
    ///
    /// # Errors
    /// When it cannot be written.
    pub fn put_probe_key(&self, key: &Secret) -> Result<(), SecretError> {
        Ok(self.folder.put_probe_key(key)?)
    }

    /// What the receiver that started last signs self tests with.
    ///
    /// # Errors
    /// When it cannot be read.
    pub fn probe_key(&self) -> Result<Option<Secret>, SecretError> {
        Ok(self.folder.probe_key()?)
    }

    /// Puts a secret of no value into the keychain under a name of its own, reads it back and deletes it.
    ///
    /// # Errors
    /// Why the keychain is of no use, in words.
    pub fn try_keychain(&self) -> Result<(), NoKeychain> {
        if self.keychain == Keychain::Off {
            return Err(NoKeychain::Off);
        }
        let account = || self.account(TRIAL).map_err(Trouble::Io);
        let tried = account().and_then(|account| self.keychain.put(account, &Secret::new(TRIAL)));
        let tidied = account().and_then(|account| self.keychain.forget(account));
        tried.and(tidied).map_err(NoKeychain::from)
    }

    fn account(&self, slug: &str) -> std::io::Result<Account> {
        Ok(Account(format!("{}/{slug}", self.folder.id()?)))
    }
}

/// The name of what a trial of the keychain puts there. A slug has no dot, so no webhook can be called that.
const TRIAL: &str = ".self-test";

/// Why the keychain is of no use.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum NoKeychain {
    /// It is switched off by [`KEYCHAIN_VARIABLE`].
    #[error("it is switched off by {KEYCHAIN_VARIABLE}")]
    Off,
    /// It is there, and locked, or waits for a person.
    #[error("{0}")]
    Locked(String),
    /// There is none, or it does not work.
    #[error("{0}")]
    Broken(String),
}

impl From<Trouble> for NoKeychain {
    fn from(trouble: Trouble) -> Self {
        match trouble {
            Trouble::Off => Self::Off,
            Trouble::TooLate | Trouble::TooMany | Trouble::Locked => Self::Locked(trouble.to_string()),
            other => Self::Broken(other.to_string()),
        }
    }
}

impl From<Trouble> for SecretError {
    fn from(trouble: Trouble) -> Self {
        match trouble {
            Trouble::Io(error) => Self::File(error),
            other => Self::Locked(other.to_string()),
        }
    }
}
