//! A secret that does not print itself and is wiped when dropped.

use std::fmt;

use subtle::ConstantTimeEq as _;
use zeroize::Zeroizing;

/// The secret half of a webhook's authentication: a passcode, a password or a client secret, as UTF-8 bytes.
///
/// Comparing two takes a time that tells nothing but whether their lengths are equal.
#[derive(Clone)]
pub struct Secret(Zeroizing<Vec<u8>>);

impl Secret {
    /// Takes ownership of the secret's bytes.
    #[must_use]
    pub fn new(bytes: impl Into<Vec<u8>>) -> Self {
        Self(Zeroizing::new(bytes.into()))
    }

    /// The bytes, for the one place that needs them. Never log, store or format what this returns.
    #[must_use]
    pub fn expose(&self) -> &[u8] {
        &self.0
    }
}

impl PartialEq for Secret {
    fn eq(&self, other: &Self) -> bool {
        self.0.ct_eq(&other.0).into()
    }
}

impl Eq for Secret {}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Secret(…)")
    }
}

#[cfg(test)]
mod tests {
    use zeroize::{Zeroize as _, ZeroizeOnDrop};

    use super::*;

    /// Compiles only for what is wiped when it is dropped.
    fn is_wiped(_: &impl ZeroizeOnDrop) {}

    #[test]
    fn it_prints_nothing_and_is_wiped_when_dropped() {
        let secret = Secret::new("hunter2");
        assert_eq!(format!("{secret:?} {:#?}", Some(&secret)).matches("hunter").count(), 0);
        is_wiped(&secret.0);
        let mut same = secret.clone();
        same.0.zeroize();
        assert_eq!(same.expose(), b"", "what dropping does");
        assert_eq!(secret.expose(), b"hunter2", "a copy is its own");
    }

    #[test]
    fn two_are_equal_when_their_bytes_are() {
        assert_eq!(Secret::new("a"), Secret::new("a"));
        for other in ["b", "", "aa"] {
            assert_ne!(Secret::new("a"), Secret::new(other));
        }
    }
}
