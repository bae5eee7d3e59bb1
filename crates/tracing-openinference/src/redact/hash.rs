//! Replacements by which equal values can still be told to be equal.

use std::fmt;

use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;

use crate::BuildError;

/// The key of [`Redaction::hashed`](crate::Redaction::hashed).
///
/// Whoever has it can try out values: e-mail addresses and card numbers are few enough. So it is as secret as what it
/// protects, the same in every process whose traces are compared, and never shown by `Debug`.
///
/// ```
/// use tracing_openinference::{HashKey, Redaction};
///
/// # fn main() -> Result<(), tracing_openinference::BuildError> {
/// # let from_your_vault = "0123456789abcdef0123456789abcdef";
/// let key = HashKey::new(from_your_vault)?;
/// let rule = Redaction::email().hashed(&key); // ann@example.com becomes "hash:" and 16 letters
/// assert!(!format!("{rule:?} {key:?}").contains(from_your_vault));
/// # Ok(())
/// # }
/// ```
#[derive(Clone)]
pub struct HashKey(Hmac<Sha256>);

/// What stands before the hash.
const PREFIX: &str = "hash:";
/// Of the 256 bits of the hash, 64: two of a billion values are the same by chance once in forty such collections.
const BYTES: usize = 8;
const SHORTEST: usize = 16;

impl HashKey {
    /// A key of at least 16 bytes, for HMAC-SHA256.
    ///
    /// # Errors
    ///
    /// When the key is shorter.
    pub fn new(key: impl AsRef<[u8]>) -> Result<Self, BuildError> {
        let key = key.as_ref();
        let error =
            |problem: String| BuildError::Setting { setting: "HashKey::new".into(), value: "****".into(), problem };
        if key.len() < SHORTEST {
            return Err(error(format!("{} bytes can be guessed; give at least {SHORTEST}, by chance", key.len())));
        }
        Hmac::new_from_slice(key).map(Self).map_err(|problem| error(problem.to_string()))
    }

    /// The hash is written in letters, so that no rule takes it for a number.
    pub(super) fn hash(&self, value: &str) -> String {
        let hash = self.0.clone().chain_update(value).finalize().into_bytes();
        let letters = hash.iter().take(BYTES).flat_map(|byte| [byte >> 4, byte & 15]);
        PREFIX.chars().chain(letters.map(|nibble| char::from(b'a' + nibble))).collect()
    }
}

/// The text is such a hash already.
pub(super) fn is_hash(text: &str) -> bool {
    text.strip_prefix(PREFIX)
        .is_some_and(|hash| hash.len() == 2 * BYTES && hash.bytes().all(|byte| (b'a'..=b'p').contains(&byte)))
}

impl PartialEq for HashKey {
    fn eq(&self, other: &Self) -> bool {
        self.hash("") == other.hash("")
    }
}

impl Eq for HashKey {}

impl fmt::Debug for HashKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("HashKey(..)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn equal_values_have_equal_hashes_under_one_key() {
        let (key, other) = (HashKey::new([1; 32]).unwrap(), HashKey::new([2; 32]).unwrap());
        assert_eq!(key.hash("ann"), HashKey::new([1; 32]).unwrap().hash("ann"));
        assert_ne!(key.hash("ann"), key.hash("bob"));
        assert_ne!(key.hash("ann"), other.hash("ann"));
        assert_ne!(key, other);
        assert!(is_hash(&key.hash("ann")));
        assert!(!is_hash("hash:ann") && !is_hash("ann"));
    }

    /// Test case 2 of RFC 4231, cut to 64 bits: 5bdcc146bf60754e. Its key is too short for ours.
    #[test]
    fn the_hash_is_hmac_sha256() {
        let key = HashKey(Hmac::new_from_slice(b"Jefe").unwrap());
        let letters: String =
            "5bdcc146bf60754e".chars().map(|digit| char::from(b'a' + digit.to_digit(16).unwrap() as u8)).collect();
        assert_eq!(key.hash("what do ya want for nothing?"), format!("hash:{letters}"));
    }

    #[test]
    fn a_short_key_is_refused_and_no_key_is_shown() {
        let error = HashKey::new("hunter2").unwrap_err().to_string();
        assert!(error.starts_with("HashKey::new = \"****\": 7 bytes"), "{error}");
        assert_eq!(format!("{:?}", HashKey::new("hunter2hunter2hunter2").unwrap()), "HashKey(..)");
    }
}
