//! A fresh secret for both sides.

use crate::wire::ApiError;

/// Letters and digits that nobody mistakes for one another when they are read aloud or typed: no `0 O o 1 l I i`.
const ALPHABET: &[u8] = b"23456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghjkmnpqrstuvwxyz";

/// Characters of a fresh secret: about 184 bits.
const LENGTH: usize = 32;

/// 32 random characters of an unambiguous alphabet, from the system's source of randomness. Kept nowhere.
///
/// # Errors
/// When the system has no randomness to give.
pub fn secret_generate() -> Result<String, ApiError> {
    // Bytes past the last whole multiple of the alphabet are thrown away: every character is equally likely.
    let usable = (256 / ALPHABET.len()) * ALPHABET.len();
    let mut secret = String::with_capacity(LENGTH);
    let mut bytes = [0_u8; 2 * LENGTH];
    while secret.len() < LENGTH {
        getrandom::fill(&mut bytes).map_err(|error| {
            ApiError::failed(format!("no random secret could be made ({error}): type one of your own"))
        })?;
        let characters = bytes.iter().map(|byte| usize::from(*byte)).filter(|byte| *byte < usable);
        secret.extend(characters.take(LENGTH - secret.len()).map(|byte| char::from(ALPHABET[byte % ALPHABET.len()])));
    }
    Ok(secret)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn secrets_are_long_unambiguous_and_different() {
        let (one, other) = (secret_generate().unwrap(), secret_generate().unwrap());
        assert_ne!(one, other);
        for secret in [one, other] {
            assert_eq!(secret.len(), 32);
            assert!(secret.bytes().all(|byte| ALPHABET.contains(&byte)), "{secret}");
            assert!(!secret.contains(['0', 'O', 'o', '1', 'l', 'I', 'i']), "{secret}");
        }
    }
}
