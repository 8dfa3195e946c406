//! The OS keychain: Secret Service, macOS Keychain, Windows Credential Manager. Every call has a time limit.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use centrepoint::Secret;
use keyring_core::api::CredentialStoreApi as _;
use keyring_core::{Entry, Error};
use zeroize::Zeroizing;

use crate::patience::{Impatience, within};

/// What this program is called in the keychain.
const SERVICE: &str = "centrepoint-monitor";

/// For keeping one, reading back included: after that it goes to the file.
const PUT: Duration = Duration::from_secs(3);

/// For reading or forgetting one.
const GET: Duration = Duration::from_secs(5);

/// Whether the OS keychain is used at all.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Keychain {
    /// It is.
    Os,
    /// It is switched off.
    Off,
}

/// Under which name a secret is kept: data folder and webhook.
#[derive(Debug, Clone)]
pub(crate) struct Account(pub(crate) String);

/// Why the keychain did not do it. The text is for a person and never holds a secret.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Trouble {
    #[error("it is switched off by {}", crate::KEYCHAIN_VARIABLE)]
    Off,
    #[error("it did not answer in time")]
    TooLate,
    #[error("it has not answered earlier questions yet")]
    TooMany,
    #[error("what it gave back is not what it was given")]
    Unreliable,
    #[error("it is locked")]
    Locked,
    #[error("{0}")]
    Refused(String),
    #[error("{0}")]
    Io(std::io::Error),
}

impl Keychain {
    /// Keeps `secret`, and proves it by reading it back through a connection of its own.
    pub(crate) fn put(self, account: Account, secret: &Secret) -> Result<(), Trouble> {
        let secret = Zeroizing::new(secret.expose().to_vec());
        let given_up = Arc::new(AtomicBool::new(false));
        let seen = Arc::clone(&given_up);
        let outcome = self.ask(PUT, move || {
            entry(&account)?.set_secret(&secret)?;
            let read = Zeroizing::new(entry(&account)?.get_secret()?);
            let proven = *read == *secret;
            if !proven || seen.load(Ordering::Acquire) {
                // It went to the file meanwhile: a second copy here would outlive it.
                entry(&account)?.delete_credential()?;
            }
            Ok(proven)
        });
        match outcome {
            Ok(true) => Ok(()),
            Ok(false) => Err(Trouble::Unreliable),
            Err(trouble) => {
                given_up.store(true, Ordering::Release);
                Err(trouble)
            }
        }
    }

    /// Reads one; `None` when there is none.
    pub(crate) fn get(self, account: Account) -> Result<Option<Secret>, Trouble> {
        self.ask(GET, move || match entry(&account)?.get_secret() {
            Ok(secret) => Ok(Some(Secret::new(secret))),
            Err(Error::NoEntry) => Ok(None),
            Err(error) => Err(error),
        })
    }

    /// Forgets one. Not there is fine.
    pub(crate) fn forget(self, account: Account) -> Result<(), Trouble> {
        self.ask(GET, move || match entry(&account)?.delete_credential() {
            Ok(()) | Err(Error::NoEntry) => Ok(()),
            Err(error) => Err(error),
        })
    }

    fn ask<T: Send + 'static>(
        self,
        limit: Duration,
        call: impl FnOnce() -> Result<T, Error> + Send + 'static,
    ) -> Result<T, Trouble> {
        if self == Self::Off {
            return Err(Trouble::Off);
        }
        match within(limit, call) {
            Ok(outcome) => outcome.map_err(refused),
            Err(Impatience::TooLate) => Err(Trouble::TooLate),
            Err(Impatience::TooMany) => Err(Trouble::TooMany),
        }
    }
}

/// What a keychain that said no is worth.
fn refused(error: Error) -> Trouble {
    if matches!(error, Error::NoStorageAccess(_)) { Trouble::Locked } else { Trouble::Refused(plain(error)) }
}

/// The error's words, never its data: two of keyring's errors carry what they could not decode.
fn plain(error: Error) -> String {
    match error {
        Error::BadEncoding(bytes) | Error::BadDataFormat(bytes, _) => {
            drop(Zeroizing::new(bytes));
            "what it holds cannot be read".to_owned()
        }
        Error::Ambiguous(_) => "it holds more than one of that name".to_owned(),
        other => other.to_string(),
    }
}

/// The entry of `account`, on a new connection, so that a keychain that was restarted or came up late is found.
fn entry(account: &Account) -> Result<Entry, Error> {
    #[cfg(target_os = "macos")]
    let store = apple_native_keyring_store::keychain::Store::new()?;
    #[cfg(target_os = "windows")]
    let store = windows_native_keyring_store::Store::new()?;
    #[cfg(all(unix, not(target_os = "macos")))]
    let store = zbus_secret_service_keyring_store::Store::new()?;
    store.build(SERVICE, &account.0, None)
}
